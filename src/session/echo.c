#include "session/echo.h"

#include <stdint.h>
#include <string.h>

/* A server may repeat only the beginning of a line: so much of a secret, or all
 * of a shorter one, is too much. */
#define PART 8

void echo_init(struct echo *echo)
{
    buffer_init(&echo->secrets, SIZE_MAX / 2);
}

void echo_finish(struct echo *echo)
{
    buffer_finish(&echo->secrets);
}

void echo_expect(struct echo *echo, const char *secret)
{
    if (*secret)
        buffer_add(&echo->secrets, secret, strlen(secret) + 1);
}

static bool holds_part(const char *text, const char *secret)
{
    size_t length = strlen(secret), part = length < PART ? length : PART;

    for (size_t at = 0; at + part <= length; at++) {
        if (memmem(text, strlen(text), secret + at, part))
            return true;
    }
    return false;
}

bool echo_holds(const struct echo *echo, const char *text)
{
    const char *secret = echo->secrets.data;
    size_t left = echo->secrets.length;

    while (left > 0) {
        size_t size = strlen(secret) + 1;

        if (holds_part(text, secret))
            return true;
        secret += size;
        left -= size;
    }
    return false;
}

void echo_hide(const struct echo *echo, struct reply *reply)
{
    if (reply->kind == REPLY_CONTINUE)
        return;
    if (echo_holds(echo, reply->text))
        reply->text = "(it repeats the password, so its words are not shown)";
    if (echo_holds(echo, reply->code) || echo_holds(echo, reply->argument))
        reply->code = reply->argument = "";
}
