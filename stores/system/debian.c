/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of Debian's update-ca-certificates (20230311 to 20250419), also used by Gentoo and
 * Void: /etc/ssl/certs/NAME.pem links, subject hash links, and the bundle.
 *
 * The result is what the script would leave, but for what it gets wrong: a certificate changed
 * under its old name is hashed anew, and one that went leaves no link behind.  Like the script,
 * links are only looked into when something changed, and rehash sees the bundle as it was before.
 * Where the script would leave the bundle alone, because no certificate is left, it becomes empty.
 * In a tree where the script will not run again, what was put into the bundle by hand stays.
 */
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/pem_quirks.h"
#include "stores/bundle.h"
#include "stores/system/certpaths.h"
#include "stores/system/families.h"
#include "stores/system/hashdir.h"
#include "stores/system/cacerts_inputs.h"

#define WHOSE "system"

static const struct cacerts_inputs_rules rules = {
	.suffix = ".crt",
	.depth = ANCHOR_DEEP,
	.is_shell = true,
};

static bool is_own_link(const struct link_farm_name *it)
{
	return it->kind == ENTRY_SYMLINK &&
	       (strncmp(it->link, CACERTS_INPUTS_SHIPPED, strlen(CACERTS_INPUTS_SHIPPED)) == 0 ||
		       strncmp(it->link, CACERTS_INPUTS_LOCAL, strlen(CACERTS_INPUTS_LOCAL)) == 0);
}

/* Without a conf the script begins afresh: links into its two directories go first. */
static void drop_own(struct link_farm *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (is_own_link(&dir->at[i]))
			link_farm_drop(&dir->at[i]);
}

static void drop_dead(struct view *view, struct link_farm *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (dir->at[i].kind == ENTRY_SYMLINK && !link_farm_is_alive(view, dir, &dir->at[i]))
			link_farm_drop(&dir->at[i]);
}

/* The script takes the name of a deselected file as it is, without the letters it replaces
 * elsewhere. */
static void drop_deselected(struct link_farm *dir, const struct names *deselected)
{
	for (size_t i = 0; i < deselected->n; i++) {
		const char *slash = strrchr(deselected->at[i], '/');
		const char *base = slash ? slash + 1 : deselected->at[i];
		size_t len = strlen(base);
		char name[LIMIT_PATH_LEN];
		struct link_farm_name *it;

		if (len > 4 && strcmp(base + len - 4, ".crt") == 0)
			len -= 4;
		snprintf(name, sizeof(name), "%.*s.pem", (int)len, base);
		it = link_farm_find(dir, name);
		if (it && it->kind == ENTRY_SYMLINK)
			link_farm_drop(it);
	}
}

static int set_link(struct link_farm *dir, const struct anchor_file *file, struct fault *why)
{
	char name[LIMIT_PATH_LEN];
	struct link_farm_name *it;

	if (cacerts_inputs_link_name(file->path, "", name, sizeof(name), why) < 0 ||
		link_farm_set(dir, name, file->path, why) < 0)
		return -1;
	it = link_farm_find(dir, name);
	it->looked = true;
	if (file->certs.n == 1 && anchor_file_is(file, file->certs.at[0]) &&
		!(cert_blind(file->certs.at[0]) & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)))
		it->cert = cert_ref(file->certs.at[0]);
	return 0;
}

/* The directory with the links the sources ask for. */
static int read_links(struct view *view, const struct cacerts_inputs *cacerts_inputs,
	struct link_farm *ret, bool afresh, struct fault *why)
{
	auto_link_farm dir = LINK_FARM_INIT;

	if (link_farm_read(view, CACERTS_INPUTS_CERTS, &dir, why) < 0)
		return -1;
	if (!cacerts_inputs->has_conf)
		drop_own(&dir);
	if (afresh)
		drop_dead(view, &dir);
	drop_deselected(&dir, &cacerts_inputs->deselected);
	for (size_t i = 0; i < cacerts_inputs->files.n; i++)
		if (set_link(&dir, &cacerts_inputs->files.at[i], why) < 0)
			return -1;
	*ret = dir;
	dir = (struct link_farm)LINK_FARM_INIT;
	return 0;
}

/* Is every link there already, none of ours dead, and every hash found? */
static int is_settled(struct view *view, struct link_farm *dir, bool *ret, struct fault *why)
{
	bool settled = !link_farm_is_changed(dir);

	for (size_t i = 0; settled && i < dir->n; i++)
		settled = !is_own_link(&dir->at[i]) || link_farm_is_alive(view, dir, &dir->at[i]);
	if (settled)
		return hashdir_is_right(view, dir, CACERTS_INPUTS_BUNDLE_NAME, ret, why);
	*ret = false;
	return 0;
}

/* Dead links in directories below, as `find` meets them. */
static int drop_dead_below(
	struct view *view, const struct link_farm *above, unsigned depth, struct fault *why)
{
	for (size_t i = 0; i < above->n && depth < LIMIT_LINKS_N; i++) {
		auto_link_farm dir = LINK_FARM_INIT;
		char path[LIMIT_PATH_LEN];

		if (above->at[i].kind != ENTRY_DIR ||
			snprintf(path, sizeof(path), "%s/%s", above->path, above->at[i].name) >=
				(int)sizeof(path))
			continue;
		if (link_farm_read(view, path, &dir, why) < 0)
			return -1;
		drop_dead(view, &dir);
		if (link_farm_plan(view, &dir, WHOSE, why) < 0 ||
			drop_dead_below(view, &dir, depth + 1, why) < 0)
			return -1;
	}
	return 0;
}

