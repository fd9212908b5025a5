/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTS_H
#define TRUSTFIX_ROOTS_H

/*
 * The public roots: the certificates in Mozilla's list as Debian's ca-certificates ships it.
 * Several releases are included, because a store in use may hold roots of an older list.
 *
 * src/x509/make-roots.sh makes the table (roots.inc) at development time; it is never read from a
 * live store, which may already contain the interceptor.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/x509/digest.h"

/*
 * Is this a public root?  Sets `*ret_subject_hash` to OpenSSL's hash of its subject, which is
 * costly to compute.
 */
bool roots_find(const uint8_t sha256[static DIGEST_SHA256_LEN], uint32_t *ret_subject_hash);

/* Does a public root's subject have this hash?  A name that collides gains an attacker nothing:
 * anyone may use these names themselves. */
bool roots_have_subject(uint32_t subject_hash);

#endif
