/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OSSL_H
#define TRUSTFIX_OSSL_H

/*
 * What all code that uses OpenSSL needs: scope tags for its types, and faults made from its error
 * queue.  Code outside x509, net, client, jks.c and p12*.c uses digest.h instead.
 */

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"
#include "src/x509/digest.h"

/*
 * FAULT_FORMAT, or FAULT_SYSTEM/ENOMEM if OpenSSL ran out of memory; appends the oldest reason in
 * OpenSSL's queue to the text and empties the queue.  Returns -1.
 */
int fault_ossl(struct fault *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * For a request that OpenSSL knows and that is well-formed, but that failed: either OpenSSL ran out
 * of memory, which it does not always report, or the system's policy disables the algorithm: then
 * FAULT_FORMAT, with `text`.
 */
int fault_ossl_lacks(struct fault *why, const char *text);

/* OpenSSL's text for an error code or, if it has none, the code written into `room`; NULL for 0. */
#define OSSL_REASON_LEN 32
const char *ossl_reason(unsigned long code, char room[static OSSL_REASON_LEN]);

/* The last attribute of that type in the name; NULL: it has none. */
const ASN1_STRING *ossl_last_attribute(const X509_NAME *name, int nid);

/* A name as s_client prints it, printable (text_printable()), allocated; "" if `name` is NULL.
 * NULL: out of memory. */
char *ossl_name_text(const X509_NAME *name);

#define OSSL_CLEANUP(type, free_fn)                  \
	static inline void cleanup_##type(type **at) \
	{                                            \
		free_fn(*at);                        \
	}

OSSL_CLEANUP(X509, X509_free)
OSSL_CLEANUP(X509_STORE, X509_STORE_free)
OSSL_CLEANUP(X509_STORE_CTX, X509_STORE_CTX_free)
OSSL_CLEANUP(X509_NAME, X509_NAME_free)
OSSL_CLEANUP(EVP_PKEY, EVP_PKEY_free)
OSSL_CLEANUP(BIO, BIO_free_all)
OSSL_CLEANUP(SSL, SSL_free)
OSSL_CLEANUP(SSL_CTX, SSL_CTX_free)

/* A stack that borrows its elements. */
static inline void cleanup_borrowed(STACK_OF(X509) * *at)
{
	sk_X509_free(*at);
}

#define auto_X509 CLEANUP(X509) X509 *
#define auto_X509_STORE CLEANUP(X509_STORE) X509_STORE *
#define auto_X509_STORE_CTX CLEANUP(X509_STORE_CTX) X509_STORE_CTX *
#define auto_X509_NAME CLEANUP(X509_NAME) X509_NAME *
#define auto_EVP_PKEY CLEANUP(EVP_PKEY) EVP_PKEY *
#define auto_BIO CLEANUP(BIO) BIO *
#define auto_SSL CLEANUP(SSL) SSL *
#define auto_SSL_CTX CLEANUP(SSL_CTX) SSL_CTX *
#define auto_borrowed CLEANUP(borrowed) STACK_OF(X509) *

#endif
