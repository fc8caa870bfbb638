/*
 * A phone's message to pair: finding the block whatever mail has made of it,
 * and opening it.
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

#include "base/invitation.h"
#include "courier/block.h"
#include "courier/pairing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/*
 * Made by Python's cryptography 38.0.4 (HKDF, AESGCM):
 *
 *     key = HKDF(SHA256(), 16, None, b"imappushd pair 1 00c0ffee1234").derive(
 *         bytes(range(16)))
 *     iv = bytes(range(0xa0, 0xac))
 *     iv + AESGCM(key).encrypt(iv, TEXT, b"00c0ffee1234")
 */
#define ID "00c0ffee1234"
#define TEXT "{\"endpoint\":\"https://push.example/1\"}"
#define A "oKGio6SlpqeoqaqrjiTHcxd3i7vCas"
#define B "j9P6ANXkhb9kvk-RhT4qo1IelByN-g"
#define C "xKZR5agmxu53Wn55Z1Nly7IH20s"
#define SEALED A B C

static uint8_t secret[PAIRING_SECRET_SIZE];

static int begin(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = (uint8_t)i;
    return 0;
}

/* In memory that ends where the text does. */
static const char *open_text(const char *text, size_t length, const char *id,
                             struct buffer *plain)
{
    char *copy = malloc(length ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    buffer_init(plain, PAIRING_SEALED_MAX);
    const char *wrong = pairing_open(secret, id, copy, length, plain);

    free(copy);
    return wrong;
}

static void opens(const char *text)
{
    struct buffer plain;
    const char *wrong = open_text(text, strlen(text), ID, &plain);

    if (wrong)
        fail_msg("%s: %s", text, wrong);
    assert_string_equal(plain.data, TEXT);
    buffer_finish(&plain);
}

static void is_wrong(const char *text, const char *words)
{
    struct buffer plain;
    const char *wrong = open_text(text, strlen(text), ID, &plain);

    if (!wrong)
        fail_msg("%s was opened", text);
    if (!strstr(wrong, words))
        fail_msg("%s: %s", text, wrong);
    assert_int_equal(plain.length, 0);
    buffer_finish(&plain);
}

static void vector_of_another_program(void **state)
{
    (void)state;
    opens(BLOCK_BEGIN "\r\n" SEALED "\r\n" BLOCK_END "\r\n");
}

static void what_mail_makes_of_it(void **state)
{
    static const char *const texts[] = {
        /* wrapped, and a signature */
        "Hello\n" BLOCK_BEGIN "\n" A "\n" B "\n" C "\n" BLOCK_END
        "\n-- \nSent from my phone\n",
        /* all in one line */
        BLOCK_BEGIN " " A " " B " " C " " BLOCK_END,
        /* quoted, also twice */
        "> > " BLOCK_BEGIN "\r\n> > " A "\r\n> > " B "\r\n>> " C
        "\r\n> > " BLOCK_END "\r\n",
        /* quoted-printable: soft breaks, flowed blanks, a letter written so */
        BLOCK_BEGIN "=20\r\n" A "=\r\n" B "=20\r\n=C2=A0" C "\r\n" BLOCK_END,
        /* HTML */
        "<div dir=3D\"ltr\">" BLOCK_BEGIN "</div><div class=\"abc\">" A
        "</div>\r\n<p>" B "<br/>&nbsp;" C "</p>" BLOCK_END,
        /* a block that broke off before, one of another code, markers alone */
        BLOCK_BEGIN "\nAAAA\n" BLOCK_BEGIN SEALED BLOCK_END,
        BLOCK_BEGIN "AAAA" BLOCK_END BLOCK_BEGIN SEALED BLOCK_END,
        BLOCK_END BLOCK_BEGIN BLOCK_END BLOCK_BEGIN SEALED BLOCK_END,
        /* what begins like a tag and is none */
        BLOCK_BEGIN "<" SEALED "&" BLOCK_END "<",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        opens(texts[i]);
}

/* Some apps send all that is not plain English that way. */
static void text_in_base64(void **state)
{
    (void)state;
    opens("--x\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\n"
          "SGFsbG8gw6QNCltpbWFwcHVzaGQtcGFpcl0NCm9LR2lvNlNscHFlb3FhcXJq\r\n"
          "aVRIY3hkM2k3dkNhcw0KajlQNkFOWGtoYjlrdmstUmhUNHFvMUllbEJ5Ti1n\r\n"
          "eEtaUjVhZ214dTUzV241NVoxTmx5N0lIMjBzDQpbaW1hcHB1c2hkLWVuZF0N\r\n"
          "Cg=="
          "\r\n\r\n--x--\r\n");
}

static void blocks_that_are_none(void **state)
{
    (void)state;
    is_wrong("", "no whole block");
    is_wrong("hello", "no whole block");
    is_wrong(SEALED, "no whole block");
    is_wrong(BLOCK_BEGIN SEALED, "no whole block"); /* cut */
    is_wrong(SEALED BLOCK_END, "no whole block");
    is_wrong(BLOCK_BEGIN BLOCK_END, "no whole block");
    is_wrong(BLOCK_BEGIN "A" BLOCK_END, "no whole block");
    is_wrong(BLOCK_BEGIN "AAAA" BLOCK_END, "was not sealed");
    is_wrong(BLOCK_BEGIN A B BLOCK_END, "was not sealed");
    is_wrong(BLOCK_BEGIN A C B BLOCK_END, "was not sealed");
    is_wrong(BLOCK_BEGIN SEALED "AAAA" BLOCK_END, "was not sealed");
    is_wrong(BLOCK_BEGIN "<" SEALED ">" BLOCK_END, "no whole block");
}

/* Every letter matters. */
static void one_letter_is_another(void **state)
{
    char text[] = BLOCK_BEGIN SEALED BLOCK_END;
    size_t first = strlen(BLOCK_BEGIN);

    (void)state;
    for (size_t i = 0; i < strlen(SEALED) - 1; i++) {
        char was = text[first + i];

        text[first + i] = was == 'A' ? 'B' : 'A';
        is_wrong(text, "was not sealed");
        text[first + i] = was;
    }
    opens(text);
}

static void another_secret_or_pairing(void **state)
{
    static const char text[] = BLOCK_BEGIN SEALED BLOCK_END;
    struct buffer plain;

    (void)state;
    assert_non_null(open_text(text, strlen(text), "00c0ffee1235", &plain));
    assert_non_null(open_text(text, strlen(text), "", &plain));
    secret[15] ^= 1;
    assert_non_null(open_text(text, strlen(text), ID, &plain));
    secret[15] ^= 1;
    assert_null(open_text(text, strlen(text), ID, &plain));
    buffer_finish(&plain);
}

/* A megabyte of letters, of markers, and of tags that do not end. */
static void a_lot(void **state)
{
    static const char *const pieces[] = {"AAAA", BLOCK_BEGIN, BLOCK_END, "<",
                                         "&",    "=",         "\n"};
    size_t size = 1024 * 1024;
    char *text = malloc(size + 1);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t length = strlen(pieces[i]), at = strlen(BLOCK_BEGIN);

        memcpy(text, BLOCK_BEGIN, at);
        while (at + length + strlen(BLOCK_END) <= size) {
            memcpy(text + at, pieces[i], length);
            at += length;
        }
        memcpy(text + at, BLOCK_END, strlen(BLOCK_END) + 1);
        is_wrong(text, "no whole block");
    }
    free(text);
}

/* ---- the mail it comes in ---- */

static void subjects(void **state)
{
    static const char ids[] = "00c0ffee1234 0123456789ab";
    static const char *const others[] = {
        "", "imappushd", "00c0ffee1234", "imappushd 00c0ffee123",
        "imappushd 00c0ffee1235", "00c0ffee1234 imappushd",
        /* one that ends where another begins */
        "imappushd 123401234567"};

    (void)state;
    assert_ptr_equal(invitation_find(ids, "imappushd 00c0ffee1234"), ids);
    assert_ptr_equal(invitation_find(ids, "Re: Imappushd 0123456789AB x"),
                     ids + 13);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_null(invitation_find(ids, others[i]));
    assert_null(invitation_find("", "imappushd "));
}

static void ids(void **state)
{
    (void)state;
    assert_true(invitation_is_id("00c0ffee1234"));
    assert_false(invitation_is_id("00c0ffee123"));
    assert_false(invitation_is_id("00c0ffee12345"));
    assert_false(invitation_is_id("00C0FFEE1234"));
    assert_false(invitation_is_id("00c0ffee 234"));
    assert_false(invitation_is_id(""));
}

static void text_is_tidied(void **state)
{
    char text[] = "a\tb\r\n\x01\x7f\xc3\xa4\0z";

    (void)state;
    invitation_tidy(text, sizeof text - 1);
    assert_string_equal(text, "a\tb \n     z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector_of_another_program),
        cmocka_unit_test(what_mail_makes_of_it),
        cmocka_unit_test(text_in_base64),
        cmocka_unit_test(blocks_that_are_none),
        cmocka_unit_test(one_letter_is_another),
        cmocka_unit_test(another_secret_or_pairing),
        cmocka_unit_test(a_lot),
        cmocka_unit_test(subjects),
        cmocka_unit_test(ids),
        cmocka_unit_test(text_is_tidied),
    };

    return cmocka_run_group_tests(tests, begin, NULL);
}
