/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SITE_H
#define TRUSTFIX_SITE_H

/*
 * Where a run works: a tree, the plan for it, and the stores chosen in it.  An image file has a
 * tree for each of its images; together they are one site.
 *
 * site_open() finds the stores.  site_replan() discards the plan and finds them again, for a run
 * that had to wait for another run.
 */

#include "stores/image/image.h"
#include "stores/java/keystore_cache.h"
#include "stores/store.h"

struct site_options {
	const char *root; /* --root; NULL: the running system */
	const struct image_options *image; /* --image; NULL: no image */
	const struct names *stores; /* --store */
	const struct names *skips; /* --skip */
	const struct advice *advice; /* the command line, to advise what to run next; NULL: no
				      * advice */
	const char *storepass; /* the password from --storepass-file; NULL: try the usual ones */
	bool tree_only; /* find no stores (undo) */
	bool only_reads; /* accept a store that must not be changed */
	bool is_recorded; /* `stores` comes from the record, not from the user: a store that is
			   * gone or cannot be opened only gives a note, and it is no fault to
			   * find none */
};

struct site_tree {
	struct tree *tree;
	struct plan plan;
	struct view view; /* of the tree with the plan applied */
};

struct site {
	struct site_options options; /* borrows what it points to */
	struct image_file *image; /* owns the trees; NULL: no image, and the one tree is the
				   * site's own */
	struct site_tree *trees;
	size_t trees_n;
	struct places places; /* of all trees, in tree order */
	struct keystore_cache keystore_cache; /* for those places */
	struct names recorded; /* the words that options.stores points to after
				* site_use_recorded() */
};

/*
 * Open the trees and find the stores.
 *
 * `*ret` must be zeroed and must not be moved afterwards.  FAULT_USAGE: an unknown store kind.
 * FAULT_SYSTEM, FAULT_FORMAT: the tree cannot be opened.  FAULT_REFUSED: a chosen store must not be
 * changed (an immutable system), and the text says what to do instead; or there is no store at all.
 */
int site_open(const struct site_options *options, struct site *ret, struct fault *why);
int site_replan(struct site *site, struct fault *why);

/* Like site_replan(), with the stores of `words`, which come from the record and not from the
 * user.  Takes `words`. */
int site_use_recorded(struct site *site, struct names *words, struct fault *why);

void site_close(struct site *site);
CLEANUP_VALUE(site, site_close)

/* The view in which the place was found. */
static inline struct view *site_view(const struct site *site, const struct place *place)
{
	return &site->trees[place->tree].view;
}

/* Is there nothing to do? */
bool site_is_settled(const struct site *site);

/*
 * Does the run cover everything that this word of --store means in that tree: the whole kind, or
 * the canonical path?  Also true for a file that is gone.
 */
bool site_covers(struct site *site, size_t tree, const char *word);

#define auto_site CLEANUP(site) struct site

#endif
