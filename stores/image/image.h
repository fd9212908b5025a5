/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_IMAGE_H
#define TRUSTFIX_IMAGE_H

/*
 * An image file: what --image names, and the container images chosen in it.
 *
 * A docker-archive, an OCI archive or an OCI layout directory.  Each image that is chosen (all of
 * them, or those of --platform) is a tree that is read through tree.h.  A tree of an image is not
 * changed path by path: image_file_stage() makes one new layer of each plan and a whole new image
 * file, which nobody sees yet; image_file_reopen() reads that one, for the proof;
 * image_file_publish() makes it real with one rename.  What is staged and not published goes with
 * image_file_free(), and when a signal ends the run.
 */

#include "src/fs/plan.h"

struct image_options {
	const char *path; /* a file, a directory, DIR:TAG, or "-" for stdin */
	const char *output; /* NULL: in place; "-": stdout */
	const char *tag; /* --tag: the new image's name; NULL: the names stay */
	const char *platform; /* --platform OS/ARCH[/VARIANT]; NULL: every image */
	bool check_layers; /* read every layer and compare its digest */
};

struct image_file;

/*
 * Open, read its manifests and configs, index the layers that matter.  FAULT_USAGE: a tag, a
 * platform or a SOURCE_DATE_EPOCH that is none.  FAULT_SYSTEM: cannot be opened or read.
 * FAULT_FORMAT: no image, or a damaged one.  FAULT_REFUSED: one that is left alone (Windows,
 * foreign layers, schema 1, no such tag or platform), with the reason.  FAULT_LIMIT.
 */
int image_file_open(
	const struct image_options *options, struct image_file **ret, struct fault *why);

void image_file_free(struct image_file *file);
CLEANUP_POINTER(image_file, image_file_free)
#define auto_image_file CLEANUP(image_file) struct image_file *

/* The images, and the tree of each (borrowed; its label names tag and platform). */
size_t image_file_n(const struct image_file *file);
struct tree *image_file_tree(struct image_file *file, size_t i);

/*
 * SHA-256 (hex) of the CAs that trustfix ever put into that image with layers of its own, as its
 * history tells: which of its stores they were taken out of again, it does not.  Appended.
 */
int image_file_installed(
	const struct image_file *file, size_t i, struct names *ret, struct fault *why);

/* What must be said of the file: signatures and attestations that no longer match. Borrowed. */
const struct names *image_file_notes(const struct image_file *file);

/*
 * Make the new image file: for each image one layer of plans[i] (NULL: none), its history entry
 * says `created_by` ("trustfix install sha256:HEX").  Nothing a reader sees changes.  FAULT_SYSTEM,
 * also for a full disk.
 */
int image_file_stage(struct image_file *file, const struct plan *const *plans,
	const char *created_by, struct fault *why);

/* The same without the topmost layer, where that is one of trustfix; FAULT_REFUSED: of none it is.
 */
int image_file_stage_undo(struct image_file *file, struct fault *why);

/* Open what is staged, from its bytes; the images are in the same order. */
int image_file_reopen(struct image_file *file, struct image_file **ret, struct fault *why);

/*
 * Put what is staged in its place; with nothing staged and another output, a copy of the input,
 * under the name that was asked for.
 */
int image_file_publish(struct image_file *file, struct fault *why);

#endif
