/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of p11-kit: anchors in a source directory, everything programs read extracted from it
 * (RHEL, Fedora and kin, Arch, SUSE).
 *
 * What `trust extract` (0.24 to 0.25) would write for the anchor is put into the extracted files
 * that are there; on the live tree the distribution's command makes them anew after the commit. The
 * Java keystore among them is not the system store's.
 */
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/der.h"
#include "src/x509/pem.h"
#include "src/x509/pem_quirks.h"
#include "stores/system/anchor_files.h"
#include "stores/bundle.h"
#include "stores/system/cadir.h"
#include "stores/system/edk2.h"
#include "stores/system/families.h"
#include "stores/system/hashdir.h"
#include "stores/system/neighbour.h"

#define WHOSE "system"
#define LABEL_MAX 200

/* Who looks there as well: OpenSSL, and curl with it. */
#define IN_HASH_DIR (PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL))

/* id-kp-serverAuth, -emailProtection, -codeSigning and anyExtendedKeyUsage (RFC 5280, 4.2.1.12). */
static const uint8_t purposes[][8] = {
	[BUNDLE_SERVERS] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01},
	[BUNDLE_EMAIL] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04},
	[BUNDLE_CODE] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03},
};
static const uint8_t any_purpose[] = {0x55, 0x1d, 0x25, 0x00};

/* One DER element of that tag, its content into *ret; lengths of up to two bytes, as extensions
 * have. */
static bool take_element(struct bytes *in, uint8_t tag, struct bytes *ret)
{
	bool is_it = bytes_be(in, 1) == tag;
	size_t len = (size_t)bytes_be(in, 1);
	const uint8_t *at;

	if (len > 0x80)
		len = len > 0x82 ? SIZE_MAX : (size_t)bytes_be(in, len - 0x80);
	at = bytes_take(in, len);
	if (!is_it || !at)
		return false;
	*ret = bytes_make(at, len);
	return true;
}

static bool is_oid(const struct bytes *oid, const uint8_t *wanted, size_t len)
{
	return oid->left == len && memcmp(oid->at, wanted, len) == 0;
}

/* May the anchor be used so?  Without the extension, for everything. */
static bool allows(const struct cert *cert, enum bundle_use use)
{
	static const uint8_t ext_key_usage[] = {0x06, 0x03, 0x55, 0x1d, 0x25};
	size_t len;
	const uint8_t *der = cert_der(cert, &len);
	const uint8_t *at = memmem(der, len, ext_key_usage, sizeof(ext_key_usage));
	struct bytes in;
	struct bytes octets;
	struct bytes list;
	struct bytes oid;

	if (!at || use == BUNDLE_TRUSTED)
		return true;
	at += sizeof(ext_key_usage);
	in = bytes_make(at, (size_t)(der + len - at));
	if (in.left >= 3 && at[0] == 0x01) /* critical */
		bytes_take(&in, 3);
	if (!take_element(&in, 0x04, &octets) || !take_element(&octets, 0x30, &list))
		return true;
	while (list.left && take_element(&list, 0x06, &oid))
		if (is_oid(&oid, purposes[use], sizeof(purposes[use])) ||
			is_oid(&oid, any_purpose, sizeof(any_purpose)))
			return true;
	return false;
}

/*
 * A TRUSTED CERTIFICATE block: the DER, and an X509_CERT_AUX with nothing but the alias, if any
 * (OpenSSL, crypto/x509/x_x509a.c).
 */
static int add_trusted(
	const struct cert *cert, const char *label, struct buf *out, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_CERT_BYTES + LABEL_MAX + 8);
	size_t len, from;
	const uint8_t *der = cert_der(cert, &len);

	buf_add(&bytes, der, len);
	from = bytes.len;
	if (*label)
		der_add_header(&bytes, DER_UTF8_STRING, strlen(label));
	buf_add_text(&bytes, label);
	der_wrap(&bytes, from, DER_SEQUENCE);
	if (buf_check(&bytes, "trusted certificate", why) < 0)
		return -1;
	return pem_format_as("TRUSTED CERTIFICATE", bytes.bytes, bytes.len, out, why);
}

/* Older extracts have a blank line between their blocks. */
static void add_separator(struct buf *text)
{
	if (!text->len)
		return;
	if (text->bytes[text->len - 1] != '\n')
		buf_add_byte(text, '\n');
	if (memmem(text->bytes, text->len, "-----\n\n", 7))
		buf_add_byte(text, '\n');
}

/* The block that a file for that use has. */
static int add_block(const struct cert *cert, enum bundle_use use, const char *label,
	struct buf *out, struct fault *why)
{
	return use == BUNDLE_TRUSTED ? add_trusted(cert, label, out, why)
				     : pem_format(cert, out, why);
}

