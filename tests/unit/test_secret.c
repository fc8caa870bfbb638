/*
 * The password: whatever a command prints or a file holds, either it is one
 * line that can be sent, or nobody tries to log in with it.
 */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "session/secret.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct buffer secret;
static struct error err;
static char said[65536]; /* what was logged */

/* ---- getting one ---- */

/* Standard error goes to a file meanwhile: no log may hold a secret. */
static int get(const struct account *account)
{
    int before = dup(STDERR_FILENO);
    int file = open(scratch_file("log"), O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_true(before >= 0 && file >= 0);
    buffer_finish(&secret);
    buffer_init(&secret, SECRET_MAX);
    err = (struct error){0};
    log_set_level(LOG_DEBUG);
    dup2(file, STDERR_FILENO);
    const struct plan plan = {.account = account};
    int64_t lives_s = -1;
    int result = secret_get(&plan, &secret, &lives_s, &err);

    dup2(before, STDERR_FILENO);
    ssize_t length = pread(file, said, sizeof said - 1, 0);

    said[length < 0 ? 0 : length] = '\0';
    close(before);
    close(file);
    return result;
}

static int get_from_command(const char *script)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const struct account account = {.name = "home", .password_command = argv};

    return get(&account);
}

static int get_token(const char *script)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const struct account account = {
        .name = "home", .auth = ACCOUNT_AUTH_OAUTH2, .token_command = argv};

    return get(&account);
}

static int get_from_file(const char *path)
{
    const struct account account = {.name = "home", .password_file = path};

    return get(&account);
}

static void assert_secret(const char *bytes)
{
    assert_int_equal(secret.length, strlen(bytes));
    assert_string_equal(secret.data, bytes);
    assert_string_equal(said, "");
}

/* A refusal that a person can understand and that tells nothing. */
static void assert_refused(enum error_class class)
{
    assert_int_equal(err.class, class);
    assert_true(err.code[0] != '\0');
    assert_true(err.text[0] != '\0');
    assert_true(err.text[strlen(err.text) - 1] != '.');
    assert_null(strstr(err.text, "hunter2"));
    assert_null(strstr(said, "hunter2"));
}

/* ---- the first line, wherever it comes from ---- */

static const struct {
    const char *bytes;
    size_t length;
    const char *secret; /* null: refused */
    enum error_class class;
} lines[] = {
#define LINE(text) text, sizeof(text) - 1
    {LINE("hunter2\n"), "hunter2", 0},
    {LINE("hunter2\r\n"), "hunter2", 0},
    {LINE("hunter2"), "hunter2", 0},
    {LINE("hunter2\n\n"), "hunter2", 0},
    {LINE("hunter2\nuser: me\nurl: x\n"), "hunter2", 0}, /* as pass(1) has it */
    {LINE("hunter2\nse\0cond\r\n"), "hunter2", 0},
    {LINE(" hunter2 \n"), " hunter2 ", 0},
    {LINE("\thun ter2\t\r\n"), "\thun ter2\t", 0},
    {LINE("hun\"ter\\2%s\n"), "hun\"ter\\2%s", 0},
    {LINE("h\xc3\xbcnter2\n"), "h\xc3\xbcnter2", 0},
    {LINE("h\xfcnter2\n"), "h\xfcnter2",
     0}, /* Latin-1 is the server's to judge */
    {LINE("x"), "x", 0},
    {LINE(""), NULL, ERROR_LATER},
    {LINE("\n"), NULL, ERROR_LATER},
    {LINE("\r\n"), NULL, ERROR_LATER},
    {LINE("\nhunter2\n"), NULL, ERROR_LATER},
    {LINE("hun\0ter2\n"), NULL, ERROR_PERSON},
    {LINE("hunter2\0\n"), NULL, ERROR_PERSON},
    {LINE("\0"), NULL, ERROR_PERSON},
    {LINE("hun\rter2\n"), NULL, ERROR_PERSON},
    {LINE("hunter2\r\r\n"), NULL, ERROR_PERSON},
    {LINE("\rhunter2"), NULL, ERROR_PERSON},
};

