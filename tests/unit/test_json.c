/*
 * What is written as JSON, whatever text a stranger chose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

#include <cjson/cJSON.h>

static struct buffer out;

static struct json start(size_t maximum)
{
    struct json json;

    buffer_finish(&out);
    buffer_init(&out, maximum);
    json_start(&json, &out);
    return json;
}

static void commas_stand_between(void **state)
{
    struct json json = start(1000);

    (void)state;
    json_open_object(&json, NULL);
    json_open_array(&json, "list");
    json_number(&json, NULL, -1);
    json_number(&json, NULL, INT64_C(9007199254740991));
    json_open_object(&json, NULL);
    json_close_object(&json);
    json_close_array(&json);
    json_truth(&json, "yes", true);
    json_truth(&json, "no", false);
    json_null(&json, "nothing");
    json_moment(&json, "moment", INT64_C(1795568943));
    json_moment(&json, "never", 0);
    json_close_object(&json);
    assert_false(json.bad);
    assert_string_equal(
        out.data, "{\"list\":[-1,9007199254740991,{}],\"yes\":true,\"no\":"
                  "false,\"nothing\":null,\"moment\":\"2026-11-25T01:09:03Z\","
                  "\"never\":null}");
}

/* RFC 8259 §7: what has to be escaped, and nothing that is not UTF-8. */
static void text_of_a_stranger(void **state)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"", "\"\""},
        {"say \"no\" \\", "\"say \\\"no\\\" \\\\\""},
        {"a\nb\x01", "\"a\\u000ab\\u0001\""},
        {"\x7f", "\"\x7f\""},
        {"Gr\xc3\xbc\xc3\x9f"
         "e",
         "\"Gr\xc3\xbc\xc3\x9f"
         "e\""},
        {"\xf0\x9f\x93\xac", "\"\xf0\x9f\x93\xac\""},
        {"\xc3", "\"\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xe4r", "\"\xef\xbf\xbdr\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json json = start(1000);

        json_text(&json, NULL, cases[i].text);
        assert_string_equal(out.data, cases[i].json);
    }
}

/* Another's parser reads back what was written. */
static void every_byte_is_read_back(void **state)
{
    char text[128];
    struct json json = start(4000);

    (void)state;
    for (int i = 1; i < 128; i++)
        text[i - 1] = (char)i;
    text[127] = '\0';
    json_open_object(&json, NULL);
    json_text(&json, text, text);
    json_close_object(&json);
    cJSON *read = cJSON_Parse(out.data);
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(read, text);

    assert_non_null(member);
    assert_string_equal(cJSON_GetStringValue(member), text);
    cJSON_Delete(read);
}

static void what_does_not_fit_is_bad(void **state)
{
    struct json json = start(10);

    (void)state;
    json_text(&json, NULL, "0123456789");
    assert_true(json.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between),
        cmocka_unit_test(text_of_a_stranger),
        cmocka_unit_test(every_byte_is_read_back),
        cmocka_unit_test(what_does_not_fit_is_bad),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    buffer_finish(&out);
    return failed;
}
