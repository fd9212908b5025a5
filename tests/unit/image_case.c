/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/image_case.h"

#include <unistd.h>

#include "src/x509/digest.h"
#include "src/sys/fd.h"
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

void apply_changes(struct opened *opened, const char *tag, struct opened *ret)
{
	struct fault why = FAULT_INIT;
	auto_changes changes = CHANGES_INIT;
	int fd = -1;

	assert_ok(manifests_changes(opened->manifests, tag, &changes, &why), &why);
	assert_ok(fd_unnamed(NULL, &fd, &why), &why);
	assert_ok(output_write_tar(opened->image_archive, &changes, fd, &why), &why);
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
