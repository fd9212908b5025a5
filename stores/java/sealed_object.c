/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/sealed_object.h"

#include <string.h>

enum { STREAM_MAGIC = 0xaced, STREAM_VERSION = 5, SC_SERIALIZABLE = 2 };
enum type {
	TC_NULL = 0x70,
	TC_REFERENCE = 0x71,
	TC_CLASSDESC = 0x72,
	TC_OBJECT = 0x73,
	TC_STRING = 0x74,
	TC_ARRAY = 0x75,
	TC_ENDBLOCKDATA = 0x78,
};

static void expect(struct bytes *in, uint64_t wanted, size_t n)
{
	if (bytes_be(in, n) != wanted)
		in->failed = true;
}

static void skip_text(struct bytes *in)
{
	bytes_take(in, bytes_be(in, 2));
}

/* Skip a class and its superclasses; returns their number of fields, which must all be objects. */
static size_t skip_classes(struct bytes *in)
{
	size_t fields_n = 0;
	uint64_t type;

	while ((type = bytes_be(in, 1)) == TC_CLASSDESC) {
		size_t n;

		skip_text(in); /* name */
		bytes_take(in, 8); /* serialVersionUID */
		expect(in, SC_SERIALIZABLE, 1);
		n = bytes_be(in, 2);
		for (size_t i = 0; i < n && !bytes_failed(in); i++) {
			uint64_t of = bytes_be(in, 1);

			if (of != 'L' && of != '[')
				in->failed = true;
			skip_text(in); /* name */
			if (bytes_be(in, 1) == TC_STRING)
				skip_text(in); /* of its class */
			else
				bytes_take(in, 4);
		}
		fields_n += n;
		expect(in, TC_ENDBLOCKDATA, 1);
	}
	if (type == TC_REFERENCE)
		bytes_take(in, 4);
	else if (type != TC_NULL)
		in->failed = true;
	return fields_n;
}

bool sealed_object_skip(struct bytes *in)
{
	size_t n;

	expect(in, STREAM_MAGIC, 2);
	expect(in, STREAM_VERSION, 2);
	expect(in, TC_OBJECT, 1);
	n = skip_classes(in);
	for (size_t i = 0; i < n && !bytes_failed(in); i++) {
		uint64_t type = bytes_be(in, 1);

		if (type == TC_STRING) {
			skip_text(in);
		} else if (type == TC_REFERENCE) {
			bytes_take(in, 4);
		} else if (type == TC_ARRAY) {
			skip_classes(in);
			bytes_take(in, bytes_be(in, 4));
		} else if (type != TC_NULL) {
			in->failed = true;
		}
	}
	return !bytes_failed(in);
}
