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

static void members_free(struct box *box)
{
	for (size_t i = 0; i < box->n; i++) {
		free(box->at[i].name);
		free(box->at[i].link);
		if (box->dir_fd >= 0)
			close(box->at[i].piece.fd);
	}
	free(box->at);
}

void box_free(struct box *box)
{
	if (!box)
		return;
	members_free(box);
	if (box->dir_fd >= 0)
		close(box->dir_fd);
	if (box->fd >= 0)
		close(box->fd);
	if (box->source_fd >= 0)
		close(box->source_fd);
	free(box->label);
	free(box);
}

static int box_new(const char *label, struct box **ret, struct fault *why)
{
	struct box *box = calloc(1, sizeof(*box));

	if (!box)
		return fault_nomem(why);
	box->dir_fd = box->fd = box->source_fd = -1;
	box->label = text_printable(label, strlen(label), LIMIT_PATH_LEN);
	if (!box->label) {
		box_free(box);
		return fault_nomem(why);
	}
	*ret = box;
	return 0;
}

/* One more, empty; room grows by doubling. */
static struct box_member *member_new(struct box *box)
{
	if ((box->n & (box->n - 1)) == 0) {
		struct box_member *grown =
			realloc(box->at, (box->n ? 2 * box->n : 1) * sizeof(*grown));

		if (!grown)
			return NULL;
		box->at = grown;
	}
	memset(&box->at[box->n], 0, sizeof(*box->at));
	return &box->at[box->n];
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
	struct box *box = arg;
	struct box_member *to = member_new(box);

	if (box->n)
		box->at[box->n - 1].next = from->head;
	if (!to)
		return fault_nomem(why);
	to->name = plain_name(from->name);
	to->link = from->link ? strdup(from->link) : NULL;
	to->is_symlink = from->kind == ENTRY_SYMLINK;
	to->is_file = from->kind == ENTRY_FILE;
	to->head = from->head;
	to->piece = (struct piece){box->fd, from->at, from->size};
	box->n++;
	return to->name && (to->link || !from->link) ? 0 : fault_nomem(why);
}

static int by_name(const void *a, const void *b)
{
	const struct box_member *one = a, *two = b;
	int order = strcmp(one->name, two->name);

	return order ? order : one->head < two->head ? -1 : one->head > two->head;
}

/* Readers differ in which of two members they take. */
static int refuse_twins(const struct box *box, struct fault *why)
{
	for (size_t i = 1; i < box->n; i++) {
		const struct box_member *one = &box->at[i - 1], *two = &box->at[i];
		auto_free char *shown = NULL;

		if (strcmp(one->name, two->name) != 0 ||
			!(one->is_file || one->is_symlink || two->is_file || two->is_symlink))
			continue;
		shown = text_printable(one->name, strlen(one->name), LIMIT_NAME_SHOWN);
		return fault_set(why, FAULT_FORMAT, "'%s' has '%s' twice", box->label,
			shown ? shown : "a member");
	}
	return 0;
}

static int index_tar(struct box *box, struct fault *why)
{
	struct fault own = FAULT_INIT;
	struct stat st;
	struct piece all = {.fd = box->fd};

	if (fstat(box->fd, &st) < 0)
		return fault_sys(why, "cannot access '%s'", box->label);
	all.size = st.st_size;
	if (st.st_size == 0)
		return fault_set(why, FAULT_FORMAT, "'%s' is empty", box->label);
	if (tar_walk(&all, box->label, take_member, box, &box->end, &own) < 0) {
		if (own.kind == FAULT_FORMAT && box->n == 0)
			return fault_set(why, FAULT_FORMAT,
				"'%s' is not a container image: not a tar archive", box->label);
		*why = own;
		return -1;
	}
	/* What every writer puts at the end shows that nothing is missing there. */
	if (box->end >= all.size)
		return fault_set(why, FAULT_FORMAT, "'%s' is cut off", box->label);
	if (box->n)
		box->at[box->n - 1].next = box->end;
	if (box->n)
		qsort(box->at, box->n, sizeof(*box->at), by_name);
	return refuse_twins(box, why);
}

int box_take_tar(int fd, const char *label, struct box **ret, struct fault *why)
{
	auto_box box = NULL;

	if (box_new(label, &box, why) < 0) {
		close(fd);
		return -1;
	}
	box->fd = fd;
	if (index_tar(box, why) < 0)
		return -1;
	*ret = steal(&box);
	return 0;
}

