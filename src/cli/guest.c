#include "cli/guest.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/helper.h"
#include "base/spawn.h"
#include "cli/answer.h"
#include "cli/daemon.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#define LINE_MAX_LENGTH 1000000
#define OPEN_MS 20000
#define TICK_MS 1000
#define GRACE_MS 5000

/* What is known while waiting. */
struct wait {
    int daemon;
    const struct invitation_code *code;
    const struct account *account;
    int64_t until_ms;
    bool shows; /* how much time is left, on a terminal */
    struct buffer heard;
    struct buffer *json;
};

int guest_announce(const struct invitation_code *code,
                   const struct account *account, int seconds, int *status)
{
    char *line = xasprintf("pair %s %d %s", code->id, seconds, account->name);
    struct error err;
    int daemon = daemon_call(line, &err);

    free(line);
    *status = EX_OK;
    if (daemon >= 0)
        return daemon;
    fprintf(stderr,
            "imappushd: %s\n"
            "It is the daemon that reads the phone's mail: start it first.\n",
            err.text);
    *status = EX_UNAVAILABLE;
    return -1;
}

/* ---- on the terminal ---- */

static void show_time(const struct wait *wait)
{
    int64_t left_s = (wait->until_ms - clock_boottime_ms() + 999) / 1000;

    if (!wait->shows || left_s < 0)
        return;
    fprintf(stderr, "\r\033[KWaiting for the phone's mail: %d:%02d left ",
            (int)(left_s / 60), (int)(left_s % 60));
}

static void clear_time(const struct wait *wait)
{
    if (wait->shows)
        fputs("\r\033[K", stderr);
}

/* ---- the courier opens it ---- */

static bool open_mail(const struct wait *wait, const char *text)
{
    char *courier = helper_path("courier");
    const char *const argv[] = {
        courier, "--open-pairing",
        wait->account->register_private ? "any" : "public", NULL};
    struct buffer input, words;
    struct error err;

    buffer_init(&input, LINE_MAX_LENGTH);
    buffer_init(&words, 500);
    buffer_printf(&input, "%s %s\n%s", wait->code->secret, wait->code->id,
                  text);
    int status =
        spawn_with_input(argv, &input, OPEN_MS, wait->json, &words, &err);

    clear_time(wait);
    if (status < 0)
        fprintf(stderr, "imappushd: %s %s\n", courier, err.text);
    else if (status > 0)
        fprintf(stderr,
                "A mail for this code came that does not count: the message "
                "%s",
                words.data ? words.data : "could not be read\n");
    buffer_finish(&input);
    buffer_finish(&words);
    free(courier);
    if (status == 0 && wait->json->length > 0)
        return true;
    buffer_finish(wait->json);
    return false;
}

/* ---- what the daemon says ---- */

/* The exit status where there is one, or -1 to go on. */
static int take_line(const struct wait *wait, const char *line)
{
    struct answer *answer = answer_parse(line);
    const char *code = answer ? answer_text(answer, "code") : "nonsense";
    struct error err;
    int status = -1;

    if (answer && !*code) {
        status = open_mail(wait, answer_text(answer, "mail")) ? EX_OK : -1;
    } else if (strcmp(code, "ok") == 0) {
        if (!answer_truth(answer, "watching"))
            fprintf(stderr,
                    "The account \"%s\" is not connected right now; the mail "
                    "is looked for as soon as it is.\n",
                    wait->account->name);
    } else if (strcmp(code, "late") == 0) {
        status = EX_TEMPFAIL;
    } else {
        status = daemon_judge(line, &err);
        clear_time(wait);
        fprintf(stderr, "imappushd: %s\n", err.text);
    }
    answer_destroy(&answer);
    return status;
}

static int take_lines(struct wait *wait)
{
    struct buffer *heard = &wait->heard;
    int status = -1;
    char *end;

    while (status < 0 && heard->length > 0 &&
           (end = memchr(heard->data, '\n', heard->length)) != NULL) {
        *end = '\0';
        status = take_line(wait, heard->data);
        buffer_drop(heard, (size_t)(end + 1 - heard->data));
    }
    return status;
}

static int hear(struct wait *wait)
{
    char *room = buffer_room(&wait->heard, 65536);
    ssize_t got = room ? recv(wait->daemon, room, 65536, 0) : 0;

    if (got > 0) {
        wait->heard.length += (size_t)got;
        wait->heard.data[wait->heard.length] = '\0';
        return take_lines(wait);
    }
    if (got < 0 && errno == EINTR)
        return -1;
    clear_time(wait);
    fputs("imappushd: the daemon has hung up; it may be stopping\n", stderr);
    return EX_UNAVAILABLE;
}

int guest_await(int daemon, const struct invitation_code *code,
                const struct account *account, int seconds, struct buffer *json)
{
    struct wait wait = {.daemon = daemon,
                        .code = code,
                        .account = account,
                        .until_ms = clock_boottime_ms() + seconds * 1000LL,
                        .shows = isatty(STDERR_FILENO),
                        .json = json};
    struct pollfd link = {.fd = daemon, .events = POLLIN};
    int status = -1;

    buffer_init(&wait.heard, LINE_MAX_LENGTH);
    if (!wait.shows)
        fputs("Waiting for the phone's mail.\n", stderr);
    while (status < 0) {
        show_time(&wait);
        if (poll(&link, 1, TICK_MS) > 0)
            status = hear(&wait);
        else if (clock_boottime_ms() > wait.until_ms + GRACE_MS)
            status = EX_TEMPFAIL;
    }
    clear_time(&wait);
    if (status == EX_TEMPFAIL)
        fputs("imappushd: no phone has joined, and the code is not valid any "
              "more; nothing was changed\n",
              stderr);
    buffer_finish(&wait.heard);
    return status;
}
