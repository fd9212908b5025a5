/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ANCHOR_FILES_H
#define TRUSTFIX_ANCHOR_FILES_H

/*
 * The files of certificates that a system store is made from: the distribution's and the
 * administrator's.
 *
 * Each is read once; its bytes and the certificates in it are kept together.
 */

#include "src/base/buf.h"
#include "src/x509/certs.h"
#include "src/fs/view.h"

struct anchor_file {
	char *path; /* as the family's own tool names it, links not resolved */
	struct buf bytes;
	struct certs certs; /* what can be read of it */
	bool is_pem; /* DER and PKCS#7 in DER are not */
};

struct anchor_files {
	struct anchor_file *at;
	size_t n;
};

#define ANCHOR_FILES_INIT \
	{                 \
		NULL, 0   \
	}

void anchor_files_free(struct anchor_files *files);
CLEANUP_VALUE(anchor_files, anchor_files_free)
#define auto_anchor_files CLEANUP(anchor_files) struct anchor_files

/*
 * Append the regular file at `path`, links followed.  Not there, or no file: 0 and nothing is
 * appended. FAULT_LIMIT: over LIMIT_PEM_BYTES.
 */
int anchor_files_read(
	struct view *view, const char *path, struct anchor_files *ret, struct fault *why);

enum anchor_depth {
	ANCHOR_FLAT, /* the directory's own files */
	ANCHOR_DEEP, /* and those below it, links followed: find -L */
};

/*
 * Append every file of `dir` whose name ends in `suffix` ("" takes all but dot files), in the byte
 * order of their paths: `sort` under LC_ALL=C.  Names with a newline are left out, as in any shell
 * loop.  A directory inside itself is entered once.  FAULT_LIMIT: over LIMIT_DIR_NAMES_N.
 */
int anchor_files_scan(struct view *view, const char *dir, const char *suffix,
	enum anchor_depth depth, struct anchor_files *ret, struct fault *why);

/*
 * Plan the file `path` with this one certificate in it, and put it in `files` at its place by byte
 * order among those from index `from` on, over an older one of that path.  FAULT_REFUSED: that one
 * holds another certificate.
 */
int anchor_files_put(struct view *view, struct anchor_files *files, size_t from, const char *path,
	struct cert *cert, struct fault *why);

/*
 * Plan `files->at[i]` without that certificate: the file goes, or, when it holds others too, only
 * that block.  The list follows.
 */
int anchor_files_drop(struct view *view, struct anchor_files *files, size_t i,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why);

/* Does the file hold exactly this one certificate and nothing else, as PEM? */
bool anchor_file_is(const struct anchor_file *file, const struct cert *cert);

#endif
