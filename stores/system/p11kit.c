/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of p11-kit: anchors are in a source directory, and everything programs read is
 * extracted from it (RHEL, Fedora and their kin, Arch, SUSE).
 *
 * Write to the existing extracted files what `trust extract` (0.24 to 0.25) would write for the
 * anchor; on the live tree the distribution's command regenerates them after the commit.  The
 * extracted Java keystore is not part of the system store.
 */
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/der.h"
#include "src/x509/pem.h"
#include "src/x509/pem_quirks.h"
#include "stores/bundle.h"
#include "stores/system/anchors.h"
#include "stores/system/certpaths.h"
#include "stores/system/edk2.h"
#include "stores/system/families.h"
#include "stores/system/hashdir.h"

#define WHOSE "system"
#define LABEL_MAX 200
#define NO_LABEL "certificate" /* what p11-kit calls an anchor without a label */

/* ---- what p11-kit extracts for a certificate ------------------------------------------------- */

/* id-kp-serverAuth, -emailProtection, -codeSigning and anyExtendedKeyUsage (RFC 5280, 4.2.1.12). */
static const uint8_t purposes[][8] = {
	[BUNDLE_SERVERS] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01},
	[BUNDLE_EMAIL] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04},
	[BUNDLE_CODE] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03},
};
static const uint8_t any_purpose[] = {0x55, 0x1d, 0x25, 0x00};
static const uint8_t ext_key_usage[] = {0x55, 0x1d, 0x25};

static bool is_oid(const struct der *it, const uint8_t *wanted, size_t len)
{
	return it->inside.left == len && memcmp(it->inside.at, wanted, len) == 0;
}

/* Does the anchor's extended key usage allow that use?  Without the extension, everything is. */
static bool allows(const struct cert *cert, enum bundle_use use)
{
	size_t len = cert->der.left;
	const uint8_t *at = cert->der.at;
	struct bytes in = bytes_make(at, len);
	struct der outer, tbs, it, ext, oid;

	if (use == BUNDLE_TRUSTED || !der_take_tag(&in, DER_SEQUENCE, &outer) ||
		!der_take_tag(&outer.inside, DER_SEQUENCE, &tbs))
		return true;
	do
		if (!der_take(&tbs.inside, &it))
			return true;
	while (it.tag != DER_CONTEXT_0 + 3); /* the extensions */
	in = it.inside;
	if (!der_take_tag(&in, DER_SEQUENCE, &it))
		return true;
	in = it.inside;
	while (der_take_tag(&in, DER_SEQUENCE, &ext)) {
		if (!der_take_tag(&ext.inside, DER_OID, &oid) ||
			!is_oid(&oid, ext_key_usage, sizeof(ext_key_usage)))
			continue;
		while (der_take(&ext.inside, &it) && it.tag != DER_OCTET_STRING)
			; /* critical or not */
		in = it.inside;
		if (!der_take_tag(&in, DER_SEQUENCE, &it))
			return true;
		while (der_take_tag(&it.inside, DER_OID, &oid))
			if (is_oid(&oid, purposes[use], sizeof(purposes[use])) ||
				is_oid(&oid, any_purpose, sizeof(any_purpose)))
				return true;
		return false;
	}
	return true;
}

/* ---- directories: a file for each anchor, with a new-style and an old-style hash link -------- */

