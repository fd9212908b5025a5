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
	const uint8_t *at; /* into der */
	size_t len;
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
	uint8_t verified_by[DIGEST_SHA256_LEN]; /* the key that last did, by its SPKI; or zeros */
	size_t len;
	uint8_t der[];
};

/*
 * FNV-1a over the ASCII letters and digits of a value, lower case: the same for texts that are
 * equal, whatever string type they have.
 */
static uint32_t sketch_of_value(struct der value)
{
	size_t width = value.tag == V_ASN1_BMPSTRING         ? 2
		       : value.tag == V_ASN1_UNIVERSALSTRING ? 4
							     : 1;
	uint32_t sketch = 2166136261u;

	while (value.inside.left >= width) {
		uint64_t c = bytes_be(&value.inside, width) | 0x20;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			sketch = (sketch ^ (uint32_t)c) * 16777619u;
	}
	return sketch;
}

/*
 * A number that is equal for names that are equal, in whatever order an RDN has its values.
 * Different numbers spare the decoding that RFC 5280 7.1's comparison needs.
 */
static uint32_t sketch_of(struct name *name)
{
	struct bytes in = bytes_make(name->at, name->len);
	struct der rdns, rdn, attribute, oid, value;
	uint32_t sketch = 0;

	if (name->sketch || !der_take(&in, &rdns))
		return name->sketch;
	while (rdns.inside.left && der_take_tag(&rdns.inside, DER_SET, &rdn)) {
		while (rdn.inside.left && der_take_tag(&rdn.inside, DER_SEQUENCE, &attribute)) {
			if (der_take(&attribute.inside, &oid) &&
				der_take(&attribute.inside, &value))
				sketch += sketch_of_value(value);
		}
	}
	name->sketch = sketch;
	return sketch;
}

/* RFC 5280, 4.1: the fields of a TBSCertificate behind its version, up to the last that must be
 * there. */
enum field { SERIAL, SIGNATURE, ISSUER, VALIDITY, SUBJECT, SPKI, FIELDS };

static const struct {
	uint8_t tag;
	const char *name;
} fields[FIELDS] = {
	[SERIAL] = {DER_INTEGER, "serialNumber"},
	[SIGNATURE] = {DER_SEQUENCE, "signature"},
	[ISSUER] = {DER_SEQUENCE, "issuer"},
	[VALIDITY] = {DER_SEQUENCE, "validity"},
	[SUBJECT] = {DER_SEQUENCE, "subject"},
	[SPKI] = {DER_SEQUENCE, "subjectPublicKeyInfo"},
};

/* The name of the field that is missing or damaged; NULL when all is well. */
static const char *chain_search_fields(struct bytes in, struct der ret_found[static FIELDS])
{
	struct der other;

	if (der_is_next(&in, DER_CONTEXT_0) && !der_take(&in, &other))
		return "version";
	for (size_t i = 0; i < FIELDS; i++)
		if (!der_take_tag(&in, fields[i].tag, &ret_found[i]))
			return fields[i].name;
	while (in.left)
		if (!der_take(&in, &other))
			return "extensions";
	return NULL;
}

static const char *chain_search_cert(
	const uint8_t *der, size_t len, struct der ret_found[static FIELDS])
{
	struct bytes in = bytes_make(der, len);
	struct der all, tbs, part;

	if (!der_take_tag(&in, DER_SEQUENCE, &all))
		return "Certificate";
	if (in.left)
		return "end (there are bytes behind it)";
	if (!der_take_tag(&all.inside, DER_SEQUENCE, &tbs))
		return "tbsCertificate";
	if (!der_take_tag(&all.inside, DER_SEQUENCE, &part))
		return "signatureAlgorithm";
	if (!der_take_tag(&all.inside, DER_BIT_STRING, &part) || all.inside.left)
		return "signatureValue";
	return chain_search_fields(tbs.inside, ret_found);
}

int cert_make(const uint8_t *der, size_t len, struct cert **ret, struct fault *why)
{
	struct der found[FIELDS];
	const char *damaged;
	struct cert *cert;

	if (len > LIMIT_CERT_BYTES)
		return fault_set(why, FAULT_LIMIT, "a certificate is larger than %u bytes",
			LIMIT_CERT_BYTES);
	damaged = chain_search_cert(der, len, found);
	if (damaged)
		return fault_set(why, FAULT_FORMAT,
			"not a DER certificate: RFC 5280 4.1: bad or missing %s", damaged);
	cert = calloc(1, sizeof(*cert) + len);
	if (!cert)
		return fault_nomem(why);
	cert->refs = 1;
	cert->len = len;
	memcpy(cert->der, der, len);
	cert->subject.at = cert->der + (found[SUBJECT].at - der);
	cert->subject.len = found[SUBJECT].len;
	cert->issuer.at = cert->der + (found[ISSUER].at - der);
	cert->issuer.len = found[ISSUER].len;
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
	struct cert *own = (struct cert *)cert; /* which cert_make() made; nobody sees the change */

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
	*ret_len = cert->subject.len;
	return cert->subject.at;
}

