/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/sys/log.h"
#include "src/fs/host.h"
#include "src/journal/hooks.h"
#include "src/find/variables.h"

#define NOTES_SHOWN_N 3

/* Does the choice mean that place?  `real` is its path with symbolic links resolved, or NULL. */
static bool is_chosen(
	const struct place *place, const struct store_choice *choice, const char *real)
{
	return choice->ops == place->ops &&
	       (!choice->path || strcmp(choice->path, place->path) == 0 ||
		       (real && strcmp(real, place->path) == 0));
}

/* Find the store at a path that --store or the record names. */
static int find_named(
	struct site *site, struct view *view, const struct store_choice *choice, struct fault *why)
{
	struct places *places = &site->places;
	struct fault seen = FAULT_INIT;

	if (choice->ops->find(view, choice->path, &site->places, &seen) == 0)
		return 0;
	if (!site->options.is_recorded || seen.sys == ENOMEM) {
		*why = seen;
		return -1;
	}
	/* Nothing to do for a file that is gone. */
	return names_addf(view_is_file(view, choice->path) ? &places->unread : &places->notes, why,
		"left alone: %s", seen.text);
}

/* Find the stores of one kind: those that --store chose, or everywhere. */
static int find_kind(
	struct site *site, struct view *view, const struct store_ops *ops, struct fault *why)
{
	const struct names *stores = site->options.stores;
	bool everywhere = stores->n == 0;

	for (size_t i = 0; i < stores->n; i++) {
		struct store_choice choice;

		if (store_choice_parse(stores->at[i], &choice, why) < 0)
			return -1;
		if (choice.ops != ops || names_holds(site->options.skips, stores->at[i]))
			continue;
		if (choice.path && find_named(site, view, &choice, why) < 0)
			return -1;
		everywhere = everywhere || !choice.path;
	}
	return everywhere && !names_holds(site->options.skips, ops->kind)
		       ? ops->find(view, NULL, &site->places, why)
		       : 0;
}

/* Drop the places of one tree that --skip names. */
static int skip_places(struct site *site, size_t tree, struct fault *why)
{
	const struct names *skips = site->options.skips;
	struct places *places = &site->places;

	for (size_t i = 0; i < skips->n; i++) {
		auto_entry entry = ENTRY_INIT;
		auto_free char *real = NULL;
		struct store_choice choice;
		size_t n = 0;

		if (store_choice_parse(skips->at[i], &choice, why) < 0 ||
			(choice.path && view_entry(&site->trees[tree].view, choice.path,
						VIEW_FOLLOW, &entry, &real, why) < 0))
			return -1;
		for (size_t p = 0; p < places->n; p++)
			if (places->at[p].tree == tree && is_chosen(&places->at[p], &choice, real))
				place_free(&places->at[p]);
			else
				places->at[n++] = places->at[p];
		places->n = n;
		if (real)
			places_forget_unread(places, real);
	}
	return 0;
}

/* Include the first notes of the search: they may be the reason. */
static int no_store(const struct site *site, size_t tree, struct fault *why)
{
	const struct names *unread = &site->places.unread, *notes = &site->places.notes;
	auto_buf text = buf_make(LIMIT_MIB);

	for (size_t i = 0; i < unread->n + notes->n && i < NOTES_SHOWN_N; i++)
		buf_printf(&text, "%s%s", i ? "; " : ": ",
			i < unread->n ? unread->at[i] : notes->at[i - unread->n]);
	if (buf_check(&text, "notes", why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED, "no trust store in '%s'%s%s",
		site->trees[tree].tree->label,
		site->options.stores->n  ? " matches --store"
		: site->options.skips->n ? " is left by --skip"
					 : " was found",
		buf_text(&text));
}

static int find_places(struct site *site, struct fault *why)
{
	const struct site_options *options = &site->options;
	struct places *ret = &site->places;

	ret->keystore_cache = &site->keystore_cache;
	for (size_t tree = 0; tree < site->trees_n && !options->tree_only; tree++) {
		struct view *view = &site->trees[tree].view;

		ret->tree = tree;
		for (size_t i = 0; store_kinds[i]; i++)
			if (find_kind(site, view, store_kinds[i], why) < 0)
				return -1;
		if ((options->stores->n == 0 || options->is_recorded) &&
			variables_places(view, ret, why) < 0)
			return -1;
		for (size_t i = 0; i < view->passed_over.n; i++)
			if (!names_holds(&ret->unread, view->passed_over.at[i]) &&
				names_add(&ret->unread, view->passed_over.at[i], why) < 0)
				return -1;
		if (skip_places(site, tree, why) < 0)
			return -1;
		if (!options->is_recorded && (!ret->n || ret->at[ret->n - 1].tree != tree))
			return no_store(site, tree, why);
	}
	if (keystore_cache_check(&site->keystore_cache, why) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++) {
		struct place *place = &ret->at[i];

		if (place->blocked && !options->only_reads)
			return fault_set(why, FAULT_REFUSED, "%s", place->blocked);
		place->is_remade = place->is_remade && hooks_have(place->refresh);
	}
	return 0;
}

static int open_trees(struct site *site, struct fault *why)
{
	const char *root = site->options.root ? site->options.root : "/";
	size_t n = 1;
	int rc = 0;

	if (site->options.image) {
		log_progress("reading the image");
		rc = image_file_open(site->options.image, &site->image, why);
		log_progress_end();
		n = rc < 0 ? 0 : site->image->manifests->images_n;
	}
	site->trees = rc < 0 ? NULL : calloc(n, sizeof(*site->trees));
	if (!site->trees)
		return rc < 0 ? -1 : fault_nomem(why);
	if (!site->image && host_open(root, &site->trees[0].tree, why) < 0)
		return -1;
	site->trees_n = n; /* not before: nobody may use a tree that was not opened */
	for (size_t i = 0; site->image && i < n; i++)
		site->trees[i].tree = site->image->manifests->images[i].tree;
	return 0;
}

int site_replan(struct site *site, struct fault *why)
{
	places_free(&site->places);
	for (size_t i = 0; i < site->trees_n; i++) {
		struct site_tree *at = &site->trees[i];

		at->tree->advice = site->options.advice;
		view_free(&at->view);
		plan_free(&at->plan);
		at->view = view_make(at->tree, &at->plan);
	}
	return find_places(site, why);
}

int site_open(const struct site_options *options, struct site *ret, struct fault *why)
{
	ret->options = *options;
	if (options->storepass &&
		keystore_cache_set(&ret->keystore_cache, options->storepass, why) < 0)
		return -1;
	return open_trees(ret, why) < 0 ? -1 : site_replan(ret, why);
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
	struct store_choice choice;

	if (store_choice_parse(word, &choice, &ignored) < 0 || names_holds(options->skips, word))
		return false;
	if (!choice.path)
		return options->stores->n == 0 || names_holds(options->stores, word);
	for (size_t i = 0; i < site->places.n; i++)
		if (site->places.at[i].tree == tree &&
			is_chosen(&site->places.at[i], &choice, NULL))
			return true;
	return !view_is_file(&site->trees[tree].view, choice.path);
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
