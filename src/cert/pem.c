/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cert/pem.h"

#include <openssl/err.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cert/armor.h"
#include "src/cert/der.h"
#include "src/cert/ossl.h"
#include "src/cert/pkcs7.h"
#include "src/cert/shape.h"

/* One reading: what stays the same from block to block. */
struct reading {
	const char *what;
	enum pem_damage damage;
	struct certs found;
	struct pem_skipped skipped;
	struct shape_file shape;
	unsigned blind; /* those that do not see the block in hand */
	bool is_full; /* LIMIT_PEM_CERTS is reached */
};

static void meet(struct reading *reading, enum shape shape)
{
	reading->blind |= shape_met(&reading->shape, shape);
}

/* Some take a certificate and leave what is behind it in its block. */
static size_t without_trailing(struct reading *reading, const uint8_t *der, size_t len)
{
	struct bytes in = bytes_make(der, len);
	struct der cert;

	if (reading->damage == PEM_STRICT || !der_take_tag(&in, DER_SEQUENCE, &cert) || !in.left)
		return len;
	meet(reading, SHAPE_TRAILING);
	return cert.len;
}

static int add_der(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	auto_cert cert = NULL;
	X509 *x509;

	if (cert_make(der, without_trailing(reading, der, len), &cert, why) < 0)
		return -1;
	cert_set_blind(cert, reading->blind | reading->shape.stopped);
	if (reading->damage == PEM_STRICT && cert_parse(cert, &x509, why) < 0)
		return -1;
	reading->is_full = reading->found.n >= LIMIT_PEM_CERTS;
	if (reading->is_full)
		return fault_set(why, FAULT_LIMIT, "more than %u certificates", LIMIT_PEM_CERTS);
	return certs_add(&reading->found, cert, why);
}

/* What OpenSSL makes of the trust settings (X509_check_trust(3)). */
static int server_trust(const uint8_t *der, size_t len)
{
	auto_X509 x509 = d2i_X509_AUX(NULL, &der, (long)len);
	int trust = x509 ? X509_check_trust(x509, X509_TRUST_SSL_SERVER, 0) : X509_TRUST_UNTRUSTED;

	ERR_clear_error();
	return trust;
}

/* OpenSSL's form: a certificate, and behind it what it is trusted for (X509_CERT_AUX). */
static int add_trusted(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	struct bytes in = bytes_make(der, len);
	struct der cert, aux;
	int trust;

	if (!der_take_tag(&in, DER_SEQUENCE, &cert) ||
		(in.left && (!der_take_tag(&in, DER_SEQUENCE, &aux) || in.left)))
		return fault_set(why, FAULT_FORMAT, "not a certificate with trust settings");
	trust = server_trust(der, len);
	meet(reading, SHAPE_TRUSTED_LABEL);
	if (trust == X509_TRUST_REJECTED)
		meet(reading, SHAPE_DISTRUSTED);
	if (add_der(reading, cert.at, cert.len, why) < 0)
		return -1;
	if (trust == X509_TRUST_TRUSTED && cert.len < len)
		cert_set_trusted(reading->found.at[reading->found.n - 1]);
	return 0;
}

static int add_x509(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	meet(reading, SHAPE_X509_LABEL);
	return add_der(reading, der, len, why);
}

static int add_pkcs7(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	auto_buf definite = buf_make(LIMIT_PEM_BYTES);
	struct bytes in;
	struct der cert;

	meet(reading, SHAPE_NOT_PEM);
	if (pkcs7_open(der, len, &definite, &in, why) < 0)
		return -1;
	while (in.left) {
		if (!der_take(&in, &cert))
			return fault_set(why, FAULT_FORMAT, "PKCS#7: damaged certificates");
		/* RFC 5652, 10.2.2: the other choices have context tags. */
		if (cert.tag == DER_SEQUENCE && add_der(reading, cert.at, cert.len, why) < 0)
			return -1;
	}
	return 0;
}

static bool is_label(struct armor_span label, const char *text)
{
	return label.len == strlen(text) && memcmp(label.at, text, label.len) == 0;
}

