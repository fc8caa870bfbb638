/*
 * Where the configuration is kept: push URLs are in one place and nowhere
 * else, whatever is too large is refused, and several configurations can be
 * there at once.
 */
#include "config_files.h"

#include "base/mailbox.h"
#include "base/request.h"

#include <inttypes.h>
#include <stdbool.h>
#include <sys/wait.h>

#ifdef __SANITIZE_ADDRESS__ /* gcc */
#define ADDRESS_SANITIZER true
#elif defined(__has_feature) /* clang */
#define ADDRESS_SANITIZER __has_feature(address_sanitizer)
#else
#define ADDRESS_SANITIZER false
#endif

/* ---- the secret ---- */

/* What is looked for must not be in this process because it is looked for: it
 * is written down with its bits turned, and turned back by another process. */
#define TURN 0x15
static const char turned[] = {/* "/wpush/v2/ThePathOfThePhone" */
                              0x3a, 0x62, 0x65, 0x60, 0x66, 0x7d, 0x3a,
                              0x63, 0x27, 0x3a, 0x41, 0x7d, 0x70, 0x45,
                              0x74, 0x61, 0x7d, 0x5a, 0x73, 0x41, 0x7d,
                              0x70, 0x45, 0x7d, 0x7a, 0x7b, 0x70};

static void write_secret(const struct folder *folder, const char *name,
                         const char *format)
{
    pid_t writer = fork();

    if (writer == 0) {
        char secret[sizeof turned + 1] = "";
        FILE *file = fopen(folder_file(folder, name), "w");

        for (size_t i = 0; i < sizeof turned; i++)
            secret[i] = turned[i] ^ TURN;
        if (file) {
            for (; *format; format++)
                *format == '$' ? fputs(secret, file) : fputc(*format, file);
            fclose(file);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(writer, NULL, 0), writer);
}

/* Turned bytes at the beginning of a block that are the needle's. */
static bool is_needle(const char *bytes)
{
    for (size_t i = 0; i < sizeof turned; i++) {
        if ((bytes[i] ^ TURN) != turned[i])
            return false;
    }
    return true;
}

/* How often the secret stands in [begin, end) of this process. */
static unsigned count_in(int memory, uintptr_t begin, uintptr_t end)
{
    size_t size = end - begin, got = 0;
    char *bytes = malloc(size);
    unsigned count = 0;

    assert_non_null(bytes);
    while (got < size) {
        ssize_t more =
            pread(memory, bytes + got, size - got, (off_t)(begin + got));

        if (more <= 0)
            break; /* such as [vvar] */
        got += (size_t)more;
    }
    for (size_t i = 0; i + sizeof turned <= got; i++)
        count += is_needle(bytes + i);
    explicit_bzero(bytes, size);
    free(bytes);
    return count;
}

struct places {
    unsigned inside, outside; /* of the mapping that holds "home" */
    unsigned mappings;
};

static void find_secret(const void *home, struct places *places)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    uintptr_t begin, end, at = (uintptr_t)home;
    char line[512], mode[8];

    *places = (struct places){0, 0, 0};
    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &begin, &end, mode) !=
                3 ||
            mode[0] != 'r' || begin > INTPTR_MAX)
            continue;
        unsigned count = count_in(memory, begin, end);

        if (at >= begin && at < end)
            places->inside += count;
        else
            places->outside += count;
        places->mappings++;
    }
    close(memory);
    fclose(maps);
}

/* This holds for programs that are linked with -z now. Otherwise the first call
 * of a library function after a memcpy() leaves a piece of the secret on the
 * stack: the dynamic linker saves the vector registers there. */
static void push_url_is_in_one_place_of_the_parent(void **state)
{
    if (ADDRESS_SANITIZER)
        skip(); /* the shadow of the memory is larger than the memory */
    const struct folder *folder = *state;
    struct places places;

    write_secret(folder, "endpoints.d/p.conf",
                 "url = \"https://push.example$\"; body = \"$\"; "
                 "headers = [ \"A: $\" ];");
    write_secret(folder, "endpoints.d/q.conf", "min_interval = -1;");
    write_secret(folder, "endpoints.d/q.url", "https://push.example$q");
    /* With mistakes, so that there is much to complain about. */
    struct config *bad = folder_load(folder);

    assert_int_equal(bad->error_count, 1);
    remove(folder_file(folder, "endpoints.d/q.conf"));
    struct config *config = folder_load(folder);

    assert_int_equal(config->error_count, 0);
    assert_int_equal(strlen(config->endpoints[0].url), 20 + sizeof turned);
    config_unload(&bad);
    find_secret(config->secret, &places);
    assert_true(places.mappings > 5);
    assert_in_range(places.inside, 3, 6);
    assert_int_equal(places.outside, 0);
    config_unload(&config);
    find_secret(NULL, &places);
    assert_int_equal(places.outside, 0);
}

