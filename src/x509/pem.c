/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/der.h"
#include "src/x509/ossl.h"
#include "src/x509/pem_block.h"
#include "src/x509/pkcs7.h"

#define BIT(quirk) (1u << PEM_QUIRK_##quirk)

struct reading {
	const char *what;
	enum pem_damage damage;
	struct certs found;
	struct pem_quirk_file file;
	struct pem_block_text in; /* not read yet */
	const char *next_plain; /* a BEGIN CERTIFICATE further on, which GnuTLS seeks first */
	bool has_other; /* blocks of other types were skipped */
	size_t nul_line; /* in.nul_line is recorded */

	struct pem_block block; /* the current one */
	const struct type *type; /* of it */
	struct buf der; /* its contents */
	size_t first; /* index of its first certificate in `found` */
	struct fault bad; /* what is wrong with it */
};

/* Of the labels for PKCS#7, RFC 7468 has the first two and NSS the third; X509 and TRUSTED
 * CERTIFICATE are OpenSSL's. */
static const struct type {
	const char *label;
	enum { PLAIN, X509_LABEL, TRUSTED, PKCS7_LABEL, OTHER } kind;
	unsigned quirks; /* of every such block */
	unsigned damaged; /* more of them if the contents do not match the label */
} types[] = {
	{"CERTIFICATE", PLAIN, 0, BIT(DAMAGED)},
	{"X509 CERTIFICATE", X509_LABEL, BIT(X509_LABEL), BIT(OTHER_DAMAGED)},
	{"TRUSTED CERTIFICATE", TRUSTED, BIT(TRUSTED_LABEL), BIT(OTHER_INSIDE)},
	{"PKCS7", PKCS7_LABEL, BIT(NOT_PEM), 0},
	{"CMS", PKCS7_LABEL, BIT(NOT_PEM), 0},
	{"PKCS #7 SIGNED DATA", PKCS7_LABEL, BIT(NOT_PEM), 0},
	{"", OTHER, 0, BIT(OTHER_INSIDE)},
};

static int add_cert(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	struct bytes in = bytes_make(der, len);
	auto_cert cert = NULL;
	struct der all;
	X509 *x509;

	/* Some readers load a certificate and ignore what follows it in its block. */
	if (reading->damage == PEM_LENIENT && der_take_tag(&in, DER_SEQUENCE, &all) && in.left) {
		reading->block.quirks |= BIT(TRAILING);
		len = all.len;
	}
	if (cert_make(der, len, &cert, why) < 0 ||
		(reading->damage == PEM_STRICT && cert_parse(cert, &x509, why) < 0))
		return -1;
	if (reading->found.n >= LIMIT_PEM_CERTS)
		return fault_set(why, FAULT_LIMIT, "more than %u certificates", LIMIT_PEM_CERTS);
	return certs_add(&reading->found, cert, why);
}

/* Is it more than a damaged block? */
static bool is_fatal(const struct reading *reading)
{
	return reading->bad.kind == FAULT_SYSTEM ||
	       (reading->bad.kind == FAULT_LIMIT && reading->found.n >= LIMIT_PEM_CERTS);
}

/* OpenSSL's format: a certificate followed by its trust settings (X509_CERT_AUX). */
static int add_trusted(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	struct bytes in = bytes_make(der, len);
	struct der cert, aux;
	const uint8_t *at = der;
	auto_X509 x509 = NULL;
	int trust;

	if (!der_take_tag(&in, DER_SEQUENCE, &cert) ||
		(in.left && (!der_take_tag(&in, DER_SEQUENCE, &aux) || in.left)))
		return fault_set(why, FAULT_FORMAT, "not a certificate with trust settings");
	x509 = d2i_X509_AUX(NULL, &at, (long)len);
	trust = x509 ? X509_check_trust(x509, X509_TRUST_SSL_SERVER, 0) : X509_TRUST_UNTRUSTED;
	ERR_clear_error();
	if (trust == X509_TRUST_REJECTED)
		reading->block.quirks |= BIT(DISTRUSTED);
	if (add_cert(reading, cert.at, cert.len, why) < 0)
		return -1;
	reading->found.at[reading->first]->is_trusted =
		trust == X509_TRUST_TRUSTED && cert.len < len;
	return 0;
}

