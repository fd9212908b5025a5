/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "system": what programs of this tree trust unless told otherwise.
 */
#include <string.h>
#include <sys/stat.h>

#include "stores/bundle.h"
#include "stores/system/families.h"
#include "stores/kinds.h"
#include "stores/system/anchors.h"

/* Append sentences that the report must include, each after "; ". */
static int make_note(struct view *view, const struct family *family, bool is_new, struct buf *note,
	struct fault *why)
{
	if (is_new)
		buf_printf(note, "; no CA store found; install creates %s with only this CA",
			family->shown);
	if (family->note)
		buf_printf(note, "; %s", family->note);
	if (family->layout && family->layout->note &&
		family->layout->note(view, family, note, why) < 0)
		return -1;
	/* Editing keeps a bundle's mode, and the proof runs as root, so it would not notice. */
	for (size_t i = 0; family_bundles[i]; i++) {
		auto_entry entry = ENTRY_INIT;

		if (view_entry(view, family_bundles[i], VIEW_FOLLOW, &entry, NULL, why) < 0)
			return -1;
		if (entry.kind != ENTRY_FILE || (entry.mode & S_IROTH))
			continue;
		buf_printf(note,
			"; other users' programs cannot read '%s' (mode %04o); chmod a+r fixes "
			"that",
			family_bundles[i], (unsigned)entry.mode);
		break;
	}
	return buf_check(note, "note", why);
}

static int system_find(struct view *view, const char *path, struct places *ret, struct fault *why)
{
	const struct family *family;
	auto_buf note = buf_make(LIMIT_FILE_BYTES);
	struct place place = {.ops = &store_system};
	bool is_new;

	(void)path;
	if (family_find(view, &family, &is_new, why) < 0)
		return -1;
	if (!family->blocked && make_note(view, family, is_new, &note, why) < 0)
		return -1;
	place.path = (char *)(uintptr_t)family->shown;
	place.label = family->label;
	place.blocked = family->blocked;
	place.refresh = family->refresh;
	place.detail = family;
	return places_add(ret, &place, note.len ? buf_text(&note) + strlen("; ") : NULL, why);
}

static int system_anchors(
	struct view *view, const struct place *place, struct certs *ret, struct fault *why)
{
	return family_anchors(view, place->detail, ret, why);
}

/* The canonical path of a regular file; NULL: there is none. */
static int real_file(struct view *view, const char *path, char **ret, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;

	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	*ret = entry.kind == ENTRY_FILE ? steal(&real) : NULL;
	return 0;
}

/* Change every bundle that programs look for and that the layout does not maintain. */
static int change_other_bundles(struct view *view, const struct family *family,
	const struct store_change *change, struct fault *why)
{
	auto_names kept = NAMES_INIT; /* canonical, as one bundle may have several names */

	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++) {
		auto_free char *real = NULL;

		if (real_file(view, family->bundles[i].path, &real, why) < 0 ||
			(real && names_add(&kept, real, why) < 0))
			return -1;
	}
	for (size_t i = 0; family_bundles[i]; i++) {
		auto_free char *real = NULL;

		if (real_file(view, family_bundles[i], &real, why) < 0)
			return -1;
		if (real && !names_holds(&kept, real) &&
			bundle_change(view, real, change, NULL, why) < 0)
			return -1;
	}
	return 0;
}

static int system_change(struct view *view, const struct place *place,
	const struct store_change *change, struct fault *why)
{
	const struct family *family = place->detail;

	if (place->blocked)
		return fault_set(why, FAULT_REFUSED, "%s", place->blocked);
	if (family->layout && family->layout->change(view, family, change, why) < 0)
		return -1;
	return change_other_bundles(view, family, change, why);
}

static int system_strangers(
	struct view *view, const struct place *place, struct strangers *ret, struct fault *why)
{
	const struct family *family = place->detail;
	auto_view now = view_make(view->tree, NULL);

	if (!family->layout || place->blocked)
		return 0;
	ret->tool = family->tool;
	ret->aside = family->aside;
	return family->layout->strangers(view, &now, family, ret, why);
}

const struct store_ops store_system = {
	.kind = "system",
	.deciding = CLIENT_BIT(CLIENT_OPENSSL) | CLIENT_BIT(CLIENT_GNUTLS) | CLIENT_BIT(CLIENT_GO),
	.advising = CLIENT_BIT(CLIENT_OPENSSL_STRICT) | CLIENT_BIT(CLIENT_CURL) |
		    CLIENT_BIT(CLIENT_PYTHON) | CLIENT_BIT(CLIENT_RUBY) | CLIENT_BIT(CLIENT_WEBPKI),
	.find = system_find,
	.anchors = system_anchors,
	.change = system_change,
	.strangers = system_strangers,
};
