#include "cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool terminal_is_there(void)
{
    if (!isatty(STDIN_FILENO) && !isatty(STDERR_FILENO))
        return false;
    int terminal = open_terminal();

    if (terminal >= 0)
        close(terminal);
    return terminal >= 0;
}

static void show(int terminal, const char *words)
{
    ssize_t written = write(terminal, words, strlen(words));

    (void)written; /* a terminal that is gone fails to be read as well */
}

/* ---- signals, while nothing shows ---- */

static const int caught[] = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                             SIGTSTP, SIGTTIN, SIGTTOU};
#define CAUGHT (sizeof caught / sizeof *caught)

static volatile sig_atomic_t came; /* the last of them; 0: none */

static void note(int number)
{
    came = number;
}

/* What was there before. */
struct signals {
    struct sigaction actions[CAUGHT];
    sigset_t mask;
};

/* They are held back, but for the wait for input: one that came just before it
 * would not end it. */
static void catch_signals(struct signals *old)
{
    const struct sigaction catcher = {.sa_handler = note};
    sigset_t blocked;

    came = 0;
    sigemptyset(&blocked);
    for (size_t i = 0; i < CAUGHT; i++)
        sigaddset(&blocked, caught[i]);
    sigprocmask(SIG_BLOCK, &blocked, &old->mask);
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &catcher, &old->actions[i]);
}

static void restore_signals(const struct signals *old)
{
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &old->actions[i], NULL);
    sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* ---- reading ---- */

/* 1: a line. 0: the end of file. -1: a signal of those that the mask lets
 * through, or an error. */
static int read_line(int terminal, const sigset_t *mask, struct buffer *line)
{
    struct pollfd input = {.fd = terminal, .events = POLLIN};

    for (;;) {
        char c;

        if (ppoll(&input, 1, NULL, mask) < 0 || came)
            return -1;
        ssize_t got = read(terminal, &c, 1);

        if (got < 0)
            return -1;
        if (got == 0)
            return line->length > 0;
        if (c == '\n')
            return 1;
        if (buffer_add(line, &c, 1) < 0)
            return -1;
    }
}

int terminal_line(const char *words, struct buffer *line)
{
    int terminal = open_terminal();

    if (terminal < 0)
        return -1;
    came = 0;
    show(terminal, words);
    int got = read_line(terminal, NULL, line);

    close(terminal);
    return got > 0 ? 0 : -1;
}

/* Without ECHO, but ECHONL: the line feed shows. */
static int read_unseen(int terminal, const char *words, struct buffer *secret)
{
    struct signals old;
    struct termios seen, unseen;

    if (tcgetattr(terminal, &seen) < 0)
        return -1;
    unseen = seen;
    unseen.c_lflag &= ~(tcflag_t)ECHO;
    unseen.c_lflag |= ECHONL;
    catch_signals(&old);
    int got = -1;

    if (tcsetattr(terminal, TCSAFLUSH, &unseen) == 0) {
        show(terminal, words);
        got = read_line(terminal, &old.mask, secret);
    }
    tcsetattr(terminal, TCSAFLUSH, &seen);
    restore_signals(&old);
    return got;
}

int terminal_secret(const char *words, struct buffer *secret)
{
    int terminal = open_terminal(), got, number;

    if (terminal < 0)
        return -1;
    do {
        buffer_finish(secret);
        got = read_unseen(terminal, words, secret);
        number = came;
        if (number) {
            show(terminal, "\n");
            raise(number); /* returns after a stop, if at all */
        }
    } while (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU);
    close(terminal);
    return got > 0 && !number ? 0 : -1;
}

bool terminal_yes(const char *question, bool usual)
{
    for (;;) {
        struct buffer line;
        char words[512];

        snprintf(words, sizeof words, "%s [%s] ", question,
                 usual ? "Y/n" : "y/N");
        buffer_init(&line, 100);
        if (terminal_line(words, &line) < 0)
            return false;
        char first = line.length > 0 ? line.data[0] : '\0';

        buffer_finish(&line);
        if (first == '\0')
            return usual;
        if (strchr("yYnN", first))
            return first == 'y' || first == 'Y';
    }
}
