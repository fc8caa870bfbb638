#include "courier/transfer.h"

#include "base/alloc.h"
#include "base/address.h"
#include "courier/header.h"
#include "courier/memory.h"
#include "courier/webpush.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 10000L /* the name lookup included */
#define STALLED_S 15L     /* without a byte in either direction */

/* ---- is it a request that may be sent? ---- */

/* libcurl would take "https:///token" too, and ask the name server for it. */
static bool has_form(const char *text, const char *scheme)
{
    size_t length = strlen(scheme);

    return strncasecmp(text, scheme, length) == 0 && text[length] != '/';
}

static const char *check_url(struct transfer *transfer, const char *text)
{
    if (strlen(text) > REQUEST_URL_MAX)
        return "the URL is too long";
    if (!has_form(text, "https://") && !has_form(text, "http://"))
        return "the URL does not begin with https:// or http:// and a host";
    /* sent as it stands: a token may look like a path with dots */
    if (curl_url_set(transfer->url, CURLUPART_URL, text, CURLU_PATH_AS_IS) !=
        CURLUE_OK)
        return "the URL is not well-formed";
    return NULL;
}

static const char *check(struct transfer *transfer,
                         const struct request *request)
{
    const char *wrong = check_url(transfer, request->url);

    if (wrong)
        return wrong;
    if (strcmp(request->method, "PUT") != 0 &&
        strcmp(request->method, "POST") != 0)
        return "the method is neither PUT nor POST";
    if (strlen(request->body) > REQUEST_BODY_MAX)
        return "the body is too long";
    if (strlen(request->headers) > REQUEST_HEADERS_MAX)
        return "the headers are too long";
    wrong = header_add(&transfer->headers, request->headers);
    if (wrong || !*request->p256dh)
        return wrong;
    explicit_bzero(transfer->body, transfer->length); /* it was only the text */
    free(transfer->body);
    transfer->body = NULL;
    return webpush_write(request, transfer->url, &transfer->headers,
                         &transfer->body, &transfer->length);
}

/* ---- what libcurl is told ---- */

static bool may_reach(const struct transfer *transfer,
                      const struct curl_sockaddr *address)
{
    switch (transfer->reach) {
    case REACH_LOOPBACK:
        return address_is_loopback(&address->addr, address->addrlen);
    case REACH_PUBLIC:
        return address_is_public(&address->addr, address->addrlen);
    default:
        return true;
    }
}

/* The address itself is judged, after the name lookup and just before the
 * connection: no spelling of a name gets around that, and no name server. */
static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct transfer *transfer = context;

    (void)purpose;
    if (!may_reach(transfer, address)) {
        transfer->refused = true;
        return CURL_SOCKET_BAD;
    }
    transfer->opened = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/* Each option must be known to libcurl: one that does nothing would be found
 * out by a stranger, not by us. */
#define SET(option, value)                                                     \
    do {                                                                       \
        if (curl_easy_setopt(transfer->easy, option, value) != CURLE_OK)       \
            return -1;                                                         \
    } while (0)

static int set_request(struct transfer *transfer, const struct request *request)
{
    SET(CURLOPT_CURLU, transfer->url);
    SET(CURLOPT_CUSTOMREQUEST, request->method);
    /* POSTFIELDS and not UPLOAD, which would wait for a 100 Continue; the form
     * type comes with it */
    SET(CURLOPT_POSTFIELDS, transfer->body);
    SET(CURLOPT_POSTFIELDSIZE, (long)transfer->length);
    SET(CURLOPT_USERAGENT, "imappushd/" IMAPPUSHD_VERSION);
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_PRIVATE, transfer);
    /* "" is none; with null the environment would have a say in both */
    SET(CURLOPT_PROXY, request->proxy ? request->proxy : "");
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_ERRORBUFFER, transfer->error);
    SET(CURLOPT_HEADERFUNCTION, answer_header);
    SET(CURLOPT_HEADERDATA, &transfer->answer);
    SET(CURLOPT_WRITEFUNCTION, answer_body);
    SET(CURLOPT_WRITEDATA, &transfer->answer);
    return 0;
}

