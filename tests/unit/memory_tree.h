/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MEMORY_TREE_H
#define TRUSTFIX_MEMORY_TREE_H

/*
 * A tree in memory, for unit tests: all of tree_ops, made from a table, able to fail where told.
 *
 * It stages as the host does, with temporary files beside the paths and keepers in the keep
 * directory, which are ordinary files of it: so a dump shows whatever was left behind.
 */

#include "src/fs/tree.h"

struct memory_row {
	const char *path;
	enum entry_kind kind;
	const char *text; /* the file's bytes, the link's target */
	mode_t mode; /* 0: 0644, directories 0755 */
};

/* Missing parents are made.  Ends the test program when it has no memory. */
struct tree *memory_tree_make(const struct memory_row *rows, size_t rows_n);

/* Add or replace one, as if somebody else had done it. */
void memory_tree_set(struct tree *tree, const char *path, enum entry_kind kind, const void *bytes,
	size_t len, mode_t mode);
void memory_tree_remove(struct tree *tree, const char *path);

enum memory_call {
	MEMORY_ENTRY,
	MEMORY_READ,
	MEMORY_LIST,
	MEMORY_STAGE, /* each edit of a stage() counts */
	MEMORY_COMMIT, /* each step of a commit() counts */
	MEMORY_REVERT, /* each step that a revert() has to put back counts */
	MEMORY_PUT,
	MEMORY_DROP,
	MEMORY_LOCK,
	MEMORY_CALLS
};

/* Let the n-th (from 1) such call from now on fail with ENOSPC; 0: none. */
void memory_tree_fail(struct tree *tree, enum memory_call command_line, size_t n);

/* How many such calls there were since the tree was made. */
size_t memory_tree_calls(struct tree *tree, enum memory_call command_line);

/*
 * One line for each path, sorted, allocated: "path file 0644 <bytes>",
 * "path link -> target", "path dir 0755", "path other".  Bytes are shown harmless.
 */
char *memory_tree_dump(struct tree *tree);

#endif
