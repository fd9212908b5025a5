/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/der.h"
#include "src/x509/ossl.h"
#include "src/x509/pem_block.h"
#include "src/x509/pem_quirks.h"
#include "src/x509/pkcs7.h"

/* A text that is repaired while it is read (pem_mend()). */
struct mending {
	struct pem_wanted *wanted;
	struct buf *out;
	const char *from, *stop; /* the part not yet copied to `out` */
};

struct reading {
	const char *what;
	enum pem_damage damage;
	struct certs found;
	struct pem_skipped skipped;
	struct pem_quirk_file file;
	struct mending *mending; /* or NULL */
	struct buf der; /* contents of the current block */
	const char *stop; /* of the text */
	const char *last_begin; /* last BEGIN CERTIFICATE, which GnuTLS seeks first, or NULL */
	size_t line; /* of the current block */
	unsigned blind; /* the readers that do not see it */
	bool is_trimmed; /* there are bytes after its certificate */
	bool is_full; /* LIMIT_PEM_CERTS is reached */
};

static void meet(struct reading *reading, enum pem_quirk quirk)
{
	reading->blind = pem_quirk_met(&reading->file, quirk, reading->line, reading->blind);
}

enum kind { PLAIN, X509_LABEL, TRUSTED, PKCS7_LABEL, OTHER };

static const struct {
	const char *label;
	enum kind kind;
	enum pem_quirk damaged; /* the quirk if the contents do not match the label */
} types[] = {
	{"CERTIFICATE", PLAIN, PEM_QUIRK_DAMAGED},
	{"X509 CERTIFICATE", X509_LABEL, PEM_QUIRK_OTHER_DAMAGED},
	{"TRUSTED CERTIFICATE", TRUSTED, PEM_QUIRK_OTHER_INSIDE},
	/* RFC 7468 has CERTIFICATE and these two; the other labels are from OpenSSL and NSS. */
	{"PKCS7", PKCS7_LABEL, PEM_QUIRK_NOT_PEM},
	{"CMS", PKCS7_LABEL, PEM_QUIRK_NOT_PEM},
	{"PKCS #7 SIGNED DATA", PKCS7_LABEL, PEM_QUIRK_NOT_PEM},
	{"", OTHER, PEM_QUIRK_OTHER_DAMAGED},
};

static size_t type_of(const struct pem_block *block)
{
	size_t type = 0;

	while (types[type].kind != OTHER && !pem_block_has_label(block, types[type].label))
		type++;
	return type;
}

static int add_cert(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	struct bytes in = bytes_make(der, len);
	auto_cert cert = NULL;
	struct der all;
	X509 *x509;

	/* Some readers load a certificate and ignore what follows it in its block. */
	if (reading->damage == PEM_LENIENT && der_take_tag(&in, DER_SEQUENCE, &all) && in.left) {
		meet(reading, PEM_QUIRK_TRAILING);
		reading->is_trimmed = true;
		len = all.len;
	}
	if (cert_make(der, len, &cert, why) < 0)
		return -1;
	cert->hidden_from = reading->blind;
	if (reading->damage == PEM_STRICT && cert_parse(cert, &x509, why) < 0)
		return -1;
	reading->is_full = reading->found.n >= LIMIT_PEM_CERTS;
	if (reading->is_full)
		return fault_set(why, FAULT_LIMIT, "more than %u certificates", LIMIT_PEM_CERTS);
	return certs_add(&reading->found, cert, why);
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
	meet(reading, PEM_QUIRK_TRUSTED_LABEL);
	if (trust == X509_TRUST_REJECTED)
		meet(reading, PEM_QUIRK_DISTRUSTED);
	if (add_cert(reading, cert.at, cert.len, why) < 0)
		return -1;
	if (trust == X509_TRUST_TRUSTED && cert.len < len)
		reading->found.at[reading->found.n - 1]->is_trusted = true;
	return 0;
}

