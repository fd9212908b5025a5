/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/stat.h>

#include "src/sys/copy_range.h"
#include "src/sys/fd.h"
#include "stores/image/output.h"
#include "stores/image/ustar.h"

/* Write a new member with a fixed date, so that the archive depends only on its contents; `from`
 * has its bytes if the change does not. */
static int write_member(
	int fd, const struct change *change, const struct piece *from, struct fault *why)
{
	static const uint8_t zeros[USTAR_BLOCK];
	const struct ustar_member member = {
		.type = change->link ? USTAR_SYMLINK : USTAR_FILE,
		.name = change->name,
		.link = change->link,
		.mode = change->link ? 0777 : 0644,
		.size = change->len,
	};
	auto_buf bytes = buf_make(LIMIT_LAYER_BYTES);

	ustar_add(&bytes, &member);
	if (!from) {
		buf_add(&bytes, change->bytes, change->len);
		ustar_pad(&bytes);
	}
	if (buf_check(&bytes, change->name, why) < 0 ||
		fd_write_all(fd, bytes.bytes, bytes.len, "the new image", why) < 0)
		return -1;
	if (!from)
		return 0;
	if (copy_range(from->fd, from->at, from->size, fd, "the new image", why) < 0)
		return -1;
	return fd_write_all(
		fd, zeros, (size_t)(ustar_padded(from->size) - from->size), "the new image", why);
}

static int by_head(const void *a, const void *b)
{
	const struct image_archive_member *const *one = a, *const *two = b;

	return (*one)->head < (*two)->head ? -1 : (*one)->head > (*two)->head;
}

/* Copy the unchanged members in order, adjacent ones in one range. */
static int write_kept(
	struct image_archive *archive, const struct changes *changes, int fd, struct fault *why)
{
	auto_free const struct image_archive_member **order =
		calloc(archive->n + 1, sizeof(struct image_archive_member *));
	int64_t from = 0;

	if (!order)
		return fault_nomem(why);
	for (size_t i = 0; i < archive->n; i++)
		order[i] = &archive->at[i];
	qsort(order, archive->n, sizeof(*order), by_head);
	for (size_t i = 0; i < archive->n; i++) {
		if (!changes_find(changes, order[i]->name))
			continue;
		if (copy_range(archive->fd, from, order[i]->head - from, fd, "the new image", why) <
			0)
			return -1;
		from = order[i]->next;
	}
	return copy_range(archive->fd, from, archive->end - from, fd, "the new image", why);
}

static int write_layout(
	struct image_archive *archive, const struct changes *changes, int fd, struct fault *why)
{
	auto_names names = NAMES_INIT;

	if (image_archive_list(archive, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct change kept = {.name = names.at[i]};
		struct piece piece;
		bool found;

		if (changes_find(changes, names.at[i]))
			continue;
		if (image_archive_find(archive, names.at[i], &piece, &found, why) < 0)
			return -1;
		kept.len = found ? (size_t)piece.size : 0;
		if (found && write_member(fd, &kept, &piece, why) < 0)
			return -1;
	}
	return 0;
}

int output_write_tar(
	struct image_archive *archive, const struct changes *changes, int fd, struct fault *why)
{
	static const uint8_t end[2 * USTAR_BLOCK];
	int source_fd = image_archive_source(archive);
	struct stat st;

	if (!changes->n && archive->dir_fd < 0)
		return fstat(source_fd, &st) < 0
			       ? fault_sys(why, "cannot access '%s'", archive->label)
			       : copy_range(source_fd, 0, st.st_size, fd, "the new image", why);
	if ((archive->dir_fd >= 0 ? write_layout : write_kept)(archive, changes, fd, why) < 0)
		return -1;
	for (size_t i = 0; i < changes->n; i++)
		if (!changes->at[i].goes && write_member(fd, &changes->at[i], NULL, why) < 0)
			return -1;
	return fd_write_all(fd, end, sizeof(end), "the new image", why);
}