/* Does the directory exist, with hash links in it? */
static int is_in_use(struct view *view, const char *path, bool *ret, struct fault *why)
{
	auto_names names = NAMES_INIT;

	*ret = false;
	if (!path || !view_is_dir(view, path))
		return 0;
	if (view_list(view, path, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n && !*ret; i++)
		*ret = hashdir_parse_name(names.at[i], NULL, NULL);
	return 0;
}

/* `trust extract` keeps hash links to deleted files; they would never go away. */
static void drop_dangling(struct hashdir *dir)
{
	for (size_t i = 0; i < dir->n; i++) {
		const struct hashdir_name *it = &dir->at[i], *to;

		if (it->kind != ENTRY_SYMLINK || strchr(it->link, '/') ||
			!hashdir_parse_name(it->name, NULL, NULL))
			continue;
		to = hashdir_find(dir, it->link);
		if (!to || to->kind == ENTRY_NONE)
			dir->at[i].kind = ENTRY_NONE;
	}
}

/* Plan a file with these bytes and its links, unless the directory has the certificate already. */
static int add_to_dir(struct view *view, const char *path, struct cert *cert, const char *label,
	struct buf *text, struct fault *why)
{
	auto_hashdir dir = HASHDIR_INIT;
	auto_free char *base = strdup(*label ? label : NO_LABEL);
	auto_free char *file = NULL;
	char name[LIMIT_PATH_LEN];
	bool found;

	if (!base)
		return fault_nomem(why);
	if (hashdir_read(view, path, &dir, why) < 0 ||
		certpaths_find(view, path, cert, &found, why) < 0)
		return -1;
	drop_dangling(&dir);
	if (found)
		return hashdir_plan(view, &dir, WHOSE, why);
	/* p11-kit keeps a label's letters, digits, '.', '_' and '-', and adds ".n" to a name in
	 * use. */
	for (char *c = base; *c; c++)
		*c = (text_lower(*c) >= 'a' && text_lower(*c) <= 'z') || (*c >= '0' && *c <= '9') ||
				     strchr("._-", *c)
			     ? *c
			     : '_';
	snprintf(name, sizeof(name), "%s.pem", base);
	for (unsigned n = 1; hashdir_find(&dir, name); n++) {
		if (n > LIMIT_HASH_LINKS_N)
			return fault_set(why, FAULT_LIMIT,
				"more than %u files are named '%s' in '%s'", LIMIT_HASH_LINKS_N,
				base, path);
		snprintf(name, sizeof(name), "%s.%u.pem", base, n);
	}
	if (text_set(&file, why, "%s/%s", path, name) < 0 ||
		view_give_file(view, file, text, 0444, WHOSE, why) < 0 ||
		hashdir_give(&dir, cert, name, why) < 0)
		return -1;
	return hashdir_plan(view, &dir, WHOSE, why);
}

static int drop_from_dir(struct view *view, const char *path,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_hashdir dir = HASHDIR_INIT;

	if (hashdir_read(view, path, &dir, why) < 0)
		return -1;
	drop_dangling(&dir);
	for (size_t i = 0; i < dir.n; i++) {
		struct hashdir_name *it = &dir.at[i];
		struct cert *cert = NULL;

		if (it->kind != ENTRY_FILE)
			continue;
		if (hashdir_cert(view, &dir, it, &cert, why) < 0)
			return -1;
		if (!cert || memcmp(cert->sha256, sha256, DIGEST_SHA256_LEN) != 0)
			continue;
		it->kind = ENTRY_NONE;
		if (hashdir_take(&dir, it->name, why) < 0)
			return -1;
	}
	return hashdir_plan(view, &dir, WHOSE, why);
}

/* If this link leads into the directory `from`: the length before the name, with its slash; or 0.
 */
static size_t prefix_len(const char *from, const struct hashdir_name *it)
{
	const char *slash = it->kind == ENTRY_SYMLINK ? strrchr(it->link, '/') : NULL;
	size_t len = slash ? (size_t)(slash - it->link) : 0;
	const char *last = strrchr(from, '/');
	size_t last_len = strlen(last);

	return len >= last_len && memcmp(slash - last_len, last, last_len) == 0 ? len + 1 : 0;
}

/*
 * Plan the links in link_dir that lead into hash_dir, in the distribution's style: one for each
 * name (Arch), or only the hash links, each straight to its file (Fedora).  If OpenSSL has no
 * default file, these links are all it reads, so create them even if there are none yet.
 */
static int mirror(struct view *view, const struct family *family, struct fault *why)
{
	auto_hashdir from = HASHDIR_INIT;
	auto_hashdir to = HASHDIR_INIT;
	auto_free char *prefix = NULL;
	bool is_straight = false;

	if (!family->hash_dir || !family->link_dir)
		return 0;
	if (hashdir_read(view, family->hash_dir, &from, why) < 0 ||
		hashdir_read(view, family->link_dir, &to, why) < 0)
		return -1;
	for (size_t i = 0; i < to.n; i++) {
		struct hashdir_name *it = &to.at[i];
		size_t len = prefix_len(family->hash_dir, it);

		if (!len)
			continue;
		if (!prefix && !(prefix = strndup(it->link, len)))
			return fault_nomem(why);
		is_straight |= strcmp(it->link + len, it->name) != 0;
		if (!hashdir_find(&from, it->name))
			it->kind = ENTRY_NONE;
	}
	if (!prefix && !view_is_file(view, family->openssl_file)) {
		if (text_set(&prefix, why, "%s/", family->hash_dir) < 0)
			return -1;
		is_straight = true;
	}
	for (size_t i = 0; prefix && i < from.n; i++) {
		const struct hashdir_name *it = &from.at[i], *there = hashdir_find(&to, it->name);
		bool is_link = it->kind == ENTRY_SYMLINK && !strchr(it->link, '/') &&
			       hashdir_parse_name(it->name, NULL, NULL);
		auto_free char *target = NULL;

		/* Do not replace anything else that has this name. */
		if ((is_straight && !is_link) || (there && there->kind != ENTRY_NONE &&
							 !prefix_len(family->hash_dir, there)))
			continue;
		if (text_set(&target, why, "%s%s", prefix, is_straight ? it->link : it->name) < 0 ||
			hashdir_link(&to, it->name, target, why) < 0)
			return -1;
	}
	return hashdir_plan(view, &to, WHOSE, why);
}

/* ---- anchors --------------------------------------------------------------------------------- */

/* Does the distribution ship it, in its directory or in "anchors" below that? */
static int is_shipped(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], bool *ret, struct fault *why)
{
	auto_anchors files = ANCHORS_INIT;
	char anchors[LIMIT_PATH_LEN];

	snprintf(anchors, sizeof(anchors), "%s/anchors", family->shipped);
	if (anchors_scan(view, family->shipped, "", ANCHORS_FLAT, &files, why) < 0 ||
		anchors_scan(view, anchors, "", ANCHORS_FLAT, &files, why) < 0)
		return -1;
	*ret = anchors_hold(&files, files.n, sha256);
	return 0;
}

