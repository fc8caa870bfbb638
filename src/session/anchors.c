#include "session/anchors.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Alpine */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
    "/etc/ssl/cert.pem",
};

/* One PEM block; a longer one is not a certificate that we would believe. */
#define BLOCK_MAX 65536

/* Reads the next CERTIFICATE block into block; false at the end. */
static bool next_block(FILE *file, char *block)
{
    size_t length = 0;
    bool inside = false;
    char *line = NULL;
    size_t size = 0;
    ssize_t got;
    bool found = false;

    while (!found && (got = getline(&line, &size, file)) > 0) {
        if (strncmp(line, "-----BEGIN ", 11) == 0) {
            inside = strstr(line, "CERTIFICATE") != NULL;
            length = 0;
        }
        if (!inside || length + (size_t)got >= BLOCK_MAX)
            continue;
        memcpy(block + length, line, (size_t)got + 1);
        length += (size_t)got;
        found = strncmp(line, "-----END ", 9) == 0;
    }
    free(line);
    return found;
}

static bool same(const gnutls_datum_t *a, const gnutls_datum_t *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static bool asked_for(gnutls_x509_crt_t anchor, const gnutls_x509_crt_t *chain,
                      unsigned count)
{
    gnutls_datum_t subject, issuer;
    bool found = false;

    if (gnutls_x509_crt_get_raw_dn(anchor, &subject) < 0)
        return false;
    for (unsigned i = 0; i < count && !found; i++) {
        if (gnutls_x509_crt_get_raw_issuer_dn(chain[i], &issuer) < 0)
            continue;
        found =
            same(&subject, &issuer) || gnutls_x509_crt_equals(anchor, chain[i]);
        gnutls_free(issuer.data);
    }
    gnutls_free(subject.data);
    return found;
}

static void add_block(gnutls_x509_trust_list_t list, char *block,
                      const gnutls_x509_crt_t *chain, unsigned count)
{
    gnutls_datum_t pem = {.data = (unsigned char *)block,
                          .size = (unsigned)strlen(block)};
    gnutls_x509_crt_t anchor;

    if (gnutls_x509_crt_init(&anchor) < 0)
        return;
    if (gnutls_x509_crt_import(anchor, &pem, GNUTLS_X509_FMT_PEM) >= 0 &&
        asked_for(anchor, chain, count) &&
        gnutls_x509_trust_list_add_cas(list, &anchor, 1, 0) == 1)
        return; /* the list owns it now */
    gnutls_x509_crt_deinit(anchor);
}

static int add_file(gnutls_x509_trust_list_t list, const char *path,
                    const gnutls_x509_crt_t *chain, unsigned count)
{
    FILE *file = fopen(path, "re");
    char *block = file ? malloc(BLOCK_MAX) : NULL;

    if (!block) {
        if (file)
            fclose(file);
        return -1;
    }
    while (next_block(file, block))
        add_block(list, block, chain, count);
    free(block);
    fclose(file);
    return 0;
}

gnutls_x509_trust_list_t anchors_for(const gnutls_x509_crt_t *chain,
                                     unsigned count, const char *ca_file,
                                     struct error *err)
{
    gnutls_x509_trust_list_t list;

    if (gnutls_x509_trust_list_init(&list, 0) < 0)
        return NULL;
    if (ca_file) {
        if (add_file(list, ca_file, chain, count) == 0)
            return list;
        error_set(err, ERROR_PERSON, "ca-file", "ca_file %s: %s", ca_file,
                  strerror(errno));
        gnutls_x509_trust_list_deinit(list, 1);
        return NULL;
    }
    for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++) {
        if (add_file(list, bundles[i], chain, count) == 0)
            return list;
    }
    gnutls_x509_trust_list_add_system_trust(list, 0, 0);
    return list;
}
