/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTS_TABLE_H
#define TRUSTFIX_ROOTS_TABLE_H

/* The sorted tables of roots.h; src/x509/make-roots.sh generates src/x509/roots_table.c. */

#include "src/x509/roots.h"

/* A SHA-256 as four big-endian numbers, which sort in the same order as its bytes. */
struct roots_row {
	uint64_t part[4];
	uint32_t subject_hash; /* as OpenSSL computes it */
};

extern const struct roots_row roots_certs[];
extern const size_t roots_certs_n;

/* The first eight bytes of the SHA-256 of each subject, a DER Name.  A name that collides gains an
 * attacker nothing: anyone may use these names themselves. */
extern const uint64_t roots_subjects[];
extern const size_t roots_subjects_n;

#endif
