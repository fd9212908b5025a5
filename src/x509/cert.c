/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/cert.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "src/x509/ossl.h"
#include "src/x509/roots.h"

struct name {
	struct bytes der; /* points into the certificate's DER */
	uint32_t sketch; /* 0 until sketch_of() */
};

struct cert {
	unsigned refs;
	unsigned blind;
	bool is_trusted;
	X509 *x509; /* NULL until cert_parse() */
	struct name subject;
	struct name issuer;
	struct bytes spki; /* in der */
	bool has_sha256;
	bool has_spki_sha256;
	uint8_t spki_sha256[DIGEST_SHA256_LEN]; /* cert_spki_sha256() */
	uint8_t sha256[DIGEST_SHA256_LEN];
	uint8_t verified_by[DIGEST_SHA256_LEN]; /* SPKI digest of that key, or zeros */
	size_t len;
	uint8_t der[];
};

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
	*cert = (struct cert){.refs = 1, .len = len};
	memcpy(cert->der, der, len);
	cert->subject.der = bytes_make(cert->der + (found[SUBJECT].at - der), found[SUBJECT].len);
	cert->issuer.der = bytes_make(cert->der + (found[ISSUER].at - der), found[ISSUER].len);
	cert->spki = bytes_make(cert->der + (found[SPKI].at - der), found[SPKI].len);
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

void cert_set_blind(struct cert *cert, unsigned clients)
{
	cert->blind = clients;
}

unsigned cert_blind(const struct cert *cert)
{
	return cert->blind;
}

void cert_set_trusted(struct cert *cert)
{
	cert->is_trusted = true;
}

bool cert_is_trusted(const struct cert *cert)
{
	return cert->is_trusted;
}

const uint8_t *cert_der(const struct cert *cert, size_t *ret_len)
{
	*ret_len = cert->len;
	return cert->der;
}

const uint8_t *cert_sha256(const struct cert *cert)
{
	struct cert *own = (struct cert *)cert; /* from cert_make(); callers never see the change */

	if (!own->has_sha256)
		digest_sha256(own->der, own->len, own->sha256);
	own->has_sha256 = true;
	return own->sha256;
}

const uint8_t *cert_spki_sha256(struct cert *cert)
{
	if (!cert->has_spki_sha256)
		digest_sha256(cert->spki.at, cert->spki.left, cert->spki_sha256);
	cert->has_spki_sha256 = true;
	return cert->spki_sha256;
}

const uint8_t *cert_subject_der(const struct cert *cert, size_t *ret_len)
{
	*ret_len = cert->subject.der.left;
	return cert->subject.der.at;
}

const uint8_t *cert_issuer_der(const struct cert *cert, size_t *ret_len)
{
	*ret_len = cert->issuer.der.left;
	return cert->issuer.der.at;
}

bool cert_same(const struct cert *a, const struct cert *b)
{
	return a == b || (a->len == b->len && memcmp(a->der, b->der, a->len) == 0);
}

static bool same_bytes(struct bytes a, struct bytes b)
{
	return a.left == b.left && memcmp(a.at, b.at, a.left) == 0;
}

bool cert_same_key(const struct cert *a, const struct cert *b)
{
	return same_bytes(a->spki, b->spki);
}

bool cert_is_public_root(const struct cert *cert)
{
	return roots_hold(cert_sha256(cert));
}

int cert_parse(struct cert *cert, X509 **ret, struct fault *why)
{
	const uint8_t *at = cert->der;
	struct fault bad = FAULT_INIT;
	auto_X509 x509 = NULL;

	if (!cert->x509) {
		ERR_clear_error();
		x509 = d2i_X509(NULL, &at, (long)cert->len);
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

int cert_subject_hash(struct cert *cert, uint32_t *ret, struct fault *why)
{
	const uint8_t *at = cert->subject.der.at;
	auto_X509_NAME decoded = NULL;
	unsigned long hash;
	int ok = 0;

	if (roots_subject_hash(cert_sha256(cert), ret))
		return 0;
	ERR_clear_error();
	decoded = d2i_X509_NAME(NULL, &at, (long)cert->subject.der.left);
	if (!decoded)
		return fault_ossl(why, "certificate's name cannot be decoded");
	hash = X509_NAME_hash_ex(decoded, NULL, NULL, &ok);
	if (!ok)
		return fault_ossl_lacks(why, "certificate's name cannot be hashed");
	*ret = (uint32_t)hash;
	return 0;
}

uint32_t cert_subject_hash_old(const struct cert *cert)
{
	uint8_t digest[DIGEST_MD5_LEN];

	digest_md5(cert->subject.der.at, cert->subject.der.left, digest);
	return digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16 |
	       (uint32_t)digest[3] << 24;
}

/*
 * A number that is equal for equal names, in whatever order an RDN has its values: the sum of a
 * hash (FNV-1a) of each value's ASCII letters and digits in lower case, whatever its string type.
 * If the numbers differ, the decoding for RFC 5280 7.1's comparison is not needed.
 */
static uint32_t sketch_of(struct name *name)
{
	struct bytes in = name->der;
	struct der rdns, rdn, attribute, oid, value;

	if (name->sketch || !der_take(&in, &rdns))
		return name->sketch;
	while (rdns.inside.left && der_take_tag(&rdns.inside, DER_SET, &rdn))
		while (rdn.inside.left && der_take_tag(&rdn.inside, DER_SEQUENCE, &attribute)) {
			uint32_t hash = 2166136261u;
			size_t width;

			if (!der_take(&attribute.inside, &oid) ||
				!der_take(&attribute.inside, &value))
				continue;
			width = value.tag == DER_BMP_STRING           ? 2
				: value.tag == V_ASN1_UNIVERSALSTRING ? 4
								      : 1;
			while (value.inside.left >= width) {
				uint64_t c = bytes_be(&value.inside, width) | 0x20;

				if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
					hash = (hash ^ (uint32_t)c) * 16777619u;
			}
			name->sketch += hash;
		}
	return name->sketch;
}

static bool same_name(struct name *a, struct name *b)
{
	const uint8_t *at[2] = {a->der.at, b->der.at};
	auto_X509_NAME one = NULL;
	auto_X509_NAME other = NULL;

	if (same_bytes(a->der, b->der))
		return true;
	if (sketch_of(a) != sketch_of(b))
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
	X509 *above, *below;
	EVP_PKEY *key;
	bool verifies;

	if (!cert_names_match(issuer, child))
		return false;
	/* Verifying a signature costs more than all other checks, so the key that verified it is
	 * remembered. */
	if (memcmp(child->verified_by, cert_spki_sha256(issuer), DIGEST_SHA256_LEN) == 0)
		return true;
	above = cert_x509(issuer);
	below = cert_x509(child);
	key = above ? X509_get0_pubkey(above) : NULL;
	verifies = below && key && EVP_PKEY_get_bits(key) <= (int)LIMIT_PUBLIC_KEY_BITS &&
		   X509_verify(below, key) == 1;
	ERR_clear_error();
	if (verifies)
		memcpy(child->verified_by, cert_spki_sha256(issuer), DIGEST_SHA256_LEN);
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
