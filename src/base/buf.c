/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/buf.h"

#include <stdarg.h>
#include <string.h>

void buf_free(struct buf *buf)
{
	free(buf->bytes);
	*buf = buf_make(buf->max);
}

static bool make_room(struct buf *buf, size_t len)
{
	size_t room = buf->room ? buf->room : 64;
	uint8_t *bytes;

	if (buf->over || buf->failed)
		return false;
	if (len > buf->max || buf->len > buf->max - len) {
		buf->over = true;
		return false;
	}
	while (room < buf->len + len + 1)
		room *= 2;
	if (room == buf->room)
		return true;
	bytes = realloc(buf->bytes, room);
	if (!bytes) {
		buf->failed = true;
		return false;
	}
	buf->bytes = bytes;
	buf->bytes[buf->len] = 0;
	buf->room = room;
	return true;
}

uint8_t *buf_extend(struct buf *buf, size_t len)
{
	uint8_t *at;

	if (!make_room(buf, len))
		return NULL;
	at = buf->bytes + buf->len;
	buf->len += len;
	buf->bytes[buf->len] = 0;
	return at;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
	uint8_t *at = buf_extend(buf, len);

	if (at && len)
		memcpy(at, bytes, len);
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_byte(struct buf *buf, uint8_t byte)
{
	buf_add(buf, &byte, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		buf->failed = true;
		return;
	}
	buf_add(buf, text, (size_t)len);
	free(text);
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	if (buf->bytes)
		buf->bytes[0] = 0;
}

const char *buf_text(const struct buf *buf)
{
	return buf->bytes ? (const char *)buf->bytes : "";
}

int buf_check(const struct buf *buf, const char *what, struct fault *why)
{
	if (buf->failed)
		return fault_nomem(why);
	if (buf->over)
		return fault_set(why, FAULT_LIMIT, "%s is larger than %zu bytes", what, buf->max);
	return 0;
}

uint8_t *buf_take(struct buf *buf, size_t *ret_len)
{
	if (!buf->bytes && !make_room(buf, 0))
		return NULL;
	buf->bytes[buf->len] = 0;
	if (ret_len)
		*ret_len = buf->len;
	buf->len = 0;
	buf->room = 0;
	return steal(&buf->bytes);
}
