/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SIPHASH_H
#define TRUSTFIX_SIPHASH_H

/*
 * SipHash-2-4 [Aumasson, Bernstein: SipHash: a fast short-input PRF, 2012]: a hash for tables of
 * untrusted names.  Without the key, an attacker cannot choose names that collide.
 */

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

uint64_t siphash(const struct siphash_key *key, const void *bytes, size_t len);

#endif
