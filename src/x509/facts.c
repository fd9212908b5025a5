/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/cert.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/ossl.h"

static char *text_of(const ASN1_STRING *value, size_t max)
{
	uint8_t *utf8 = NULL;
	int len = value ? ASN1_STRING_to_UTF8(&utf8, value) : 0;
	char *text = text_printable(len > 0 ? (char *)utf8 : "", len > 0 ? (size_t)len : 0, max);

	OPENSSL_free(utf8);
	return text;
}

/* Hex digits of at most LIMIT_NAME_SHOWN / 2 bytes, "-" before a negative number. */
static void write_hex(const ASN1_STRING *bytes, char ret[static CERT_HEX_LEN + 1])
{
	size_t len = bytes ? (size_t)ASN1_STRING_length(bytes) : 0;

	if (len > LIMIT_NAME_SHOWN / 2)
		len = LIMIT_NAME_SHOWN / 2;
	if (len && ASN1_STRING_type(bytes) == V_ASN1_NEG_INTEGER)
		*ret++ = '-';
	text_hex(len ? ASN1_STRING_get0_data(bytes) : NULL, len, ret);
}

static void write_key(X509 *x509, char ret[static CERT_ALGORITHM_LEN])
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL, *curve;
	char group[80];

	if (!type)
		return;
	if (strcmp(type, "ED25519") == 0 || strcmp(type, "ED448") == 0) {
		snprintf(ret, CERT_ALGORITHM_LEN, "Ed%s", type + 2);
	} else if (strcmp(type, "EC") == 0 &&
		   EVP_PKEY_get_group_name(key, group, sizeof(group), NULL)) {
		curve = EC_curve_nid2nist(OBJ_txt2nid(group));
		snprintf(ret, CERT_ALGORITHM_LEN, "EC %s", curve ? curve : group);
	} else {
		snprintf(ret, CERT_ALGORITHM_LEN, "%s %d", type, EVP_PKEY_get_bits(key));
	}
}

int cert_facts_make(struct cert *cert, struct cert_facts *ret, struct fault *why)
{
	auto_cert_facts facts = {0};
	struct fault damage = FAULT_INIT;
	uint8_t key[DIGEST_SHA256_LEN];
	X509 *x509 = NULL; /* NULL if it cannot be decoded */
	const X509_NAME *subject;
	const X509_ALGOR *algorithm;
	const ASN1_OBJECT *oid;

	if (cert_parse(cert, &x509, &damage) < 0 && damage.kind == FAULT_SYSTEM) {
		*why = damage;
		return -1;
	}
	text_hex(cert->sha256, DIGEST_SHA256_LEN, facts.sha256);
	cert_spki_sha256(cert, key);
	text_hex(key, sizeof(key), facts.spki_sha256);
	cert_times(cert, &facts.not_before, &facts.not_after);
	facts.is_ca = cert_is_ca(cert);
	facts.is_self_signed = x509 && cert_is_self_signed(cert);
	if (x509) {
		write_hex(X509_get0_serialNumber(x509), facts.serial);
		write_hex(X509_get0_subject_key_id(x509), facts.subject_key_id);
		write_hex(X509_get0_authority_key_id(x509), facts.authority_key_id);
		write_key(x509, facts.key);
		X509_get0_signature(NULL, &algorithm, x509);
		X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
		OBJ_obj2txt(facts.signature, sizeof(facts.signature), oid, 0);
	}
	subject = x509 ? X509_get_subject_name(x509) : NULL;
	facts.subject = ossl_name_text(subject);
	facts.issuer = ossl_name_text(x509 ? X509_get_issuer_name(x509) : NULL);
	facts.common_name = text_of(ossl_last_attribute(subject, NID_commonName), LIMIT_NAME_SHOWN);
	facts.organization =
		text_of(ossl_last_attribute(subject, NID_organizationName), LIMIT_NAME_SHOWN);
	ERR_clear_error();
	if (!facts.subject || !facts.issuer || !facts.common_name || !facts.organization)
		return fault_nomem(why);
	*ret = facts;
	facts = (struct cert_facts){0};
	return 0;
}

void cert_facts_free(struct cert_facts *facts)
{
	free(facts->subject);
	free(facts->issuer);
	free(facts->common_name);
	free(facts->organization);
	*facts = (struct cert_facts){0};
}

int cert_label(struct cert *cert, size_t max, char **ret, struct fault *why)
{
	static const int nids[] = {
		NID_commonName, NID_organizationalUnitName, NID_organizationName};
	auto_free char *label = strdup("");
	const X509_NAME *name;
	X509 *x509;

	if (cert_parse(cert, &x509, why) < 0)
		return -1;
	name = X509_get_subject_name(x509);
	for (size_t i = 0; i < sizeof(nids) / sizeof(nids[0]) && label && !*label; i++) {
		int at = X509_NAME_get_index_by_NID(name, nids[i], -1);
		const ASN1_STRING *value;

		if (at < 0)
			continue;
		value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
		if (!ASN1_STRING_length(value))
			break; /* present, but empty */
		/* p11-kit reads a TeletexString only if it is ASCII. */
		if (ASN1_STRING_type(value) == V_ASN1_T61STRING &&
			ASN1_PRINTABLE_type(ASN1_STRING_get0_data(value),
				ASN1_STRING_length(value)) == V_ASN1_T61STRING)
			continue;
		free(label);
		label = text_of(value, max);
	}
	if (!label)
		return fault_nomem(why);
	*ret = steal(&label);
	return 0;
}
