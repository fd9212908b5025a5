/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_USTAR_H
#define TRUSTFIX_USTAR_H

/*
 * Write the headers of new members: ustar [POSIX.1-2017, pax, ustar Interchange Format], preceded
 * by a pax header for what does not fit into ustar (names over 100 bytes, large owners and sizes)
 * or has no field there (extended attributes).  Names are written byte for byte.
 *
 * Why not libarchive's writer: a layer's digest depends on these bytes and must be the same
 * everywhere, but what libarchive writes for a non-ASCII name depends on the locale.
 */

#include <stdint.h>
#include <sys/types.h>

#include "src/base/buf.h"

#define USTAR_BLOCK 512u

/* One block; the texts end with NUL unless they fill their field. */
struct ustar_header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char sum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char uname[32];
	char gname[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char rest[12];
};

_Static_assert(sizeof(struct ustar_header) == USTAR_BLOCK, "a header is one block");

/* The sum of its bytes, counting the field `sum` as blanks. */
unsigned ustar_sum(const struct ustar_header *header);

/* The size rounded up to whole blocks. */
static inline int64_t ustar_padded(int64_t size)
{
	return (size + USTAR_BLOCK - 1) / USTAR_BLOCK * USTAR_BLOCK;
}

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
	int64_t mtime; /* seconds since 1970; clamped to what fits */
	const struct buf *records; /* more pax records; NULL: none */
};

/*
 * Append the headers to whole blocks; the caller appends the contents, calls ustar_pad(), and
 * buf_check() at the end.
 */
void ustar_add(struct buf *out, const struct ustar_member *member);

/* Append a pax record: "LENGTH key=value\n". */
void ustar_record(struct buf *out, const char *key, const void *value, size_t len);

/* Append zeros up to a whole block; and the two blocks that end an archive. */
void ustar_pad(struct buf *out);
void ustar_add_end(struct buf *out);

#endif