const uint8_t *cert_issuer_der(const struct cert *cert, size_t *ret_len)
{
	*ret_len = cert->issuer.len;
	return cert->issuer.at;
}

bool cert_same(const struct cert *a, const struct cert *b)
{
	return a == b || (a->len == b->len && memcmp(a->der, b->der, a->len) == 0);
}

bool cert_same_key(const struct cert *a, const struct cert *b)
{
	return a->spki.left == b->spki.left && memcmp(a->spki.at, b->spki.at, a->spki.left) == 0;
}

bool cert_is_public_root(const struct cert *cert)
{
	return roots_hold(cert_sha256(cert));
}

/*
 * Later questions about the extensions need no memory then and cannot fail.  An extension that is
 * bad only sets EXFLAG_INVALID.
 */
static int parse_extensions(X509 *x509, struct fault *why)
{
	struct fault bad = FAULT_INIT;

	if (X509_check_purpose(x509, -1, 0) == 1)
		return 0;
	fault_ossl(&bad, "extensions");
	return bad.kind == FAULT_SYSTEM ? fault_nomem(why) : 0;
}

int cert_parse(struct cert *cert, X509 **ret, struct fault *why)
{
	const uint8_t *at = cert->der;
	auto_X509 x509 = NULL;

	if (!cert->x509) {
		ERR_clear_error();
		x509 = d2i_X509(NULL, &at, (long)cert->len);
		if (!x509)
			return fault_ossl(why, "certificate cannot be decoded");
		if (parse_extensions(x509, why) < 0)
			return -1;
		cert->x509 = steal(&x509);
	}
	*ret = cert->x509;
	return 0;
}

/* The decoded certificate for questions that are answered with yes or no; NULL when it is none. */
static X509 *parsed(struct cert *cert)
{
	struct fault why = FAULT_INIT;
	X509 *x509 = NULL;

	return cert_parse(cert, &x509, &why) < 0 ? NULL : x509;
}

int cert_subject_hash(struct cert *cert, uint32_t *ret, struct fault *why)
{
	const uint8_t *at = cert->subject.at;
	auto_X509_NAME decoded = NULL;
	unsigned long hash;
	int ok = 0;

	if (roots_subject_hash(cert_sha256(cert), ret))
		return 0;
	ERR_clear_error();
	decoded = d2i_X509_NAME(NULL, &at, (long)cert->subject.len);
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

	digest_md5(cert->subject.at, cert->subject.len, digest);
	return digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16 |
	       (uint32_t)digest[3] << 24;
}

static bool same_bytes(const struct name *a, const struct name *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

bool cert_names_match(struct cert *issuer, struct cert *child)
{
	X509 *above, *below;

	if (same_bytes(&issuer->subject, &child->issuer))
		return true;
	if (sketch_of(&issuer->subject) != sketch_of(&child->issuer))
		return false;
	above = parsed(issuer);
	below = parsed(child);
	return above && below &&
	       X509_NAME_cmp(X509_get_subject_name(above), X509_get_issuer_name(below)) == 0;
}

bool cert_subjects_match(struct cert *a, struct cert *b)
{
	X509 *one, *other;

	if (same_bytes(&a->subject, &b->subject))
		return true;
	if (sketch_of(&a->subject) != sketch_of(&b->subject))
		return false;
	one = parsed(a);
	other = parsed(b);
	return one && other &&
	       X509_NAME_cmp(X509_get_subject_name(one), X509_get_subject_name(other)) == 0;
}

/* A signature costs more than all else that is asked of a certificate, so what verified is kept. */
static bool verifies(struct cert *issuer, struct cert *child)
{
	X509 *above = parsed(issuer);
	X509 *below = parsed(child);
	EVP_PKEY *key = above ? X509_get0_pubkey(above) : NULL;
	bool signed_by = below && key && EVP_PKEY_get_bits(key) <= (int)LIMIT_PUBLIC_KEY_BITS &&
			 X509_verify(below, key) == 1;

	ERR_clear_error();
	if (signed_by)
		memcpy(child->verified_by, cert_spki_sha256(issuer), DIGEST_SHA256_LEN);
	return signed_by;
}

bool cert_issued(struct cert *issuer, struct cert *child)
{
	if (!cert_names_match(issuer, child))
		return false;
	return memcmp(child->verified_by, cert_spki_sha256(issuer), DIGEST_SHA256_LEN) == 0 ||
	       verifies(issuer, child);
}

bool cert_is_self_signed(struct cert *cert)
{
	return cert_issued(cert, cert);
}

bool cert_is_ca(struct cert *cert)
{
	X509 *x509 = parsed(cert);
	uint32_t flags = x509 ? X509_get_extension_flags(x509) : EXFLAG_INVALID;

	/* X509_get_key_usage() gives all bits when there is no keyUsage. */
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
	X509 *x509 = parsed(cert);

	return x509 && time_of(X509_get0_notBefore(x509), ret_not_before) &&
	       time_of(X509_get0_notAfter(x509), ret_not_after);
}
