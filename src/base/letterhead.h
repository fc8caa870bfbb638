/*
 * What a phone may be shown of a message: who it is from, and its subject.
 *
 * Both are a stranger's words. A session puts them into a form that can be
 * shown (base/text.h) and cuts them to a size; the core looks whether that was
 * done. They stand in no log and in no file.
 */
#ifndef IMAPPUSHD_BASE_LETTERHEAD_H
#define IMAPPUSHD_BASE_LETTERHEAD_H

#include <stdbool.h>

/* Bytes: more than the screen of a locked phone has room for. */
#define LETTERHEAD_FROM_MAX 120
#define LETTERHEAD_SUBJECT_MAX 400

struct letterhead {
    char from[LETTERHEAD_FROM_MAX + 1]; /* a name, or an address; "": unknown */
    char subject[LETTERHEAD_SUBJECT_MAX + 1]; /* "": unknown, or empty */
};

/* Do the two texts fit, and can they be shown? */
bool letterhead_is_fit(const char *from, const char *subject);

#endif