static void check_line(size_t i, int result)
{
    if ((result == 0) != (lines[i].secret != NULL))
        fail_msg("line %zu: %s", i, err.text);
    if (result == 0)
        assert_secret(lines[i].secret);
    else
        assert_refused(lines[i].class);
}

static void first_line_of_a_command(void **state)
{
    char script[128];

    (void)state;
    snprintf(script, sizeof script, "cat %s", scratch_file("output"));
    for (size_t i = 0; i < COUNT(lines); i++) {
        scratch_write("output", lines[i].bytes, lines[i].length);
        check_line(i, get_from_command(script));
    }
}

static void first_line_of_a_file(void **state)
{
    (void)state;
    umask(077);
    for (size_t i = 0; i < COUNT(lines); i++) {
        scratch_write("file", lines[i].bytes, lines[i].length);
        check_line(i, get_from_file(scratch_file("file")));
    }
}

/* A carriage return at the very end, where no line feed follows, is a line's
 * end that was cut, or a stray byte: not a part of a password. */
static void carriage_return_at_the_end_of_the_file(void **state)
{
    (void)state;
    umask(077);
    scratch_write("file", "hunter2\r", 8);
    if (get_from_file(scratch_file("file")) == 0)
        assert_secret("hunter2");
    else
        assert_refused(ERROR_PERSON);
}

/* ---- commands ---- */

static void nothing_is_left(void)
{
    int64_t late_ms = clock_boottime_ms() + 2000;
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
        assert_true(clock_boottime_ms() < late_ms);
        if (pid == 0)
            usleep(2000);
    }
}

static void command_that_fails(void **state)
{
    static const struct {
        const char *script, *words;
    } cases[] = {
        {"exit 1", "1"},
        {"echo hunter2; exit 1", "1"}, /* half a truth */
        {"echo hunter2; exit 77", "77"},
        {"echo hunter2; kill -KILL $$", "137"},
        {"exec /nowhere/at/all", "127"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(get_from_command(cases[i].script), -1);
        assert_refused(ERROR_LATER);
        assert_non_null(strstr(err.text, "password_command"));
        assert_non_null(strstr(err.text, cases[i].words));
    }
}

static void command_that_complains(void **state)
{
    (void)state;
    assert_int_equal(
        get_from_command("echo gpg: no pinentry >&2; echo '' >&2; exit 2"), -1);
    assert_refused(ERROR_LATER);
    assert_non_null(strstr(said, "gpg: no pinentry"));
    /* what it complains of may be the secret */
    assert_int_equal(get_from_command("echo hunter2; set -x; : hunter2; "
                                      "echo bad: hunter2. >&2; exit 2"),
                     -1);
    assert_refused(ERROR_LATER);
    /* one that goes well may say what it likes, unheard */
    assert_int_equal(get_from_command("echo hunter2; echo hunter2 >&2"), 0);
    assert_secret("hunter2");
    /* printed where it does not belong */
    assert_int_equal(get_from_command("echo hunter2 >&2"), -1);
    assert_refused(ERROR_LATER);
}

static void command_that_prints_without_end(void **state)
{
    static const char *const scripts[] = {
        "head -c 10000000 /dev/zero | tr '\\000' x",
        "while :; do echo hunter2; done", "yes hunter2 | tr -d '\\n'"};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        assert_int_equal(get_from_command(scripts[i]), -1);
        assert_refused(ERROR_LATER);
        nothing_is_left();
    }
}

static void longest_password(void **state)
{
    char script[128], *bytes = malloc(SECRET_MAX + 2);

    (void)state;
    umask(077);
    memset(bytes, 'x', SECRET_MAX + 1);
    snprintf(script, sizeof script, "cat %s", scratch_file("file"));
    scratch_write("file", bytes, SECRET_MAX);
    assert_int_equal(get_from_command(script), 0);
    assert_int_equal(secret.length, SECRET_MAX);
    assert_int_equal(get_from_file(scratch_file("file")), 0);
    assert_int_equal(secret.length, SECRET_MAX);
    free(bytes);
}

