/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/sys/copy_range.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"

#define BLOBS "blobs/sha256"
#define INDEX "index.json"

struct output {
	enum {
		OUTPUT_STREAM, /* standard output, pipe or device, copied from an unnamed file */
		OUTPUT_FILE,
		OUTPUT_DIR,
	} kind;
	struct image_archive *archive;
	char *name; /* in place_fd; a stream's path; NULL: standard output, or a layout in place */
	int place_fd; /* the directory of temporary files: the output's parent, or the layout */
	bool replaces; /* it replaces an existing file or index ... */
	struct stat old; /* ... with this status, whose mode and owner it keeps */
	struct replace temp; /* the new tar, or the new index.json; fd -1: none */
	struct tar_ahead ahead; /* what is already copied to a new tar */
	int dir_fd; /* the layout that is written to; -1: none */
	char new_dir[REPLACE_NAME_LEN]; /* its temporary name, if it is new */
	struct names made; /* blobs that were added, or everything in a new layout */
	bool is_published; /* what was made stays */
	struct names gone; /* blobs that are no longer needed */
};

/* ---- where to ------------------------------------------------------------------------------- */

static int set_place(struct output *it, const char *path, struct fault *why)
{
	auto_free char *dir = strdup(path), *base = strdup(path);

	it->name = base ? strdup(basename(base)) : NULL;
	if (!dir || !it->name)
		return fault_nomem(why);
	it->place_fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return it->place_fd < 0 ? fault_sys(why, "cannot open the directory of '%s'", path) : 0;
}

static int refuse_changed(const char *what, struct fault *why)
{
	return fault_set(
		why, FAULT_REFUSED, "'%s' was changed by another program in the meantime", what);
}

