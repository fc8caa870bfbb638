/*
 * What the server's answers say about a mailbox beyond its cursor. Pure: the
 * answers come in, the judgement comes out.
 *
 * In doubt it is news (invariant 2). "UID FETCH n:*" always names at least the
 * last message (RFC 3501 §6.4.8), so an answer below n proves that nothing is
 * at or beyond n. Where something said that there is and a mailbox that is not
 * empty names no message at all, the doubt remains.
 */
#ifndef IMAPPUSHD_SESSION_LOOK_H
#define IMAPPUSHD_SESSION_LOOK_H

#include "base/mailbox.h"
#include "session/response.h"
#include "session/rules.h"

#include <stdbool.h>
#include <stdint.h>

/* What EXAMINE or STATUS say of a mailbox; 0: they did not. */
struct glimpse {
    int64_t uidvalidity;
    int64_t uidnext;
};

/* What a glimpse means for a mailbox with a cursor. */
enum glimpse_meaning {
    GLIMPSE_NOTHING, /* nothing new */
    GLIMPSE_FIRST,   /* never seen before: note it, silently */
    GLIMPSE_LOOK,    /* there may be something beyond the cursor */
    GLIMPSE_REBUILT, /* another UIDVALIDITY: all UIDs mean other mail now */
    GLIMPSE_LOWERED  /* UIDNEXT went back, which it never may */
};

enum glimpse_meaning glimpse_judge(const struct glimpse *glimpse,
                                   const struct cursor *cursor);

struct look {
    struct rules *rules;
    int64_t from;         /* the cursor's next UID */
    int64_t next;         /* one beyond the highest UID that was named */
    bool prompted;        /* the server says that there is something */
    bool answered;        /* a message was named at all */
    int64_t matched;      /* the rules that the wanted ones fell under: bits */
    bool wanted;          /* one at or beyond the cursor is wanted */
    bool doubt;           /* an answer was cut or not understood */
    int64_t internaldate; /* of the newest wanted one; 0: unknown */
};

/* From a cursor on; the rules stay the caller's. */
void look_begin(struct look *look, const struct cursor *cursor,
                struct rules *rules);

/* A FETCH response; ones about messages below the cursor only prove. Some wait
 * for a search then (session/search). */
void look_at(struct look *look, const struct response *fetch);

/* A wanted message of which the rule is known, and what may be shown of it. */
void look_count(struct look *look, size_t rule, int64_t uid,
                int64_t internaldate, const struct letterhead *letterhead);

#endif
