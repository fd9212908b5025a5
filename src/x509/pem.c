/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem_block.h"
#include "src/x509/der.h"
#include "src/x509/ossl.h"
#include "src/x509/pkcs7.h"
#include "src/x509/pem_quirks.h"

/* A text that is written anew on the way (pem_mend()). */
struct mending {
	struct pem_wanted *wanted;
	struct buf *out;
	const char *from; /* what is not yet in `out` begins here */
	const char *stop;
};

struct reading {
	const char *what;
	enum pem_damage damage;
	struct certs found;
	struct pem_skipped skipped;
	struct pem_quirk_file quirk;
	struct mending *mending; /* or NULL */
	const char *last_begin; /* BEGIN CERTIFICATE, which GnuTLS looks for first; or NULL */
	size_t line; /* of the block in hand */
	unsigned blind; /* those that do not see it */
	bool is_trimmed; /* there are bytes behind its certificate */
	bool is_full; /* LIMIT_PEM_CERTS is reached */
};

static void meet(struct reading *reading, enum pem_quirk quirk)
{
	reading->blind = pem_quirk_met(&reading->quirk, quirk, reading->line, reading->blind);
}

/* Some take a certificate and leave what is behind it in its block. */
static size_t without_trailing(struct reading *reading, const uint8_t *der, size_t len)
{
	struct bytes in = bytes_make(der, len);
	struct der cert;

	if (reading->damage == PEM_STRICT || !der_take_tag(&in, DER_SEQUENCE, &cert) || !in.left)
		return len;
	meet(reading, PEM_QUIRK_TRAILING);
	reading->is_trimmed = true;
	return cert.len;
}

static int add_der(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	auto_cert cert = NULL;
	X509 *x509;

	if (cert_make(der, without_trailing(reading, der, len), &cert, why) < 0)
		return -1;
	cert_set_blind(cert, reading->blind);
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
	meet(reading, PEM_QUIRK_TRUSTED_LABEL);
	if (trust == X509_TRUST_REJECTED)
		meet(reading, PEM_QUIRK_DISTRUSTED);
	if (add_der(reading, cert.at, cert.len, why) < 0)
		return -1;
	if (trust == X509_TRUST_TRUSTED && cert.len < len)
		cert_set_trusted(reading->found.at[reading->found.n - 1]);
	return 0;
}

static int add_x509(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	meet(reading, PEM_QUIRK_X509_LABEL);
	return add_der(reading, der, len, why);
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
		if (cert.tag == DER_SEQUENCE && add_der(reading, cert.at, cert.len, why) < 0)
			return -1;
	}
	return 0;
}

/* The types of blocks that hold certificates. */
struct type {
	const char *label;
	int (*add)(struct reading *, const uint8_t *, size_t, struct fault *);
	enum pem_quirk damaged; /* when something else is inside */
};

