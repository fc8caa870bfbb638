#include "cli/phone_link.h"

#include "base/alloc.h"
#include "base/helper.h"
#include "base/spawn.h"
#include "core/state.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define COURIER_MS 10000
#define WORDS_MAX 2000

/* ---- the key ---- */

static int ask_courier(const char *state, struct buffer *key)
{
    char *courier = helper_path("courier");
    char *file = xasprintf("%s/vapid.key", state);
    const char *const argv[] = {courier, "--show-key", file, NULL};
    struct buffer words;
    struct error err;

    buffer_init(&words, WORDS_MAX);
    int status = spawn_command(argv, COURIER_MS, key, &words, &err);

    if (status < 0)
        fprintf(stderr, "imappushd: %s %s\n", courier, err.text);
    else if (status > 0)
        fprintf(stderr, "imappushd: %s", words.data ? words.data : "no key\n");
    buffer_finish(&words);
    free(file);
    free(courier);
    return status == 0 && key->data ? EX_OK : EX_CANTCREAT;
}

int phone_link_key(struct buffer *key)
{
    int status;
    char *state = state_prepare(&status);

    if (!state)
        return status;
    status = ask_courier(state, key);
    free(state);
    if (status == EX_OK)
        key->data[strcspn(key->data, "\n")] = '\0';
    return status;
}

/* ---- its picture ---- */

/* Starts the program that draws, with input as its standard input. */
static int start_drawing(int input, pid_t *pid)
{
    char *program = helper_path("qr");
    char *argv[] = {program, NULL};
    posix_spawn_file_actions_t actions;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    int trouble = posix_spawn(pid, program, &actions, NULL, argv, environ);

    if (trouble)
        fprintf(stderr, "imappushd: %s: %s\n", program, strerror(trouble));
    posix_spawn_file_actions_destroy(&actions);
    free(program);
    return trouble ? -1 : 0;
}

/* The link is there in any case: without a picture it can still be copied. */
void phone_link_draw(const char *link)
{
    int ends[2], status;
    pid_t pid;

    fflush(stdout);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    /* (An address has at most 16 KiB, and so does not fill a pipe.) */
    bool good = write(ends[1], link, strlen(link)) > 0;

    close(ends[1]);
    if (good && start_drawing(ends[0], &pid) == 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    close(ends[0]);
}
