/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTS_TABLE_H
#define TRUSTFIX_ROOTS_TABLE_H

/* The tables behind roots.h, sorted; src/x509/roots_table.c is made by src/x509/make-roots.sh. */

#include "src/x509/roots.h"

/* A SHA-256 as four big-endian numbers, which sort as its bytes do. */
struct roots_row {
	uint64_t part[4];
	uint32_t subject_hash; /* OpenSSL's, of a certificate's row */
};

extern const struct roots_row roots_certs[];
extern const size_t roots_certs_n;

/* Of the subjects, as DER Names. */
extern const struct roots_row roots_subjects[];
extern const size_t roots_subjects_n;

#endif
