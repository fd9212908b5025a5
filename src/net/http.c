/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/http.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

void http_reply_free(struct http_reply *reply)
{
	free(reply->line);
	free(reply->location);
	names_free(&reply->challenges);
	*reply = (struct http_reply){0};
}

/* ---- pure ------------------------------------------------------------------------------------ */

/* Skip a quoted string (RFC 9110, section 5.6.4) from its opening quote on. */
static const char *skip_quoted(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : at;
}

/*
 * The schemes in a list of challenges (RFC 9110, section 11.3): a comma parts challenges as well as
 * the parameters of one, but a parameter has '=' directly behind its name.
 */
static int challenges_add(const char *value, struct names *ret, struct fault *why)
{
	const char *at = value;

	while (*(at += strspn(at, " \t,"))) {
		size_t len = strcspn(at, " \t,=\"");
		const char *behind = at + len + strspn(at + len, " \t");

		if (len && *behind != '=' && ret->n < LIMIT_REPLY_LINES_N) {
			auto_free char *name = text_printable(at, len, LIMIT_NAME_SHOWN);
			if (!name)
				return fault_nomem(why);
			if (!names_holds(ret, name) && names_add(ret, name, why))
				return -1;
			at += len + strspn(at + len, " \t");
			len = strcspn(at, " \t,=\"");
		}
		/* The parameter, or the token68, that follows. */
		for (at += len; *at && *at != ','; at = *at == '"' ? skip_quoted(at) : at + 1)
			;
	}
	return 0;
}

static int field_take(char *name, char *value, struct http_reply *ret, struct fault *why)
{
	if (text_same(name, "Proxy-Authenticate"))
		return challenges_add(value, &ret->challenges, why);
	if (text_same(name, "Transfer-Encoding"))
		ret->chunked = text_ends(value, "chunked");
	else if (text_same(name, "Content-Length"))
		ret->has_length = text_number(value, INT64_MAX, &ret->length);
	else if (text_same(name, "Location") && !ret->location) {
		ret->location = strdup(value);
		if (!ret->location)
			return fault_nomem(why);
	}
	return 0;
}

static int line_take(char *line, struct http_reply *ret, struct fault *why)
{
	char *colon = strchr(line, ':');
	char *value = colon ? colon + 1 + strspn(colon + 1, " \t") : NULL;

	if (!colon)
		return 0;
	*colon = '\0';
	for (size_t len = strlen(value); len && strchr(" \t\r", value[len - 1]); len--)
		value[len - 1] = '\0';
	return field_take(line, value, ret, why);
}

static int status_take(const char *line, struct http_reply *ret, struct fault *why)
{
	const char *code = line + strcspn(line, " ");
	uint64_t status = 0;
	char digits[4] = "";

	code += strspn(code, " ");
	memcpy(digits, code, strnlen(code, 3));
	ret->line = text_printable(code, strcspn(code, "\r"), LIMIT_NAME_SHOWN);
	if (!ret->line)
		return fault_nomem(why);
	if (!text_starts(line, "HTTP/1.") || !text_number(digits, 999, &status) || status < 100)
		return fault_set(why, FAULT_PEER, "the answer is no HTTP");
	ret->status = (unsigned)status;
	return 0;
}

int http_parse_reply(const char *text, struct http_reply *ret, struct fault *why)
{
	auto_http_reply it = {0};
	auto_free char *copy = strdup(text);
	char *at = copy;
	char *line = copy ? strsep(&at, "\n") : NULL;

	if (!copy)
		return fault_nomem(why);
	if (status_take(line, &it, why))
		return -1;
	while ((line = strsep(&at, "\n")))
		if (line_take(line, &it, why))
			return -1;
	*ret = it;
	it = (struct http_reply){0};
	return 0;
}

