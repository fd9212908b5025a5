/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/roots.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

/* Sorted by SHA-256. */
static const struct row {
	char sha256[2 * DIGEST_SHA256_LEN + 1];
	uint32_t subject_hash;
} rows[] = {
#include "src/x509/roots.inc"
};

#define ROWS_N (sizeof(rows) / sizeof(rows[0]))

static int by_sha256(const void *digits, const void *row)
{
	return strcmp(digits, ((const struct row *)row)->sha256);
}

bool roots_find(const uint8_t sha256[static DIGEST_SHA256_LEN], uint32_t *ret_subject_hash)
{
	char digits[2 * DIGEST_SHA256_LEN + 1];
	const struct row *row;

	text_hex(sha256, DIGEST_SHA256_LEN, digits);
	row = bsearch(digits, rows, ROWS_N, sizeof(*rows), by_sha256);
	if (row)
		*ret_subject_hash = row->subject_hash;
	return row != NULL;
}

bool roots_have_subject(uint32_t subject_hash)
{
	for (size_t i = 0; i < ROWS_N; i++)
		if (rows[i].subject_hash == subject_hash)
			return true;
	return false;
}
