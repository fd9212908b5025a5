/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/bundle.h"

#include <string.h>

#include "src/x509/der.h"
#include "src/x509/pem.h"
#include "src/x509/pem_block.h"

/* The label of RFC 7468 section 5, and the two OpenSSL adds (PEM_STRING_X509_OLD, _TRUSTED). */
static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"};

static bool next_block(struct pem_block_text *in, struct pem_block *ret)
{
	while (pem_block_next(in, ret))
		for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
			if (pem_block_has_label(ret, labels[i]))
				return true;
	return false;
}

/* Go back over the '#' lines right above `at`, then over one blank line, but not before `from`. */
static const char *comment_start(const char *from, const char *at)
{
	while (at > from && at[-1] == '\n') {
		const char *newline = memrchr(from, '\n', (size_t)(at - 1 - from));
		const char *line = newline ? newline + 1 : from;

		if (*line != '#')
			return *line == '\n' ? line : at;
		at = line;
	}
	return at;
}

int bundle_without(const uint8_t *text, size_t len, const uint8_t sha256[static DIGEST_SHA256_LEN],
	bool with_comment, struct buf *out, struct fault *why)
{
	const char *kept = (const char *)text, *stop = kept + len, *from = kept;
	struct pem_block_text in = pem_block_text(text, len);
	struct pem_block block;

	while (next_block(&in, &block)) {
		auto_certs certs = CERTS_INIT;
		const char *start = with_comment ? comment_start(from, block.start) : block.start;

		if (pem_read(block.start, (size_t)(block.end - block.start), "block", PEM_LENIENT,
			    &certs, why) < 0)
			return -1;
		from = block.end;
		from += from < stop && *from == '\r';
		from += from < stop && *from == '\n';
		if (certs_find_sha256(&certs, sha256) == certs.n)
			continue;
		/* Alpine's program writes a blank line after each block. */
		from += !with_comment && from < stop && *from == '\n' && start - kept > 1 &&
			start[-2] == '\n';
		buf_add(out, kept, (size_t)(start - kept));
		kept = from;
	}
	buf_add(out, kept, (size_t)(stop - kept));
	return buf_check(out, "bundle", why);
}

/*
 * A TRUSTED CERTIFICATE block is the DER followed by an X509_CERT_AUX with only the alias, if any
 * (OpenSSL, crypto/x509/x_x509a.c).
 */
int bundle_block(const struct cert *cert, const char *alias, struct buf *out, struct fault *why)
{
	auto_buf bytes = buf_make(2 * LIMIT_CERT_BYTES);
	size_t len = cert->der.left;
	const uint8_t *der = cert->der.at;

	if (!alias)
		return pem_format(cert, out, why);
	buf_add(&bytes, der, len);
	buf_add_text(&bytes, alias);
	if (*alias)
		der_wrap(&bytes, len, DER_UTF8_STRING);
	der_wrap(&bytes, len, DER_SEQUENCE);
	if (buf_check(&bytes, "trusted certificate", why) < 0)
		return -1;
	return pem_format_as("TRUSTED CERTIFICATE", bytes.bytes, bytes.len, out, why);
}

static int append(struct buf *text, const struct cert *cert, const struct bundle_style *style,
	struct fault *why)
{
	/* Alpine's program writes a blank line after each block. */
	bool is_spaced = text->len > 1 && memcmp(text->bytes + text->len - 2, "\n\n", 2) == 0 &&
			 memmem(text->bytes, text->len, "-----\n\n-----", 12);

	if (text->len && text->bytes[text->len - 1] != '\n')
		buf_add_byte(text, '\n');
	/* Older versions of p11-kit put a blank line between the blocks. */
	if (style && style->comment && text->len && memmem(text->bytes, text->len, "-----\n\n", 7))
		buf_add_byte(text, '\n');
	if (style && style->comment)
		buf_printf(text, "# %s\n", style->comment);
	if (bundle_block(cert, style ? style->alias : NULL, text, why) < 0)
		return -1;
	if (is_spaced && !style)
		buf_add_byte(text, '\n');
	return 0;
}

int bundle_change(struct view *view, const char *path, const struct store_change *change,
	const struct bundle_style *style, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES), out = buf_make(LIMIT_PEM_BYTES);
	struct pem_wanted wanted = {change->cert, style && style->alias, false};
	bool found = false;

	if (view_read(view, path, &text, &found, why) < 0)
		return -1;
	if (!change->cert && !text.len)
		return 0;
	if (!change->cert) {
		if (bundle_without(text.bytes, text.len, change->sha256, style && style->comment,
			    &out, why) < 0)
			return -1;
	} else if ((text.len && pem_mend(&text, path, &wanted, &out, why) < 0) ||
		   (!wanted.held && append(&out, change->cert, style, why) < 0)) {
		return -1;
	}
	return view_give_file(view, path, &out, style ? 0444 : 0644, why);
}

int bundle_certs(struct view *view, const char *path, struct certs *ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	bool found = false;

	if (view_read(view, path, &text, &found, why) < 0)
		return -1;
	return text.len ? pem_read(text.bytes, text.len, path, PEM_LENIENT, ret, why) : 0;
}