/* Is it the same file, not replaced and not written to? */
static bool is_unchanged(const struct stat *old, const struct stat *now)
{
	return now->st_dev == old->st_dev && now->st_ino == old->st_ino &&
	       now->st_size == old->st_size && now->st_mtim.tv_sec == old->st_mtim.tv_sec &&
	       now->st_mtim.tv_nsec == old->st_mtim.tv_nsec;
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

/* Replace only the file that was read, not one that has replaced it since. */
static int place_of_input(struct output *it, const char *input, struct fault *why)
{
	bool is_stdin = strcmp(input, "-") == 0;
	struct stat was;

	if (!is_stdin && place_of_file(it, input, why) < 0)
		return -1;
	if (is_stdin || it->kind == OUTPUT_STREAM)
		return fault_set(why, FAULT_USAGE, "an image read from %s needs an output: -o FILE",
			is_stdin ? "standard input" : "a pipe");
	if (fstat(image_archive_source(it->archive), &was) < 0)
		return fault_sys(why, "cannot access '%s'", input);
	return it->replaces && is_unchanged(&was, &it->old) ? 0 : refuse_changed(input, why);
}

static bool is_empty(const char *path)
{
	auto_dir dir = opendir(path);
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	return dir && n <= 2; /* "." and ".." */
}

static int place_of_dir(struct output *it, const char *path, struct fault *why)
{
	struct stat st, own;

	it->kind = OUTPUT_DIR;
	if (!path || (stat(path, &st) == 0 && fstat(it->archive->dir_fd, &own) == 0 &&
			     own.st_dev == st.st_dev && own.st_ino == st.st_ino)) {
		it->place_fd = openat(it->archive->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		it->dir_fd = fcntl(it->place_fd, F_DUPFD_CLOEXEC, 3);
		return it->dir_fd < 0 ? fault_sys(why, "cannot open '%s'", it->archive->label) : 0;
	}
	if (lstat(path, &st) == 0 && !(S_ISDIR(st.st_mode) && is_empty(path)))
		return fault_set(why, FAULT_REFUSED,
			"'%s' exists; a layout needs a new or empty directory", path);
	return set_place(it, path, why);
}

/* ---- a tar ---------------------------------------------------------------------------------- */

static int open_tar(struct output *it, struct fault *why)
{
	mode_t mask = umask(0);

	umask(mask);
	if (it->kind == OUTPUT_STREAM) {
		if (fd_unnamed(NULL, &it->temp.fd, why) < 0)
			return -1;
	} else if (replace_begin(&it->temp, it->place_fd, why) < 0) {
		return fault_wrap(why, "'%s'", it->name);
	}
	if (it->replaces && fchown(it->temp.fd, it->old.st_uid, it->old.st_gid) < 0 &&
		errno != EPERM)
		return fault_sys(why, "cannot set the owner of '%s'", it->name);
	if (it->kind == OUTPUT_FILE &&
		fchmod(it->temp.fd, it->replaces ? it->old.st_mode & 07777 : 0666 & ~mask) < 0)
		return fault_sys(why, "cannot set the mode of '%s'", it->name);
	if (it->kind == OUTPUT_FILE && it->archive->fd >= 0 && it->archive->source_fd < 0)
		tar_ahead_begin(&it->ahead, it->archive, it->temp.fd);
	return 0;
}

/* ---- a directory ---------------------------------------------------------------------------- */

/* Remember that we created `name` in dir_fd, to remove it unless it is published. */
static int remember(struct output *it, int dir_fd, const char *name, struct fault *why)
{
	if (names_add(&it->made, name, why) < 0)
		return -1;
	temps_add(dir_fd, name);
	return 0;
}

/* Write and sync the change's bytes to a new file with the layout's owner and mode. */
static int write_temp(struct output *it, struct replace *temp, int temp_fd,
	const struct change *change, struct fault *why)
{
	if (replace_begin(temp, temp_fd, why) < 0)
		return -1;
	/* A user who may write the layout but not change owners keeps the new files. */
	if (fchown(temp->fd, it->old.st_uid, it->old.st_gid) < 0 && errno != EPERM)
		return fault_sys(why, "cannot set the owner of '%s'", change->name);
	if (fchmod(temp->fd, it->old.st_mode & 0777) < 0)
		return fault_sys(why, "cannot set the mode of '%s'", change->name);
	if (fd_write_all(temp->fd, change->bytes, change->len, change->name, why) < 0)
		return -1;
	return replace_sync(temp, why);
}

/*
 * Add a file to the directory.  The temporary file is put among the blobs only if they are on
 * another mount: "umoci gc" fails on a name that is not a digest.
 */
static int put_file(struct output *it, int to_fd, const struct change *change, struct fault *why)
{
	const int temp_fds[] = {it->place_fd, to_fd};
	const char *slash = strrchr(change->name, '/');
	const char *base = slash ? slash + 1 : change->name;

	if (remember(it, to_fd, base, why) < 0)
		return -1;
	for (size_t i = 0;; i++) {
		struct replace temp = REPLACE_INIT;
		struct fault seen = FAULT_INIT;

		if (write_temp(it, &temp, temp_fds[i], change, &seen) == 0 &&
			replace_commit(&temp, to_fd, base, &seen) == 0)
			return 0;
		if (errno != EXDEV || i) {
			replace_abort(&temp);
			*why = seen;
			return -1;
		}
		replace_abort(&temp);
	}
}

static int make_dir(struct output *it, int dir_fd, const char *name, int *ret_fd, struct fault *why)
{
	if (remember(it, dir_fd, name, why) < 0)
		return -1;
	if (mkdirat(dir_fd, name, 0777) < 0)
		return fault_sys(why, "cannot create the directory of '%s'", it->name);
	*ret_fd = image_archive_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
	return *ret_fd < 0 ? fault_sys(why, "cannot open the directory of '%s'", it->name) : 0;
}

static void remove_dir(int parent_fd, const char *name)
{
	auto_fd fd = image_archive_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY);
	int blobs_fd = fd < 0 ? -1 : image_archive_open_beneath(fd, BLOBS, O_RDONLY | O_DIRECTORY);
	auto_dir dir = blobs_fd < 0 ? NULL : fdopendir(blobs_fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (image_archive_is_digest(entry->d_name))
			unlinkat(blobs_fd, entry->d_name, 0);
	if (fd < 0)
		return;
	unlinkat(fd, BLOBS, AT_REMOVEDIR);
	unlinkat(fd, "blobs", AT_REMOVEDIR);
	unlinkat(fd, "oci-layout", 0);
	unlinkat(fd, INDEX, 0);
	unlinkat(parent_fd, name, AT_REMOVEDIR);
}

/* Remove what killed runs left: nobody holds a lock on it, and it is not brand new. */
static void sweep(int place_fd)
{
	int dir_fd = openat(place_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir dir = dir_fd < 0 ? NULL : fdopendir(dir_fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_fd fd = -1;
		struct stat st;

		if (!temps_is_name(entry->d_name))
			continue;
		fd = image_archive_open_beneath(place_fd, entry->d_name, O_RDONLY | O_DIRECTORY);
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
			st.st_mtim.tv_sec < time(NULL) - LIMIT_UNLOCKED_S &&
			flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_dir(place_fd, entry->d_name);
	}
}

/*
 * Make a new layout with the old one's members.  A blob is hard-linked, because blobs are only ever
 * added and removed, never written to; other files are copied, because people edit them by hand.
 */
static int copy_layout(struct output *it, const struct changes *changes, struct fault *why)
{
	auto_fd middle_fd = -1, blobs_fd = -1;
	auto_names names = NAMES_INIT;

	sweep(it->place_fd);
	temps_name(it->new_dir);
	if (make_dir(it, it->place_fd, it->new_dir, &it->dir_fd, why) < 0)
		return -1;
	(void)flock(it->dir_fd, LOCK_EX | LOCK_NB); /* if this fails, so does the one in sweep() */
	if (make_dir(it, it->dir_fd, "blobs", &middle_fd, why) < 0 ||
		make_dir(it, middle_fd, "sha256", &blobs_fd, why) < 0 ||
		image_archive_list(it->archive, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *slash = strrchr(names.at[i], '/');
		const char *base = slash ? slash + 1 : names.at[i];
		int to_fd = slash ? blobs_fd : it->dir_fd;
		auto_fd fd = -1;
		struct piece piece;
		bool found;

		if (changes_find(changes, names.at[i]))
			continue;
		if (remember(it, to_fd, base, why) < 0)
			return -1;
		if (slash && linkat(it->archive->dir_fd, names.at[i], to_fd, base, 0) == 0)
			continue;
		if (image_archive_find(it->archive, names.at[i], &piece, &found, why) < 0)
			return -1;
		if (!found)
			return fault_set(why, FAULT_FORMAT, "'%s' has no '%s'", it->archive->label,
				names.at[i]);
		fd = openat(
			to_fd, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd < 0)
			return fault_sys(why, "cannot create '%s'", names.at[i]);
		if (copy_range(piece.fd, piece.at, piece.size, fd, names.at[i], why) < 0)
			return -1;
		if (close(steal_fd(&fd)) < 0)
			return fault_sys(why, "cannot write '%s'", names.at[i]);
	}
	return 0;
}

static int stage_dir(struct output *it, const struct changes *changes, struct fault *why)
{
	auto_fd blobs_fd = -1;
	const struct change *index = changes_find(changes, INDEX);

	if (it->name && copy_layout(it, changes, why) < 0)
		return -1;
	blobs_fd = image_archive_open_beneath(it->dir_fd, BLOBS, O_RDONLY | O_DIRECTORY);
	if (blobs_fd < 0)
		return fault_sys(why, "cannot open directory '" BLOBS "'");
	if (fstatat(it->dir_fd, it->name ? "oci-layout" : INDEX, &it->old, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_sys(why, "cannot access '" INDEX "'");
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->at[i];

		if (change == index)
			continue;
		if (change->goes ? names_add(&it->gone, change->name, why) < 0
				 : put_file(it, blobs_fd, change, why) < 0)
			return -1;
	}
	if (fd_sync_dir(blobs_fd, it->archive->label, why) < 0)
		return -1;
	if (!index)
		return 0;
	return it->name ? put_file(it, it->dir_fd, index, why)
			: write_temp(it, &it->temp, it->place_fd, index, why);
}

int output_open(struct image_archive *archive, const char *input, const char *path,
	struct output **ret, struct fault *why)
{
	auto_output it = calloc(1, sizeof(*it));
	int rc;

	if (!it)
		return fault_nomem(why);
	it->archive = archive;
	it->place_fd = it->dir_fd = -1;
	it->temp = REPLACE_INIT;
	if (path && strcmp(path, "-") == 0)
		rc = 0;
	else if (archive->dir_fd >= 0)
		rc = place_of_dir(it, path, why);
	else
		rc = path ? place_of_file(it, path, why) : place_of_input(it, input, why);
	if (rc < 0)
		return -1;
	if (it->kind != OUTPUT_DIR && open_tar(it, why) < 0)
		return -1;
	*ret = steal(&it);
	return 0;
}

int output_stage(struct output *it, const struct changes *changes, struct fault *why)
{
	int64_t ahead = tar_ahead_end(&it->ahead);

	if (it->kind == OUTPUT_DIR)
		return stage_dir(it, changes, why) < 0 ? fault_wrap(why, "'%s'", it->archive->label)
						       : 0;
	if (output_write_tar(it->archive, changes, it->temp.fd, ahead, why) < 0)
		return -1;
	/* Like cp, do not sync a new file; one that replaces an image must be on disk first. */
	return it->replaces ? replace_sync(&it->temp, why) : 0;
}

int output_reopen(struct output *it, struct image_archive **ret, struct fault *why)
{
	const char *label = it->name ? it->name : it->archive->label;
	auto_fd temp_fd = it->temp.fd < 0 ? -1 : fcntl(it->temp.fd, F_DUPFD_CLOEXEC, 3);
	auto_fd dir_fd = it->dir_fd < 0 ? -1 : fcntl(it->dir_fd, F_DUPFD_CLOEXEC, 3);

	if ((it->temp.fd >= 0 && temp_fd < 0) || (it->dir_fd >= 0 && dir_fd < 0))
		return fault_sys(why, "cannot open the new image");
	return dir_fd < 0 ? image_archive_take_tar(steal_fd(&temp_fd), label, ret, why)
			  : image_archive_take_dir(
				    steal_fd(&dir_fd), label, steal_fd(&temp_fd), ret, why);
}

/* ---- publishing ----------------------------------------------------------------------------- */

/*
 * Lock the old file against other runs that replace it, from now to the rename, and check that it
 * is still what was read.  The descriptor in *ret_fd holds the lock, unless the file cannot be
 * locked (NFS).  FAULT_LIMIT: timed out waiting for another run.
 */
static int lock_old(struct output *it, int dir_fd, const char *name, int *ret_fd, struct fault *why)
{
	auto_buf was = buf_make(LIMIT_JSON_BYTES), is = buf_make(LIMIT_JSON_BYTES);
	auto_fd fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct fault seen = FAULT_INIT;
	struct stat now;
	bool waited;

	if (fd >= 0 && fd_lock(fd, deadline_in(LIMIT_LOCK_WAIT_MS), &waited, &seen) < 0 &&
		seen.kind == FAULT_LIMIT)
		return fault_set(why, seen.kind, "'%s': %s", name, seen.text);
	if (fstatat(dir_fd, name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
		(it->kind == OUTPUT_FILE && !is_unchanged(&it->old, &now)))
		return refuse_changed(name, why);
	if (it->kind == OUTPUT_DIR) {
		auto_fd again =
			openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

		if (again < 0)
			return fault_sys(why, "cannot open '%s'", name);
		if (fd_read_all(again, name, &is, why) < 0 ||
			image_archive_read(it->archive, name, &was, why) < 0)
			return -1;
		if (was.len != is.len || memcmp(was.bytes, is.bytes, was.len) != 0)
			return refuse_changed(it->archive->label, why);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Then remove what is no longer needed, which is no failure if it cannot be done. */
static int publish_dir(struct output *it, struct fault *why)
{
	auto_fd lock_fd = -1;

	if (it->temp.fd >= 0 && lock_old(it, it->dir_fd, INDEX, &lock_fd, why) < 0)
		return -1;
	for (size_t i = 0; i < it->made.n; i++)
		temps_drop(it->made.at[i]);
	if (it->temp.fd >= 0 && replace_commit(&it->temp, it->dir_fd, INDEX, why) < 0)
		return -1;
	if (it->name && renameat(it->place_fd, it->new_dir, it->place_fd, it->name) < 0)
		return fault_sys(why, "cannot rename to '%s'", it->name);
	it->is_published = true;
	for (size_t i = 0; i < it->gone.n; i++)
		unlinkat(it->dir_fd, it->gone.at[i], 0);
	return fd_sync_dir(it->dir_fd, it->archive->label, why);
}

static int publish_stream(struct output *it, struct fault *why)
{
	auto_fd opened = it->name ? open(it->name, O_WRONLY | O_CLOEXEC | O_NOCTTY) : -1;
	struct stat st;

	if (it->name && opened < 0)
		return fault_sys(why, "cannot open '%s'", it->name);
	if (fstat(it->temp.fd, &st) < 0)
		return fault_sys(why, "cannot access the new image");
	return copy_range(it->temp.fd, 0, st.st_size, it->name ? opened : STDOUT_FILENO,
		it->name ? it->name : "standard output", why);
}

int output_publish(struct output *it, struct fault *why)
{
	auto_fd lock_fd = -1;

	if (it->kind == OUTPUT_STREAM)
		return publish_stream(it, why);
	if (it->kind == OUTPUT_DIR)
		return publish_dir(it, why);
	if (it->replaces && lock_old(it, it->place_fd, it->name, &lock_fd, why) < 0)
		return -1;
	if (replace_commit(&it->temp, it->temp.dir_fd, it->name, why) < 0)
		return -1;
	return it->replaces ? fd_sync_dir(it->place_fd, it->name, why) : 0;
}

void output_free(struct output *it)
{
	if (!it)
		return;
	tar_ahead_end(&it->ahead);
	replace_abort(&it->temp);
	if (it->made.n && !it->is_published) {
		auto_fd blobs_fd =
			image_archive_open_beneath(it->dir_fd, BLOBS, O_RDONLY | O_DIRECTORY);

		for (size_t i = 0; i < it->made.n; i++) {
			if (!it->new_dir[0])
				unlinkat(blobs_fd, it->made.at[i], 0);
			temps_drop(it->made.at[i]);
		}
		if (it->new_dir[0])
			remove_dir(it->place_fd, it->new_dir);
	}
	names_free(&it->made);
	names_free(&it->gone);
	cleanup_fd(&it->place_fd);
	cleanup_fd(&it->dir_fd);
	free(it->name);
	free(it);
}
