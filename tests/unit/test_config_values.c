/*
 * What the configuration holds when nothing is wrong.
 */
#include "config_files.h"

/* A full set of settings apart from the defaults. */
#define EVERY_ACCOUNT_KEY                                                      \
    "host = \"IMAP.Example\"; user = \"me\"; port = 1143; "                    \
    "tls = \"starttls\"; tls_name = \"mail.example\"; ca_file = \"ca.pem\"; "  \
    "password_command = [ \"pass\", \"\", \"a b\" ]; "                         \
    "mailboxes = ( \"iNbOx\", \"\xc3\x84rger\", \"&AMQ-\" ); "                 \
    "watch = \"poll\"; refresh_interval = 1740; poll_interval = 1; "           \
    "enabled = false;"

static void defaults(void **state)
{
    struct config *config = folder_load(*state);
    const struct account *a = config_account(config, "a");
    const struct endpoint *p = config->endpoints;

    assert_int_equal(config->log_level, LOG_INFO);
    assert_null(config_account(config, "p"));
    assert_non_null(a);
    assert_string_equal(a->host, "imap.example");
    assert_string_equal(a->user, "me");
    assert_int_equal(a->port, 993);
    assert_int_equal(a->tls, ACCOUNT_TLS_IMPLICIT);
    assert_string_equal(a->tls_name, "imap.example");
    assert_null(a->ca_file);
    assert_null(a->password_command);
    assert_string_equal(a->password_file, "/secret");
    assert_int_equal(a->auth, ACCOUNT_AUTH_PASSWORD);
    assert_int_equal(a->mailbox_count, 1);
    assert_string_equal(a->mailboxes[0], "INBOX");
    assert_int_equal(a->watch, WATCH_AUTO);
    assert_int_equal(a->refresh_interval_s, 540);
    assert_int_equal(a->poll_interval_s, 300);
    assert_true(a->enabled);
    assert_int_equal(config->endpoint_count, 1);
    assert_string_equal(p->name, "p");
    assert_string_equal(p->url, "https://push.example/abc");
    assert_string_equal(p->id, "f7a263f8786e9f9540c48a757245e312");
    assert_string_equal(p->label, "push.example (f7a263)");
    assert_int_equal(p->kind, ENDPOINT_PUT);
    assert_string_equal(p->method, "PUT");
    assert_true(endpoint_wants(p, EVENT_MAIL, "a"));
    assert_int_equal(p->min_interval_s, 1);
    assert_int_equal(p->alive_s, 0);
    assert_int_equal(p->header_count, 0);
    assert_string_equal(p->body, "version=%v");
    assert_null(p->ca_file);
    assert_false(p->insecure_http);
    config_unload(&config);
}

static void every_account_key(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "imappushd.conf", "log_level = \"debug\";");
    folder_write(folder, "accounts.d/a.conf", EVERY_ACCOUNT_KEY);
    struct config *config = folder_load(folder);
    const struct account *a = config_account(config, "a");

    assert_int_equal(config->error_count, 0);
    assert_int_equal(config->log_level, LOG_DEBUG);
    assert_string_equal(a->host, "imap.example");
    assert_int_equal(a->port, 1143);
    assert_int_equal(a->tls, ACCOUNT_TLS_STARTTLS);
    assert_string_equal(a->tls_name, "mail.example");
    assert_string_equal(a->ca_file, folder_file(folder, "accounts.d/ca.pem"));
    assert_string_equal(a->password_command[0], "pass");
    assert_string_equal(a->password_command[1], "");
    assert_string_equal(a->password_command[2], "a b");
    assert_null(a->password_command[3]);
    assert_null(a->password_file);
    assert_int_equal(a->mailbox_count, 3);
    assert_string_equal(a->mailboxes[0], "INBOX");
    assert_string_equal(a->mailboxes[1], "\xc3\x84rger");
    assert_string_equal(a->mailboxes[2], "&AMQ-"); /* names are never coded */
    assert_int_equal(a->watch, WATCH_POLL);
    assert_int_equal(a->refresh_interval_s, 1740);
    assert_int_equal(a->poll_interval_s, 1);
    assert_false(a->enabled);
    config_unload(&config);
}

