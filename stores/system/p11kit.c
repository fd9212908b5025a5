/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of p11-kit: anchors are in a source directory, and everything programs read is
 * extracted from it (RHEL, Fedora and their kin, Arch, SUSE).
 *
 * Write to the existing extracted files what `trust extract` (0.24 to 0.25) would write for the
 * anchor; on the live tree the distribution's command regenerates them after the commit.  The
 * extracted Java keystore is not part of the system store.
 *
 * The layout "certdir" is the same without p11-kit: the anchors are in the directory of hash links
 * (Photon, OpenWrt, trees of no known family), or links lead to them (FreeBSD).
 */
#include <string.h>

#include "src/base/text.h"
#include "stores/bundle.h"
#include "stores/system/anchors.h"
#include "stores/system/families.h"
#include "stores/system/hashdir.h"

#define WHOSE "system"
#define LABEL_MAX 200

/* Does a file for that use hold the certificate? */
static bool allows(struct cert *cert, enum bundle_use use)
{
	return use == BUNDLE_TRUSTED || cert_allows(cert, (enum cert_use)use);
}

/* ---- anchors --------------------------------------------------------------------------------- */

/* The first of two directories that has a file with the certificate; NULL: neither. */
static int dir_with(struct view *view, const char *const dirs[static 2],
	const uint8_t sha256[static DIGEST_SHA256_LEN], const char **ret, struct fault *why)
{
	*ret = NULL;
	for (size_t i = 0; i < 2 && dirs[i] && !*ret; i++) {
		auto_anchors files = {0};

		if (anchors_scan(view, dirs[i], "", ANCHORS_FLAT, &files, why) < 0)
			return -1;
		if (anchors_hold(&files, files.n, sha256))
			*ret = dirs[i];
	}
	return 0;
}

/* `trust` skips files it cannot parse, but it tries to read every one of them. */
static int check_odd(struct view *view, const struct family *family, const struct anchors *files,
	struct fault *why)
{
	auto_free char *shown = NULL, *sentence = NULL;

	if (!view->tree->is_live || !files->odd)
		return 0;
	shown = text_printable(files->odd, strlen(files->odd), LIMIT_NAME_SHOWN);
	if (!shown)
		return fault_nomem(why);
	if (text_set(&sentence, why,
		    "'%s' is a FIFO or a device, and 'trust' would hang reading it", shown) < 0)
		return -1;
	return anchors_refuse(view, files->odd, family->aside, sentence, why);
}

/* *ret_path: the file of the certificate that is added; NULL: one of the distribution's. */
static int change_anchors(struct view *view, const struct family *family,
	const struct store_change *change, char **ret_path, struct fault *why)
{
	bool is_p11kit = family->layout == &layout_p11kit;
	auto_anchors files = {0};
	auto_certs bundle = CERTS_INIT;
	const char *dir = NULL;
	bool found;

	if (anchors_scan(view, family->anchors, is_p11kit ? "" : family->suffix, ANCHORS_FLAT,
		    &files, why) < 0 ||
		(is_p11kit && check_odd(view, family, &files, why) < 0))
		return -1;
	if (!change->cert) {
		if (dir_with(view, family->shipped, change->sha256, &dir, why) < 0)
			return -1;
		if (dir)
			return fault_set(why, FAULT_REFUSED,
				"the distribution ships this certificate; to distrust it, copy it "
				"into %s and run %s",
				family->distrusted[0], family->tool);
		return anchors_drop(view, &files, 0, change->sha256, &found, why);
	}
	if (dir_with(view, family->distrusted, change->sha256, &dir, why) < 0)
		return -1;
	if (dir)
		return fault_set(why, FAULT_REFUSED,
			"the certificate is distrusted by a file in '%s': remove that file first",
			dir);
	for (size_t i = 0; i < files.n; i++)
		if (is_p11kit ? certs_hold(&files.at[i].certs, change->cert)
			      : anchor_file_is(&files.at[i], change->cert)) {
			*ret_path = steal(&files.at[i].path);
			return 0;
		}
	/* A shipped certificate is in the bundle too; reading all shipped files is slow. */
	if (is_p11kit &&
		(bundle_certs(view, family->bundles[0].path, &bundle, why) < 0 ||
			(certs_hold(&bundle, change->cert) &&
				dir_with(view, family->shipped, change->sha256, &dir, why) < 0)))
		return -1;
	return dir ? 0
		   : anchors_put(view, &files, family->anchors, is_p11kit ? ".crt" : family->suffix,
			     change, ret_path, why);
}

