/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TREE_H
#define TRUSTFIX_TREE_H

/*
 * A tree: a place that has files, and can have many of them changed at once.
 *
 * The running system, a directory (--root), a container image, the memory of a test.  A tree knows
 * nothing of certificates.  Reading goes through a view (view.h), which resolves symbolic links
 * inside the tree; so the paths that reach these functions are canonical: absolute, "/" first, no
 * ".", "..", double or trailing slash, and no symbolic link in any parent.  The root itself is "/".
 *
 * Changing: stage() does all that can fail for want of space or rights, and changes nothing that a
 * reader sees; commit() makes it real, each path old or new, never half; revert() puts every path
 * back, after a commit that failed half-way as well as after one that held.  undo_free() after
 * either.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "src/base/buf.h"
#include "src/base/cleanup.h"
#include "src/base/fault.h"
#include "src/base/names.h"

struct advice;
struct plan;

enum entry_kind {
	ENTRY_NONE = 0, /* nothing there */
	ENTRY_FILE,
	ENTRY_DIR,
	ENTRY_SYMLINK,
	ENTRY_OTHER, /* device, FIFO, socket: never opened */
	ENTRY_KINDS
};

struct entry {
	enum entry_kind kind;
	mode_t mode; /* permission bits, 07777 */
	uid_t uid;
	gid_t gid;
	int64_t size;
	struct timespec changed; /* its bytes; zeros in trees that nobody else writes */
	char *link; /* the target text of a symbolic link, else NULL */
};

#define ENTRY_INIT                  \
	{                           \
		.kind = ENTRY_NONE, \
	}

void entry_free(struct entry *entry);
CLEANUP_VALUE(entry, entry_free)
#define auto_entry CLEANUP(entry) struct entry

/*
 * What a commit did, path by path: enough to put it back, and enough to write down (work/journal)
 * so that a later run can.  `keep` is where the old file lies, inside the tree; NULL when nothing
 * was there or when it was a link or a directory.
 */
struct undo_step {
	char *path;
	char *keep; /* path of the old file's keeper, or NULL */
	char *temp; /* name of the temporary file beside path, or NULL */
	struct entry before; /* what was there */
	enum entry_kind after;
	char *after_link; /* target of the new link, or NULL */
	uint8_t before_sha256[32]; /* of the old bytes, when before.kind is ENTRY_FILE */
	uint8_t after_sha256[32]; /* of the new bytes, when after is ENTRY_FILE */
	bool done; /* commit got this far */
	bool derived; /* not ours to change: what the distribution's own programs make anew */
};

struct undo {
	struct undo_step *at;
	size_t n;
};

void undo_free(struct undo *undo);
CLEANUP_POINTER(undo, undo_free)
#define auto_undo CLEANUP(undo) struct undo *

struct tree;

struct tree_ops {
	/*
	 * What stands at `path`, without following it.  Nothing there, or a parent that is no
	 * directory: 0 with ENTRY_NONE.  A parent that turns out to be a link (somebody changes the
	 * tree): FAULT_REFUSED.
	 */
	int (*entry)(struct tree *tree, const char *path, struct entry *ret, struct fault *why);

	/* The bytes of the regular file there; appended to `ret`, whose max is the ceiling.
	 * FAULT_FORMAT: no file. */
	int (*read)(struct tree *tree, const char *path, struct buf *ret, struct fault *why);

	/* The names in the directory there, unsorted, without "." and "..".  At most
	 * LIMIT_DIR_NAMES_N. */
	int (*list)(struct tree *tree, const char *path, struct names *ret, struct fault *why);

	/*
	 * Where files and links of that name are, in the whole tree; at most `max`, sorted.  NULL:
	 * the tree is no one that knows without looking into every directory.
	 */
	int (*find)(struct tree *tree, const char *name, size_t max, struct names *ret,
		struct fault *why);

