/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/image_case.h"

#include <unistd.h>

#include "src/sys/copy_range.h"
#include "src/sys/fd.h"
#include "src/x509/digest.h"
#include "tests/unit/tf_cmocka.h"

void opened_drop(struct opened *opened)
{
	manifests_free(opened->manifests);
	image_archive_free(opened->image_archive);
}

int read_members(const struct changes *members, const struct manifests_options *options,
	struct opened *ret, struct fault *why)
{
	static const struct manifests_options all = {.tag = NULL};

	*ret = (struct opened){NULL, NULL};
	if (image_archive_take_tar(image_tar(members), "box", &ret->image_archive, why) < 0)
		return -1;
	return manifests_read(ret->image_archive, options ? options : &all, &ret->manifests, why);
}

int read_recipe(const struct image_recipe *recipe, const struct manifests_options *options,
	struct opened *ret, struct fault *why)
{
	auto_changes members = image_members(recipe);

	return read_members(&members, options, ret, why);
}

/* A copy that was begun before the changes were known, and went too far, ends in the same bytes. */
static void assert_same_after_copying_ahead(
	struct image_archive *archive, const struct changes *changes, int fd)
{
	auto_buf one = buf_make(LIMIT_FILE_BYTES), two = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;
	auto_fd ahead_fd = -1;

	assert_ok(fd_unnamed(NULL, &ahead_fd, &why), &why);
	assert_ok(copy_range(archive->fd, 0, archive->end, ahead_fd, "box", &why), &why);
	assert_ok(output_write_tar(archive, changes, ahead_fd, archive->end, &why), &why);
	assert_int_equal(lseek(ahead_fd, 0, SEEK_SET) + lseek(fd, 0, SEEK_SET), 0);
	assert_ok(fd_read_all(ahead_fd, "ahead", &one, &why), &why);
	assert_ok(fd_read_all(fd, "box", &two, &why), &why);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.bytes, two.bytes, one.len);
}

void apply_changes(struct opened *opened, const char *tag, struct opened *ret)
{
	struct fault why = FAULT_INIT;
	auto_changes changes = CHANGES_INIT;
	int fd = -1;

	assert_ok(manifests_changes(opened->manifests, tag, &changes, &why), &why);
	assert_ok(fd_unnamed(NULL, &fd, &why), &why);
	assert_ok(output_write_tar(opened->image_archive, &changes, fd, 0, &why), &why);
	assert_same_after_copying_ahead(opened->image_archive, &changes, fd);
	*ret = (struct opened){NULL, NULL};
	assert_ok(image_archive_take_tar(fd, "new box", &ret->image_archive, &why), &why);
	assert_ok(manifests_read(ret->image_archive, &(struct manifests_options){.tag = NULL},
			  &ret->manifests, &why),
		&why);
}

const char case_layer_text[17] = "not really a tar";

struct new_layer case_layer(void)
{
	struct new_layer layer = {
		.bytes = malloc(sizeof(case_layer_text)), .size = sizeof(case_layer_text)};

	assert_non_null(layer.bytes);
	memcpy(layer.bytes, case_layer_text, sizeof(case_layer_text));
	digest_sha256(case_layer_text, sizeof(case_layer_text), layer.digest);
	digest_sha256(case_layer_text, sizeof(case_layer_text), layer.diff_id);
	return layer;
}

void append_layer(struct opened *opened, size_t i, const struct new_layer *layer)
{
	struct fault why = FAULT_INIT;
	struct image *image = &opened->manifests->images[i];

	image->layer = *layer;
	image->layer.bytes = malloc((size_t)layer->size);
	assert_non_null(image->layer.bytes);
	memcpy(image->layer.bytes, layer->bytes, (size_t)layer->size);
	assert_ok(image_append(image, CASE_CREATED_BY, 1767323045, &why), &why);
}
