/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HELLO_H
#define TRUSTFIX_HELLO_H

/*
 * Which TLS handshakes the clients refuse, whatever CAs they trust: one row per way of making one.
 * clients.c says which client makes which.
 *
 * Most handshakes suit every client (handshake_suits_all()).  For the others, src/net/probe.c makes
 * one more handshake per row, with what that row offers: a server that picks something weak from a
 * long offer may pick something better from a short one.
 */

#include <stdbool.h>
#include <stddef.h>

/* What was negotiated.  All zero: there was no handshake, and no client has anything against it. */
struct handshake {
	int version; /* TLS1_2_VERSION */
	const char *cipher; /* the suite, static */
	int cipher_nid;
	const char *group; /* of the key exchange, "X25519"; NULL: RSA, or DH before TLS 1.3 */
	const char *digest; /* of the peer's signature, "SHA256"; NULL: none, or Ed25519 */
	unsigned dh_bits; /* of a finite-field Diffie-Hellman key; 0: there was none */
	bool renegotiates_safely; /* TLS 1.3, or RFC 5746 */
	bool misuses_key; /* RSA key exchange, and its keyUsage lacks keyEncipherment */
	size_t certs_len; /* the Certificate message, in bytes */
};

/* What a client has against a handshake. */
enum flaw {
	FLAW_VERSION,
	FLAW_RENEGOTIATION,
	FLAW_SHA1,
	FLAW_DH,
	FLAW_SIZE,
	FLAW_SUITE, /* it fails, and none of the above is why */
	FLAWS
};
#define FLAW_BIT(flaw) (1u << (flaw))

enum hello_kind {
	HELLO_NONE, /* the client does not differ */
	HELLO_OPENSSL,
	HELLO_PYTHON,
	HELLO_NODE,
	HELLO_GNUTLS,
	HELLO_GO,
	HELLO_GO_NEW,
	HELLO_JAVA,
	HELLO_JAVA_NEW,
	HELLO_WEBPKI,
	HELLOS
};

struct hello {
	/* What it offers, in the words of OpenSSL. */
	const char *ciphers; /* before TLS 1.3; NULL: HELLO_NONE */
	const char *signatures;
	const char *groups; /* NULL: OpenSSL's own */
	int version_min;
	/* What it accepts. */
	bool lacks_renegotiation; /* servers without RFC 5746 */
	bool checks_usage; /* only keys that are not misused */
	unsigned dh_min; /* bits */
	size_t certs_max; /* bytes of the Certificate message */
};

extern const struct hello hellos[HELLOS];

/* Would every client make this handshake, or one like it? */
bool handshake_suits_all(const struct handshake *handshake);

/* What the client has against this handshake, as FLAW_BIT()s. */
unsigned hello_flaws(const struct hello *hello, const struct handshake *handshake);

#endif
