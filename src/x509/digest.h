/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DIGEST_H
#define TRUSTFIX_DIGEST_H

/* SHA-256, base64, and OpenSSL's initialization, for the rooms that may not include OpenSSL's
 * headers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_LEN 32

/*
 * Initialize OpenSSL; call it once, before anything else.  OpenSSL's configuration file is not
 * read: OPENSSL_CONF could name one that loads code, and its settings must not change what a reader
 * is said to accept.  The names of all ciphers, needed because an encrypted PEM file may name any
 * of them, and the texts of all errors are loaded only if a key will be read (`reads_keys`): they
 * take two fifths of OpenSSL's startup time.
 */
void ossl_start(bool reads_keys);

void digest_sha256(const void *bytes, size_t len, uint8_t out[static DIGEST_SHA256_LEN]);
/* The same in pieces: begin, add, add, ..., end. */
struct digest {
	uint64_t room[14]; /* the size of OpenSSL's SHA256_CTX */
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t len);
void digest_end(struct digest *digest, uint8_t out[static DIGEST_SHA256_LEN]);

/* RFC 4648 section 4 with padding and without line breaks, allocated; NULL: out of memory. */
char *digest_base64(const uint8_t *bytes, size_t len);

#endif
