/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/bundle.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/cert/pem.h"

/* The labels of RFC 7468 section 5, and the two OpenSSL adds (PEM_STRING_X509_OLD, _TRUSTED). */
static const char *const labels[] = {
	"CERTIFICATE-----",
	"X509 CERTIFICATE-----",
	"TRUSTED CERTIFICATE-----",
};

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";

static const uint8_t *find(const uint8_t *at, const uint8_t *stop, const char *mark)
{
	return at < stop ? memmem(at, (size_t)(stop - at), mark, strlen(mark)) : NULL;
}

/* Which of the labels stands at `at`, or NULL. */
static const char *label_at(const uint8_t *at, const uint8_t *stop)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		size_t len = strlen(labels[i]);

		if ((size_t)(stop - at) >= len && memcmp(at, labels[i], len) == 0)
			return labels[i];
	}
	return NULL;
}

/* The next BEGIN of a certificate from `at` on; *ret_body is behind it. */
static const uint8_t *next_begin(
	const uint8_t *at, const uint8_t *stop, const char **ret_label, const uint8_t **ret_body)
{
	while ((at = find(at, stop, begin_mark))) {
		const uint8_t *label = at + strlen(begin_mark);

		*ret_label = label_at(label, stop);
		if (*ret_label) {
			*ret_body = label + strlen(*ret_label);
			return at;
		}
		at = label;
	}
	return NULL;
}

/* Behind the END line that closes it; NULL: another BEGIN or the end of the text comes first. */
static const uint8_t *block_end(const uint8_t *body, const uint8_t *stop, const char *label)
{
	const uint8_t *begin = find(body, stop, begin_mark);
	const uint8_t *end = find(body, begin ? begin : stop, end_mark);

	if (!end || label_at(end + strlen(end_mark), stop) != label)
		return NULL;
	end += strlen(end_mark) + strlen(label);
	if (end < stop && *end == '\r')
		end++;
	if (end < stop && *end == '\n')
		end++;
	return end;
}

/* The start of the line before the one that begins at `at`, not before `from`; `at`: there is none.
 */
static size_t line_before(const uint8_t *text, size_t from, size_t at)
{
	const uint8_t *newline;

	if (at <= from || text[at - 1] != '\n')
		return at;
	newline = memrchr(text + from, '\n', at - 1 - from);
	return newline ? (size_t)(newline - text) + 1 : from;
}

/* Back over the '#' lines right above `start`, and then one blank line. */
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
	const uint8_t *stop = text + len;
	const uint8_t *at = text + from;
	const uint8_t *body;
	const char *label;

	while ((at = next_begin(at, stop, &label, &body))) {
		const uint8_t *end = block_end(body, stop, label);

		if (end) {
			ret->start = (size_t)(at - text);
			ret->end = (size_t)(end - text);
			ret->comment = comment_start(text, from, ret->start);
			return true;
		}
		at = body;
	}
	return false;
}

size_t bundle_count(const uint8_t *text, size_t len, size_t most)
{
	const uint8_t *stop = text + len;
	const uint8_t *at = text;
	const char *label;
	size_t n = 0;

	while (at && n < most && next_begin(at, stop, &label, &at))
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

int bundle_add(struct view *view, const char *path, const struct cert *cert, const char *whose,
	struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;

	if (bundle_read(view, path, &text, why) < 0)
		return -1;
	if (text.len && pem_read(text.bytes, text.len, path, PEM_LENIENT, &certs, NULL, why) < 0)
		return -1;
	if (certs_hold(&certs, cert))
		return 0;
	if (text.len && text.bytes[text.len - 1] != '\n')
		buf_add_byte(&text, '\n');
	if (pem_format(cert, &text, why) < 0)
		return -1;
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
