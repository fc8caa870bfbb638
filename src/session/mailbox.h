/*
 * Looking at mailboxes: what is there, what of it is new, and telling the
 * core. We only ever EXAMINE; nothing is marked, created or moved.
 */
#ifndef IMAPPUSHD_SESSION_MAILBOX_H
#define IMAPPUSHD_SESSION_MAILBOX_H

#include "session/session.h"

/* dialogue_await(), which also notes what is said in passing about watched
 * mailboxes (STATUS of one that is not selected, FETCH of the one that is): to
 * be used by everything after the login, so that no event is lost. */
enum dialogue_event mailbox_await(struct session *session, tag_number tag,
                                  struct error *err);

/* mailbox_await() to the command's end: 0 for OK, 1 for NO or BAD, -1. */
int mailbox_finish(struct session *session, tag_number tag, struct error *err);

/* Reads all that was said unasked, or as much as one event may cost: a server
 * that never stops talking must not keep us from acting on it. A reply that has
 * begun has to end in time. 0; 1 when the command (0: none) ended; -1. */
int mailbox_listen(struct session *session, tag_number tag, struct error *err);

/* Selects a mailbox and looks at what came since the cursor: 0; 1 when the
 * server does not have it (said once, marked as missing); -1. */
int mailbox_open(struct session *session, size_t index, struct error *err);

/* Asks with STATUS, and opens the mailbox only if there may be something new:
 * for one that is not selected. Another one may be selected then. As above. */
int mailbox_survey(struct session *session, size_t index, struct error *err);

/* Judges what the server told of an unselected mailbox: true if it has to be
 * opened to know more. */
bool mailbox_judge_told(struct session *session, size_t index);

/* The command that asks for what lies beyond the selected mailbox's cursor. */
tag_number mailbox_add_fetch(struct session *session, struct buffer *batch);

/* Takes the answer to it, and reports what it means. */
int mailbox_take_fetch(struct session *session, tag_number tag,
                       struct error *err);

/* Reports what FETCH lines that came unasked mean, if any did; with them the
 * hint is settled that the EXISTS before them gave. */
void mailbox_take_events(struct session *session);

#endif
