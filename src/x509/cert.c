/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/cert.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "src/x509/der.h"
#include "src/x509/ossl.h"
#include "src/x509/roots.h"

/* RFC 5280, 4.1: the fields of a certificate, up to the last mandatory one. */
enum field { SERIAL, SIGNATURE, ISSUER, VALIDITY, SUBJECT, SPKI, FIELDS };

/* Returns the name of the field that is missing or damaged; NULL: none is. */
static const char *find_fields(const uint8_t *der, size_t len, struct der ret_found[static FIELDS])
{
	static const char *const names[FIELDS] = {"serialNumber", "signature", "issuer", "validity",
		"subject", "subjectPublicKeyInfo"};
	struct bytes in = bytes_make(der, len);
	struct der all, tbs, other;

	if (!der_take_tag(&in, DER_SEQUENCE, &all))
		return "Certificate";
	if (in.left)
		return "end (there are bytes behind it)";
	if (!der_take_tag(&all.inside, DER_SEQUENCE, &tbs))
		return "tbsCertificate";
	if (!der_take_tag(&all.inside, DER_SEQUENCE, &other))
		return "signatureAlgorithm";
	if (!der_take_tag(&all.inside, DER_BIT_STRING, &other) || all.inside.left)
		return "signatureValue";
	if (der_is_next(&tbs.inside, DER_CONTEXT_0) && !der_take(&tbs.inside, &other))
		return "version";
	for (enum field field = 0; field < FIELDS; field++)
		if (!der_take_tag(&tbs.inside, field == SERIAL ? DER_INTEGER : DER_SEQUENCE,
			    &ret_found[field]))
			return names[field];
	while (tbs.inside.left)
		if (!der_take(&tbs.inside, &other))
			return "extensions";
	return NULL;
}

int cert_make(const uint8_t *der, size_t len, struct cert **ret, struct fault *why)
{
	struct der found[FIELDS];
	const char *damaged;
	struct cert *cert;

	if (len > LIMIT_CERT_BYTES)
		return fault_set(why, FAULT_LIMIT, "a certificate is larger than %u bytes",
			LIMIT_CERT_BYTES);
	damaged = find_fields(der, len, found);
	if (damaged)
		return fault_set(why, FAULT_FORMAT,
			"not a DER certificate: RFC 5280 4.1: bad or missing %s", damaged);
	cert = malloc(sizeof(*cert) + len);
	if (!cert)
		return fault_nomem(why);
	*cert = (struct cert){
		.refs = 1,
		.der = bytes_make(cert->bytes, len),
		.issuer.der = bytes_make(cert->bytes + (found[ISSUER].at - der), found[ISSUER].len),
		.subject.der =
			bytes_make(cert->bytes + (found[SUBJECT].at - der), found[SUBJECT].len),
		.spki = bytes_make(cert->bytes + (found[SPKI].at - der), found[SPKI].len),
	};
	memcpy(cert->bytes, der, len);
	digest_sha256(der, len, cert->sha256);
	cert->is_public_root = roots_find(cert->sha256, &cert->subject.hash);
	*ret = cert;
	return 0;
}

struct cert *cert_ref(struct cert *cert)
{
	cert->refs++;
	return cert;
}

void cert_free(struct cert *cert)
{
	if (!cert || --cert->refs)
		return;
	X509_free(cert->x509);
	free(cert);
}

bool cert_same(const struct cert *a, const struct cert *b)
{
	return a == b || bytes_same(a->der, b->der);
}

bool cert_same_key(const struct cert *a, const struct cert *b)
{
	return bytes_same(a->spki, b->spki);
}

void cert_spki_sha256(const struct cert *cert, uint8_t out[static DIGEST_SHA256_LEN])
{
	digest_sha256(cert->spki.at, cert->spki.left, out);
}

int cert_parse(struct cert *cert, X509 **ret, struct fault *why)
{
	const uint8_t *at = cert->der.at;
	struct fault bad = FAULT_INIT;
	auto_X509 x509 = NULL;

	if (!cert->x509) {
		ERR_clear_error();
		x509 = d2i_X509(NULL, &at, (long)cert->der.left);
		if (!x509)
			return fault_ossl(why, "certificate cannot be decoded");
		/* Later queries about extensions then need no memory and cannot fail.  A bad
		 * extension only sets EXFLAG_INVALID. */
		if (X509_check_purpose(x509, -1, 0) != 1) {
			fault_ossl(&bad, "extensions");
			if (bad.kind == FAULT_SYSTEM)
				return fault_nomem(why);
		}
		cert->x509 = steal(&x509);
	}
	*ret = cert->x509;
	return 0;
}

X509 *cert_x509(struct cert *cert)
{
	struct fault why = FAULT_INIT;
	X509 *x509 = NULL;

	return cert_parse(cert, &x509, &why) < 0 ? NULL : x509;
}

