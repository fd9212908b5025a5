/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/image_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "stores/image/tar.h"

static void members_free(struct image_archive *image_archive)
{
	for (size_t i = 0; i < image_archive->n; i++) {
		free(image_archive->at[i].name);
		free(image_archive->at[i].link);
		if (image_archive->dir_fd >= 0)
			close(image_archive->at[i].piece.fd);
	}
	free(image_archive->at);
}

void image_archive_free(struct image_archive *image_archive)
{
	if (!image_archive)
		return;
	members_free(image_archive);
	if (image_archive->dir_fd >= 0)
		close(image_archive->dir_fd);
	if (image_archive->fd >= 0)
		close(image_archive->fd);
	if (image_archive->source_fd >= 0)
		close(image_archive->source_fd);
	free(image_archive->label);
	free(image_archive);
}

static int image_archive_new(const char *label, struct image_archive **ret, struct fault *why)
{
	struct image_archive *image_archive = calloc(1, sizeof(*image_archive));

	if (!image_archive)
		return fault_nomem(why);
	image_archive->dir_fd = image_archive->fd = image_archive->source_fd = -1;
	image_archive->label = text_printable(label, strlen(label), LIMIT_PATH_LEN);
	if (!image_archive->label) {
		image_archive_free(image_archive);
		return fault_nomem(why);
	}
	*ret = image_archive;
	return 0;
}

/* One more, empty; room grows by doubling. */
static struct image_archive_member *member_new(struct image_archive *image_archive)
{
	if ((image_archive->n & (image_archive->n - 1)) == 0) {
		struct image_archive_member *grown = realloc(image_archive->at,
			(image_archive->n ? 2 * image_archive->n : 1) * sizeof(*grown));

		if (!grown)
			return NULL;
		image_archive->at = grown;
	}
	memset(&image_archive->at[image_archive->n], 0, sizeof(*image_archive->at));
	return &image_archive->at[image_archive->n];
}

/* ---- a tar ---------------------------------------------------------------------------------- */

/* "./a//b/" is "a/b"; ".." is kept, and no name that is asked for has it. */
static char *plain_name(const char *name)
{
	char *out = malloc(strlen(name) + 1), *to = out;

	while (out && *name) {
		size_t len = strcspn(name, "/");

		if (len && !(len == 1 && name[0] == '.')) {
			if (to > out)
				*to++ = '/';
			memcpy(to, name, len);
			to += len;
		}
		name += len;
		name += strspn(name, "/");
	}
	if (out)
		*to = 0;
	return out;
}

static int take_member(void *arg, const struct tar_member *from, struct fault *why)
{
	struct image_archive *image_archive = arg;
	struct image_archive_member *to = member_new(image_archive);

	if (image_archive->n)
		image_archive->at[image_archive->n - 1].next = from->head;
	if (!to)
		return fault_nomem(why);
	to->name = plain_name(from->name);
	to->link = from->link ? strdup(from->link) : NULL;
	to->is_symlink = from->kind == ENTRY_SYMLINK;
	to->is_file = from->kind == ENTRY_FILE;
	to->head = from->head;
	to->piece = (struct piece){image_archive->fd, from->at, from->size};
	image_archive->n++;
	return to->name && (to->link || !from->link) ? 0 : fault_nomem(why);
}

static int by_name(const void *a, const void *b)
{
	const struct image_archive_member *one = a, *two = b;
	int order = strcmp(one->name, two->name);

	return order ? order : one->head < two->head ? -1 : one->head > two->head;
}

/* Readers differ in which of two members they take. */
static int refuse_twins(const struct image_archive *image_archive, struct fault *why)
{
	for (size_t i = 1; i < image_archive->n; i++) {
		const struct image_archive_member *one = &image_archive->at[i - 1],
						  *two = &image_archive->at[i];
		auto_free char *shown = NULL;

		if (strcmp(one->name, two->name) != 0 ||
			!(one->is_file || one->is_symlink || two->is_file || two->is_symlink))
			continue;
		shown = text_printable(one->name, strlen(one->name), LIMIT_NAME_SHOWN);
		return fault_set(why, FAULT_FORMAT, "'%s' has '%s' twice", image_archive->label,
			shown ? shown : "a member");
	}
	return 0;
}

