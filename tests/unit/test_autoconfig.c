/*
 * Files of settings in pieces, and the values in them, good and hostile. Whole
 * answers of web servers are in tests/e2e/test_discover.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discover/autoconfig.h"

static struct mail_address address;

#define HEAD "<clientConfig version='1.1'><emailProvider id='x'>"
#define TAIL "</emailProvider></clientConfig>"
#define IMAP "<incomingServer type='imap'>"
#define GOOD                                                                   \
    IMAP "<hostname>imap.example.test</hostname><port>993</port>"              \
         "<socketType>SSL</socketType></incomingServer>"

/* Reads the text in pieces of that size. Returns "user@host:port tls how name",
 * or "CODE words"; valid until the next. */
static const char *read_in(const char *text, size_t piece)
{
    static char result[1024];
    struct autoconfig *autoconfig = autoconfig_create(&address);
    struct finding finding = {0};
    struct error err = {0};
    size_t length = strlen(text), done = 0;

    while (done < length) {
        size_t size = length - done < piece ? length - done : piece;

        if (autoconfig_take(autoconfig, text + done, size) < 0)
            break;
        done += size;
    }
    if (autoconfig_end(autoconfig, &finding, &err) < 0)
        snprintf(result, sizeof result, "%s %s", err.code, err.text);
    else
        snprintf(result, sizeof result, "%s at %s:%d %s%s%s %s", finding.user,
                 finding.host, finding.port,
                 finding.tls == ACCOUNT_TLS_IMPLICIT ? "tls" : "starttls",
                 finding.password ? " password" : "",
                 finding.oauth2 ? " oauth2" : "",
                 finding.provider ? finding.provider : "-");
    finding_finish(&finding);
    autoconfig_destroy(&autoconfig);
    return result;
}

static const char *read_text(const char *text)
{
    return read_in(text, strlen(text));
}

#define TAKEN "alice@example.test at imap.example.test:993 tls password -"

static void it_comes_in_pieces(void **state)
{
    static const char text[] =
        "<?xml version='1.0' encoding='UTF-8'?>\n<!-- x -->" HEAD
        "<displayName>M\xc3\xbcller &amp; S\xc3\xb6hne</displayName>" IMAP
        "<hostname>\n  imap.<![CDATA[example]]>.test </hostname>"
        "<port> 993 </port><socketType>STARTTLS</socketType>"
        "<username>%EMAILLOCALPART%&#64;%EMAILDOMAIN%</username>"
        "<authentication>OAuth2</authentication>"
        "<authentication>password-cleartext</authentication>"
        "</incomingServer>" TAIL;

    (void)state;
    for (size_t piece = 1; piece <= sizeof text; piece++)
        assert_string_equal(read_in(text, piece),
                            "alice@example.test at imap.example.test:993 "
                            "starttls password oauth2 "
                            "M\xc3\xbcller & S\xc3\xb6hne");
}

static void its_encoding_may_be_another(void **state)
{
    (void)state;
    assert_string_equal(
        read_text("<?xml version='1.0' encoding='ISO-8859-1'?>" HEAD
                  "<displayName>M\xfcller</displayName>" GOOD TAIL),
        "alice@example.test at imap.example.test:993 tls password "
        "M\xc3\xbcller");
}

static void nothing_is_said_of_how_to_log_in(void **state)
{
    (void)state;
    assert_string_equal(read_text(HEAD GOOD TAIL), TAKEN);
}

static void elements_stand_where_they_belong(void **state)
{
    (void)state;
    /* the one for outgoing mail, one nested, one too far up */
    assert_string_equal(
        read_text(HEAD "<outgoingServer type='imap'><hostname>a.test"
                       "</hostname></outgoingServer>"
                       "<x>" GOOD "</x><hostname>b.test</hostname>" TAIL),
        "nothing says nothing of IMAP");
    assert_string_equal(read_text(HEAD GOOD "<hostname>b.test</hostname>" TAIL),
                        TAKEN);
}

static void what_is_said_twice_counts_once(void **state)
{
    (void)state;
    assert_string_equal(
        read_text(HEAD IMAP "<hostname>imap.example.test</hostname>"
                            "<hostname>evil.test</hostname><port>993</port>"
                            "<port>1</port><socketType>SSL</socketType>"
                            "</incomingServer>" TAIL),
        TAKEN);
}

