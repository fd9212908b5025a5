/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_IMAGE_H
#define TRUSTFIX_IMAGE_H

/*
 * An image file: what --image names, and the container images selected in it.
 *
 * It is a docker-archive, an OCI archive or an OCI layout directory.  Each selected image (all of
 * them, or those of --platform) is a tree that is read through tree.h.  Such a tree is not changed
 * path by path: image_file_stage() turns each plan into one new layer and writes a complete new
 * image file that nobody sees yet; image_file_reopen() reads that file, for the proof;
 * image_file_publish() moves it into place with one rename.  A staged file that is not published is
 * deleted by image_file_free(), or when a signal ends the run.
 */

#include "src/base/advice.h"
#include "src/fs/plan.h"
#include "stores/image/manifest.h"

/* Its strings must outlive the image file. */
struct image_options {
	const char *path; /* a file, a directory, DIR:TAG, or "-" for stdin */
	const char *output; /* NULL: in place; "-": stdout */
	const char *tag; /* --tag: the new image's name; NULL: keep the names */
	const char *platform; /* --platform OS/ARCH[/VARIANT]; NULL: every image */
	bool dry_run; /* nothing will be written */
	bool check_layers; /* read every layer and compare its digest */
	const struct advice *advice; /* the command line; NULL: none */
};

/* Only `manifests` is for others: the images with their trees and what was installed in each, and
 * the notes for the report. */
struct image_file {
	struct image_options options; /* the strings are the caller's, but for the path */
	char *path; /* the same, without its TAG */
	const char *chosen; /* the TAG of DIR:TAG; NULL: none */
	struct image_archive *image_archive;
	struct manifests *manifests;
	struct output *output; /* NULL: not needed yet */
	bool is_staged;
};

/*
 * Open the file, read its manifests and configs, and index the layers that matter.  FAULT_USAGE: an
 * invalid tag, platform or SOURCE_DATE_EPOCH.  FAULT_SYSTEM: it cannot be opened or read.
 * FAULT_FORMAT: not an image, or a damaged one.  FAULT_REFUSED: not supported (Windows, foreign
 * layers, schema 1) or no such tag or platform; the text gives the reason.  FAULT_LIMIT.
 */
int image_file_open(
	const struct image_options *options, struct image_file **ret, struct fault *why);

void image_file_free(struct image_file *file);
CLEANUP_POINTER(image_file, image_file_free)
#define auto_image_file CLEANUP(image_file) struct image_file *

/*
 * Write the new image file: image i gets one layer made from plans[i] (NULL: none), with the
 * history entry `created_by` ("trustfix install sha256:HEX").  Readers see no change yet.
 * FAULT_SYSTEM, including a full disk.
 */
int image_file_stage(struct image_file *file, const struct plan *const *plans,
	const char *created_by, struct fault *why);

/* Likewise, but remove the top layer of each image where trustfix added it.  FAULT_REFUSED: it
 * added none of them. */
int image_file_stage_undo(struct image_file *file, struct fault *why);

/* Open the staged file and read it back; the images are in the same order.  Free it before `file`.
 */
int image_file_reopen(struct image_file *file, struct image_file **ret, struct fault *why);

/*
 * Move the staged file into place.  If nothing is staged and the output is another path, write a
 * copy of the input there, under the requested name.
 */
int image_file_publish(struct image_file *file, struct fault *why);

#endif
