#include "credential/web.h"

#include "base/address.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/threads.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECT_MS 10000L
#define REQUEST_MS 20000L

/* ---- URLs ---- */

static bool is_http(const char *url)
{
    return strncmp(url, "http://", 7) == 0;
}

/* The part of a URL that curl knows; free it with curl_free(). */
static char *part_of(const char *url, CURLUPart part, unsigned flags)
{
    CURLU *parts = curl_url();
    char *text = NULL;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
        curl_url_get(parts, part, &text, flags);
    curl_url_cleanup(parts);
    return text;
}

static bool same_part(const char *a, const char *b, CURLUPart part)
{
    char *of_a = part_of(a, part, CURLU_DEFAULT_PORT);
    char *of_b = part_of(b, part, CURLU_DEFAULT_PORT);
    bool same = of_a && of_b && strcasecmp(of_a, of_b) == 0;

    curl_free(of_a);
    curl_free(of_b);
    return same;
}

bool web_same_origin(const char *a, const char *b)
{
    return same_part(a, b, CURLUPART_SCHEME) &&
           same_part(a, b, CURLUPART_HOST) && same_part(a, b, CURLUPART_PORT);
}

/* The form of loopback hosts is looked at here so that a mistake is told early;
 * the address itself is judged when it is connected to. */
static bool is_loopback_host(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "[::1]") == 0;
}

/* libcurl would take "https:///token" too, and ask the name server for it. */
static bool has_form(const char *url)
{
    const char *host = is_http(url)                       ? url + 7
                       : strncmp(url, "https://", 8) == 0 ? url + 8
                                                          : NULL;

    return host && *host != '/';
}

/* RFC 3986 §2: all else is written with "%". */
static bool has_odd_bytes(const char *url)
{
    for (; *url; url++) {
        if (*url <= ' ' || *url > '~' || strchr("\"<>\\^`{|}", *url))
            return true;
    }
    return false;
}

bool web_is_url(const char *url)
{
    if (strlen(url) > WEB_URL_MAX || !has_form(url) || has_odd_bytes(url))
        return false;
    char *host = part_of(url, CURLUPART_HOST, 0);
    char *user = part_of(url, CURLUPART_USER, 0);
    bool good = host && !user && (!is_http(url) || is_loopback_host(host));

    curl_free(host);
    curl_free(user);
    return good;
}

/* ---- forms ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c));
}

void web_form_add(struct buffer *form, const char *key, const char *value)
{
    if (form->length > 0)
        buffer_add_text(form, "&");
    buffer_printf(form, "%s=", key);
    for (; *value; value++) {
        if (is_plain(*value))
            buffer_add(form, value, 1);
        else
            buffer_printf(form, "%%%02X", (unsigned char)*value);
    }
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef", *at;

    if (c >= 'A' && c <= 'F')
        c = (char)(c - 'A' + 'a');
    at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

void web_form_decode(char *text)
{
    char *to = text;

    for (const char *at = text; *at; at++) {
        int high = *at == '%' ? digit(at[1]) : -1;
        int low = high >= 0 ? digit(at[2]) : -1;

        if (low >= 0 && high + low > 0) {
            *to++ = (char)(high * 16 + low);
            at += 2;
        } else {
            *to++ = (char)(*at == '+' ? ' ' : *at);
        }
    }
    *to = '\0';
}

/* ---- in the process that asks ---- */

struct inquiry {
    bool loopback_only;
    struct buffer body;
};

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    const struct inquiry *inquiry = context;

    (void)purpose;
    if (inquiry->loopback_only &&
        !address_is_loopback(&address->addr, address->addrlen))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct inquiry *inquiry = context;

    return buffer_add(&inquiry->body, data, size * count) < 0 ? 0
                                                              : size * count;
}

/* libcurl as Debian builds it reads each file of /etc/ssl/certs; where the
 * bundle exists, it does. */
static const char *anchors(void)
{
    static const char bundle[] = "/etc/ssl/certs/ca-certificates.crt";

    return access(bundle, R_OK) == 0 ? bundle : NULL;
}

/* Each option must be known to libcurl: one that does nothing would be found
 * out by a stranger, not by us. */
#define SET(option, value)                                                     \
    do {                                                                       \
        if (curl_easy_setopt(easy, option, value) != CURLE_OK)                 \
            return -1;                                                         \
    } while (0)

