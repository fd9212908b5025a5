/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cert/lint.h"

#include <openssl/obj_mac.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cert/ossl.h"
#include "src/cert/readers.h"

enum { RSA_BITS_MIN = 1024, EC_BITS_MIN = 224 };

/* Whether reader `reader` refuses chains under `x509` for this reason. */
struct objection {
	const char *reason;
	bool (*is_so)(struct cert *cert, X509 *x509);
	bool (*minds)(const struct reader_row *reader);
};

static int refuse(struct fault *why, const char *reason)
{
	return fault_set(why, FAULT_REFUSED, "certificate cannot become an anchor: %s", reason);
}

static int check_is_ca(struct cert *cert, X509 *x509, struct fault *why)
{
	uint32_t flags = X509_get_extension_flags(x509);

	if (flags & EXFLAG_INVALID)
		return refuse(why, "it has an extension that is damaged, or there twice");
	if (!(flags & EXFLAG_BCONS))
		return refuse(why, "RFC 5280 4.2.1.9: basicConstraints missing");
	if (!(flags & EXFLAG_CA))
		return refuse(why, "RFC 5280 4.2.1.9: it is no CA (basicConstraints cA is false)");
	if (!cert_is_ca(cert))
		return refuse(why, "RFC 5280 4.2.1.3: keyUsage lacks keyCertSign");
	return 0;
}

static int check_dates(struct cert *cert, time_t at, struct fault *why)
{
	char text[TEXT_TIME_LEN];
	time_t from, to;

	if (!cert_times(cert, &from, &to))
		return refuse(why, "its dates cannot be decoded");
	if (at >= from && at <= to)
		return 0;
	text_time(at < from ? from : to, text);
	return fault_set(why, FAULT_REFUSED, "certificate cannot become an anchor: it %s %s",
		at < from ? "is not valid before" : "expired at", text);
}

static int check_key(X509 *x509, struct fault *why)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	int bits = key ? EVP_PKEY_get_bits(key) : 0;
	int least = 0;

	if (!key)
		return refuse(why, "its public key cannot be decoded");
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		least = RSA_BITS_MIN;
	if (EVP_PKEY_is_a(key, "EC"))
		least = EC_BITS_MIN;
	if (bits < least)
		return fault_set(why, FAULT_REFUSED,
			"certificate cannot become an anchor: its key has %d bits, fewer than %d",
			bits, least);
	if (bits > (int)LIMIT_PUBLIC_KEY_BITS)
		return fault_set(why, FAULT_REFUSED,
			"certificate cannot become an anchor: its key has %d bits, more than %u",
			bits, LIMIT_PUBLIC_KEY_BITS);
	return 0;
}

static int check_digest(X509 *x509, struct fault *why)
{
	int digest = NID_undef;

	/* Asked of the OID: whether OpenSSL could verify it is another matter. */
	OBJ_find_sigid_algs(X509_get_signature_nid(x509), &digest, NULL);
	if (digest == NID_md2 || digest == NID_md4 || digest == NID_md5)
		return refuse(why, "it is signed with MD2, MD4 or MD5");
	return 0;
}

int lint_anchor(struct cert *cert, enum lint_issuer issuer, time_t at, struct fault *why)
{
	X509 *x509;

	if (cert_parse(cert, &x509, why) < 0)
		return -1;
	if (check_is_ca(cert, x509, why) < 0 || check_dates(cert, at, why) < 0 ||
		check_key(x509, why) < 0 || check_digest(x509, why) < 0)
		return -1;
	if (issuer == LINT_SELF_SIGNED_ONLY && !cert_is_self_signed(cert))
		return refuse(why, cert_names_match(cert, cert)
					   ? "its own signature is bad"
					   : "it is an intermediate, not self-signed");
	return 0;
}

static bool is_not_self_signed(struct cert *cert, X509 *x509)
{
	(void)x509;
	return !cert_is_self_signed(cert);
}

