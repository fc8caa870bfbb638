#include "session/tls.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "session/anchors.h"
#include "session/stream.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TLS 1.2 or newer. */
#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"

struct tls {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    struct stream *stream;
    const char *name;
    const char *ca_file;
    struct error *err; /* during the handshake: where verify() says why not */
};

/* Is the name an address? Then the certificate must hold that address. */
static bool is_address(const char *name, unsigned char *bytes, unsigned *size)
{
    if (inet_pton(AF_INET, name, bytes) == 1)
        *size = 4;
    else if (inet_pton(AF_INET6, name, bytes) == 1)
        *size = 16;
    else
        return false;
    return true;
}

/* "... ; what to do". */
static int refuse(struct tls *tls, unsigned status)
{
    const char *remedy = "ask who runs the server to renew its certificate";
    gnutls_datum_t words = {0};

    if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
        remedy = "set host, or tls_name, to a name that is in the certificate";
    else if (status & GNUTLS_CERT_NOT_ACTIVATED)
        remedy = "check the date and time of this machine";
    else if (status &
             (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
        remedy = "if the server is your own, set ca_file to its authority, or "
                 "to the certificate itself";
    else if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
        remedy = "the server needs a certificate with a stronger key";
    /* a box without a battery for its clock starts in the past */
    bool doubtful =
        !clock_is_synchronised() &&
        (status & (GNUTLS_CERT_NOT_ACTIVATED | GNUTLS_CERT_EXPIRED));

    gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509,
                                                 &words, 0);
    const char *said = words.data ? (const char *)words.data : "";
    int length = (int)strlen(said);

    while (length > 0 && strchr(". ", said[length - 1]))
        length--;
    error_set(tls->err, doubtful ? ERROR_LATER : ERROR_PERSON, "certificate",
              "the certificate is not accepted for %s: %.*s; %s", tls->name,
              length, said, remedy);
    gnutls_free(words.data);
    return GNUTLS_E_CERTIFICATE_ERROR;
}

#define CHAIN_MAX 16

static int verify_chain(struct tls *tls, gnutls_x509_crt_t *chain,
                        unsigned count)
{
    unsigned char address[16];
    unsigned address_size, status = GNUTLS_CERT_INVALID;
    gnutls_x509_trust_list_t anchors;
    gnutls_typed_vdata_st wanted[2] = {
        {.type = GNUTLS_DT_DNS_HOSTNAME},
        {.type = GNUTLS_DT_KEY_PURPOSE_OID},
    };
    union {
        const char *text;
        unsigned char *bytes;
    } name = {tls->name}, purpose = {GNUTLS_KP_TLS_WWW_SERVER};

    if (is_address(tls->name, address, &address_size)) {
        wanted[0].type = GNUTLS_DT_IP_ADDRESS;
        wanted[0].data = address;
        wanted[0].size = address_size;
    } else {
        wanted[0].data = name.bytes;
    }
    wanted[1].data = purpose.bytes;
    anchors = anchors_for(chain, count, tls->ca_file, tls->err);
    if (!anchors)
        return GNUTLS_E_CERTIFICATE_ERROR;
    int result = gnutls_x509_trust_list_verify_crt2(
        anchors, chain, count, wanted, 2,
        GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM), &status, NULL);

    gnutls_x509_trust_list_deinit(anchors, 1);
    if (result < 0) {
        error_set(tls->err, ERROR_LATER, "tls", "checking the certificate: %s",
                  gnutls_strerror(result));
        return result;
    }
    return status == 0 ? 0 : refuse(tls, status);
}

/* Called by GnuTLS when the server's certificates are there. */
static int verify(gnutls_session_t session)
{
    struct tls *tls = gnutls_session_get_ptr(session);
    gnutls_x509_crt_t chain[CHAIN_MAX];
    unsigned count = 0, got = 0;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &count);
    int result = GNUTLS_E_NO_CERTIFICATE_FOUND;

    for (; got < count && got < CHAIN_MAX; got++) {
        gnutls_x509_crt_init(&chain[got]);
        result =
            gnutls_x509_crt_import(chain[got], &list[got], GNUTLS_X509_FMT_DER);
        if (result < 0) {
            gnutls_x509_crt_deinit(chain[got]);
            break;
        }
    }
    if (result >= 0)
        result = verify_chain(tls, chain, got);
    else
        error_set(tls->err, ERROR_LATER, "tls", "the certificate: %s",
                  gnutls_strerror(result));
    for (unsigned i = 0; i < got; i++)
        gnutls_x509_crt_deinit(chain[i]);
    return result;
}

/* Waits for what GnuTLS waits for. */
static int wait_direction(struct tls *tls, struct error *err)
{
    bool writing = gnutls_record_get_direction(tls->session) == 1;

    return stream_poll(tls->stream, writing ? POLLOUT : POLLIN, err);
}

static int handshake(struct tls *tls, struct error *err)
{
    int result;

    while ((result = gnutls_handshake(tls->session)) < 0) {
        if (result == GNUTLS_E_AGAIN) {
            if (wait_direction(tls, err) < 0)
                return -1;
        } else if (gnutls_error_is_fatal(result)) {
            break;
        }
    }
    if (result >= 0)
        return 0;
    if (err->code[0]) /* verify() has said it better */
        return -1;
    if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return error_set(
            err, ERROR_LATER, "tls",
            "the server refused TLS: %s (its protocol, or the key of "
            "its certificate, may be too weak)",
            gnutls_alert_get_name(gnutls_alert_get(tls->session)));
    return error_set(err, ERROR_LATER, "tls",
                     "TLS did not come about: %s (is this a TLS port?)",
                     gnutls_strerror(result));
}

