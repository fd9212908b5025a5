/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/siphash.h"

#include <endian.h>
#include <string.h>

static void mix(uint64_t v[static 4], unsigned rounds)
{
	/* In each half of a round: the two words to add, and how far to rotate the second. */
	static const struct {
		unsigned to, from, by;
	} steps[] = {{0, 1, 13}, {2, 3, 16}, {0, 3, 21}, {2, 1, 17}};

	while (rounds--)
		for (unsigned i = 0; i < 4; i++) {
			uint64_t *to = &v[steps[i].to], *from = &v[steps[i].from];

			*to += *from;
			*from = (*from << steps[i].by | *from >> (64 - steps[i].by)) ^ *to;
			if (i == 0 || i == 3)
				*to = *to << 32 | *to >> 32;
		}
}

uint64_t siphash(const struct siphash_key *key, const void *bytes, size_t len)
{
	const char *at = bytes;
	uint64_t v[4] = {
		key->k0 ^ 0x736f6d6570736575,
		key->k1 ^ 0x646f72616e646f6d,
		key->k0 ^ 0x6c7967656e657261,
		key->k1 ^ 0x7465646279746573,
	};

	for (size_t i = 0; i <= len / 8; i++) {
		uint64_t word = 0;

		memcpy(&word, at + i * 8, i < len / 8 ? 8 : len % 8);
		word = le64toh(word) | (i < len / 8 ? 0 : (uint64_t)len << 56);
		v[3] ^= word;
		mix(v, 2);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
