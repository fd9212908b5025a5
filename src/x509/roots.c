/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/roots.h"

#include <stdlib.h>

#include "src/base/bytes.h"

struct row {
	uint64_t part[4]; /* the SHA-256 as big-endian numbers, which sort as its bytes do */
	uint32_t subject_hash; /* as OpenSSL computes it */
};

/*
 * certs[] is sorted.  subjects[] has the first eight bytes of the SHA-256 of each subject, a DER
 * Name: a name that collides gains an attacker nothing, for anyone may use these names themselves.
 */
#include "src/x509/roots.inc"

static int by_parts(const void *a, const void *b)
{
	const struct row *left = a;
	const struct row *right = b;

	for (size_t i = 0; i < 4; i++)
		if (left->part[i] != right->part[i])
			return left->part[i] < right->part[i] ? -1 : 1;
	return 0;
}

static const struct row *find(const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	struct bytes in = bytes_make(sha256, DIGEST_SHA256_LEN);
	struct row wanted = {0};

	for (size_t i = 0; i < 4; i++)
		wanted.part[i] = bytes_be(&in, 8);
	return bsearch(&wanted, certs, sizeof(certs) / sizeof(certs[0]), sizeof(wanted), by_parts);
}

bool roots_hold(const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	return find(sha256) != NULL;
}

bool roots_subject_hash(const uint8_t sha256[static DIGEST_SHA256_LEN], uint32_t *ret)
{
	const struct row *row = find(sha256);

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
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (subjects[i] == wanted)
			return true;
	return false;
}
