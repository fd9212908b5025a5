/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/golden.h"

#include "src/base/limits.h"
#include "tests/unit/tf_cmocka.h"

#define JKS KEYSTORE_JKS
#define JCEKS KEYSTORE_JCEKS
#define P12 KEYSTORE_PKCS12

const struct golden goldens[] = {
	{"jks-8", JKS, "changeit", true, true, 4, 3, false},
	{"jks-11", JKS, "changeit", true, true, 4, 3, false},
	{"jks-17", JKS, "changeit", true, true, 4, 3, false},
	{"jks-21", JKS, "changeit", true, true, 4, 3, false},
	{"jks-25", JKS, "changeit", true, true, 4, 3, false},
	{"jks-umlaut", JKS, "pässwörd", true, true, 3, 3, false},
	{"jceks-8", JCEKS, "changeit", true, true, 6, 3, false},
	{"jceks-11", JCEKS, "changeit", true, true, 6, 3, false},
	{"jceks-17", JCEKS, "changeit", true, true, 6, 3, false},
	{"jceks-21", JCEKS, "changeit", true, true, 6, 3, false},
	{"jceks-25", JCEKS, "changeit", true, true, 6, 3, false},
	{"p12-8", P12, "changeit", true, false, 4, 3, true},
	{"p12-11", P12, "changeit", true, false, 4, 3, false},
	{"p12-17", P12, "changeit", true, false, 4, 3, false},
	{"p12-21", P12, "changeit", true, false, 4, 3, false},
	{"p12-25", P12, "changeit", true, false, 5, 3, false},
	{"p12-legacy-17", P12, "changeit", true, false, 4, 3, true},
	{"p12-legacy-25", P12, "changeit", true, false, 4, 3, true},
	{"p12-3des", P12, "changeit", true, false, 3, 3, false},
	{"p12-fast", P12, "changeit", true, false, 3, 3, false},
	{"p12-open-17", P12, "", false, true, 3, 3, false},
	{"p12-open-25", P12, "", false, true, 3, 3, false},
	{"p12-mac-17", P12, "changeit", true, true, 3, 3, false},
	{"p12-mac-25", P12, "changeit", true, true, 3, 3, false},
	{"p12-no-mac-17", P12, "changeit", true, false, 3, 3, false},
	{"p12-no-mac-25", P12, "changeit", true, false, 3, 3, false},
	{"p12-umlaut", P12, "pässwörd", true, false, 1, 0, false},
	{"p12-empty", P12, "", true, false, 1, 0, false},
	{0},
};

void golden_open(const char *name, const char *password, struct opened *ret)
{
	struct fault why = FAULT_INIT;
	uint8_t block[4096];
	char path[256];
	auto_file in = NULL;
	size_t n;

	*ret = (struct opened){.bytes = buf_make(LIMIT_FILE_BYTES)};
	snprintf(path, sizeof(path), "tests/data/keystores/%s", name);
	in = fopen(path, "rb");
	if (!in)
		fail_msg("cannot open '%s'", path);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		buf_add(&ret->bytes, block, n);
	assert_ok(names_add(&ret->passwords, "not-it", &why), &why);
	assert_ok(names_add(&ret->passwords, password, &why), &why);
	ret->source =
		(struct keystore_source){ret->bytes.bytes, ret->bytes.len, &ret->passwords, NULL};
}

void opened_free(struct opened *opened)
{
	buf_free(&opened->bytes);
	names_free(&opened->passwords);
}

struct keystore_source golden_source(const struct opened *opened, const struct buf *bytes)
{
	return (struct keystore_source){bytes->bytes, bytes->len, &opened->passwords, NULL};
}

bool golden_holds(const struct buf *whole, const void *part, size_t len)
{
	return memmem(whole->bytes, whole->len, part, len) != NULL;
}
