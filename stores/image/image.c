/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/image.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/text.h"
#include "src/sys/clock.h"
#include "stores/image/output.h"

void image_file_free(struct image_file *file)
{
	if (!file)
		return;
	output_free(file->output);
	manifests_free(file->manifests);
	image_archive_free(file->image_archive);
	free(file->path);
	free(file);
}

/* ---- opening -------------------------------------------------------------------------------- */

#define PART "[A-Za-z0-9_][A-Za-z0-9._-]*"

static int check_form(const char *text, const char *pattern, const char *what, struct fault *why)
{
	regex_t form;
	bool matches;

	if (!text)
		return 0;
	if (regcomp(&form, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return fault_nomem(why);
	matches = strlen(text) < 256 && regexec(&form, text, 0, NULL, 0) == 0;
	regfree(&form);
	return matches ? 0 : fault_set(why, FAULT_USAGE, "'%s' is not %s", text, what);
}

static int check_options(const struct image_options *options, struct fault *why)
{
	/* [HOST[:PORT]/][NAME/]...NAME[:TAG]  [image-spec, annotations.md; distribution, reference]
	 */
	if (check_form(options->tag, "^(" PART "(:" PART ")?/)?(" PART "/)*" PART "(:" PART ")?$",
		    "a valid image name", why) < 0 ||
		check_form(options->platform, "^[^/]+/[^/]", "a platform (OS/ARCH[/VARIANT])",
			why) < 0)
		return -1;
	return clock_check_source_date(why);
}

/* Split DIR:TAG, unless a file of that whole name exists. */
static void split_tag(struct image_file *file)
{
	struct stat st;

	if (strcmp(file->path, "-") == 0 || lstat(file->path, &st) == 0)
		return;
	for (char *colon = strchr(file->path, ':'); colon; colon = strchr(colon + 1, ':')) {
		*colon = 0;
		if (colon[1] && stat(file->path, &st) == 0 && S_ISDIR(st.st_mode)) {
			file->chosen = colon + 1;
			return;
		}
		*colon = ':';
	}
}

/* The directory to unpack into: that of the output or, if the image is only read, of the input,
 * which has enough room.  NULL: TMPDIR. */
static char *spool_dir(const struct image_file *file)
{
	const char *place = file->options.output ? file->options.output : file->path;
	auto_free char *dir = text_parent(place);
	struct stat st;

	if (strcmp(place, "-") == 0 || (stat(place, &st) == 0 && !S_ISREG(st.st_mode)))
		return NULL;
	return dir && access(dir, W_OK) == 0 ? steal(&dir) : NULL;
}

/* The path may be the name of an image that an engine has: say how to read that one. */
static int suggest_save(const struct image_options *options, struct fault *why)
{
	static const char *const writers[] = {"install", "remove", "undo"};
	const struct advice *call = options->advice;
	auto_free char *word = text_shell_word(options->path), *run = NULL;
	struct fault ignored = FAULT_INIT;
	bool writes = false;
	const char *command;

	for (size_t i = 0; !options->output && i < sizeof(writers) / sizeof(writers[0]); i++)
		writes = writes || strcmp(call->command, writers[i]) == 0;
	for (size_t i = 0; i < call->n; i++)
		writes = writes && strcmp(call->at[i].name, "dry-run") != 0;
	if (!word || advice_again(call,
			     ADVICE_WORDS(call->command, "--image", "-", writes ? "--output" : NULL,
				     "-"),
			     &run, &ignored) < 0)
		return fault_nomem(why);
	command = strstr(run, ": trustfix ");
	if (!command || strlen(run) > FAULT_TEXT_LEN / 2)
		return -1;
	fault_clear(why);
	return fault_set(why, FAULT_SYSTEM,
		"there is no file '%s'; for an image of that name, %.*s: docker save %s |%s%s",
		options->path, (int)(command - run), run, word, command + 1,
		writes ? " | docker load" : "");
}

/* `before` is the same file before a change, or NULL. */
static int open_images(struct image_file *file, const struct image_file *before, struct fault *why)
{
	const struct manifests_options options = {file->chosen, file->options.platform};
	size_t before_n = before ? before->manifests->images_n : 0;

	if (manifests_read(file->image_archive, &options, &file->manifests, why) < 0)
		return -1;
	for (size_t i = 0; i < file->manifests->images_n; i++) {
		struct image *image = &file->manifests->images[i];

		if (rootfs_open(image->layers, image->layers_n, image->label,
			    file->options.check_layers,
			    i < before_n ? before->manifests->images[i].tree : NULL, &image->tree,
			    why) < 0)
			return fault_wrap(why, "%s", image->label);
		image->tree->settings = &image->settings;
		image->tree->is_still = true;
		image->tree->has_date = true;
		image->tree->date = image->created;
	}
	return 0;
}

/* Is the output the same file that the image came from? */
static bool is_same_place(const struct image_file *file)
{
	const char *output = file->options.output;
	struct stat one, two;

	if (!output || strcmp(output, file->path) == 0)
		return true;
	return strcmp(output, "-") != 0 && stat(file->path, &one) == 0 && stat(output, &two) == 0 &&
	       one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static int open_output(struct image_file *file, struct fault *why)
{
	return file->output ? 0
			    : output_open(file->image_archive, file->path, file->options.output,
				      &file->output, why);
}

int image_file_open(const struct image_options *options, struct image_file **ret, struct fault *why)
{
	auto_image_file file = NULL;
	auto_free char *dir = NULL;

	if (check_options(options, why) < 0)
		return -1;
	file = calloc(1, sizeof(*file));
	if (!file)
		return fault_nomem(why);
	file->options = *options;
	file->path = strdup(options->path);
	if (!file->path)
		return fault_nomem(why);
	split_tag(file);
	dir = spool_dir(file);
	if (image_archive_open(file->path, dir, &file->image_archive, why) < 0)
		return options->advice && why->sys == ENOENT && !strchr(file->path, '/')
			       ? suggest_save(options, why)
			       : -1;
	/* Then the copying can begin while the layers are read. */
	if (!options->dry_run && !is_same_place(file) && open_output(file, why) < 0)
		return -1;
	if (open_images(file, NULL, why) < 0)
		return -1;
	*ret = steal(&file);
	return 0;
}

int image_file_reopen(struct image_file *file, struct image_file **ret, struct fault *why)
{
	auto_image_file again = calloc(1, sizeof(*again));

	if (!again)
		return fault_nomem(why);
	again->options = file->options;
	again->chosen = file->chosen && file->options.tag ? file->options.tag : file->chosen;
	if (output_reopen(file->output, &again->image_archive, why) < 0 ||
		open_images(again, file, why) < 0)
		return fault_wrap(why, "the new image");
	*ret = steal(&again);
	return 0;
}

/* ---- changes -------------------------------------------------------------------------------- */

static int stage_changes(struct image_file *file, const struct changes *changes, struct fault *why)
{
	if (open_output(file, why) < 0 || output_stage(file->output, changes, why) < 0)
		return -1;
	file->is_staged = true;
	return 0;
}

/* Write the image file as the changed documents describe it. */
static int stage(struct image_file *file, struct fault *why)
{
	auto_changes changes = CHANGES_INIT;

	if (manifests_changes(file->manifests, file->options.tag, &changes, why) < 0)
		return -1;
	if (!changes.n)
		return 0;
	if (file->image_archive->source_fd >= 0 &&
		names_addf(&file->manifests->notes, why,
			"'%s' was compressed; the new archive is not",
			file->image_archive->label) < 0)
		return -1;
	return stage_changes(file, &changes, why);
}

int image_file_stage(struct image_file *file, const struct plan *const *plans,
	const char *created_by, struct fault *why)
{
	for (size_t i = 0; i < file->manifests->images_n; i++) {
		struct image *image = &file->manifests->images[i];
		int64_t when = clock_source_date(image->created);

		if (plans[i] && plans[i]->n &&
			(layer_make(plans[i], image->tree, when, image_packing(image),
				 &image->layer, why) < 0 ||
				image_append(image, created_by, when, why) < 0))
			return -1;
	}
	return stage(file, why);
}

int image_file_stage_undo(struct image_file *file, struct fault *why)
{
	struct manifests *manifests = file->manifests;
	size_t ours = 0;

	for (size_t i = 0; i < manifests->images_n; i++)
		ours += manifests->images[i].is_ours;
	for (size_t i = 0; i < manifests->images_n; i++)
		if ((manifests->images[i].is_ours || !ours) &&
			image_cut(&manifests->images[i], why) < 0)
			return -1;
	return stage(file, why);
}

int image_file_publish(struct image_file *file, struct fault *why)
{
	const struct changes none = CHANGES_INIT;

	if (!file->is_staged && file->options.tag && stage(file, why) < 0)
		return -1;
	if (!file->is_staged && strcmp(file->path, "-") != 0 && is_same_place(file))
		return 0;
	if (!file->is_staged && stage_changes(file, &none, why) < 0)
		return -1;
	return output_publish(file->output, why);
}