/* ---- the list of CAs for UEFI ---------------------------------------------------------------- */

#define GUID_LEN 16
#define HEADER_LEN (GUID_LEN + 12)

/* EFI_CERT_X509_GUID, and p11-kit's own GUID as the owner of each signature. */
static const uint8_t x509_type[GUID_LEN] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87,
	0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
static const uint8_t owner[GUID_LEN] = {0x50, 0x3b, 0xdd, 0xdc, 0x05, 0xf4, 0xfd, 0x43, 0x96, 0xbe,
	0xbd, 0x33, 0xb1, 0x73, 0x47, 0x76};

static uint32_t take_le32(struct bytes *in)
{
	return __builtin_bswap32((uint32_t)bytes_be(in, 4));
}

static void add_le32(struct buf *out, size_t value)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		buf_add_byte(out, (uint8_t)(value >> shift));
}

/*
 * As `trust extract --format=edk2-cacerts` writes it: one EFI_SIGNATURE_LIST per certificate, with
 * one signature each (UEFI 2.10, 32.4.1).  Other lists are kept.
 */
static int change_edk2(
	struct view *view, const char *path, const struct store_change *change, struct fault *why)
{
	auto_buf old = buf_make(LIMIT_PEM_BYTES), out = buf_make(LIMIT_PEM_BYTES);
	bool is_there, found = false;
	struct bytes in;

	if (!path || !view_is_file(view, path))
		return 0;
	if (view_read(view, path, &old, &is_there, why) < 0)
		return -1;
	in = bytes_make(old.bytes, old.len);
	while (in.left) {
		const uint8_t *at = bytes_take(&in, GUID_LEN);
		uint32_t len = take_le32(&in), header_len = take_le32(&in), one = take_le32(&in);
		uint8_t digest[DIGEST_SHA256_LEN] = {0};

		if (in.failed || len < HEADER_LEN || !bytes_take(&in, len - HEADER_LEN))
			return fault_set(
				why, FAULT_FORMAT, "'%s' is not a list of UEFI signatures", path);
		if (memcmp(at, x509_type, GUID_LEN) == 0 && header_len == 0 && one > GUID_LEN &&
			one == len - HEADER_LEN)
			digest_sha256(at + HEADER_LEN + GUID_LEN, one - GUID_LEN, digest);
		if (memcmp(digest, change->sha256, sizeof(digest)) == 0)
			found = true;
		else
			buf_add(&out, at, len);
	}
	if (found == (change->cert != NULL))
		return 0;
	if (change->cert) {
		size_t len = change->cert->der.left;

		buf_add(&out, x509_type, GUID_LEN);
		add_le32(&out, HEADER_LEN + GUID_LEN + len);
		add_le32(&out, 0);
		add_le32(&out, GUID_LEN + len);
		buf_add(&out, owner, GUID_LEN);
		buf_add(&out, change->cert->der.at, len);
	}
	return view_give_file(view, path, &out, 0444, why);
}

/* ---- directories: a file for each anchor, with a new-style and an old-style hash link -------- */