static void every_endpoint_key(void **state)
{
    const struct folder *folder = *state;

    folder_write(
        folder, "endpoints.d/p.conf",
        "url = \"http://[2001:DB8::1]:80/\"; kind = \"put\"; "
        "method = \"POST\"; accounts = ( \"x\", \"[a-c]\" ); "
        "min_interval = 0; alive = 604800; headers = [ \"A: %v\", \"B:\" ]; "
        "body = \"\"; ca_file = \"/ca.pem\"; insecure_http = true; "
        "quiet = [ \"22:00-07:00\", \"12:00-13:00\" ]; "
        "events = [ \"attention\" ]; "
        "proxy = \"socks5h://u:p@[::1]:9050\";");
    struct config *config = folder_load(folder);
    const struct endpoint *p = config->endpoints;

    assert_int_equal(config->error_count, 0);
    assert_memory_equal(p->label, "[2001:db8::1] (", 15);
    assert_string_equal(p->method, "POST");
    assert_int_equal(p->account_count, 2);
    assert_true(endpoint_wants(p, EVENT_ATTENTION, "a"));
    assert_false(endpoint_wants(p, EVENT_ATTENTION, "d"));
    assert_true(endpoint_wants(p, EVENT_ATTENTION, NULL));
    assert_false(endpoint_wants(p, EVENT_MAIL, "a"));
    assert_int_equal(p->min_interval_s, 0);
    assert_int_equal(p->alive_s, 604800);
    assert_int_equal(p->header_count, 2);
    assert_string_equal(p->headers[0], "A: %v");
    assert_string_equal(p->headers[1], "B:");
    assert_string_equal(p->body, "");
    assert_string_equal(p->ca_file, "/ca.pem");
    assert_true(p->insecure_http);
    assert_int_equal(p->quiet_count, 2);
    assert_string_equal(p->quiet[1], "12:00-13:00");
    assert_string_equal(p->proxy, "socks5h://u:p@[::1]:9050");
    config_unload(&config);
}

static void shell_line_and_port_of_starttls(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "accounts.d/a.conf",
                 "host = \"h\"; user = \"u\"; tls = \"starttls\"; "
                 "password_command = \"pass show x | head -n 1\";");
    struct config *config = folder_load(folder);
    const struct account *a = config_account(config, "a");

    assert_int_equal(a->port, 143);
    assert_string_equal(a->password_command[0], "/bin/sh");
    assert_string_equal(a->password_command[1], "-c");
    assert_string_equal(a->password_command[2], "pass show x | head -n 1");
    assert_null(a->password_command[3]);
    config_unload(&config);
}

static void token_from_a_command(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "accounts.d/a.conf",
                 "host = \"h\"; user = \"u\"; auth = \"oauth2\"; "
                 "token_command = [ \"oama\", \"access\", \"u\" ];");
    struct config *config = folder_load(folder);
    const struct account *a = config_account(config, "a");

    assert_int_equal(config->error_count, 0);
    assert_int_equal(a->auth, ACCOUNT_AUTH_OAUTH2);
    assert_string_equal(a->token_command[0], "oama");
    assert_string_equal(a->token_command[2], "u");
    assert_null(a->token_command[3]);
    assert_null(a->password_command);
    config_unload(&config);
}

static void lists_come_before_folders_in_order_of_names(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "accounts.d/B.conf", "enabled = false;" ACCOUNT);
    folder_write(folder, "accounts.d/x@y_z+1.conf", "enabled = false;" ACCOUNT);
    folder_write(folder, "imappushd.conf",
                 "accounts = ( { name = \"z\"; enabled = false; " ACCOUNT
                 "} );");
    struct config *config = folder_load(folder);

    assert_null(config->complaints);
    assert_int_equal(config->account_count, 4);
    assert_string_equal(config->accounts[0].name, "z");
    assert_string_equal(config->accounts[1].name, "B");
    assert_string_equal(config->accounts[2].name, "a");
    assert_string_equal(config->accounts[3].name, "x@y_z+1");
    config_unload(&config);
}

