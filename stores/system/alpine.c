/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of Alpine's update-ca-certificates (update-ca.c), also of Wolfi and Chainguard:
 * /etc/ssl/certs/ca-cert-NAME.pem links and the bundle; hash links where the c_rehash hook made
 * some.
 *
 * Images that have only the bundle (package ca-certificates-bundle) get the anchor's file as well,
 * so that a later update-ca-certificates keeps it.  The program takes the administrator's files as
 * the directory gives them; here they are sorted.
 */
#include <string.h>

#include "src/base/limits.h"
#include "stores/bundle.h"
#include "stores/system/families.h"
#include "stores/system/hashdir.h"
#include "stores/system/cacerts_inputs.h"

#define WHOSE "system"
#define PREFIX "ca-cert-"

static const struct sources_rules rules = {
	.suffix = "",
	.depth = ANCHOR_FLAT,
	.is_shell = false,
};

/* Links into the two directories go unless they are set again below. */
static void drop_own(struct linkdir *dir)
{
	for (size_t i = 0; i < dir->n; i++) {
		struct linkdir_name *it = &dir->at[i];

		if (it->kind == ENTRY_SYMLINK &&
			(strncmp(it->link, SOURCES_SHIPPED "/", strlen(SOURCES_SHIPPED "/")) == 0 ||
				strncmp(it->link, SOURCES_LOCAL "/", strlen(SOURCES_LOCAL "/")) ==
					0))
			linkdir_drop(it);
	}
}

static bool has_hash_links(const struct linkdir *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (dir->at[i].kind == ENTRY_SYMLINK && hashdir_is_hash_name(dir->at[i].name))
			return true;
	return false;
}

static int put_links(struct view *view, const struct sources *sources, struct fault *why)
{
	auto_linkdir dir = LINKDIR_INIT;
	bool hashed;
	bool right;

	if (linkdir_read(view, SOURCES_CERTS, &dir, why) < 0)
		return -1;
	hashed = has_hash_links(&dir);
	drop_own(&dir);
	for (size_t i = 0; i < sources->files.n; i++) {
		char name[LIMIT_PATH_LEN];

		if (sources_link_name(sources->files.at[i].path, PREFIX, name, sizeof(name), why) <
				0 ||
			linkdir_set(&dir, name, sources->files.at[i].path, why) < 0)
			return -1;
	}
	if (hashed) {
		if (hashdir_is_right(view, &dir, SOURCES_BUNDLE_NAME, &right, why) < 0)
			return -1;
		if (!right && hashdir_rehash(view, &dir, why) < 0)
			return -1;
	}
	return linkdir_plan(view, &dir, WHOSE, why);
}

static int put_all(struct view *view, const struct sources *sources, struct fault *why)
{
	if (put_links(view, sources, why) < 0)
		return -1;
	return sources_put_bundle(view, sources, why);
}

static int alpine_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	(void)family;
	return bundle_certs(view, SOURCES_BUNDLE, ret, why);
}

static int alpine_add(struct view *view, const struct family *family, struct cert *cert,
	const char *name, struct fault *why)
{
	auto_sources sources = SOURCES_INIT;
	bool all;

	(void)family;
	if (sources_read(view, &rules, &sources, why) < 0 ||
		sources_make_all(view, &sources, &all, why) < 0 ||
		sources_add(view, &sources, cert, name, why) < 0)
		return -1;
	if (!all)
		return bundle_add(view, SOURCES_BUNDLE, cert, WHOSE, why);
	return put_all(view, &sources, why);
}

static int alpine_remove(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_sources sources = SOURCES_INIT;
	auto_certs bundle = CERTS_INIT;
	bool found;
	bool all;

	if (sources_read(view, &rules, &sources, why) < 0 ||
		sources_make_all(view, &sources, &all, why) < 0 ||
		sources_drop(view, &sources, sha256, family->how_to_distrust, &found, why) < 0 ||
		bundle_certs(view, SOURCES_BUNDLE, &bundle, why) < 0)
		return -1;
	if (!found && certs_find_sha256(&bundle, sha256) == bundle.n)
		return 0;
	if (!all)
		return bundle_drop(view, SOURCES_BUNDLE, sha256, BUNDLE_BLOCK, WHOSE, why);
	return put_all(view, &sources, why);
}

static int alpine_strangers(struct view *view, struct view *now, const struct family *family,
	struct strangers *ret, struct fault *why)
{
	(void)family;
	return sources_strangers(view, now, &rules, NULL, ret, why);
}

static int alpine_note(
	struct view *view, const struct family *family, char **ret, struct fault *why)
{
	(void)family;
	return sources_note(view, &rules, ret, why);
}

const struct layout layout_alpine = {
	.anchors = alpine_anchors,
	.add = alpine_add,
	.remove = alpine_remove,
	.strangers = alpine_strangers,
	.note = alpine_note,
};
