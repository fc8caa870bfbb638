#include "discover/mailaddress.h"

#include "base/alloc.h"
#include "base/text.h"
#include "config/host.h"

#include <ctype.h>
#include <idn2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_MAX 320 /* bytes; RFC 5321 §4.5.3.1 has 64 and 255 */

/* RFC 5322 §3.2.3, and what RFC 6531 adds to it */
static bool is_local_part(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789.!#$%&'*+-/=?^_`{|}~";

    for (const char *at = text; *at; at++) {
        if (!strchr(allowed, *at) && (unsigned char)*at < 0x80)
            return false;
    }
    return *text != '\0';
}

/* An IPv4 address is made of the characters of a name: the last label tells
 * them apart (RFC 3696 §2). */
static bool is_host_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return host_is_valid(name) && dot && isalpha((unsigned char)dot[1]) &&
           !strchr(name, ':');
}

char *mail_address_host(const char *name)
{
    char *ascii = NULL, *host = NULL;
    int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;

    if (*name == '\0' || strlen(name) > 4 * HOST_MAX ||
        idn2_to_ascii_8z(name, &ascii, flags) != IDN2_OK)
        return NULL;
    size_t length = strlen(ascii);

    if (length > 0 && ascii[length - 1] == '.') /* the root's */
        ascii[length - 1] = '\0';
    for (char *at = ascii; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (is_host_name(ascii))
        host = xstrdup(ascii);
    idn2_free(ascii);
    return host;
}

int mail_address_parse(struct mail_address *address, const char *text,
                       struct error *err)
{
    const char *at = strrchr(text, '@');

    *address = (struct mail_address){0};
    if (!at || strlen(text) > ADDRESS_MAX)
        return error_set(err, ERROR_PERSON, "address",
                         "is not an address: one looks like "
                         "alice@example.org");
    if (!text_is_utf8(text, strlen(text)))
        return error_set(err, ERROR_PERSON, "address", "is not UTF-8");
    address->text = xstrdup(text);
    address->local = xasprintf("%.*s", (int)(at - text), text);
    address->domain = xstrdup(at + 1);
    if (!is_local_part(address->local))
        return error_set(err, ERROR_PERSON, "address",
                         "is not an address: what stands before the @ cannot "
                         "be right");
    address->ascii = mail_address_host(address->domain);
    if (!address->ascii)
        return error_set(err, ERROR_PERSON, "address",
                         "is not an address: what stands after the @ is not "
                         "the name of a domain");
    return 0;
}

void mail_address_finish(struct mail_address *address)
{
    free(address->text);
    free(address->local);
    free(address->domain);
    free(address->ascii);
    *address = (struct mail_address){0};
}