static int add_pkcs7(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	auto_buf definite = buf_make(LIMIT_PEM_BYTES);
	struct bytes in;
	struct der cert;

	meet(reading, PEM_QUIRK_NOT_PEM);
	if (pkcs7_open(der, len, &definite, &in, why) < 0)
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
static int look_into_other(struct reading *reading, const struct pem_block *block,
	const uint8_t *der, size_t len, struct fault *why)
{
	const char *label = block->label.at, *stop = label + block->label.len;
	bool is_key = pem_block_find(label, stop, "PRIVATE KEY") &&
		      !pem_block_starts(label, stop, "ENCRYPTED");
	auto_EVP_PKEY key = NULL;
	X509_CRL *crl = NULL;

	if (len == 0 || (block->quirks & (1u << PEM_QUIRK_BLANK_LINES | 1u << PEM_QUIRK_NO_END))) {
		meet(reading, PEM_QUIRK_OTHER_DAMAGED);
		return fault_set(why, FAULT_FORMAT, "it is empty, or goes on");
	}
	if (block->has_headers || !(is_key || pem_block_has_label(block, "X509 CRL")))
		return 0;
	if (is_key)
		key = d2i_AutoPrivateKey(NULL, &der, (long)len);
	else
		crl = d2i_X509_CRL(NULL, &der, (long)len);
	X509_CRL_free(crl);
	ERR_clear_error();
	if (key || crl)
		return 0;
	meet(reading, PEM_QUIRK_OTHER_INSIDE);
	return fault_set(why, FAULT_FORMAT, "what is inside cannot be decoded");
}

/* Record which readers skip, or fail on, a block that is written like this one. */
static void meet_quirks(struct reading *reading, const struct pem_block *block, enum kind kind)
{
	static const char begin[] = PEM_BLOCK_BEGIN "CERTIFICATE";
	const char *label = block->label.at, *stop = label + block->label.len;

	reading->file.hurt = 0;
	reading->blind = reading->file.stopped;
	reading->is_trimmed = false;
	for (enum pem_quirk quirk = 0; quirk <= PEM_QUIRK_NO_DASHES; quirk++) {
		bool at_end = quirk == PEM_QUIRK_BEFORE_BEGIN || quirk == PEM_QUIRK_END_GOES_ON;
		bool is_open = quirk == PEM_QUIRK_NO_END || quirk == PEM_QUIRK_NO_DASHES;

		reading->line = at_end ? block->end_line : block->line;
		if (block->quirks & 1u << quirk) /* some readers look only for CERTIFICATE */
			meet(reading, is_open && kind != PLAIN ? PEM_QUIRK_OTHER_DAMAGED : quirk);
	}
	reading->line = block->line;
	if (kind == OTHER && pem_block_starts(label, stop, "CERTIFICATE"))
		meet(reading, PEM_QUIRK_LIKE_CERTIFICATE);
	if (kind != X509_LABEL)
		return;
	if (!reading->last_begin) {
		reading->last_begin = block->start;
		for (const char *at = block->start + 1;
			(at = pem_block_find(at, reading->stop, begin)); at++)
			reading->last_begin = at;
	}
	if (block->start < reading->last_begin)
		meet(reading, PEM_QUIRK_X509_BEFORE);
}

/* Decode a block into reading->der, and add its certificates. */
static int take_block(
	struct reading *reading, const struct pem_block *block, size_t type, struct fault *why)
{
	bool is_word = block->quirks & 1u << PEM_QUIRK_MID_LINE; /* may be part of a sentence */
	const char *damaged = reading->damage == PEM_STRICT && !is_word ? block->damaged : NULL;
	enum kind kind = types[type].kind;
	struct buf *der = &reading->der;

	buf_clear(der);
	if (!buf_extend(der, block->body.len / 4 * 3 + 3))
		return fault_nomem(why);
	if (!damaged)
		damaged = pem_block_decode(block->body, der->bytes, &der->len);
	if (!damaged && kind != OTHER && block->has_headers)
		damaged = "it has headers";
	if (damaged) {
		der->len = 0;
		meet(reading, kind == PLAIN ? PEM_QUIRK_DAMAGED : PEM_QUIRK_OTHER_DAMAGED);
		return fault_set(
			why, FAULT_FORMAT, "%s", block->damaged ? block->damaged : damaged);
	}
	if (kind == OTHER)
		return look_into_other(reading, block, der->bytes, der->len, why);
	if (kind == X509_LABEL)
		meet(reading, PEM_QUIRK_X509_LABEL);
	if ((kind == TRUSTED              ? add_trusted
		    : kind == PKCS7_LABEL ? add_pkcs7
					  : add_cert)(reading, der->bytes, der->len, why) == 0)
		return 0;
	meet(reading, types[type].damaged);
	return -1;
}

/*
 * Copy the text up to the end of this block.  If a reader could not load the certificates around
 * it, or does not see the wanted one, rewrite the block on lines of its own.  `one` is the
 * certificate in it; NULL: it has none, or several.
 */
static int mend_block(struct reading *reading, const struct pem_block *block, size_t type,
	struct cert *one, struct fault *why)
{
	const unsigned joined = 1u << PEM_QUIRK_BEHIND_END | 1u << PEM_QUIRK_BEFORE_BEGIN |
				1u << PEM_QUIRK_END_GOES_ON;
	struct mending *mending = reading->mending;
	enum kind kind = types[type].kind;
	struct bytes der = bytes_make(reading->der.bytes, reading->der.len);
	struct buf *out = mending->out;
	const char *at = block->end;
	bool is_wanted = one && kind != PKCS7_LABEL && cert_same(one, mending->wanted->cert);

	mending->wanted->held |= is_wanted;
	if (kind == TRUSTED && mending->wanted->as_trusted)
		is_wanted = false;
	if (one && (is_wanted || reading->is_trimmed))
		der = one->der;
	is_wanted |= kind == X509_LABEL;
	if (!(is_wanted ? one->hidden_from : reading->file.hurt) ||
		(kind == OTHER && !(block->quirks & joined)))
		return 0;
	reading->file.stopped = reading->file.failed = 0;
	buf_add(out, mending->from, (size_t)(block->start - mending->from));
	if (out->len && out->bytes[out->len - 1] != '\n')
		buf_add_byte(out, '\n');
	if (kind == OTHER) {
		buf_add(out, block->start, (size_t)(block->end - block->start));
		buf_add_byte(out, '\n');
	} else if (pem_format_as(is_wanted ? types[0].label : types[type].label, der.at, der.left,
			   out, why) < 0) {
		return -1;
	}
	while (at < mending->stop && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	mending->from = at + (at < mending->stop && *at == '\n');
	return 0;
}

/* Read one block; a damaged one is a fault that names its line, or is counted (PEM_LENIENT). */
static int read_block(struct reading *reading, const struct pem_block *block, struct fault *why)
{
	size_t type = type_of(block), before_n = reading->found.n;
	bool is_other = types[type].kind == OTHER, is_strict = reading->damage == PEM_STRICT;
	struct fault damage = FAULT_INIT;
	char said[PEM_QUIRK_WHY_LEN];

	reading->skipped.other += is_other;
	if (is_other && is_strict)
		return 0;
	meet_quirks(reading, block, types[type].kind);
	if (take_block(reading, block, type, &damage) == 0) {
		bool is_one = reading->found.n == before_n + 1;

		reading->skipped.damaged +=
			!is_other && !is_strict && (block->quirks & 1u << PEM_QUIRK_NO_END);
		return reading->mending ? mend_block(reading, block, type,
						  is_one ? reading->found.at[before_n] : NULL, why)
					: 0;
	}
	if (is_strict && (block->quirks & 1u << PEM_QUIRK_MID_LINE) &&
		damage.kind != FAULT_SYSTEM &&
		(!reading->der.len || reading->der.bytes[0] != DER_SEQUENCE))
		return 0;
	if (damage.kind == FAULT_SYSTEM || reading->is_full || is_strict) {
		*why = damage;
		return damage.kind == FAULT_SYSTEM
			       ? -1
			       : fault_wrap(why, "'%s': line %zu: damaged %.*s block",
					 reading->what, block->line, (int)block->label.len,
					 block->label.at);
	}
	/*
	 * Only what OpenSSL cannot load is a fault: callers know which other readers matter.
	 * OpenSSL skips a BEGIN with more on its line, but would read it if the line ended there.
	 */
	if (reading->mending &&
		((reading->file.hurt & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)) ||
			(is_other && (block->quirks & 1u << PEM_QUIRK_BEGIN_GOES_ON)))) {
		if (!pem_quirk_file_says(&reading->file, reading->file.hurt, said))
			snprintf(said, sizeof(said), "'%.100s': line %zu: BEGIN goes on",
				reading->what, block->line);
		return fault_set(why, FAULT_FORMAT, "%s; repair or remove that block first", said);
	}
	if (!is_other && reading->skipped.damaged++ == 0)
		reading->skipped.first_damaged_line = block->line;
	return 0;
}

static int read_text(struct reading *reading, const void *text, size_t len, struct fault *why)
{
	struct pem_block_text in = pem_block_text(text, len);
	struct pem_block block;
	char said[PEM_QUIRK_WHY_LEN];
	size_t nul_line = 0;

	reading->stop = in.stop;
	for (bool more = true; more;) {
		more = pem_block_next(&in, &block);
		if (in.nul_line != nul_line) {
			reading->line = nul_line = in.nul_line;
			reading->blind = 0;
			meet(reading, PEM_QUIRK_NUL);
		}
		if (reading->mending && nul_line) {
			pem_quirk_file_says(&reading->file, reading->file.stopped, said);
			return fault_set(why, FAULT_FORMAT, "%s", said);
		}
		if (more && read_block(reading, &block, why) < 0)
			return -1;
	}
	return 0;
}

static int read_all(struct reading *reading, const void *bytes, size_t len, struct fault *why)
{
	const uint8_t *der = bytes;
	const char *what = reading->what, *text = bytes;
	struct fault damage = FAULT_INIT;

	if (len > LIMIT_PEM_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "'%s' is larger than %u bytes", what, LIMIT_PEM_BYTES);
	/* DER may contain the text -----BEGIN, and a PEM file may start with DER bytes. */
	if (!len || der[0] != DER_SEQUENCE ||
		(pem_block_find(text, text + len, PEM_BLOCK_BEGIN) && !der_is_whole(der, len)))
		return read_text(reading, bytes, len, why);
	if (reading->mending)
		return fault_set(why, FAULT_FORMAT,
			"'%s' is not PEM; convert it with 'trustfix convert'", what);
	reading->line = 1;
	meet(reading, PEM_QUIRK_NO_CERT);
	if ((pkcs7_is(der, len) ? add_pkcs7 : add_cert)(reading, der, len, &damage) == 0)
		return 0;
	if (reading->damage == PEM_LENIENT && damage.kind != FAULT_SYSTEM && !reading->is_full) {
		reading->skipped.damaged++;
		reading->skipped.first_damaged_line = 1;
		return 0;
	}
	*why = damage;
	return damage.kind == FAULT_SYSTEM ? -1 : fault_wrap(why, "'%s'", what);
}

/* Pass the quirks of the file on with the certificates. */
static int give_file(struct reading *reading, struct fault *why)
{
	struct pem_quirk_file *file = &reading->file;
	struct certs *found = &reading->found;

	if (!(file->failed | file->stopped))
		return 0;
	for (size_t i = 0; i < found->n; i++)
		found->at[i]->hidden_from |= file->failed;
	found->file = malloc(sizeof(*file));
	if (!found->file)
		return fault_nomem(why);
	*found->file = *file;
	found->file->path = text_printable(reading->what, strlen(reading->what), LIMIT_NAME_SHOWN);
	return found->file->path ? 0 : fault_nomem(why);
}

int pem_read(const void *bytes, size_t len, const char *what, enum pem_damage damage,
	struct certs *ret, struct pem_skipped *skipped, struct fault *why)
{
	struct reading reading = {.what = what, .damage = damage, .der = buf_make(LIMIT_PEM_BYTES)};
	int rc = read_all(&reading, bytes, len, why);

	buf_free(&reading.der);
	if (rc == 0 && reading.found.n == 0 && damage == PEM_STRICT)
		rc = len == 0 ? fault_set(why, FAULT_FORMAT, "'%s' is empty", what)
			      : fault_set(why, FAULT_FORMAT, "'%s' holds no certificate%s", what,
					reading.skipped.other ? ", only other PEM blocks"
							      : ": neither PEM, DER nor PKCS#7");
	if (rc == 0 && len && reading.found.n == 0) {
		reading.line = 1;
		meet(&reading, PEM_QUIRK_NO_CERT);
	}
	if (rc < 0 || give_file(&reading, why) < 0) {
		certs_free(&reading.found);
		return -1;
	}
	*ret = reading.found;
	if (skipped)
		*skipped = reading.skipped;
	return 0;
}

/* FAULT_FORMAT: UTF-16 or HTML; a certificate cannot be added to either. */
static int check_text(const char *text, size_t len, const char *what, struct fault *why)
{
	static const char wide[] = "-\0B\0E\0G\0I\0N";
	const char *at = text, *stop = text + len;

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
	return 0;
}

static int mend_once(const struct buf *text, const char *what, struct pem_wanted *wanted,
	struct buf *out, struct fault *why)
{
	const char *from = buf_text(text);
	auto_free char *path = text_printable(what, strlen(what), LIMIT_NAME_SHOWN);
	struct mending mending = {wanted, out, .from = from, .stop = from + text->len};
	struct reading reading = {.what = path,
		.damage = PEM_LENIENT,
		.mending = &mending,
		.file.path = path,
		.der = buf_make(LIMIT_PEM_BYTES)};
	int rc;

	if (!path)
		return fault_nomem(why);
	if (check_text(from, text->len, path, why) < 0)
		return -1;
	rc = read_all(&reading, from, text->len, why);
	certs_free(&reading.found);
	buf_free(&reading.der);
	if (rc < 0)
		return -1;
	buf_add(out, mending.from, (size_t)(mending.stop - mending.from));
	return buf_check(out, what, why);
}

static bool same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
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