static void push_url_does_not_reach_a_child(void **state)
{
    struct config *config = folder_load(*state);
    pid_t child = fork();
    int status;

    if (child == 0) {
        const struct endpoint *p = config->endpoints;
        const char *bytes = (const char *)p;
        bool wiped = config->endpoint_count == 1;

        for (size_t i = 0; i < sizeof *p; i++)
            wiped = wiped && bytes[i] == 0;
        wiped = wiped && strcmp(config->accounts[0].name, "a") == 0;
        _exit(wiped ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(config->endpoints->name, "p");
    config_unload(&config);
}

/* ---- sizes ---- */

/* before, count times the byte, after */
static void write_long(const struct folder *folder, const char *name,
                       const char *before, size_t count, const char *after)
{
    char *filling = text_repeat('x', count);
    size_t size = strlen(before) + count + strlen(after) + 1;
    char *text = malloc(size);

    assert_non_null(text);
    snprintf(text, size, "%s%s%s", before, filling, after);
    folder_write(folder, name, text);
    free(text);
    free(filling);
}

static void mailbox_name_at_the_limit(void **state)
{
    const char *before = ACCOUNT "mailboxes = [ \"";

    write_long(*state, "accounts.d/a.conf", before, MAILBOX_NAME_MAX, "\" ];");
    folder_assert_told(*state, "");
    write_long(*state, "accounts.d/a.conf", before, MAILBOX_NAME_MAX + 1,
               "\" ];");
    folder_assert_told(
        *state,
        "E accounts.d/a.conf:2: mailboxes: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" is longer than "
        "1000 bytes\n");
}

static void url_at_the_limit(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "endpoints.d/p.conf", "");
    write_long(folder, "endpoints.d/p.url", "https://h/", REQUEST_URL_MAX - 10,
               "\n");
    struct config *config = folder_load(folder);

    assert_null(config->complaints);
    assert_int_equal(strlen(config->endpoints[0].url), REQUEST_URL_MAX);
    config_unload(&config);
    write_long(folder, "endpoints.d/p.url", "https://h/", REQUEST_URL_MAX - 9,
               "\n");
    folder_assert_told(folder, "E endpoints.d/p.conf: the push URL is longer "
                               "than 16384 characters\n");
}

static void headers_and_body_at_the_limit(void **state)
{
    const char *headers = ENDPOINT "headers = [ \"A:\", \"B:";
    const char *body = ENDPOINT "body = \"";

    write_long(*state, "endpoints.d/p.conf", headers,
               REQUEST_HEADERS_MAX - 3 - 3, "\" ];");
    folder_assert_told(*state, "");
    write_long(*state, "endpoints.d/p.conf", headers,
               REQUEST_HEADERS_MAX - 3 - 2, "\" ];");
    folder_assert_told(*state, "E endpoints.d/p.conf:2: headers are longer "
                               "than 16384 bytes together\n");
    write_long(*state, "endpoints.d/p.conf", body, REQUEST_BODY_MAX, "\";");
    folder_assert_told(*state, "");
    write_long(*state, "endpoints.d/p.conf", body, REQUEST_BODY_MAX + 1, "\";");
    folder_assert_told(
        *state, "E endpoints.d/p.conf:2: body is longer than 4096 bytes\n");
}

static void many_large_files(void **state)
{
    const struct folder *folder = *state;

    for (int i = 0; i < 40; i++) {
        char name[64];

        snprintf(name, sizeof name, "accounts.d/many%d.conf", i);
        write_long(folder, name,
                   "host = \"h\"; enabled = false; password_file = \"/p\"; "
                   "user = \"",
                   250000, "\";");
    }
    folder_assert_told(folder, "E the configuration is too large\n");
}

static void long_file_of_mistakes(void **state)
{
    const struct folder *folder = *state;
    FILE *file = fopen(folder_file(folder, "accounts.d/a.conf"), "w");

    assert_non_null(file);
    fputs(ACCOUNT, file);
    for (int i = 0; i < 5000; i++)
        fprintf(file, "key%d = 1;\n", i);
    fclose(file);
    struct config *config = folder_load(folder);

    assert_int_equal(config->error_count, 5000);
    config_unload(&config);
}

static void nested_too_deep(void **state)
{
    const struct folder *folder = *state;
    char *text = text_repeat('(', 200000);

    memcpy(text, "x = ", 4);
    folder_write(folder, "accounts.d/a.conf", text);
    struct config *config = folder_load(folder);

    assert_int_equal(config->error_count, 1);
    config_unload(&config);
    free(text);
}

/* ---- several configurations ---- */

static void second_reading_leaves_the_first_alone(void **state)
{
    const struct folder *folder = *state;
    struct config *old = folder_load(folder);

    folder_write(folder, "accounts.d/a.conf", ACCOUNT "port = 1;");
    folder_write(folder, "endpoints.d/p.conf", "url = \"https://new/\";");
    struct config *new = folder_load(folder);

    assert_string_equal(old->endpoints->url, "https://push.example/abc");
    assert_string_equal(new->endpoints->url, "https://new/");
    assert_false(config_same_account(config_account(old, "a"),
                                     config_account(new, "a")));
    config_unload(&old);
    assert_int_equal(config_account(new, "a")->port, 1);
    config_unload(&new);
    config_unload(&new);
}

static void every_field_tells_accounts_apart(void **state)
{
    static const char *const one[] = {"a", "b", NULL}, *const two[] = {"a", "c",
                                                                       NULL};
    const struct account a = {.name = "n",
                              .host = "h",
                              .user = "u",
                              .port = 1,
                              .tls_name = "t",
                              .ca_file = "c",
                              .password_command = one,
                              .token_command = one,
                              .mailboxes = one,
                              .mailbox_count = 2,
                              .exclude = one,
                              .exclude_count = 2,
                              .max_connections = 3,
                              .refresh_interval_s = 1,
                              .poll_interval_s = 1,
                              .deliveries_only = true,
                              .enabled = true};
    struct account b[24];

    (void)state;
    for (size_t i = 0; i < 24; i++)
        b[i] = a;
    assert_true(config_same_account(&a, &b[0]));
    b[0].name = b[1].host = b[2].user = b[3].tls_name = "x";
    b[4].port = 2;
    b[5].tls = ACCOUNT_TLS_NONE;
    b[6].ca_file = NULL;
    b[7].password_command = two;
    b[8].password_command = NULL;
    b[9].password_file = "/p";
    b[10].mailboxes = two;
    b[11].mailbox_count = 1;
    b[12].watch = WATCH_IDLE;
    b[13].refresh_interval_s = b[14].poll_interval_s = 2;
    b[15].exclude = two;
    b[16].exclude_count = 0;
    b[17].max_connections = 4;
    b[18].auth = ACCOUNT_AUTH_OAUTH2;
    b[19].token_command = two;
    b[20].oauth2_issuer = b[21].oauth2_client_id = "x";
    b[22].oauth2_client_secret_file = b[23].oauth2_scope = "x";
    for (size_t i = 0; i < 24; i++) {
        assert_false(config_same_account(&a, &b[i]));
        assert_false(config_same_account(&b[i], &a));
    }
    b[0] = b[1] = b[2] = a;
    b[0].enabled = false;
    b[1].deliveries_only = false;
    b[2].show_headers = true;
    for (size_t i = 0; i < 3; i++)
        assert_false(config_same_account(&a, &b[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(push_url_is_in_one_place_of_the_parent,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(push_url_does_not_reach_a_child,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(mailbox_name_at_the_limit, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(url_at_the_limit, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(headers_and_body_at_the_limit,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(many_large_files, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(long_file_of_mistakes, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(nested_too_deep, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(second_reading_leaves_the_first_alone,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(every_field_tells_accounts_apart,
                                        folder_setup, folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
