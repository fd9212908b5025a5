/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/output_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/copy_range.h"

/* ---- changes -------------------------------------------------------------------------------- */

static void change_free(struct change *change)
{
	free(change->name);
	free(change->bytes);
	free(change->link);
}

void changes_free(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		change_free(&changes->at[i]);
	free(changes->at);
	*changes = (struct changes)CHANGES_INIT;
}

/* The slot for `name`: the one of an earlier change, or a new one. */
static struct change *slot(struct changes *changes, const char *name)
{
	struct change *grown;
	char *copy = strdup(name);

	if (!copy)
		return NULL;
	for (size_t i = 0; i < changes->n; i++) {
		if (strcmp(changes->at[i].name, name) != 0)
			continue;
		change_free(&changes->at[i]);
		changes->at[i] = (struct change){.name = copy};
		return &changes->at[i];
	}
	grown = realloc(changes->at, (changes->n + 1) * sizeof(*grown));
	if (!grown) {
		free(copy);
		return NULL;
	}
	changes->at = grown;
	grown[changes->n] = (struct change){.name = copy};
	return &grown[changes->n++];
}

int changes_put(
	struct changes *changes, const char *name, const void *bytes, size_t len, struct fault *why)
{
	uint8_t *copy = malloc(len + 1);
	struct change *change = copy ? slot(changes, name) : NULL;

	if (!change) {
		free(copy);
		return fault_nomem(why);
	}
	memcpy(copy, bytes, len);
	copy[len] = 0;
	change->bytes = copy;
	change->len = len;
	return 0;
}

int changes_put_link(
	struct changes *changes, const char *name, const char *target, struct fault *why)
{
	struct change *change = slot(changes, name);

	if (change)
		change->link = strdup(target);
	return change && change->link ? 0 : fault_nomem(why);
}

int changes_drop(struct changes *changes, const char *name, struct fault *why)
{
	struct change *change;

	for (size_t i = 0; i < changes->n; i++)
		if (strcmp(changes->at[i].name, name) == 0)
			return 0; /* another image needs it */
	change = slot(changes, name);
	if (!change)
		return fault_nomem(why);
	change->goes = true;
	return 0;
}

const struct change *changes_find(const struct changes *changes, const char *name)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->at[i];
		size_t len = strlen(change->name);

		if (strncmp(change->name, name, len) == 0 &&
			(name[len] == 0 || (change->goes && name[len] == '/')))
			return change;
	}
	return NULL;
}

/* ---- where to ------------------------------------------------------------------------------- */

/* Split the path into its directory, which is opened, and the name in it. */
static int set_place(struct output *it, const char *path, struct fault *why)
{
	size_t len = strlen(path);
	const char *slash;
	auto_free char *trimmed = NULL, *dir = NULL;

	while (len > 1 && path[len - 1] == '/')
		len--;
	trimmed = strndup(path, len);
	slash = trimmed ? strrchr(trimmed, '/') : NULL;
	if (trimmed)
		dir = slash ? strndup(trimmed, slash == trimmed ? 1 : (size_t)(slash - trimmed))
			    : strdup(".");
	it->name = trimmed ? strdup(slash ? slash + 1 : trimmed) : NULL;
	if (!dir || !it->name)
		return fault_nomem(why);
	it->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return it->dir_fd < 0 ? fault_sys(why, "cannot open directory '%s'", dir) : 0;
}

/* The descriptor of the original bytes. */
static int source_of(const struct image_archive *image_archive)
{
	return image_archive->source_fd >= 0 ? image_archive->source_fd : image_archive->fd;
}

/* An existing file is replaced at its real path, after following symbolic links. */
static int place_of_file(struct output *it, const char *path, struct fault *why)
{
	auto_free char *real = NULL;

	it->kind = OUTPUT_FILE;
	if (stat(path, &it->old) < 0)
		return errno == ENOENT ? set_place(it, path, why)
				       : fault_sys(why, "cannot access '%s'", path);
	if (S_ISDIR(it->old.st_mode))
		return fault_set(why, FAULT_REFUSED,
			"'%s' is a directory, and the image is an archive", path);
	if (!S_ISREG(it->old.st_mode)) {
		it->kind = OUTPUT_STREAM;
		it->name = strdup(path);
		return it->name ? 0 : fault_nomem(why);
	}
	it->replaces = true;
	real = realpath(path, NULL);
	return real ? set_place(it, real, why) : fault_sys(why, "cannot resolve '%s'", path);
}

static bool is_empty(const char *path)
{
	auto_dir dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	return dir != NULL;
}

