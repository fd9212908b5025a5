/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layouts of the two programs named update-ca-certificates.
 *
 * Debian's script (20230311 to 20250419; also Gentoo's and Void's) makes /etc/ssl/certs/NAME.pem
 * links, subject hash links, and the bundle.  The result here is the same, except for the script's
 * mistakes: a certificate that changed under the same name is rehashed, a removed one leaves no
 * link, the bundle has no hash link and becomes empty when no certificate is left.  Like the
 * script, we remove other people's broken links only when something changed.
 *
 * Alpine's program (update-ca.c; also Wolfi's and Chainguard's) makes ca-cert-NAME.pem links and
 * the bundle; hash links only where the c_rehash hook made some.  Images that have only the bundle
 * get the anchor's file as well, so that a later update-ca-certificates keeps the CA.
 *
 * Both read the distribution's files that the conf selects, in its order, then the administrator's
 * in byte order (Debian's sorts in root's locale, C in package scripts; Alpine's does not sort).
 * Where the program will not run again, certificates added to the bundle by hand stay.
 *
 * A file whose name has a newline is skipped, one with a backslash is taken; Debian's script stops
 * with an error at either.
 */
#include <string.h>

#include "src/base/text.h"
#include "stores/bundle.h"
#include "stores/system/anchors.h"
#include "stores/system/families.h"
#include "stores/system/hashdir.h"

#define WHOSE "system"

/* How the two differ. */
struct update_ca {
	const char *suffix; /* of the administrator's files; "": any */
	enum anchors_depth depth;
	const char *prefix; /* of the links */
	bool is_debian; /* a shell reads the conf: it strips blanks around a line and ignores a last
			   line without a newline */
};

static const struct update_ca debian = {".crt", ANCHORS_DEEP, "", true};
static const struct update_ca alpine = {"", ANCHORS_FLAT, "ca-cert-", false};

static const struct update_ca *update_ca_of(const struct family *family)
{
	return family->layout == &layout_debian ? &debian : &alpine;
}

struct inputs {
	struct anchors files;
	size_t local_from; /* index of the administrator's first file */
	struct names deselected; /* conf lines that begin with '!', which is cut off */
	bool has_conf; /* the conf is there and not empty */
	bool is_all; /* the bundle may be regenerated from the files */
};

static void inputs_free(struct inputs *inputs)
{
	anchors_free(&inputs->files);
	names_free(&inputs->deselected);
}
CLEANUP_VALUE(inputs, inputs_free)
#define auto_inputs CLEANUP(inputs) struct inputs

/* Read the administrator's files, again if they were read before. */
static int read_local(
	struct view *view, const struct update_ca *it, struct inputs *ret, struct fault *why)
{
	anchors_cut(&ret->files, ret->local_from);
	return anchors_scan(view, UPDATE_CA_LOCAL, it->suffix, it->depth, &ret->files, why);
}

static bool has_tool(struct view *view)
{
	struct fault ignored = FAULT_INIT;
	auto_entry conf = ENTRY_INIT;

	return view_is_file(view, UPDATE_CA_TOOL) ||
	       (view_entry(view, UPDATE_CA_CONF, VIEW_FOLLOW, &conf, NULL, &ignored) == 0 &&
		       conf.kind == ENTRY_FILE && conf.size > 0);
}

/* Read all input files, each once.  A line of the conf whose file is missing is skipped. */
static int read_inputs(
	struct view *view, const struct update_ca *it, struct inputs *ret, struct fault *why)
{
	auto_buf conf = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;
	bool found = false;

	if (view_read(view, UPDATE_CA_CONF, &conf, &found, why) < 0)
		return -1;
	ret->has_conf = conf.len > 0;
	for (size_t at = 0, len; at < conf.len; at += len + 1) {
		char *line = (char *)conf.bytes + at;
		char *newline = memchr(line, '\n', conf.len - at);
		bool is_deselected = line[0] == '!';
		char path[LIMIT_PATH_LEN];

		len = newline ? (size_t)(newline - line) : conf.len - at;
		line[len] = '\0'; /* buf keeps a spare byte after its last */
		if ((!newline && it->is_debian) || strlen(line) != len || !len || line[0] == '#')
			continue;
		line += is_deselected;
		if (it->is_debian) {
			line += strspn(line, " \t");
			for (size_t n = strlen(line); n && strchr(" \t", line[n - 1]); n--)
				line[n - 1] = '\0';
		}
		if (is_deselected && names_add(&ret->deselected, line, why) < 0)
			return -1;
		if (is_deselected || snprintf(path, sizeof(path), UPDATE_CA_SHIPPED "/%s", line) >=
					     (int)sizeof(path))
			continue;
		if (anchors_read(view, path, &ret->files, why) < 0)
			return -1;
	}
	ret->local_from = ret->files.n;
	if (read_local(view, it, ret, why) < 0)
		return -1;
	ret->is_all = true;
	/* The tool makes its bundle from these files alone; any other must not lose certificates.
	 */
	if (has_tool(view) && !view->tree->is_still)
		return 0;
	if (bundle_certs(view, UPDATE_CA_BUNDLE, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n && ret->is_all; i++)
		ret->is_all = anchors_hold(&ret->files, ret->files.n, certs.at[i]->sha256);
	return 0;
}

int update_ca_fits(struct view *view, const struct family *family, bool *ret, struct fault *why)
{
	auto_inputs inputs = {0};
	auto_entry bundle = ENTRY_INIT;

	*ret = true;
	if ((family->layout != &layout_debian && family->layout != &layout_alpine) ||
		has_tool(view))
		return 0;
	if (view_entry(view, UPDATE_CA_BUNDLE, VIEW_FOLLOW, &bundle, NULL, why) < 0)
		return -1;
	*ret = bundle.kind != ENTRY_NONE;
	if (bundle.kind != ENTRY_FILE || family->layout == &layout_alpine)
		return 0;
	if (read_inputs(view, &debian, &inputs, why) < 0)
		return -1;
	*ret = inputs.is_all;
	return 0;
}

/* DER would make every program stop in the middle of the bundle. */
static bool is_poison(const struct anchor_file *file)
{
	return !file->certs.blocks_n && file->bytes.len && file->bytes.bytes[0] == 0x30;
}

/* Plan the bundle: every PEM file whole, followed by a newline, on Debian only if it lacks one. */
static int put_bundle(struct view *view, const struct update_ca *it, const struct inputs *inputs,
	struct fault *why)
{
	auto_buf bundle = buf_make(LIMIT_FILE_BYTES);

	for (size_t i = 0; i < inputs->files.n; i++) {
		const struct anchor_file *file = &inputs->files.at[i];

		if (is_poison(file) || !file->bytes.len)
			continue;
		if (anchors_check(view, file, UPDATE_CA_ASIDE, why) < 0)
			return -1;
		buf_add(&bundle, file->bytes.bytes, file->bytes.len);
		if (!it->is_debian || file->bytes.bytes[file->bytes.len - 1] != '\n')
			buf_add_byte(&bundle, '\n');
	}
	if (buf_check(&bundle, UPDATE_CA_BUNDLE, why) < 0)
		return -1;
	/* An existing bundle is emptied, not left alone, because symbolic links lead to it. */
	if (!bundle.len && !view_is_file(view, UPDATE_CA_BUNDLE))
		return 0;
	return view_give_file(view, UPDATE_CA_BUNDLE, &bundle, 0644, why);
}

/* Is it a link into one of the two anchor directories? */
static bool is_own_link(const struct hashdir_name *it)
{
	return it->kind == ENTRY_SYMLINK && (text_path_is_in(it->link, UPDATE_CA_SHIPPED) ||
						    text_path_is_in(it->link, UPDATE_CA_LOCAL));
}

static int link_name(
	const char *prefix, const char *path, char ret[static LIMIT_PATH_LEN], struct fault *why)
{
	const char *base = basename(path);
	size_t len = strlen(base);

	if (len > 4 && strcmp(base + len - 4, ".crt") == 0)
		len -= 4;
	if (snprintf(ret, LIMIT_PATH_LEN, "%s%.*s.pem", prefix, (int)len, base) >=
		(int)LIMIT_PATH_LEN)
		return fault_set(why, FAULT_LIMIT, "name too long: '%s'", path);
	return 0;
}

static int set_links(const struct update_ca *it, const struct inputs *inputs, struct hashdir *dir,
	struct fault *why)
{
	for (size_t i = 0; i < inputs->files.n; i++) {
		const struct anchor_file *file = &inputs->files.at[i];
		struct hashdir_name *set;
		char name[LIMIT_PATH_LEN];

		if (link_name(it->prefix, file->path, name, why) < 0)
			return -1;
		for (char *at = name + strlen(it->prefix); *at; at++)
			*at = strchr(" ,", *at) ? '_' : strchr("()", *at) ? '=' : *at;
		if (hashdir_link(dir, name, file->path, why) < 0)
			return -1;
		set = hashdir_find(dir, name);
		set->looked = true;
		if (!set->cert && file->certs.n == 1 && file->certs.blocks_n == 1 &&
			!(file->certs.at[0]->hidden_from & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)))
			set->cert = cert_ref(file->certs.at[0]);
	}
	return 0;
}

/* Drop the broken links among the script's own and the hash links, or among all others. */
static void drop_dead(struct view *view, struct hashdir *dir, bool is_own)
{
	for (size_t i = 0; i < dir->n; i++) {
		struct hashdir_name *it = &dir->at[i];

		if ((is_own_link(it) || hashdir_is_hash_link(it)) == is_own &&
			!hashdir_is_alive(view, dir, it))
			it->kind = ENTRY_NONE;
	}
}

/*
 * Plan the links to the files.  In Debian's layout, when removing, also drop files of that
 * certificate that were copied there by hand.  *found: does the change change anything?  If not,
 * nothing is planned.
 */
static int put_links(struct view *view, const struct update_ca *it, const struct inputs *inputs,
	const struct store_change *change, bool *found, struct fault *why)
{
	auto_hashdir dir = HASHDIR_INIT;
	bool is_hashed = it->is_debian || !view_is_file(view, UPDATE_CA_BUNDLE);

	if (hashdir_read(view, UPDATE_CA_CERTS, &dir, why) < 0)
		return -1;
	for (size_t i = 0; i < dir.n; i++) {
		struct hashdir_name *at = &dir.at[i];
		struct cert *cert;

		is_hashed |= hashdir_is_hash_link(at);
		/* Without a conf the script starts afresh. */
		if (is_own_link(at) && !(it->is_debian && inputs->has_conf))
			at->kind = ENTRY_NONE;
		if (change->cert || !it->is_debian || at->kind != ENTRY_FILE ||
			strcmp(at->name, UPDATE_CA_BUNDLE_NAME) == 0)
			continue;
		if (hashdir_cert(view, &dir, at, &cert, why) < 0)
			return -1;
		if (cert && memcmp(cert->sha256, change->sha256, DIGEST_SHA256_LEN) == 0) {
			at->kind = ENTRY_NONE;
			*found = true;
		}
	}
	if (!*found)
		return 0;
	/* For a deselected file, the script does not replace characters of the name. */
	for (size_t i = 0; it->is_debian && i < inputs->deselected.n; i++) {
		struct hashdir_name *at;
		char name[LIMIT_PATH_LEN];

		if (link_name("", inputs->deselected.at[i], name, why) < 0)
			return -1;
		at = hashdir_find(&dir, name);
		if (at && at->kind == ENTRY_SYMLINK)
			at->kind = ENTRY_NONE;
	}
	if (set_links(it, inputs, &dir, why) < 0)
		return -1;
	drop_dead(view, &dir, true);
	if (is_hashed && hashdir_rehash(view, &dir, UPDATE_CA_BUNDLE_NAME, why) < 0)
		return -1;
	if (it->is_debian && hashdir_is_changed(&dir))
		drop_dead(view, &dir, false);
	return hashdir_plan(view, &dir, why);
}

static int put_anchor(struct view *view, const struct inputs *inputs,
	const struct store_change *change, struct fault *why)
{
	auto_free char *path = NULL;

	for (size_t i = 0; i < inputs->files.n; i++)
		if (anchor_file_is(&inputs->files.at[i], change->cert) &&
			!inputs->files.at[i].certs.at[0]->hidden_from)
			return 0;
	return anchors_put(view, &inputs->files, UPDATE_CA_LOCAL, ".crt", change, &path, why);
}

/* *ret_found: was it in a file or in the bundle? */
static int drop_anchor(struct view *view, const struct inputs *inputs,
	const struct store_change *change, bool *ret_found, struct fault *why)
{
	auto_certs bundle = CERTS_INIT;

	for (size_t i = 0; i < inputs->local_from; i++)
		if (certs_find_sha256(&inputs->files.at[i].certs, change->sha256) <
			inputs->files.at[i].certs.n)
			return fault_set(why, FAULT_REFUSED,
				"the distribution ships '%s'; to distrust it, put '!' before its "
				"line in " UPDATE_CA_CONF " and run update-ca-certificates",
				inputs->files.at[i].path);
	if (anchors_drop(view, &inputs->files, inputs->local_from, change->sha256, ret_found, why) <
			0 ||
		bundle_certs(view, UPDATE_CA_BUNDLE, &bundle, why) < 0)
		return -1;
	*ret_found |= certs_find_sha256(&bundle, change->sha256) < bundle.n;
	return 0;
}

static int change_layout(struct view *view, const struct family *family,
	const struct store_change *change, struct fault *why)
{
	const struct update_ca *it = update_ca_of(family);
	/* Alpine's libssl looks for a file or hash links; its packages have the file. */
	bool needs_file = change->cert && !it->is_debian &&
			  !family_has_openssl_file(view, family) &&
			  !hashdir_is_used(view, UPDATE_CA_CERTS);
	auto_inputs inputs = {0};
	bool found = true;

	if (read_inputs(view, it, &inputs, why) < 0 ||
		(change->cert ? put_anchor(view, &inputs, change, why)
			      : drop_anchor(view, &inputs, change, &found, why)) < 0 ||
		read_local(view, it, &inputs, why) < 0 ||
		((it->is_debian || inputs.is_all) &&
			put_links(view, it, &inputs, change, &found, why) < 0))
		return -1;
	if (!found)
		return 0;
	if ((inputs.is_all ? put_bundle(view, it, &inputs, why)
			   : bundle_change(view, UPDATE_CA_BUNDLE, change, NULL, why)) < 0)
		return -1;
	return needs_file ? view_put_link(view, family->openssl_files[0],
				    "certs/" UPDATE_CA_BUNDLE_NAME, why)
			  : 0;
}

/*
 * The certificates in the administrator's files, and those in selected files other than public
 * roots, that are not in the bundle now but will be when it is regenerated.  If it is not
 * regenerated, those that Debian's links do not lead to yet, since links to all files are made.
 */
static int strangers(struct view *view, struct view *now, const struct family *family,
	struct anchors *ret, struct certs *ret_trusted, struct fault *why)
{
	const struct update_ca *it = update_ca_of(family);
	auto_inputs inputs = {0};

	if (read_inputs(view, it, &inputs, why) < 0)
		return -1;
	if (!inputs.is_all && !it->is_debian)
		return 0;
	if ((inputs.is_all ? bundle_certs(now, UPDATE_CA_BUNDLE, ret_trusted, why)
			   : family_anchors(now, family, ret_trusted, why)) < 0)
		return -1;
	for (size_t i = 0; i < inputs.files.n; i++) {
		struct anchor_file *file = &inputs.files.at[i];

		if (is_poison(file) || (i < inputs.local_from && file->certs.n == 1 &&
					       file->certs.at[0]->is_public_root))
			certs_free(&file->certs);
	}
	*ret = inputs.files;
	inputs.files = (struct anchors){0};
	return 0;
}

/* Sentences about files left out of the bundle, and about a missing conf. */
static int note(struct view *view, const struct family *family, struct buf *ret, struct fault *why)
{
	const struct update_ca *it = update_ca_of(family);
	auto_anchors files = {0};
	size_t poison_n = 0;

	if (anchors_scan(view, UPDATE_CA_LOCAL, it->suffix, it->depth, &files, why) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		const char *path = files.at[i].path;
		bool stops = it->is_debian && strchr(path, '\\');
		auto_free char *shown = NULL;

		if (!stops && (!is_poison(&files.at[i]) || poison_n++))
			continue;
		shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
		if (!shown)
			return fault_nomem(why);
		buf_printf(ret, "; '%s' %s", shown,
			stops ? "has a backslash in its name, which makes "
				"update-ca-certificates fail"
			      : "is not PEM and is left out of the bundle");
	}
	if (poison_n > 1)
		buf_printf(ret, "; %zu more files there are not PEM either", poison_n - 1);
	if (!view_is_file(view, UPDATE_CA_CONF) && view_is_file(view, UPDATE_CA_TOOL))
		buf_add_text(ret, "; '" UPDATE_CA_CONF
				  "' is missing, so no certificate of the distribution is "
				  "selected");
	return 0;
}

const struct layout layout_debian = {.change = change_layout, .strangers = strangers, .note = note};
const struct layout layout_alpine = {.change = change_layout, .strangers = strangers, .note = note};