/* A file somebody put beside the links by hand is the administrator's too. */
static int drop_files(struct view *view, const uint8_t sha256[static DIGEST_SHA256_LEN],
	bool *ret_found, struct fault *why)
{
	auto_link_farm dir = LINK_FARM_INIT;

	if (link_farm_read(view, CACERTS_INPUTS_CERTS, &dir, why) < 0)
		return -1;
	for (size_t i = 0; i < dir.n; i++) {
		struct link_farm_name *it = &dir.at[i];
		const struct cert *cert;

		if (it->kind != ENTRY_FILE || strcmp(it->name, CACERTS_INPUTS_BUNDLE_NAME) == 0)
			continue;
		cert = hashdir_cert(view, &dir, it);
		if (!cert || memcmp(cert_sha256(cert), sha256, DIGEST_SHA256_LEN) != 0)
			continue;
		link_farm_drop(it);
		*ret_found = true;
	}
	return link_farm_plan(view, &dir, WHOSE, why);
}

/* A bundle whose one certificate is about to go gets no hash link.  Was it so? */
static bool forget_bundle(
	struct view *view, const struct cacerts_inputs *cacerts_inputs, struct link_farm *dir)
{
	struct link_farm_name *it = link_farm_find(dir, CACERTS_INPUTS_BUNDLE_NAME);
	const struct cert *cert = it ? hashdir_cert(view, dir, it) : NULL;

	if (!cert || cacerts_inputs_hold(cacerts_inputs, cert))
		return false;
	cert_free(steal(&it->cert));
	return true;
}

static int put_links(
	struct view *view, const struct cacerts_inputs *cacerts_inputs, struct fault *why)
{
	auto_link_farm dir = LINK_FARM_INIT;
	bool settled;

	if (read_links(view, cacerts_inputs, &dir, false, why) < 0 ||
		is_settled(view, &dir, &settled, why) < 0)
		return -1;
	if (!forget_bundle(view, cacerts_inputs, &dir) && settled)
		return 0;
	if (!cacerts_inputs->has_conf) {
		link_farm_free(&dir);
		if (read_links(view, cacerts_inputs, &dir, true, why) < 0)
			return -1;
		forget_bundle(view, cacerts_inputs, &dir);
	}
	drop_dead(view, &dir);
	if (hashdir_rehash(view, &dir, why) < 0 || link_farm_plan(view, &dir, WHOSE, why) < 0)
		return -1;
	return drop_dead_below(view, &dir, 0, why);
}

static int debian_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	static const struct certpaths paths = {CACERTS_INPUTS_BUNDLE, CACERTS_INPUTS_CERTS};

	(void)family;
	return certpaths_anchors(view, &paths, ret, why);
}

static int debian_add(struct view *view, const struct family *family, struct cert *cert,
	const char *name, struct fault *why)
{
	auto_cacerts_inputs cacerts_inputs = CACERTS_INPUTS_INIT;
	bool all;

	(void)family;
	if (cacerts_inputs_read(view, &rules, &cacerts_inputs, why) < 0 ||
		cacerts_inputs_make_all(view, &cacerts_inputs, &all, why) < 0 ||
		cacerts_inputs_add(view, &cacerts_inputs, cert, name, why) < 0 ||
		put_links(view, &cacerts_inputs, why) < 0)
		return -1;
	return all ? cacerts_inputs_put_bundle(view, &cacerts_inputs, why)
		   : bundle_add(view, CACERTS_INPUTS_BUNDLE, cert, WHOSE, why);
}

static int debian_remove(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_cacerts_inputs cacerts_inputs = CACERTS_INPUTS_INIT;
	auto_certs bundle = CERTS_INIT;
	bool found, all;

	if (cacerts_inputs_read(view, &rules, &cacerts_inputs, why) < 0 ||
		cacerts_inputs_make_all(view, &cacerts_inputs, &all, why) < 0 ||
		cacerts_inputs_drop(
			view, &cacerts_inputs, sha256, family->how_to_distrust, &found, why) < 0 ||
		drop_files(view, sha256, &found, why) < 0 ||
		bundle_certs(view, CACERTS_INPUTS_BUNDLE, &bundle, why) < 0)
		return -1;
	if (!found && certs_find_sha256(&bundle, sha256) == bundle.n)
		return 0;
	if (put_links(view, &cacerts_inputs, why) < 0)
		return -1;
	return all ? cacerts_inputs_put_bundle(view, &cacerts_inputs, why)
		   : bundle_drop(view, CACERTS_INPUTS_BUNDLE, sha256, BUNDLE_BLOCK, WHOSE, why);
}

static int debian_strangers(struct view *view, struct view *now, const struct family *family,
	struct strangers *ret, struct fault *why)
{
	auto_certs linked = CERTS_INIT;

	if (debian_anchors(now, family, &linked, why) < 0)
		return -1;
	return cacerts_inputs_strangers(view, now, &rules, &linked, ret, why);
}

static int debian_note(
	struct view *view, const struct family *family, char **ret, struct fault *why)
{
	(void)family;
	return cacerts_inputs_note(view, &rules, ret, why);
}

const struct layout layout_debian = {
	.anchors = debian_anchors,
	.add = debian_add,
	.remove = debian_remove,
	.strangers = debian_strangers,
	.note = debian_note,
};
