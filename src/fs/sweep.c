/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/sweep.h"

#include <fcntl.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/log.h"
#include "src/sys/replace.h"
#include "src/sys/spawn.h"

/* The note is a list of directories, each ended by a NUL, which no path contains. */
int sweep_note(int keep_fd, const struct plan *plan, struct fault *why)
{
	auto_buf note = buf_make(LIMIT_FILE_BYTES);
	auto_names dirs = NAMES_INIT;
	auto_fd fd = -1;

	for (size_t i = 0; i < plan->n; i++) {
		auto_free char *dir = text_parent(plan->at[i]->path);

		if (!dir || (!names_holds(&dirs, dir) && names_add(&dirs, dir, why) < 0))
			return fault_nomem(why);
	}
	for (size_t i = 0; i < dirs.n; i++)
		buf_add(&note, dirs.at[i], strlen(dirs.at[i]) + 1);
	if (buf_check(&note, SWEEP_NOTE, why) < 0)
		return -1;
	fd = openat(
		keep_fd, SWEEP_NOTE, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? fault_sys(why, "cannot create the file '%s'", SWEEP_NOTE)
		      : fd_write_all(fd, note.bytes, note.len, SWEEP_NOTE, why);
}

void sweep_forget(struct disk *disk, const char *keep_dir)
{
	struct fault ignored = FAULT_INIT;
	int fd;

	if (disk_dir(disk, keep_dir, &fd, &ignored) == 0 && fd >= 0)
		unlinkat(fd, SWEEP_NOTE, 0);
}

void sweep_dir(struct tree *tree, const char *dir, const char *end)
{
	struct fault ignored = FAULT_INIT;
	auto_names names = NAMES_INIT;
	int fd;

	if (disk_dir(disk_of(tree), dir, &fd, &ignored) < 0 || fd < 0 ||
		tree->ops->list(tree, dir, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (temps_is_name(names.at[i]) &&
			(*end ? text_ends(names.at[i], end) : !strchr(names.at[i] + 1, '.')))
			unlinkat(fd, names.at[i], 0);
}

/* What the child process sweeps. */
struct sweeping {
	struct host *host;
	struct buf note;
};

static void sweep_each(void *of)
{
	struct sweeping *it = of;
	const char *dirs = buf_text(&it->note);

	/* A child blocked in the kernel would keep holding the lock. */
	close(it->host->lock_fd);
	for (size_t at = 0; at < it->note.len; at += strlen(dirs + at) + 1)
		if (dirs[at] == '/')
			sweep_dir(&it->host->tree, dirs + at, SWEEP_END);
}

void sweep(struct tree *tree, const char *lock_path)
{
	struct sweeping it = {(struct host *)tree, buf_make(LIMIT_FILE_BYTES)};
	auto_free char *dir = text_parent(lock_path), *path = NULL;
	auto_names names = NAMES_INIT;
	auto_entry entry = ENTRY_INIT;
	struct fault why = FAULT_INIT;
	uint64_t number, newest = 0;

	if (!dir)
		return;
	if (tree->ops->list(tree, dir, &names, &why) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (text_number(names.at[i], UINT64_MAX, &number) && number > newest)
				newest = number;
	if (!why.kind && text_set(&path, &why, "%s/%ju/" SWEEP_NOTE, dir, (uintmax_t)newest) == 0 &&
		tree->ops->entry(tree, path, &entry, &why) == 0 && entry.kind == ENTRY_FILE &&
		tree->ops->read(tree, path, &it.note, &why) == 0 && it.note.len &&
		!spawn_try(sweep_each, &it, LIMIT_SWEEP_MS))
		log_detail("leftovers of an interrupted run could not be removed in time");
	if (why.kind)
		log_detail("%s", why.text);
	buf_free(&it.note);
}