/* Half a password is no password: never cut. */
static void password_that_is_too_long(void **state)
{
    char script[128], *bytes = malloc(SECRET_MAX + 1);

    (void)state;
    umask(077);
    memset(bytes, 'x', SECRET_MAX + 1);
    snprintf(script, sizeof script, "cat %s", scratch_file("file"));
    scratch_write("file", bytes, SECRET_MAX + 1);
    free(bytes);
    assert_int_equal(get_from_command(script), -1);
    assert_int_equal(err.class, ERROR_LATER);
    assert_int_equal(get_from_file(scratch_file("file")), -1);
}

static void command_reads_nothing(void **state)
{
    (void)state;
    assert_int_equal(get_from_command("cat; echo hunter2"), 0);
    assert_secret("hunter2");
}

static void command_with_a_trailing_process(void **state)
{
    int64_t start_ms = clock_boottime_ms();

    (void)state;
    assert_int_equal(get_from_command("sleep 3 & echo hunter2"), 0);
    assert_secret("hunter2");
    assert_true(clock_boottime_ms() - start_ms < 2500);
}

/* ---- access tokens ---- */

/* Each would end a field of the message that it stands in, or is more than a
 * token: what a broker prints has to be asked for as plain text. */
static void token_of_odd_bytes(void **state)
{
    static const char *const odd[] = {"printf 'hunter2\\001auth=x'",
                                      "echo 'hunter2 '",
                                      "echo ' hunter2'",
                                      "echo 'Bearer hunter2'",
                                      "printf 'h\\303\\274nter2'",
                                      "printf 'hunter2\\177'",
                                      "printf 'hunter2\\t'",
                                      "echo '{\"access_token\": \"hunter2\"}'"};

    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        if (get_token(odd[i]) == 0)
            fail_msg("taken: %s", odd[i]);
        assert_refused(ERROR_LATER);
        assert_non_null(strstr(err.text, "token_command"));
    }
    assert_int_equal(get_token("printf 'hunter2\\000'"), -1);
    assert_refused(ERROR_PERSON);
    assert_int_equal(get_token("true"), -1);
    assert_refused(ERROR_LATER);
    assert_int_equal(get_token("echo hunter2 >&2; exit 1"), -1);
    assert_int_equal(err.class, ERROR_LATER);
}

static void token_that_is_good(void **state)
{
    (void)state;
    assert_int_equal(get_token("echo ya29.a-B_c~d+e/f==; echo more"), 0);
    assert_secret("ya29.a-B_c~d+e/f==");
}

/* ---- files ---- */

static void file_that_others_can_read(void **state)
{
    static const struct {
        mode_t mode;
        bool good;
    } cases[] = {
        {0600, true},  {0400, true},  {0700, true},  {0640, false},
        {0620, false}, {0610, false}, {0604, false}, {0602, false},
        {0601, false}, {0644, false}, {0666, false}, {0440, false},
    };

    (void)state;
    scratch_write("file", "hunter2\n", 8);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(chmod(scratch_file("file"), cases[i].mode), 0);
        int result = get_from_file(scratch_file("file"));

        if ((result == 0) != cases[i].good)
            fail_msg("%o", cases[i].mode);
        if (result < 0) {
            assert_refused(ERROR_PERSON);
            assert_non_null(strstr(err.text, "chmod 600"));
        }
    }
}

static void file_of_somebody_else(void **state)
{
    (void)state;
    umask(077);
    scratch_write("file", "hunter2\n", 8);
    if (chown(scratch_file("file"), 12345, (gid_t)-1) < 0)
        skip(); /* only root can give files away */
    assert_int_equal(get_from_file(scratch_file("file")), -1);
    assert_refused(ERROR_PERSON);
}

