/*
 * What went wrong, as a person reads it and as the core acts on it.
 *
 * The class decides what happens next, the code names the trouble for scripts
 * (stable, lower case, hyphens), the text says what happened and where, and
 * ends without a full stop so that "; retrying in 12 s" can follow.
 */
#ifndef IMAPPUSHD_BASE_ERROR_H
#define IMAPPUSHD_BASE_ERROR_H

enum error_class {
    ERROR_NOW,    /* a killed or crashed process: start it again at once */
    ERROR_LATER,  /* a refusal of server or network: back off and try again */
    ERROR_PERSON, /* nothing helps until a person acts: told, tried rarely */
    ERROR_CLASSES
};

/* The code of a session that leaves as it was meant to. */
#define ERROR_EXPIRES "token-expires"

struct error {
    enum error_class class;
    char code[32];
    char text[480]; /* UTF-8; longer texts are cut between characters */
};

/* Fills err (which may be null) and returns -1, so that a caller can write
 * "return error_set(...)". */
int error_set(struct error *err, enum error_class class, const char *code,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Puts words in front of the text: "INBOX: " */
void error_prefix(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
