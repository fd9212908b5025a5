/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/image.h"

#include <stdlib.h>

struct image_file {
	struct names notes;
};

int image_file_open(const struct image_options *options, struct image_file **ret, struct fault *why)
{
	*ret = NULL;
	return fault_set(
		why, FAULT_REFUSED, "'%s': container images cannot be read yet", options->path);
}

void image_file_free(struct image_file *file)
{
	if (file)
		names_free(&file->notes);
	free(file);
}

size_t image_file_n(const struct image_file *file)
{
	return file->notes.n;
}

struct tree *image_file_tree(struct image_file *file, size_t i)
{
	return i < file->notes.n ? NULL : NULL;
}

int image_file_installed(
	const struct image_file *file, size_t i, struct names *ret, struct fault *why)
{
	return i < file->notes.n && !ret ? fault_nomem(why) : 0;
}

const struct names *image_file_notes(const struct image_file *file)
{
	return &file->notes;
}

int image_file_stage(struct image_file *file, const struct plan *const *plans,
	const char *created_by, struct fault *why)
{
	return file && plans && created_by ? fault_set(why, FAULT_REFUSED, "not yet") : 0;
}

int image_file_stage_undo(struct image_file *file, struct fault *why)
{
	return file ? fault_set(why, FAULT_REFUSED, "not yet") : 0;
}

int image_file_reopen(struct image_file *file, struct image_file **ret, struct fault *why)
{
	return file && ret ? fault_set(why, FAULT_REFUSED, "not yet") : 0;
}

int image_file_publish(struct image_file *file, struct fault *why)
{
	return file ? fault_set(why, FAULT_REFUSED, "not yet") : 0;
}