static int add_pkcs7(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	auto_buf room = buf_make(LIMIT_PEM_BYTES);
	struct bytes in;
	struct der cert;

	if (pkcs7_open(der, len, &room, &in, why) < 0)
		return -1;
	while (in.left) {
		if (!der_take(&in, &cert))
			return fault_set(why, FAULT_FORMAT, "PKCS#7: damaged certificates");
		/* RFC 5652, 10.2.2: the other choices have context tags. */
		if (cert.tag == DER_SEQUENCE && add_cert(reading, cert.at, cert.len, why) < 0)
			return -1;
	}
	return 0;
}

/* OpenSSL decodes blocks of every type, and parses the contents of some. */
static int look_into_other(struct pem_block *block, const struct buf *der, struct fault *why)
{
	const char *label = block->label.at, *stop = label + block->label.len;
	bool is_key = pem_block_find(label, stop, "PRIVATE KEY") &&
		      !pem_block_starts(label, stop, "ENCRYPTED");
	const uint8_t *at = der->bytes;
	auto_EVP_PKEY key = NULL;
	X509_CRL *crl = NULL;

	if (der->len == 0 || (block->quirks & (BIT(BLANK_LINES) | BIT(OTHER_DAMAGED)))) {
		block->quirks |= BIT(OTHER_DAMAGED);
		return fault_set(why, FAULT_FORMAT, "it is empty, or goes on");
	}
	if (block->has_headers || !(is_key || pem_block_has_label(block, "X509 CRL")))
		return 0;
	if (is_key)
		key = d2i_AutoPrivateKey(NULL, &at, (long)der->len);
	else
		crl = d2i_X509_CRL(NULL, &at, (long)der->len);
	X509_CRL_free(crl);
	ERR_clear_error();
	return key || crl ? 0 : fault_set(why, FAULT_FORMAT, "its contents cannot be decoded");
}

/* Decode the block into reading->der, and add its certificates. */
static int take_block(struct reading *reading, struct fault *why)
{
	struct pem_block *block = &reading->block;
	bool is_word = block->quirks & BIT(MID_LINE); /* may be part of a sentence */
	const char *damaged = reading->damage == PEM_STRICT && !is_word ? block->damaged : NULL;
	struct buf *der = &reading->der;
	int rc;

	buf_clear(der);
	if (!buf_extend(der, 2 * block->body.len + 1))
		return fault_nomem(why);
	if (!damaged && !pem_block_decode(block->body, der->bytes, &der->len))
		damaged = "invalid base64";
	if (!damaged && reading->type->kind != OTHER && block->has_headers)
		damaged = "it has headers";
	if (damaged) {
		der->len = 0;
		block->quirks |= reading->type->kind == PLAIN ? BIT(DAMAGED) : BIT(OTHER_DAMAGED);
		return fault_set(
			why, FAULT_FORMAT, "%s", block->damaged ? block->damaged : damaged);
	}
	if (reading->type->kind == OTHER)
		rc = look_into_other(block, der, why);
	else
		rc = (reading->type->kind == TRUSTED ? add_trusted
			: reading->type->kind == PKCS7_LABEL
				? add_pkcs7
				: add_cert)(reading, der->bytes, der->len, why);
	if (rc < 0)
		block->quirks |= reading->type->damaged;
	return rc;
}

/*
 * Read the next block and record which readers do not see it.  1: reading->bad says what is wrong
 * with it, if anything; 0: there are no more.
 */
