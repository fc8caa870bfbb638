/*
 * Who may answer: certificates good and bad, and what follows for connections
 * that are kept. The authorities and the server's certificates are made here.
 */
#include "courier_rig.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#define DAY (24 * 3600)

struct identity {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

static struct identity authority, stranger; /* only the first is trusted */
static char trusted[64], foreign[64];       /* files of trust anchors */
static struct rig rig;

/* ---- certificates ---- */

static struct identity make_identity(const char *name, time_t from,
                                     time_t until)
{
    struct identity new;
    static unsigned char serial;

    serial++;
    gnutls_x509_privkey_init(&new.key);
    assert_int_equal(gnutls_x509_privkey_generate(
                         new.key, GNUTLS_PK_ECDSA,
                         GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    gnutls_x509_crt_init(&new.certificate);
    gnutls_x509_crt_set_version(new.certificate, 3);
    gnutls_x509_crt_set_serial(new.certificate, &serial, sizeof serial);
    gnutls_x509_crt_set_activation_time(new.certificate, from);
    gnutls_x509_crt_set_expiration_time(new.certificate, until);
    gnutls_x509_crt_set_key(new.certificate, new.key);
    gnutls_x509_crt_set_dn_by_oid(new.certificate, GNUTLS_OID_X520_COMMON_NAME,
                                  0, name, (unsigned)strlen(name));
    return new;
}

static void forget(struct identity *identity)
{
    gnutls_x509_crt_deinit(identity->certificate);
    gnutls_x509_privkey_deinit(identity->key);
}

static struct identity make_authority(const char *name)
{
    time_t now = time(NULL);
    struct identity new = make_identity(name, now - DAY, now + DAY);

    gnutls_x509_crt_set_basic_constraints(new.certificate, 1, -1);
    gnutls_x509_crt_set_key_usage(new.certificate, GNUTLS_KEY_KEY_CERT_SIGN);
    assert_int_equal(gnutls_x509_crt_sign2(new.certificate, new.certificate,
                                           new.key, GNUTLS_DIG_SHA256, 0),
                     0);
    return new;
}

static struct identity make_server(const struct identity *signer,
                                   const char *dns_name, time_t until)
{
    static const unsigned char loopback[] = {127, 0, 0, 1};
    struct identity new = make_identity("server", until - 3 * DAY, until);

    if (dns_name)
        gnutls_x509_crt_set_subject_alt_name(
            new.certificate, GNUTLS_SAN_DNSNAME, dns_name,
            (unsigned)strlen(dns_name), GNUTLS_FSAN_SET);
    else
        gnutls_x509_crt_set_subject_alt_name(new.certificate,
                                             GNUTLS_SAN_IPADDRESS, loopback,
                                             sizeof loopback, GNUTLS_FSAN_SET);
    assert_int_equal(gnutls_x509_crt_sign2(new.certificate, signer->certificate,
                                           signer->key, GNUTLS_DIG_SHA256, 0),
                     0);
    return new;
}

static void put_anchors(char path[64], const struct identity *identity)
{
    gnutls_datum_t pem;

    snprintf(path, 64, "/tmp/imappushd-anchors-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(gnutls_x509_crt_export2(identity->certificate,
                                             GNUTLS_X509_FMT_PEM, &pem),
                     0);
    assert_int_equal(write(fd, pem.data, pem.size), pem.size);
    gnutls_free(pem.data);
    close(fd);
}

/* ---- the server ---- */

struct tls_script {
    struct identity identity;
    const char *versions; /* "+VERS-ALL" or one */
    const char *answer;
};

static bool read_tls_request(gnutls_session_t tls, struct seen *seen)
{
    char request[4096] = "";
    size_t length = 0;

    while (!is_whole(request)) {
        ssize_t got = gnutls_record_recv(tls, request + length,
                                         sizeof request - 1 - length);

        if (got <= 0)
            return false;
        length += (size_t)got;
        request[length] = '\0';
    }
    __atomic_add_fetch(&seen->requests, 1, __ATOMIC_SEQ_CST);
    return true;
}

static void talk_tls(int fd, struct seen *seen, const void *context)
{
    const struct tls_script *script = context;
    gnutls_certificate_credentials_t credentials;
    gnutls_x509_crt_t chain[] = {script->identity.certificate};
    gnutls_session_t tls;
    char priority[100];

    snprintf(priority, sizeof priority, "NORMAL:-VERS-ALL:%s",
             script->versions);
    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_certificate_set_x509_key(credentials, chain, 1,
                                    script->identity.key);
    gnutls_init(&tls, GNUTLS_SERVER);
    gnutls_priority_set_direct(tls, priority, NULL);
    gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(tls, fd);
    if (gnutls_handshake(tls) == 0) {
        while (read_tls_request(tls, seen))
            gnutls_record_send(tls, script->answer, strlen(script->answer));
    }
    gnutls_deinit(tls);
    gnutls_certificate_free_credentials(credentials);
}

#define DATED                                                                  \
    "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\n"               \
    "Content-Length: 0\r\n\r\n"
#define DATE_S 1795514400

/* One request to such a server; it must not get to see it unless trusted. */
static struct outcome asked(const struct tls_script *script,
                            const char *ca_file)
{
    struct server server;

    server_start(&server, talk_tls, script);
    struct outcome outcome = rig_send(
        &rig, (struct request){.url = url_of(&server, "https", "127.0.0.1"),
                               .ca_file = ca_file});

    assert_int_equal(server.seen->requests, outcome.kind == OUTCOME_ANSWER);
    server_stop(&server);
    return outcome;
}

static struct tls_script script_of(struct identity identity)
{
    return (struct tls_script){identity, "+VERS-ALL", DATED};
}

/* ---- tests ---- */

static void trusted_server_is_believed(void **state)
{
    struct identity server = make_server(&authority, NULL, time(NULL) + DAY);
    struct tls_script script = script_of(server);

    (void)state;
    struct outcome outcome = asked(&script, trusted);

    assert_int_equal(outcome.status, 200);
    assert_int_equal(outcome.date_s, DATE_S);
    script.versions = "+VERS-TLS1.2";
    assert_int_equal(asked(&script, trusted).status, 200);
    forget(&server);
}

static void nonsense_in_date_is_no_date(void **state)
{
    struct identity server = make_server(&authority, NULL, time(NULL) + DAY);
    struct tls_script script = script_of(server);

    (void)state;
    script.answer = "HTTP/1.1 200 OK\r\nDate: yesterday\r\n"
                    "Content-Length: 0\r\n\r\n";
    assert_int_equal(asked(&script, trusted).date_s, 0);
    script.answer = "HTTP/1.1 103 Early\r\n"
                    "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(asked(&script, trusted).date_s, 0);
    forget(&server);
}

static void wrong_certificate_is_told_apart(void **state)
{
    time_t now = time(NULL);
    struct identity unknown = make_server(&stranger, NULL, now + DAY);
    struct identity other_name =
        make_server(&authority, "push.example", now + DAY);
    struct identity expired = make_server(&authority, NULL, now - DAY);
    struct tls_script scripts[] = {script_of(unknown), script_of(other_name),
                                   script_of(expired)};

    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct outcome outcome = asked(&scripts[i], trusted);

        assert_int_equal(outcome.kind, OUTCOME_CERTIFICATE);
        assert_int_equal(outcome.date_s, 0);
        assert_true(*outcome.text);
    }
    forget(&unknown);
    forget(&other_name);
    forget(&expired);
}

static void own_anchors_replace_the_systems(void **state)
{
    struct identity server = make_server(&authority, NULL, time(NULL) + DAY);
    struct tls_script script = script_of(server);

    (void)state;
    assert_int_equal(asked(&script, NULL).kind, OUTCOME_CERTIFICATE);
    assert_int_equal(asked(&script, foreign).kind, OUTCOME_CERTIFICATE);
    assert_int_equal(asked(&script, "/nonexistent.pem").kind,
                     OUTCOME_CERTIFICATE);
    forget(&server);
}

/* A connection that one file of anchors allows is not kept for another. */
static void kept_connection_is_not_shared_across_anchors(void **state)
{
    struct identity identity = make_server(&authority, NULL, time(NULL) + DAY);
    struct tls_script script = script_of(identity);
    struct server server;

    (void)state;
    server_start(&server, talk_tls, &script);
    struct request request = {.url = url_of(&server, "https", "127.0.0.1"),
                              .ca_file = trusted};

    assert_int_equal(rig_send(&rig, request).status, 200);
    assert_int_equal(rig_send(&rig, request).status, 200);
    assert_int_equal(server.seen->connections, 1);
    request.ca_file = foreign;
    assert_int_equal(rig_send(&rig, request).kind, OUTCOME_CERTIFICATE);
    assert_int_equal(server.seen->connections, 2);
    assert_int_equal(server.seen->requests, 2);
    forget(&identity);
    server_stop(&server);
}

static void old_tls_is_not_spoken(void **state)
{
    struct identity server = make_server(&authority, NULL, time(NULL) + DAY);
    struct tls_script script = script_of(server);

    (void)state;
    script.versions = "+VERS-TLS1.1:+VERS-TLS1.0";
    assert_int_equal(asked(&script, trusted).kind, OUTCOME_UNREACHABLE);
    forget(&server);
}

static int start(void **state)
{
    (void)state;
    authority = make_authority("trusted authority");
    stranger = make_authority("another authority");
    put_anchors(trusted, &authority);
    put_anchors(foreign, &stranger);
    rig_start(&rig, &patient);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    forget(&authority);
    forget(&stranger);
    unlink(trusted);
    unlink(foreign);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trusted_server_is_believed),
        cmocka_unit_test(nonsense_in_date_is_no_date),
        cmocka_unit_test(wrong_certificate_is_told_apart),
        cmocka_unit_test(own_anchors_replace_the_systems),
        cmocka_unit_test(kept_connection_is_not_shared_across_anchors),
        cmocka_unit_test(old_tls_is_not_spoken),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
