/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ANCHORS_H
#define TRUSTFIX_ANCHORS_H

/*
 * The files of certificates that a system store is made from: the distribution's and the
 * administrator's.  Each is read once; its bytes and the certificates in it stay together.
 *
 * Ours is one of several in its directory, and they all go into the bundle together: what a file
 * beside it would do there is told here, too.
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

struct anchors {
	struct anchor_file *at;
	size_t n;
};

#define ANCHORS_INIT    \
	{               \
		NULL, 0 \
	}

void anchors_free(struct anchors *anchors);
CLEANUP_VALUE(anchors, anchors_free)
#define auto_anchors CLEANUP(anchors) struct anchors

/*
 * Append the regular file at `path`, links followed.  Not there, or no file: 0 and nothing is
 * appended.  FAULT_LIMIT: over LIMIT_PEM_BYTES.
 */
int anchors_read(struct view *view, const char *path, struct anchors *ret, struct fault *why);

enum anchors_depth {
	ANCHORS_FLAT, /* the directory's own files */
	ANCHORS_DEEP, /* and those below it, links followed: find -L */
};

/*
 * Append every file of `dir` whose name ends in `suffix` ("" takes all but dot files), in the byte
 * order of their paths: `sort` under LC_ALL=C.  Names with a newline are left out, as in any shell
 * loop.  A directory inside itself is entered once.  FAULT_LIMIT: over LIMIT_DIR_NAMES_N.
 */
int anchors_scan(struct view *view, const char *dir, const char *suffix, enum anchors_depth depth,
	struct anchors *ret, struct fault *why);

/* Is it in one of the first `n` files? */
bool anchors_hold(
	const struct anchors *anchors, size_t n, const uint8_t sha256[static DIGEST_SHA256_LEN]);

/*
 * Plan the file `path` with this one certificate in it, and put it in its place by byte order among
 * those from index `from` on, over an older one of that path.  FAULT_REFUSED: that one holds
 * another certificate.
 */
int anchors_put(struct view *view, struct anchors *anchors, size_t from, const char *path,
	struct cert *cert, struct fault *why);

/*
 * Plan every file from index `from` on without that certificate: the file goes, or, when it holds
 * others too, only that block.  The list follows.  *ret_found: was there one?
 */
int anchors_drop(struct view *view, struct anchors *anchors, size_t from,
	const uint8_t sha256[static DIGEST_SHA256_LEN], bool *ret_found, struct fault *why);

/* Does the file hold exactly this one certificate and nothing else, as PEM? */
bool anchor_file_is(const struct anchor_file *file, const struct cert *cert);

/*
 * FAULT_REFUSED: in a bundle the file would make a program lose the certificates before or behind
 * it, or it holds what everybody could read there: a private key, or, if it has no certificate,
 * what a link leads to or not everybody may read.  The text has the command that moves it to the
 * directory `aside` (anchors_move()).
 */
int anchors_check(
	struct view *view, const struct anchor_file *file, const char *aside, struct fault *why);

/*
 * FAULT_REFUSED: on the running system there is a FIFO or a device in `dir`, where a program that
 * reads all of it would wait forever.
 */
int anchors_check_kinds(struct view *view, const char *dir, const char *aside, struct fault *why);

/*
 * "mv FILE DIR/" for sh, with the paths that they have on this machine; allocated.  An image has
 * none: then "RUN mv FILE DIR/", for its build.
 */
int anchors_move(
	struct view *view, const char *path, const char *aside, char **ret, struct fault *why);

/*
 * Certificates in such files that nothing trusts yet, and that a change of the store makes trusted:
 * the whole bundle is made anew.
 */
struct strangers {
	struct names paths; /* at[i] is the file of certs.at[i] */
	struct certs certs;
	const char *tool; /* the distribution's command that takes in all such files */
	const char *aside; /* a directory where it does not look */
	bool is_by_tool; /* that command does it, if it runs; the change itself does not */
};

void strangers_free(struct strangers *strangers);
CLEANUP_VALUE(strangers, strangers_free)
#define auto_strangers CLEANUP(strangers) struct strangers

/* Append what is in the file and not among those that are trusted now. */
int strangers_add(struct strangers *strangers, const struct anchor_file *file,
	const struct certs *trusted, struct fault *why);

#endif
