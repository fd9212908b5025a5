/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/bundle.h"

#include <string.h>

#include "src/base/limits.h"
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

/* The start of the line before the one that begins at `at`, but not before `from`; `at` if there is
 * no such line. */
static size_t line_before(const uint8_t *text, size_t from, size_t at)
{
	const uint8_t *newline;

	if (at <= from || text[at - 1] != '\n')
		return at;
	newline = memrchr(text + from, '\n', at - 1 - from);
	return newline ? (size_t)(newline - text) + 1 : from;
}

/* Go back over the '#' lines right above `start`, then over one blank line. */
static size_t comment_start(const uint8_t *text, size_t from, size_t start)
{
	size_t at = start;
	size_t before = line_before(text, from, at);

	while (before < at && text[before] == '#') {
		at = before;
		before = line_before(text, from, at);
	}
	return before < at && text[before] == '\n' ? before : at;
}

bool bundle_next(const uint8_t *text, size_t len, size_t from, struct bundle_block *ret)
{
	const char *start = (const char *)text, *stop = start + len;
	struct pem_block_text in = pem_block_text(start + from, len - from);
	struct pem_block block;

	if (!next_block(&in, &block))
		return false;
	if (block.end < stop && *block.end == '\r')
		block.end++;
	if (block.end < stop && *block.end == '\n')
		block.end++;
	ret->start = (size_t)(block.start - start);
	ret->end = (size_t)(block.end - start);
	ret->comment = comment_start(text, from, ret->start);
	return true;
}

size_t bundle_count(const uint8_t *text, size_t len, size_t most)
{
	struct pem_block_text in = pem_block_text(text, len);
	struct pem_block block;
	size_t n = 0;

	while (n < most && next_block(&in, &block))
		n++;
	return n;
}

static int holds(const uint8_t *text, const struct bundle_block *block,
	const uint8_t sha256[static DIGEST_SHA256_LEN], bool *ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;

	if (pem_read(text + block->start, block->end - block->start, "block", PEM_LENIENT, &certs,
		    NULL, why) < 0)
		return -1;
	*ret = certs_find_sha256(&certs, sha256) < certs.n;
	return 0;
}

int bundle_without(const uint8_t *text, size_t len, const uint8_t sha256[static DIGEST_SHA256_LEN],
	enum bundle_comment comment, struct buf *out, bool *ret_found, struct fault *why)
{
	struct bundle_block block;
	size_t kept = 0;
	bool found = false;

	for (size_t at = 0; bundle_next(text, len, at, &block); at = block.end) {
		bool is_it;

		if (holds(text, &block, sha256, &is_it, why) < 0)
			return -1;
		if (!is_it)
			continue;
		found = true;
		buf_add(out, text + kept,
			(comment == BUNDLE_BLOCK ? block.start : block.comment) - kept);
		kept = block.end;
	}
	buf_add(out, text + kept, len - kept);
	*ret_found = found;
	return buf_check(out, "bundle", why);
}

int bundle_read(struct view *view, const char *path, struct buf *ret, struct fault *why)
{
	bool found = false;

	return view_read(view, path, ret, &found, why);
}

int bundle_certs(struct view *view, const char *path, struct certs *ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);

	if (bundle_read(view, path, &text, why) < 0)
		return -1;
	return text.len ? pem_read(text.bytes, text.len, path, PEM_LENIENT, ret, NULL, why) : 0;
}

int bundle_mended(struct view *view, const char *path, struct pem_wanted *wanted, struct buf *ret,
	struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);

	if (bundle_read(view, path, &text, why) < 0)
		return -1;
	return text.len ? pem_mend(&text, path, wanted, ret, why) : 0;
}

int bundle_add(struct view *view, const char *path, const struct cert *cert, const char *whose,
	struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	struct pem_wanted wanted = {.cert = cert};

	if (bundle_mended(view, path, &wanted, &text, why) < 0)
		return -1;
	if (!wanted.held) {
		if (text.len && text.bytes[text.len - 1] != '\n')
			buf_add_byte(&text, '\n');
		if (pem_format(cert, &text, why) < 0)
			return -1;
	}
	return view_give_file(view, path, &text, 0644, whose, why);
}

int bundle_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	enum bundle_comment comment, const char *whose, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_buf rest = buf_make(LIMIT_PEM_BYTES);
	bool found;

	if (bundle_read(view, path, &text, why) < 0)
		return -1;
	if (!text.len)
		return 0;
	if (bundle_without(text.bytes, text.len, sha256, comment, &rest, &found, why) < 0)
		return -1;
	return found ? view_give_file(view, path, &rest, 0644, whose, why) : 0;
}
