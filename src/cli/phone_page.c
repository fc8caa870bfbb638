#include "cli/phone_page.h"

#include "base/alloc.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/spawn.h"
#include "cli/page_copy.h"
#include "config/config.h"
#include "core/state.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define COURIER_MS 10000
#define KEY_MAX 200
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

/* What subscriptions are made for; it is made where it is missing. */
static int get_key(struct buffer *key)
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
static void draw(const char *link)
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

/* ---- the two ways ---- */

static int show_link(const char *address, const char *key)
{
    char *link = xasprintf("%s#key=%s", address, key);

    puts(link);
    if (isatty(STDOUT_FILENO)) {
        draw(link);
        puts("Scan this with the phone, or send it the link, and tap the "
             "button on the page.");
    }
    free(link);
    return EX_OK;
}

static int say_what_is_missing(const char *config)
{
    char *files = helper_data_path("phone");

    fprintf(stderr,
            "imappushd: %s does not say where the page for phones is "
            "(phone_page)\n"
            "Put the page where the phone can open it by https; any host of "
            "files will do.\n"
            "Either its files are those in\n"
            "    %s\n"
            "and this goes into the main file:\n"
            "    phone_page = \"https://...\";\n"
            "Or they are a copy that has the key of this box in it:\n"
            "    imappushd --show-phone-page --write DIR\n",
            config, files);
    free(files);
    return EX_CONFIG;
}

static int write_copy(const char *folder, const char *key)
{
    struct error err;

    if (page_copy_write(folder, key, &err) < 0) {
        fprintf(stderr, "imappushd: %s\n", err.text);
        return EX_CANTCREAT;
    }
    printf("%s holds the page for phones, with the key of this box. Put it "
           "where the phone\ncan open it by https, and open it there.\n",
           folder);
    return EX_OK;
}

static int show_address(const struct command *command,
                        const struct config *config, struct buffer *key)
{
    for (const struct complaint *complaint = config->complaints; complaint;
         complaint = complaint->next) {
        if (complaint->is_error)
            fprintf(stderr, "imappushd: %s\n", complaint->text);
    }
    if (config->error_count > 0)
        return EX_CONFIG;
    if (!config->phone_page)
        return say_what_is_missing(command->config);
    int status = get_key(key);

    return status == EX_OK ? show_link(config->phone_page, key->data) : status;
}

int phone_page_show(const struct command *command)
{
    const char *folder = command_value(command, OPTION_WRITE);
    struct config *config = NULL;
    struct buffer key;
    struct error err;
    int status;

    buffer_init(&key, KEY_MAX);
    if (folder) {
        status = get_key(&key);
        if (status == EX_OK)
            status = write_copy(folder, key.data);
    } else if ((config = config_load(command->config, &err))) {
        status = show_address(command, config, &key);
    } else {
        fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
        status = EX_CONFIG;
    }
    config_unload(&config);
    buffer_finish(&key);
    return status;
}
