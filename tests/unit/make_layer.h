/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MAKE_LAYER_H
#define TRUSTFIX_MAKE_LAYER_H

/* Layers of container images made from tables, byte by byte, good and bad ones. */

#include "src/base/buf.h"
#include "stores/image/rootfs.h"

struct layer_row {
	char type; /* of the header: '0' file, '1' hard link, '2' link, '3' device, '5' directory,
		      'L' GNU long name, 'x' pax */
	const char *name;
	const char *text; /* contents, or target; of 'x' lines "key=value" without length */
	mode_t mode; /* 0: 0644, of a directory 0755 */
	unsigned uid;
	unsigned gid;
};

/* Append one member, padded; and what an archive ends with. */
void layer_add(struct buf *tar, const struct layer_row *row);
void layer_add_end(struct buf *tar);

/* Append the bytes, packed. */
void layer_pack(const struct buf *tar, enum packing packing, struct buf *ret);

/* A layer of these bytes in an unnamed file, with the right digests. */
struct layer layer_of(const struct buf *tar, enum packing packing);
void layer_drop(struct layer *layer);

/* Every path of a tree but the root, sorted, allocated: "/x dir 0755 0:0", "/x file 0644 0:0 text",
 * "/x link -> target", "/x other". */
char *tree_dump(struct tree *tree);

#endif
