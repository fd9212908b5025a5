/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/make_cert.h"

#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>

#include "src/x509/ossl.h"

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "make_cert: %s failed\n", what);
	abort();
}

static EVP_PKEY *make_key(const struct recipe *recipe)
{
	EVP_PKEY *key;

	if (recipe->same_key) {
		EVP_PKEY_up_ref(recipe->same_key->key);
		return recipe->same_key->key;
	}
	key = recipe->rsa_bits ? EVP_RSA_gen((unsigned)recipe->rsa_bits) : EVP_EC_gen("P-256");
	check(key != NULL, "key");
	return key;
}

static void set_names(X509 *x509, const struct recipe *recipe)
{
	X509_NAME *subject = X509_get_subject_name(x509);
	X509 *issuer = x509;
	ASN1_STRING *cn = NULL;
	struct fault why = FAULT_INIT;

	X509_NAME_add_entry_by_txt(
		subject, "O", MBSTRING_UTF8, (const uint8_t *)"Trustfix Test", -1, -1, 0);
	check(ASN1_mbstring_copy(&cn, (const uint8_t *)recipe->cn, -1, MBSTRING_UTF8,
		      ASN1_tag2bit(recipe->cn_type ? recipe->cn_type : V_ASN1_UTF8STRING)) > 0 &&
			X509_NAME_add_entry_by_NID(subject, NID_commonName, ASN1_STRING_type(cn),
				ASN1_STRING_get0_data(cn), ASN1_STRING_length(cn), -1, 0) == 1,
		"name");
	ASN1_STRING_free(cn);
	if (recipe->issuer)
		check(cert_parse(recipe->issuer->cert, &issuer, &why) == 0, why.text);
	X509_set_issuer_name(x509, X509_get_subject_name(issuer));
}

static void set_times(X509 *x509, const struct recipe *recipe)
{
	const time_t day = 24 * 60 * 60;
	time_t now = time(NULL);

	ASN1_TIME_set(
		X509_getm_notBefore(x509), recipe->not_before ? recipe->not_before : now - day);
	ASN1_TIME_set(
		X509_getm_notAfter(x509), recipe->not_after ? recipe->not_after : now + 30 * day);
}

static void set_serial(X509 *x509)
{
	uint64_t serial;

	RAND_bytes((uint8_t *)&serial, sizeof(serial));
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 2 | UINT64_C(1) << 62);
}

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value, const char *usual)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	if (!value)
		value = usual;
	if (!value || !*value)
		return;
	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	check(extension && X509_add_ext(x509, extension, -1) == 1, value);
	X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *x509, const struct recipe *recipe)
{
	bool ca = recipe->is_ca;
	struct fault why = FAULT_INIT;
	X509 *issuer = x509;
	char alt_name[300];

	if (recipe->issuer)
		check(cert_parse(recipe->issuer->cert, &issuer, &why) == 0, why.text);
	snprintf(alt_name, sizeof(alt_name), "DNS:%s", recipe->cn);
	add_extension(x509, issuer, NID_basic_constraints, recipe->basic_constraints,
		ca ? "critical,CA:TRUE" : NULL);
	add_extension(x509, issuer, NID_key_usage, recipe->key_usage,
		ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
	add_extension(
		x509, issuer, NID_ext_key_usage, recipe->ext_key_usage, ca ? NULL : "serverAuth");
	add_extension(x509, issuer, NID_subject_alt_name, recipe->alt_name, ca ? NULL : alt_name);
	add_extension(x509, issuer, NID_name_constraints, recipe->name_constraints, NULL);
	if (recipe->no_key_ids)
		return;
	add_extension(x509, issuer, NID_subject_key_identifier, "hash", NULL);
	if (recipe->issuer && !recipe->no_authority_key_id && X509_get0_subject_key_id(issuer))
		add_extension(x509, issuer, NID_authority_key_identifier, "keyid", NULL);
}

struct made make_cert(const struct recipe *recipe)
{
	auto_X509 x509 = X509_new();
	struct made made = {.key = make_key(recipe)};
	const EVP_MD *digest = EVP_get_digestbyname(recipe->digest ? recipe->digest : "SHA256");
	struct fault why = FAULT_INIT;
	uint8_t *der = NULL;
	int len;

	check(x509 && digest, "digest");
	X509_set_version(x509, recipe->is_v1 ? X509_VERSION_1 : X509_VERSION_3);
	set_serial(x509);
	set_names(x509, recipe);
	set_times(x509, recipe);
	X509_set_pubkey(x509, made.key);
	if (!recipe->is_v1)
		add_extensions(x509, recipe);
	check(X509_sign(x509, recipe->issuer ? recipe->issuer->key : made.key, digest) > 0,
		"signature");
	len = i2d_X509(x509, &der);
	check(len > 0 && cert_make(der, (size_t)len, &made.cert, &why) == 0, "DER");
	OPENSSL_free(der);
	return made;
}

void made_free(struct made *made)
{
	cert_free(made->cert);
	EVP_PKEY_free(made->key);
	*made = (struct made){NULL, NULL};
}

struct certs make_certs(struct cert *first, ...)
{
	struct certs certs = CERTS_INIT;
	struct fault why = FAULT_INIT;
	va_list more;

	va_start(more, first);
	for (struct cert *cert = first; cert; cert = va_arg(more, struct cert *))
		check(certs_add(&certs, cert, &why) == 0, why.text);
	va_end(more);
	return certs;
}
