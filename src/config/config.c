/*
 * The parent makes the two arenas, a child reads and fills them, the parent
 * takes them over. Nothing that the child had elsewhere survives it: that is
 * what it is for.
 */
#include "config/config.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/child.h"
#include "config/files.h"
#include "config/reading.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENA_SIZE (8 << 20) /* each; thousands of accounts fit */
#define READING_S 10         /* a slow disk may take this long */

char *config_default_path(void)
{
    static const char name[] = "imappushd/imappushd.conf";
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    /* The XDG Base Directory Specification: relative ones are ignored. */
    if (folder && folder[0] == '/')
        return xasprintf("%s/%s", folder, name);
    if (!home || home[0] != '/') {
        const struct passwd *user = getpwuid(getuid());

        home = user ? user->pw_dir : NULL;
    }
    return home ? xasprintf("%s/.config/%s", home, name) : NULL;
}

/* What is read. */
struct source_files {
    const char *path;
    const struct staged *staged;
    size_t count;
};

static _Noreturn void read_and_leave(struct arena *open, struct arena *secret,
                                     const struct source_files *files,
                                     pid_t parent)
{
    struct reading reading;

    child_settle(parent, -1);
    alarm(READING_S);
    if (reading_start(&reading, open, secret) < 0)
        _exit(EXIT_FAILURE);
    reading.staged = files->staged;
    reading.staged_count = files->count;
    files_read(&reading, files->path);
    reading_finish(&reading);
    _exit(EXIT_SUCCESS);
}

static int wait_for_reader(pid_t reader, struct error *err)
{
    int status;

    while (waitpid(reader, &status, 0) < 0) {
        if (errno != EINTR)
            return error_set(err, ERROR_LATER, "config",
                             "cannot wait for the reading of the "
                             "configuration: %s",
                             strerror(errno));
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return error_set(err, ERROR_PERSON, "config",
                         "reading the configuration took more than %d s",
                         READING_S);
    if (WIFSIGNALED(status))
        return error_set(err, ERROR_NOW, "config",
                         "reading the configuration ended with signal %d",
                         WTERMSIG(status));
    if (WEXITSTATUS(status) != EXIT_SUCCESS)
        return error_set(err, ERROR_NOW, "config",
                         "reading the configuration ended with status %d",
                         WEXITSTATUS(status));
    return 0;
}

/* Has the arenas filled: 0, or -1 with err. */
static int have_read(struct arena *open, struct arena *secret,
                     const struct source_files *files, struct error *err)
{
    pid_t self = getpid(), reader = fork();

    if (reader < 0)
        return error_set(err, ERROR_LATER, "config",
                         "cannot start to read the configuration: %s",
                         strerror(errno));
    if (reader == 0)
        read_and_leave(open, secret, files, self);
    return wait_for_reader(reader, err);
}

/* Both arenas, or -1 with errno and none of them. */
static int seal(struct arena **open, struct arena **secret)
{
    return arena_seal(open, false) < 0 || arena_seal(secret, true) < 0 ? -1 : 0;
}

static struct config *load(const struct source_files *files, struct error *err)
{
    struct arena *open = arena_create(ARENA_SIZE);
    struct arena *secret = arena_create(ARENA_SIZE);
    struct config *config = NULL;

    if (!open || !secret) {
        error_set(err, ERROR_LATER, "config",
                  "no memory for the configuration: %s", strerror(errno));
    } else if (have_read(open, secret, files, err) == 0) {
        config = arena_first(open);
        if (seal(&open, &secret) == 0)
            return config;
        error_set(err, ERROR_LATER, "config",
                  "cannot keep the configuration: %s", strerror(errno));
    }
    arena_destroy(&open);
    arena_destroy(&secret);
    return NULL;
}

struct config *config_load(const char *path, struct error *err)
{
    const struct source_files files = {.path = path};

    return load(&files, err);
}

struct config *config_load_staged(const char *path, const struct staged *staged,
                                  size_t count, struct error *err)
{
    static const struct staged nothing;
    const struct source_files files = {path, staged ? staged : &nothing, count};

    return load(&files, err);
}

void config_unload(struct config **config)
{
    if (*config) {
        /* The configuration lies in the arena that goes last. */
        struct arena *open = (*config)->open, *secret = (*config)->secret;

        arena_destroy(&secret);
        arena_destroy(&open);
    }
    *config = NULL;
}

const struct account *config_account(const struct config *config,
                                     const char *name)
{
    for (size_t i = 0; i < config->account_count; i++) {
        if (strcmp(config->accounts[i].name, name) == 0)
            return &config->accounts[i];
    }
    return NULL;
}

/* ---- comparing ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Two argument vectors, either of which may be null. */
static bool same_command(const char *const *a, const char *const *b)
{
    if (!a || !b)
        return a == b;
    while (*a && *b && strcmp(*a, *b) == 0) {
        a++;
        b++;
    }
    return !*a && !*b;
}

static bool same_names(const char *const *a, size_t a_count,
                       const char *const *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++) {
        if (strcmp(a[i], b[i]) != 0)
            return false;
    }
    return true;
}

static bool same_rule(const struct rule *a, const struct rule *b)
{
    return same_text(a->mailbox, b->mailbox) &&
           same_text(a->list_id, b->list_id) && same_text(a->from, b->from) &&
           same_text(a->to, b->to) && same_text(a->subject, b->subject) &&
           a->auto_submitted == b->auto_submitted &&
           same_text(a->gmail_search, b->gmail_search) && a->push == b->push &&
           a->interval_s == b->interval_s &&
           same_names(a->endpoints, a->endpoint_count, b->endpoints,
                      b->endpoint_count);
}

static bool same_rules(const struct account *a, const struct account *b)
{
    if (a->rule_count != b->rule_count)
        return false;
    for (size_t i = 0; i < a->rule_count; i++) {
        if (!same_rule(&a->rules[i], &b->rules[i]))
            return false;
    }
    return true;
}

bool config_same_account(const struct account *a, const struct account *b)
{
    return same_text(a->name, b->name) && same_text(a->host, b->host) &&
           same_text(a->user, b->user) && a->port == b->port &&
           a->tls == b->tls && same_text(a->tls_name, b->tls_name) &&
           same_text(a->ca_file, b->ca_file) && a->auth == b->auth &&
           same_command(a->password_command, b->password_command) &&
           same_text(a->password_file, b->password_file) &&
           same_command(a->token_command, b->token_command) &&
           same_text(a->oauth2_issuer, b->oauth2_issuer) &&
           same_text(a->oauth2_client_id, b->oauth2_client_id) &&
           same_text(a->oauth2_client_secret_file,
                     b->oauth2_client_secret_file) &&
           same_text(a->oauth2_scope, b->oauth2_scope) &&
           same_names(a->mailboxes, a->mailbox_count, b->mailboxes,
                      b->mailbox_count) &&
           same_names(a->exclude, a->exclude_count, b->exclude,
                      b->exclude_count) &&
           a->max_connections == b->max_connections && a->watch == b->watch &&
           a->refresh_interval_s == b->refresh_interval_s &&
           a->poll_interval_s == b->poll_interval_s &&
           a->enabled == b->enabled && a->show_headers == b->show_headers &&
           a->deliveries_only == b->deliveries_only &&
           a->registers == b->registers &&
           a->register_private == b->register_private &&
           a->max_registered == b->max_registered && same_rules(a, b);
}