#define RULES(text) ACCOUNT "rules = (" text ");"

static void every_key_of_a_rule(void **state)
{
    const struct folder *folder = *state;

    folder_write(
        folder, "accounts.d/a.conf",
        RULES("{ mailbox = \"iNbOx\"; list_id = \"l\"; from = \"f\"; "
              "to = \"t\"; subject = \"s\"; auto_submitted = false; "
              "gmail_search = \"in:x \\\"y\\\"\"; "
              "push = \"later\"; interval = 604800; endpoints = \"p\"; }, "
              "{ push = \"later\"; }, "
              "{ auto_submitted = true; push = \"never\"; }"));
    struct config *config = folder_load(folder);

    assert_int_equal(config->error_count, 0);
    const struct rule *rules = config->accounts->rules;

    assert_int_equal(config->accounts->rule_count, 3);
    assert_string_equal(rules[0].mailbox, "INBOX");
    assert_string_equal(rules[0].list_id, "l");
    assert_string_equal(rules[0].from, "f");
    assert_string_equal(rules[0].to, "t");
    assert_string_equal(rules[0].subject, "s");
    assert_string_equal(rules[0].gmail_search, "in:x \"y\"");
    assert_int_equal(rules[0].auto_submitted, RULE_FALSE);
    assert_int_equal(rules[0].push, RULE_LATER);
    assert_int_equal(rules[0].interval_s, 604800);
    assert_int_equal(rules[0].endpoint_count, 1);
    assert_string_equal(rules[0].endpoints[0], "p");
    assert_null(rules[1].mailbox);
    assert_null(rules[1].from);
    assert_int_equal(rules[1].auto_submitted, RULE_ANY);
    assert_int_equal(rules[1].interval_s, 3600);
    assert_int_equal(rules[1].endpoint_count, 0);
    assert_int_equal(rules[2].auto_submitted, RULE_TRUE);
    assert_int_equal(rules[2].push, RULE_NEVER);
    config_unload(&config);
}

/* Whatever makes a rule another one gives it another id, and ends the session
 * that judges by it; what the account is called does not change the id. */
static void identity_of_rules(void **state)
{
    static const char *const changed[] = {
        RULES("{ push = \"later\"; }"),
        RULES("{ push = \"now\"; }"),
        RULES("{ push = \"later\"; interval = 3601; }"),
        RULES("{ push = \"later\"; endpoints = [ \"p\" ]; }"),
        RULES("{ push = \"later\"; mailbox = \"x\"; }"),
        RULES("{ push = \"later\"; list_id = \"x\"; }"),
        RULES("{ push = \"later\"; from = \"x\"; }"),
        RULES("{ push = \"later\"; to = \"x\"; }"),
        RULES("{ push = \"later\"; subject = \"x\"; }"),
        RULES("{ push = \"later\"; gmail_search = \"x\"; }"),
        RULES("{ push = \"later\"; auto_submitted = true; }"),
        RULES("{ push = \"later\"; auto_submitted = false; }"),
    };
    enum { COUNT = sizeof changed / sizeof *changed };
    const struct folder *folder = *state;
    struct config *configs[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        folder_write(folder, "accounts.d/a.conf", changed[i]);
        folder_write(folder, "accounts.d/b.conf", changed[i]);
        configs[i] = folder_load(folder);
        const struct account *a = configs[i]->accounts, *b = a + 1;

        assert_int_equal(configs[i]->account_count, 2);
        assert_int_equal(strlen(a->rules->id), RULE_ID_SIZE - 1);
        assert_string_equal(a->rules->id, b->rules->id);
        assert_true(config_same_account(a, a));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(a->rules->id,
                                    configs[j]->accounts->rules->id);
            assert_false(config_same_account(a, configs[j]->accounts));
        }
    }
    for (size_t i = 0; i < COUNT; i++)
        config_unload(&configs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(every_account_key, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(every_endpoint_key, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(every_key_of_a_rule, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(identity_of_rules, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(shell_line_and_port_of_starttls,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(token_from_a_command, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(
            lists_come_before_folders_in_order_of_names, folder_setup,
            folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
