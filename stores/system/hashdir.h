/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HASHDIR_H
#define TRUSTFIX_HASHDIR_H

/*
 * A directory of certificates and links: /etc/ssl/certs and its kind.
 *
 * Read it, change it in memory, then plan the difference: what comes out as it went in makes no
 * edit.  Subject hash links, HHHHHHHH.N, are kept and numbered as `openssl rehash` does (OpenSSL
 * 3.0, apps/rehash.c): files ending in pem, crt, cer or crl that hold exactly one certificate, in
 * name order; a link that fits keeps its number, the rest get the free ones, the same certificate
 * twice gets one link.  (OpenSSL 1.1.1 takes the names as the directory gives them.)  CRL links
 * (HHHHHHHH.rN) are left alone.
 */

#include "src/x509/cert.h"
#include "src/fs/view.h"

struct hashdir_name {
	char *name;
	enum entry_kind was; /* as found */
	char *was_link;
	enum entry_kind kind; /* as it is to become; NONE: gone */
	char *link; /* of a link as it is to become */
	bool looked; /* `cert` was looked for */
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

/* Every name in it; a directory that is not there has none. */
int hashdir_read(struct view *view, const char *path, struct hashdir *ret, struct fault *why);

/* The entry, gone ones included, or NULL.  Borrowed until the next hashdir_link(). */
struct hashdir_name *hashdir_find(const struct hashdir *dir, const char *name);

/* Make `name` a link to `target`, over whatever is there. */
int hashdir_link(struct hashdir *dir, const char *name, const char *target, struct fault *why);

/* Does it lead somewhere?  What is no link does, and so does one whose target cannot be looked at.
 */
bool hashdir_is_alive(struct view *view, const struct hashdir *dir, const struct hashdir_name *it);

/* Drop every link that leads nowhere. */
void hashdir_drop_dead(struct view *view, struct hashdir *dir);

/* Is any name to become something else than it was? */
bool hashdir_is_changed(const struct hashdir *dir);

/* Plan the difference. */
int hashdir_plan(
	struct view *view, const struct hashdir *dir, const char *whose, struct fault *why);

/* Plan the directories below it, from `depth` on, without links that lead nowhere: find(1). */
int hashdir_drop_dead_below(struct view *view, const struct hashdir *above, unsigned depth,
	const char *whose, struct fault *why);

/* Is the name HHHHHHHH.N?  `ret_hash` and `ret_number` may be NULL. */
bool hashdir_parse_name(const char *name, uint32_t *ret_hash, unsigned *ret_number);

/*
 * The one certificate of an entry, looked into once; borrowed; NULL: rehash would skip it.
 * FAULT_SYSTEM: it cannot be read, for another reason than the rights to it.
 */
int hashdir_cert(struct view *view, const struct hashdir *dir, struct hashdir_name *it,
	struct cert **ret, struct fault *why);

/* ---- hashdir_links.c: the numbers of the links ----------------------------------------------- */

/* Give every file its link and drop links that are not needed.  FAULT_LIMIT: LIMIT_HASH_LINKS_N. */
int hashdir_rehash(struct view *view, struct hashdir *dir, struct fault *why);

/*
 * Would a program that looks by hash find every file, and no link that misleads?  The file
 * `except`, the bundle, need not be found itself; what a link to it finds counts.
 */
int hashdir_is_right(
	struct view *view, struct hashdir *dir, const char *except, bool *ret, struct fault *why);

/*
 * Give `file`, which holds `cert`, the first free number of its hash, and of the hash that OpenSSL
 * had before 1.0, as p11-kit does; other links stay.
 */
int hashdir_give(struct hashdir *dir, struct cert *cert, const char *file, struct fault *why);

/* Drop every hash link to `file`; those behind it move up, so that no number is missing. */
int hashdir_take(struct hashdir *dir, const char *file, struct fault *why);

#endif
