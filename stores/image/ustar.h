/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_USTAR_H
#define TRUSTFIX_USTAR_H

/*
 * The headers of new members, byte by byte, since a layer's digest is made of them: ustar
 * [POSIX.1-2017, pax, ustar Interchange Format], with a pax header in front where ustar has no room
 * (long names, large owners and sizes) or no word (extended attributes).  Names are written as they
 * are.
 */

#include <stdint.h>
#include <sys/types.h>

#include "src/base/buf.h"

struct xattrs; /* stores/image/layer_read.h */

#define USTAR_BLOCK 512u

enum ustar_type {
	USTAR_FILE = '0',
	USTAR_SYMLINK = '2',
	USTAR_DIR = '5',
};

struct ustar_member {
	enum ustar_type type;
	const char *name; /* relative */
	const char *link; /* SYMLINK */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t size; /* FILE */
	int64_t mtime; /* seconds since 1970; what does not fit is its nearest end */
	const struct xattrs *xattrs; /* NULL: none */
};

/* Append the headers; the caller's contents follow, padded to whole blocks; ask buf_check(). */
void ustar_add(struct buf *out, const struct ustar_member *member);

#endif