static void second_server_is_taken_for_the_first(void **state)
{
    (void)state;
    assert_string_equal(read_text(HEAD IMAP
                                  "<hostname>a</hostname><port>993</port>"
                                  "<socketType>SSL</socketType>"
                                  "</incomingServer>" GOOD TAIL),
                        TAKEN);
}

static void it_is_not_complete(void **state)
{
    static const char whole[] = HEAD GOOD TAIL;
    char text[sizeof whole];

    (void)state;
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        memcpy(text, whole, length);
        text[length] = '\0';
        const char *found = read_text(text);

        assert_non_null(strstr(found, "is not well-formed XML"));
        bool begun = length >= strlen("<clientConfig version='1.1'>");

        assert_int_equal(strncmp(found, "bad-data ", 9) == 0, begun);
    }
}

static void entities_would_grow(void **state)
{
    (void)state;
    assert_string_equal(
        read_text("<!DOCTYPE clientConfig [<!ENTITY a 'aaaa'>]>" HEAD
                  "<displayName>&a;&a;</displayName>" GOOD TAIL),
        "bad-data has a document type, which is refused");
    assert_non_null(strstr(read_text(HEAD "&a;" GOOD TAIL),
                           "is not well-formed XML (line 1: undefined entity"));
}

static char *repeat(const char *before, const char *word, size_t count,
                    const char *after)
{
    char *text =
        calloc(1, strlen(before) + count * strlen(word) + strlen(after) + 1);
    char *end = text;

    assert_non_null(text);
    end = stpcpy(end, before);
    while (count-- > 0)
        end = stpcpy(end, word);
    strcpy(end, after);
    return text;
}

static void it_is_too_long(void **state)
{
    char *text = repeat(HEAD GOOD, "<x/>", AUTOCONFIG_MAX / 4, TAIL);

    (void)state;
    assert_string_equal(read_in(text, 4096), "bad-data is longer than 256 KiB");
    free(text);
    text = repeat("", " ", AUTOCONFIG_MAX + 1, "");
    assert_string_equal(read_in(text, 4096), "nothing is longer than 256 KiB");
    free(text);
    size_t rest = AUTOCONFIG_MAX - strlen(HEAD GOOD TAIL);

    text = repeat(HEAD GOOD, " ", rest, TAIL);
    assert_string_equal(read_in(text, 4096), TAKEN);
    free(text);
}

static void it_is_too_deep(void **state)
{
    char *text = repeat(HEAD, "<x>", 100000 / 4, "");

    (void)state;
    assert_string_equal(read_in(text, 4096), "bad-data is nested too deeply");
    free(text);
    text = repeat(HEAD "<", "x", 100000, "/>" TAIL);
    assert_string_equal(read_in(text, 4096), "bad-data is nested too deeply");
    free(text);
}

static void name_of_the_provider_is_cleaned(void **state)
{
    char *text = repeat(HEAD "<displayName>a\nb\x7f", "\xc3\xbc", 400,
                        "</displayName>" GOOD TAIL);
    const char *found = read_text(text);
    const char *name = strstr(found, "a?b?");

    (void)state;
    assert_non_null(name);
    assert_int_equal(strlen(name), FINDING_NAME_MAX);
    free(text);
}

static void login_name_grows_by_what_it_holds(void **state)
{
    char *text =
        repeat(HEAD IMAP "<hostname>imap.example.test</hostname>"
                         "<port>993</port><socketType>SSL</socketType>"
                         "<username>",
               "%EMAILADDRESS%", 60, "</username></incomingServer>" TAIL);

    (void)state;
    assert_string_equal(read_text(text),
                        "bad-data has a login name that cannot be one");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_in_pieces),
        cmocka_unit_test(its_encoding_may_be_another),
        cmocka_unit_test(nothing_is_said_of_how_to_log_in),
        cmocka_unit_test(elements_stand_where_they_belong),
        cmocka_unit_test(what_is_said_twice_counts_once),
        cmocka_unit_test(second_server_is_taken_for_the_first),
        cmocka_unit_test(it_is_not_complete),
        cmocka_unit_test(entities_would_grow),
        cmocka_unit_test(it_is_too_long),
        cmocka_unit_test(it_is_too_deep),
        cmocka_unit_test(name_of_the_provider_is_cleaned),
        cmocka_unit_test(login_name_grows_by_what_it_holds),
    };
    struct error err;

    if (mail_address_parse(&address, "alice@example.test", &err) < 0)
        return EXIT_FAILURE;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    mail_address_finish(&address);
    return failed;
}
