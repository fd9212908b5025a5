/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HASHDIR_H
#define TRUSTFIX_HASHDIR_H

/*
 * A directory of certificates and symbolic links, such as /etc/ssl/certs.
 *
 * Read it, change it in memory, then plan the difference; an unchanged entry makes no edit.
 * Subject hash links, HHHHHHHH.N, are kept and numbered as `openssl rehash` does it (OpenSSL 3.0,
 * apps/rehash.c): it takes files ending in pem, crt, cer or crl that hold exactly one certificate,
 * in name order.  A link that fits keeps its number, the others get the free numbers, and a
 * duplicate certificate gets one link.  (OpenSSL 1.1.1 uses directory order.)  CRL links
 * (HHHHHHHH.rN) are left alone.
 */

#include "src/x509/cert.h"
#include "src/fs/view.h"

struct hashdir_name {
	char *name;
	enum entry_kind was; /* as found */
	char *was_link;
	enum entry_kind kind; /* as planned; NONE: removed */
	char *link; /* target as planned, if a link */
	bool looked; /* `cert` has been read, or has no value */
	struct cert *cert; /* its one certificate, or NULL */
};

struct hashdir {
	char *path;
	struct hashdir_name *at; /* in byte order of their names */
	size_t n;
	size_t room;
};

#define HASHDIR_INIT             \
	{                        \
		NULL, NULL, 0, 0 \
	}

void hashdir_free(struct hashdir *dir);
CLEANUP_VALUE(hashdir, hashdir_free)
#define auto_hashdir CLEANUP(hashdir) struct hashdir

/* Read every name in it; a missing directory is empty. */
int hashdir_read(struct view *view, const char *path, struct hashdir *ret, struct fault *why);

/* Find an entry, even one marked as removed; NULL if none.  Valid until the next hashdir_link(). */
struct hashdir_name *hashdir_find(const struct hashdir *dir, const char *name);

/* Make `name` a link to `target`, replacing whatever is there. */
int hashdir_link(struct hashdir *dir, const char *name, const char *target, struct fault *why);

/* Does the entry exist, and is it not a broken link?  A link whose target cannot be checked is
 * taken as good. */
bool hashdir_is_alive(struct view *view, const struct hashdir *dir, const struct hashdir_name *it);

/* Drop every broken link. */
void hashdir_drop_dead(struct view *view, struct hashdir *dir);

/* Does any entry differ from what was read? */
bool hashdir_is_changed(const struct hashdir *dir);

/* Plan the difference. */
int hashdir_plan(
	struct view *view, const struct hashdir *dir, const char *whose, struct fault *why);

/* Plan the removal of broken links in all directories below it, as find(1) would; `depth` is 0 in
 * the first call. */
int hashdir_drop_dead_below(struct view *view, const struct hashdir *above, unsigned depth,
	const char *whose, struct fault *why);

/* Is the name HHHHHHHH.N?  `ret_hash` and `ret_number` may be NULL. */
bool hashdir_parse_name(const char *name, uint32_t *ret_hash, unsigned *ret_number);

/*
 * The one certificate of an entry, read once; borrowed.  NULL: rehash would skip the entry.
 * FAULT_SYSTEM: it cannot be read, for a reason other than its permissions.
 */
int hashdir_cert(struct view *view, const struct hashdir *dir, struct hashdir_name *it,
	struct cert **ret, struct fault *why);

/* ---- hashdir_links.c: the numbers of the links ----------------------------------------------- */

/* Give every file its link and drop unneeded links.  FAULT_LIMIT: over LIMIT_HASH_LINKS_N. */
int hashdir_rehash(struct view *view, struct hashdir *dir, struct fault *why);

/*
 * Would a lookup by hash find every certificate file and no wrong link?  The file `except`, the
 * bundle, needs no link of its own, but a certificate found through a link to it counts as found.
 */
int hashdir_is_right(
	struct view *view, struct hashdir *dir, const char *except, bool *ret, struct fault *why);

/*
 * Link `file`, which holds `cert`, under the first free number of its hash and of the hash that
 * OpenSSL used before 1.0, as p11-kit does.  Other links stay.
 */
int hashdir_give(struct hashdir *dir, struct cert *cert, const char *file, struct fault *why);

/* Drop every hash link to `file`; links with higher numbers move down to close the gap. */
int hashdir_take(struct hashdir *dir, const char *file, struct fault *why);

#endif