static int index_tar(struct image_archive *image_archive, struct fault *why)
{
	struct fault own = FAULT_INIT;
	struct stat st;
	struct piece all = {.fd = image_archive->fd};

	if (fstat(image_archive->fd, &st) < 0)
		return fault_sys(why, "cannot access '%s'", image_archive->label);
	all.size = st.st_size;
	if (st.st_size == 0)
		return fault_set(why, FAULT_FORMAT, "'%s' is empty", image_archive->label);
	if (tar_walk(&all, image_archive->label, take_member, image_archive, &image_archive->end,
		    &own) < 0) {
		if (own.kind == FAULT_FORMAT && image_archive->n == 0)
			return fault_set(why, FAULT_FORMAT,
				"'%s' is not a container image: not a tar archive",
				image_archive->label);
		*why = own;
		return -1;
	}
	/* What every writer puts at the end shows that nothing is missing there. */
	if (image_archive->end >= all.size)
		return fault_set(why, FAULT_FORMAT, "'%s' is cut off", image_archive->label);
	if (image_archive->n)
		image_archive->at[image_archive->n - 1].next = image_archive->end;
	if (image_archive->n)
		qsort(image_archive->at, image_archive->n, sizeof(*image_archive->at), by_name);
	return refuse_twins(image_archive, why);
}

int image_archive_take_tar(int fd, const char *label, struct image_archive **ret, struct fault *why)
{
	auto_image_archive image_archive = NULL;

	if (image_archive_new(label, &image_archive, why) < 0) {
		close(fd);
		return -1;
	}
	image_archive->fd = fd;
	if (index_tar(image_archive, why) < 0)
		return -1;
	*ret = steal(&image_archive);
	return 0;
}

const struct image_archive_member *image_archive_member(
	const struct image_archive *image_archive, const char *name)
{
	struct image_archive_member key = {.name = (char *)name};
	size_t low = 0, high = image_archive->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(image_archive->at[middle].name, key.name);

		if (order == 0)
			return &image_archive->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Where a link leads, from the directory of the member that is it; NULL: no memory, or out of the
 * box (*ret_out). */
static char *link_target(const struct image_archive_member *link, bool *ret_out)
{
	const char *slash = strrchr(link->name, '/');
	size_t dir_len = slash && link->is_symlink ? (size_t)(slash - link->name) : 0;
	auto_free char *joined = NULL;
	char *out, *to;

	*ret_out = link->is_symlink && link->link[0] == '/';
	if (*ret_out || asprintf(&joined, "%.*s/%s", (int)dir_len, link->name, link->link) < 0) {
		joined = NULL;
		return NULL;
	}
	out = to = plain_name(joined);
	for (const char *at = out; at && *at;) {
		size_t len = strcspn(at, "/");
		const char *next = at + len + (at[len] == '/');

		if (len == 2 && at[0] == '.' && at[1] == '.') {
			*ret_out = to == out;
			if (*ret_out)
				break;
			do
				to--;
			while (to > out && *to != '/');
		} else {
			if (to > out)
				*to++ = '/';
			memmove(to, at, len);
			to += len;
		}
		at = next;
	}
	if (!out || *ret_out) {
		free(out);
		return NULL;
	}
	*to = 0;
	return out;
}

static int find_in_tar(struct image_archive *image_archive, const char *name, struct piece *ret,
	bool *ret_found, struct fault *why)
{
	const struct image_archive_member *member = image_archive_member(image_archive, name);

	for (size_t i = 0; member && member->link; i++) {
		auto_free char *target = NULL;
		bool out = false;

		if (i < LIMIT_LINKS_N)
			target = link_target(member, &out);
		if (out || i == LIMIT_LINKS_N)
			return fault_set(why, FAULT_REFUSED, "'%s' in '%s' is a link that %s", name,
				image_archive->label,
				out ? "leads out of it" : "leads in a circle");
		if (!target)
			return fault_nomem(why);
		member = image_archive_member(image_archive, target);
	}
	*ret_found = member && member->is_file;
	if (*ret_found)
		*ret = member->piece;
	return 0;
}

/* ---- a directory ---------------------------------------------------------------------------- */

/* One for each layer of each image; what cannot be had is told when it is missed. */
static void allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

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

/* Documents are read once, layers stay open: those that were read need no descriptor any more. */
static void forget(struct image_archive *image_archive, const char *name)
{
	for (size_t i = 0; i < image_archive->n; i++) {
		if (strcmp(image_archive->at[i].name, name) != 0)
			continue;
		close(image_archive->at[i].piece.fd);
		free(image_archive->at[i].name);
		image_archive->at[i] = image_archive->at[--image_archive->n];
		return;
	}
}

/* An open file becomes a member; the descriptor is taken. */
static int take_file(
	struct image_archive *image_archive, const char *name, int fd, struct fault *why)
{
	struct stat st;
	struct image_archive_member *member;
	char *copy;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fault_set(
			why, FAULT_FORMAT, "'%s/%s' is not a file", image_archive->label, name);
	}
	member = member_new(image_archive);
	copy = member ? strdup(name) : NULL;
	if (!copy) {
		close(fd);
		return fault_nomem(why);
	}
	member->name = copy;
	member->is_file = true;
	member->piece = (struct piece){fd, 0, st.st_size};
	image_archive->n++;
	return 0;
}

