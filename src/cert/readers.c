/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cert/readers.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "src/base/buf.h"

/*
 * Every difference was seen with the real programs on Debian 12, unless a source is named;
 * tests/unit/test_judge.c has the table of what they did.
 *
 * Security levels: Debian's OpenSSL is built with level 2, which curl, Python and Ruby use; Node
 * brings its own OpenSSL with level 1.  GnuTLS's NORMAL and Go have no such levels, but refuse
 * SHA-1 signatures and accept RSA 1024, as level 1 does.
 *
 * The common name of a leaf without DNS names counts everywhere but in Go (since 1.15: crypto/x509,
 * Certificate.VerifyHostname); partial wildcards (f*.test) only with OpenSSL's own default.
 */
const struct reader_row readers[READERS] = {
	[READER_OPENSSL] = {.name = "openssl", .level = 2},
	/* Python 3.13, What's New, ssl: create_default_context() sets both flags. */
	[READER_OPENSSL_STRICT] = {.name = "openssl-strict",
		.flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN,
		.level = 2,
		.host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
	/* Since 7.68: lib/vtls/openssl.c sets PARTIAL_CHAIN when no CRL is in use. */
	[READER_CURL] = {.name = "curl",
		.flags = X509_V_FLAG_PARTIAL_CHAIN,
		.level = 2,
		.host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
	/* Modules/_ssl.c: hostflags are NO_PARTIAL_WILDCARDS. */
	[READER_PYTHON] = {.name = "python",
		.level = 2,
		.host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
	[READER_RUBY] = {.name = "ruby", .level = 2},
	[READER_NODE] = {.name = "node", .level = 1},
	/* lib/x509/verify-high.c shortens the sent chain at its top only, and compares raw names.
	 */
	[READER_GNUTLS] = {.name = "gnutls",
		.flags = X509_V_FLAG_PARTIAL_CHAIN,
		.level = 1,
		.anchor = ANCHOR_TOP_ONLY | ANCHOR_NAME_BYTES,
		.ignores = IGNORES_ANCHOR_PURPOSE,
		.host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
	/* crypto/x509/cert_pool.go finds parents by RawSubject; verify.go tries all of them. */
	[READER_GO] = {.name = "go",
		.flags = X509_V_FLAG_PARTIAL_CHAIN,
		.level = 1,
		.anchor = ANCHOR_ANY_PATH | ANCHOR_NAME_BYTES,
		.host_flags =
			X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT},
	/*
	 * RFC 5280 6.1.1 (d): of a trust anchor only name and key count.  java.security,
	 * jdk.certpath.disabledAlgorithms: RSA from 1024 bits on; SHA-1 only below the JDK's own
	 * roots.
	 */
	[READER_JAVA] = {.name = "java",
		.flags = X509_V_FLAG_PARTIAL_CHAIN,
		.level = 1,
		.anchor = ANCHOR_ANY_PATH,
		.ignores = IGNORES_ANCHOR_PURPOSE | IGNORES_ANCHOR_DATES | IGNORES_ANCHOR_PATHLEN |
			   IGNORES_ANCHOR_NAMES | IGNORES_SHA1,
		.host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
};

const char *reader_name(enum reader reader)
{
	return readers[reader].name;
}

static int fault_unknown(const char *name, size_t len, struct fault *why)
{
	auto_buf known = buf_make(FAULT_TEXT_LEN);

	for (size_t i = 0; i < READERS; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", readers[i].name);
	if (buf_check(&known, "list of readers", why) < 0)
		return -1;
	return fault_set(why, FAULT_USAGE, "'%.*s' is no reader; there are %s", (int)len, name,
		buf_text(&known));
}

int reader_set_parse(const char *text, reader_set *ret, struct fault *why)
{
	reader_set set = 0;

	for (const char *at = text;; at++) {
		size_t len = strcspn(at, ",");
		size_t i = 0;

		while (i < READERS &&
			(strlen(readers[i].name) != len || memcmp(readers[i].name, at, len) != 0))
			i++;
		if (i == READERS)
			return fault_unknown(at, len, why);
		set |= READER_BIT(i);
		at += len;
		if (!*at)
			break;
	}
	*ret = set;
	return 0;
}