const struct box_member *box_member(const struct box *box, const char *name)
{
	struct box_member key = {.name = (char *)name};
	size_t low = 0, high = box->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(box->at[middle].name, key.name);

		if (order == 0)
			return &box->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Where a link leads, from the directory of the member that is it; NULL: no memory, or out of the
 * box (*ret_out). */
static char *link_target(const struct box_member *link, bool *ret_out)
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

static int find_in_tar(
	struct box *box, const char *name, struct piece *ret, bool *ret_found, struct fault *why)
{
	const struct box_member *member = box_member(box, name);

	for (size_t i = 0; member && member->link; i++) {
		auto_free char *target = NULL;
		bool out = false;

		if (i < LIMIT_LINKS_N)
			target = link_target(member, &out);
		if (out || i == LIMIT_LINKS_N)
			return fault_set(why, FAULT_REFUSED, "'%s' in '%s' is a link that %s", name,
				box->label, out ? "leads out of it" : "leads in a circle");
		if (!target)
			return fault_nomem(why);
		member = box_member(box, target);
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

int box_open_beneath(int dir_fd, const char *name, int flags)
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
static void forget(struct box *box, const char *name)
{
	for (size_t i = 0; i < box->n; i++) {
		if (strcmp(box->at[i].name, name) != 0)
			continue;
		close(box->at[i].piece.fd);
		free(box->at[i].name);
		box->at[i] = box->at[--box->n];
		return;
	}
}

/* An open file becomes a member; the descriptor is taken. */
static int take_file(struct box *box, const char *name, int fd, struct fault *why)
{
	struct stat st;
	struct box_member *member;
	char *copy;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fault_set(why, FAULT_FORMAT, "'%s/%s' is not a file", box->label, name);
	}
	member = member_new(box);
	copy = member ? strdup(name) : NULL;
	if (!copy) {
		close(fd);
		return fault_nomem(why);
	}
	member->name = copy;
	member->is_file = true;
	member->piece = (struct piece){fd, 0, st.st_size};
	box->n++;
	return 0;
}

static int find_in_dir(
	struct box *box, const char *name, struct piece *ret, bool *ret_found, struct fault *why)
{
	int fd;

	for (size_t i = 0; i < box->n; i++) {
		if (strcmp(box->at[i].name, name) != 0)
			continue;
		*ret_found = true;
		*ret = box->at[i].piece;
		return 0;
	}
	fd = box_open_beneath(box->dir_fd, name, O_RDONLY);
	if (fd < 0 && errno == ENOENT) {
		*ret_found = false;
		return 0;
	}
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return fault_set(
			why, FAULT_REFUSED, "'%s/%s' is reached by a link", box->label, name);
	if (fd < 0)
		return fault_sys(why, "cannot open '%s/%s'", box->label, name);
	if (take_file(box, name, fd, why) < 0)
		return -1;
	*ret_found = true;
	*ret = box->at[box->n - 1].piece;
	return 0;
}

int box_take_dir(int dir_fd, const char *label, int index_fd, struct box **ret, struct fault *why)
{
	auto_box box = NULL;

	if (box_new(label, &box, why) < 0) {
		close(dir_fd);
		if (index_fd >= 0)
			close(index_fd);
		return -1;
	}
	box->dir_fd = dir_fd;
	allow_many_files();
	if (index_fd >= 0 && take_file(box, "index.json", index_fd, why) < 0)
		return -1;
	*ret = steal(&box);
	return 0;
}

/* ---- both ----------------------------------------------------------------------------------- */

int box_find(
	struct box *box, const char *name, struct piece *ret, bool *ret_found, struct fault *why)
{
	return box->dir_fd >= 0 ? find_in_dir(box, name, ret, ret_found, why)
				: find_in_tar(box, name, ret, ret_found, why);
}

int box_read(struct box *box, const char *name, struct buf *ret, struct fault *why)
{
	struct piece piece = {-1, 0, 0};
	bool found = false;
	uint8_t *to;
	int64_t done = 0;

	if (box_find(box, name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return fault_set(why, FAULT_FORMAT, "'%s' has no '%s'", box->label, name);
	if (piece.size > (int64_t)ret->max)
		return fault_set(why, FAULT_LIMIT, "'%s' in '%s' is larger than %zu bytes", name,
			box->label, ret->max);
	to = buf_extend(ret, (size_t)piece.size);
	if (buf_check(ret, name, why) < 0)
		return -1;
	while (done < piece.size) {
		ssize_t n =
			pread(piece.fd, to + done, (size_t)(piece.size - done), piece.at + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_sys(why, "cannot read '%s' in '%s'", name, box->label);
		if (n == 0)
			return fault_set(why, FAULT_FORMAT, "'%s' is cut off", box->label);
		done += n;
	}
	/* The index stays, to be compared with what is there when it is replaced. */
	if (box->dir_fd >= 0 && strncmp(name, "blobs/", 6) == 0)
		forget(box, name);
	return 0;
}
