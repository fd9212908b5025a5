/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HASHDIR_H
#define TRUSTFIX_HASHDIR_H

/*
 * A directory of certificates and symbolic links, such as /etc/ssl/certs.
 *
 * Read it, change it in memory, then plan the difference; an unchanged entry makes no edit.
 * Programs find a certificate by the hash of its subject, in the files HHHHHHHH.0, .1, ... up to
 * the first missing number (OpenSSL 3.0, crypto/x509/by_dir.c); these are links to files of any
 * name.  Links to CRLs (HHHHHHHH.rN) are left alone.
 */

#include "src/fs/view.h"
#include "src/x509/cert.h"

struct hashdir_name {
	char *name;
	enum entry_kind was; /* as found */
	enum entry_kind kind; /* as planned; NONE: removed */
	char *link; /* target, if it is or was a link */
	bool is_relinked; /* the target is not the one found */
	bool looked; /* `cert` has been read, or has no value */
	struct cert *cert; /* its one certificate, or NULL */
};

struct hashdir {
	char *path;
	struct hashdir_name *at; /* in byte order of their names */
	size_t n;
};

#define HASHDIR_INIT          \
	{                     \
		NULL, NULL, 0 \
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

/* Does any entry differ from what was read? */
bool hashdir_is_changed(const struct hashdir *dir);

/* Plan the difference. */
int hashdir_plan(struct view *view, const struct hashdir *dir, struct fault *why);

/* Is the name HHHHHHHH.N?  `ret_hash` and `ret_number` may be NULL. */
bool hashdir_parse_name(const char *name, uint32_t *ret_hash, unsigned *ret_number);

/* Does the directory have any such name?  Also true if it cannot be listed; reading it then fails
 * with the reason. */
bool hashdir_is_used(struct view *view, const char *path);

/* Is it a link with such a name? */
bool hashdir_is_hash_link(const struct hashdir_name *it);

/*
 * The one certificate of an entry, read once; borrowed.  NULL: rehash would skip the entry.
 * FAULT_SYSTEM: it cannot be read, for a reason other than its permissions.
 */
int hashdir_cert(struct view *view, const struct hashdir *dir, struct hashdir_name *it,
	struct cert **ret, struct fault *why);

/*
 * Give every file its link and drop unneeded links, as `openssl rehash` does (OpenSSL 3.0,
 * apps/rehash.c): it takes files ending in pem, crt, cer or crl that hold exactly one certificate,
 * in name order.  A link that fits keeps its number, the others get the free numbers, and a
 * duplicate certificate gets one link.  (OpenSSL 1.1.1 uses directory order.)  The file `except`,
 * the bundle, gets no link, even while it holds one certificate.  FAULT_LIMIT: over
 * LIMIT_HASH_LINKS_N of one hash.
 */
int hashdir_rehash(struct view *view, struct hashdir *dir, const char *except, struct fault *why);

/* Is the certificate found by its hash? */
int hashdir_holds(struct view *view, const struct hashdir *dir, struct cert *cert, bool *ret,
	struct fault *why);

/*
 * Link `file`, which holds `cert`, under the first free number of its hash, and `with_old` also of
 * the hash that OpenSSL used before 1.0, as p11-kit does.  Other links stay.
 */
int hashdir_give(
	struct hashdir *dir, struct cert *cert, const char *file, bool with_old, struct fault *why);

/* Drop every hash link to `file`; the link with the highest number of its hash fills the gap. */
int hashdir_take(struct hashdir *dir, const char *file, struct fault *why);

#endif
