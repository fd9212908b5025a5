/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TAR_HEADERS_CASE_H
#define TRUSTFIX_TAR_HEADERS_CASE_H

/* What skimming says of a plain layer, beside what libarchive says of it. */

#include <string.h>

#include "stores/image/tar_headers.h"

static inline bool is_same_text(const char *one, const char *two)
{
	return one == two || (one && two && strcmp(one, two) == 0);
}

static inline bool is_same_member(const struct layer_member *one, const struct layer_member *two)
{
	return one->kind == two->kind && is_same_text(one->name, two->name) &&
	       is_same_text(one->link, two->link) && one->mode == (two->mode & 07777) &&
	       one->uid == two->uid && one->gid == two->gid && one->size == two->size &&
	       one->head == two->head && one->at == two->at && !two->is_sparse &&
	       one->has_xattrs >= two->has_xattrs;
}

/* Skim the layer as far as it goes, at most `most` members; false: one was not as libarchive has
 * it. */
static inline bool tar_headers_agrees(const struct layer *layer, size_t most, size_t *ret_n)
{
	struct tar_headers tar_headers = {.piece = layer->piece};
	struct layer_budget budget = {0};
	struct fault why = FAULT_INIT;
	auto_layer_reader client = NULL;
	struct layer_member skimmed, read;
	bool found = true;

	if (layer_open(layer, false, 0, &budget, &client, &why) < 0)
		return true;
	for (*ret_n = 0; *ret_n < most && tar_headers_next(&tar_headers, &skimmed); ++*ret_n)
		if (layer_next(client, &read, &found, &why) < 0 || !found ||
			!is_same_member(&skimmed, &read))
			return false;
	return true;
}

#endif