typedef int (*add_fn)(struct reading *, const uint8_t *, size_t, struct fault *);

/* RFC 7468 names CERTIFICATE, PKCS7 and CMS; the others are OpenSSL's, NSS's and old programs'. */
static add_fn adder_for(struct armor_span label)
{
	static const struct {
		const char *label;
		add_fn add;
	} types[] = {
		{"CERTIFICATE", add_der},
		{"X509 CERTIFICATE", add_x509},
		{"TRUSTED CERTIFICATE", add_trusted},
		{"PKCS7", add_pkcs7},
		{"CMS", add_pkcs7},
		{"PKCS #7 SIGNED DATA", add_pkcs7},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_label(label, types[i].label))
			return types[i].add;
	return NULL;
}

static int add_block(
	struct reading *reading, const struct armor_block *block, add_fn add, struct fault *why)
{
	const char *damaged = block->damaged;
	auto_free uint8_t *der = NULL;
	size_t len = 0;

	if (!damaged) {
		der = malloc(block->body.len / 4 * 3 + 3);
		if (!der)
			return fault_nomem(why);
		damaged = armor_decode(block->body, der, &len);
	}
	if (damaged)
		return fault_set(why, FAULT_FORMAT, "%s", damaged);
	return add(reading, der, len, why);
}

/* Who does not take a block that is written like this one? */
static void meet_unusual(struct reading *reading, unsigned unusual)
{
	static const struct {
		unsigned unusual;
		enum shape shape;
	} shapes[] = {
		{ARMOR_MARK_FIRST, SHAPE_MARK_FIRST},
		{ARMOR_MARK, SHAPE_MARK},
		{ARMOR_INDENTED, SHAPE_INDENTED},
		{ARMOR_BEHIND_END, SHAPE_BEHIND_END},
		{ARMOR_BEFORE_BEGIN, SHAPE_BEFORE_BEGIN},
		{ARMOR_BLANK_LINES, SHAPE_BLANK_LINES},
		{ARMOR_NO_END, SHAPE_NO_END},
	};

	reading->blind = 0;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (unusual & shapes[i].unusual)
			meet(reading, shapes[i].shape);
}

/* Take one block; a damaged one is a fault that names its line, or (PEM_LENIENT) counted. */
static int read_block(struct reading *reading, const struct armor_block *block, struct fault *why)
{
	struct fault damage = FAULT_INIT;
	add_fn add = adder_for(block->label);

	if (!add) {
		reading->skipped.other++;
		return 0;
	}
	meet_unusual(reading, block->unusual);
	if (add_block(reading, block, add, &damage) == 0)
		return 0;
	if (reading->damage == PEM_LENIENT && damage.kind != FAULT_SYSTEM && !reading->is_full) {
		if (reading->skipped.damaged++ == 0)
			reading->skipped.first_damaged_line = block->line;
		if (!(block->unusual & ARMOR_NO_END))
			meet(reading, SHAPE_DAMAGED);
		return 0;
	}
	*why = damage;
	if (damage.kind == FAULT_SYSTEM)
		return -1;
	return fault_wrap(why, "'%s': line %zu: damaged %.*s block", reading->what, block->line,
		(int)block->label.len, block->label.at);
}

static int read_text(struct reading *reading, struct armor_span text, struct fault *why)
{
	struct armor_text in = {.rest = text};
	struct armor_block block;

	while (armor_next(&in, &block))
		if (read_block(reading, &block, why) < 0)
			return -1;
	return 0;
}

/* A certificate begins with SEQUENCE { SEQUENCE, PKCS#7 with SEQUENCE { OID. */
static int read_binary(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	struct fault damage = FAULT_INIT;
	bool is_pkcs7 = pkcs7_is(der, len);

	meet(reading, SHAPE_NOT_PEM);
	if ((is_pkcs7 ? add_pkcs7 : add_der)(reading, der, len, &damage) == 0)
		return 0;
	if (reading->damage == PEM_LENIENT && damage.kind != FAULT_SYSTEM && !reading->is_full) {
		reading->skipped.damaged++;
		reading->skipped.first_damaged_line = 1;
		return 0;
	}
	*why = damage;
	return damage.kind == FAULT_SYSTEM ? -1 : fault_wrap(why, "'%s'", reading->what);
}

