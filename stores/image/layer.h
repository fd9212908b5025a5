/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LAYER_H
#define TRUSTFIX_LAYER_H

/* Turn a plan into one new layer: a deterministic tar, compressed or not. */

#include "src/fs/plan.h"
#include "stores/image/rootfs.h"

struct new_layer {
	uint8_t *bytes; /* as packed */
	int64_t size;
	uint8_t digest[32];
	uint8_t diff_id[32];
};

static inline void new_layer_free(struct new_layer *layer)
{
	free(layer->bytes);
}
CLEANUP_VALUE(new_layer, new_layer_free)
#define auto_new_layer CLEANUP(new_layer) struct new_layer

/*
 * Make a layer of the plan's edits, sorted by path, with the time `when` (seconds since 1970):
 * files (with the extended attributes of those they replace), links, missing directories, and
 * whiteouts.  `packing` is PACKING_PLAIN or PACKING_GZIP.  `tree` is the merged view the plan was
 * made for.  The same plan gives the same bytes everywhere.  FAULT_LIMIT: over LIMIT_LAYER_BYTES.
 */
int layer_make(const struct plan *plan, struct tree *tree, int64_t when, enum packing packing,
	struct new_layer *ret, struct fault *why);

#endif