static int next_block(struct reading *reading, struct fault *why)
{
	struct pem_block *block = &reading->block;
	unsigned hidden;
	bool more;

	do {
		more = pem_block_next(&reading->in, block);
		if (reading->nul_line != reading->in.nul_line)
			pem_quirks_met(&reading->file, BIT(NUL), reading->in.nul_line, 0);
		reading->nul_line = reading->in.nul_line;
		if (!more)
			return 0;
		for (reading->type = types; reading->type->kind != OTHER; reading->type++)
			if (pem_block_has_label(block, reading->type->label))
				break;
		reading->has_other |= reading->type->kind == OTHER;
	} while (reading->type->kind == OTHER && reading->damage == PEM_STRICT);

	reading->found.blocks_n += reading->type->kind < PKCS7_LABEL;
	block->quirks |= reading->type->quirks;
	if (reading->type->kind != PLAIN && (block->quirks & (BIT(NO_END) | BIT(NO_DASHES)))) {
		block->quirks &= ~(BIT(NO_END) | BIT(NO_DASHES)); /* for some, CERTIFICATE's only */
		block->quirks |= BIT(OTHER_DAMAGED);
	}
	if (reading->type->kind == OTHER &&
		pem_block_starts(
			block->label.at, block->label.at + block->label.len, "CERTIFICATE"))
		block->quirks |= BIT(LIKE_CERTIFICATE);
	if (reading->type->kind == X509_LABEL) {
		const char *stop = reading->in.stop, *next = reading->next_plain;

		if (!next || next < block->start)
			next = pem_block_find(block->start, stop, PEM_BLOCK_BEGIN "CERTIFICATE");
		reading->next_plain = next ? next : stop;
		if (reading->next_plain < stop)
			block->quirks |= BIT(X509_BEFORE);
	}
	reading->first = reading->found.n;
	fault_clear(&reading->bad);
	if (take_block(reading, &reading->bad) < 0 && is_fatal(reading)) {
		*why = reading->bad;
		return reading->bad.kind == FAULT_SYSTEM ? -1
							 : fault_wrap(why, "'%s'", reading->what);
	}
	hidden = pem_quirks_met(&reading->file, block->quirks, block->line, block->end_line);
	for (size_t i = reading->first; i < reading->found.n; i++)
		reading->found.at[i]->hidden_from = hidden;
	return 1;
}

/* Is it DER?  DER may contain the text -----BEGIN, and a PEM file may start with DER bytes. */
static bool is_der(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;

	return len && *bytes == DER_SEQUENCE &&
	       (der_is_whole(bytes, len) || !pem_block_find(text, text + len, PEM_BLOCK_BEGIN));
}

static int read_text(struct reading *reading, struct fault *why)
{
	const struct pem_block *block = &reading->block;
	int rc;

	while ((rc = next_block(reading, why)) > 0) {
		bool is_sentence = (block->quirks & BIT(MID_LINE)) &&
				   (!reading->der.len || reading->der.bytes[0] != DER_SEQUENCE);

		if (reading->damage == PEM_LENIENT || reading->bad.kind == FAULT_NONE ||
			is_sentence)
			continue;
		*why = reading->bad;
		return fault_wrap(why, "'%s': line %zu: damaged %.*s block", reading->what,
			block->line, (int)block->label.len, block->label.at);
	}
	return rc;
}

int pem_read(const void *bytes, size_t len, const char *what, enum pem_damage damage,
	struct certs *ret, struct fault *why)
{
	struct reading reading = {.what = what,
		.damage = damage,
		.der = buf_make(2 * LIMIT_PEM_BYTES + 1),
		.in = pem_block_text(bytes, len)};
	struct pem_quirk_file *file = &reading.file;
	struct certs *found = &reading.found;
	bool der = is_der(bytes, len);
	int rc;

