/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/hello.h"

#include <openssl/obj_mac.h>
#include <openssl/ssl.h>
#include <string.h>

#define SHA2(key) key "+SHA256:" key "+SHA384:" key "+SHA512"
#define PSS "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512"
#define MODERN SHA2("ECDSA") ":ed25519:" PSS ":" SHA2("RSA")
#define SHA1 ":ECDSA+SHA1:RSA+SHA1"
#define SHA224 ":ECDSA+SHA224:RSA+SHA224"
#define CURVES "X25519:P-256:P-384"
#define AEAD "ECDHE+AESGCM:ECDHE+CHACHA20"
#define USUAL "ALL:!aNULL:!eNULL:!PSK:!SRP:!aDSS:!ARIA:!CAMELLIA:!SEED:!AESCCM8"
/* OpenSSL's security level 2; ssl.h, SSL_MAX_CERT_LIST_DEFAULT */
#define LEVEL_2                                                                     \
	.signatures = MODERN SHA224, .version_min = TLS1_2_VERSION, .dh_min = 2048, \
	.certs_max = 102400
#define OTHERS .version_min = TLS1_2_VERSION, .lacks_renegotiation = true

/* Measured by tests/truth with the real programs; the comments name the source code. */
const struct hello hellos[HELLOS] = {
	[HELLO_OPENSSL] = {"DEFAULT", LEVEL_2},
	/* Modules/_ssl.c, PY_SSL_DEFAULT_CIPHER_STRING; Debian's own builds use OpenSSL's. */
	[HELLO_PYTHON] = {"DEFAULT:!kRSA:!SHA1:!DHE+CHACHA20", LEVEL_2},
	/* src/node_constants.h, DEFAULT_CIPHER_LIST_CORE; level 2 from 24 on */
	[HELLO_NODE] = {"HIGH:!aNULL:!eNULL:!PSK:!SRP:!CAMELLIA:!AESCCM8", LEVEL_2},
	/* lib/priority.c, NORMAL; lib/gnutls_int.h, MAX_HANDSHAKE_PACKET_SIZE */
	[HELLO_GNUTLS] = {USUAL ":!SHA256:!SHA384", MODERN SHA1,
		CURVES ":P-521:X448:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192",
		.version_min = TLS1_VERSION, .lacks_renegotiation = true, .checks_usage = true,
		.dh_min = 1008, .certs_max = 129024},
	/* crypto/tls: cipher_suites.go, common.go (maxHandshake) */
	[HELLO_GO] = {AEAD ":ECDHE+AES+SHA1:kRSA+AESGCM:kRSA+AES+SHA1:!AESCCM", MODERN SHA1,
		CURVES ":P-521", OTHERS, .certs_max = 65536},
	/* Since 1.22 (tlsrsakex), and 1.25 (tlssha1). */
	[HELLO_GO_NEW] = {AEAD ":ECDHE+AES+SHA1:!AESCCM", MODERN, CURVES ":P-521", OTHERS,
		.certs_max = 65536},
	/* java.security, jdk.tls.disabledAlgorithms; jdk.tls.maxHandshakeMessageSize */
	[HELLO_JAVA] = {USUAL ":!AESCCM", MODERN SHA224 SHA1, NULL, OTHERS, .checks_usage = true,
		.dh_min = 1024, .certs_max = 32768},
	/* Since 24 (TLS_RSA_*), and 25 (usage HandshakeSignature). */
	[HELLO_JAVA_NEW] = {USUAL ":!AESCCM:!kRSA", MODERN SHA224, NULL, OTHERS,
		.checks_usage = true, .dh_min = 1024, .certs_max = 32768},
	/* rustls: crypto/aws_lc_rs, msgs/deframer (MAX_HANDSHAKE_SIZE) */
	[HELLO_WEBPKI] = {AEAD, MODERN, CURVES, OTHERS, .certs_max = 65535},
};

static bool is(const char *name, const char *text)
{
	return text && strcmp(text, name) == 0;
}

bool handshake_suits_all(const struct handshake *handshake)
{
	int cipher = handshake->cipher_nid;

	return handshake->version >= TLS1_2_VERSION &&
	       (cipher == NID_aes_128_gcm || cipher == NID_aes_256_gcm ||
		       cipher == NID_chacha20_poly1305) &&
	       (is("X25519", handshake->group) || is("prime256v1", handshake->group) ||
		       is("secp384r1", handshake->group)) &&
	       !is("SHA1", handshake->digest) && !is("SHA224", handshake->digest);
}

unsigned hello_flaws(const struct hello *hello, const struct handshake *handshake)
{
	const struct handshake *it = handshake;
	unsigned ret = 0;

	if (!it->version || !hello->ciphers)
		return 0;
	if (it->version < hello->version_min)
		ret |= FLAW_BIT(FLAW_VERSION);
	if (!it->renegotiates_safely && !hello->lacks_renegotiation)
		ret |= FLAW_BIT(FLAW_RENEGOTIATION);
	if (is("SHA1", it->digest) && !strstr(hello->signatures, "+SHA1"))
		ret |= FLAW_BIT(FLAW_SHA1);
	if (it->dh_bits && it->dh_bits < hello->dh_min)
		ret |= FLAW_BIT(FLAW_DH);
	if (it->misuses_key && hello->checks_usage)
		ret |= FLAW_BIT(FLAW_SUITE);
	if (it->certs_len > hello->certs_max)
		ret |= FLAW_BIT(FLAW_SIZE);
	return ret;
}
