/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HASHDIR_H
#define TRUSTFIX_HASHDIR_H

/*
 * Subject hash links, HHHHHHHH.N, as `openssl rehash` keeps and assigns them (OpenSSL 3.0,
 * apps/rehash.c): files ending in pem, crt, cer or crl that hold exactly one certificate, in name
 * order; a link that fits keeps its number, the rest fill the free ones, the same certificate twice
 * gets one link.  (OpenSSL 1.1.1 takes the names as the directory gives them.)  CRL links
 * (HHHHHHHH.rN) are left as they are.
 */

#include "src/x509/certs.h"
#include "stores/system/link_farm.h"

/*
 * The one certificate of PEM text; NULL (and 0) when it has none or several, or is no PEM: what
 * rehash skips.
 */
int hashdir_only_cert(const uint8_t *text, size_t len, struct cert **ret, struct fault *why);

/* HHHHHHHH.N? */
bool hashdir_is_hash_name(const char *name);

/* The one certificate of an entry, looked into once; borrowed; NULL: rehash would skip it. */
struct cert *hashdir_cert(
	struct view *view, const struct link_farm *dir, struct link_farm_name *it);

/* Give every file its link and drop links that are not needed.  FAULT_LIMIT: LIMIT_HASH_LINKS_N. */
int hashdir_rehash(struct view *view, struct link_farm *dir, struct fault *why);

/*
 * Would a reader that looks by hash find every file, and no link that misleads?  The file `except`,
 * the bundle, need not be found itself; what a link to it finds counts.
 */
int hashdir_is_right(
	struct view *view, struct link_farm *dir, const char *except, bool *ret, struct fault *why);

/*
 * Is the certificate found by hash in the directory at `path`: HHHHHHHH.0, .1, ... up to the first
 * that is missing (OpenSSL 3.0, crypto/x509/by_dir.c)?
 */
int hashdir_finds(
	struct view *view, const char *path, struct cert *cert, bool *ret, struct fault *why);

/*
 * The same, for a public root by a link of its hash alone: the distribution keeps those, and to
 * look into each costs more than all else that a probe does.  `names`: the directory's, sorted.
 */
bool hashdir_sees(
	struct view *view, const char *path, const struct names *names, struct cert *cert);

/*
 * Give `file`, which holds `cert`, the first free number of its hash, and of the hash that OpenSSL
 * had before 1.0, as p11-kit does; no other link gets a new one.
 */
int hashdir_give(struct link_farm *dir, struct cert *cert, const char *file, struct fault *why);

/* Drop every hash link to `file`; those behind it move up, so that no number is missing. */
int hashdir_drop_links(struct link_farm *dir, const char *file, struct fault *why);

#endif
