/*
 * A configuration is read in one process and kept by another: at the same
 * address, unchangeable, and, where it is secret, out of every child's reach.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"

#define SIZE 65536

/* What would be a configuration. */
struct entry {
    const char *name;
    const struct entry *next;
};

static struct entry *put_entry(struct arena *arena, const char *name,
                               const struct entry *next)
{
    struct entry *entry = arena_take(arena, sizeof *entry);

    assert_non_null(entry);
    entry->name = arena_copy(arena, name);
    assert_non_null(entry->name);
    entry->next = next;
    return entry;
}

/* ---- filling ---- */

static void objects_are_zeroed_and_aligned(void **state)
{
    struct arena *arena = arena_create(SIZE);
    unsigned char *bytes;

    (void)state;
    assert_non_null(arena);
    assert_null(arena_first(arena));
    for (size_t size = 1; size < 70; size++) {
        bytes = arena_take(arena, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size); /* nobody else's bytes */
        if (size == 1)
            assert_ptr_equal(arena_first(arena), bytes);
    }
    arena_destroy(&arena);
    assert_null(arena);
    arena_destroy(&arena);
}

static void full_arena_gives_nothing(void **state)
{
    struct arena *arena = arena_create(4096);
    size_t count = 0;
    char *last = NULL;

    (void)state;
    assert_null(arena_take(arena, 4096));
    assert_null(arena_take(arena, SIZE_MAX));
    assert_null(arena_take(arena, SIZE_MAX - 14));
    assert_null(arena_first(arena));
    for (char *text; (text = arena_copy(arena, "0123456789abcdef")); count++)
        last = text;
    assert_in_range(count, 100, 4096 / 17);
    assert_string_equal(last, "0123456789abcdef");
    assert_in_range(last - (char *)arena, 1, 4096 - 17);
    arena_destroy(&arena);
}

/* Address space costs nothing until it is used: a large one must be had. */
static void large_arena_takes_no_memory(void **state)
{
    struct arena *arena = arena_create((size_t)1 << 30);

    (void)state;
    assert_non_null(arena);
    assert_non_null(arena_copy(arena, "x"));
    assert_int_equal(arena_seal(&arena, true), 0);
    arena_destroy(&arena);
}

/* ---- sealing ---- */

static int status_of(pid_t child)
{
    int status;

    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* As a configuration is made: another process fills it. */
static struct arena *filled_by_a_child(void)
{
    struct arena *arena = arena_create(SIZE);
    pid_t child = fork();

    if (child == 0) {
        struct entry *first = put_entry(arena, "first", NULL);

        first->next = put_entry(arena, "second", NULL);
        _exit(0);
    }
    assert_int_equal(status_of(child), 0);
    return arena;
}

static void assert_entries(const struct arena *arena, const void *first)
{
    const struct entry *entry = first;

    assert_in_range((uintptr_t)entry, (uintptr_t)arena,
                    (uintptr_t)arena + SIZE - 1);
    assert_string_equal(entry->name, "first");
    assert_string_equal(entry->next->name, "second");
    assert_null(entry->next->next);
}

static void sealed_at_the_same_address(void **state)
{
    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        struct arena *arena = filled_by_a_child(), *before = arena;
        void *first = arena_first(arena);

        assert_entries(arena, first);
        assert_int_equal(arena_seal(&arena, secret), 0);
        assert_ptr_equal(arena, before);
        assert_ptr_equal(arena_first(arena), first);
        assert_entries(arena, first);
        arena_destroy(&arena);
    }
}

static void sealed_memory_cannot_be_written(void **state)
{
    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        struct arena *arena = filled_by_a_child();
        struct entry *first = arena_first(arena);

        assert_int_equal(arena_seal(&arena, secret), 0);
        pid_t child = fork();

        if (child == 0) {
            signal(SIGSEGV, SIG_DFL); /* cmocka, sanitizers */
            first->next = NULL;
            _exit(0);
        }
        assert_int_equal(WTERMSIG(status_of(child)), SIGSEGV);
        assert_entries(arena, first);
        arena_destroy(&arena);
    }
}

static void reader_that_lingers_can_neither_see_nor_change(void **state)
{
    struct arena *arena = arena_create(SIZE);
    struct entry *first = put_entry(arena, "first", NULL);
    int go[2];
    char byte;

    (void)state;
    first->next = put_entry(arena, "second", NULL);
    assert_int_equal(pipe(go), 0);
    pid_t child = fork();

    if (child == 0) { /* has the shared mapping still */
        bool wiped;

        close(go[1]);
        if (read(go[0], &byte, 1) != 0)
            _exit(2);
        wiped = first->name == NULL && first->next == NULL;
        memset(arena, 0xff, SIZE);
        _exit(wiped ? 0 : 1);
    }
    assert_int_equal(arena_seal(&arena, true), 0);
    close(go[1]);
    close(go[0]);
    assert_int_equal(status_of(child), 0);
    assert_entries(arena, first);
    arena_destroy(&arena);
}

static void secret_is_zero_in_a_child(void **state)
{
    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        struct arena *arena = filled_by_a_child();
        const char *bytes = (const char *)arena;

        assert_int_equal(arena_seal(&arena, secret), 0);
        pid_t child = fork();

        if (child == 0) {
            bool empty = true;

            for (size_t i = 0; i < SIZE; i++)
                empty = empty && bytes[i] == 0;
            _exit(empty ? 1 : 0);
        }
        assert_int_equal(WEXITSTATUS(status_of(child)), secret);
        assert_entries(arena, arena_first(arena));
        arena_destroy(&arena);
    }
}

/* The VmFlags of a mapping (proc(5)): "dd" is left out of core dumps, "wf" is
 * wiped on fork. */
static void get_flags(const void *address, char *flags, size_t size)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    uintptr_t begin = 0, end = 0, at = (uintptr_t)address;
    char line[512];

    flags[0] = '\0';
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long low, high;

        if (sscanf(line, "%lx-%lx ", &low, &high) == 2) {
            begin = low;
            end = high;
        }
        if (at >= begin && at < end && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, size, "%s", line + 8);
    }
    fclose(maps);
}

static void secret_is_left_out_of_core_dumps(void **state)
{
    char flags[512];

    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        struct arena *arena = filled_by_a_child();

        assert_int_equal(arena_seal(&arena, secret), 0);
        get_flags(arena, flags, sizeof flags);
        if (!flags[0])
            skip(); /* a kernel without VmFlags */
        assert_int_equal(strstr(flags, " dd") != NULL, secret);
        assert_int_equal(strstr(flags, " wf") != NULL, secret);
        assert_null(strstr(flags, " wr"));
        assert_null(strstr(flags, " sh"));
        arena_destroy(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_zeroed_and_aligned),
        cmocka_unit_test(full_arena_gives_nothing),
        cmocka_unit_test(large_arena_takes_no_memory),
        cmocka_unit_test(sealed_at_the_same_address),
        cmocka_unit_test(sealed_memory_cannot_be_written),
        cmocka_unit_test(reader_that_lingers_can_neither_see_nor_change),
        cmocka_unit_test(secret_is_zero_in_a_child),
        cmocka_unit_test(secret_is_left_out_of_core_dumps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