static int find_in_dir(struct image_archive *image_archive, const char *name, struct piece *ret,
	bool *ret_found, struct fault *why)
{
	int fd;

	for (size_t i = 0; i < image_archive->n; i++) {
		if (strcmp(image_archive->at[i].name, name) != 0)
			continue;
		*ret_found = true;
		*ret = image_archive->at[i].piece;
		return 0;
	}
	fd = image_archive_open_beneath(image_archive->dir_fd, name, O_RDONLY);
	if (fd < 0 && errno == ENOENT) {
		*ret_found = false;
		return 0;
	}
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return fault_set(why, FAULT_REFUSED, "'%s/%s' is reached by a link",
			image_archive->label, name);
	if (fd < 0)
		return fault_sys(why, "cannot open '%s/%s'", image_archive->label, name);
	if (take_file(image_archive, name, fd, why) < 0)
		return -1;
	*ret_found = true;
	*ret = image_archive->at[image_archive->n - 1].piece;
	return 0;
}

int image_archive_take_dir(
	int dir_fd, const char *label, int index_fd, struct image_archive **ret, struct fault *why)
{
	auto_image_archive image_archive = NULL;

	if (image_archive_new(label, &image_archive, why) < 0) {
		close(dir_fd);
		if (index_fd >= 0)
			close(index_fd);
		return -1;
	}
	image_archive->dir_fd = dir_fd;
	allow_many_files();
	if (index_fd >= 0 && take_file(image_archive, "index.json", index_fd, why) < 0)
		return -1;
	*ret = steal(&image_archive);
	return 0;
}

/* ---- both ----------------------------------------------------------------------------------- */

int image_archive_find(struct image_archive *image_archive, const char *name, struct piece *ret,
	bool *ret_found, struct fault *why)
{
	return image_archive->dir_fd >= 0 ? find_in_dir(image_archive, name, ret, ret_found, why)
					  : find_in_tar(image_archive, name, ret, ret_found, why);
}

int image_archive_read(
	struct image_archive *image_archive, const char *name, struct buf *ret, struct fault *why)
{
	struct piece piece = {-1, 0, 0};
	bool found = false;
	uint8_t *to;
	int64_t done = 0;

	if (image_archive_find(image_archive, name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return fault_set(why, FAULT_FORMAT, "'%s' has no '%s'", image_archive->label, name);
	if (piece.size > (int64_t)ret->max)
		return fault_set(why, FAULT_LIMIT, "'%s' in '%s' is larger than %zu bytes", name,
			image_archive->label, ret->max);
	to = buf_extend(ret, (size_t)piece.size);
	if (buf_check(ret, name, why) < 0)
		return -1;
	while (done < piece.size) {
		ssize_t n =
			pread(piece.fd, to + done, (size_t)(piece.size - done), piece.at + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_sys(
				why, "cannot read '%s' in '%s'", name, image_archive->label);
		if (n == 0)
			return fault_set(
				why, FAULT_FORMAT, "'%s' is cut off", image_archive->label);
		done += n;
	}
	/* The index stays, to be compared with what is there when it is replaced. */
	if (image_archive->dir_fd >= 0 && strncmp(name, "blobs/", 6) == 0)
		forget(image_archive, name);
	return 0;
}
