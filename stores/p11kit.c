/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of p11-kit: anchors in a source directory, everything programs read extracted from it
 * (RHEL, Fedora and kin, Arch, SUSE).
 *
 * What `trust extract` (0.24 to 0.25) would write for the anchor is put into the extracted files
 * that are there; on the live tree the distribution's command makes them anew after the commit. The
 * Java keystore and the UEFI list among them are not the system store's.
 */
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cert/pem.h"
#include "src/cert/shape.h"
#include "stores/anchorfiles.h"
#include "stores/bundle.h"
#include "stores/families.h"
#include "stores/hashdir.h"

#define WHOSE "system"
#define LABEL_MAX 100

/* Who looks there as well: OpenSSL, and curl with it. */
#define IN_HASH_DIR (SHAPE_BIT(SHAPE_OPENSSL) | SHAPE_BIT(SHAPE_CURL))

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

/* The label p11-kit gives: the common name, or the organization. */
static int make_label(struct cert *cert, char ret[static LABEL_MAX + 1], struct fault *why)
{
	auto_cert_facts facts = {0};
	const char *name;
	size_t len;

	if (cert_facts_make(cert, &facts, why) < 0)
		return -1;
	name = *facts.common_name ? facts.common_name : facts.organization;
	len = strlen(name);
	if (len > LABEL_MAX)
		for (len = LABEL_MAX; len && ((uint8_t)name[len] & 0xc0) == 0x80;)
			len--;
	memcpy(ret, name, len);
	ret[len] = '\0';
	return 0;
}

/*
 * A TRUSTED CERTIFICATE block: the DER, and an X509_CERT_AUX with nothing but the alias
 * (OpenSSL, crypto/x509/x_x509a.c).
 */
static int add_trusted(
	const struct cert *cert, const char *label, struct buf *out, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_CERT_BYTES + LABEL_MAX + 4);
	size_t len;
	const uint8_t *der = cert_der(cert, &len);
	auto_free char *base64 = NULL;

	buf_add(&bytes, der, len);
	buf_add_byte(&bytes, 0x30);
	buf_add_byte(&bytes, (uint8_t)(strlen(label) + 2));
	buf_add_byte(&bytes, 0x0c);
	buf_add_byte(&bytes, (uint8_t)strlen(label));
	buf_add_text(&bytes, label);
	if (buf_check(&bytes, "trusted certificate", why) < 0)
		return -1;
	base64 = text_base64(bytes.bytes, bytes.len);
	if (!base64)
		return fault_nomem(why);
	buf_add_text(out, "-----BEGIN TRUSTED CERTIFICATE-----\n");
	for (size_t at = 0, all = strlen(base64); at < all; at += 64)
		buf_printf(out, "%.64s\n", base64 + at);
	buf_add_text(out, "-----END TRUSTED CERTIFICATE-----\n");
	return 0;
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

static int add_to_bundle(struct view *view, const struct derived_bundle *bundle, struct cert *cert,
	bool must_be, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;
	char label[LABEL_MAX + 1];

	if ((!must_be && !view_is_file(view, bundle->path)) || !allows(cert, bundle->use))
		return 0;
	if (bundle_read(view, bundle->path, &text, why) < 0 || make_label(cert, label, why) < 0)
		return -1;
	if (text.len &&
		pem_read(text.bytes, text.len, bundle->path, PEM_LENIENT, &certs, NULL, why) < 0)
		return -1;
	if (certs_hold(&certs, cert))
		return 0;
	add_separator(&text);
	buf_printf(&text, "# %s\n", label);
	if ((bundle->use == BUNDLE_TRUSTED ? add_trusted(cert, label, &text, why)
					   : pem_format(cert, &text, why)) < 0)
		return -1;
	return view_give_file(view, bundle->path, &text, 0444, WHOSE, why);
}