static int add_to_bundle(struct view *view, const struct derived_bundle *bundle, struct cert *cert,
	const char *label, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	struct pem_wanted wanted = {cert, bundle->use == BUNDLE_TRUSTED, false};

	if (bundle_mended(view, bundle->path, &wanted, &text, why) < 0)
		return -1;
	if (!wanted.held) {
		add_separator(&text);
		buf_printf(&text, "# %s\n", *label ? label : CADIR_NO_LABEL);
		if (add_block(cert, bundle->use, label, &text, why) < 0)
			return -1;
	}
	return view_give_file(view, bundle->path, &text, 0444, WHOSE, why);
}

/* Without that file OpenSSL sees by hash links alone, so that they are begun where none is. */
static int mirror(struct view *view, const struct family *family, struct fault *why)
{
	return cadir_mirror(view, family->hash_dir, family->link_dir,
		!view_is_file(view, family->openssl_file), WHOSE, why);
}

/* The directories of one file each, where the distribution's command keeps them. */
static int add_to_dirs(struct view *view, const struct family *family, struct cert *cert,
	const char *label, struct fault *why)
{
	const struct derived_bundle dirs[] = {
		{family->hash_dir, BUNDLE_SERVERS}, {family->trusted_dir, BUNDLE_TRUSTED}};

	for (size_t i = 0; i < 2; i++) {
		auto_buf text = buf_make(LIMIT_PEM_BYTES);
		bool is_used;

		if (cadir_in_use(view, dirs[i].path, &is_used, why) < 0)
			return -1;
		is_used |= i == 0 && dirs[i].path && !view_is_file(view, family->openssl_file);
		if (is_used && allows(cert, dirs[i].use) &&
			(add_block(cert, dirs[i].use, label, &text, why) < 0 ||
				cadir_add(view, dirs[i].path, cert, label, &text, WHOSE, why) < 0))
			return -1;
	}
	return mirror(view, family, why);
}

static int drop_from_dirs(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	const char *const dirs[] = {family->hash_dir, family->trusted_dir};

	for (size_t i = 0; i < 2; i++) {
		bool is_used;

		if (cadir_in_use(view, dirs[i], &is_used, why) < 0 ||
			(is_used && cadir_drop(view, dirs[i], sha256, WHOSE, why) < 0))
			return -1;
	}
	return mirror(view, family, why);
}

static bool files_hold(
	const struct anchor_files *files, const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	for (size_t i = 0; i < files->n; i++)
		if (certs_find_sha256(&files->at[i].certs, sha256) < files->at[i].certs.n)
			return true;
	return false;
}

/* What the distribution ships: the directory's own files and those of its anchors. */
static int is_shipped(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], bool *ret, struct fault *why)
{
	auto_anchor_files files = ANCHOR_FILES_INIT;
	char anchors[LIMIT_PATH_LEN];

	snprintf(anchors, sizeof(anchors), "%s/anchors", family->shipped);
	if (anchor_files_scan(view, family->shipped, "", ANCHOR_FLAT, &files, why) < 0 ||
		anchor_files_scan(view, anchors, "", ANCHOR_FLAT, &files, why) < 0)
		return -1;
	*ret = files_hold(&files, sha256);
	return 0;
}

/* Is it in a file of certificates that are trusted in no case? */
static int is_distrusted(struct view *view, const struct family *family, const struct cert *cert,
	const char **ret_dir, struct fault *why)
{
	*ret_dir = NULL;
	for (size_t i = 0; i < FAMILY_LIST_N && family->distrusted[i] && !*ret_dir; i++) {
		auto_anchor_files files = ANCHOR_FILES_INIT;

		if (anchor_files_scan(view, family->distrusted[i], "", ANCHOR_FLAT, &files, why) <
			0)
			return -1;
		if (files_hold(&files, cert_sha256(cert)))
			*ret_dir = family->distrusted[i];
	}
	return 0;
}

static int put_anchor(struct view *view, const struct family *family, struct cert *cert,
	const char *name, struct fault *why)
{
	auto_anchor_files files = ANCHOR_FILES_INIT;
	auto_certs bundle = CERTS_INIT;
	char path[LIMIT_PATH_LEN];
	bool shipped = false;

	if (anchor_files_scan(view, family->anchors, "", ANCHOR_FLAT, &files, why) < 0)
		return -1;
	if (files_hold(&files, cert_sha256(cert)))
		return 0;
	/* Only what is extracted already can be shipped; those files are large. */
	if (bundle_certs(view, family->bundles[0].path, &bundle, why) < 0 ||
		(certs_hold(&bundle, cert) &&
			is_shipped(view, family, cert_sha256(cert), &shipped, why) < 0))
		return -1;
	if (shipped)
		return 0;
	snprintf(path, sizeof(path), "%s/%s.crt", family->anchors, name);
	return anchor_files_put(view, &files, 0, path, cert, why);
}

/*
 * What is built on OpenSSL looks into one file, and by hash into one directory: that of the links
 * where there is one.  Where the file is gone (Fedora 44), it sees nothing else.
 */
