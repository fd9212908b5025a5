/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LAYER_INDEX_H
#define TRUSTFIX_LAYER_INDEX_H

/* One pass over the layers of an image, several at a time, into an index. */

#include "stores/image/index.h"
#include "stores/image/rootfs.h"

struct layer_index {
	const struct layer *layers; /* the lowest first; borrowed */
	size_t n;
	bool check; /* read every byte of every layer */
	bool keeps_all; /* leave out no file */
	const struct names *wanted; /* directories whose files are not left out; borrowed */
	int kept_fd; /* gets the contents of likely files of packed layers */
};

/*
 * Make the index and merge it.  `missing` gets the files that were left out and are needed (targets
 * of hard links); if there are any, `*ret` is left alone.  Layers that are hidden by one above are
 * not read, unless `check`.
 */
int layer_index_layers(const struct layer_index *layer_index, struct index **ret,
	struct names *missing, struct fault *why);

#endif