/* Plan a file with the certificate, named by the comment, and links to it. */
static int add_to_dir(struct view *view, struct hashdir *dir, struct cert *cert,
	const struct bundle_style *style, struct fault *why)
{
	auto_free char *base = strdup(style->comment), *path = NULL;
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	char name[LIMIT_PATH_LEN];

	if (!base)
		return fault_nomem(why);
	/* p11-kit keeps a label's letters, digits, '.', '_' and '-', and adds ".n" to a name in
	 * use. */
	for (char *c = base; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", text_lower(*c)))
			*c = '_';
	snprintf(name, sizeof(name), "%s.pem", base);
	for (unsigned n = 1; hashdir_find(dir, name); n++) {
		if (n > LIMIT_HASH_LINKS_N)
			return fault_set(why, FAULT_LIMIT,
				"more than %u files are named '%s' in '%s'", LIMIT_HASH_LINKS_N,
				base, dir->path);
		snprintf(name, sizeof(name), "%s.%u.pem", base, n);
	}
	if (text_set(&path, why, "%s/%s", dir->path, name) < 0 ||
		bundle_block(cert, style->alias, &text, why) < 0 ||
		view_give_file(view, path, &text, 0444, why) < 0)
		return -1;
	return hashdir_give(dir, cert, name, true, why);
}

/*
 * Plan the change of a directory that has hash links.  `is_needed`: also if it has none yet.
 * `trust extract` keeps hash links to deleted files; drop them, they would never go away.
 */
static int change_dir(struct view *view, const char *path, const struct store_change *change,
	const struct bundle_style *style, bool is_needed, struct fault *why)
{
	auto_hashdir dir = HASHDIR_INIT;
	bool found = false;

	if (!path || !(is_needed || hashdir_is_used(view, path)))
		return 0;
	if (hashdir_read(view, path, &dir, why) < 0)
		return -1;
	for (size_t i = 0; i < dir.n; i++) {
		struct hashdir_name *it = &dir.at[i];

		if (hashdir_is_hash_link(it) && !strchr(it->link, '/') &&
			!hashdir_is_alive(view, &dir, it))
			it->kind = ENTRY_NONE;
	}
	if (change->cert) {
		if (hashdir_holds(view, &dir, change->cert, &found, why) < 0 ||
			(!found && add_to_dir(view, &dir, change->cert, style, why) < 0))
			return -1;
		return hashdir_plan(view, &dir, why);
	}
	for (size_t i = 0; i < dir.n; i++) {
		struct hashdir_name *it = &dir.at[i];
		struct cert *cert = NULL;

		if (it->kind != ENTRY_FILE)
			continue;
		if (hashdir_cert(view, &dir, it, &cert, why) < 0)
			return -1;
		if (!cert || memcmp(cert->sha256, change->sha256, DIGEST_SHA256_LEN) != 0)
			continue;
		it->kind = ENTRY_NONE;
		if (hashdir_take(&dir, it->name, why) < 0)
			return -1;
	}
	return hashdir_plan(view, &dir, why);
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
 * Plan the links in link_dir that lead to the files in hash_dir, in the distribution's style: for
 * each name (Arch), or only for the hash links (Fedora).  If OpenSSL has no default file, these
 * links are all it reads, so create them even if there are none yet.
 */
static int mirror(struct view *view, const struct family *family, struct fault *why)
{
	auto_hashdir from = HASHDIR_INIT, to = HASHDIR_INIT;
	auto_free char *prefix = NULL;
	bool has_names = false;

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
		has_names |= !hashdir_is_hash_link(it);
		if (!hashdir_find(&from, it->name))
			it->kind = ENTRY_NONE;
	}
	if (!prefix && !view_is_file(view, family->openssl_files[0]) &&
		text_set(&prefix, why, "%s/", family->hash_dir) < 0)
		return -1;
	for (size_t i = 0; prefix && i < from.n; i++) {
		const struct hashdir_name *it = &from.at[i], *there = hashdir_find(&to, it->name);
		bool is_link = hashdir_is_hash_link(it) && !strchr(it->link, '/');
		auto_free char *target = NULL;

		/* Do not replace anything else that has this name. */
		if ((!has_names && !is_link) || (there && there->kind != ENTRY_NONE &&
							!prefix_len(family->hash_dir, there)))
			continue;
		if (text_set(&target, why, "%s%s", prefix, is_link ? it->link : it->name) < 0 ||
			hashdir_link(&to, it->name, target, why) < 0)
			return -1;
	}
	return hashdir_plan(view, &to, why);
}

/* ---- the layouts ----------------------------------------------------------------------------- */

static int p11kit_change(struct view *view, const struct family *family,
	const struct store_change *change, struct fault *why)
{
	/* Without its default file OpenSSL reads only the links. */
	bool needs_links = change->cert && !view_is_file(view, family->openssl_files[0]);
	struct cert *cert = change->cert;
	auto_free char *label = NULL, *anchor = NULL;
	struct bundle_style plain = {0}, trusted = {0};

	if (change_anchors(view, family, change, &anchor, why) < 0 ||
		(cert && cert_label(cert, LABEL_MAX, &label, why) < 0))
		return -1;
	trusted.alias = label;
	plain.comment = trusted.comment = label && *label ? label : "certificate"; /* as p11-kit */
	if (change_dir(view, family->trusted_dir, change, &trusted, false, why) < 0)
		return -1;
	if ((!cert || allows(cert, BUNDLE_SERVERS)) &&
		(change_edk2(view, family->edk2, change, why) < 0 ||
			change_dir(view, family->hash_dir, change, &plain, needs_links, why) < 0))
		return -1;
	if (!family->has_comments)
		plain.comment = trusted.comment = NULL;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++) {
		const struct derived_bundle *it = &family->bundles[i];

		if ((i > 0 && !view_is_file(view, it->path)) || (cert && !allows(cert, it->use)))
			continue;
		if (bundle_change(view, it->path, change,
			    it->use == BUNDLE_TRUSTED ? &trusted : &plain, why) < 0)
			return -1;
	}
	return mirror(view, family, why);
}

