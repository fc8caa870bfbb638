/*
 * What an authorization server says: an object of JSON, from a stranger.
 */
#ifndef IMAPPUSHD_CREDENTIAL_DOCUMENT_H
#define IMAPPUSHD_CREDENTIAL_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

struct document;

/* Null where text (NUL-terminated) is not an object, or nested deeper than any
 * that we read. document_destroy() it, which wipes its texts. */
struct document *document_parse(const char *text);
void document_destroy(struct document **document);

/* The text of a member, at most max bytes long and without control characters;
 * null where there is none. Valid as long as the document. */
const char *document_text(const struct document *document, const char *name,
                          size_t max);

/* The first line of a text that is for people, cut and cleaned so that it can
 * be logged; "" where there is none. */
void document_words(const struct document *document, const char *name,
                    char *words, size_t size);

/* A whole number from low to high, also one in quotes; otherwise where there is
 * none. */
long document_number(const struct document *document, const char *name,
                     long low, long high, long otherwise);

bool document_is_true(const struct document *document, const char *name);

#endif