/* RFC 7468 names CERTIFICATE, PKCS7 and CMS; the others are OpenSSL's, NSS's and old programs'. */
static const struct type *type_of(struct pem_block_span label)
{
	static const struct type types[] = {
		{"CERTIFICATE", add_der, PEM_QUIRK_DAMAGED},
		{"X509 CERTIFICATE", add_x509, PEM_QUIRK_OTHER_DAMAGED},
		{"TRUSTED CERTIFICATE", add_trusted, PEM_QUIRK_OTHER_INSIDE},
		{"PKCS7", add_pkcs7, PEM_QUIRK_NOT_PEM},
		{"CMS", add_pkcs7, PEM_QUIRK_NOT_PEM},
		{"PKCS #7 SIGNED DATA", add_pkcs7, PEM_QUIRK_NOT_PEM},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (pem_block_is_label(label, types[i].label))
			return &types[i];
	return NULL;
}

/* Only blocks of CERTIFICATE matter to those that look for nothing else. */
static bool is_plain(const struct type *type)
{
	return type && type->damaged == PEM_QUIRK_DAMAGED;
}

/* Who does not take a block that is written like this one? */
static void meet_unusual(
	struct reading *reading, const struct pem_block *block, const struct type *type)
{
	static const struct {
		unsigned unusual;
		enum pem_quirk quirk, other; /* of CERTIFICATE, of other blocks */
	} quirks[] = {
		{PEM_BLOCK_MARK_FIRST, PEM_QUIRK_MARK_FIRST, PEM_QUIRK_MARK_FIRST},
		{PEM_BLOCK_MARK, PEM_QUIRK_MARK, PEM_QUIRK_MARK},
		{PEM_BLOCK_MID_LINE, PEM_QUIRK_MID_LINE, PEM_QUIRK_MID_LINE},
		{PEM_BLOCK_BEHIND_END, PEM_QUIRK_BEHIND_END, PEM_QUIRK_BEHIND_END},
		{PEM_BLOCK_BEGIN_GOES_ON, PEM_QUIRK_BEGIN_GOES_ON, PEM_QUIRK_BEGIN_GOES_ON},
		{PEM_BLOCK_BEGIN_CUT, PEM_QUIRK_BEGIN_CUT, PEM_QUIRK_BEGIN_CUT},
		{PEM_BLOCK_BEFORE_BEGIN, PEM_QUIRK_BEFORE_BEGIN, PEM_QUIRK_BEFORE_BEGIN},
		{PEM_BLOCK_END_GOES_ON, PEM_QUIRK_END_GOES_ON, PEM_QUIRK_END_GOES_ON},
		{PEM_BLOCK_BLANK_LINES, PEM_QUIRK_BLANK_LINES, PEM_QUIRK_BLANK_LINES},
		{PEM_BLOCK_NO_DASHES, PEM_QUIRK_NO_DASHES, PEM_QUIRK_OTHER_DAMAGED},
		{PEM_BLOCK_NO_END, PEM_QUIRK_NO_END, PEM_QUIRK_OTHER_DAMAGED},
	};

	reading->quirk.hurt = 0;
	reading->blind = reading->quirk.stopped;
	reading->is_trimmed = false;
	for (size_t i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (block->unusual & quirks[i].unusual) {
			reading->line =
				quirks[i].unusual & (PEM_BLOCK_BEFORE_BEGIN | PEM_BLOCK_END_GOES_ON)
					? block->end_line
					: block->line;
			meet(reading, is_plain(type) ? quirks[i].quirk : quirks[i].other);
		}
	reading->line = block->line;
	if (!type && pem_block_starts(block->label, "CERTIFICATE"))
		meet(reading, PEM_QUIRK_LIKE_CERTIFICATE);
	if (type && type->add == add_x509 && block->start < reading->last_begin)
		meet(reading, PEM_QUIRK_X509_BEFORE);
}

/* Of a block without certificates: OpenSSL decodes each, and of some what is inside. */
static int look_into_other(struct reading *reading, const struct pem_block *block,
	const uint8_t *der, size_t len, struct fault *why)
{
	bool is_key = memmem(block->label.at, block->label.len, "PRIVATE KEY", 11) &&
		      !pem_block_starts(block->label, "ENCRYPTED");
	auto_EVP_PKEY key = NULL;
	X509_CRL *crl = NULL;

	if (len == 0 || (block->unusual & (PEM_BLOCK_BLANK_LINES | PEM_BLOCK_NO_END))) {
		meet(reading, PEM_QUIRK_OTHER_DAMAGED);
		return fault_set(why, FAULT_FORMAT, "it is empty, or goes on");
	}
	if ((block->unusual & PEM_BLOCK_HEADERS) ||
		!(is_key || pem_block_is_label(block->label, "X509 CRL")))
		return 0;
	if (is_key)
		key = d2i_AutoPrivateKey(NULL, &der, (long)len);
	else
		crl = d2i_X509_CRL(NULL, &der, (long)len);
	is_key = key || crl;
	X509_CRL_free(crl);
	ERR_clear_error();
	if (is_key)
		return 0;
	meet(reading, PEM_QUIRK_OTHER_INSIDE);
	return fault_set(why, FAULT_FORMAT, "what is inside cannot be decoded");
}

static int add_block(struct reading *reading, const struct pem_block *block,
	const struct type *type, struct buf *out, struct fault *why)
{
	bool is_word = block->unusual & PEM_BLOCK_MID_LINE; /* perhaps, of a text */
	const char *damaged = reading->damage == PEM_STRICT && !is_word ? block->damaged : NULL;
	const size_t len = block->body.len / 4 * 3 + 3;
	uint8_t *der = buf_extend(out, len);

	if (!der)
		return fault_nomem(why);
	if (!damaged)
		damaged = pem_block_decode(block->body, der, &out->len);
	if (!damaged && type && (block->unusual & PEM_BLOCK_HEADERS))
		damaged = "it has headers";
	if (damaged) {
		out->len = 0;
		meet(reading, is_plain(type) ? PEM_QUIRK_DAMAGED : PEM_QUIRK_OTHER_DAMAGED);
		damaged = block->damaged ? block->damaged : damaged;
		return fault_set(why, FAULT_FORMAT, "%s", damaged);
	}
	if (!type)
		return look_into_other(reading, block, der, out->len, why);
	if (type->add(reading, der, out->len, why) == 0)
		return 0;
	meet(reading, type->damaged);
	return -1;
}

static void end_line(struct buf *out)
{
	if (out->len && out->bytes[out->len - 1] != '\n')
		buf_add_byte(out, '\n');
}

/* What was read of a block, in lines of its own; `label` NULL: as it is. */
static int write_anew(struct mending *mending, const struct pem_block *block, const char *label,
	const struct bytes *der, struct fault *why)
{
	const char *at = block->end;

	buf_add(mending->out, mending->from, (size_t)(block->start - mending->from));
	end_line(mending->out);
	if (!label)
		buf_add(mending->out, block->start, (size_t)(block->end - block->start));
	else if (pem_format_as(label, der->at, der->left, mending->out, why) < 0)
		return -1;
	end_line(mending->out);
	while (at < mending->stop && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	mending->from = at + (at < mending->stop && *at == '\n');
	return 0;
}

/* Every client must be able to load what stands around its certificates, and see the wanted one. */
static int mend_block(struct reading *reading, const struct pem_block *block, size_t before_n,
	const struct buf *der, struct fault *why)
{
	struct mending *mending = reading->mending;
	const struct type *type = type_of(block->label);
	struct cert *one = reading->found.n == before_n + 1 ? reading->found.at[before_n] : NULL;
	bool is_own = one && type->add != add_pkcs7 && cert_same(one, mending->wanted->cert);
	struct bytes bytes = bytes_make(der->bytes, der->len);

	mending->wanted->held |= is_own;
	if (is_own && mending->wanted->as_trusted && type->add == add_trusted)
		is_own = false;
	if (one && (is_own || reading->is_trimmed))
		bytes.at = cert_der(one, &bytes.left);
	is_own |= type && type->add == add_x509;
	if (!(is_own ? cert_blind(one) : reading->quirk.hurt) ||
		(!type && !(block->unusual & PEM_BLOCK_JOINED)))
		return 0;
	reading->quirk.stopped = reading->quirk.failed = 0;
	return write_anew(mending, block,
		is_own  ? "CERTIFICATE"
		: !type ? NULL
			: type->label,
		&bytes, why);
}

/* Take one block; a damaged one is a fault that names its line, or (PEM_LENIENT) counted. */
static int read_block(struct reading *reading, const struct pem_block *block, struct fault *why)
{
	const struct type *type = type_of(block->label);
	auto_buf der = buf_make(LIMIT_PEM_BYTES);
	struct fault damage = FAULT_INIT;
	size_t before_n = reading->found.n;
	bool is_strict = reading->damage == PEM_STRICT;
	char said[PEM_QUIRK_WHY_LEN];

	reading->skipped.other += !type;
	if (!type && is_strict)
		return 0;
	meet_unusual(reading, block, type);
	if (add_block(reading, block, type, &der, &damage) == 0) {
		reading->skipped.damaged +=
			type && (block->unusual & PEM_BLOCK_NO_END) && !is_strict;
		return reading->mending ? mend_block(reading, block, before_n, &der, why) : 0;
	}
	if (is_strict && (block->unusual & PEM_BLOCK_MID_LINE) && damage.kind != FAULT_SYSTEM &&
		(!der.len || der.bytes[0] != DER_SEQUENCE))
		return 0;
	if (damage.kind == FAULT_SYSTEM || reading->is_full || is_strict) {
		*why = damage;
		return damage.kind == FAULT_SYSTEM
			       ? -1
			       : fault_wrap(why, "'%s': line %zu: damaged %.*s block",
					 reading->what, block->line, (int)block->label.len,
					 block->label.at);
	}
	/* What only others cannot load is for those who know who decides.  A line that OpenSSL
	 * passes over because it goes on would be another one if it ended here. */
	if (reading->mending && ((reading->quirk.hurt & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)) ||
					(!type && (block->unusual & PEM_BLOCK_BEGIN_GOES_ON)))) {
		if (!pem_quirk_file_says(&reading->quirk, reading->quirk.hurt, said))
			snprintf(said, sizeof(said), "'%.100s': line %zu: BEGIN goes on",
				reading->what, block->line);
		return fault_set(why, FAULT_FORMAT, "%s; repair or remove that block first", said);
	}
	if (type && reading->skipped.damaged++ == 0)
		reading->skipped.first_damaged_line = block->line;
	return 0;
}

static const char *find_begin(struct pem_block_span text, const char *from)
{
	static const char begin[] = PEM_BLOCK_BEGIN "CERTIFICATE";
	size_t left = text.len - (size_t)(from - text.at);

	return left ? memmem(from, left, begin, sizeof(begin) - 1) : NULL;
}

static int read_text(struct reading *reading, struct pem_block_span text, struct fault *why)
{
	struct pem_block_text in = {.rest = text};
	struct pem_block block;
	char said[PEM_QUIRK_WHY_LEN];
	bool more = true;

	for (const char *at = find_begin(text, text.at); at; at = find_begin(text, at + 1))
		reading->last_begin = at;
	while (more) {
		size_t nul_line = in.nul_line;

		more = pem_block_next(&in, &block);
		if (in.nul_line != nul_line) {
			reading->line = in.nul_line;
			reading->blind = 0;
			meet(reading, PEM_QUIRK_NUL);
		}
		if (reading->mending && in.nul_line) {
			pem_quirk_file_says(&reading->quirk, reading->quirk.stopped, said);
			return fault_set(why, FAULT_FORMAT, "%s", said);
		}
		if (more && read_block(reading, &block, why) < 0)
			return -1;
	}
	return 0;
}

/* A certificate begins with SEQUENCE { SEQUENCE, PKCS#7 with SEQUENCE { OID. */
static int read_binary(struct reading *reading, const uint8_t *der, size_t len, struct fault *why)
{
	struct fault damage = FAULT_INIT;
	bool is_pkcs7 = pkcs7_is(der, len);

	reading->line = 1;
	meet(reading, PEM_QUIRK_NO_CERT);
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

/* What is not plain goes with the certificates. */
static int give_shape(struct reading *reading, struct fault *why)
{
	struct pem_quirk_file *quirk = &reading->quirk;

	if (!(quirk->failed | quirk->stopped))
		return 0;
	for (size_t i = 0; i < reading->found.n; i++)
		cert_set_blind(
			reading->found.at[i], cert_blind(reading->found.at[i]) | quirk->failed);
	reading->found.file = malloc(sizeof(*quirk));
	if (!reading->found.file)
		return fault_nomem(why);
	*reading->found.file = *quirk;
	reading->found.file->path =
		text_printable(reading->what, strlen(reading->what), LIMIT_NAME_SHOWN);
	return reading->found.file->path ? 0 : fault_nomem(why);
}

static int read_all(struct reading *reading, const void *bytes, size_t len, struct fault *why)
{
	const uint8_t *der = bytes;
	bool is_text = len && memmem(bytes, len, PEM_BLOCK_BEGIN, strlen(PEM_BLOCK_BEGIN));

	if (len > LIMIT_PEM_BYTES)
		return fault_set(why, FAULT_LIMIT, "'%s' is larger than %u bytes", reading->what,
			LIMIT_PEM_BYTES);
	/* A DER certificate may have the words -----BEGIN in it, a PEM file DER bytes in front. */
	if (len && der[0] == DER_SEQUENCE && (!is_text || der_is_whole(der, len))) {
		if (reading->mending)
			return fault_set(why, FAULT_FORMAT,
				"'%s' is not PEM; convert it with 'trustfix convert'",
				reading->what);
		return read_binary(reading, der, len, why);
	}
	return read_text(reading, (struct pem_block_span){bytes, len}, why);
}

int pem_read(const void *bytes, size_t len, const char *what, enum pem_damage damage,
	struct certs *ret, struct pem_skipped *skipped, struct fault *why)
{
	struct reading reading = {.what = what, .damage = damage};
	int rc = read_all(&reading, bytes, len, why);

	if (rc == 0)
		rc = check_found(&reading, len, why);
	if (rc == 0 && len && reading.found.n == 0) {
		reading.line = 1;
		meet(&reading, PEM_QUIRK_NO_CERT);
	}
	if (rc < 0 || give_shape(&reading, why) < 0) {
		certs_free(&reading.found);
		return -1;
	}
	*ret = reading.found;
	if (skipped)
		*skipped = reading.skipped;
	return 0;
}

int pem_mend_once(const struct buf *text, const char *what, struct pem_wanted *wanted,
	struct buf *out, struct fault *why)
{
	const char *from = buf_text(text);
	auto_free char *path = text_printable(what, strlen(what), LIMIT_NAME_SHOWN);
	struct mending mending = {wanted, out, .from = from, .stop = from + text->len};
	struct reading reading = {
		.what = path, .damage = PEM_LENIENT, .mending = &mending, .quirk.path = path};
	int rc;

	if (!path)
		return fault_nomem(why);
	if (pem_quirk_check_text(from, text->len, path, why) < 0)
		return -1;
	rc = read_all(&reading, from, text->len, why);
	certs_free(&reading.found);
	if (rc < 0)
		return -1;
	buf_add(out, mending.from, (size_t)(mending.stop - mending.from));
	return buf_check(out, what, why);
}