/* What surprises people about libcurl is switched off: other protocols,
 * redirects (a PUT would arrive empty), proxies of the environment, signals.
 * .netrc, cookies, HSTS and Alt-Svc are off unless asked for. */
static int set_habits(struct transfer *transfer)
{
    SET(CURLOPT_PROTOCOLS_STR, "https,http");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    /* a name lookup that hangs is left behind, not waited for */
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, STALLED_S);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_PIPEWAIT, 1L);
    SET(CURLOPT_MAXAGE_CONN, (long)TRANSFER_KEPT_S);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, transfer);
    if (transfer->reach != REACH_ANY) {
        /* a kept connection would not pass by open_socket() again */
        SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_FORBID_REUSE, 1L);
    }
    return 0;
}

/* libcurl as Debian builds it reads each file of /etc/ssl/certs: all anchors
 * three times, for every connection. Where the bundle exists, it does. */
static const char *system_anchors(void)
{
    static const char bundle[] = "/etc/ssl/certs/ca-certificates.crt";

    return access(bundle, R_OK) == 0 ? bundle : NULL;
}

static int set_tls(struct transfer *transfer, const char *ca_file)
{
    const char *anchors = *ca_file ? ca_file : system_anchors();

    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2); /* or newer */
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (anchors) {
        SET(CURLOPT_CAINFO, anchors);
        SET(CURLOPT_CAPATH, NULL); /* or the system's would count as well */
    }
    if (system_anchors()) {
        SET(CURLOPT_PROXY_CAINFO, system_anchors());
        SET(CURLOPT_PROXY_CAPATH, NULL);
    }
    return 0;
}

/* ---- */

struct transfer *transfer_create(const struct request *request,
                                 const char **refused)
{
    struct transfer *transfer = xcalloc(1, sizeof *transfer);

    transfer->id = request->id;
    transfer->easy = memory_needed(curl_easy_init());
    transfer->url = memory_needed(curl_url());
    /* libcurl asks for a 100 Continue only before large bodies; not at all */
    transfer->headers = memory_needed(curl_slist_append(NULL, "Expect:"));
    transfer->body = xstrdup(request->body);
    transfer->length = strlen(request->body);
    *refused = check(transfer, request);
    if (request->public_only)
        transfer->reach = REACH_PUBLIC;
    else if (!request->insecure_http && !has_form(request->url, "https://"))
        transfer->reach = REACH_LOOPBACK;
    if (!*refused &&
        (set_request(transfer, request) < 0 || set_habits(transfer) < 0 ||
         set_tls(transfer, request->ca_file) < 0))
        *refused = "libcurl does not know an option that is needed";
    if (*refused)
        transfer_destroy(&transfer);
    return transfer;
}

bool transfer_is_answered(const struct transfer *transfer)
{
    long status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    return transfer->answer.block_ended && status >= 200;
}

/* 0: it is no socket of the Internet, or not connected. */
static long port_of(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;

    if (name(fd, (struct sockaddr *)&address, &size) < 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

/* libcurl does not tell which socket it is while others use it as well, so it
 * is looked for by its ports. Should two be alike, both go: what is under way
 * there is sent again. */
void transfer_break_connection(const struct transfer *transfer)
{
    long here = 0, there = 0, descriptors = sysconf(_SC_OPEN_MAX);

    curl_easy_getinfo(transfer->easy, CURLINFO_LOCAL_PORT, &here);
    curl_easy_getinfo(transfer->easy, CURLINFO_PRIMARY_PORT, &there);
    for (int fd = 0; here > 0 && fd < descriptors; fd++) {
        if (port_of(fd, getsockname) == here &&
            port_of(fd, getpeername) == there)
            shutdown(fd, SHUT_RDWR);
    }
}

void transfer_destroy(struct transfer **transfer)
{
    if (!*transfer)
        return;
    curl_easy_cleanup((*transfer)->easy);
    curl_url_cleanup((*transfer)->url);
    curl_slist_free_all((*transfer)->headers);
    if ((*transfer)->body)
        explicit_bzero((*transfer)->body, (*transfer)->length);
    free((*transfer)->body);
    free(*transfer);
    *transfer = NULL;
}
