/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/image_archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/text.h"
#include "src/sys/copy_range.h"
#include "src/sys/fd.h"
#include "stores/image/ustar.h"

void image_archive_free(struct image_archive *archive)
{
	if (!archive)
		return;
	for (size_t i = 0; i < archive->n; i++) {
		free(archive->at[i].name);
		free(archive->at[i].link);
		if (archive->dir_fd >= 0)
			close(archive->at[i].piece.fd);
	}
	free(archive->at);
	cleanup_fd(&archive->dir_fd);
	cleanup_fd(&archive->fd);
	cleanup_fd(&archive->source_fd);
	free(archive->label);
	free(archive);
}

/* Takes the descriptors: of a tar or of a directory. */
static int image_archive_new(
	const char *label, int fd, int dir_fd, struct image_archive **ret, struct fault *why)
{
	auto_fd own_fd = fd, own_dir_fd = dir_fd;
	auto_image_archive archive = calloc(1, sizeof(*archive));

	if (!archive)
		return fault_nomem(why);
	archive->fd = steal_fd(&own_fd);
	archive->dir_fd = steal_fd(&own_dir_fd);
	archive->source_fd = -1;
	archive->label = text_printable(label, strlen(label), LIMIT_PATH_LEN);
	if (!archive->label)
		return fault_nomem(why);
	*ret = steal(&archive);
	return 0;
}

/* Append an empty member; the array grows by doubling. */
static struct image_archive_member *member_new(struct image_archive *archive)
{
	if ((archive->n & (archive->n - 1)) == 0) {
		struct image_archive_member *grown =
			realloc(archive->at, (archive->n ? 2 * archive->n : 1) * sizeof(*grown));

		if (!grown)
			return NULL;
		archive->at = grown;
	}
	memset(&archive->at[archive->n], 0, sizeof(*archive->at));
	return &archive->at[archive->n];
}

/* ---- a tar ---------------------------------------------------------------------------------- */

static int add_member(
	struct image_archive *archive, const struct tar_member *from, struct fault *why)
{
	struct image_archive_member *to = member_new(archive);
	char name[LIMIT_PATH_LEN];

	if (!to)
		return fault_nomem(why);
	if (archive->n == LIMIT_BOX_MEMBERS_N)
		return fault_set(why, FAULT_LIMIT, "'%s' has more than %u members", archive->label,
			LIMIT_BOX_MEMBERS_N);
	if (tar_path("", from->name, name, why) < 0)
		return fault_wrap(why, "a member of '%s'", archive->label);
	/* The bytes of a sparse member are not contiguous. */
	if (from->is_sparse)
		return fault_set(why, FAULT_FORMAT,
			"'%s' has a sparse member, which is not supported", archive->label);
	if (archive->n)
		to[-1].next = from->head;
	to->name = strdup(name);
	to->link = from->link ? strdup(from->link) : NULL;
	to->kind = from->kind;
	to->head = from->head;
	to->piece = (struct piece){archive->fd, from->at, from->size};
	archive->n++;
	return to->name && (to->link || !from->link) ? 0 : fault_nomem(why);
}

static int by_name(const void *a, const void *b)
{
	const struct image_archive_member *one = a, *two = b;
	int order = strcmp(one->name, two->name);

	return order ? order : one->head < two->head ? -1 : one->head > two->head;
}

static int index_tar(struct image_archive *archive, struct fault *why)
{
	const struct tar_options options = {.from = 0};
	struct piece all = {.fd = archive->fd};
	struct tar_member member;
	struct fault own = FAULT_INIT;
	auto_tar tar = NULL;
	bool found = true;
	struct stat st;

	if (fstat(all.fd, &st) < 0)
		return fault_sys(why, "cannot access '%s'", archive->label);
	all.size = st.st_size;
	if (st.st_size == 0)
		return fault_set(why, FAULT_FORMAT, "'%s' is empty", archive->label);
	if (tar_open(&all, PACKING_PLAIN, &options, &tar, &own) < 0)
		found = false;
	while (found && tar_next(tar, &member, &found, &own) == 0 && found) {
		if (add_member(archive, &member, why) < 0)
			return -1;
		archive->end = member.at + ustar_padded(member.size);
	}
	if (own.kind == FAULT_FORMAT && archive->n == 0)
		return fault_set(why, FAULT_FORMAT,
			"'%s' is not a container image: not a tar archive", archive->label);
	if (own.kind) {
		*why = own;
		return fault_wrap(why, "'%s'", archive->label);
	}
	/* Every writer puts an end block there; without it, the tar is truncated. */
	if (archive->end + (int64_t)USTAR_BLOCK > all.size)
		return fault_set(why, FAULT_FORMAT, "'%s' is truncated", archive->label);
	if (archive->n) {
		archive->at[archive->n - 1].next = archive->end;
		qsort(archive->at, archive->n, sizeof(*archive->at), by_name);
	}
	/* Refuse duplicate names, because readers differ in which member they use. */
	for (size_t i = 1; i < archive->n; i++) {
		const struct image_archive_member *one = &archive->at[i - 1], *two = one + 1;
		auto_free char *shown = NULL;

		if (strcmp(one->name, two->name) != 0 ||
			(one->kind == ENTRY_DIR && two->kind == ENTRY_DIR))
			continue;
		shown = text_printable(one->name, strlen(one->name), LIMIT_NAME_SHOWN);
		return fault_set(why, FAULT_FORMAT, "'%s' has '%s' twice", archive->label,
			shown ? shown : "a member");
	}
	return 0;
}

