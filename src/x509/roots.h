/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTS_H
#define TRUSTFIX_ROOTS_H

/*
 * The public roots: SHA-256 of the certificates in Mozilla's list as Debian's ca-certificates ships
 * it.  Several releases are included, because a store in use may hold roots of an older list.
 *
 * src/x509/make-roots.sh makes the tables (roots.inc) at development time; they are never read from
 * a live store, which may already contain the interceptor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/x509/digest.h"

/* "ca-certificates 20230311 20250419, 160 roots" */
extern const char roots_source[];

bool roots_hold(const uint8_t sha256[static DIGEST_SHA256_LEN]);

/* OpenSSL's subject name hash of a public root, which is costly to compute; false: not a public
 * root. */
bool roots_subject_hash(const uint8_t sha256[static DIGEST_SHA256_LEN], uint32_t *ret);

/*
 * Is this DER Name the subject of a public root?  Tells a public root that is missing here (its
 * certificate is not at hand) from a private one.  Compares the SHA-256 of the DER name.
 */
bool roots_have_subject(const uint8_t *name_der, size_t len);

#endif
