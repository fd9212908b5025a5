/* SPDX-License-Identifier: Apache-2.0 */
#include "src/work/site.h"

#include <string.h>

#include "src/tree/host.h"
#include "src/work/hooks.h"

/* Does the choice mean that place, `real` being where the choice's path leads? */
static bool is_same_choice(
	const struct place *place, const struct store_choice *choice, const char *real)
{
	return choice->ops == place->ops &&
	       (!choice->path || strcmp(choice->path, place->path) == 0 ||
		       (real && strcmp(real, place->path) == 0));
}

/* Find the stores of one kind: where the choices say, or everywhere. */
static int find_kind(struct view *view, const struct store_ops *ops, const struct names *stores,
	struct places *ret, struct fault *why)
{
	bool everywhere = stores->n == 0;

	for (size_t i = 0; i < stores->n; i++) {
		struct store_choice choice;

		if (store_choice_parse(stores->at[i], &choice, why) < 0)
			return -1;
		if (choice.ops != ops)
			continue;
		if (choice.path && ops->find(view, choice.path, ret, why) < 0)
			return -1;
		everywhere = everywhere || !choice.path;
	}
	return everywhere ? ops->find(view, NULL, ret, why) : 0;
}

static void drop_place(struct places *places, size_t at)
{
	struct place dropped = places->at[at];

	memmove(&places->at[at], &places->at[at + 1], (places->n - at - 1) * sizeof(dropped));
	places->n--;
	place_free(&dropped);
}

static int skip_places(
	struct view *view, const struct names *skips, struct places *places, struct fault *why)
{
	for (size_t i = 0; i < skips->n; i++) {
		auto_entry entry = ENTRY_INIT;
		auto_free char *real = NULL;
		struct store_choice choice;

		if (store_choice_parse(skips->at[i], &choice, why) < 0 ||
			(choice.path &&
				view_entry(view, choice.path, VIEW_FOLLOW, &entry, &real, why) < 0))
			return -1;
		for (size_t p = places->n; p-- > 0;)
			if (is_same_choice(&places->at[p], &choice, real))
				drop_place(places, p);
	}
	return 0;
}

static int find_places(struct site *site, struct fault *why)
{
	struct places *ret = &site->places;

	ret->keyring = &site->keyring;
	for (size_t i = 0; store_kinds[i] && !site->options.tree_only; i++)
		if (find_kind(&site->view, store_kinds[i], site->options.stores, ret, why) < 0)
			return -1;
	if (skip_places(&site->view, site->options.skips, ret, why) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++)
		if (ret->at[i].is_remade && !hooks_have(ret->at[i].ops->refresh(&ret->at[i])))
			ret->at[i].is_remade = false;
	for (size_t i = 0; i < ret->n; i++)
		if (ret->at[i].blocked)
			return fault_set(why, FAULT_REFUSED, "%s", ret->at[i].blocked);
	if (ret->n == 0 && !site->options.tree_only)
		return fault_set(
			why, FAULT_REFUSED, "no store is chosen in '%s'", site->tree->label);
	return 0;
}

int site_open(const struct site_options *options, struct site *ret, struct fault *why)
{
	ret->options = *options;
	if (options->storepass && keyring_set(&ret->keyring, options->storepass, why) < 0)
		return -1;
	if (host_open(options->root ? options->root : "/", &ret->tree, why) < 0)
		return -1;
	ret->view = view_make(ret->tree, &ret->plan);
	return find_places(ret, why);
}

int site_replan(struct site *site, struct fault *why)
{
	view_free(&site->view);
	plan_free(&site->plan);
	places_free(&site->places);
	site->plan = (struct plan)PLAN_INIT;
	site->places = (struct places)PLACES_INIT;
	site->view = view_make(site->tree, &site->plan);
	return find_places(site, why);
}

void site_close(struct site *site)
{
	places_free(&site->places);
	keyring_free(&site->keyring);
	view_free(&site->view);
	plan_free(&site->plan);
	tree_close(site->tree);
	*site = (struct site){0};
}