static bool is_plain(char c)
{
	return (text_lower(c) >= 'a' && text_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* The name `trust extract` makes of a label: letters, digits, '.', '_' and '-'; the n-th gets ".n".
 */
static int free_name(
	const struct linkdir *dir, const char *label, char *ret, size_t ret_len, struct fault *why)
{
	char base[LABEL_MAX + 1];
	size_t i = 0;

	for (; label[i]; i++)
		base[i] = is_plain(label[i]) ? label[i] : '_';
	base[i] = '\0';
	snprintf(ret, ret_len, "%s.pem", i ? base : "certificate");
	for (unsigned n = 1; linkdir_find(dir, ret); n++) {
		if (n > LIMIT_HASH_LINKS_N)
			return fault_set(why, FAULT_LIMIT,
				"more than %u files are named '%s' in '%s'", LIMIT_HASH_LINKS_N,
				base, dir->path);
		snprintf(ret, ret_len, "%s.%u.pem", base, n);
	}
	return 0;
}

/* Is the family's hash directory there, with hash links in it? */
static int hash_dir_in_use(
	struct view *view, const struct family *family, bool *ret, struct fault *why)
{
	auto_names names = NAMES_INIT;

	*ret = false;
	if (!family->hash_dir || !view_is_dir(view, family->hash_dir))
		return 0;
	if (view_list(view, family->hash_dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n && !*ret; i++)
		*ret = hashdir_is_hash_name(names.at[i]);
	return 0;
}

static int add_to_hash_dir(
	struct view *view, const struct family *family, struct cert *cert, struct fault *why)
{
	auto_linkdir dir = LINKDIR_INIT;
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	char label[LABEL_MAX + 1];
	char name[LABEL_MAX + 32];
	char path[LIMIT_PATH_LEN];
	bool found;

	if (!allows(cert, BUNDLE_SERVERS))
		return 0;
	if (hashdir_finds(view, family->hash_dir, cert, &found, why) < 0)
		return -1;
	if (found)
		return 0;
	if (linkdir_read(view, family->hash_dir, &dir, why) < 0 ||
		make_label(cert, label, why) < 0 ||
		free_name(&dir, label, name, sizeof(name), why) < 0 ||
		pem_format(cert, &text, why) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", family->hash_dir, name);
	if (view_give_file(view, path, &text, 0444, WHOSE, why) < 0 ||
		hashdir_give(&dir, cert, name, why) < 0)
		return -1;
	return linkdir_plan(view, &dir, WHOSE, why);
}

static int drop_from_hash_dir(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_linkdir dir = LINKDIR_INIT;

	if (linkdir_read(view, family->hash_dir, &dir, why) < 0)
		return -1;
	for (size_t i = 0; i < dir.n; i++) {
		struct linkdir_name *it = &dir.at[i];
		const struct cert *cert =
			it->kind == ENTRY_FILE ? hashdir_cert(view, &dir, it) : NULL;

		if (!cert || memcmp(cert_sha256(cert), sha256, DIGEST_SHA256_LEN) != 0)
			continue;
		linkdir_drop(it);
		if (hashdir_drop_links(&dir, it->name, why) < 0)
			return -1;
	}
	return linkdir_plan(view, &dir, WHOSE, why);
}

/* Does this link lead into the hash directory?  Then the part before the name, with its slash. */
static size_t prefix_len(const struct family *family, const struct linkdir_name *it)
{
	const char *slash = it->kind == ENTRY_SYMLINK ? strrchr(it->link, '/') : NULL;
	size_t len = slash ? (size_t)(slash - it->link) : 0;
	const char *last = strrchr(family->hash_dir, '/');
	size_t last_len = strlen(last);

	return len >= last_len && memcmp(slash - last_len, last, last_len) == 0 ? len + 1 : 0;
}

/* Arch: /etc/ssl/certs has a link for every name of the hash directory. */
static int mirror_links(struct view *view, const struct family *family, struct fault *why)
{
	auto_linkdir from = LINKDIR_INIT;
	auto_linkdir to = LINKDIR_INIT;
	auto_free char *prefix = NULL;

	if (linkdir_read(view, family->hash_dir, &from, why) < 0 ||
		linkdir_read(view, family->link_dir, &to, why) < 0)
		return -1;
	for (size_t i = 0; i < to.n; i++) {
		size_t len = prefix_len(family, &to.at[i]);

		if (len && !prefix && !(prefix = strndup(to.at[i].link, len)))
			return fault_nomem(why);
		if (len && !linkdir_find(&from, to.at[i].name))
			linkdir_drop(&to.at[i]);
	}
	for (size_t i = 0; prefix && i < from.n; i++) {
		char target[LIMIT_PATH_LEN];

		if (linkdir_find(&to, from.at[i].name))
			continue;
		snprintf(target, sizeof(target), "%s%s", prefix, from.at[i].name);
		if (linkdir_set(&to, from.at[i].name, target, why) < 0)
			return -1;
	}
	return linkdir_plan(view, &to, WHOSE, why);
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

static int refuse_distrusted(
	struct view *view, const struct family *family, const struct cert *cert, struct fault *why)
{
	for (size_t i = 0; i < FAMILY_LIST_N && family->distrusted[i]; i++) {
		auto_anchor_files files = ANCHOR_FILES_INIT;

		if (anchor_files_scan(view, family->distrusted[i], "", ANCHOR_FLAT, &files, why) <
			0)
			return -1;
		if (files_hold(&files, cert_sha256(cert)))
			return fault_set(why, FAULT_REFUSED,
				"the certificate is distrusted by a file in '%s': take it out "
				"first",
				family->distrusted[i]);
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

static int p11kit_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	auto_certs bundle = CERTS_INIT;
	auto_names names = NAMES_INIT;
	bool hashed;

	if (bundle_certs(view, family->bundles[0].path, &bundle, why) < 0 ||
		hash_dir_in_use(view, family, &hashed, why) < 0)
		return -1;
	if (!hashed)
		return certs_add_new(ret, &bundle, why);
	if (view_list(view, family->hash_dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < bundle.n; i++) {
		struct cert *cert = bundle.at[i];

		if (!hashdir_sees(view, family->hash_dir, &names, cert))
			continue;
		/* Whatever the shape of the bundle. */
		cert_set_blind(cert, cert_blind(cert) & ~IN_HASH_DIR);
		if (certs_add(ret, cert, why) < 0)
			return -1;
	}
	return 0;
}

static int p11kit_add(struct view *view, const struct family *family, struct cert *cert,
	const char *name, struct fault *why)
{
	bool hashed;

	if (refuse_distrusted(view, family, cert, why) < 0 ||
		put_anchor(view, family, cert, name, why) < 0 ||
		hash_dir_in_use(view, family, &hashed, why) < 0)
		return -1;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++)
		if (add_to_bundle(view, &family->bundles[i], cert, i == 0, why) < 0)
			return -1;
	if (hashed && add_to_hash_dir(view, family, cert, why) < 0)
		return -1;
	return hashed && family->link_dir ? mirror_links(view, family, why) : 0;
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
	bool hashed;

	if (is_shipped(view, family, sha256, &shipped, why) < 0)
		return -1;
	if (shipped)
		return fault_set(why, FAULT_REFUSED,
			"the certificate belongs to the distribution: %s", family->how_to_distrust);
	if (drop_anchors(view, family, sha256, why) < 0 ||
		hash_dir_in_use(view, family, &hashed, why) < 0)
		return -1;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++)
		if (bundle_drop(view, family->bundles[i].path, sha256, BUNDLE_COMMENTED, WHOSE,
			    why) < 0)
			return -1;
	if (hashed && drop_from_hash_dir(view, family, sha256, why) < 0)
		return -1;
	return hashed && family->link_dir ? mirror_links(view, family, why) : 0;
}

const struct layout layout_p11kit = {
	.anchors = p11kit_anchors,
	.add = p11kit_add,
	.remove = p11kit_remove,
};
