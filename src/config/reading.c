/*
 * Complaints go into the open arena as they come, one linked to the next. The
 * room for the very last one, that there is no more room, is taken first.
 */
#include "config/reading.h"

#include "base/alloc.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 400 /* of a complaint: it may quote what somebody wrote */

int reading_start(struct reading *reading, struct arena *open,
                  struct arena *secret)
{
    static const char words[] = "the configuration is too large";
    struct config *config = arena_take(open, sizeof *config);
    struct complaint *too_large = arena_take(open, sizeof *too_large);
    char *text = arena_copy(open, words);

    if (!config || !too_large || !text) {
        errno = ENOMEM;
        return -1;
    }
    *too_large =
        (struct complaint){.is_error = true, .text = text, .words = text};
    config->log_level = LOG_INFO;
    config->discovery_ispdb = true;
    config->open = open;
    config->secret = secret;
    *reading = (struct reading){.config = config,
                                .open = open,
                                .secret = secret,
                                .tail = &config->complaints,
                                .too_large = too_large};
    return 0;
}

const struct staged *reading_staged(const struct reading *reading,
                                    const char *path)
{
    for (size_t i = 0; i < reading->staged_count; i++) {
        if (strcmp(reading->staged[i].path, path) == 0)
            return &reading->staged[i];
    }
    return NULL;
}

void *reading_take(struct reading *reading, struct arena *arena, size_t size)
{
    void *memory = arena_take(arena, size);

    if (memory)
        return memory;
    reading->full = true;
    return xcalloc(1, size);
}

char *reading_copy(struct reading *reading, struct arena *arena,
                   const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(reading_take(reading, arena, size), text, size);
}

/* Formats words and puts dots where they had to be cut. */
__attribute__((format(printf, 2, 0))) static void put_words(char *words,
                                                            const char *format,
                                                            va_list args)
{
    static const char dots[] = "...";
    int wanted = vsnprintf(words, WORDS_MAX, format, args);

    if (wanted >= WORDS_MAX) {
        size_t end = WORDS_MAX - sizeof dots;

        end = text_cut(words, WORDS_MAX - 1, end);
        memcpy(words + end, dots, sizeof dots);
    }
}

__attribute__((format(printf, 4, 0))) static void complain(
    struct reading *reading, bool is_error, struct place place,
    const char *format, va_list args)
{
    char words[WORDS_MAX];

    put_words(words, format, args);
    char *before = place.line > 0 ? xasprintf("%s:%u: ", place.file, place.line)
                                  : xasprintf("%s: ", place.file);
    char *whole = xasprintf("%s%s", before, words);

    text_sanitise(whole); /* keeps the length */
    struct complaint *complaint = arena_take(reading->open, sizeof *complaint);
    char *text = arena_copy(reading->open, whole);

    if (complaint && text) {
        *complaint = (struct complaint){
            .is_error = is_error, .text = text, .words = text + strlen(before)};
        *reading->tail = complaint;
        reading->tail = &complaint->next;
    } else {
        reading->full = true;
    }
    if (is_error)
        reading->config->error_count++;
    free(before);
    free(whole);
}

void reading_error(struct reading *reading, struct place place,
                   const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(reading, true, place, format, args);
    va_end(args);
}

void reading_warning(struct reading *reading, struct place place,
                     const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(reading, false, place, format, args);
    va_end(args);
}

void reading_finish(struct reading *reading)
{
    struct config *config = reading->config;

    if (reading->full) {
        *reading->tail = reading->too_large;
        config->error_count++;
    }
    if (config->error_count > 0) {
        config->accounts = NULL;
        config->account_count = 0;
        config->endpoints = NULL;
        config->endpoint_count = 0;
    }
}
