/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DIGEST_H
#define TRUSTFIX_DIGEST_H

/* SHA-256, SHA-1 where a format wants it, base64, and the start of OpenSSL, for the rooms that may
 * not include it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_LEN 32
#define DIGEST_SHA1_LEN 20
#define DIGEST_MD5_LEN 16

/*
 * Once, before all else: without OpenSSL's configuration file.  OPENSSL_CONF could name one that
 * loads code, and no setting of it may change what a reader is said to accept.  All names of
 * ciphers, of which an encrypted PEM file may give one, and the texts of all errors are there only
 * if a key is to be read: they take two fifths of OpenSSL's start.
 */
void ossl_start(bool reads_keys);

void digest_sha256(const void *bytes, size_t len, uint8_t out[static DIGEST_SHA256_LEN]);
/* The same piece by piece: begin, add, add, ..., end. */
struct digest {
	uint64_t room[14]; /* what OpenSSL's SHA256_CTX takes */
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t len);
void digest_end(struct digest *digest, uint8_t out[static DIGEST_SHA256_LEN]);

/* For the names of links alone. */
void digest_md5(const void *bytes, size_t len, uint8_t out[static DIGEST_MD5_LEN]);

/* Of `front` and the bytes, one behind the other. */
void digest_sha1(const void *front, size_t front_len, const void *bytes, size_t len,
	uint8_t out[static DIGEST_SHA1_LEN]);

/* RFC 4648 section 4 with padding and without line breaks, allocated; NULL: no memory. */
char *digest_base64(const uint8_t *bytes, size_t len);

#endif
