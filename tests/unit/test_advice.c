/*
 * What will not survive a logout or a reboot, on machines of many kinds.
 */
#include "scratch.h"

#include "cli/advice.h"

#define STATUS(secret)                                                         \
    "{\"daemon\":{\"pid\":812},\"accounts\":[{\"name\":\"work\","              \
    "\"secret\":\"" secret "\"}],\"endpoints\":[]}"

#define UNIT "systemd/user/default.target.wants/imappushd.service"

/* Makes a file with the folders that it needs. */
static void make(const char *path)
{
    char copy[96];

    snprintf(copy, sizeof copy, "%s", path);
    for (char *at = copy; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(scratch_file(copy), 0700);
        *at = '/';
    }
    scratch_write(path, "", 0);
}

/* The codes of the advice, each with a blank behind it. */
static const char *codes(const char *text)
{
    static char found[200];
    const struct advice_places places = {
        .root = scratch, .config = scratch_file("config"), .user = "alice"};
    struct answer *status = answer_parse(text);
    struct buffer out;
    struct json json;

    buffer_init(&out, 100000);
    buffer_add_text(&out, "{");
    json_start(&json, &out);
    advice_write(&places, status, &json);
    buffer_add_text(&out, "}");
    answer_destroy(&status);
    status = answer_parse(out.data);
    assert_non_null(status);
    found[0] = '\0';
    for (const struct answer *at =
             answer_first(answer_member(status, "advice"));
         at; at = answer_after(at)) {
        assert_true(*answer_text(at, "text") && *answer_text(at, "action"));
        strcat(strcat(found, answer_text(at, "code")), " ");
    }
    answer_destroy(&status);
    buffer_finish(&out);
    return found;
}

/* Not the user's manager to ask: another init, or none. */
static void test_no_systemd(void **state)
{
    (void)state;
    assert_string_equal(codes(STATUS("command")), "");
}

static void test_neither_lingers_nor_is_enabled(void **state)
{
    (void)state;
    make("run/systemd/system/x");
    assert_string_equal(codes(STATUS("command")), "no-linger not-enabled ");
    make("var/lib/systemd/linger/bob");
    assert_string_equal(codes(STATUS("command")), "no-linger not-enabled ");
    make("var/lib/systemd/linger/alice");
    assert_string_equal(codes(STATUS("command")), "not-enabled ");
    assert_string_equal(codes("{\"daemon\":null}"), "not-enabled ");
}

/* By the user, or by the administrator for all users. */
static void test_enabled(void **state)
{
    (void)state;
    make("run/systemd/system/x");
    make("var/lib/systemd/linger/alice");
    make("config/" UNIT);
    assert_string_equal(codes(STATUS("file")), "");
    remove(scratch_file("config/" UNIT));
    assert_string_equal(codes(STATUS("file")), "not-enabled ");
    make("etc/" UNIT);
    assert_string_equal(codes(STATUS("file")), "");
}

/* A link whose unit is elsewhere is there as well. */
static void test_enabled_by_a_link(void **state)
{
    (void)state;
    make("run/systemd/system/x");
    make("var/lib/systemd/linger/alice");
    make("config/" UNIT);
    remove(scratch_file("config/" UNIT));
    assert_int_equal(
        symlink("/nowhere/imappushd.service", scratch_file("config/" UNIT)), 0);
    assert_string_equal(codes(STATUS("file")), "");
}

/* A unit of the machine's own manager needs neither. */
static void test_service_of_the_machine(void **state)
{
    static const char system[] = "0::/system.slice/imappushd.service\n";
    static const char user[] =
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x\n";

    (void)state;
    make("run/systemd/system/x");
    make("proc/812/cgroup");
    scratch_write("proc/812/cgroup", system, sizeof system - 1);
    assert_string_equal(codes(STATUS("command")), "");
    scratch_write("proc/812/cgroup", user, sizeof user - 1);
    assert_string_equal(codes(STATUS("command")), "no-linger not-enabled ");
}

static void test_keyring(void **state)
{
    (void)state;
    assert_string_equal(codes(STATUS("store")), "keyring ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_systemd, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_neither_lingers_nor_is_enabled,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_enabled, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_enabled_by_a_link, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_service_of_the_machine,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_keyring, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
