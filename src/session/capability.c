#include "session/capability.h"

#include "session/session.h"

#include <string.h>
#include <strings.h>

unsigned capability_parse(const char *words)
{
    static const struct {
        const char *word;
        unsigned bit;
    } known[] = {
        {"IDLE", CAPABILITY_IDLE},
        {"NOTIFY", CAPABILITY_NOTIFY},
        {"ID", CAPABILITY_ID},
        {"SASL-IR", CAPABILITY_SASL_IR},
        {"STARTTLS", CAPABILITY_STARTTLS},
        {"LOGINDISABLED", CAPABILITY_LOGINDISABLED},
        {"AUTH=PLAIN", CAPABILITY_AUTH_PLAIN},
        {"SAVEDATE", CAPABILITY_SAVEDATE},
        {"OBJECTID", CAPABILITY_OBJECTID},
        {"SPECIAL-USE", CAPABILITY_SPECIAL_USE},
        {"LIST-EXTENDED", CAPABILITY_LIST_EXTENDED},
        {"X-GM-EXT-1", CAPABILITY_X_GM_EXT_1},
        {"METADATA", CAPABILITY_METADATA},
        {"METADATA-SERVER", CAPABILITY_METADATA},
        {"AUTH=XOAUTH2", CAPABILITY_AUTH_XOAUTH2},
        {"AUTH=OAUTHBEARER", CAPABILITY_AUTH_OAUTHBEARER},
    };
    unsigned found = 0;

    while (*words) {
        size_t length = strcspn(words, " \t\r\n");

        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (strlen(known[i].word) == length &&
                strncasecmp(words, known[i].word, length) == 0)
                found |= known[i].bit;
        }
        words += length;
        words += strspn(words, " \t\r\n");
    }
    return found;
}
