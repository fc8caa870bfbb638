/*
 * What the fuzz targets share.
 *
 * A target is one function, LLVMFuzzerTestOneInput(), that libFuzzer calls with
 * millions of inputs. Not to crash is the least: each target also says what
 * must hold whatever comes, and must() stops the run like a crash where it does
 * not, so that the input is kept.
 */
#ifndef IMAPPUSHD_TESTS_FUZZ_H
#define IMAPPUSHD_TESTS_FUZZ_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition)                                                        \
    ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

static inline void fuzz_broken(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: this must hold: %s\n", file, line, what);
    abort();
}

/* May it go to a log or a terminal? */
static inline bool fuzz_is_clean(const char *text)
{
    size_t length = strlen(text);

    return text_is_utf8(text, length) && !text_has_control(text, length);
}

/* A copy that ends in a NUL, and where its memory ends; free() it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