int image_archive_take_tar(int fd, const char *label, struct image_archive **ret, struct fault *why)
{
	auto_image_archive archive = NULL;

	if (image_archive_new(label, fd, -1, &archive, why) < 0 || index_tar(archive, why) < 0)
		return -1;
	*ret = steal(&archive);
	return 0;
}

static int has_name(const void *name, const void *member)
{
	return strcmp(name, ((const struct image_archive_member *)member)->name);
}

const struct image_archive_member *image_archive_member(
	const struct image_archive *archive, const char *name)
{
	return bsearch(name, archive->at, archive->n, sizeof(*archive->at), has_name);
}

/* ---- a directory ---------------------------------------------------------------------------- */

int image_archive_open_beneath(int dir_fd, const char *name, int flags)
{
	const int safe = O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	auto_fd at = -1;
	const char *slash;

	while ((slash = strchr(name, '/'))) {
		auto_free char *part = strndup(name, (size_t)(slash - name));
		int next = part ? openat(at >= 0 ? at : dir_fd, part, O_PATH | O_DIRECTORY | safe)
				: -1;

		if (next < 0)
			return -1;
		if (at >= 0)
			close(at);
		at = next;
		name = slash + 1;
	}
	return openat(at >= 0 ? at : dir_fd, name, flags | safe);
}

/* Open that file; *ret_fd is -1 if there is none. */
static int open_in_dir(struct image_archive *archive, const char *name, int *ret_fd,
	struct piece *ret, struct fault *why)
{
	auto_fd fd = image_archive_open_beneath(archive->dir_fd, name, O_RDONLY);
	struct stat st;

	*ret_fd = -1;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return fault_set(why, FAULT_REFUSED, "'%s/%s' is reached through a symbolic link",
			archive->label, name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(why, "cannot open '%s/%s'", archive->label, name);
	if (!S_ISREG(st.st_mode))
		return fault_set(why, FAULT_FORMAT, "'%s/%s' is not a file", archive->label, name);
	*ret_fd = steal_fd(&fd);
	*ret = (struct piece){*ret_fd, 0, st.st_size};
	return 0;
}

/* Make an open file a member; takes the descriptor. */
static int keep_file(struct image_archive *archive, const char *name, const struct piece *piece,
	struct fault *why)
{
	auto_fd fd = piece->fd;
	struct image_archive_member *member = member_new(archive);

