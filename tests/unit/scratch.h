/*
 * An empty folder for one test, removed after it.
 */
#ifndef IMAPPUSHD_TESTS_SCRATCH_H
#define IMAPPUSHD_TESTS_SCRATCH_H

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[32];

/* The path of a file in it; valid until the next but three. */
static inline const char *scratch_file(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

static inline void scratch_write(const char *name, const void *bytes,
                                 size_t length)
{
    FILE *file = fopen(scratch_file(name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* How many names in it begin like that. */
static inline unsigned scratch_count(const char *prefix)
{
    DIR *folder = opendir(scratch);
    struct dirent *entry;
    unsigned count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)))
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(folder);
    return count;
}

/* cmocka's set-up and tear-down */
static inline int scratch_setup(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/imappushd-test-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int scratch_remove(const char *path, const struct stat *info,
                                 int kind, struct FTW *position)
{
    (void)info, (void)kind, (void)position;
    return remove(path);
}

static inline int scratch_teardown(void **state)
{
    (void)state;
    return nftw(scratch, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
