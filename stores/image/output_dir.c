/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/output_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/copy_range.h"

#define HEX "0123456789abcdef"

static bool is_hex(const char *name)
{
	return strspn(name, HEX) == 64 && name[64] == 0;
}

static int open_dir(int dir_fd, const char *name, struct fault *why)
{
	int fd = image_archive_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fault_sys(why, "cannot open directory '%s'", name) : fd;
}

int output_list_blobs(struct image_archive *image_archive, struct names *ret, struct fault *why)
{
	auto_fd fd = open_dir(image_archive->dir_fd, BLOBS_DIR, why);
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return fd < 0 ? -1 : fault_sys(why, "cannot list '%s'", BLOBS_DIR);
	(void)steal_fd(&fd);
	while ((entry = readdir(dir))) {
		if (!is_hex(entry->d_name))
			continue;
		if (ret->n == LIMIT_BOX_MEMBERS_N)
			return fault_set(why, FAULT_LIMIT, "'%s' has more than %u blobs",
				image_archive->label, LIMIT_BOX_MEMBERS_N);
		if (names_addf(ret, why, BLOBS_DIR "/%s", entry->d_name) < 0)
			return -1;
	}
	names_sort(ret);
	return 0;
}

/* Write and sync the change's bytes to a new file with the owner and mode of `old`. */
static int write_temp(struct replace *temp, int dir_fd, const struct change *change,
	const struct stat *old, struct fault *why)
{
	if (replace_begin(temp, dir_fd, why) < 0)
		return -1;
	/* A user who may write the layout but not change owners keeps the new files. */
	if (fchown(temp->fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
		return fault_sys(why, "cannot set the owner of '%s'", change->name);
	if (fchmod(temp->fd, old->st_mode & 0777) < 0)
		return fault_sys(why, "cannot set the mode of '%s'", change->name);
	if (fd_write_all(temp->fd, change->bytes, change->len, change->name, why) < 0)
		return -1;
	return replace_sync(temp, why);
}

/* Write the blob through a temporary file in temp_fd; *ret_is_far: that is on another mount. */
static int put_blob_from(int temp_fd, int blobs_fd, const struct change *change,
	const struct stat *old, bool *ret_is_far, struct fault *why)
{
	struct replace temp = REPLACE_INIT;

	if (write_temp(&temp, temp_fd, change, old, why) == 0 &&
		replace_commit_in(&temp, blobs_fd, strrchr(change->name, '/') + 1, why) == 0)
		return 0;
	*ret_is_far = errno == EXDEV;
	replace_abort(&temp);
	return -1;
}

/* The temporary file is not put among the blobs: "umoci gc" fails on a name that is not a digest.
 */
static int put_blob(struct output *it, int blobs_fd, const struct change *change, struct fault *why)
{
	const char *base = strrchr(change->name, '/') + 1;
	struct fault far = FAULT_INIT;
	bool is_far = false;

	if (names_add(&it->made, base, why) < 0)
		return -1;
	temps_add(blobs_fd, base);
	if (put_blob_from(it->dir_fd, blobs_fd, change, &it->old, &is_far, &far) == 0)
		return 0;
	if (is_far)
		return put_blob_from(blobs_fd, blobs_fd, change, &it->old, &is_far, why);
	*why = far;
	return -1;
}

int output_in_place(struct output *it, const struct changes *changes, struct fault *why)
{
	auto_fd blobs_fd = open_dir(it->dir_fd, BLOBS_DIR, why);
	const struct change *index = changes_find(changes, "index.json");

	if (blobs_fd < 0)
		return -1;
	if (fstatat(it->dir_fd, "index.json", &it->old, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_sys(why, "cannot access '%s/index.json'", it->image_archive->label);
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->at[i];

		if (change == index)
			continue;
		if (change->goes ? names_add(&it->gone, change->name, why) < 0
				 : put_blob(it, blobs_fd, change, why) < 0)
			return -1;
	}
	if (fd_sync_dir(blobs_fd, it->image_archive->label, why) < 0)
		return -1;
	return index ? write_temp(&it->temp, it->dir_fd, index, &it->old, why) : 0;
}

/* Is the index still the one that was read? */
static int check_index(struct output *it, struct fault *why)
{
	auto_image_archive now = NULL;
	auto_buf was_text = buf_make(LIMIT_JSON_BYTES), now_text = buf_make(LIMIT_JSON_BYTES);
	int fd = fcntl(it->dir_fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return fault_sys(why, "cannot open '%s'", it->image_archive->label);
	if (image_archive_take_dir(fd, it->image_archive->label, -1, &now, why) < 0 ||
		image_archive_read(now, "index.json", &now_text, why) < 0 ||
		image_archive_read(it->image_archive, "index.json", &was_text, why) < 0)
		return -1;
	return was_text.len == now_text.len &&
			       memcmp(was_text.bytes, now_text.bytes, was_text.len) == 0
		       ? 0
		       : output_refuse_changed(it->image_archive->label, why);
}

int output_publish_in_place(struct output *it, struct fault *why)
{
	auto_fd lock_fd = -1;

	if (it->temp.fd < 0)
		return 0;
	if (output_lock(it->dir_fd, "index.json", &lock_fd, why) < 0 || check_index(it, why) < 0)
		return -1;
	output_keep_made(it);
	if (replace_commit(&it->temp, "index.json", why) < 0)
		return -1;
	names_free(&it->made);
	for (size_t i = 0; i < it->gone.n; i++)
		unlinkat(it->dir_fd, it->gone.at[i], 0);
	return fd_sync_dir(it->dir_fd, it->image_archive->label, why);
}

/* ---- a new directory ------------------------------------------------------------------------ */

/* Remember that we created `name` in dir_fd, to remove it unless it is published. */
static int remember(struct output *it, int dir_fd, const char *name, struct fault *why)
{
	if (names_add(&it->made, name, why) < 0)
		return -1;
	temps_add(dir_fd, name);
	return 0;
}

static int make_dir(struct output *it, int dir_fd, const char *name, int *ret_fd, struct fault *why)
{
	if (remember(it, dir_fd, name, why) < 0)
		return -1;
	if (mkdirat(dir_fd, name, 0777) < 0)
		return fault_sys(why, "cannot make the directory of '%s'", it->name);
	*ret_fd = image_archive_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
	return *ret_fd < 0 ? fault_sys(why, "cannot open the directory of '%s'", it->name) : 0;
}

static int write_new(int dir_fd, const char *name, const struct piece *piece, const void *bytes,
	struct fault *why)
{
	auto_fd fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0)
		return fault_sys(why, "cannot make '%s'", name);
	if ((bytes ? fd_write_all(fd, bytes, (size_t)piece->size, name, why)
		   : copy_range(piece->fd, piece->at, piece->size, fd, name, why)) < 0)
		return -1;
	if (close(steal_fd(&fd)) < 0)
		return fault_sys(why, "cannot write '%s'", name);
	return 0;
}

/* A new layout that is being filled. */
struct new_dir {
	int fd;
	int blobs_fd; /* blobs/sha256 in it */
};

/*
 * Put one file: the change's, or the archive's.  A blob is hard-linked, because blobs are only ever
 * added and removed, never written to; other files are copied, because people edit them by hand.
 */
static int put_file(struct output *it, const struct new_dir *to, const char *name,
	const struct change *change, struct fault *why)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	int dir_fd = slash ? to->blobs_fd : to->fd;
	struct piece piece;
	bool found = true;

	if (remember(it, dir_fd, base, why) < 0)
		return -1;
	if (change) {
		piece = (struct piece){-1, 0, (int64_t)change->len};
		return write_new(dir_fd, base, &piece, change->bytes, why);
	}
	if (slash && linkat(it->image_archive->dir_fd, name, dir_fd, base, 0) == 0)
		return 0;
	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	return found ? write_new(dir_fd, base, &piece, NULL, why)
		     : fault_set(why, FAULT_FORMAT, "'%s' has no '%s'", it->image_archive->label,
			       name);
}

static int fill(struct output *it, const struct new_dir *to, const struct changes *changes,
	struct fault *why)
{
	auto_names names = NAMES_INIT;

	if (output_list_blobs(it->image_archive, &names, why) < 0 ||
		names_add(&names, "oci-layout", why) < 0 ||
		names_add(&names, "index.json", why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (!changes_find(changes, names.at[i]) &&
			put_file(it, to, names.at[i], NULL, why) < 0)
			return -1;
	for (size_t i = 0; i < changes->n; i++)
		if (!changes->at[i].goes &&
			put_file(it, to, changes->at[i].name, &changes->at[i], why) < 0)
			return -1;
	return 0;
}

static void remove_files(int dir_fd, const char *name)
{
	int fd = image_archive_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_hex(entry->d_name))
			unlinkat(fd, entry->d_name, 0);
	unlinkat(dir_fd, name, AT_REMOVEDIR);
}

void output_remove_dir(int parent_fd, const char *name)
{
	auto_fd fd = image_archive_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return;
	remove_files(fd, BLOBS_DIR);
	unlinkat(fd, "blobs", AT_REMOVEDIR);
	unlinkat(fd, "oci-layout", 0);
	unlinkat(fd, "index.json", 0);
	unlinkat(parent_fd, name, AT_REMOVEDIR);
}

/* Did a killed run leave it?  Then nobody holds a lock on it, and it is not brand new. */
static bool is_dead(int dir_fd, const char *name)
{
	auto_fd fd = image_archive_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       st.st_mtim.tv_sec < time(NULL) - LIMIT_UNLOCKED_S &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void sweep(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (temps_is_name(entry->d_name) && is_dead(dir_fd, entry->d_name))
			output_remove_dir(dir_fd, entry->d_name);
}

int output_new_dir(struct output *it, const struct changes *changes, struct fault *why)
{
	auto_fd middle_fd = -1, blobs_fd = -1;
	struct new_dir to;

	sweep(it->dir_fd);
	temps_name(it->temp_dir);
	if (make_dir(it, it->dir_fd, it->temp_dir, &it->fd, why) < 0)
		return -1;
	(void)flock(it->fd, LOCK_EX | LOCK_NB); /* if this fails, so does the lock in is_dead() */
	if (make_dir(it, it->fd, "blobs", &middle_fd, why) < 0 ||
		make_dir(it, middle_fd, "sha256", &blobs_fd, why) < 0)
		return -1;
	to = (struct new_dir){it->fd, blobs_fd};
	return fill(it, &to, changes, why);
}