/* The names of public roots come with their hash: computing it takes longer than all of
 * cert_make(). */
static int hash_name(struct cert_name *name, struct fault *why)
{
	const uint8_t *at = name->der.at;
	auto_X509_NAME decoded = NULL;
	int ok = 0;

	if (name->hash)
		return 0;
	ERR_clear_error();
	decoded = d2i_X509_NAME(NULL, &at, (long)name->der.left);
	if (!decoded)
		return fault_ossl(why, "certificate's name cannot be decoded");
	name->hash = (uint32_t)X509_NAME_hash_ex(decoded, NULL, NULL, &ok);
	return ok ? 0 : fault_ossl_lacks(why, "certificate's name cannot be hashed");
}

int cert_subject_hash(struct cert *cert, uint32_t *ret, struct fault *why)
{
	if (hash_name(&cert->subject, why) < 0)
		return -1;
	*ret = cert->subject.hash;
	return 0;
}

uint32_t cert_subject_hash_old(struct cert *cert)
{
	X509 *x509 = cert_x509(cert);

	return x509 ? (uint32_t)X509_subject_name_hash_old(x509) : 0;
}

bool cert_issuer_is_public(struct cert *cert)
{
	struct fault unread = FAULT_INIT;

	return hash_name(&cert->issuer, &unread) == 0 && roots_have_subject(cert->issuer.hash);
}

/* Names with different hashes are different (OpenSSL hashes what X509_NAME_cmp() compares). */
static bool same_name(struct cert_name *a, struct cert_name *b)
{
	const uint8_t *at[2] = {a->der.at, b->der.at};
	struct fault unread = FAULT_INIT;
	auto_X509_NAME one = NULL;
	auto_X509_NAME other = NULL;

	if (bytes_same(a->der, b->der))
		return true;
	if (hash_name(a, &unread) < 0 || hash_name(b, &unread) < 0 || a->hash != b->hash)
		return false;
	one = d2i_X509_NAME(NULL, &at[0], (long)a->der.left);
	other = d2i_X509_NAME(NULL, &at[1], (long)b->der.left);
	ERR_clear_error();
	return one && other && X509_NAME_cmp(one, other) == 0;
}

bool cert_names_match(struct cert *issuer, struct cert *child)
{
	return same_name(&issuer->subject, &child->issuer);
}

bool cert_subjects_match(struct cert *a, struct cert *b)
{
	return same_name(&a->subject, &b->subject);
}

bool cert_issued(struct cert *issuer, struct cert *child)
{
	uint8_t issuer_key[DIGEST_SHA256_LEN];
	X509 *above, *below;
	EVP_PKEY *key;
	bool verifies;

	if (!cert_names_match(issuer, child))
		return false;
	/* Verifying a signature costs more than all other checks, so the key that verified it is
	 * remembered. */
	cert_spki_sha256(issuer, issuer_key);
	if (memcmp(child->verified_by, issuer_key, sizeof(issuer_key)) == 0)
		return true;
	above = cert_x509(issuer);
	below = cert_x509(child);
	key = above ? X509_get0_pubkey(above) : NULL;
	verifies = below && key && EVP_PKEY_get_bits(key) <= (int)LIMIT_PUBLIC_KEY_BITS &&
		   X509_verify(below, key) == 1;
	ERR_clear_error();
	if (verifies)
		memcpy(child->verified_by, issuer_key, sizeof(issuer_key));
	return verifies;
}

bool cert_is_self_signed(struct cert *cert)
{
	return cert_issued(cert, cert);
}

bool cert_is_ca(struct cert *cert)
{
	X509 *x509 = cert_x509(cert);
	uint32_t flags = x509 ? X509_get_extension_flags(x509) : EXFLAG_INVALID;

	/* X509_get_key_usage() returns all bits if there is no keyUsage. */
	return !(flags & EXFLAG_INVALID) && (flags & EXFLAG_CA) &&
	       (X509_get_key_usage(x509) & KU_KEY_CERT_SIGN);
}

bool cert_allows(struct cert *cert, enum cert_use use)
{
	static const uint32_t flags[] = {XKU_SSL_SERVER, XKU_SMIME, XKU_CODE_SIGN};
	X509 *x509 = cert_x509(cert);

	return !x509 || !(X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) ||
	       (X509_get_extended_key_usage(x509) & (flags[use] | XKU_ANYEKU));
}

static bool time_of(const ASN1_TIME *time, time_t *ret)
{
	struct tm tm = {0};

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*ret = timegm(&tm);
	return true;
}

bool cert_times(struct cert *cert, time_t *ret_not_before, time_t *ret_not_after)
{
	X509 *x509 = cert_x509(cert);

	return x509 && time_of(X509_get0_notBefore(x509), ret_not_before) &&
	       time_of(X509_get0_notAfter(x509), ret_not_after);
}