bool http_chunk_size(const char *line, uint64_t max, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t size = 0;
	const char *at = line;

	for (const char *digit; *at && (digit = strchr(digits, text_lower(*at))); at++) {
		size = size * 16 + (uint64_t)(digit - digits);
		if (size > max)
			return false;
	}
	*ret = size;
	return at > line && (*at == '\0' || strchr("; \t", *at));
}

int http_add_basic(struct buf *out, const char *user, const char *password, struct fault *why)
{
	auto_buf pair = buf_make(4 * LIMIT_PASSWORD_BYTES);
	char *coded = NULL;

	buf_printf(&pair, "%s:%s", user, password);
	coded = buf_check(&pair, "credentials", why) ? NULL : text_base64(pair.bytes, pair.len);
	if (pair.bytes)
		OPENSSL_cleanse(pair.bytes, pair.len);
	if (!coded)
		return fault_nomem(why);
	buf_printf(out, "Proxy-Authorization: Basic %s\r\n", coded);
	OPENSSL_cleanse(coded, strlen(coded));
	free(coded);
	return 0;
}

/* ---- on a wire ------------------------------------------------------------------------------- */

static int read_block(struct stream *stream, struct buf *block, struct fault *why)
{
	char line[8192];

	for (size_t n = 0; n <= LIMIT_REPLY_LINES_N; n++) {
		if (stream_read_line(stream, line, sizeof(line), why))
			return -1;
		if (*line == '\0')
			return buf_check(block, "the reply's header", why);
		if (block->len)
			buf_add_byte(block, '\n');
		buf_add_text(block, line);
		if (block->over)
			break;
	}
	return fault_set(why, FAULT_LIMIT, "the reply's header does not end");
}

int http_read_reply(struct stream *stream, struct http_reply *ret, struct fault *why)
{
	for (size_t n = 0; n < LIMIT_REPLY_LINES_N; n++) {
		auto_buf block = buf_make(LIMIT_REPLY_HEADER_BYTES);
		auto_http_reply reply = {0};

		if (read_block(stream, &block, why) ||
			http_parse_reply(buf_text(&block), &reply, why))
			return -1;
		if (reply.status < 200)
			continue;
		*ret = reply;
		reply = (struct http_reply){0};
		return 0;
	}
	return fault_set(why, FAULT_LIMIT, "no end of 1xx replies");
}

/* `len` more bytes of the body. */
static int read_part(struct stream *stream, uint64_t len, struct buf *ret, struct fault *why)
{
	uint8_t *room = NULL;

	if (len > ret->max - ret->len)
		return fault_set(why, FAULT_LIMIT, "the body has more than %zu bytes", ret->max);
	room = len ? buf_extend(ret, len) : NULL;
	if (len && !room)
		return fault_nomem(why);
	return stream_read_exact(stream, room, len, why);
}

static int read_chunks(struct stream *stream, struct buf *ret, struct fault *why)
{
	for (;;) {
		char line[256];
		uint64_t size = 0;

		if (stream_read_line(stream, line, sizeof(line), why))
			return -1;
		if (!http_chunk_size(line, ret->max, &size))
			return fault_set(why, FAULT_PEER, "a chunk's size is damaged or too large");
		if (size == 0)
			return 0;
		if (read_part(stream, size, ret, why) ||
			stream_read_line(stream, line, sizeof(line), why))
			return -1;
	}
}

static int read_until_close(struct stream *stream, struct buf *ret, struct fault *why)
{
	uint8_t part[4096];
	size_t n = 0;

	do {
		if (stream_read(stream, part, sizeof(part), &n, why))
			return -1;
		buf_add(ret, part, n);
	} while (n && !ret->over && !ret->failed);
	return buf_check(ret, "the body", why);
}

int http_read_body(
	struct stream *stream, const struct http_reply *reply, struct buf *ret, struct fault *why)
{
	if (reply->chunked)
		return read_chunks(stream, ret, why);
	if (reply->has_length)
		return read_part(stream, reply->length, ret, why);
	return read_until_close(stream, ret, why);
}