static bool minds_intermediates(const struct reader_row *reader)
{
	return !(reader->flags & X509_V_FLAG_PARTIAL_CHAIN);
}

static bool minds_lower_intermediates(const struct reader_row *reader)
{
	return reader->anchor & ANCHOR_TOP_ONLY;
}

static bool has_small_key(struct cert *cert, X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);

	(void)cert;
	return key && EVP_PKEY_get_security_bits(key) < 112;
}

static bool minds_small_keys(const struct reader_row *reader)
{
	return reader->level >= 2;
}

static bool lacks_server_auth(struct cert *cert, X509 *x509)
{
	(void)cert;
	return X509_check_purpose(x509, X509_PURPOSE_SSL_SERVER, 1) != 1;
}

static bool minds_purpose(const struct reader_row *reader)
{
	return !(reader->ignores & IGNORES_ANCHOR_PURPOSE);
}

static bool has_name_constraints(struct cert *cert, X509 *x509)
{
	(void)cert;
	return X509_get_ext_by_NID(x509, NID_name_constraints, -1) >= 0;
}

static bool minds_names(const struct reader_row *reader)
{
	return !(reader->ignores & IGNORES_ANCHOR_NAMES);
}

static bool has_loose_constraints(struct cert *cert, X509 *x509)
{
	(void)cert;
	return !(X509_get_extension_flags(x509) & EXFLAG_BCONS_CRITICAL);
}

static bool lacks_key_usage(struct cert *cert, X509 *x509)
{
	(void)cert;
	return !(X509_get_extension_flags(x509) & EXFLAG_KUSAGE);
}

static bool lacks_key_id(struct cert *cert, X509 *x509)
{
	(void)cert;
	return !X509_get0_subject_key_id(x509);
}

static bool is_strict(const struct reader_row *reader)
{
	return reader->flags & X509_V_FLAG_X509_STRICT;
}

static const struct objection objections[] = {
	{"will refuse it: it is not self-signed", is_not_self_signed, minds_intermediates},
	{"will refuse it unless it is the highest certificate sent: it is not self-signed",
		is_not_self_signed, minds_lower_intermediates},
	{"will refuse it: its key is too small", has_small_key, minds_small_keys},
	{"will refuse it: its extendedKeyUsage lacks serverAuth", lacks_server_auth, minds_purpose},
	{"will refuse names outside its nameConstraints", has_name_constraints, minds_names},
	{"will refuse it: RFC 5280 4.2.1.9: basicConstraints is not critical",
		has_loose_constraints, is_strict},
	{"will refuse it: RFC 5280 4.2.1.3: keyUsage missing", lacks_key_usage, is_strict},
	{"will refuse it: RFC 5280 4.2.1.2: subjectKeyIdentifier missing", lacks_key_id, is_strict},
};

/* "openssl, python and node"; "" when nobody minds. */
static void list_readers(bool (*minds)(const struct reader_row *), struct buf *out)
{
	size_t left = 0;

	for (size_t i = 0; i < READERS; i++)
		left += minds(&readers[i]);
	for (size_t i = 0; i < READERS; i++) {
		if (!minds(&readers[i]))
			continue;
		left--;
		buf_printf(out, "%s%s", readers[i].name,
			left > 1    ? ", "
			: left == 1 ? " and "
				    : "");
	}
}

int lint_readers(struct cert *cert, struct names *ret, struct fault *why)
{
	X509 *x509;

	if (cert_parse(cert, &x509, why) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(objections) / sizeof(objections[0]); i++) {
		auto_buf who = buf_make(FAULT_TEXT_LEN);

		if (!objections[i].is_so(cert, x509))
			continue;
		list_readers(objections[i].minds, &who);
		if (buf_check(&who, "list of readers", why) < 0 ||
			names_addf(ret, why, "%s %s", buf_text(&who), objections[i].reason) < 0)
			return -1;
	}
	return 0;
}