static int check_found(const struct reading *reading, size_t len, struct fault *why)
{
	if (reading->found.n || reading->damage == PEM_LENIENT)
		return 0;
	if (len == 0)
		return fault_set(why, FAULT_FORMAT, "'%s' is empty", reading->what);
	if (reading->skipped.other)
		return fault_set(why, FAULT_FORMAT,
			"'%s' holds no certificate, only other PEM blocks", reading->what);
	return fault_set(why, FAULT_FORMAT,
		"'%s' holds no certificate: neither PEM, DER nor PKCS#7", reading->what);
}

int pem_read(const void *bytes, size_t len, const char *what, enum pem_damage damage,
	struct certs *ret, struct pem_skipped *skipped, struct fault *why)
{
	struct reading reading = {.what = what, .damage = damage};
	const uint8_t *der = bytes;
	bool is_text = len && memmem(bytes, len, ARMOR_BEGIN, strlen(ARMOR_BEGIN));
	int rc;

	if (len > LIMIT_PEM_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "'%s' is larger than %u bytes", what, LIMIT_PEM_BYTES);
	/* A DER certificate may have the words -----BEGIN in it, a PEM file DER bytes in front. */
	if (len && der[0] == DER_SEQUENCE && (!is_text || der_is_whole(der, len)))
		rc = read_binary(&reading, der, len, why);
	else
		rc = read_text(&reading, (struct armor_span){bytes, len}, why);
	if (rc < 0 || check_found(&reading, len, why) < 0) {
		certs_free(&reading.found);
		return -1;
	}
	for (size_t i = 0; i < reading.found.n; i++)
		cert_set_blind(reading.found.at[i],
			cert_blind(reading.found.at[i]) | reading.shape.failed);
	*ret = reading.found;
	if (skipped)
		*skipped = reading.skipped;
	return 0;
}

int pem_format(const struct cert *cert, struct buf *out, struct fault *why)
{
	size_t len, left;
	const uint8_t *der = cert_der(cert, &len);
	auto_free char *base64 = text_base64(der, len);

	if (!base64)
		return fault_nomem(why);
	buf_add_text(out, ARMOR_BEGIN "CERTIFICATE" ARMOR_DASHES "\n");
	left = strlen(base64);
	for (const char *at = base64; left; at += 64) {
		size_t columns = left < 64 ? left : 64;

		buf_add(out, at, columns);
		buf_add_byte(out, '\n');
		left -= columns;
	}
	buf_add_text(out, ARMOR_END "CERTIFICATE" ARMOR_DASHES "\n");
	return buf_check(out, "PEM text", why);
}

static int format_der(const struct certs *certs, struct buf *out, struct fault *why)
{
	size_t len;
	const uint8_t *der;

	if (certs->n != 1)
		return fault_set(why, FAULT_USAGE,
			"DER holds exactly one certificate, and there are %zu: use PEM or PKCS#7",
			certs->n);
	der = cert_der(certs->at[0], &len);
	buf_add(out, der, len);
	return buf_check(out, "DER", why);
}

int pem_format_all(
	const struct certs *certs, enum pem_encoding encoding, struct buf *out, struct fault *why)
{
	if (encoding == PEM_DER)
		return format_der(certs, out, why);
	if (encoding == PEM_PKCS7)
		return pkcs7_format(certs, out, why);
	for (size_t i = 0; i < certs->n; i++)
		if (pem_format(certs->at[i], out, why) < 0)
			return -1;
	return 0;
}

bool pem_encoding_named(const char *name, enum pem_encoding *ret)
{
	static const char *const names[PEM_ENCODINGS] = {
		[PEM_TEXT] = "pem",
		[PEM_DER] = "der",
		[PEM_PKCS7] = "p7b",
	};

	for (size_t i = 0; i < PEM_ENCODINGS; i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum pem_encoding)i;
			return true;
		}
	}
	return false;
}