static int p11kit_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	const char *dir = family->link_dir ? family->link_dir : family->hash_dir;
	bool has_file = view_is_file(view, family->openssl_file);
	auto_certs bundle = CERTS_INIT;
	auto_names names = NAMES_INIT;
	bool is_used;

	if (bundle_certs(view, family->bundles[0].path, &bundle, why) < 0 ||
		cadir_in_use(view, dir, &is_used, why) < 0)
		return -1;
	certs_take_file(ret, &bundle, is_used ? IN_HASH_DIR : 0);
	if (!is_used && has_file)
		return certs_add_new(ret, &bundle, why);
	if (view_list(view, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < bundle.n; i++) {
		struct cert *cert = bundle.at[i];

		/* Whatever the shape of the bundle. */
		if (hashdir_sees(view, dir, &names, cert))
			cert_set_blind(cert, cert_blind(cert) & ~IN_HASH_DIR);
		else if (!has_file)
			cert_set_blind(cert, cert_blind(cert) | IN_HASH_DIR);
		if (certs_add(ret, cert, why) < 0)
			return -1;
	}
	return 0;
}

static int p11kit_add(struct view *view, const struct family *family, struct cert *cert,
	const char *name, struct fault *why)
{
	auto_free char *label = NULL;
	const char *distrusted;

	/* What `trust` cannot read it passes over, but it reads whatever has a name there. */
	if (neighbour_check_kinds(view, family->anchors, family->aside, why) < 0 ||
		is_distrusted(view, family, cert, &distrusted, why) < 0)
		return -1;
	if (distrusted)
		return fault_set(why, FAULT_REFUSED,
			"the certificate is distrusted by a file in '%s': take it out first",
			distrusted);
	if (put_anchor(view, family, cert, name, why) < 0 ||
		cert_label(cert, LABEL_MAX, &label, why) < 0)
		return -1;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++)
		if ((i == 0 || view_is_file(view, family->bundles[i].path)) &&
			allows(cert, family->bundles[i].use) &&
			add_to_bundle(view, &family->bundles[i], cert, label, why) < 0)
			return -1;
	if (family->edk2 && allows(cert, BUNDLE_SERVERS) &&
		edk2_add(view, family->edk2, cert, WHOSE, why) < 0)
		return -1;
	return add_to_dirs(view, family, cert, label, why);
}

static int drop_anchors(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_anchor_files files = ANCHOR_FILES_INIT;

	if (anchor_files_scan(view, family->anchors, "", ANCHOR_FLAT, &files, why) < 0)
		return -1;
	for (size_t i = files.n; i-- > 0;)
		if (certs_find_sha256(&files.at[i].certs, sha256) < files.at[i].certs.n &&
			anchor_files_drop(view, &files, i, sha256, why) < 0)
			return -1;
	return 0;
}

static int p11kit_remove(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	bool shipped;

	if (neighbour_check_kinds(view, family->anchors, family->aside, why) < 0 ||
		is_shipped(view, family, sha256, &shipped, why) < 0)
		return -1;
	if (shipped)
		return fault_set(why, FAULT_REFUSED,
			"the certificate belongs to the distribution: %s", family->how_to_distrust);
	if (drop_anchors(view, family, sha256, why) < 0)
		return -1;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++)
		if (bundle_drop(view, family->bundles[i].path, sha256, BUNDLE_COMMENTED, WHOSE,
			    why) < 0)
			return -1;
	if (family->edk2 && edk2_drop(view, family->edk2, sha256, WHOSE, why) < 0)
		return -1;
	return drop_from_dirs(view, family, sha256, why);
}

/* Does `trust extract --filter=ca-anchors --purpose=server-auth` pass over all of the file? */
static int is_passed_over(struct view *view, const struct family *family,
	const struct anchor_file *file, bool *ret, struct fault *why)
{
	const char *distrusted = NULL;

	*ret = true;
	for (size_t i = 0; i < file->certs.n && *ret; i++) {
		struct cert *cert = file->certs.at[i];

		if (is_distrusted(view, family, cert, &distrusted, why) < 0)
			return -1;
		*ret = distrusted || !cert_is_ca(cert) || !allows(cert, BUNDLE_SERVERS);
	}
	return 0;
}

static int p11kit_strangers(struct view *view, struct view *now, const struct family *family,
	struct strangers *ret, struct fault *why)
{
	auto_anchor_files files = ANCHOR_FILES_INIT;
	auto_certs bundle = CERTS_INIT;
	bool passed_over;

	ret->is_by_tool = true;
	if (view->tree->is_still)
		return 0;
	if (bundle_certs(now, family->bundles[0].path, &bundle, why) < 0 ||
		anchor_files_scan(view, family->anchors, "", ANCHOR_FLAT, &files, why) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		if (is_passed_over(view, family, &files.at[i], &passed_over, why) < 0 ||
			(!passed_over && strangers_add(ret, &files.at[i], &bundle, why) < 0))
			return -1;
	return 0;
}

const struct layout layout_p11kit = {
	.anchors = p11kit_anchors,
	.add = p11kit_add,
	.remove = p11kit_remove,
	.strangers = p11kit_strangers,
};
