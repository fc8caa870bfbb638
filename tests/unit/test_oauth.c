/*
 * OAuth2: what a stranger's JSON may be, what a browser comes back with, and
 * the proof that a code is ours. Right values are those of the RFCs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "credential/document.h"
#include "credential/grant.h"
#include "credential/random.h"
#include "credential/redirect.h"
#include "credential/tokens.h"
#include "credential/web.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- JSON ---- */

static void texts_that_are_no_object(void **state)
{
    static const char *const texts[] = {"",
                                        "null",
                                        "[]",
                                        "\"x\"",
                                        "{",
                                        "{}x",
                                        "{} {}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{\"a\":\"\xff\"}",
                                        "{'a'",
                                        "1",
                                        "\xef\xbb\xbf",
                                        "{\"a\":\"\xed\xa0\x80\"}"};

    (void)state;
    assert_null(document_parse(NULL));
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct document *document = document_parse(texts[i]);

        if (document)
            fail_msg("taken: %s", texts[i]);
    }
}

/* A parser that calls itself for each bracket has a stack to lose. */
static void text_that_is_deep(void **state)
{
    char text[100000];

    (void)state;
    memset(text, '[', sizeof text - 1);
    memcpy(text, "{\"a\":", 5);
    text[sizeof text - 1] = '\0';
    assert_null(document_parse(text));
    memset(text + 5, '{', sizeof text - 6);
    assert_null(document_parse(text));
}

static void members(void **state)
{
    struct document *document = document_parse(
        " {\"text\":\"a \\u00e4 \\\"\",\"line\":\"a\\nb\",\"number\":3599,"
        "\"quoted\":\"3599\",\"half\":1.5,\"odd\":\"3599s\",\"big\":1e300,"
        "\"minus\":-1,\"true\":true,\"nothing\":null,\"list\":[1],"
        "\"escape\":\"\\u001b[31m\\r\\nTrace\",\"text2\":\"\"}\n");
    char words[8];

    (void)state;
    assert_non_null(document);
    assert_string_equal(document_text(document, "text", 100), "a \xc3\xa4 \"");
    assert_null(document_text(document, "text", 5));
    assert_non_null(document_text(document, "text", 6));
    assert_null(document_text(document, "Text", 100));
    assert_null(document_text(document, "line", 100));
    assert_null(document_text(document, "number", 100));
    assert_null(document_text(document, "nothing", 100));
    assert_null(document_text(document, "list", 100));
    assert_int_equal(document_number(document, "number", 1, 3600, 7), 3599);
    assert_int_equal(document_number(document, "quoted", 1, 3600, 7), 3599);
    assert_int_equal(document_number(document, "half", 1, 3600, 7), 1);
    assert_int_equal(document_number(document, "odd", 1, 3600, 7), 7);
    assert_int_equal(document_number(document, "big", 1, 3600, 7), 7);
    assert_int_equal(document_number(document, "minus", 1, 3600, 7), 7);
    assert_int_equal(document_number(document, "list", 1, 3600, 7), 7);
    assert_int_equal(document_number(document, "none", 1, 3600, 7), 7);
    assert_true(document_is_true(document, "true"));
    assert_false(document_is_true(document, "number"));
    document_words(document, "escape", words, sizeof words);
    assert_string_equal(words, "?[31m");
    document_words(document, "text", words, 4);
    assert_string_equal(words, "a ");
    document_words(document, "none", words, sizeof words);
    assert_string_equal(words, "");
    document_destroy(&document);
    assert_null(document);
}

static void refusals(void **state)
{
    static const struct {
        const char *text, *code; /* null: it is none */
    } cases[] = {
        {"{\"error\":\"invalid_grant\"}", "invalid_grant"},
        {"{\"error\":\"slow_down\",\"x\":1}", "slow_down"},
        {"{\"error\":\"bad<b>\"}", "bad"},
        {"{\"error\":\"\"}", NULL},
        {"{\"error\":{\"code\":1}}", NULL},
        {"{\"error\":\"Some Text\"}", NULL},
        {"{}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct document *document = document_parse(cases[i].text);
        struct refusal refusal;

        assert_int_equal(refusal_read(&refusal, document),
                         cases[i].code != NULL);
        assert_string_equal(refusal.code, cases[i].code ? cases[i].code : "");
        document_destroy(&document);
    }
}

/* ---- the grant ---- */

static void grant_there_and_back(void **state)
{
    struct grant old = {.issuer = strdup("https://login.example/a\"b"),
                        .token_endpoint = strdup("https://login.example/t"),
                        .client_id = strdup("c\\l\xc3\xa4"),
                        .refresh_token = strdup("0.A-b_c~")},
                 new;
    struct buffer text;

    (void)state;
    buffer_init(&text, 4096);
    grant_write(&old, &text);
    assert_null(strchr(text.data, '\n')); /* it is kept as a line */
    assert_int_equal(grant_read(&new, text.data), 0);
    assert_string_equal(new.issuer, old.issuer);
    assert_string_equal(new.token_endpoint, old.token_endpoint);
    assert_string_equal(new.client_id, old.client_id);
    assert_string_equal(new.refresh_token, old.refresh_token);
    grant_finish(&new);
    grant_finish(&old);
    buffer_finish(&text);
}

static void texts_that_are_no_grant(void **state)
{
    static const char *const texts[] = {
        "open sesame", "{}", "{\"refresh_token\":\"x\"}",
        ("{\"issuer\":\"\",\"token_endpoint\":\"x\",\"client_id\":\"x\","
         "\"refresh_token\":\"x\"}")};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct grant grant;

        assert_int_equal(grant_read(&grant, texts[i]), -1);
        grant_finish(&grant);
    }
}

