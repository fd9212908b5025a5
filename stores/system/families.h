/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FAMILIES_H
#define TRUSTFIX_FAMILIES_H

/*
 * The Linux families: one row each, found by evidence in the tree first, then by os-release.
 *
 * A row says where the administrator's anchors go and which layout keeps what is derived from them
 * (update_ca.c, p11kit.c).
 */

#include "stores/store.h"

struct family;

/*
 * How what is derived is kept.  As the functions of the same name in store_ops; `name` is the
 * anchor's. Bundles in family_bundles that are not the family's own are system.c's.
 */
struct layout {
	int (*anchors)(struct view *view, const struct family *family, struct certs *ret,
		struct fault *why);
	int (*add)(struct view *view, const struct family *family, struct cert *cert,
		const char *name, struct fault *why);
	int (*remove)(struct view *view, const struct family *family,
		const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why);

	/* As in store_ops; `now` is the view of the tree without what is planned. */
	int (*strangers)(struct view *view, struct view *now, const struct family *family,
		struct strangers *ret, struct fault *why);

	/* A sentence the report must say of this tree's store, allocated, or NULL.  The function
	 * may be NULL. */
	int (*note)(struct view *view, const struct family *family, char **ret, struct fault *why);
};

#define FAMILY_LIST_N 8

/* What a derived bundle is read for; p11-kit puts an anchor in it when its extended key usage
 * allows. */
enum bundle_use {
	BUNDLE_SERVERS,
	BUNDLE_EMAIL,
	BUNDLE_CODE,
	BUNDLE_TRUSTED, /* TRUSTED CERTIFICATE blocks of OpenSSL, for every use */
};

struct derived_bundle {
	const char *path;
	enum bundle_use use;
};

struct family {
	const char *label; /* "Debian", for the report */
	const char *marks[FAMILY_LIST_N]; /* paths: one that is there is evidence */
	const char *ids[FAMILY_LIST_N]; /* of os-release's ID and ID_LIKE */
	const char *shown; /* what people know the store by */
	const struct layout *layout; /* NULL: bundles that readers look for, and nothing else */
	const char *anchors; /* directory of the administrator's anchors */
	const char *shipped; /* of the distribution's */
	const char *distrusted[FAMILY_LIST_N]; /* of certificates that are trusted in no case */
	struct derived_bundle
		bundles[FAMILY_LIST_N]; /* for servers first; those that are there are kept */
	const char *
		hash_dir; /* derived directory of PEM files and hash links, kept when it is there */
	const char *link_dir; /* directory of links into hash_dir, kept when it has some */
	const char *trusted_dir; /* the like of hash_dir, of TRUSTED CERTIFICATE blocks, or NULL */
	const char *edk2; /* list for UEFI (edk2.h), kept when it is there, or NULL */
	const char *openssl_file; /* of p11-kit's: OpenSSL reads it beside its hash directory */
	const char *how_to_distrust; /* the right way for what the distribution ships */
	const char *tool; /* the distribution's command that takes in all anchors */
	const char *aside; /* a directory where that command does not look */
	const char *refresh; /* hook, or NULL */
	const char *note; /* always said, or NULL */
	const char *blocked; /* never written: the right way, or NULL */
};

extern const struct layout layout_debian;
extern const struct layout layout_alpine;
extern const struct layout layout_p11kit;

/* Bundles that readers look for whatever the family: Go's list and OpenSSL's; NULL at the end. */
extern const char *const family_bundles[];

/*
 * The family of a tree, a static row.  Without evidence, name or bundle it is Debian's; then, and
 * wherever no store is there yet, *ret_is_new.
 */
int family_find(struct view *view, const struct family **ret, bool *ret_is_new, struct fault *why);

#endif
