/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/sys/clock.h"
#include "stores/image/manifest.h"

struct image_file {
	struct image_options options; /* its strings are the four below */
	char *path;
	char *output;
	char *tag; /* the new name */
	char *platform;
	char *chosen; /* the TAG of DIR:TAG */
	struct image_archive *image_archive;
	struct manifests *manifests;
	struct tree **trees;
	struct new_layer *layers; /* one for each image */
	struct output *staged;
};

static void trees_free(struct image_file *file)
{
	size_t n = file->manifests ? manifests_n(file->manifests) : 0;

	for (size_t i = 0; i < n; i++) {
		tree_close(file->trees ? file->trees[i] : NULL);
		if (file->layers)
			new_layer_free(&file->layers[i]);
	}
	free(file->trees);
	free(file->layers);
}

void image_file_free(struct image_file *file)
{
	if (!file)
		return;
	output_free(file->staged);
	trees_free(file);
	manifests_free(file->manifests);
	image_archive_free(file->image_archive);
	free(file->path);
	free(file->output);
	free(file->tag);
	free(file->platform);
	free(file->chosen);
	free(file);
}

static char *copy_text(const char *text, bool *failed)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		*failed = true;
	return copy;
}

/* Split DIR:TAG, unless a file of that whole name exists. */
static int split_tag(struct image_file *file, struct fault *why)
{
	struct stat st;

	if (strcmp(file->path, "-") == 0 || lstat(file->path, &st) == 0)
		return 0;
	for (char *colon = strchr(file->path, ':'); colon; colon = strchr(colon + 1, ':')) {
		*colon = 0;
		if (colon[1] && stat(file->path, &st) == 0 && S_ISDIR(st.st_mode)) {
			file->chosen = strdup(colon + 1);
			return file->chosen ? 0 : fault_nomem(why);
		}
		*colon = ':';
	}
	return 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_part(const char *part, size_t len)
{
	return len && part[0] != '.' && part[0] != '-' && strspn(part, LETTERS DIGITS "._-") >= len;
}

/* [HOST[:PORT]/][NAME/]...NAME[:TAG]  [image-spec, annotations.md; distribution, reference] */
static bool is_reference(const char *tag)
{
	bool is_first = true, is_last = false;

	for (const char *at = tag; !is_last; is_first = false) {
		size_t len = strcspn(at, ":/"), more = strcspn(at + len, "/");

		is_last = at[len + more] == 0;
		if (!is_part(at, len) || (more && !is_part(at + len + 1, more - 1)) ||
			(more && !is_first && !is_last))
			return false;
		at += len + more + 1;
	}
	return strlen(tag) < 256;
}

static int check_tag(const char *tag, struct fault *why)
{
	return !tag || is_reference(tag)
		       ? 0
		       : fault_set(why, FAULT_USAGE, "'%s' is not a valid image name", tag);
}

/* OS/ARCH or OS/ARCH/VARIANT */
static int check_platform(const char *platform, struct fault *why)
{
	const char *slash = platform ? strchr(platform, '/') : NULL;

	return !platform || (slash && slash > platform && slash[1] && slash[1] != '/')
		       ? 0
		       : fault_set(why, FAULT_USAGE, "'%s' is not a platform (OS/ARCH[/VARIANT])",
				 platform);
}

static int file_new(const struct image_options *options, struct image_file **ret, struct fault *why)
{
	auto_image_file file = NULL;
	bool failed = false;

	if (check_tag(options->tag, why) < 0 || check_platform(options->platform, why) < 0 ||
		clock_check_source_date(why) < 0)
		return -1;
	file = calloc(1, sizeof(*file));
	if (!file)
		return fault_nomem(why);
	file->options = *options;
	file->path = copy_text(options->path, &failed);
	file->output = copy_text(options->output, &failed);
	file->tag = copy_text(options->tag, &failed);
	file->platform = copy_text(options->platform, &failed);
	if (failed)
		return fault_nomem(why);
	*ret = steal(&file);
	return 0;
}

/* `before` is the same file before a change, or NULL. */
static int open_trees(struct image_file *file, struct image_file *before, struct fault *why)
{
	size_t n = manifests_n(file->manifests), before_n = before ? image_file_n(before) : 0;

	file->trees = calloc(n, sizeof(struct tree *));
	file->layers = calloc(n, sizeof(*file->layers));
	if (!file->trees || !file->layers)
		return fault_nomem(why);
	for (size_t i = 0; i < n; i++) {
		const struct image *image = manifests_image(file->manifests, i);

		if (rootfs_open(image->layers, image->layers_n, image->label,
			    file->options.check_layers, i < before_n ? before->trees[i] : NULL,
			    &file->trees[i], why) < 0)
			return fault_wrap(why, "%s", image->label);
		file->trees[i]->settings = &image->settings;
		file->trees[i]->is_still = true;
		file->trees[i]->has_date = true;
		file->trees[i]->date = image->has_created ? image->created : 0;
	}
	return 0;
}

/* The archive must be open. */
static int read_images(struct image_file *file, struct image_file *before, struct fault *why)
{
	const struct manifests_options options = {.tag = file->chosen, .platform = file->platform};

	if (manifests_read(file->image_archive, &options, &file->manifests, why) < 0)
		return -1;
	return open_trees(file, before, why);
}

/* The directory to unpack into: that of the output or, if the image is only read, of the input,
 * which has enough room.  NULL: TMPDIR. */
static char *spool_dir(const struct image_file *file)
{
	char *dir;
	const char *place = file->output ? file->output : file->path;
	const char *slash = strrchr(place, '/');
	struct stat st;

	if (strcmp(place, "-") == 0 || (stat(place, &st) == 0 && !S_ISREG(st.st_mode)))
		return NULL;
	dir = slash ? strndup(place, slash == place ? 1 : (size_t)(slash - place)) : strdup(".");
	if (dir && access(dir, W_OK) < 0) {
		free(dir);
		dir = NULL;
	}
	return dir;
}

int image_file_open(const struct image_options *options, struct image_file **ret, struct fault *why)
{
	auto_image_file file = NULL;
	auto_free char *dir = NULL;

	if (file_new(options, &file, why) < 0 || split_tag(file, why) < 0)
		return -1;
	dir = spool_dir(file);
	if (image_archive_open(file->path, dir, &file->image_archive, why) < 0 ||
		read_images(file, NULL, why) < 0)
		return -1;
	*ret = steal(&file);
	return 0;
}

size_t image_file_n(const struct image_file *file)
{
	return manifests_n(file->manifests);
}

struct tree *image_file_tree(struct image_file *file, size_t i)
{
	return file->trees[i];
}

int image_file_installed(
	const struct image_file *file, size_t i, struct names *ret, struct fault *why)
{
	return image_installed(manifests_image(file->manifests, i), ret, why);
}

const struct names *image_file_notes(const struct image_file *file)
{
	return manifests_notes(file->manifests);
}

static int append(struct image_file *file, size_t i, const struct plan *plan,
	const char *created_by, struct fault *why)
{
	struct addition addition = {
		.layer = &file->layers[i],
		.packing = manifests_packing(file->manifests, i),
		.created_by = created_by,
		.when = clock_source_date(file->trees[i]->date),
	};

	if (layer_make(plan, file->trees[i], addition.when, addition.packing, &file->layers[i],
		    why) < 0)
		return -1;
	return manifests_append(file->manifests, i, &addition, why);
}

/* Write the image file as the changed documents describe it. */
static int stage(struct image_file *file, struct fault *why)
{
	auto_changes changes = CHANGES_INIT;

	if (manifests_changes(file->manifests, file->tag, &changes, why) < 0)
		return -1;
	if (!changes.n)
		return 0;
	if (file->image_archive->source_fd >= 0 &&
		names_addf(manifests_notes(file->manifests), why,
			"'%s' was packed; the new archive is not", file->image_archive->label) < 0)
		return -1;
	return output_stage(
		file->image_archive, &changes, file->path, file->output, &file->staged, why);
}

int image_file_stage(struct image_file *file, const struct plan *const *plans,
	const char *created_by, struct fault *why)
{
	for (size_t i = 0; i < manifests_n(file->manifests); i++)
		if (plans[i] && plans[i]->n && append(file, i, plans[i], created_by, why) < 0)
			return -1;
	return stage(file, why);
}

int image_file_stage_undo(struct image_file *file, struct fault *why)
{
	size_t n = manifests_n(file->manifests), ours = 0;

	for (size_t i = 0; i < n; i++) {
		if (!manifests_image(file->manifests, i)->is_ours)
			continue;
		if (manifests_cut(file->manifests, i, why) < 0)
			return -1;
		ours++;
	}
	if (!ours)
		return fault_set(why, FAULT_REFUSED,
			"the top layer of '%s' was not added by trustfix",
			manifests_image(file->manifests, 0)->label);
	return stage(file, why);
}

int image_file_reopen(struct image_file *file, struct image_file **ret, struct fault *why)
{
	struct image_options options = file->options;
	auto_image_file again = NULL;
	bool failed = false;

	options.path = file->path;
	options.output = options.tag = NULL;
	options.platform = file->platform;
	if (file_new(&options, &again, why) < 0)
		return -1;
	again->chosen = copy_text(file->chosen && file->tag ? file->tag : file->chosen, &failed);
	if (failed)
		return fault_nomem(why);
	if (output_reopen(file->staged, &again->image_archive, why) < 0 ||
		read_images(again, file, why) < 0)
		return fault_wrap(why, "the new image");
	*ret = steal(&again);
	return 0;
}

/* Is the output the same file that the image came from? */
static bool is_same_place(const struct image_file *file)
{
	struct stat one, two;

	if (!file->output || strcmp(file->output, file->path) == 0)
		return true;
	return strcmp(file->output, "-") != 0 && stat(file->path, &one) == 0 &&
	       stat(file->output, &two) == 0 && one.st_dev == two.st_dev &&
	       one.st_ino == two.st_ino;
}

int image_file_publish(struct image_file *file, struct fault *why)
{
	const struct changes none = CHANGES_INIT;

	if (!file->staged && file->tag && stage(file, why) < 0)
		return -1;
	if (!file->staged && strcmp(file->path, "-") != 0 && is_same_place(file))
		return 0;
	if (!file->staged && output_stage(file->image_archive, &none, file->path, file->output,
				     &file->staged, why) < 0)
		return -1;
	return output_publish(file->staged, why);
}
