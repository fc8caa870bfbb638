/*
 * The token endpoint of an authorization server (RFC 6749 section 3.2).
 */
#ifndef IMAPPUSHD_CREDENTIAL_TOKENS_H
#define IMAPPUSHD_CREDENTIAL_TOKENS_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

/* No token lives longer, and 0 is "not said". */
#define TOKENS_LIFE_MAX (366L * 86400)

/* As whom we ask. */
struct client {
    const char *id;
    const char *secret; /* null for most programs on a person's machine */
};

struct tokens {
    char *access;
    char *refresh; /* null: not given */
    long lives_s;  /* of the access token */
};

/* Why it refused: a code of RFC 6749 §5.2, RFC 8628 §3.5 and the like, and what
 * it said for people, cleaned. */
struct refusal {
    char code[64];
    char words[200];
};

/*
 * Posts the form (emptied and wiped), with the client added: 0 with tokens to
 * be finished; 1 where the server refuses for a reason that it names; -1 with
 * err (LATER) where it cannot be reached, is out of order, or says nothing of
 * use.
 */
int tokens_ask(const char *endpoint, const struct client *client,
               struct buffer *form, struct tokens *tokens,
               struct refusal *refusal, struct error *err);
void tokens_finish(struct tokens *tokens); /* wiped */

struct document;

/* For other endpoints that refuse in the same way: true, and why, where the
 * document names an error. */
bool refusal_read(struct refusal *refusal, const struct document *document);

#endif
