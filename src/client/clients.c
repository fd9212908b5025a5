/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/clients.h"

#include <openssl/obj_mac.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/x509/hostname.h"
#include "src/client/chain_search.h"

#define BIT(rule) RULE_BIT(RULE_##rule)
#define KEY (BIT(KEY_SIZE) | BIT(KEY_KIND))
#define DATES RULES_OF_DATES

/* crypto/x509/x509.go, namedCurveFromOID() and the key algorithms. */
static const int go_keys[] = {
	NID_secp224r1, NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, NID_ED25519, 0};
/* parser.go, processExtensions() */
static const int go_extensions[] = {NID_subject_key_identifier, NID_authority_key_identifier,
	NID_certificate_policies, NID_crl_distribution_points, NID_info_access, 0};
/* lib/algorithms/ecc.c */
static const int gnutls_keys[] = {NID_X9_62_prime192v1, NID_secp224r1, NID_X9_62_prime256v1,
	NID_secp384r1, NID_secp521r1, NID_ED25519, NID_ED448, 0};
/* lib/x509/x509_ext.c, is_ext_oid_supported() */
static const int gnutls_extensions[] = {NID_subject_key_identifier, NID_authority_key_identifier,
	NID_certificate_policies, NID_inhibit_any_policy, NID_private_key_usage_period,
	NID_crl_distribution_points, NID_info_access, NID_tlsfeature, 0};
/* sun.security.util.CurveDB since JDK 16 */
static const int java_keys[] = {
	NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, NID_ED25519, NID_ED448, 0};
/* sun.security.provider.certpath.PolicyChecker and ConstraintsChecker */
static const int java_extensions[] = {NID_certificate_policies, NID_policy_mappings,
	NID_policy_constraints, NID_inhibit_any_policy, 0};
/* aws-lc-rs; ring lacks P-521 */
static const int webpki_keys[] = {
	NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, NID_ED25519, 0};
/* cert.rs, remember_cert_extension() */
static const int webpki_extensions[] = {NID_crl_distribution_points, 0};

/* How it makes handshakes; BY_PROXY: and it checks the certificate of an https:// proxy. */
#define HELLO(kind) .hello = HELLO_##kind
#define BY_PROXY(kind) .hello = HELLO_##kind, .checks_proxy = true
#define NEWER(kind, versions) .hello_new = HELLO_##kind##_NEW, .new_from = versions

/*
 * What OpenSSL requires of an anchor, without and with X509_V_FLAG_X509_STRICT.  Only lint.c uses
 * this.
 */
#define ANCHOR (BIT(SERVER) | BIT(NAMES) | KEY)
#define STRICT_ANCHOR (ANCHOR | BIT(BASIC_CRITICAL) | BIT(KEY_USAGE) | BIT(KEY_ID))
#define OPENSSL(rules_of_anchor)   \
	.anchor = rules_of_anchor, \
	.demands = {.rsa_bits = 2048, .purposes = XKU_SSL_SERVER | XKU_SGC}

/*
 * Every difference was observed in the real programs (tests/truth), on Debian 12 with OpenSSL 3.0,
 * curl 7.88, GnuTLS 3.7, Python 3.11 and 3.13, Ruby 3.1, Node 18 to 26, Go 1.19, Java 17 and
 * 25, Deno 2.9.  The comments name the source code that causes it.
 *
 * Security level 2, 112 bits, is that of Debian's OpenSSL, which curl, Python and Ruby use, and of
 * Node.js from 24 on, which bundles its own.
 */