	/*
	 * Make ready.  `keep_dir` (canonical, exists or is made, mode 0700) gets the old files; its
	 * name is the transaction's.  `*ret` lists every path of the plan, in its order.  On
	 * failure nothing is left.  What was kept is sure to last once the caller has put() his
	 * record into keep_dir, and must be before commit().
	 */
	int (*stage)(struct tree *tree, const struct plan *plan, const char *keep_dir,
		struct undo **ret, struct fault *why);

	/* Make real.  On failure some steps may be `done`: revert() is then the caller's duty. */
	int (*commit)(struct tree *tree, struct undo *undo, struct fault *why);

	/*
	 * Put back every step that is done, last first, and remove what stage() made beside the
	 * paths. Goes on after a failure; FAULT_BROKEN names the first path that could not be put
	 * back and its keeper. Keepers are used up, `done` stays: another call puts back what was
	 * changed after the first.  A step that stands as before is left alone, so
	 * an undo read from a journal, of a run that was killed, has `done` set in every step. What
	 * somebody else changed since is put back as well: a caller that minds asks
	 * undo_step_state() first.
	 */
	int (*revert)(struct tree *tree, struct undo *undo, struct fault *why);

	/* Copy every old file without its keeper into that, while the path stands as before:
	 * what revert() put back may be spoiled by programs that run next. */
	int (*keep)(struct tree *tree, const struct undo *undo, struct fault *why);

	/*
	 * For the journal: make or replace one small file at once (temp, sync, rename; parents are
	 * made 0755), and remove one file or empty directory (nothing there is fine).  No way back.
	 */
	int (*put)(struct tree *tree, const char *path, const void *bytes, size_t len, mode_t mode,
		struct fault *why);
	int (*drop)(struct tree *tree, const char *path, struct fault *why);

	/*
	 * Take an exclusive lock on the tree, waiting for another run until LIMIT_LOCK_WAIT_MS;
	 * held until close.  The directory of `path` may be reached over links inside the tree from
	 * now on.  A tree that only this process can see does nothing.
	 */
	int (*lock)(struct tree *tree, const char *path, struct fault *why);

	void (*close)(struct tree *tree);
};

/* How a path stands to the step that changed it; UNDO_OTHER: somebody changed it since. */
enum undo_state { UNDO_BEFORE, UNDO_AFTER, UNDO_OTHER };

/* Kind, link text and bytes decide; mode and owner do not.  A faulty read is a fault. */
int undo_step_state(
	struct tree *tree, const struct undo_step *step, enum undo_state *ret, struct fault *why);

/* Once `newer`, of the same path, is put back: does the path stand as `older` left or found it? */
bool undo_step_follows(const struct undo_step *newer, const struct undo_step *older);

/* Add a step that changes nothing for `path`, if that is a regular file without one: so that it can
 * be put back when other programs spoil it.  Its keeper will lie in keep_dir: call keep(). */
int undo_watch(struct tree *tree, struct undo *undo, const char *path, const char *keep_dir,
	struct fault *why);

/* Forget that step. */
void undo_drop(struct undo *undo, size_t at);

/* What stands there now is the step's after-state: a later program may have rewritten it. */
int undo_step_settle(struct tree *tree, struct undo_step *step, struct fault *why);

struct tree {
	const struct tree_ops *ops;
	char *label; /* "/", "--root DIR", the image's name: for people */
	const struct advice *advice; /* how a command names it, borrowed; NULL: it is "/" */
	bool is_live; /* the running system: hooks run, programs exist */
	const struct names *settings; /* "NAME=VALUE" of its programs' environment; NULL: unknown */
	bool is_still; /* nothing will run in it that makes derived files anew: an image */
	bool has_date; /* what is made in it bears `date`, seconds since 1970; else now */
	int64_t date;
};

static inline void tree_close(struct tree *tree)
{
	if (tree)
		tree->ops->close(tree);
}
CLEANUP_POINTER(tree, tree_close)
#define auto_tree CLEANUP(tree) struct tree *

#endif
