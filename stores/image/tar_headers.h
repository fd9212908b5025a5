/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TAR_HEADERS_H
#define TRUSTFIX_TAR_HEADERS_H

/*
 * The ordinary headers of a plain layer, without libarchive, which takes some microseconds for each
 * and there are many: most of the time of a look into an image.
 *
 * Ordinary is what ends up in layers every day and can be read in one way only: ustar and GNU
 * headers of files, directories, links and devices, with a right checksum, octal numbers and
 * at least a block behind the member; long names of GNU; pax headers that say names, owners, times
 * and extended attributes [POSIX.1-2017, pax, Extended Header; tar(5) of libarchive].  All else,
 * the archive's end as well, is libarchive's to read and to find fault with: skimming stops in
 * front of it, and layer_open() goes on from there.
 */

#include "src/base/limits.h"
#include "stores/image/layer_read.h"

#define SKIM_BLOCK 8192u

struct tar_headers {
	struct piece piece; /* borrowed */
	int64_t at; /* the headers that are next, in the piece */
	int64_t block_at; /* what of the piece is in `block` */
	size_t block_len;
	uint8_t block[SKIM_BLOCK];
	char name[LIMIT_PATH_LEN];
	char link[LIMIT_PATH_LEN];
};

/*
 * The next member, borrowed until the next call; false: what stands at skim->at is not ordinary, or
 * cannot be read.  `skim` begins as {.piece = ...}.
 */
bool tar_headers_next(struct tar_headers *tar_headers, struct layer_member *ret);

#endif
