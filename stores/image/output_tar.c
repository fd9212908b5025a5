/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/output_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/sys/copy_range.h"
#include "stores/image/ustar.h"

/* Write a new member with a fixed date, so that the archive depends only on its contents. */
static int write_member(int fd, const char *name, const char *link, const void *bytes,
	const struct piece *piece, struct fault *why)
{
	static const uint8_t zeros[USTAR_BLOCK];
	const struct ustar_member member = {
		.type = link ? USTAR_SYMLINK : USTAR_FILE,
		.name = name,
		.link = link,
		.mode = link ? 0777 : 0644,
		.size = (uint64_t)piece->size,
	};
	auto_buf header = buf_make(LIMIT_MIB);

	ustar_add(&header, &member);
	if (buf_check(&header, name, why) < 0 ||
		fd_write_all(fd, header.bytes, header.len, name, why) < 0)
		return -1;
	if ((piece->fd < 0 ? fd_write_all(fd, bytes, (size_t)piece->size, "the new image", why)
			   : copy_range(piece->fd, piece->at, piece->size, fd, "the new image",
				     why)) < 0)
		return -1;
	return fd_write_all(
		fd, zeros, (size_t)(ustar_padded(piece->size) - piece->size), "the new image", why);
}

static int by_head(const void *a, const void *b)
{
	const struct image_archive_member *const *one = a, *const *two = b;

	return (*one)->head < (*two)->head ? -1 : (*one)->head > (*two)->head;
}

/* Copy the unchanged members in order, adjacent ones in one range. */
static int write_kept(struct image_archive *image_archive, const struct changes *changes, int fd,
	struct fault *why)
{
	auto_free const struct image_archive_member **order =
		calloc(image_archive->n + 1, sizeof(struct image_archive_member *));
	int64_t from = 0;

	if (!order)
		return fault_nomem(why);
	for (size_t i = 0; i < image_archive->n; i++)
		order[i] = &image_archive->at[i];
	qsort(order, image_archive->n, sizeof(*order), by_head);
	for (size_t i = 0; i < image_archive->n; i++) {
		if (!changes_find(changes, order[i]->name))
			continue;
		if (copy_range(image_archive->fd, from, order[i]->head - from, fd, "the new image",
			    why) < 0)
			return -1;
		from = order[i]->next;
	}
	return copy_range(
		image_archive->fd, from, image_archive->end - from, fd, "the new image", why);
}

static int write_layout(struct image_archive *image_archive, const struct changes *changes, int fd,
	struct fault *why)
{
	auto_names names = NAMES_INIT;

	if (output_list_blobs(image_archive, &names, why) < 0 ||
		names_add(&names, "oci-layout", why) < 0 ||
		names_add(&names, "index.json", why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct piece piece;
		bool found = false;

		if (changes_find(changes, names.at[i]))
			continue;
		if (image_archive_find(image_archive, names.at[i], &piece, &found, why) < 0 ||
			(found && write_member(fd, names.at[i], NULL, NULL, &piece, why) < 0))
			return -1;
	}
	return 0;
}

int output_write_tar(struct image_archive *image_archive, const struct changes *changes, int fd,
	struct fault *why)
{
	static const uint8_t end[2 * USTAR_BLOCK];

	if ((image_archive->dir_fd >= 0 ? write_layout : write_kept)(
		    image_archive, changes, fd, why) < 0)
		return -1;
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->at[i];

		if (!change->goes && write_member(fd, change->name, change->link, change->bytes,
					     &(struct piece){-1, 0, (int64_t)change->len}, why) < 0)
			return -1;
	}
	return fd_write_all(fd, end, sizeof(end), "the new image", why);
}