	if (!member)
		return fault_nomem(why);
	member->name = strdup(name);
	if (!member->name)
		return fault_nomem(why);
	member->kind = ENTRY_FILE;
	member->piece = *piece;
	(void)steal_fd(&fd);
	archive->n++;
	return 0;
}

static int find_in_dir(struct image_archive *archive, const char *name, struct piece *ret,
	bool *ret_found, struct fault *why)
{
	int fd;

	for (size_t i = 0; i < archive->n; i++) {
		if (strcmp(archive->at[i].name, name) != 0)
			continue;
		*ret_found = true;
		*ret = archive->at[i].piece;
		return 0;
	}
	if (open_in_dir(archive, name, &fd, ret, why) < 0)
		return -1;
	*ret_found = fd >= 0;
	return fd < 0 ? 0 : keep_file(archive, name, ret, why);
}

int image_archive_take_dir(
	int dir_fd, const char *label, int index_fd, struct image_archive **ret, struct fault *why)
{
	auto_fd own_fd = index_fd;
	auto_image_archive archive = NULL;
	struct rlimit limit;
	struct stat st;

	if (image_archive_new(label, -1, dir_fd, &archive, why) < 0)
		return -1;
	/* Each layer of each image needs a descriptor.  If this fails, opening a file will say so.
	 */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (own_fd >= 0 && fstat(own_fd, &st) < 0)
		return fault_sys(why, "cannot access '%s'", label);
	if (own_fd >= 0 && keep_file(archive, "index.json",
				   &(struct piece){steal_fd(&own_fd), 0, st.st_size}, why) < 0)
		return -1;
	*ret = steal(&archive);
	return 0;
}

bool image_archive_is_digest(const char *name)
{
	return strspn(name, "0123456789abcdef") == 64 && name[64] == 0;
}

int image_archive_list(struct image_archive *archive, struct names *ret, struct fault *why)
{
	int fd =
		image_archive_open_beneath(archive->dir_fd, "blobs/sha256", O_RDONLY | O_DIRECTORY);
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return fault_sys(why, "cannot list '%s/blobs/sha256'", archive->label);
	while ((entry = readdir(dir))) {
		if (!image_archive_is_digest(entry->d_name))
			continue;
		if (ret->n == LIMIT_BOX_MEMBERS_N)
			return fault_set(why, FAULT_LIMIT, "'%s' has more than %u blobs",
				archive->label, LIMIT_BOX_MEMBERS_N);
		if (names_addf(ret, why, "blobs/sha256/%s", entry->d_name) < 0)
			return -1;
	}
	names_sort(ret);
	return names_add(ret, "oci-layout", why) < 0 ? -1 : names_add(ret, "index.json", why);
}

/* ---- both ----------------------------------------------------------------------------------- */

int image_archive_find(struct image_archive *archive, const char *name, struct piece *ret,
	bool *ret_found, struct fault *why)
{
	const struct image_archive_member *member = NULL;

	if (archive->dir_fd >= 0)
		return find_in_dir(archive, name, ret, ret_found, why);
	member = image_archive_member(archive, name);
	for (size_t i = 0; member && member->link; i++) {
		const char *slash =
			member->kind == ENTRY_SYMLINK ? strrchr(member->name, '/') : NULL;
		auto_free char *dir =
			strndup(member->name, slash ? (size_t)(slash - member->name) : 0);
		char target[LIMIT_PATH_LEN];
		struct fault ignored = FAULT_INIT;

		if (!dir)
			return fault_nomem(why);
		if (i == LIMIT_LINKS_N)
			return fault_set(why, FAULT_REFUSED, "'%s' in '%s' is part of a link loop",
				name, archive->label);
		if ((member->kind == ENTRY_SYMLINK && member->link[0] == '/') ||
			tar_path(dir, member->link, target, &ignored) < 0)
			return fault_set(why, FAULT_REFUSED,
				"'%s' in '%s' is a link that points outside the archive", name,
				archive->label);
		member = image_archive_member(archive, target);
	}
	*ret_found = member && member->kind == ENTRY_FILE;
	if (*ret_found)
		*ret = member->piece;
	return 0;
}

int image_archive_read(
	struct image_archive *archive, const char *name, struct buf *ret, struct fault *why)
{
	bool is_blob = archive->dir_fd >= 0 && strncmp(name, "blobs/", 6) == 0;
	struct piece piece = {-1, 0, 0};
	bool found = false;
	auto_fd fd = -1;

	/* A document is read once and then needs no descriptor, unlike layers and the index. */
	if ((is_blob ? open_in_dir(archive, name, &fd, &piece, why)
		     : image_archive_find(archive, name, &piece, &found, why)) < 0)
		return -1;
	if (!found && fd < 0)
		return fault_set(why, FAULT_FORMAT, "'%s' has no '%s'", archive->label, name);
	if (piece_read(&piece, ret, why) < 0)
		return fault_wrap(why, "'%s' in '%s'", name, archive->label);
	return 0;
}

/* ---- opening -------------------------------------------------------------------------------- */

int image_archive_open(
	const char *path, const char *spool_dir, struct image_archive **ret, struct fault *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *label = is_stdin ? "standard input" : path;
	enum packing packing = PACKING_PLAIN;
	auto_fd source_fd = -1, copy = -1;
	struct stat st;
	auto_fd fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct piece all = {.fd = fd};

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(why, "cannot open '%s'", path);
	if (S_ISDIR(st.st_mode))
		return image_archive_take_dir(steal_fd(&fd), label, -1, ret, why);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file", label);
	/* Members are read by position, but standard input may already be partly consumed. */
	if (!S_ISREG(st.st_mode) || is_stdin) {
		if (fd_unnamed(spool_dir, &copy, why) < 0 ||
			copy_range_rest(fd, copy, label, why) < 0)
			return -1;
		close(fd);
		all.fd = fd = steal_fd(&copy);
		if (fstat(fd, &st) < 0)
			return fault_sys(why, "cannot access '%s'", label);
	}
	all.size = st.st_size;
	if (tar_packing(&all, label, &packing, why) < 0)
		return -1;
	if (packing != PACKING_PLAIN) {
		if (fd_unnamed(spool_dir, &copy, why) < 0)
			return -1;
		if (tar_unpack(&all, packing, copy, why) < 0)
			return fault_wrap(why, "'%s'", label);
		source_fd = steal_fd(&fd);
		fd = steal_fd(&copy);
	}
	if (image_archive_take_tar(steal_fd(&fd), label, ret, why) < 0)
		return -1;
	(*ret)->source_fd = steal_fd(&source_fd);
	return 0;
}
