/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ANCHORS_H
#define TRUSTFIX_ANCHORS_H

/*
 * The certificate files that a system store is built from: the distribution's and the
 * administrator's.  Each is read once; its bytes and the certificates in it stay together.
 *
 * Our file is one of several in its directory, and all of them go into the bundle, so this module
 * also reports what a neighboring file would do there.
 */

#include "src/base/buf.h"
#include "stores/store.h"

struct anchor_file {
	char *path; /* as the family's own tool names it, symbolic links not resolved */
	struct buf bytes;
	struct certs certs; /* those that can be read */
};

struct anchors {
	struct anchor_file *at;
	size_t n;
	char *odd; /* the first FIFO or device that a scan met, or NULL */
};

/* Forget the files from index `n` on. */
void anchors_cut(struct anchors *anchors, size_t n);
void anchors_free(struct anchors *anchors);
CLEANUP_VALUE(anchors, anchors_free)
#define auto_anchors CLEANUP(anchors) struct anchors

/*
 * Append the regular file at `path`, following symbolic links.  If it is missing or not a regular
 * file, nothing is appended and 0 is returned.  FAULT_LIMIT: over LIMIT_PEM_BYTES.
 */
int anchors_read(struct view *view, const char *path, struct anchors *ret, struct fault *why);

enum anchors_depth {
	ANCHORS_FLAT, /* the directory's own files */
	ANCHORS_DEEP, /* also those below it, following symbolic links: find -L */
};

/*
 * Append every file of `dir` whose name ends in `suffix` ("" takes all but dot files), in byte
 * order of their paths, like `sort` under LC_ALL=C.  Names with a newline are skipped.  A directory
 * linked inside itself is entered once.  FAULT_LIMIT: over LIMIT_DIR_NAMES_N.
 */
int anchors_scan(struct view *view, const char *dir, const char *suffix, enum anchors_depth depth,
	struct anchors *ret, struct fault *why);

/* Is the certificate in one of the first `n` files? */
bool anchors_hold(
	const struct anchors *anchors, size_t n, const uint8_t sha256[static DIGEST_SHA256_LEN]);

/* Does the file hold exactly this one certificate, as PEM? */
bool anchor_file_is(const struct anchor_file *file, const struct cert *cert);

/*
 * Plan a file in `dir` with only the certificate to be added; *ret_path is its path, the caller's.
 * FAULT_REFUSED: a file of that name, which is among `anchors`, holds a different certificate.
 */
int anchors_put(struct view *view, const struct anchors *anchors, const char *dir,
	const char *suffix, const struct store_change *change, char **ret_path, struct fault *why);

/*
 * Plan the removal of that certificate from every file from index `from` on: the whole file, or
 * only its block if the file holds others too.  *ret_found: did any file hold it?
 */
int anchors_drop(struct view *view, const struct anchors *anchors, size_t from,
	const uint8_t sha256[static DIGEST_SHA256_LEN], bool *ret_found, struct fault *why);

/*
 * Check that the file may be copied into a bundle that everybody can read.
 *
 * FAULT_REFUSED: the file would make some program lose the certificates before or after it, or
 * would expose a private key.  Also a file without certificates that is a symbolic link or is not
 * world-readable.  The text is that of anchors_refuse().
 */
int anchors_check(
	struct view *view, const struct anchor_file *file, const char *aside, struct fault *why);

/* FAULT_REFUSED: the sentence, "; move it away first: " and the command of anchors_move(). */
int anchors_refuse(struct view *view, const char *path, const char *aside, const char *sentence,
	struct fault *why);

/*
 * The shell command "mv FILE DIR/", with the paths as seen on this machine; allocated.  For an
 * image it is "RUN mv FILE DIR/", to be put into its build file.
 */
int anchors_move(
	struct view *view, const char *path, const char *aside, char **ret, struct fault *why);

#endif
