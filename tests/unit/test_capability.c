/*
 * Which words of a server's list count: whole ones only, in any case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/capability.h"
#include "session/session.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void words_of_every_kind(void **state)
{
    static const struct {
        const char *words;
        unsigned bits;
    } cases[] = {
        {"IDLE", CAPABILITY_IDLE},
        {"idle", CAPABILITY_IDLE},
        {"NOTIFY", CAPABILITY_NOTIFY},
        {"ID", CAPABILITY_ID},
        {"SASL-IR", CAPABILITY_SASL_IR},
        {"STARTTLS", CAPABILITY_STARTTLS},
        {"LOGINDISABLED", CAPABILITY_LOGINDISABLED},
        {"AUTH=PLAIN", CAPABILITY_AUTH_PLAIN},
        {"auth=plain", CAPABILITY_AUTH_PLAIN},
        {"AUTH=XOAUTH AUTH=XOAUTH2", CAPABILITY_AUTH_XOAUTH2},
        {"auth=oauthbearer", CAPABILITY_AUTH_OAUTHBEARER},
        {"ID IDLE ID", CAPABILITY_ID | CAPABILITY_IDLE},
        {" IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS "
         "AUTH=PLAIN AUTH=LOGIN\r\n",
         CAPABILITY_SASL_IR | CAPABILITY_ID | CAPABILITY_IDLE |
             CAPABILITY_STARTTLS | CAPABILITY_AUTH_PLAIN},
        {"\tIDLE\t\tNOTIFY ", CAPABILITY_IDLE | CAPABILITY_NOTIFY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(capability_parse(cases[i].words), cases[i].bits);
}

static void words_that_only_look_alike(void **state)
{
    static const char *const words[] = {
        "",          " ",           "\r\n",        "IDL",
        "IDLEX",     "XIDLE",       "X-IDLE",      "IDLE2",
        "I",         "AUTH",        "AUTH=",       "AUTH=PLAINX",
        "AUTH=PLAI", "AUTH=LOGIN",  "AUTH= PLAIN", "XAUTH=PLAIN",
        "SASL",      "SASL-IRX",    "START TLS",   "LOGINDISABLE",
        "IDLE,ID",   "(IDLE)",      "\"IDLE\"",    "IMAP4rev1",
        "NOTIFY=9",  "\304\260DLE", "IDLE\x01",    "XOAUTH2",
        "AUTH=XOAU", "AUTH=XOAUTH", "OAUTHBEARER",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (capability_parse(words[i]) != 0)
            fail_msg("%s", words[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_every_kind),
        cmocka_unit_test(words_that_only_look_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