/* Is it in a directory of distrusted certificates?  *ret_dir: which one, or NULL. */
static int is_distrusted(struct view *view, const struct family *family, const struct cert *cert,
	const char **ret_dir, struct fault *why)
{
	*ret_dir = NULL;
	for (size_t i = 0; i < FAMILY_LIST_N && family->distrusted[i] && !*ret_dir; i++) {
		auto_anchors files = ANCHORS_INIT;

		if (anchors_scan(view, family->distrusted[i], "", ANCHORS_FLAT, &files, why) < 0)
			return -1;
		if (anchors_hold(&files, files.n, cert->sha256))
			*ret_dir = family->distrusted[i];
	}
	return 0;
}

static int put_anchor(struct view *view, const struct family *family,
	const struct store_change *change, struct fault *why)
{
	auto_anchors files = ANCHORS_INIT;
	auto_certs bundle = CERTS_INIT;
	const char *distrusted;
	char path[LIMIT_PATH_LEN];
	bool shipped = false;

	if (is_distrusted(view, family, change->cert, &distrusted, why) < 0)
		return -1;
	if (distrusted)
		return fault_set(why, FAULT_REFUSED,
			"the certificate is distrusted by a file in '%s': take it out first",
			distrusted);
	if (anchors_scan(view, family->anchors, "", ANCHORS_FLAT, &files, why) < 0)
		return -1;
	if (anchors_hold(&files, files.n, change->sha256))
		return 0;
	/* A shipped certificate is in the bundle too; reading all shipped files is slow. */
	if (bundle_certs(view, family->bundles[0].path, &bundle, why) < 0 ||
		(certs_hold(&bundle, change->cert) &&
			is_shipped(view, family, change->sha256, &shipped, why) < 0))
		return -1;
	if (shipped)
		return 0;
	return anchors_path(family->anchors, change, path, why) < 0
		       ? -1
		       : anchors_put(view, &files, 0, path, change->cert, why);
}

static int drop_anchor(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_anchors files = ANCHORS_INIT;
	bool shipped, found;

	if (is_shipped(view, family, sha256, &shipped, why) < 0)
		return -1;
	if (shipped)
		return fault_set(why, FAULT_REFUSED,
			"the certificate belongs to the distribution: %s", family->how_to_distrust);
	return anchors_scan(view, family->anchors, "", ANCHORS_FLAT, &files, why) < 0
		       ? -1
		       : anchors_drop(view, &files, 0, sha256, &found, why);
}

