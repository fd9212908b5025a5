/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TREE_H
#define TRUSTFIX_TREE_H

/*
 * A tree: a place with files, many of which can be changed in one transaction.
 *
 * It is the running system, a directory (--root), a container image, or memory in a test.  A tree
 * knows nothing about certificates.  Reads go through a view (view.h), which resolves symbolic
 * links inside the tree, so these functions take canonical paths: absolute, starting with "/" (the
 * root itself), no ".", "..", double or trailing slash, and no symbolic link in any parent.
 *
 * A change takes these steps: stage() does everything that can fail for lack of space or
 * permissions, and changes nothing that a reader sees. commit() makes the change; each path is old
 * or new, never half-written. revert() restores every path, after a failed commit as well as after
 * one that succeeded.  Call undo_free() after either.
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
	ENTRY_NONE = 0, /* nothing exists at the path */
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
	struct timespec changed; /* last write; zero if no other program writes to the tree */
	char *link; /* the target text of a symbolic link, else NULL */
	uint8_t sha256[32]; /* of a file's contents; set only by tree_look() */
};

#define ENTRY_INIT                  \
	{                           \
		.kind = ENTRY_NONE, \
	}

void entry_free(struct entry *entry);
CLEANUP_VALUE(entry, entry_free)
#define auto_entry CLEANUP(entry) struct entry

/*
 * What a commit did, path by path: enough to roll it back, and enough to record in the journal
 * (work/journal) so that a later run can.  `keep` is the path inside the tree where the old file is
 * kept; NULL if there was nothing, a symbolic link or a directory.
 */
struct undo_step {
	char *path;
	char *keep; /* path of the kept copy of the old file, or NULL */
	char *temp; /* name of the temporary file beside path, or NULL */
	struct entry before; /* what was there before, with its SHA-256 */
	struct entry after; /* only kind, link and sha256 */
	bool done; /* commit() changed this path */
	bool derived; /* not changed by trustfix: the distribution's own programs generate it */
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
	 * What is at `path`, without following a symbolic link.  If nothing is there, or a parent
	 * is not a directory: returns 0 with ENTRY_NONE.  FAULT_REFUSED: a parent turns out to be a
	 * symbolic link (another program is changing the tree).
	 */
	int (*entry)(struct tree *tree, const char *path, struct entry *ret, struct fault *why);

	/* Append the contents of the regular file to `ret`, whose max is the limit.  FAULT_FORMAT:
	 * not a regular file. */
	int (*read)(struct tree *tree, const char *path, struct buf *ret, struct fault *why);

	/* The names in the directory, unsorted, without "." and ".."; at most LIMIT_DIR_NAMES_N. */
	int (*list)(struct tree *tree, const char *path, struct names *ret, struct fault *why);

	/* The paths of all files and symbolic links with that name in the whole tree, sorted; at
	 * most `max`.  NULL: this kind of tree would have to read every directory to find out. */
	int (*find)(struct tree *tree, const char *name, size_t max, struct names *ret,
		struct fault *why);

	/*
	 * Prepare the change.  The old files are kept in `keep_dir` (canonical, made if missing,
	 * mode 0700), whose name identifies the transaction.  `*ret` lists every path of the plan,
	 * in the plan's order.  On failure nothing is left behind.  The kept files are sure to
	 * survive a crash only once the caller has put() its record into keep_dir, which it must do
	 * before commit().
	 */
	int (*stage)(struct tree *tree, const struct plan *plan, const char *keep_dir,
		struct undo **ret, struct fault *why);

	/* Make the change.  On failure some steps may be `done`: the caller must then revert(). */
	int (*commit)(struct tree *tree, struct undo *undo, struct fault *why);

	/*
	 * Roll back every step that is done, last first, and remove the temporary files that
	 * stage() made beside the paths.  Continues after a failure; FAULT_BROKEN names the first
	 * path that could not be restored and its kept copy.  Kept copies are used up but `done`
	 * stays set: another call restores what was changed since the first.  A path that already
	 * is as before is left alone, so an undo read from a killed run's journal has `done` set in
	 * every step.  Later changes by other programs are lost; a caller that cares checks
	 * undo_step_state() first.
	 */
	int (*revert)(struct tree *tree, struct undo *undo, struct fault *why);

	/* Make the missing kept copies from the paths that are as they were before, because
	 * programs that run next may damage what revert() restored. */
	int (*keep)(struct tree *tree, const struct undo *undo, struct fault *why);

	/*
	 * For the journal. put() creates or replaces one small file at once (temporary file, sync,
	 * rename; missing parents are made 0755). drop() removes one file or empty directory, if it
	 * exists.  Neither can be rolled back.
	 */
	int (*put)(struct tree *tree, const char *path, const void *bytes, size_t len, mode_t mode,
		struct fault *why);
	int (*drop)(struct tree *tree, const char *path, struct fault *why);

	/*
	 * Take an exclusive lock on the tree until close, waiting up to LIMIT_LOCK_WAIT_MS for
	 * another run.  From now on the path to the directory of `path` may cross symbolic links
	 * inside the tree.  Does nothing in a tree that only this process can see.
	 */
	int (*lock)(struct tree *tree, const char *path, struct fault *why);

	void (*close)(struct tree *tree);
};

/* Like ops->entry(), with the SHA-256 of a file's contents; frees what `ret` held. */
int tree_look(struct tree *tree, const char *path, struct entry *ret, struct fault *why);

/* Compares a path with the step that changed it; UNDO_OTHER: it was changed again since. */
enum undo_state { UNDO_BEFORE, UNDO_AFTER, UNDO_OTHER };

/* Compares kind, link target and contents of what tree_look() found, not mode and owner. */
enum undo_state undo_step_compare(const struct undo_step *step, const struct entry *now);

/* The same for what is there now.  A failed read is a fault. */
int undo_step_state(
	struct tree *tree, const struct undo_step *step, enum undo_state *ret, struct fault *why);

/* With `newer`, a step of the same path, rolled back: is the path as `older` left or found it? */
bool undo_step_follows(const struct undo_step *newer, const struct undo_step *older);

/* If `path` is a regular file without a step, add one that changes nothing, so that the file can be
 * restored if other programs damage it.  Call keep() to make its copy in keep_dir. */
int undo_watch(struct tree *tree, struct undo *undo, const char *path, const char *keep_dir,
	struct fault *why);

/* Remove that step. */
void undo_drop(struct undo *undo, size_t at);

struct tree {
	const struct tree_ops *ops;
	char *label; /* "/", "--root DIR" or the image's name, for messages */
	const struct advice *advice; /* selects this tree in a command, borrowed; NULL: "/" */
	bool is_live; /* the running system: hooks run and programs can be started */
	const struct names *settings; /* "NAME=VALUE": its programs' environment; NULL: unknown */
	bool is_still; /* nothing will run in it that regenerates derived files: an image */
	bool has_date; /* new files get `date`, seconds since 1970, not the current time */
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
