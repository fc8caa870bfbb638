#include "cli/password.h"

#include "base/credential.h"
#include "cli/keep.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define GROUPS 4
#define GROUP_LETTERS 4
#define NO_BREAK_SPACE "\xc2\xa0"

/* ---- what Google shows ---- */

static size_t blank_length(const char *text)
{
    if (strncmp(text, NO_BREAK_SPACE, 2) == 0)
        return 2;
    return *text == ' ' || *text == '\t';
}

static const char *skip_blanks(const char *text)
{
    for (size_t length; (length = blank_length(text)) > 0;)
        text += length;
    return text;
}

bool password_is_of_google(const char *host)
{
    static const char *const domains[] = {"gmail.com", "googlemail.com",
                                          "google.com"};
    size_t length = strlen(host);

    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
        size_t own = strlen(domains[i]);

        if (length >= own && strcmp(host + length - own, domains[i]) == 0 &&
            (length == own || host[length - own - 1] == '.'))
            return true;
    }
    return false;
}

void password_tidy(struct buffer *password, const char *host)
{
    char letters[GROUPS * GROUP_LETTERS];
    const char *at = password->data;

    if (!password_is_of_google(host) || !at)
        return;
    for (size_t i = 0; i < sizeof letters; i++) {
        if (i % GROUP_LETTERS == 0)
            at = skip_blanks(at);
        if (*at < 'a' || *at > 'z')
            return;
        letters[i] = *at++;
    }
    if (*skip_blanks(at) == '\0') {
        buffer_finish(password);
        buffer_add(password, letters, sizeof letters);
    }
    explicit_bzero(letters, sizeof letters);
}

/* ---- getting it ---- */

static int say(int status, const char *words)
{
    fprintf(stderr, "imappushd: %s\n", words);
    return status;
}

/* The first line, or all there is; not a byte beyond it is taken. */
static int read_first_line(int fd, struct buffer *password)
{
    for (;;) {
        char c;
        ssize_t got = read(fd, &c, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return say(EX_NOINPUT, strerror(errno));
        if (got == 0 || c == '\n')
            break;
        if (buffer_add(password, &c, 1) < 0)
            return say(EX_DATAERR, "that is longer than any password");
    }
    if (password->length > 0 && password->data[password->length - 1] == '\r')
        password->data[--password->length] = '\0';
    return EX_OK;
}

static int read_descriptor(const char *number, struct buffer *password)
{
    char *end;
    long fd = strtol(number, &end, 10);

    if (*number == '\0' || *end != '\0' || fd < 0 || fd > 1 << 20 ||
        fcntl((int)fd, F_GETFD) < 0)
        return command_misused("--password-fd wants the number of a descriptor "
                               "that is open");
    return read_first_line((int)fd, password);
}

static int ask_person(const struct account *account, struct buffer *password)
{
    char words[256];

    snprintf(words, sizeof words, "Password for %s at %s: ", account->user,
             account->host);
    if (terminal_secret(words, password) < 0)
        return say(EX_NOINPUT, "no password was given; nothing was changed");
    return EX_OK;
}

static int judge(const struct buffer *password)
{
    if (password->length == 0)
        return say(EX_DATAERR, "the password is empty; nothing was changed");
    if (memchr(password->data, '\0', password->length) ||
        memchr(password->data, '\r', password->length))
        return say(EX_DATAERR, "the password holds a byte that no password can "
                               "hold (NUL or CR); nothing was changed");
    return EX_OK;
}

int password_read(const struct command *command, const struct account *account,
                  struct buffer *password)
{
    const char *fd = command_value(command, OPTION_PASSWORD_FD);
    int status;

    if (fd && command_has(command, OPTION_PASSWORD_STDIN))
        return command_misused("--password-stdin and --password-fd are two "
                               "ways of one password");
    if (command_has(command, OPTION_PASSWORD_STDIN))
        status = read_first_line(STDIN_FILENO, password);
    else if (fd)
        status = read_descriptor(fd, password);
    else if (command_has(command, OPTION_NO_INPUT) || !terminal_is_there())
        return command_misused("there is nobody to ask for the password: give "
                               "--password-stdin or --password-fd=N");
    else
        status = ask_person(account, password);
    if (status == EX_OK)
        status = judge(password);
    if (status == EX_OK)
        password_tidy(password, account->host);
    return status;
}

/* ---- keeping it ---- */

int password_keep(const struct command *command, const struct account *account,
                  const struct buffer *password)
{
    return keep_secret(command, account, &kept_password, password);
}
