/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FAMILIES_H
#define TRUSTFIX_FAMILIES_H

/*
 * The Linux families: one row each, recognized first by files in the tree, then by os-release.
 *
 * A row says where the administrator's anchors go and which layout maintains the files derived from
 * them (update_ca.c, p11kit.c).
 */

#include "stores/store.h"

/* The paths that the two programs named update-ca-certificates, Debian's and Alpine's, use. */
#define UPDATE_CA_CONF "/etc/ca-certificates.conf"
#define UPDATE_CA_SHIPPED "/usr/share/ca-certificates"
#define UPDATE_CA_LOCAL "/usr/local/share/ca-certificates"
#define UPDATE_CA_ASIDE "/usr/local/share" /* no program reads anchors from here */
#define UPDATE_CA_TOOL "/usr/sbin/update-ca-certificates"
#define UPDATE_CA_CERTS "/etc/ssl/certs"
#define UPDATE_CA_BUNDLE_NAME "ca-certificates.crt"
#define UPDATE_CA_BUNDLE UPDATE_CA_CERTS "/" UPDATE_CA_BUNDLE_NAME

struct anchors;
struct family;

/* How the derived files are maintained.  system.c handles the bundles in family_bundles that are
 * not the family's own. */
struct layout {
	int (*change)(struct view *view, const struct family *family,
		const struct store_change *change, struct fault *why);

	/* What a change may make trusted: the certificates in `ret` that are not `ret_trusted`.
	 * `now` is the view of the tree without the planned edits.  NULL: never any. */
	int (*strangers)(struct view *view, struct view *now, const struct family *family,
		struct anchors *ret, struct certs *ret_trusted, struct fault *why);

	/* Append what the report must include about this tree's store: sentences, each after "; ".
	 * The function may be NULL. */
	int (*note)(
		struct view *view, const struct family *family, struct buf *ret, struct fault *why);
};

#define FAMILY_LIST_N 9

/* What a derived bundle is used for; p11-kit includes an anchor if its extended key usage allows
 * that. */
enum bundle_use {
	BUNDLE_SERVERS = CERT_USE_SERVERS,
	BUNDLE_EMAIL = CERT_USE_EMAIL,
	BUNDLE_CODE = CERT_USE_CODE,
	BUNDLE_TRUSTED, /* OpenSSL's TRUSTED CERTIFICATE blocks, for every use */
};

struct derived_bundle {
	const char *path;
	enum bundle_use use;
};

struct family {
	const char *label; /* "Debian", for the report */
	const char *marks[FAMILY_LIST_N]; /* paths: any that exists identifies the family */
	const char *ids[FAMILY_LIST_N]; /* values of ID and ID_LIKE in os-release */
	const char *shown; /* the path people know the store by; NULL: that of the bundle */
	const struct layout *layout; /* NULL: only the bundles that readers look for */
	const char *anchors; /* directory of the administrator's anchors */
	const char *suffix; /* certdir: of the files there */
	const char *shipped[2]; /* directories of the distribution's; the second is in the first */
	const char *distrusted[2]; /* directories of distrusted certificates */
	struct derived_bundle bundles[FAMILY_LIST_N]; /* the one for servers first; the others only
							 if they exist */
	bool has_comments; /* p11-kit writes a comment above each block in them */
	const char *hash_dir; /* derived directory of PEM files and hash links, maintained if it
				 exists */
	const char *link_dir; /* directory of links into hash_dir, maintained if it has any */
	const char *trusted_dir; /* like hash_dir, with TRUSTED CERTIFICATE blocks, or NULL */
	const char *edk2; /* list of CAs for UEFI, maintained if it exists, or NULL */
	const char *java; /* keystore that its command or its refresh hook generates, or NULL */
	const char *openssl_files[2]; /* OpenSSL reads the first that exists, besides its hash
					 directory, which is link_dir, or else hash_dir */
	const char *tool; /* the distribution's command that installs all anchors */
	const char *aside; /* a directory that this command does not read */
	const char *refresh; /* hook, or NULL */
	const char *note; /* always reported, or NULL */
	const char *blocked; /* the store is never written: what to do instead; or NULL */
	bool in_images; /* it is blocked in images, too */
};

extern const struct layout layout_debian;
extern const struct layout layout_alpine;
extern const struct layout layout_p11kit;
extern const struct layout layout_certdir;

/* Bundles that readers look for in any family: Go's list and OpenSSL's; ends with NULL. */
extern const char *const family_bundles[];

/*
 * Find the family of a tree, a static row.  A tree with no known files, os-release name or bundle
 * is treated as Debian.  *ret_is_new: the tree has no store yet.
 */
int family_find(struct view *view, const struct family **ret, bool *ret_is_new, struct fault *why);

/* A family whose refresh hook is "refresh-NAME", and one whose command generates that keystore from
 * the anchors, with those of the bundle for servers in it; NULL: none. */
const struct family *family_refreshed(const char *name);
const struct family *family_of_keystore(struct view *view, const char *path);

/* Is there anything at a path where programs look for a bundle, or anything that blocks such a
 * path, or a hash link?  A broken symbolic link does not count. */
bool family_has_store(struct view *view);

/* Is there a file that OpenSSL reads by default? */
bool family_has_openssl_file(struct view *view, const struct family *family);

/* The path of the bundle that programs read: the family's own, else the first that there is, else
 * where one would be. */
const char *family_bundle(struct view *view, const struct family *family);

/* Append every certificate that programs trust (certpaths_anchors()). */
int family_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why);

/*
 * Can the layout of a tree that has a store make the bundle of that layout?  Not if it has no file
 * for a certificate in it, nor if that bundle is missing, so that others or a directory are in use.
 * Always true where the tool or its conf exists, and for other layouts.  In update_ca.c.
 */
int update_ca_fits(struct view *view, const struct family *family, bool *ret, struct fault *why);

#endif
