/*
 * The question that the credential helper is asked, and its file store. What
 * the program makes of them is in tests/e2e/test_credential.py.
 */
#include "scratch.h"

#include <fcntl.h>

#include "base/credential.h"
#include "credential/vault.h"

static struct error err;

static int enter(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    return setenv("XDG_STATE_HOME", scratch, 1);
}

/* ---- questions ---- */

/* From a file, as from a pipe. */
static int ask_bytes(struct question *question, const char *bytes,
                     size_t length)
{
    scratch_write("question", bytes, length);
    int fd = open(scratch_file("question"), O_RDONLY);
    int result = question_read(question, fd, &err);

    close(fd);
    return result;
}

static int ask(struct question *question, const char *text)
{
    return ask_bytes(question, text, strlen(text));
}

static void question_in_any_order(void **state)
{
    struct question question;

    (void)state;
    assert_int_equal(ask(&question, "secret= a=b \r\nwait=60\nkind=password\n"
                                    "store=file\nuser=\nhost=h\naccount=w\n"),
                     0);
    assert_string_equal(question.secret, " a=b \r");
    assert_int_equal(question.wait_s, 60);
    assert_string_equal(question.kind, "password");
    assert_string_equal(question.store, "file");
    assert_string_equal(question.user, "");
    assert_string_equal(question.host, "h");
    assert_string_equal(question.account, "w");
    question_finish(&question);
}

#define NAMED "account=w\nkind=password\n"

static void question_is_nonsense(void **state)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "=\n",
                                        "account",
                                        "kind=password\n",
                                        "account=w\nkind=password",
                                        NAMED "colour=red\n",
                                        NAMED "\n",
                                        NAMED "wait=\n",
                                        NAMED "wait=-1\n",
                                        NAMED "wait=1x\n",
                                        NAMED "wait=99999999999999999999\n",
                                        NAMED "store=\n",
                                        NAMED "secret=\n",
                                        NAMED "user=\x1b[2J\n",
                                        NAMED "host=\xff\n",
                                        "account=\nkind=password\n",
                                        "account=a/b\nkind=password\n",
                                        "account=.a\nkind=password\n",
                                        "account=w\nkind=a=b\n",
                                        "account=w\x07\nkind=password\n"};
    struct question question;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (ask(&question, texts[i]) == 0)
            fail_msg("was taken: %s", texts[i]);
        question_finish(&question);
    }
    assert_int_equal(ask_bytes(&question, "account=w\0\nkind=p\n", 18), -1);
    question_finish(&question);
}

static void question_is_too_long(void **state)
{
    char *text = malloc(100000);
    struct question question;

    (void)state;
    assert_non_null(text);
    for (size_t length = 16384; length < 80000; length += 15000) {
        int head = sprintf(text, NAMED "secret=");

        memset(text + head, 'x', length);
        strcpy(text + head + length, "\n");
        assert_int_equal(ask(&question, text), length == 16384 ? 0 : -1);
        question_finish(&question);
    }
    free(text);
}

/* ---- the file store ---- */

static int get(const struct question *question, const char *expected)
{
    struct buffer secret;

    buffer_init(&secret, CREDENTIAL_SECRET_MAX);
    int status = vault_get(question, &secret, &err);

    if (status == CREDENTIAL_DONE)
        assert_string_equal(secret.data, expected);
    else
        assert_int_equal(secret.length, 0);
    buffer_finish(&secret);
    return status;
}

static void secrets_of_an_account_share_a_file(void **state)
{
    struct question one = {.account = "w", .kind = "password", .secret = "a"};
    struct question two = {.account = "w", .kind = "pass", .secret = "b=c"};

    (void)state;
    assert_int_equal(get(&one, ""), CREDENTIAL_MISSING);
    assert_int_equal(vault_erase(&one, &err), CREDENTIAL_DONE);
    assert_int_equal(vault_store(&one, &err), CREDENTIAL_DONE);
    assert_int_equal(get(&two, ""), CREDENTIAL_MISSING);
    assert_int_equal(vault_store(&two, &err), CREDENTIAL_DONE);
    one.secret = "another, longer one";
    assert_int_equal(vault_store(&one, &err), CREDENTIAL_DONE);
    assert_int_equal(get(&one, "another, longer one"), CREDENTIAL_DONE);
    assert_int_equal(get(&two, "b=c"), CREDENTIAL_DONE);
    assert_int_equal(vault_erase(&one, &err), CREDENTIAL_DONE);
    assert_int_equal(get(&one, ""), CREDENTIAL_MISSING);
    assert_int_equal(get(&two, "b=c"), CREDENTIAL_DONE);
    assert_int_equal(vault_store(&one, &err), CREDENTIAL_DONE);
    one.kind = NULL; /* all of the account */
    assert_int_equal(vault_erase(&one, &err), CREDENTIAL_DONE);
    assert_int_equal(get(&two, ""), CREDENTIAL_MISSING);
    assert_int_equal(access(scratch_file("imappushd/credentials.d/w"), F_OK),
                     -1);
}

/* Whatever bytes are in the file: a secret, none, or a refusal. */
static void file_holds_anything(void **state)
{
    static const struct {
        const char *bytes;
        int status;
    } files[] = {
        {"password=x\n", CREDENTIAL_DONE},
        {"other=y\npassword=x\npassword=z\n", CREDENTIAL_DONE},
        {"\n\n=\npassword=x\n", CREDENTIAL_DONE},
        {"password=\n", CREDENTIAL_MISSING},
        {"password\n", CREDENTIAL_MISSING},
        {"passwordx=1\n", CREDENTIAL_MISSING},
        {"\n", CREDENTIAL_MISSING},
        {"password=x", CREDENTIAL_UNSAFE},
        {"", CREDENTIAL_UNSAFE},
    };
    const struct question question = {
        .account = "w", .kind = "password", .secret = "x"};

    (void)state;
    assert_int_equal(vault_store(&question, &err), CREDENTIAL_DONE);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        scratch_write("imappushd/credentials.d/w", files[i].bytes,
                      strlen(files[i].bytes));
        assert_int_equal(get(&question, "x"), files[i].status);
    }
}

#define IN_SCRATCH(test)                                                       \
    cmocka_unit_test_setup_teardown(test, enter, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(question_in_any_order),
        IN_SCRATCH(question_is_nonsense),
        IN_SCRATCH(question_is_too_long),
        IN_SCRATCH(secrets_of_an_account_share_a_file),
        IN_SCRATCH(file_holds_anything),
    };

    umask(077);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
