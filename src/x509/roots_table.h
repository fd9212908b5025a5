/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTS_TABLE_H
#define TRUSTFIX_ROOTS_TABLE_H

/* The tables behind roots.h, sorted; src/x509/roots_table.c is made by src/x509/make-roots.sh. */

#include "src/x509/roots.h"

/* A SHA-256 as four big-endian numbers, which sort as its bytes do. */
struct roots_row {
	uint64_t part[4];
	uint32_t subject_hash; /* OpenSSL's */
};

extern const struct roots_row roots_certs[];
extern const size_t roots_certs_n;

/* The first eight bytes of the SHA-256 of each subject, a DER Name.  Nobody gains by another name
 * with the same ones: these names themselves are free to use. */
extern const uint64_t roots_subjects[];
extern const size_t roots_subjects_n;

#endif
