/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MAKE_CERT_H
#define TRUSTFIX_MAKE_CERT_H

/*
 * Certificates made at test time.  Name what matters, the rest is a good one of its kind:
 *
 *     auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
 *     auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
 *
 * A failure ends the test program.
 */

#include <openssl/types.h>
#include <stdbool.h>
#include <time.h>

#include "src/base/cleanup.h"
#include "src/x509/certs.h"

struct made {
	struct cert *cert;
	EVP_PKEY *key;
};

/* Extensions are in OpenSSL's x509v3_config(5) words; NULL means the usual, "" means none. */
struct recipe {
	const char *cn; /* "Root"; the subject is "O = Trustfix Test, CN = cn" */
	int cn_type; /* V_ASN1_*; 0: UTF8String */
	const struct made *issuer; /* NULL: self-signed */
	const struct made *same_key; /* take its key: a renewal, a cross-signature */
	bool is_ca;
	int rsa_bits; /* 0: EC P-256 */
	const char *digest; /* "SHA256" */
	time_t not_before; /* 0: yesterday */
	time_t not_after; /* 0: 30 days from now */
	const char *basic_constraints; /* "critical,CA:TRUE" for a CA, else none */
	const char *key_usage; /* "critical,keyCertSign,cRLSign" for a CA, else digitalSignature */
	const char *ext_key_usage; /* none for a CA, else serverAuth */
	const char *alt_name; /* none for a CA, else "DNS:" and the cn */
	const char *name_constraints; /* none */
	bool no_key_ids; /* neither subjectKeyIdentifier nor authorityKeyIdentifier */
	bool no_authority_key_id;
	bool is_v1; /* version 1: no extensions at all */
};

struct made make_cert(const struct recipe *recipe);
void made_free(struct made *made);
CLEANUP_VALUE(made, made_free)
#define auto_made CLEANUP(made) struct made

/* A list that holds these, which end in NULL. */
struct certs make_certs(struct cert *first, ...) __attribute__((sentinel));

#endif
