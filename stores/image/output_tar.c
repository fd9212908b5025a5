/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/output.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/sys/copy_range.h"
#include "src/sys/fd.h"
#include "stores/image/ustar.h"

#define STEP (16 * LIMIT_MIB) /* bytes copied between two looks at whether to go on */

/* If this fails, so will copy_range(), which goes on from there, or it knows another way. */
static void *copy_ahead(void *of)
{
	static const char *const documents[] = {"index.json", "manifest.json", "repositories"};
	struct tar_ahead *it = of;
	int64_t end = it->archive->end;

	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		const struct image_archive_member *member =
			image_archive_member(it->archive, documents[i]);

		end = member && member->head < end ? member->head : end;
	}
	while (it->done < end && !atomic_load(&it->enough)) {
		int64_t left = end - it->done;

		if (copy_file_range(it->archive->fd, &it->done, it->fd, NULL,
			    left < STEP ? (size_t)left : STEP, 0) <= 0)
			break;
	}
	return NULL;
}

void tar_ahead_begin(struct tar_ahead *it, const struct image_archive *archive, int fd)
{
	it->archive = archive;
	it->fd = fd;
	it->is_begun = pthread_create(&it->thread, NULL, copy_ahead, it) == 0;
}

int64_t tar_ahead_end(struct tar_ahead *it)
{
	atomic_store(&it->enough, true);
	if (it->is_begun)
		pthread_join(it->thread, NULL);
	it->is_begun = false;
	return it->done;
}

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

/* Copy the unchanged members in order, adjacent ones in one range; the first `from` bytes of the
 * archive are there already. */
static int write_kept(struct image_archive *archive, const struct changes *changes, int fd,
	int64_t from, struct fault *why)
{
	auto_free const struct image_archive_member **order =
		calloc(archive->n + 1, sizeof(struct image_archive_member *));

	if (!order)
		return fault_nomem(why);
	for (size_t i = 0; i < archive->n; i++)
		order[i] = &archive->at[i];
	qsort(order, archive->n, sizeof(*order), by_head);
	for (size_t i = 0; i < archive->n; i++) {
		if (!changes_find(changes, order[i]->name))
			continue;
		/* Only the first change can lie in what was copied ahead. */
		if (order[i]->head < from &&
			(ftruncate(fd, order[i]->head) < 0 || lseek(fd, 0, SEEK_END) < 0))
			return fault_sys(why, "cannot truncate the new image");
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

int output_write_tar(struct image_archive *archive, const struct changes *changes, int fd,
	int64_t ahead, struct fault *why)
{
	static const uint8_t end[2 * USTAR_BLOCK];
	int source_fd = image_archive_source(archive);
	struct stat st;

	if (!changes->n && archive->dir_fd < 0)
		return fstat(source_fd, &st) < 0
			       ? fault_sys(why, "cannot access '%s'", archive->label)
			       : copy_range(source_fd, ahead, st.st_size - ahead, fd,
					 "the new image", why);
	if ((archive->dir_fd >= 0 ? write_layout(archive, changes, fd, why)
				  : write_kept(archive, changes, fd, ahead, why)) < 0)
		return -1;
	for (size_t i = 0; i < changes->n; i++)
		if (!changes->at[i].goes && write_member(fd, &changes->at[i], NULL, why) < 0)
			return -1;
	return fd_write_all(fd, end, sizeof(end), "the new image", why);
}