static void file_that_is_none(void **state)
{
    (void)state;
    assert_int_equal(get_from_file(scratch_file("missing")), -1);
    assert_refused(ERROR_LATER); /* a disk may be mounted later */
    assert_non_null(strstr(err.text, scratch_file("missing")));
    assert_int_equal(mkdir(scratch_file("folder"), 0700), 0);
    assert_int_equal(get_from_file(scratch_file("folder")), -1);
    assert_refused(ERROR_PERSON);
    assert_int_equal(mkfifo(scratch_file("fifo"), 0600), 0);
    assert_int_equal(get_from_file(scratch_file("fifo")), -1); /* no hang */
    assert_refused(ERROR_PERSON);
    assert_int_equal(get_from_file("/dev/zero"), -1);
    assert_refused(ERROR_PERSON);
}

static void link_to_a_good_file(void **state)
{
    (void)state;
    umask(077);
    scratch_write("file", "hunter2\n", 8);
    assert_int_equal(symlink("file", scratch_file("link")), 0);
    assert_int_equal(get_from_file(scratch_file("link")), 0);
    assert_secret("hunter2");
}

static void credential_of_the_service_manager(void **state)
{
    (void)state;
    umask(077);
    scratch_write("imap", "hunter2\n", 8);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(get_from_file("imap"), -1);
    assert_refused(ERROR_PERSON);
    setenv("CREDENTIALS_DIRECTORY", scratch, 1);
    assert_int_equal(get_from_file("imap"), 0);
    assert_secret("hunter2");
    assert_int_equal(get_from_file("other"), -1);
    assert_refused(ERROR_LATER);
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void path_that_is_too_long(void **state)
{
    char path[5000];

    (void)state;
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    assert_int_equal(get_from_file(path), -1);
    assert_refused(ERROR_PERSON);
}

/* A person has just typed it: our copy of that goes, whatever it is. */
static void password_that_is_in_no_store(void **state)
{
    static const char *const typed[] = {"hunter2", "a\rLOGOUT"};
    const struct account account = {.name = "home"};

    (void)state;
    for (size_t i = 0; i < COUNT(typed); i++) {
        struct buffer given;
        const struct plan plan = {.account = &account, .secret = &given};
        int64_t lives_s;

        buffer_init(&given, SECRET_MAX);
        buffer_add_text(&given, typed[i]);
        buffer_finish(&secret);
        int result = secret_get(&plan, &secret, &lives_s, &err);

        assert_int_equal(result, i == 0 ? 0 : -1);
        assert_null(given.data);
        if (i == 0)
            assert_string_equal(secret.data, typed[i]);
    }
}

static int begin(void **state)
{
    buffer_init(&secret, SECRET_MAX);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return scratch_setup(state);
}

static int end(void **state)
{
    buffer_finish(&secret);
    return scratch_teardown(state);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(first_line_of_a_command),
        WITH_FOLDER(first_line_of_a_file),
        WITH_FOLDER(carriage_return_at_the_end_of_the_file),
        WITH_FOLDER(command_that_fails),
        WITH_FOLDER(command_that_complains),
        WITH_FOLDER(command_that_prints_without_end),
        WITH_FOLDER(longest_password),
        WITH_FOLDER(password_that_is_too_long),
        WITH_FOLDER(command_reads_nothing),
        WITH_FOLDER(command_with_a_trailing_process),
        WITH_FOLDER(token_of_odd_bytes),
        WITH_FOLDER(token_that_is_good),
        WITH_FOLDER(file_that_others_can_read),
        WITH_FOLDER(file_of_somebody_else),
        WITH_FOLDER(file_that_is_none),
        WITH_FOLDER(link_to_a_good_file),
        WITH_FOLDER(credential_of_the_service_manager),
        WITH_FOLDER(path_that_is_too_long),
        WITH_FOLDER(password_that_is_in_no_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
