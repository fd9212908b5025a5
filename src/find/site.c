/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/sys/log.h"
#include "src/fs/host.h"
#include "src/journal/hooks.h"
#include "src/find/variables.h"

#define NOTES_SHOWN_N 3

/* Does the choice mean that place?  `real` is the choice's path with symbolic links resolved, or
 * NULL. */
static bool is_same_choice(
	const struct place *place, const struct store_choice *ca_override, const char *real)
{
	return ca_override->ops == place->ops &&
	       (!ca_override->path || strcmp(ca_override->path, place->path) == 0 ||
		       (real && strcmp(real, place->path) == 0));
}

static int find_named(struct site *site, struct view *view, const struct store_choice *ca_override,
	struct fault *why)
{
	struct fault seen = FAULT_INIT;
	auto_free char *text = NULL;

	if (!site->options.is_recorded)
		return ca_override->ops->find(view, ca_override->path, &site->places, why);
	if (ca_override->ops->find(view, ca_override->path, &site->places, &seen) == 0)
		return 0;
	if (seen.kind == FAULT_SYSTEM && seen.sys == ENOMEM)
		return fault_nomem(why);
	if (asprintf(&text, "left alone: %s", seen.text) < 0)
		return fault_nomem(why);
	/* Nothing to do for a file that is gone. */
	return view_is_file(view, ca_override->path) ? places_note_unread(&site->places, text, why)
						     : names_add(&site->places.notes, text, why);
}

/* Find the stores of one kind: those that --store chose, or everywhere. */
static int find_kind(
	struct site *site, struct view *view, const struct store_ops *ops, struct fault *why)
{
	const struct names *stores = site->options.stores;
	bool everywhere = stores->n == 0;

	for (size_t i = 0; i < stores->n; i++) {
		struct store_choice ca_override;

		if (store_choice_parse(stores->at[i], &ca_override, why) < 0)
			return -1;
		if (ca_override.ops != ops || names_holds(site->options.skips, stores->at[i]))
			continue;
		if (ca_override.path && find_named(site, view, &ca_override, why) < 0)
			return -1;
		everywhere = everywhere || !ca_override.path;
	}
	return everywhere && !names_holds(site->options.skips, ops->kind)
		       ? ops->find(view, NULL, &site->places, why)
		       : 0;
}

static void drop_place(struct places *places, size_t at)
{
	struct place dropped = places->at[at];

	memmove(&places->at[at], &places->at[at + 1], (places->n - at - 1) * sizeof(dropped));
	places->n--;
	place_free(&dropped);
}

/* Drop the places of one tree that --skip names. */
static int skip_places(struct site *site, size_t tree, struct fault *why)
{
	const struct names *skips = site->options.skips;
	struct places *places = &site->places;

	for (size_t i = 0; i < skips->n; i++) {
		auto_entry entry = ENTRY_INIT;
		auto_free char *real = NULL;
		struct store_choice ca_override;

		if (store_choice_parse(skips->at[i], &ca_override, why) < 0 ||
			(ca_override.path && view_entry(&site->trees[tree].view, ca_override.path,
						     VIEW_FOLLOW, &entry, &real, why) < 0))
			return -1;
		for (size_t p = places->n; p-- > 0;)
			if (places->at[p].tree == tree &&
				is_same_choice(&places->at[p], &ca_override, real))
				drop_place(places, p);
		if (real)
			places_forget_unread(places, real);
	}
	return 0;
}