/* ---- the layout ------------------------------------------------------------------------------ */

/*
 * OpenSSL reads one file, and looks by hash in one directory: link_dir if the family has one.
 * Where the file no longer exists (Fedora 44), it sees only the directory.
 */
static int p11kit_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	struct certpaths paths = {family->bundles[0].path,
		family->link_dir ? family->link_dir : family->hash_dir, {family->openssl_file},
		PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL), false};
	bool is_used;

	if (is_in_use(view, paths.dir, &is_used, why) < 0)
		return -1;
	if (!is_used)
		paths.dir = NULL;
	return certpaths_anchors(view, &paths, ret, why);
}

static int p11kit_change(struct view *view, const struct family *family,
	const struct store_change *change, struct fault *why)
{
	const struct derived_bundle dirs[] = {
		{family->hash_dir, BUNDLE_SERVERS}, {family->trusted_dir, BUNDLE_TRUSTED}};
	auto_free char *label = NULL;

	/* `trust` skips files it cannot parse, but it tries to read every one of them. */
	if (anchors_check_kinds(view, family->anchors, family->aside, why) < 0 ||
		(change->cert ? put_anchor(view, family, change, why)
			      : drop_anchor(view, family, change->sha256, why)) < 0 ||
		(change->cert && cert_label(change->cert, LABEL_MAX, &label, why) < 0))
		return -1;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++) {
		const struct derived_bundle *it = &family->bundles[i];
		const struct bundle_style style = {label && *label ? label : NO_LABEL,
			it->use == BUNDLE_TRUSTED ? label : NULL};

		if (change->cert ? (i > 0 && !view_is_file(view, it->path)) ||
					   !allows(change->cert, it->use)
				 : false)
			continue;
		if (bundle_change(view, it->path, change, &style, why) < 0)
			return -1;
	}
	if (family->edk2 && change->cert && allows(change->cert, BUNDLE_SERVERS) &&
		edk2_add(view, family->edk2, change->cert, WHOSE, why) < 0)
		return -1;
	if (family->edk2 && !change->cert &&
		edk2_drop(view, family->edk2, change->sha256, WHOSE, why) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		auto_buf text = buf_make(LIMIT_PEM_BYTES);
		bool is_used;

		if (is_in_use(view, dirs[i].path, &is_used, why) < 0)
			return -1;
		is_used |= change->cert && i == 0 && dirs[i].path &&
			   !view_is_file(view, family->openssl_file);
		if (is_used && !change->cert &&
			drop_from_dir(view, dirs[i].path, change->sha256, why) < 0)
			return -1;
		if (is_used && change->cert && allows(change->cert, dirs[i].use) &&
			(bundle_block(change->cert, i ? label : NULL, &text, why) < 0 ||
				add_to_dir(view, dirs[i].path, change->cert, label, &text, why) <
					0))
			return -1;
	}
	return mirror(view, family, why);
}

static int p11kit_strangers(struct view *view, struct view *now, const struct family *family,
	struct strangers *ret, struct fault *why)
{
	auto_anchors files = ANCHORS_INIT;
	auto_certs bundle = CERTS_INIT;

	ret->is_by_tool = true;
	if (view->tree->is_still)
		return 0;
	if (bundle_certs(now, family->bundles[0].path, &bundle, why) < 0 ||
		anchors_scan(view, family->anchors, "", ANCHORS_FLAT, &files, why) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		/* Does `trust extract --filter=ca-anchors --purpose=server-auth` skip all of it? */
		bool is_skipped = true;

		for (size_t j = 0; j < files.at[i].certs.n && is_skipped; j++) {
			struct cert *cert = files.at[i].certs.at[j];
			const char *distrusted;

			if (is_distrusted(view, family, cert, &distrusted, why) < 0)
				return -1;
			is_skipped =
				distrusted || !cert_is_ca(cert) || !allows(cert, BUNDLE_SERVERS);
		}
		if (!is_skipped && strangers_add(ret, &files.at[i], &bundle, why) < 0)
			return -1;
	}
	return 0;
}

const struct layout layout_p11kit = {
	.anchors = p11kit_anchors,
	.change = p11kit_change,
	.strangers = p11kit_strangers,
};