static int place_of_dir(struct output *it, const char *path, struct fault *why)
{
	struct stat st, own;

	it->kind = OUTPUT_IN_PLACE;
	if (!path || (stat(path, &st) == 0 && fstat(it->image_archive->dir_fd, &own) == 0 &&
			     own.st_dev == st.st_dev && own.st_ino == st.st_ino)) {
		it->dir_fd = fcntl(it->image_archive->dir_fd, F_DUPFD_CLOEXEC, 3);
		return it->dir_fd < 0 ? fault_sys(why, "cannot open '%s'", it->image_archive->label)
				      : 0;
	}
	it->kind = OUTPUT_NEW_DIR;
	if (lstat(path, &st) == 0 && !(S_ISDIR(st.st_mode) && is_empty(path)))
		return fault_set(why, FAULT_REFUSED,
			"'%s' exists; a layout is written to a new or an empty directory", path);
	return set_place(it, path, why);
}

int output_refuse_changed(const char *what, struct fault *why)
{
	return fault_set(
		why, FAULT_REFUSED, "'%s' was changed by somebody else in the meantime", what);
}

/* Is it the same file, not replaced and not written to? */
static bool is_unchanged(const struct stat *old, const struct stat *now)
{
	return now->st_dev == old->st_dev && now->st_ino == old->st_ino &&
	       now->st_size == old->st_size && now->st_mtim.tv_sec == old->st_mtim.tv_sec &&
	       now->st_mtim.tv_nsec == old->st_mtim.tv_nsec;
}

/* Replace only the file that was read, not one that has replaced it since. */
static int place_of_input(struct output *it, const char *input, struct fault *why)
{
	bool is_stdin = strcmp(input, "-") == 0;
	struct stat was;

	if (!is_stdin && place_of_file(it, input, why) < 0)
		return -1;
	if (is_stdin || it->kind == OUTPUT_STREAM)
		return fault_set(why, FAULT_USAGE, "an image from %s needs a place to go to: -o",
			is_stdin ? "standard input" : "a pipe");
	if (fstat(source_of(it->image_archive), &was) < 0)
		return fault_sys(why, "cannot access '%s'", input);
	return it->replaces && is_unchanged(&was, &it->old) ? 0 : output_refuse_changed(input, why);
}

static int find_place(struct output *it, const char *input, const char *path, struct fault *why)
{
	if (path && strcmp(path, "-") == 0) {
		it->kind = OUTPUT_STREAM;
		return 0;
	}
	if (it->image_archive->dir_fd >= 0)
		return place_of_dir(it, path, why);
	return path ? place_of_file(it, path, why) : place_of_input(it, input, why);
}

/* ---- making --------------------------------------------------------------------------------- */

/* Without changes, copy the original bytes, compressed or not. */
static int write_tar(struct image_archive *image_archive, const struct changes *changes, int fd,
	struct fault *why)
{
	int from_fd = source_of(image_archive);
	struct stat st;

	if (changes->n || image_archive->dir_fd >= 0)
		return output_write_tar(image_archive, changes, fd, why);
	if (fstat(from_fd, &st) < 0)
		return fault_sys(why, "cannot access '%s'", image_archive->label);
	return copy_range(from_fd, 0, st.st_size, fd, "the new image", why);
}

static int stage_file(struct output *it, const struct changes *changes, struct fault *why)
{
	mode_t mask = umask(0);

	umask(mask);
	if (replace_begin(&it->temp, it->dir_fd, why) < 0)
		return fault_wrap(why, "'%s'", it->name);
	if (it->replaces && fchown(it->temp.fd, it->old.st_uid, it->old.st_gid) < 0 &&
		errno != EPERM)
		return fault_sys(why, "cannot set the owner of '%s'", it->name);
	if (fchmod(it->temp.fd, it->replaces ? it->old.st_mode & 07777 : 0666 & ~mask) < 0)
		return fault_sys(why, "cannot set the mode of '%s'", it->name);
	if (write_tar(it->image_archive, changes, it->temp.fd, why) < 0)
		return -1;
	/* Like cp, do not sync a new file; but a file that replaces an image must be on disk first.
	 */
	return it->replaces ? replace_sync(&it->temp, why) : 0;
}

static int stage(struct output *it, const struct changes *changes, struct fault *why)
{
	switch (it->kind) {
	case OUTPUT_FILE:
		return stage_file(it, changes, why);
	case OUTPUT_IN_PLACE:
		return output_in_place(it, changes, why) < 0
			       ? fault_wrap(why, "'%s'", it->image_archive->label)
			       : 0;
	case OUTPUT_NEW_DIR:
		return output_new_dir(it, changes, why);
	default:
		return fd_unnamed(&it->fd, why) < 0
			       ? -1
			       : write_tar(it->image_archive, changes, it->fd, why);
	}
}

int output_stage(struct image_archive *image_archive, const struct changes *changes,
	const char *input, const char *path, struct output **ret, struct fault *why)
{
	auto_output it = calloc(1, sizeof(*it));

	if (!it)
		return fault_nomem(why);
	it->image_archive = image_archive;
	it->fd = it->dir_fd = -1;
	it->temp = (struct replace)REPLACE_INIT;
	if (find_place(it, input, path, why) < 0 || stage(it, changes, why) < 0)
		return -1;
	*ret = steal(&it);
	return 0;
}

