/*
 * What is built on the configuration: --check-config, the default path, and the
 * examples that are shipped.
 */
#include "config_files.h"

#include "base/alloc.h"
#include "cli/check.h"
#include "config/keys.h"

/* What check_config() prints, in a buffer that stays. */
static const char *check_output(const struct folder *folder, int status)
{
    static char output[2048];
    FILE *file = tmpfile();
    int saved = dup(STDOUT_FILENO);

    assert_non_null(file);
    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    const struct command command = {
        .config = xstrdup(folder_file(folder, "imappushd.conf"))};
    int result = check_config(&command);

    free(command.config);

    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    rewind(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(result, status);
    return output;
}

static void check_prints_places_and_counts(void **state)
{
    const struct folder *folder = *state;
    char expected[512];

    assert_string_equal(check_output(folder, 0), "configuration OK\n");
    chmod(folder_file(folder, "endpoints.d/p.conf"), 0604);
    assert_non_null(strstr(check_output(folder, 0),
                           "/endpoints.d/p.conf:1: warning: other users"));
    assert_non_null(
        strstr(check_output(folder, 0), "\nconfiguration OK, 1 warning\n"));
    folder_write(folder, "accounts.d/a.conf", ACCOUNT "port = 0;");
    snprintf(expected, sizeof expected,
             "%s: error: port must be a whole number from 1 to 65535 (the "
             "server's port)\n",
             folder_file(folder, "accounts.d/a.conf:2"));
    const char *output = check_output(folder, 78);

    assert_memory_equal(output, expected, strlen(expected));
    assert_non_null(strstr(output, "\n1 error, 1 warning\n"));
}

static void default_path(void **state)
{
    (void)state;
    setenv("XDG_CONFIG_HOME", "/x", 1);
    setenv("HOME", "/h", 1);
    char *path = config_default_path();

    assert_string_equal(path, "/x/imappushd/imappushd.conf");
    free(path);
    setenv("XDG_CONFIG_HOME", "relative", 1);
    path = config_default_path();
    assert_string_equal(path, "/h/.config/imappushd/imappushd.conf");
    free(path);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("HOME");
    path = config_default_path(); /* whatever the system knows */
    if (path)
        assert_non_null(strstr(path, "/.config/imappushd/imappushd.conf"));
    free(path);
}

/* The example that is shipped, below config/ of the source. */
static char *read_example(const char *name)
{
    char path[512];
    const char *end = strstr(__FILE__, "tests/unit/");

    assert_non_null(end);
    snprintf(path, sizeof path, "%.*sconfig/%s", (int)(end - __FILE__),
             __FILE__, name);
    FILE *file = fopen(path, "r");

    if (!file)
        skip(); /* the tests run far from the source */
    char *text = calloc(1, 65536);

    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

/* Each key has a line "key = ..." or "#key = ...". */
static void assert_explains(const char *text, const struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        char set[64], comment[64];

        snprintf(set, sizeof set, "\n%s = ", keys->keys[i].name);
        snprintf(comment, sizeof comment, "\n#%s = ", keys->keys[i].name);
        if (!strstr(text, set) && !strstr(text, comment))
            fail_msg("%s is not in the example", keys->keys[i].name);
    }
}

static void examples_are_right_and_complete(void **state)
{
    const struct folder *folder = *state;
    char *main_text = read_example("imappushd.conf.example");
    char *account = read_example("accounts.d/example.conf.example");
    char *endpoint = read_example("endpoints.d/example.conf.example");

    assert_explains(main_text, &keys_main);
    assert_explains(account, &keys_account);
    assert_explains(endpoint, &keys_endpoint);
    folder_write(folder, "imappushd.conf", main_text);
    folder_write(folder, "accounts.d/a.conf", account);
    folder_write(folder, "endpoints.d/p.conf", endpoint);
    folder_assert_told(folder, "");
    free(main_text);
    free(account);
    free(endpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(check_prints_places_and_counts,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(default_path, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(examples_are_right_and_complete,
                                        folder_setup, folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
