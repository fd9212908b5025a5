/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/sealed_object.h"

#include <string.h>

enum { HANDLES_N = 64, FIELDS_N = 16, DEPTH_MOST = 8 };
enum { STREAM_MAGIC = 0xaced, STREAM_VERSION = 5, FIRST_HANDLE = 0x7e0000 };
enum { SC_SERIALIZABLE = 2 };
enum type {
	TC_NULL = 0x70,
	TC_REFERENCE = 0x71,
	TC_CLASSDESC = 0x72,
	TC_OBJECT = 0x73,
	TC_STRING = 0x74,
	TC_ARRAY = 0x75,
	TC_ENDBLOCKDATA = 0x78,
};

struct class
{
	bool is_class; /* and not a string, an array, an object */
	bool is_bytes; /* byte[] */
	uint8_t fields[FIELDS_N]; /* their type codes */
	size_t fields_n;
	const struct class *super;
};

/* What the stream may refer to, in the order it came. */
struct stream {
	struct bytes *in;
	struct class at[HANDLES_N];
	size_t n;
	unsigned depth;
};

static void take_object(struct stream *stream);

static void fail(struct stream *stream)
{
	stream->in->failed = true;
}

static struct class *give_handle(struct stream *stream)
{
	if (stream->n == HANDLES_N) {
		fail(stream);
		return NULL;
	}
	return &stream->at[stream->n++];
}

static const struct class *refer(struct stream *stream)
{
	uint64_t i = bytes_be(stream->in, 4) - FIRST_HANDLE;

	if (i >= stream->n) {
		fail(stream);
		return NULL;
	}
	return &stream->at[i];
}

static size_t size_of(uint8_t type)
{
	switch (type) {
	case 'B':
	case 'Z':
		return 1;
	case 'C':
	case 'S':
		return 2;
	case 'F':
	case 'I':
		return 4;
	case 'D':
	case 'J':
		return 8;
	default:
		return 0;
	}
}

static void take_fields(struct stream *stream, struct class *class)
{
	size_t n = bytes_be(stream->in, 2);

	if (n > FIELDS_N)
		fail(stream);
	for (; class->fields_n < n && !bytes_failed(stream->in); class->fields_n++) {
		uint8_t type = (uint8_t)bytes_be(stream->in, 1);

		class->fields[class->fields_n] = type;
		bytes_take(stream->in, bytes_be(stream->in, 2));
		if (type == 'L' || type == '[')
			take_object(stream); /* the name of its class, a string */
		else if (!size_of(type))
			fail(stream);
	}
}

static const struct class *take_class(struct stream *stream);

static const struct class *take_new_class(struct stream *stream)
{
	size_t name_len = bytes_be(stream->in, 2);
	const uint8_t *name = bytes_take(stream->in, name_len);
	struct class *class;

	bytes_take(stream->in, 8); /* serialVersionUID */
	class = give_handle(stream);
	if (!class || !name)
		return NULL;
	class->is_class = true;
	class->is_bytes = name_len == 2 && memcmp(name, "[B", 2) == 0;
	if (bytes_be(stream->in, 1) != SC_SERIALIZABLE)
		fail(stream);
	take_fields(stream, class);
	if (bytes_be(stream->in, 1) != TC_ENDBLOCKDATA)
		fail(stream);
	class->super = take_class(stream);
	return class;
}

static const struct class *take_class(struct stream *stream)
{
	uint64_t type = bytes_be(stream->in, 1);
	const struct class *class = NULL;

	if (type == TC_NULL || bytes_failed(stream->in))
		return NULL;
	if (++stream->depth > DEPTH_MOST) {
		fail(stream);
		return NULL;
	}
	if (type == TC_CLASSDESC)
		class = take_new_class(stream);
	else if (type == TC_REFERENCE)
		class = refer(stream);
	if (!class || !class->is_class)
		fail(stream);
	stream->depth--;
	return class;
}

/* The values of a class's fields come behind those of the class above it. */
static void take_values(struct stream *stream, const struct class *class, unsigned depth)
{
	if (!class || bytes_failed(stream->in))
		return;
	if (depth > DEPTH_MOST) {
		fail(stream);
		return;
	}
	take_values(stream, class->super, depth + 1);
	for (size_t i = 0; i < class->fields_n; i++) {
		if (size_of(class->fields[i]))
			bytes_take(stream->in, size_of(class->fields[i]));
		else
			take_object(stream);
	}
}

static void take_new_object(struct stream *stream, uint64_t type)
{
	const struct class *class = NULL;

	if (type != TC_STRING)
		class = take_class(stream);
	if (!give_handle(stream) || bytes_failed(stream->in))
		return;
	if (type == TC_STRING)
		bytes_take(stream->in, bytes_be(stream->in, 2));
	else if (type == TC_OBJECT)
		take_values(stream, class, 0);
	else if (type == TC_ARRAY && class && class->is_bytes)
		bytes_take(stream->in, bytes_be(stream->in, 4));
	else
		fail(stream);
}

static void take_object(struct stream *stream)
{
	uint64_t type = bytes_be(stream->in, 1);

	if (type == TC_NULL || bytes_failed(stream->in))
		return;
	if (type == TC_REFERENCE) {
		refer(stream);
		return;
	}
	if (++stream->depth > DEPTH_MOST)
		fail(stream);
	else
		take_new_object(stream, type);
	stream->depth--;
}

bool sealed_object_skip(struct bytes *in)
{
	struct stream stream = {.in = in};

	if (bytes_be(in, 2) != STREAM_MAGIC || bytes_be(in, 2) != STREAM_VERSION ||
		bytes_be(in, 1) != TC_OBJECT)
		return false;
	take_new_object(&stream, TC_OBJECT);
	return !bytes_failed(in);
}