	if (len > LIMIT_PEM_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "'%s' is larger than %u bytes", what, LIMIT_PEM_BYTES);
	rc = !der                   ? read_text(&reading, why)
	     : pkcs7_is(bytes, len) ? add_pkcs7(&reading, bytes, len, &reading.bad)
				    : add_cert(&reading, bytes, len, &reading.bad);
	buf_free(&reading.der);
	if (der && rc < 0 && (damage == PEM_STRICT || is_fatal(&reading))) {
		*why = reading.bad;
		if (why->kind != FAULT_SYSTEM)
			fault_wrap(why, "'%s'", what);
	} else if (der) {
		rc = 0;
	}
	if (rc == 0 && found->n == 0 && damage == PEM_STRICT)
		rc = len == 0 ? fault_set(why, FAULT_FORMAT, "'%s' is empty", what)
			      : fault_set(why, FAULT_FORMAT, "'%s' holds no certificate%s", what,
					reading.has_other ? ", only other PEM blocks"
							  : ": neither PEM, DER nor PKCS#7");
	if (len && (found->n == 0 || der))
		pem_quirks_met(file, BIT(NO_CERT), 1, 0);
	if (rc == 0 && (file->failed | file->stopped)) {
		for (size_t i = 0; i < found->n; i++)
			found->at[i]->hidden_from |= file->failed;
		found->file = malloc(sizeof(*file));
		if (found->file)
			*found->file = *file;
		if (!found->file ||
			!(found->file->path = text_printable(what, strlen(what), LIMIT_NAME_SHOWN)))
			rc = fault_nomem(why);
	}
	if (rc < 0) {
		certs_free(found);
		return -1;
	}
	*ret = *found;
	return 0;
}

/* ---- repair ---------------------------------------------------------------------------------- */