/* Include the first notes of the search: they may be the reason. */
static int no_store(const struct site *site, size_t tree, struct fault *why)
{
	const struct names *notes = &site->places.notes;
	auto_buf text = buf_make(LIMIT_MIB);

	for (size_t i = 0; i < notes->n && i < NOTES_SHOWN_N; i++)
		buf_printf(&text, "%s%s", i ? "; " : ": ", notes->at[i]);
	if (buf_check(&text, "notes", why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED, "no trust store in '%s'%s%s",
		site->trees[tree].tree->label,
		site->options.stores->n  ? " matches --store"
		: site->options.skips->n ? " is left by --skip"
					 : " was found",
		buf_text(&text));
}

static int find_places_in(struct site *site, size_t tree, struct fault *why)
{
	struct places *places = &site->places;

	places->tree = tree;
	for (size_t i = 0; store_kinds[i]; i++)
		if (find_kind(site, &site->trees[tree].view, store_kinds[i], why) < 0)
			return -1;
	if ((site->options.stores->n == 0 || site->options.is_recorded) &&
		variables_places(&site->trees[tree].view, places, why) < 0)
		return -1;
	if (skip_places(site, tree, why) < 0)
		return -1;
	if (site->options.is_recorded || (places->n && places->at[places->n - 1].tree == tree))
		return 0;
	return no_store(site, tree, why);
}

static int find_places(struct site *site, struct fault *why)
{
	struct places *ret = &site->places;

	ret->keystore_cache = &site->keystore_cache;
	for (size_t i = 0; i < site->trees_n && !site->options.tree_only; i++)
		if (find_places_in(site, i, why) < 0)
			return -1;
	if (keystore_cache_check(&site->keystore_cache, why) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++)
		if (ret->at[i].is_remade && !hooks_have(ret->at[i].ops->refresh(&ret->at[i])))
			ret->at[i].is_remade = false;
	for (size_t i = 0; i < ret->n; i++)
		if (ret->at[i].blocked && !site->options.only_reads)
			return fault_set(why, FAULT_REFUSED, "%s", ret->at[i].blocked);
	return 0;
}

static int make_trees(struct site *site, size_t n, struct fault *why)
{
	site->trees = calloc(n, sizeof(*site->trees));
	if (!site->trees)
		return fault_nomem(why);
	site->trees_n = n;
	return 0;
}

static int open_image(struct site *site, struct fault *why)
{
	int rc;

	log_progress("reading the image");
	rc = image_file_open(site->options.image, &site->image, why);
	log_progress_end();
	if (rc < 0 || make_trees(site, image_file_n(site->image), why) < 0)
		return -1;
	for (size_t i = 0; i < site->trees_n; i++)
		site->trees[i].tree = image_file_tree(site->image, i);
	return 0;
}

static int open_host(struct site *site, struct fault *why)
{
	const char *root = site->options.root;

	if (make_trees(site, 1, why) < 0)
		return -1;
	if (host_open(root ? root : "/", &site->trees[0].tree, why) == 0)
		return 0;
	site->trees_n = 0; /* later code must not use a tree that was not opened */
	return -1;
}

static void make_views(struct site *site)
{
	for (size_t i = 0; i < site->trees_n; i++) {
		struct site_tree *at = &site->trees[i];

		at->tree->advice = site->options.advice;
		view_free(&at->view);
		plan_free(&at->plan);
		at->view = view_make(at->tree, &at->plan);
	}
}

int site_open(const struct site_options *options, struct site *ret, struct fault *why)
{
	ret->options = *options;
	if (options->storepass &&
		keystore_cache_set(&ret->keystore_cache, options->storepass, why) < 0)
		return -1;
	if ((options->image ? open_image : open_host)(ret, why) < 0)
		return -1;
	make_views(ret);
	return find_places(ret, why);
}

int site_replan(struct site *site, struct fault *why)
{
	places_free(&site->places);
	make_views(site);
	return find_places(site, why);
}

int site_use_recorded(struct site *site, struct names *words, struct fault *why)
{
	names_free(&site->recorded);
	site->recorded = *words;
	*words = (struct names)NAMES_INIT;
	site->options.stores = &site->recorded;
	site->options.is_recorded = true;
	return site_replan(site, why);
}

bool site_is_settled(const struct site *site)
{
	for (size_t i = 0; i < site->trees_n; i++)
		if (site->trees[i].plan.n)
			return false;
	return true;
}

bool site_covers(struct site *site, size_t tree, const char *word)
{
	const struct site_options *options = &site->options;
	struct fault ignored = FAULT_INIT;
	struct store_choice ca_override;

	if (store_choice_parse(word, &ca_override, &ignored) < 0 ||
		names_holds(options->skips, word))
		return false;
	if (!ca_override.path)
		return options->stores->n == 0 || names_holds(options->stores, word);
	for (size_t i = 0; i < site->places.n; i++)
		if (site->places.at[i].tree == tree &&
			is_same_choice(&site->places.at[i], &ca_override, NULL))
			return true;
	return !view_is_file(&site->trees[tree].view, ca_override.path);
}

void site_close(struct site *site)
{
	places_free(&site->places);
	keystore_cache_free(&site->keystore_cache);
	for (size_t i = 0; i < site->trees_n; i++) {
		view_free(&site->trees[i].view);
		plan_free(&site->trees[i].plan);
		if (!site->image)
			tree_close(site->trees[i].tree);
	}
	free(site->trees);
	image_file_free(site->image);
	names_free(&site->recorded);
	*site = (struct site){0};
}