/* ---- the web ---- */

static void urls(void **state)
{
    static const struct {
        const char *url;
        bool good;
    } cases[] = {
        {"https://login.example/", true},
        {"https://login.example:8443/a?b=c", true},
        {"https://[2001:db8::1]/x", true},
        {"http://127.0.0.1:17480/token", true},
        {"http://localhost/token", true},
        {"http://[::1]:8080/", true},
        {"http://login.example/", false},
        {"http://127.0.0.1@login.example/", false},
        {"https://user:password@login.example/", false},
        {"http://localhost.example/", false},
        {"HTTPS://login.example/", false}, /* nobody writes that */
        {"https:///token", false},
        {"https://", false},
        {"file:///etc/passwd", false},
        {"ftp://login.example/", false},
        {"javascript:alert(1)", false},
        {"https://login.example/\x1b[31m", false},
        {"https://login.example/a b", false},
        {"https://login.example/\"", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (web_is_url(cases[i].url) != cases[i].good)
            fail_msg("%s", cases[i].url);
    }
}

static void origins(void **state)
{
    (void)state;
    assert_true(web_same_origin("https://a.example/x", "https://a.example/y"));
    assert_true(web_same_origin("https://A.example", "https://a.example:443/"));
    assert_false(web_same_origin("https://a.example", "http://a.example"));
    assert_false(web_same_origin("https://a.example", "https://a.example:444"));
    assert_false(web_same_origin("https://a.example", "https://b.a.example"));
    assert_false(
        web_same_origin("https://a.example", "https://a.example@b.example"));
    assert_false(web_same_origin("", ""));
}

static void forms(void **state)
{
    struct buffer form;
    char text[] = "a%20b+c%2Bd%zz%4%00%C3%A4%";

    (void)state;
    buffer_init(&form, 1000);
    web_form_add(&form, "a", "plain-._~");
    web_form_add(&form, "b", "& =+%/\xc3\xa4\x01");
    assert_string_equal(form.data, "a=plain-._~&b=%26%20%3D%2B%25%2F%C3%A4%01");
    buffer_finish(&form);
    web_form_decode(text);
    assert_string_equal(text, "a b c+d%zz%4%00\xc3\xa4%");
}

/* ---- the browser ---- */

static void what_the_browser_comes_back_with(void **state)
{
    struct redirect redirect;

    (void)state;
    redirect_read(&redirect,
                  "http://127.0.0.1:8/?code=a%2Fb&state=s&iss=https%3A%2F%2Fx"
                  "&code_not=1#fragment");
    assert_string_equal(redirect.code, "a/b");
    assert_string_equal(redirect.state, "s");
    assert_string_equal(redirect.iss, "https://x");
    assert_null(redirect.error);
    redirect_finish(&redirect);
    redirect_read(&redirect, "/?error=access_denied&state=s HTTP/1.1");
    assert_string_equal(redirect.error, "access_denied");
    assert_string_equal(redirect.state, "s");
    assert_null(redirect.code);
    redirect_finish(&redirect);
    redirect_read(&redirect, "code=a&state=s"); /* no "?" */
    assert_null(redirect.code);
    redirect_finish(&redirect);
    redirect_read(&redirect, "?&&=&state&code");
    assert_null(redirect.state);
    assert_null(redirect.code);
    redirect_finish(&redirect);
}

/* RFC 7636, appendix B. */
static void challenge_of_the_standard(void **state)
{
    char challenge[RANDOM_SIZE];

    (void)state;
    random_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge);
    assert_string_equal(challenge,
                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/* §4.1: 43 to 128 of these; and never the same. */
static void verifiers(void **state)
{
    char one[RANDOM_SIZE], two[RANDOM_SIZE];

    (void)state;
    random_text(one);
    random_text(two);
    assert_int_equal(strlen(one), 43);
    assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_"),
                     43);
    assert_string_not_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_no_object),
        cmocka_unit_test(text_that_is_deep),
        cmocka_unit_test(members),
        cmocka_unit_test(refusals),
        cmocka_unit_test(grant_there_and_back),
        cmocka_unit_test(texts_that_are_no_grant),
        cmocka_unit_test(urls),
        cmocka_unit_test(origins),
        cmocka_unit_test(forms),
        cmocka_unit_test(what_the_browser_comes_back_with),
        cmocka_unit_test(challenge_of_the_standard),
        cmocka_unit_test(verifiers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
