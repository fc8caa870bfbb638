/*
 * Reading JSON: what the daemon has answered. cJSON at home.
 *
 * A value that is not there, or of another type, is empty: whoever asks need
 * not look twice.
 */
#ifndef IMAPPUSHD_CLI_ANSWER_H
#define IMAPPUSHD_CLI_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

/* A value: of the whole answer, or within it. */
struct answer;

/* Null where the text is no JSON. */
struct answer *answer_parse(const char *text);
void answer_destroy(struct answer **answer);

/* The member of that name of an object: what it is, or nothing ("", 0, false,
 * null). */
const char *answer_text(const struct answer *object, const char *name);
int64_t answer_number(const struct answer *object, const char *name);
bool answer_truth(const struct answer *object, const char *name);
const struct answer *answer_member(const struct answer *object,
                                   const char *name);

/* The elements of an array (null: of none), one after another. */
const struct answer *answer_first(const struct answer *array);
const struct answer *answer_after(const struct answer *element);

#endif