static int prepare(CURL *easy, const char *url, const struct buffer *form,
                   struct inquiry *inquiry)
{
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, inquiry->loopback_only ? "http" : "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, ""); /* null would be the environment's */
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    SET(CURLOPT_TIMEOUT_MS, REQUEST_MS);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2); /* or newer */
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_USERAGENT, "imappushd/" IMAPPUSHD_VERSION);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, inquiry);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, inquiry);
    if (anchors()) {
        SET(CURLOPT_CAINFO, anchors());
        SET(CURLOPT_CAPATH, NULL); /* or the system's would count as well */
    }
    if (form) {
        SET(CURLOPT_POSTFIELDS, form->data);
        SET(CURLOPT_POSTFIELDSIZE, (long)form->length);
    }
    return 0;
}

/* Writes "STATUS LF body", or "0 LF words" where there was no answer. */
static void tell(int fd, int status, const void *data, size_t length)
{
    dprintf(fd, "%d\n", status);
    while (length > 0) {
        ssize_t put = write(fd, data, length);

        if (put <= 0)
            return;
        data = (const char *)data + put;
        length -= (size_t)put;
    }
}

static void inquire(const char *url, const struct buffer *form, int fd)
{
    const struct sandbox sandbox = {
        .read_all = true, .unix_sockets = true, .threads_later = true};
    struct inquiry inquiry = {.loopback_only = is_http(url)};
    struct curl_slist *headers = NULL;
    CURL *easy = NULL;
    CURLcode result = CURLE_FAILED_INIT;
    long status = 0;

    buffer_init(&inquiry.body, WEB_ANSWER_MAX);
    threads_make_small();
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        easy = curl_easy_init();
    sandbox_stranger(&sandbox);
    headers = curl_slist_append(headers, "Accept: application/json");
    if (easy && headers && prepare(easy, url, form, &inquiry) == 0 &&
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK)
        result = curl_easy_perform(easy);
    if (result == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_WRITE_ERROR)
        tell(fd, 0, "the answer is too long", 22);
    else if (status == 0)
        tell(fd, 0, curl_easy_strerror(result),
             strlen(curl_easy_strerror(result)));
    else
        tell(fd, (int)status, inquiry.body.data, inquiry.body.length);
    _exit(EXIT_SUCCESS);
}

/* ---- in ours ---- */

static int read_all(int fd, struct buffer *text)
{
    for (;;) {
        char *room = buffer_room(text, 4096);
        ssize_t got = room ? read(fd, room, 4096) : -1;

        if (got < 0 && room && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : 0;
        text->length += (size_t)got;
        text->data[text->length] = '\0';
    }
}

static int fail(const char *url, const char *words, struct error *err)
{
    char *host = part_of(url, CURLUPART_HOST, 0);

    error_set(err, ERROR_LATER, "web", "%s: %s", host ? host : "no host",
              words);
    curl_free(host);
    return -1;
}

static int take_answer(const char *url, struct web_answer *answer,
                       struct error *err)
{
    struct buffer *body = &answer->body;
    char *end =
        body->length > 0 ? memchr(body->data, '\n', body->length) : NULL;

    if (!end)
        return fail(url, "the request ended without an answer", err);
    answer->status = atoi(body->data);
    buffer_drop(body, (size_t)(end + 1 - body->data));
    if (answer->status == 0)
        return fail(url, body->length > 0 ? body->data : "no answer", err);
    return 0;
}

int web_ask(const char *url, const struct buffer *form,
            struct web_answer *answer, struct error *err)
{
    int ends[2];
    pid_t parent = getpid();

    *answer = (struct web_answer){0};
    buffer_init(&answer->body, WEB_ANSWER_MAX + 4096);
    if (!web_is_url(url))
        return error_set(err, ERROR_PERSON, "web",
                         "this is not the URL of a server that may be asked: "
                         "it has to begin with https://");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(url, strerror(errno), err);
    pid_t child = fork();

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        /* not the way to our answer, nor a person's terminal */
        if (getppid() == parent && dup2(ends[1], STDOUT_FILENO) >= 0 &&
            close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
            inquire(url, form, STDOUT_FILENO);
        _exit(EXIT_FAILURE);
    }
    close(ends[1]);
    int result = child < 0 ? -1 : read_all(ends[0], &answer->body);

    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return result < 0 ? fail(url, "the request cannot be made", err)
                      : take_answer(url, answer, err);
}

void web_answer_finish(struct web_answer *answer)
{
    buffer_finish(&answer->body);
}