/* FAULT_FORMAT: DER, UTF-16 or HTML, to which a certificate cannot be added. */
static int check_text(const char *text, size_t len, const char *what, struct fault *why)
{
	static const char wide[] = "-\0B\0E\0G\0I\0N";
	const char *at = text, *stop = text + len;

	if (len > LIMIT_PEM_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "'%s' is larger than %u bytes", what, LIMIT_PEM_BYTES);
	if (memmem(text, len, wide, sizeof(wide) - 1) || pem_block_starts(text, stop, "\xff\xfe") ||
		pem_block_starts(text, stop, "\xfe\xff"))
		return fault_set(why, FAULT_FORMAT,
			"'%s': line 1: UTF-16, which no client loads: convert it with iconv -f "
			"UTF-16 -t UTF-8",
			what);
	while (at < stop && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
		at++;
	if (at < stop && *at == '<' && !pem_block_find(at, stop, PEM_BLOCK_BEGIN))
		return fault_set(why, FAULT_FORMAT,
			"'%s': line 1: HTML or XML, and no certificate in it", what);
	if (is_der((const uint8_t *)text, len))
		return fault_set(why, FAULT_FORMAT,
			"'%s' is not PEM; convert it with 'trustfix convert'", what);
	return 0;
}

/*
 * Append the text of the current block to `out`, from `*from` on.  If a reader could not load the
 * certificates around it, or does not see the wanted one, write the block anew on lines of its own.
 */
static int mend_block(struct reading *reading, struct pem_wanted *wanted, const char **from,
	struct buf *out, struct fault *why)
{
	const unsigned joined = BIT(BEHIND_END) | BIT(BEFORE_BEGIN) | BIT(END_GOES_ON);
	const struct pem_block *block = &reading->block;
	const char *label = reading->type->label, *at = block->end, *stop = reading->in.stop;
	struct bytes der = bytes_make(reading->der.bytes, reading->der.len);
	/* NULL: it has no certificate, or several. */
	struct cert *one =
		reading->found.n == reading->first + 1 ? reading->found.at[reading->first] : NULL;
	bool is_wanted = one && reading->type->kind != PKCS7_LABEL && cert_same(one, wanted->cert);
	char said[PEM_QUIRK_WHY_LEN];

	/*
	 * Only what OpenSSL cannot load is a fault: callers know which other readers matter.
	 * OpenSSL skips a BEGIN with more on its line, but would read it if the line ended there.
	 */
	if (reading->bad.kind != FAULT_NONE) {
		if (!(reading->file.hurt & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)) &&
			(reading->type->kind != OTHER || !(block->quirks & BIT(BEGIN_GOES_ON))))
			return 0;
		if (!pem_quirk_file_says(&reading->file, reading->file.hurt, said))
			snprintf(said, sizeof(said), "'%.100s': line %zu: BEGIN goes on",
				reading->what, block->line);
		return fault_set(why, FAULT_FORMAT, "%s; repair or remove that block first", said);
	}
	wanted->held |= is_wanted;
	is_wanted &= reading->type->kind != TRUSTED || !wanted->as_trusted;
	if (one && (is_wanted || (block->quirks & BIT(TRAILING))))
		der = one->der;
	is_wanted |= reading->type->kind == X509_LABEL;
	if (is_wanted)
		label = "CERTIFICATE";
	if (!(is_wanted ? one->hidden_from : reading->file.hurt) ||
		(reading->type->kind == OTHER && !(block->quirks & joined)))
		return 0;
	reading->file.stopped = reading->file.failed = 0;
	buf_add(out, *from, (size_t)(block->start - *from));
	if (out->len && out->bytes[out->len - 1] != '\n')
		buf_add_byte(out, '\n');
	if (reading->type->kind == OTHER) {
		buf_add(out, block->start, (size_t)(block->end - block->start));
		buf_add_byte(out, '\n');
	} else if (pem_format_as(label, der.at, der.left, out, why) < 0) {
		return -1;
	}
	while (at < stop && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	*from = at + (at < stop && *at == '\n');
	return 0;
}

static int mend_once(const struct buf *text, const char *what, struct pem_wanted *wanted,
	struct buf *out, struct fault *why)
{
	const char *from = buf_text(text), *stop = from + text->len;
	auto_free char *path = text_printable(what, strlen(what), LIMIT_NAME_SHOWN);
	struct reading reading = {.what = path,
		.damage = PEM_LENIENT,
		.in = pem_block_text(from, text->len),
		.file.path = path,
		.der = buf_make(2 * LIMIT_PEM_BYTES + 1)};
	char said[PEM_QUIRK_WHY_LEN];
	int rc = 1;

	if (!path)
		return fault_nomem(why);
	if (check_text(from, text->len, path, why) < 0)
		return -1;
	while (rc > 0) {
		rc = next_block(&reading, why);
		if (rc >= 0 && reading.in.nul_line) {
			pem_quirk_file_says(&reading.file, reading.file.stopped, said);
			rc = fault_set(why, FAULT_FORMAT, "%s", said);
		}
		if (rc > 0 && mend_block(&reading, wanted, &from, out, why) < 0)
			rc = -1;
	}
	certs_free(&reading.found);
	buf_free(&reading.der);
	if (rc < 0)
		return -1;
	buf_add(out, from, (size_t)(stop - from));
	return buf_check(out, what, why);
}

static bool same_text(const struct buf *a, const struct buf *b)
{
	return bytes_same(bytes_make(a->bytes, a->len), bytes_make(b->bytes, b->len));
}

/* Runs twice to check the result: blocks may run into each other in ways one pass cannot repair. */
int pem_mend(const struct buf *text, const char *what, struct pem_wanted *wanted, struct buf *out,
	struct fault *why)
{
	struct pem_wanted again = {.cert = wanted->cert, .as_trusted = wanted->as_trusted};
	auto_buf mended = buf_make(LIMIT_PEM_BYTES), second = buf_make(LIMIT_PEM_BYTES);
	struct fault unsettled = FAULT_INIT;

	if (mend_once(text, what, wanted, &mended, why) < 0)
		return -1;
	if (!same_text(&mended, text) &&
		(mend_once(&mended, what, &again, &second, &unsettled) < 0 ||
			again.held != wanted->held || !same_text(&second, &mended)))
		return unsettled.kind == FAULT_SYSTEM
			       ? fault_nomem(why)
			       : fault_set(why, FAULT_FORMAT,
					 "'%s': its blocks run into each other; put each on lines "
					 "of its own first",
					 what);
	buf_add(out, mended.bytes, mended.len);
	return buf_check(out, what, why);
}