const struct client_row clients[CLIENTS] = {
	[CLIENT_OPENSSL] = {.name = "openssl",
		.people = "OpenSSL",
		HELLO(OPENSSL),
		OPENSSL(ANCHOR)},
	/* Python 3.13, What's New, ssl: create_default_context() sets both flags. */
	[CLIENT_OPENSSL_STRICT] = {.name = "openssl-strict",
		.people = "Python 3.13 and later",
		BY_PROXY(PYTHON),
		.flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN,
		.host = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
		OPENSSL(STRICT_ANCHOR)},
	/*
	 * Since 7.68 lib/vtls/openssl.c sets PARTIAL_CHAIN if no CRL is in use;
	 * lib/vtls/hostcheck.c checks names.
	 */
	[CLIENT_CURL] = {.name = "curl",
		.file = PEM_QUIRK_CURL,
		.people = "curl",
		BY_PROXY(OPENSSL),
		.flags = X509_V_FLAG_PARTIAL_CHAIN,
		.own_host = true,
		.host = HOSTNAME_COMMON_NAME_ALONE | HOSTNAME_COMMON_NAME_IP | HOSTNAME_LAST_DOT,
		OPENSSL(ANCHOR)},
	/* Modules/_ssl.c: hostflags are NO_PARTIAL_WILDCARDS. */
	[CLIENT_PYTHON] = {.name = "python",
		.people = "Python up to 3.12",
		BY_PROXY(OPENSSL),
		.host = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
		OPENSSL(ANCHOR)},
	/* ext/openssl/lib/openssl/ssl.rb, verify_certificate_identity() */
	[CLIENT_RUBY] = {.name = "ruby",
		.people = "Ruby",
		HELLO(OPENSSL),
		.own_host = true,
		.host = HOSTNAME_COMMON_NAME_ALONE | HOSTNAME_COMMON_NAME_IP | HOSTNAME_IP_AS_DNS |
			HOSTNAME_WILD_TOP | HOSTNAME_WILD_WITHIN | HOSTNAME_LAST_DOT,
		OPENSSL(ANCHOR)},
	/* lib/tls.js, checkServerIdentity() */
	[CLIENT_NODE] = {.name = "node",
		.file = PEM_QUIRK_NODE,
		.people = "Node.js",
		BY_PROXY(NODE),
		.own_host = true,
		.host = HOSTNAME_COMMON_NAME | HOSTNAME_WILD_WITHIN | HOSTNAME_LAST_DOT,
		OPENSSL(ANCHOR)},
	/*
	 * lib/x509/verify.c, verify_crt(); lib/x509/hostname-verify.c checks names.  wget, git and
	 * apt do not check a purpose.  Key usage: lib/auth.c, check_key_usage_for_sig().
	 */
	[CLIENT_GNUTLS] = {.name = "gnutls",
		.file = PEM_QUIRK_GNUTLS,
		.people = "GnuTLS (wget, git, apt)",
		BY_PROXY(GNUTLS),
		.search = chain_search_gnutls,
		.sent_max = 16, /* DEFAULT_MAX_VERIFY_DEPTH */
		.own_host = true,
		.host = HOSTNAME_COMMON_NAME_ALONE | HOSTNAME_COMMON_NAME_SERVER |
			HOSTNAME_WILD_BEFORE,
		.names = DN_GNUTLS,
		.leaf = BIT(SOUND) | DATES | BIT(SIGN) | BIT(CRITICAL) | BIT(MD5) | BIT(SHA1) | KEY,
		.middle = BIT(SOUND) | DATES | BIT(CA) | BIT(CERT_SIGN) | BIT(PATHLEN) |
			  BIT(CRITICAL) | BIT(NAMES) | BIT(MD5) | BIT(SHA1) | KEY,
		.anchor = BIT(SOUND) | DATES | BIT(ANCHOR_CA) | BIT(CERT_SIGN) | BIT(PATHLEN) |
			  BIT(CRITICAL) | BIT(NAMES) | KEY,
		.alone = BIT(SOUND) | DATES | BIT(SIGN) | KEY,
		.demands = {1024, gnutls_keys, gnutls_extensions, NAMES_COMMON_NAME | NAMES_FEW,
			.old_cas = EXFLAG_V1 | EXFLAG_SI}},
	/*
	 * crypto/x509: isValid(), CheckSignatureFrom(), checkChainForKeyUsage(), VerifyHostname();
	 * no common names since 1.15, no MD5 or SHA-1 since 1.18, no negative serial numbers
	 * (parser.go) since 1.23.
	 */
	[CLIENT_GO] = {.name = "go",
		.file = PEM_QUIRK_GO,
		.people = "Go",
		BY_PROXY(GO),
		NEWER(GO, "Go from 1.25 on"),
		.search = chain_search_go,
		.own_host = true,
		.host = HOSTNAME_WILD_TOP,
		.names = DN_BYTES,
		.leaf = BIT(SOUND) | BIT(SERIAL) | DATES | BIT(SERVER) | BIT(CRITICAL) | BIT(MD5) |
			BIT(SHA1) | KEY | BIT(ASCII),
		.middle = BIT(SOUND) | BIT(SERIAL) | DATES | BIT(CA) | BIT(CERT_SIGN) |
			  BIT(PATHLEN) | BIT(SERVER) | BIT(CRITICAL) | BIT(NAME_TYPES) |
			  BIT(NAMES) | BIT(MD5) | BIT(SHA1) | KEY,
		.anchor = BIT(SOUND) | BIT(SERIAL) | DATES | BIT(ANCHOR_CA) | BIT(CERT_SIGN) |
			  BIT(PATHLEN) | BIT(SERVER) | BIT(CRITICAL) | BIT(NAME_TYPES) |
			  BIT(NAMES) | KEY,
		.alone = BIT(SOUND) | BIT(SERIAL) | DATES | BIT(SERVER) | BIT(CRITICAL) | KEY |
			 BIT(ASCII),
		.demands = {0, go_keys, go_extensions, 0, .purposes = XKU_SSL_SERVER | XKU_ANYEKU,
			.old_cas = EXFLAG_V1}},
	/*
	 * RFC 5280 6.1.1 (d): only the name and key of a trust anchor count, but
	 * sun.security.validator.PKIXValidator also checks that it is a CA.  EndEntityChecker
	 * checks the leaf, unless the leaf itself is trusted.  java.security,
	 * jdk.certpath.disabledAlgorithms: no MD5, RSA keys of at least 1024 bits, SHA-1
	 * disabled only under the JDK's own roots.  Names: sun.security.util.HostnameChecker.
	 */
	[CLIENT_JAVA] = {.name = "java",
		.file = PEM_QUIRK_KEYSTORE,
		.people = "Java",
		HELLO(JAVA),
		NEWER(JAVA, "Java from 25 on"),
		.search = chain_search_java,
		.sent_max = 10, /* jdk.tls.client.maxInboundCertificateChainLength */
		.cas_max = 5, /* PKIXBuilderParameters.getMaxPathLength() */
		.own_host = true,
		.host = HOSTNAME_COMMON_NAME | HOSTNAME_WILD_TOP | HOSTNAME_WILD_WITHIN |
			HOSTNAME_LDH_ONLY,
		.names = DN_JAVA,
		.leaf = BIT(SOUND) | DATES | BIT(SIGN) | BIT(SERVER) | BIT(CRITICAL) | BIT(MD5) |
			KEY | BIT(SUBJECT),
		.middle = BIT(SOUND) | DATES | BIT(CA) | BIT(CERT_SIGN) | BIT(PATHLEN) |
			  BIT(CRITICAL) | BIT(NAMES) | BIT(MD5) | KEY,
		.anchor = BIT(SOUND) | BIT(ANCHOR_CA) | BIT(CERT_SIGN) | KEY,
		.alone = BIT(SOUND) | BIT(SUBJECT),
		.demands = {1024, java_keys, java_extensions,
			NAMES_COMMON_NAME | NAMES_CAS | NAMES_WILDCARDS,
			.purposes = XKU_SSL_SERVER | XKU_ANYEKU | XKU_SGC, .old_cas = EXFLAG_V1,
			.skips_self_issued = true}},
	/*
	 * rustls-webpki 0.103: cert.rs, verify_cert.rs.  It keeps only the name, key and name
	 * constraints of an anchor (trust_anchor.rs).  RSA keys have at least 2048 bits.
	 */
	[CLIENT_WEBPKI] = {.name = "webpki",
		.file = PEM_QUIRK_WEBPKI,
		.people = "rustls (uv, Deno)",
		BY_PROXY(WEBPKI),
		.search = chain_search_webpki,
		.cas_max = 6, /* verify_cert.rs, MAX_SUB_CA_COUNT */
		.own_host = true,
		.names = DN_BYTES,
		.leaf = BIT(SOUND) | DATES | BIT(VERSION_3) | BIT(NO_CA) | BIT(SERVER) |
			BIT(CRITICAL) | BIT(MD5) | BIT(SHA1) | KEY,
		.middle = BIT(SOUND) | DATES | BIT(VERSION_3) | BIT(CA) | BIT(PATHLEN) |
			  BIT(SERVER) | BIT(CRITICAL) | BIT(NAMES) | BIT(MD5) | BIT(SHA1) | KEY,
		.anchor = BIT(SOUND) | BIT(NAMES) | KEY,
		.demands = {2048, webpki_keys, webpki_extensions, NAMES_CAS | NAMES_WILDCARDS,
			.purposes = XKU_SSL_SERVER}},
};

const char *client_name(enum client client)
{
	return clients[client].name;
}

unsigned client_set_files(client_set set)
{
	unsigned files = 0;

	for (enum client client = 0; client < CLIENTS; client++)
		if (set & CLIENT_BIT(client))
			files |= PEM_QUIRK_BIT(clients[client].file);
	return files;
}

int client_set_parse(const char *text, client_set *ret, struct fault *why)
{
	auto_buf known = buf_make(FAULT_TEXT_LEN);
	client_set set = 0;

	for (size_t i = 0; i < CLIENTS; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", clients[i].name);
	if (buf_check(&known, "list of readers", why) < 0)
		return -1;
	for (const char *at = text;; at++) {
		size_t len = strcspn(at, ",");
		size_t i = 0;

		while (i < CLIENTS &&
			(strlen(clients[i].name) != len || memcmp(clients[i].name, at, len) != 0))
			i++;
		if (i == CLIENTS)
			return fault_set(why, FAULT_USAGE,
				"unknown client '%.*s'; the clients are %s", (int)len, at,
				buf_text(&known));
		set |= CLIENT_BIT(i);
		at += len;
		if (!*at)
			break;
	}
	*ret = set;
	return 0;
}
