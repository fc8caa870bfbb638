/*
 * What people get wrong in their files, and what they are told. Each row is a
 * test of its own: the text of one or more files, the others being right, and
 * how each complaint begins, in order.
 */
#include "config_files.h"

#include "base/mailbox.h"
#include "base/request.h"

struct trouble {
    const char *title;
    const char *main, *account, *endpoint; /* null: nothing wrong there */
    const char *expected;                  /* a line for each complaint */
};

#define IN_ACCOUNT "E accounts.d/a.conf:"
#define IN_ENDPOINT "E endpoints.d/p.conf:"
#define URL(text) "url = \"" text "\";\n"
#define SUBJECT(text) "vapid_subject = \"" text "\";", NULL, NULL
#define IN_SUBJECT "E imappushd.conf:1: vapid_subject "
#define PUSH_URL IN_ENDPOINT "1: the push URL "

static const struct trouble troubles[] = {
    {"nothing is wrong", NULL, NULL, NULL, ""},

    /* ---- the text itself ---- */
    {"byte_order_mark", NULL, "\xef\xbb\xbf" ACCOUNT, NULL, ""},
    {"cr_lf", NULL, "# one\r\n\r\n" ACCOUNT "\r\nport = 0;\r\n", NULL,
     IN_ACCOUNT "5: port must be"},
    {"cr_only_comment_ends", NULL, "# one\r" ACCOUNT "port = 0;", NULL,
     IN_ACCOUNT "3: port must be"},
    {"comment_at_end_of_file", NULL, ACCOUNT "# no line feed", NULL, ""},
    {"empty_file", NULL, "", NULL,
     "E accounts.d/a.conf: host is missing\n"
     "E accounts.d/a.conf: user is missing"},
    {"latin_1", NULL, ACCOUNT "# ok\nmailboxes = [ \"\xc4rger\" ];", NULL,
     IN_ACCOUNT "3: this is not valid UTF-8"},
    {"latin_1_by_escape", NULL, ACCOUNT "mailboxes = [ \"\\xc4rger\" ];", NULL,
     IN_ACCOUNT "2: mailboxes is not valid UTF-8"},
    {"nul_by_escape", NULL, ACCOUNT "ca_file = \"/a\\x00b\";\nport = 0;", NULL,
     IN_ACCOUNT "2: there is a NUL byte\n" IN_ACCOUNT "3: port must be"},
    {"syntax_error", NULL, ACCOUNT "\nport == 3;\n", NULL,
     IN_ACCOUNT "3: syntax error"},
    {"duplicate_key", NULL, ACCOUNT "port = 1;\nport = 2;\n", NULL,
     IN_ACCOUNT "3: duplicate setting name"},
    {"comment_never_closed", NULL, ACCOUNT "\n/* port = 0;\n\n", NULL,
     IN_ACCOUNT "3: the comment that begins here is never closed"},
    {"string_never_closed", NULL, ACCOUNT "\n ca_file = \"/x;\n\n", NULL,
     IN_ACCOUNT "3: the string that begins here is never closed"},
    {"include_refused", NULL, "@include \"/etc/passwd\"\n" ACCOUNT "port = 0;",
     NULL,
     IN_ACCOUNT "1: @include is not supported: put accounts\n" IN_ACCOUNT
                "3: port must be"},
    {"include_in_comment_and_string", NULL,
     "# @include \"x\"\n/* \n@include \"x\"\n*/" ACCOUNT
     "tls_name = \"a\"\n\"b\";//@include",
     NULL, ""},

    /* ---- numbers ---- */
    {"integer_of_33_bits", NULL, ACCOUNT "\nport = 4294968289;", NULL,
     IN_ACCOUNT "3: port must be a whole number from 1 to 65535 ("},
    {"integer_of_27_digits", NULL,
     ACCOUNT "port = 184467440737095516160000993;", NULL,
     IN_ACCOUNT "2: port must be a whole number"},
    {"hexadecimal_of_40_bits", NULL, ACCOUNT "port = 0xFF000003E1;", NULL,
     IN_ACCOUNT "2: port must be a whole number"},
    {"negative_and_long", NULL, ACCOUNT "port = -18446744073709550623LL;", NULL,
     IN_ACCOUNT "2: port must be a whole number"},
    {"integer_with_suffix_that_fits", NULL, ACCOUNT "port = 993L;", NULL, ""},
    {"hexadecimal_that_fits", NULL, ACCOUNT "port = 0x3E1;", NULL, ""},
    {"digits_in_names_strings_comments", NULL,
     ACCOUNT "# 99999999999\nmailboxes = [ \"99999999999\" ]; "
             "/* 99999999999 */\nx-99999999999 = 1;",
     NULL, IN_ACCOUNT "4: unknown key \"x-99999999999\""},
    {"float", NULL, ACCOUNT "port = 993.0;", NULL,
     IN_ACCOUNT "2: port must be a whole number"},
    {"port_zero", NULL, ACCOUNT "port = 0;", NULL,
     IN_ACCOUNT "2: port must be a whole number"},
    {"port_65536", NULL, ACCOUNT "port = 65536;", NULL,
     IN_ACCOUNT "2: port must be a whole number"},
    {"refresh_interval_4", NULL, ACCOUNT "refresh_interval = 4;", NULL,
     IN_ACCOUNT "2: refresh_interval must be a whole number from 5 to 1740"},
    {"refresh_interval_1741", NULL, ACCOUNT "refresh_interval = 1741;", NULL,
     IN_ACCOUNT "2: refresh_interval must be"},
    {"poll_interval_0", NULL, ACCOUNT "poll_interval = 0;", NULL,
     IN_ACCOUNT "2: poll_interval must be a whole number from 1 to 86400"},
    {"alive_below_300", NULL, NULL, ENDPOINT "alive = 299;",
     IN_ENDPOINT "2: alive must be 0 or a whole number from 300 to 604800"},
    {"alive_for_longer_than_ntfy_waits", NULL, NULL,
     ENDPOINT "kind = \"ntfy\"; alive = 259201;",
     IN_ENDPOINT "2: alive must be 0 or a whole number from 300 to 259200 for "
                 "kind \"ntfy\""},
    {"min_interval_below_0", NULL, NULL, ENDPOINT "min_interval = -1;",
     IN_ENDPOINT "2: min_interval must be a whole number from 0 to 86400"},

    {"quiet_hour_of_no_length", NULL, NULL,
     ENDPOINT "quiet = [ \"12:00-12:00\" ];",
     IN_ENDPOINT "2: quiet: \"12:00-12:00\" is no span such as"},
    {"quiet_hours_all_day", NULL, NULL,
     ENDPOINT "quiet = [ \"00:00-12:00\",\n\"12:00-00:00\" ];",
     IN_ENDPOINT "2: quiet leaves no time to push"},
    {"event_that_is_none", NULL, NULL, ENDPOINT "events = [ \"male\" ];",
     IN_ENDPOINT "2: events: \"male\" is none; there are mail and attention"},
    {"no_event", NULL, NULL, ENDPOINT "events = [ ];",
     IN_ENDPOINT "2: events must name at least one event"},
    {"proxy_without_scheme", NULL, NULL, ENDPOINT "proxy = \"localhost:80\";",
     IN_ENDPOINT "2: proxy does not begin with http://, https://, socks5h://"},
    {"proxy_with_path", NULL, NULL, ENDPOINT "proxy = \"http://h:1/secret\";",
     IN_ENDPOINT "2: proxy has a path, which a proxy has not"},
    {"proxy_with_bad_port", NULL, NULL,
     ENDPOINT "proxy = \"http://u:secret@h:70000\";",
     IN_ENDPOINT "2: proxy has a port that is not from 1 to 65535"},
    {"proxy_to_this_machine", NULL, NULL,
     "url = \"http://127.0.0.1/x\"; proxy = \"http://h:1\";",
     IN_ENDPOINT "1: proxy makes no sense for a push URL on this machine"},

    /* ---- keys and types ---- */
    {"unknown_key", NULL, ACCOUNT "pasword_file = \"x\";", NULL,
     IN_ACCOUNT "2: unknown key \"pasword_file\"; the nearest known key is "
                "\"password_file\""},
    {"unknown_key_in_main_file", "\nloglevel = \"info\";", NULL, NULL,
     "E imappushd.conf:2: unknown key \"loglevel\"; the nearest known key is "
     "\"log_level\""},
    {"name_in_a_file", NULL, ACCOUNT "name = \"b\";", NULL,
     IN_ACCOUNT "2: unknown key \"name\": here the name is that of the file"},
    {"wrong_types", "log_level = 3;\naccounts = [ 1 ];",
     "host = 1; user = true;\npassword_file = ( \"/x\" );\nport = \"993\";\n"
     "enabled = 1;\nmailboxes = [ 1 ];\ntls = 1;",
     NULL,
     "E imappushd.conf:1: log_level must be one of the strings error, warning, "
     "notice, info, debug (\n"
     "E imappushd.conf:2: accounts must be a list of groups\n" IN_ACCOUNT
     "1: host must be a string (\n" IN_ACCOUNT
     "1: user must be a string (\n" IN_ACCOUNT
     "2: password_file must be a string (\n" IN_ACCOUNT
     "3: port must be a whole number\n" IN_ACCOUNT
     "4: enabled must be true or false\n" IN_ACCOUNT
     "5: mailboxes must be a list of strings\n" IN_ACCOUNT
     "6: tls must be one of the strings implicit, starttls, none"},
    {"every_error_of_every_file", "log_level = \"loud\";",
     ACCOUNT "port = 0;\ntls = \"ssl\";", "method = \"GET\";",
     "E imappushd.conf:1: log_level\n" IN_ACCOUNT "2: port\n" IN_ACCOUNT
     "3: tls\nE endpoints.d/p.conf: there is no push URL\n" IN_ENDPOINT
     "1: method must be \"PUT\" or \"POST\""},
    {"broken_file_hides_nothing", "log_level = ;", "{", "kind = \"nfty\";",
     "E imappushd.conf:1: syntax error\n" IN_ACCOUNT
     "1: syntax error\n" IN_ENDPOINT
     "1: kind must be one of the strings put, ntfy\n"
     "E endpoints.d/p.conf: there is no push URL"},

    /* ---- names ---- */
    {"same_account_twice",
     "accounts = ( { name = \"a\"; host = \"h.example\"; user = \"u\"; "
     "password_file = \"/p\"; } );",
     NULL, NULL, "E accounts.d/a.conf: there is an account named \"a\" in "},
    {"same_endpoint_twice",
     "endpoints = (\n { name = \"x\"; url = \"https://h/1\"; },\n"
     " { name = \"x\"; url = \"https://h/2\"; } );",
     NULL, NULL, "E imappushd.conf:3: there is an endpoint named \"x\" in "},
    {"list_without_names",
     "accounts = ( {" ACCOUNT "} );\nendpoints = (\n{" ENDPOINT
     "name = \"\"; } );",
     "enabled = false;" ACCOUNT, NULL,
     "E imappushd.conf:1: this account needs a name\n"
     "E imappushd.conf:4: this endpoint needs a name\n"
     "E endpoints.d/p.conf: endpoint \"\" has the same push URL"},
    {"strange_names",
     "accounts = ( { name = \"a b\"; enabled = false; " ACCOUNT
     "}, { name = \".b\"; enabled = false; " ACCOUNT "} );",
     NULL, NULL,
     "E imappushd.conf:1: the name of an account may only have letters\n"
     "E imappushd.conf:2: the name of an account must not begin with a dot"},

    /* ---- accounts ---- */
    {"password_is_in_the_keyring", NULL, "host = \"h\"; user = \"u\";", NULL,
     ""},
    {"two_ways_to_the_password", NULL, ACCOUNT "password_command = \"x\";",
     NULL,
     IN_ACCOUNT "1: password_file and password_command cannot both be given"},
    {"token_command_without_oauth2", NULL, ACCOUNT "token_command = \"x\";",
     NULL,
     IN_ACCOUNT "2: token_command is of no use without auth = \"oauth2\""},
    {"password_with_oauth2", NULL,
     ACCOUNT "auth = \"oauth2\"; token_command = \"x\";", NULL,
     IN_ACCOUNT "1: password_file is of no use with auth = \"oauth2\""},
    {"oauth2_alone", NULL, /* --login may find all it needs */
     "host = \"h\"; user = \"u\"; auth = \"oauth2\";", NULL, ""},
    {"sign_in_without_oauth2", NULL, ACCOUNT "oauth2_scope = \"mail\";", NULL,
     IN_ACCOUNT "2: oauth2_scope is of no use without auth = \"oauth2\""},
    {"sign_in_with_a_token_command", NULL,
     "host = \"h\"; user = \"u\"; auth = \"oauth2\"; token_command = \"x\";\n"
     "oauth2_issuer = \"https://login.example\";",
     NULL, IN_ACCOUNT "2: oauth2_issuer is of no use with token_command"},
    {"issuer_in_the_clear", NULL,
     "host = \"h\"; user = \"u\"; auth = \"oauth2\";\n"
     "oauth2_issuer = \"http://login.example\";",
     NULL, IN_ACCOUNT "2: oauth2_issuer must begin with https://"},
    {"issuer_on_this_machine", NULL,
     "host = \"h\"; user = \"u\"; auth = \"oauth2\";\n"
     "oauth2_issuer = \"http://127.0.0.1:8080/x\";",
     NULL, ""},
    {"issuer_that_is_no_url", NULL,
     "host = \"h\"; user = \"u\"; auth = \"oauth2\";\n"
     "oauth2_issuer = \"login.example\";",
     NULL, IN_ACCOUNT "2: oauth2_issuer: "},
    {"client_secret_in_a_relative_file", NULL,
     "host = \"h\"; user = \"u\"; auth = \"oauth2\";\n"
     "oauth2_client_secret_file = \"a/b\";",
     NULL,
     IN_ACCOUNT "2: oauth2_client_secret_file must be an absolute path, or a"},
    {"token_command_without_program", NULL,
     "host = \"h\"; user = \"u\"; auth = \"oauth2\"; token_command = [ \"\" ];",
     NULL, IN_ACCOUNT "1: token_command names no program"},
    {"auth_of_another_kind", NULL, ACCOUNT "auth = \"xoauth2\";", NULL,
     IN_ACCOUNT "2: auth must be "},
    {"relative_password_file", NULL,
     "host = \"h\"; user = \"u\"; password_file = \"a/b\";", NULL,
     IN_ACCOUNT "1: password_file must be an absolute path, or a name"},
    {"password_file_dots", NULL,
     "host = \"h\"; user = \"u\"; password_file = \"..\";", NULL,
     IN_ACCOUNT "1: password_file must be an absolute path, or a name"},
    {"empty_shell_line", NULL,
     "host = \"h\"; user = \"u\"; password_command = \" \";", NULL,
     IN_ACCOUNT "1: password_command must not be empty"},
    {"command_without_program", NULL,
     "host = \"h\"; user = \"u\"; password_command = [];", NULL,
     IN_ACCOUNT "1: password_command names no program"},
    {"no_tls_across_a_network", NULL, ACCOUNT "tls = \"none\";", NULL,
     IN_ACCOUNT "2: tls = \"none\" is for loopback addresses only"},
    {"no_tls_to_127_1_2_3", NULL,
     "host = \"127.1.2.3\"; tls = \"none\"; user = \"u\"; "
     "password_file = \"/p\";",
     NULL, ""},
    {"no_tls_to_128_0_0_1", NULL,
     "host = \"128.0.0.1\"; tls = \"none\"; user = \"u\"; "
     "password_file = \"/p\";",
     NULL, IN_ACCOUNT "1: tls = \"none\" is for"},
    {"host_with_scheme", NULL,
     "host = \"imaps://h\"; user = \"u\"; password_file = \"/p\";", NULL,
     IN_ACCOUNT "1: host must be a name or an address alone"},
    {"host_with_blank", NULL,
     "host = \"h \"; user = \"u\"; password_file = \"/p\";", NULL,
     IN_ACCOUNT "1: host must not have blanks in it"},
    {"host_with_line_feed", NULL,
     "host = \"h\\nx\"; user = \"u\"; password_file = \"/p\";", NULL,
     IN_ACCOUNT "1: host must not hold control characters"},
    {"user_with_line_feed", NULL,
     "host = \"h\"; user = \"u\\r\\na2 DELETE INBOX\"; password_file = \"/p\";",
     NULL, IN_ACCOUNT "1: user must not hold control characters"},
    {"empty_user", NULL, "host = \"h\"; user = \"\"; password_file = \"/p\";",
     NULL, IN_ACCOUNT "1: user must not be empty"},
    {"mailboxes_of_every_kind", NULL,
     ACCOUNT "mailboxes = [ \"INBOX\", \"Lists/*\", \"\\\\flagged\", \"all\" ];"
             "exclude = [ \"Lists/%-archive\", \"\\\\Junk\" ];",
     NULL, ""},
    {"special_use_that_is_none", NULL, ACCOUNT "mailboxes = [ \"\\\\Inbox\" ];",
     NULL,
     IN_ACCOUNT "2: mailboxes: \"\\Inbox\" is not a special use that is known"},
    {"excluded_twice", NULL, ACCOUNT "exclude = [ \"a\", \"a\" ];", NULL,
     IN_ACCOUNT "2: exclude: \"a\" is there more than once"},
    {"too_many_connections", NULL, ACCOUNT "max_connections = 21;", NULL,
     IN_ACCOUNT "2: max_connections must be a whole number from 1 to 20"},
    {"inbox_twice", NULL, ACCOUNT "mailboxes = [ \"inbox\", \"Inbox\" ];", NULL,
     IN_ACCOUNT "2: mailboxes: \"INBOX\" is there more than once"},
    {"no_mailbox", NULL, ACCOUNT "mailboxes = [];", NULL,
     IN_ACCOUNT "2: mailboxes must name at least one mailbox"},
    {"mailbox_with_control", NULL, ACCOUNT "mailboxes = [ \"a\\tb\" ];", NULL,
     IN_ACCOUNT "2: mailboxes must not hold control characters"},
    {"one_mailbox_in_two_accounts",
     "accounts = ( { name = \"b\"; " ACCOUNT "} );", NULL, NULL,
     "W accounts.d/a.conf: mailbox \"INBOX\" of the same user"},
    {"no_account_enabled", NULL, ACCOUNT "enabled = false;", NULL,
     "W imappushd.conf: no account is enabled"},

    /* ---- endpoints ---- */
    {"two_urls", NULL, NULL, ENDPOINT "url_file = \"x\";",
     IN_ENDPOINT "2: url_file and url cannot both be given"},
    {"url_file_missing", NULL, NULL, "url_file = \"x.url\";",
     "E endpoints.d/x.url: No such file or directory"},
    {"url_user_and_password", NULL, NULL, URL("https://u:pw@h.example/p"),
     PUSH_URL "holds a user name or a password"},
    {"url_scheme_ftp", NULL, NULL, URL("ftp://h.example/p"),
     PUSH_URL "does not begin with https://"},
    {"url_scheme_file", NULL, NULL, URL("file:///etc/passwd"),
     PUSH_URL "does not begin with https://"},
    {"url_without_host", NULL, NULL, URL("https:///p"),
     PUSH_URL "has no valid host"},
    {"url_with_blank", NULL, NULL, URL("https://h.example/a b"),
     PUSH_URL "has a blank in it"},
    {"url_with_fragment", NULL, NULL, URL("https://h.example/#f"),
     PUSH_URL "has a fragment (#)"},
    {"url_not_ascii", NULL, NULL, URL("https://h.example/\xc3\xa4"),
     PUSH_URL "has a character in it that is not ASCII"},
    {"url_with_delete", NULL, NULL, URL("https://h.example/\x7f"),
     IN_ENDPOINT "1: url must not hold control characters"},
    {"url_port_0", NULL, NULL, URL("https://h.example:0/"),
     PUSH_URL "has a port that is not from 1 to 65535"},
    {"url_port_65536", NULL, NULL, URL("https://h.example:65536/"),
     PUSH_URL "has a port"},
    {"url_port_empty", NULL, NULL, URL("https://h.example:/"),
     PUSH_URL "has a port"},
    {"url_ipv6", NULL, NULL, URL("https://[2001:db8::1]:8443/p"), ""},
    {"url_ipv6_without_brackets", NULL, NULL, URL("https://2001:db8::1/p"),
     PUSH_URL "has"},
    {"url_name_in_brackets", NULL, NULL, URL("https://[h.example]/p"),
     PUSH_URL "has no valid host"},
    {"url_bracket_not_closed", NULL, NULL, URL("https://[::1/p"),
     PUSH_URL "has no valid host"},
    {"url_backslash_in_host", NULL, NULL, URL("https://h.example\\\\x/p"),
     PUSH_URL "has no valid host"},
    {"url_query_without_path", NULL, NULL, URL("https://h.example?t=1"), ""},
    {"url_upper_case", NULL, NULL, URL("HTTPS://H.EXAMPLE/p"), ""},
    {"http_to_loopback", NULL, NULL, URL("http://127.0.0.1:8080/p"), ""},
    {"http_to_loopback_ipv6", NULL, NULL, URL("http://[::1]/p"), ""},
    {"http_to_localhost", NULL, NULL, URL("http://LocalHost/p"), ""},
    {"http_to_others", NULL, NULL, URL("http://h.example/p"),
     PUSH_URL "at h.example (df25d8) is http"},
    {"http_to_name_like_loopback", NULL, NULL,
     URL("http://127.0.0.1.h.example/p"), PUSH_URL "at 127.0.0.1.h.example ("},
    {"http_to_short_address", NULL, NULL, URL("http://127.1/p"),
     PUSH_URL "at 127.1 ("},
    {"insecure_http", NULL, NULL,
     URL("http://h.example/p") "insecure_http = true;", ""},
    {"same_url_twice", "endpoints = ( { name = \"q\"; " ENDPOINT " } );", NULL,
     NULL, "E endpoints.d/p.conf: endpoint \"q\" has the same push URL"},
    {"kind_that_is_none", NULL, NULL, ENDPOINT "kind = \"websub\";",
     IN_ENDPOINT "2: kind must be one of the strings put, ntfy, webpush"},
    {"key_of_web_push", NULL, NULL, ENDPOINT "ttl = 5;\nurgency = \"low\";",
     IN_ENDPOINT "2: ttl is for kind \"webpush\" only\n" IN_ENDPOINT
                 "3: urgency is for kind \"webpush\" only"},
    {"sender_and_subject_in_the_clear", NULL, NULL,
     ENDPOINT "payload = \"headers\";",
     IN_ENDPOINT "2: payload \"headers\" is for kind \"webpush\" only: what "
                 "others send can be read on the way to the phone"},
    {"sender_and_subject_by_ntfy", NULL, NULL,
     ENDPOINT "kind = \"ntfy\";\npayload = \"headers\";",
     IN_ENDPOINT "3: payload \"headers\" is for kind \"webpush\" only"},
    {"subject_of_nobody", "vapid_subject = \"me@example.org\";", NULL, NULL,
     "E imappushd.conf:1: vapid_subject must begin with mailto: or https://"},
    {"subject_that_leads_nowhere", SUBJECT("mailto:me@box.local"),
     IN_SUBJECT "must be an address that others can write to"},
    {"subject_on_this_machine", SUBJECT("MAILTO:me@LocalHost?subject=x"),
     IN_SUBJECT "must be an address that others can write to"},
    {"subject_page_that_leads_nowhere", SUBJECT("https://box.invalid:8443/me"),
     IN_SUBJECT "must be an address that others can write to"},
    {"subject_without_host", SUBJECT("https:///me"),
     IN_SUBJECT "must be an address of the web"},
    {"subject_without_address", SUBJECT("mailto:me"),
     IN_SUBJECT "has no address behind mailto:"},
    {"subject_whose_path_is_local", SUBJECT("https://h.example/me.local"), ""},
    {"subject_like_nowhere", SUBJECT("mailto:me@thelocalhost.example"), ""},
    {"subject_at_home", SUBJECT("mailto:me@my-localhost"), ""},
    {"no_account_for_endpoint", NULL, NULL, ENDPOINT "accounts = [];",
     IN_ENDPOINT "2: accounts must name at least one account"},
    {"pattern_without_account", NULL, NULL,
     ENDPOINT "\naccounts = [ \"b*\", \"[ab]\" ];",
     "W endpoints.d/p.conf:3: no account matches \"b*\""},
    {"header_without_colon", NULL, NULL, ENDPOINT "headers = [ \"Urgency\" ];",
     IN_ENDPOINT "2: headers: number 1 must be \"Name: value\""},
    {"header_name_with_blank", NULL, NULL,
     ENDPOINT "headers = [ \"A: 1\", \"a b: c\" ];",
     IN_ENDPOINT "2: headers: number 2 must be \"Name: value\""},
    {"header_with_line_feed", NULL, NULL,
     ENDPOINT "headers = [ \"A: 1\\r\\nB: 2\" ];",
     IN_ENDPOINT "2: headers must not hold control characters"},
    {"header_content_length", NULL, NULL,
     ENDPOINT "headers = [ \"content-length: 3\" ];",
     IN_ENDPOINT "2: headers: number 1 must not be one that HTTP itself"},
    {"unknown_template", NULL, NULL,
     ENDPOINT "headers = [ \"A: %v %x\" ];\nbody = \"50%\";",
     IN_ENDPOINT "3: body may only have %v, %a, %m and %%\n" IN_ENDPOINT
                 "2: headers: number 1 may only have %v, %a, %m and %%"},
    {"all_templates", NULL, NULL,
     ENDPOINT "headers = [ \"A: %v%a%m%%\" ]; body = \"%%%v\\n%a%m\";", ""},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Does each line of got begin with its line of expected, and are they as
 * many? */
static void assert_complaints(const char *got, const char *expected)
{
    const char *all = got;

    while (*expected) {
        size_t length = strcspn(expected, "\n");

        if (strncmp(got, expected, length) != 0)
            fail_msg("wanted \"%.*s\" in:\n%s", (int)length, expected, all);
        got += strcspn(got, "\n") + 1;
        expected += length + (expected[length] == '\n');
    }
    if (*got)
        fail_msg("too many:\n%s", all);
}

static void trouble_is_told(void **state)
{
    const struct trouble *trouble = *state;
    struct folder folder;

    folder_make_good(&folder);
    if (trouble->main)
        folder_write(&folder, "imappushd.conf", trouble->main);
    if (trouble->account)
        folder_write(&folder, "accounts.d/a.conf", trouble->account);
    if (trouble->endpoint)
        folder_write(&folder, "endpoints.d/p.conf", trouble->endpoint);
    struct config *config = folder_load(&folder);
    char *complaints = folder_complaints(&folder, config);

    assert_complaints(complaints, trouble->expected);
    assert_true((strstr(complaints, "E ") == complaints) ==
                (config->error_count > 0));
    if (config->error_count > 0) {
        assert_int_equal(config->account_count, 0);
        assert_int_equal(config->endpoint_count, 0);
    }
    free(complaints);
    config_unload(&config);
    assert_null(config);
    folder_remove(&folder);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(troubles)];

    for (size_t i = 0; i < COUNT(troubles); i++) {
        const void *state = &troubles[i];

        tests[i] = (struct CMUnitTest){.name = troubles[i].title,
                                       .test_func = trouble_is_told};
        memcpy(&tests[i].initial_state, &state, sizeof state);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
