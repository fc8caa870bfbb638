/*
 * Which certificate authorities to believe for one chain.
 */
#ifndef IMAPPUSHD_SESSION_ANCHORS_H
#define IMAPPUSHD_SESSION_ANCHORS_H

#include "base/error.h"

#include <gnutls/x509.h>

/*
 * A trust list with those anchors of ca_file (null: of the system's bundle)
 * whose subject is an issuer named in the chain, or that equal a certificate
 * in it (a private authority, or a server's own certificate, pinned). The rest
 * of the bundle is read past, block by block. Free with
 * gnutls_x509_trust_list_deinit(list, 1). Null, with err, if ca_file cannot be
 * read; where the system has no bundle in a known place its own trust store
 * is loaded whole.
 */
gnutls_x509_trust_list_t anchors_for(const gnutls_x509_crt_t *chain,
                                     unsigned count, const char *ca_file,
                                     struct error *err);

#endif
