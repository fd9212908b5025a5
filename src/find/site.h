/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SITE_H
#define TRUSTFIX_SITE_H

/*
 * Where a run works: a tree, the plan that is made for it, and the stores chosen in it.  An image
 * file has a tree for each of its images; all of them are one site.
 *
 * site_open() finds the stores; site_replan() throws the plan away and finds them again, for a run
 * that had to wait for another.
 */

#include "stores/image/image.h"
#include "stores/java/keystore_cache.h"
#include "stores/store.h"

struct site_options {
	const char *root; /* --root; NULL: the running system */
	const struct image_options *image; /* --image; NULL: no image */
	const struct names *stores; /* --store */
	const struct names *skips; /* --skip */
	const struct advice *advice; /* the call, for what to run next; NULL: it says nothing */
	const char *storepass; /* --storepass-file's password; NULL: the usual ones */
	bool tree_only; /* look for no stores: undo */
	bool only_reads; /* a store that must be left alone will do */
	bool is_recorded; /* `stores` is on record, not asked for: what is gone or does not open is
			     a note, and no store at all will do */
};

struct site_tree {
	struct tree *tree;
	struct plan plan;
	struct view view; /* of tree and plan */
};

struct site {
	struct site_options options; /* borrows what it points to */
	struct image_file *image; /* owns the trees; NULL: there is one, the site's own */
	struct site_tree *trees;
	size_t trees_n;
	struct places places; /* of all trees, in their order */
	struct keystore_cache keystore_cache; /* of those places */
	struct names recorded; /* the choice of stores, where it is on record */
};

/*
 * Into `*ret`, which must be zeroed and must not be moved afterwards.  FAULT_USAGE: an unknown
 * store kind. FAULT_SYSTEM, FAULT_FORMAT: the tree cannot be opened.  FAULT_REFUSED: a chosen store
 * must be left alone (an immutable system); the text says the right way.  No store at all:
 * FAULT_REFUSED.
 */
int site_open(const struct site_options *options, struct site *ret, struct fault *why);
int site_replan(struct site *site, struct fault *why);

/* The same with these stores, which are on record and were not asked for; takes `words`. */
int site_use_recorded(struct site *site, struct names *words, struct fault *why);

void site_close(struct site *site);
CLEANUP_VALUE(site, site_close)

/* The view that the place was found through. */
static inline struct view *site_view(const struct site *site, const struct place *place)
{
	return &site->trees[place->tree].view;
}

/* Is there nothing to do? */
bool site_is_settled(const struct site *site);

/*
 * Does the run work on all that this word of --store means in that tree: the kind, or the path,
 * which is canonical?  On a file that is gone there is nothing to do.
 */
bool site_covers(struct site *site, size_t tree, const char *word);

#define auto_site CLEANUP(site) struct site

#endif
