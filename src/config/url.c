/*
 * A small check of our own: what is refused here was a mistake of a person or
 * would mean different things to different readers. libcurl, which does the
 * request, takes the URL apart again by itself.
 */
#include "config/url.h"

#include "base/alloc.h"
#include "base/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LABEL_DIGITS 6 /* of the id: enough to tell one's endpoints apart */

/* The words of the first trouble that shows in single characters. */
static const char *check_characters(const char *text)
{
    size_t length = strlen(text);

    if (length > REQUEST_URL_MAX)
        return "is longer than 16384 characters";
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == ' ' || c == '\t')
            return "has a blank in it";
        if (c < ' ' || c == 0x7f)
            return "has a control character in it";
        if (c > 0x7f)
            return "has a character in it that is not ASCII: it must be "
                   "written with %, in the host's name with xn--";
        if (c == '#')
            return "has a fragment (#), which is never sent";
    }
    return NULL;
}

static const char *check_port(const char *text, size_t length)
{
    static const char words[] = "has a port that is not from 1 to 65535";
    long port = 0;

    if (length == 0 || length > 5)
        return words;
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i]))
            return words;
        port = port * 10 + (text[i] - '0');
    }
    return port >= 1 && port <= 65535 ? NULL : words;
}

static const char *take_host(const char *text, size_t length, bool bracketed,
                             struct url *url)
{
    static const char words[] = "has no valid host";

    if (length == 0 || length > HOST_MAX)
        return words;
    for (size_t i = 0; i < length; i++)
        url->host[i] = (char)tolower((unsigned char)text[i]);
    url->host[length] = '\0';
    /* With colons it is an IPv6 address, and those stand in brackets. */
    if (bracketed != (strchr(url->host, ':') != NULL))
        return words;
    return host_is_valid(url->host) ? NULL : words;
}

/* Whatever stands between "//" and the path. */
static const char *take_authority(const char *text, size_t length,
                                  struct url *url)
{
    const char *end = text + length, *host = text, *host_end, *rest;
    bool bracketed = length > 0 && *text == '[';

    if (memchr(text, '@', length))
        return "holds a user name or a password";
    if (bracketed) {
        host++;
        host_end = memchr(host, ']', (size_t)(end - host));
        if (!host_end)
            return "has no valid host";
        rest = host_end + 1;
    } else {
        host_end = memchr(host, ':', length);
        if (!host_end)
            host_end = end;
        rest = host_end;
    }
    const char *words =
        take_host(host, (size_t)(host_end - host), bracketed, url);

    if (words || rest == end)
        return words;
    if (*rest != ':')
        return "has no valid host";
    return check_port(rest + 1, (size_t)(end - rest - 1));
}

const char *url_check_proxy(const char *text)
{
    static const char *const schemes[] = {"http://",   "https://",
                                          "socks4://", "socks4a://",
                                          "socks5://", "socks5h://"};
    const char *words = check_characters(text), *login;
    struct url url;

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !words; i++) {
        size_t length = strlen(schemes[i]);

        if (strncasecmp(text, schemes[i], length) != 0)
            continue;
        text += length;
        length = strcspn(text, "/?");
        if (text[length] && strcmp(text + length, "/") != 0)
            return "has a path, which a proxy has not";
        login = memrchr(text, '@', length);
        if (login) {
            length -= (size_t)(login + 1 - text);
            text = login + 1;
        }
        return take_authority(text, length, &url);
    }
    return words ? words
                 : "does not begin with http://, https://, socks5h://, "
                   "socks5://, socks4a:// or socks4://";
}

const char *url_check(const char *text, struct url *url)
{
    const char *words = check_characters(text);

    if (words)
        return words;
    if (strncasecmp(text, "https://", 8) == 0) {
        url->https = true;
        text += 8;
    } else if (strncasecmp(text, "http://", 7) == 0) {
        url->https = false;
        text += 7;
    } else {
        return "does not begin with https://";
    }
    return take_authority(text, strcspn(text, "/?"), url);
}

char *url_label(const struct url *url, const char *id)
{
    bool brackets = strchr(url->host, ':');

    return xasprintf("%s%s%s (%.*s)", brackets ? "[" : "", url->host,
                     brackets ? "]" : "", LABEL_DIGITS, id);
}
