/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tree/sweep.h"

#include <fcntl.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"

static struct disk *disk_of(struct tree *tree)
{
	return &((struct host *)tree)->disk;
}

/* One directory after another, each ended by a NUL, which no path holds. */
int sweep_note(int keep_fd, const struct plan *plan, struct fault *why)
{
	auto_buf note = buf_make(LIMIT_FILE_BYTES);
	auto_names dirs = NAMES_INIT;
	auto_fd fd = -1;

	for (size_t i = 0; i < plan->n; i++) {
		auto_free char *dir = text_parent(plan->at[i]->path);

		if (!dir)
			return fault_nomem(why);
		if (names_holds(&dirs, dir))
			continue;
		if (names_add(&dirs, dir, why) < 0)
			return -1;
		buf_add(&note, dir, strlen(dir) + 1);
	}
	if (buf_check(&note, SWEEP_NOTE, why) < 0)
		return -1;
	fd = openat(
		keep_fd, SWEEP_NOTE, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_sys(why, "cannot make the file '%s'", SWEEP_NOTE);
	return fd_write_all(fd, note.bytes, note.len, SWEEP_NOTE, why);
}

void sweep_forget(struct disk *disk, const char *keep_dir)
{
	struct fault ignored = FAULT_INIT;
	int fd;

	if (disk_dir(disk, keep_dir, &fd, &ignored) == 0 && fd >= 0)
		unlinkat(fd, SWEEP_NOTE, 0);
}

/* Those that stage() made, or the others: our own run may have staged files there. */
static int sweep_dir(struct tree *tree, const char *dir, bool staged, struct fault *why)
{
	auto_names names = NAMES_INIT;
	int fd;

	if (disk_dir(disk_of(tree), dir, &fd, why) < 0)
		return -1;
	if (fd < 0)
		return 0;
	if (tree->ops->list(tree, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (temps_is_name(names.at[i]) && text_ends(names.at[i], SWEEP_END) == staged &&
			unlinkat(fd, names.at[i], 0) < 0)
			return disk_fault(why, "sweep", dir, fd, names.at[i]);
	return 0;
}

int sweep_beside(struct tree *tree, const char *path, struct fault *why)
{
	auto_free char *dir = text_parent(path);

	return dir ? sweep_dir(tree, dir, false, why) : fault_nomem(why);
}

/* The highest number among the names; 0: none. */
static int newest(struct tree *tree, const char *dir, uint64_t *ret, struct fault *why)
{
	auto_names names = NAMES_INIT;
	uint64_t number;

	*ret = 0;
	if (tree->ops->list(tree, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (text_number(names.at[i], UINT64_MAX, &number) && number > *ret)
			*ret = number;
	return 0;
}

int sweep(struct tree *tree, const char *lock_path, struct fault *why)
{
	auto_buf note = buf_make(LIMIT_FILE_BYTES);
	auto_entry entry = ENTRY_INIT;
	auto_free char *dir = text_parent(lock_path);
	auto_free char *path = NULL;
	uint64_t number;

	if (!dir)
		return fault_nomem(why);
	if (newest(tree, dir, &number, why) < 0)
		return -1;
	if (asprintf(&path, "%s/%ju/" SWEEP_NOTE, dir, (uintmax_t)number) < 0)
		return fault_nomem(why);
	if (tree->ops->entry(tree, path, &entry, why) < 0)
		return -1;
	if (entry.kind != ENTRY_FILE)
		return 0;
	if (tree->ops->read(tree, path, &note, why) < 0)
		return -1;
	for (size_t at = 0; at < note.len; at += strlen((char *)note.bytes + at) + 1)
		if (note.bytes[at] == '/' &&
			sweep_dir(tree, (char *)note.bytes + at, true, why) < 0)
			return -1;
	return 0;
}
