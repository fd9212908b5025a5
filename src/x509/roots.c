/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "src/base/bytes.h"
#include "src/x509/roots_table.h"

static int by_parts(const void *a, const void *b)
{
	const struct roots_row *left = a;
	const struct roots_row *right = b;

	for (size_t i = 0; i < 4; i++)
		if (left->part[i] != right->part[i])
			return left->part[i] < right->part[i] ? -1 : 1;
	return 0;
}

static const struct roots_row *find(const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	struct bytes in = bytes_make(sha256, DIGEST_SHA256_LEN);
	struct roots_row wanted = {0};

	for (size_t i = 0; i < 4; i++)
		wanted.part[i] = bytes_be(&in, 8);
	return bsearch(&wanted, roots_certs, roots_certs_n, sizeof(wanted), by_parts);
}

bool roots_hold(const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	return find(sha256) != NULL;
}

bool roots_subject_hash(const uint8_t sha256[static DIGEST_SHA256_LEN], uint32_t *ret)
{
	const struct roots_row *row = find(sha256);

	if (row)
		*ret = row->subject_hash;
	return row != NULL;
}

bool roots_have_subject(const uint8_t *name_der, size_t len)
{
	uint8_t sha256[DIGEST_SHA256_LEN];
	struct bytes in = bytes_make(sha256, sizeof(sha256));
	uint64_t wanted;

	digest_sha256(name_der, len, sha256);
	wanted = bytes_be(&in, 8);
	for (size_t i = 0; i < roots_subjects_n; i++)
		if (roots_subjects[i] == wanted)
			return true;
	return false;
}