static int prepare(struct tls *tls)
{
    unsigned char address[16];
    unsigned size;
    int result = gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
                                                GNUTLS_NO_SIGNAL);

    if (result < 0)
        return result;
    result = gnutls_priority_set_direct(tls->session, PRIORITY, NULL);
    if (result >= 0)
        result = gnutls_certificate_allocate_credentials(&tls->credentials);
    if (result >= 0)
        result = gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE,
                                        tls->credentials);
    if (result >= 0 && !is_address(tls->name, address, &size))
        result = gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS,
                                        tls->name, strlen(tls->name));
    gnutls_session_set_ptr(tls->session, tls);
    gnutls_session_set_verify_function(tls->session, verify);
    gnutls_transport_set_int(tls->session, tls->stream->fd);
    return result;
}

struct tls *tls_create(struct stream *stream, const char *name,
                       const char *ca_file, struct error *err)
{
    struct tls *tls = xcalloc(1, sizeof *tls);

    *tls = (struct tls){
        .stream = stream, .name = name, .ca_file = ca_file, .err = err};
    err->code[0] = '\0';
    int result = prepare(tls);

    if (result < 0)
        error_set(err, ERROR_LATER, "tls", "%s", gnutls_strerror(result));
    if (result < 0 || handshake(tls, err) < 0)
        tls_destroy(&tls);
    else
        tls->err = NULL;
    return tls;
}

/* What a certificate says, and only what can be shown. */
static void describe_certificate(gnutls_x509_crt_t certificate, char *text,
                                 size_t size)
{
    char issuer[200] = "", until[32] = "?";
    size_t room = sizeof issuer;
    time_t end = gnutls_x509_crt_get_expiration_time(certificate);
    struct tm utc;

    if (gnutls_x509_crt_get_issuer_dn_by_oid(
            certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, issuer, &room) < 0)
        snprintf(issuer, sizeof issuer, "an issuer without a name");
    if (gmtime_r(&end, &utc))
        strftime(until, sizeof until, "%Y-%m-%d", &utc);
    snprintf(text, size, "from %s, until %s", issuer, until);
    text_sanitise(text);
}

void tls_describe(const struct tls *tls, char *text, size_t size)
{
    gnutls_protocol_t version = gnutls_protocol_get_version(tls->session);
    unsigned count = 0;
    const gnutls_datum_t *list =
        gnutls_certificate_get_peers(tls->session, &count);
    gnutls_x509_crt_t certificate;
    char words[300] = "?";

    if (count > 0 && gnutls_x509_crt_init(&certificate) >= 0) {
        if (gnutls_x509_crt_import(certificate, list, GNUTLS_X509_FMT_DER) >= 0)
            describe_certificate(certificate, words, sizeof words);
        gnutls_x509_crt_deinit(certificate);
    }
    snprintf(text, size, "%s; certificate for %s %s",
             gnutls_protocol_get_name(version), tls->name, words);
}

void tls_destroy(struct tls **tls)
{
    if (*tls) {
        if (!(*tls)->err) /* the handshake was completed */
            gnutls_bye((*tls)->session, GNUTLS_SHUT_WR);
        if ((*tls)->session)
            gnutls_deinit((*tls)->session);
        if ((*tls)->credentials)
            gnutls_certificate_free_credentials((*tls)->credentials);
        free(*tls);
    }
    *tls = NULL;
}

static int lost(ssize_t result, struct error *err)
{
    if (result == GNUTLS_E_REHANDSHAKE)
        return error_set(err, ERROR_LATER, "tls",
                         "the server wants to negotiate TLS anew");
    if (result == GNUTLS_E_PREMATURE_TERMINATION)
        return error_set(err, ERROR_LATER, "closed",
                         "the server closed the connection");
    return error_set(err, ERROR_LATER, "connection", "connection lost: %s",
                     gnutls_strerror((int)result));
}

int tls_send(struct tls *tls, const void *data, size_t length,
             struct error *err)
{
    const char *at = data;

    while (length > 0) {
        ssize_t sent = gnutls_record_send(tls->session, at, length);

        if (sent > 0) {
            at += sent;
            length -= (size_t)sent;
        } else if (sent == GNUTLS_E_AGAIN) {
            if (wait_direction(tls, err) < 0)
                return -1;
        } else if (gnutls_error_is_fatal((int)sent)) {
            return lost(sent, err);
        }
    }
    return 0;
}

ssize_t tls_receive(struct tls *tls, void *data, size_t size, struct error *err)
{
    ssize_t got = gnutls_record_recv(tls->session, data, size);

    if (got >= 0)
        return got;
    if (got == GNUTLS_E_REHANDSHAKE || gnutls_error_is_fatal((int)got))
        return lost(got, err);
    return TLS_NOTHING_YET;
}

bool tls_has_bytes(const struct tls *tls)
{
    return gnutls_record_check_pending(tls->session) > 0;
}