int output_reopen(struct output *it, struct image_archive **ret, struct fault *why)
{
	const int fds[] = {
		[OUTPUT_STREAM] = it->fd,
		[OUTPUT_FILE] = it->temp.fd,
		[OUTPUT_IN_PLACE] = it->dir_fd,
		[OUTPUT_NEW_DIR] = it->fd,
	};
	const char *label = it->name ? it->name : it->image_archive->label;
	bool has_index = it->kind == OUTPUT_IN_PLACE && it->temp.fd >= 0;
	auto_fd fd = fcntl(fds[it->kind], F_DUPFD_CLOEXEC, 3);
	auto_fd index_fd = has_index ? fcntl(it->temp.fd, F_DUPFD_CLOEXEC, 3) : -1;

	if (fd < 0 || (has_index && index_fd < 0))
		return fault_sys(why, "cannot open the new image");
	if (it->kind == OUTPUT_STREAM || it->kind == OUTPUT_FILE)
		return image_archive_take_tar(steal_fd(&fd), label, ret, why);
	return image_archive_take_dir(steal_fd(&fd), label, steal_fd(&index_fd), ret, why);
}

/* ---- publishing ----------------------------------------------------------------------------- */

int output_lock(int dir_fd, const char *name, int *ret_fd, struct fault *why)
{
	auto_fd fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct fault seen = FAULT_INIT;
	bool waited;

	if (fd < 0)
		return 0;
	if (fd_lock(fd, deadline_in(LIMIT_LOCK_WAIT_MS), &waited, &seen) == 0)
		*ret_fd = steal_fd(&fd);
	else if (seen.kind == FAULT_LIMIT)
		return fault_set(why, seen.kind, "'%s': %s", name, seen.text);
	return 0;
}

static int publish_file(struct output *it, struct fault *why)
{
	auto_fd lock_fd = -1;
	struct stat now;

	if (it->replaces && output_lock(it->dir_fd, it->name, &lock_fd, why) < 0)
		return -1;
	if (it->replaces && (fstatat(it->dir_fd, it->name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
				    !is_unchanged(&it->old, &now)))
		return output_refuse_changed(it->name, why);
	if (replace_commit(&it->temp, it->name, why) < 0)
		return -1;
	return it->replaces ? fd_sync_dir(it->dir_fd, it->name, why) : 0;
}

void output_keep_made(struct output *it)
{
	for (size_t i = 0; i < it->made.n; i++)
		temps_drop(it->made.at[i]);
}

static int publish_dir(struct output *it, struct fault *why)
{
	output_keep_made(it);
	if (renameat(it->dir_fd, it->temp_dir, it->dir_fd, it->name) < 0)
		return fault_sys(why, "cannot rename to '%s'", it->name);
	it->temp_dir[0] = 0;
	names_free(&it->made);
	return 0;
}

static int publish_stream(struct output *it, struct fault *why)
{
	auto_fd opened = it->name ? open(it->name, O_WRONLY | O_CLOEXEC | O_NOCTTY) : -1;
	struct stat st;

	if (it->name && opened < 0)
		return fault_sys(why, "cannot open '%s'", it->name);
	if (fstat(it->fd, &st) < 0)
		return fault_sys(why, "cannot access the new image");
	return copy_range(it->fd, 0, st.st_size, it->name ? opened : STDOUT_FILENO,
		it->name ? it->name : "standard output", why);
}

int output_publish(struct output *it, struct fault *why)
{
	switch (it->kind) {
	case OUTPUT_FILE:
		return publish_file(it, why);
	case OUTPUT_IN_PLACE:
		return output_publish_in_place(it, why);
	case OUTPUT_NEW_DIR:
		return publish_dir(it, why);
	default:
		return publish_stream(it, why);
	}
}

static void remove_made(struct output *it)
{
	auto_fd blobs_fd = -1;

	if (it->temp_dir[0])
		output_remove_dir(it->dir_fd, it->temp_dir);
	else if (it->made.n)
		blobs_fd =
			image_archive_open_beneath(it->dir_fd, BLOBS_DIR, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; blobs_fd >= 0 && i < it->made.n; i++)
		unlinkat(blobs_fd, it->made.at[i], 0);
	output_keep_made(it);
	names_free(&it->made);
}

void output_free(struct output *it)
{
	if (!it)
		return;
	replace_abort(&it->temp);
	remove_made(it);
	names_free(&it->gone);
	if (it->fd >= 0)
		close(it->fd);
	if (it->dir_fd >= 0)
		close(it->dir_fd);
	free(it->name);
	free(it);
}