/*
 * Every bundle that exists gets the certificate, too.  A new one is made only where there is no
 * store: with one certificate it would hide the others from whatever takes the first bundle.
 */
static int certdir_change(struct view *view, const struct family *family,
	const struct store_change *change, struct fault *why)
{
	const char *own = family->bundles[0].path;
	bool is_same = strcmp(family->anchors, family->hash_dir) == 0, found = false;
	bool is_new = change->cert && !family_has_store(view);
	/* Where OpenSSL reads a file and no directory, a link is of no use. */
	bool is_linked =
		!family_has_openssl_file(view, family) || hashdir_is_used(view, family->hash_dir);
	auto_free char *anchor = NULL, *target = NULL;
	auto_hashdir dir = HASHDIR_INIT;

	if (own && (is_new || view_is_file(view, own)) &&
		bundle_change(view, own, change, NULL, why) < 0)
		return -1;
	if (change->cert && is_same && !is_linked)
		return 0;
	if (change_anchors(view, family, change, &anchor, why) < 0 ||
		hashdir_read(view, family->hash_dir, &dir, why) < 0)
		return -1;
	/* certctl of FreeBSD 15 makes copies in place of links. */
	for (size_t i = 0; i < dir.n; i++) {
		struct hashdir_name *it = &dir.at[i];
		struct cert *copy = NULL;
		auto_free char *dead = NULL;

		if (!hashdir_parse_name(it->name, NULL, NULL))
			continue;
		if (it->kind == ENTRY_FILE && hashdir_cert(view, &dir, it, &copy, why) < 0)
			return -1;
		if (!change->cert && copy &&
			memcmp(copy->sha256, change->sha256, DIGEST_SHA256_LEN) == 0)
			it->kind = ENTRY_NONE;
		if (it->kind != ENTRY_SYMLINK || hashdir_is_alive(view, &dir, it))
			continue;
		if (!(dead = strdup(it->link)))
			return fault_nomem(why);
		if (hashdir_take(&dir, dead, why) < 0)
			return -1;
	}
	if (change->cert &&
		(hashdir_holds(view, &dir, change->cert, &found, why) < 0 ||
			text_set(&target, why, "%s%s", is_same ? "" : "../../..",
				is_same ? basename(anchor) : anchor) < 0 ||
			(!found && hashdir_give(&dir, change->cert, target, false, why) < 0)))
		return -1;
	return hashdir_plan(view, &dir, why);
}

static int p11kit_strangers(struct view *view, struct view *now, const struct family *family,
	struct anchors *ret, struct certs *ret_trusted, struct fault *why)
{
	if (view->tree->is_still)
		return 0;
	if (bundle_certs(now, family->bundles[0].path, ret_trusted, why) < 0 ||
		anchors_scan(view, family->anchors, "", ANCHORS_FLAT, ret, why) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++) {
		/* Does `trust extract --filter=ca-anchors --purpose=server-auth` skip all of it? */
		bool is_skipped = true;

		for (size_t j = 0; j < ret->at[i].certs.n && is_skipped; j++) {
			struct cert *cert = ret->at[i].certs.at[j];
			const char *distrusted;

			if (dir_with(view, family->distrusted, cert->sha256, &distrusted, why) < 0)
				return -1;
			is_skipped =
				distrusted || !cert_is_ca(cert) || !allows(cert, BUNDLE_SERVERS);
		}
		if (is_skipped)
			certs_free(&ret->at[i].certs);
	}
	return 0;
}

const struct layout layout_p11kit = {.change = p11kit_change, .strangers = p11kit_strangers};
const struct layout layout_certdir = {.change = certdir_change};
