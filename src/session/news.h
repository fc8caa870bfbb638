/*
 * What a look at a mailbox means, and telling it to the core: the cursor moves
 * here and nowhere else.
 */
#ifndef IMAPPUSHD_SESSION_NEWS_H
#define IMAPPUSHD_SESSION_NEWS_H

#include "session/session.h"

/* A look at the selected mailbox begins with its cursor. */
void news_begin_look(struct session *session);

/* Moves the cursor of a watched mailbox without any news. */
void news_report_cursor(struct session *session, size_t index,
                        const struct cursor *cursor);

/* The same with news; of mail (NEWS_MAIL) as the look has found it. */
void news_report(struct session *session, size_t index,
                 const struct cursor *cursor, enum news_reason reason);

/* What the finished look at the selected mailbox means; uidnext is what the
 * server said, or 0. The next look has begun then. */
void news_settle(struct session *session, int64_t uidnext);

#endif
