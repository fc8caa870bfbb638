/*
 * A folder of configuration files for one test: made from texts, read by
 * config_load(), and removed again.
 */
#ifndef IMAPPUSHD_TESTS_CONFIG_FILES_H
#define IMAPPUSHD_TESTS_CONFIG_FILES_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"

/* Complete, and nothing wrong with either. */
#define ACCOUNT                                                                \
    "host = \"imap.example\"; user = \"me\"; password_file = \"/secret\";\n"
#define ENDPOINT "url = \"https://push.example/abc\";\n"

struct folder {
    char path[64];
};

/* The full name of a file in the folder; valid until the next but three. */
static inline const char *folder_file(const struct folder *folder,
                                      const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
    return path;
}

static inline void folder_write_bytes(const struct folder *folder,
                                      const char *name, const char *bytes,
                                      size_t length)
{
    FILE *file = fopen(folder_file(folder, name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void folder_write(const struct folder *folder, const char *name,
                                const char *text)
{
    folder_write_bytes(folder, name, text, strlen(text));
}

static inline void folder_make(struct folder *folder)
{
    umask(077);
    strcpy(folder->path, "/tmp/imappushd-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    assert_int_equal(mkdir(folder_file(folder, "accounts.d"), 0700), 0);
    assert_int_equal(mkdir(folder_file(folder, "endpoints.d"), 0700), 0);
}

/* ... with one account "a", one endpoint "p" and an empty main file. */
static inline void folder_make_good(struct folder *folder)
{
    folder_make(folder);
    folder_write(folder, "imappushd.conf", "");
    folder_write(folder, "accounts.d/a.conf", ACCOUNT);
    folder_write(folder, "endpoints.d/p.conf", ENDPOINT);
}

static inline int folder_remove_entry(const char *path, const struct stat *info,
                                      int kind, struct FTW *position)
{
    (void)info, (void)kind, (void)position;
    return remove(path);
}

static inline void folder_remove(const struct folder *folder)
{
    nftw(folder->path, folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct config *folder_load(const struct folder *folder)
{
    struct error err = {0};
    struct config *config =
        config_load(folder_file(folder, "imappushd.conf"), &err);

    if (!config)
        fail_msg("%s", err.text);
    return config;
}

/* One line for each complaint, "E accounts.d/a.conf:3: words" or "W ..."; the
 * caller frees them. */
static inline char *folder_complaints(const struct folder *folder,
                                      const struct config *config)
{
    size_t size, skip = strlen(folder->path) + 1;
    char *lines;
    FILE *out = open_memstream(&lines, &size);

    assert_non_null(out);
    for (const struct complaint *complaint = config->complaints; complaint;
         complaint = complaint->next) {
        const char *text = complaint->text;

        if (strncmp(text, folder->path, skip - 1) == 0)
            text += skip;
        fprintf(out, "%c %s\n", complaint->is_error ? 'E' : 'W', text);
    }
    assert_int_equal(fclose(out), 0);
    return lines;
}

/* cmocka's set-up and tear-down, with a good folder as the state. */
static inline int folder_setup(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);

    assert_non_null(folder);
    folder_make_good(folder);
    *state = folder;
    return 0;
}

static inline int folder_teardown(void **state)
{
    folder_remove(*state);
    free(*state);
    return 0;
}

/* Loads and compares the complaints as a whole. */
static inline void folder_assert_told(const struct folder *folder,
                                      const char *expected)
{
    struct config *config = folder_load(folder);
    char *complaints = folder_complaints(folder, config);

    assert_string_equal(complaints, expected);
    free(complaints);
    config_unload(&config);
}

/* count times the byte, and a NUL; free() it. */
static inline char *text_repeat(char byte, size_t count)
{
    char *text = malloc(count + 1);

    assert_non_null(text);
    memset(text, byte, count);
    text[count] = '\0';
    return text;
}

#endif
