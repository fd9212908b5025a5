/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "system": what programs of this tree trust unless told otherwise.
 */
#include <string.h>
#include <sys/stat.h>

#include "src/base/advice.h"
#include "src/base/text.h"
#include "src/x509/ca.h"
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
	place.path =
		(char *)(uintptr_t)(family->shown ? family->shown : family_bundle(view, family));
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

static int system_note_strangers(struct view *view, const struct place *place,
	const struct cas *asked, bool is_done, struct names *ret, struct fault *why)
{
	const struct family *family = place->detail;
	const char *dir = advice_value(view->tree->advice, "root"), *tool = family->tool;
	auto_free char *root = dir ? text_shell_word(dir) : NULL;
	auto_view now = view_make(view->tree, NULL);
	auto_certs trusted = CERTS_INIT;
	auto_anchors files = {0};

	if (dir && !root)
		return fault_nomem(why);
	if (!family->layout || !family->layout->strangers || place->blocked)
		return 0;
	if (family->layout->strangers(view, &now, family, &files, &trusted, why) < 0)
		return -1;
	is_done = is_done && (family->layout != &layout_p11kit || view->tree->is_live);
	for (size_t i = 0; i < files.n; i++)
		for (size_t c = 0; c < files.at[i].certs.n; c++) {
			auto_free char *move = NULL, *cure = NULL, *note = NULL;
			struct cert *cert = files.at[i].certs.at[c];
			auto_cert_facts facts = {0};

			if (certs_hold(&trusted, cert) || cas_hold(asked, cert))
				continue;
			if (certs_add(&trusted, cert, why) < 0 ||
				cert_facts_make(cert, &facts, why) < 0 ||
				anchors_move(view, files.at[i].path, family->aside, &move, why) <
					0 ||
				(!is_done ? text_set(&cure, why, "to keep it out, run first: %s",
						    move)
					: view->tree->is_still
						? text_set(&cure, why,
							  "build the image without it: %s", move)
						: text_set(&cure, why,
							  "to take it out: %s && %s%s%s%s", move,
							  root ? "chroot " : "", root ? root : "",
							  root ? " " : "", tool)) < 0 ||
				text_set(&note, why, "%s %s '%s' (%s, sha256:%s); %s", tool,
					is_done ? "also added" : "would also add", files.at[i].path,
					facts.subject, facts.sha256, cure) < 0 ||
				(!names_holds(ret, note) && names_add(ret, note, why) < 0))
				return -1;
		}
	return 0;
}

const struct store_ops store_system = {
	.kind = "system",
	.deciding = CLIENT_BIT(CLIENT_OPENSSL) | CLIENT_BIT(CLIENT_GNUTLS) | CLIENT_BIT(CLIENT_GO),
	.advising = CLIENT_BIT(CLIENT_OPENSSL_STRICT) | CLIENT_BIT(CLIENT_CURL) |
		    CLIENT_BIT(CLIENT_PYTHON) | CLIENT_BIT(CLIENT_RUBY) | CLIENT_BIT(CLIENT_WEBPKI),
	.find = system_find,
	.anchors = system_anchors,
	.change = system_change,
	.note_strangers = system_note_strangers,
};
