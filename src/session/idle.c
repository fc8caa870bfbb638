#include "session/idle.h"

#include "session/expiry.h"
#include "session/link.h"
#include "session/mailbox.h"

/* Waits for the "+", for a refusal (1), or for the end of all (-1). */
static int await_plus(struct session *session, struct idle *idle,
                      struct error *err)
{
    if (session->dialogue.continued) /* before an answer that it came after */
        return 0;
    for (;;) {
        switch (mailbox_await(session, idle->tag, err)) {
        case DIALOGUE_CONTINUE:
            return 0;
        case DIALOGUE_ERROR:
            return -1;
        case DIALOGUE_DONE:
            idle->tag = 0;
            dialogue_refused(&session->dialogue, "IDLE", ERROR_LATER, err);
            return 1;
        default:
            break;
        }
    }
}

int idle_enter(struct session *session, struct idle *idle, struct error *err)
{
    session->dialogue.continued = false;
    link_stay_alive(session);
    idle->tag = dialogue_command(&session->dialogue, err, "IDLE");
    return idle->tag ? await_plus(session, idle, err) : -1;
}

/* The end of IDLE is the server's to say; even NO ends it. */
static int await_end(struct session *session, struct idle *idle,
                     struct error *err)
{
    int result = mailbox_finish(session, idle->tag, err);

    idle->tag = 0;
    return result < 0 ? -1 : 0;
}

int idle_leave(struct session *session, struct idle *idle, struct error *err)
{
    struct buffer line;

    if (!idle->tag)
        return 0;
    link_stay_alive(session);
    buffer_init(&line, 16);
    buffer_add_text(&line, "DONE\r\n");
    if (dialogue_send(&session->dialogue, &line, err) < 0)
        return -1;
    return await_end(session, idle, err);
}

int idle_look(struct session *session, struct idle *idle, struct error *err)
{
    struct dialogue *dialogue = &session->dialogue;
    struct idle next;
    struct buffer batch;

    dialogue->continued = false;
    link_stay_alive(session);
    buffer_init(&batch, SIZE_MAX / 2);
    if (idle->tag)
        buffer_add_text(&batch, "DONE\r\n");
    tag_number fetch = mailbox_add_fetch(session, &batch);

    /* a search, perhaps, comes before it */
    next.tag = session->waiting ? 0 : dialogue_add(dialogue, &batch, "IDLE");
    if (dialogue_send(dialogue, &batch, err) < 0)
        return -1;
    if (idle->tag && await_end(session, idle, err) < 0)
        return -1;
    link_stay_alive(session);
    dialogue_be_patient(dialogue);
    if (mailbox_take_fetch(session, fetch, err) < 0)
        return -1;
    *idle = next;
    if (!idle->tag)
        return idle_enter(session, idle, err);
    link_stay_alive(session);
    dialogue_be_patient(dialogue);
    return await_plus(session, idle, err);
}

enum idle_event idle_wait(struct session *session, struct idle *idle,
                          int64_t until_ms, struct error *err)
{
    switch (expiry_wait(session, until_ms, err)) {
    case -1:
        return IDLE_ERROR;
    case STREAM_TIME:
        return IDLE_TIME;
    case STREAM_ORDER:
        return IDLE_ORDER;
    case STREAM_READABLE:
        break;
    }
    int ended = mailbox_listen(session, idle->tag, err);

    if (ended < 0)
        return IDLE_ERROR;
    if (ended) /* by the server itself: a new one tells the rest */
        idle->tag = 0;
    int refused = idle->tag ? 0 : idle_enter(session, idle, err);

    return refused < 0 ? IDLE_ERROR : refused ? IDLE_REFUSED : IDLE_TOLD;
}
