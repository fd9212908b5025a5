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

static const struct cacerts_inputs_rules rules = {
	.suffix = "",
	.depth = ANCHOR_FLAT,
	.is_shell = false,
};

/* Links into the two directories go unless they are set again below. */
static void drop_own(struct link_farm *dir)
{
	for (size_t i = 0; i < dir->n; i++) {
		struct link_farm_name *it = &dir->at[i];

		if (it->kind == ENTRY_SYMLINK &&
			(strncmp(it->link, CACERTS_INPUTS_SHIPPED "/",
				 strlen(CACERTS_INPUTS_SHIPPED "/")) == 0 ||
				strncmp(it->link, CACERTS_INPUTS_LOCAL "/",
					strlen(CACERTS_INPUTS_LOCAL "/")) == 0))
			link_farm_drop(it);
	}
}

static bool has_hash_links(const struct link_farm *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (dir->at[i].kind == ENTRY_SYMLINK && hashdir_is_hash_name(dir->at[i].name))
			return true;
	return false;
}

static int put_links(
	struct view *view, const struct cacerts_inputs *cacerts_inputs, struct fault *why)
{
	auto_link_farm dir = LINK_FARM_INIT;
	bool hashed;
	bool right;

	if (link_farm_read(view, CACERTS_INPUTS_CERTS, &dir, why) < 0)
		return -1;
	hashed = has_hash_links(&dir);
	drop_own(&dir);
	for (size_t i = 0; i < cacerts_inputs->files.n; i++) {
		char name[LIMIT_PATH_LEN];

		if (cacerts_inputs_link_name(cacerts_inputs->files.at[i].path, PREFIX, name,
			    sizeof(name), why) < 0 ||
			link_farm_set(&dir, name, cacerts_inputs->files.at[i].path, why) < 0)
			return -1;
	}
	if (hashed) {
		if (hashdir_is_right(view, &dir, CACERTS_INPUTS_BUNDLE_NAME, &right, why) < 0)
			return -1;
		if (!right && hashdir_rehash(view, &dir, why) < 0)
			return -1;
	}
	return link_farm_plan(view, &dir, WHOSE, why);
}

static int put_all(
	struct view *view, const struct cacerts_inputs *cacerts_inputs, struct fault *why)
{
	if (put_links(view, cacerts_inputs, why) < 0)
		return -1;
	return cacerts_inputs_put_bundle(view, cacerts_inputs, why);
}

static int alpine_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	(void)family;
	return bundle_certs(view, CACERTS_INPUTS_BUNDLE, ret, why);
}

static int alpine_add(struct view *view, const struct family *family, struct cert *cert,
	const char *name, struct fault *why)
{
	auto_cacerts_inputs cacerts_inputs = CACERTS_INPUTS_INIT;
	bool all;

	(void)family;
	if (cacerts_inputs_read(view, &rules, &cacerts_inputs, why) < 0 ||
		cacerts_inputs_make_all(view, &cacerts_inputs, &all, why) < 0 ||
		cacerts_inputs_add(view, &cacerts_inputs, cert, name, why) < 0)
		return -1;
	if (!all)
		return bundle_add(view, CACERTS_INPUTS_BUNDLE, cert, WHOSE, why);
	return put_all(view, &cacerts_inputs, why);
}

static int alpine_remove(struct view *view, const struct family *family,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_cacerts_inputs cacerts_inputs = CACERTS_INPUTS_INIT;
	auto_certs bundle = CERTS_INIT;
	bool found;
	bool all;

	if (cacerts_inputs_read(view, &rules, &cacerts_inputs, why) < 0 ||
		cacerts_inputs_make_all(view, &cacerts_inputs, &all, why) < 0 ||
		cacerts_inputs_drop(
			view, &cacerts_inputs, sha256, family->how_to_distrust, &found, why) < 0 ||
		bundle_certs(view, CACERTS_INPUTS_BUNDLE, &bundle, why) < 0)
		return -1;
	if (!found && certs_find_sha256(&bundle, sha256) == bundle.n)
		return 0;
	if (!all)
		return bundle_drop(view, CACERTS_INPUTS_BUNDLE, sha256, BUNDLE_BLOCK, WHOSE, why);
	return put_all(view, &cacerts_inputs, why);
}

static int alpine_strangers(struct view *view, struct view *now, const struct family *family,
	struct strangers *ret, struct fault *why)
{
	(void)family;
	return cacerts_inputs_strangers(view, now, &rules, NULL, ret, why);
}

static int alpine_note(
	struct view *view, const struct family *family, char **ret, struct fault *why)
{
	(void)family;
	return cacerts_inputs_note(view, &rules, ret, why);
}

const struct layout layout_alpine = {
	.anchors = alpine_anchors,
	.add = alpine_add,
	.remove = alpine_remove,
	.strangers = alpine_strangers,
	.note = alpine_note,
};
