/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MANIFEST_H
#define TRUSTFIX_MANIFEST_H

/*
 * The JSON documents of an image archive: its images, where their layers are, and which documents
 * must change when an image gets a layer or loses its last one.
 *
 * [OCI image-spec 1.1: image-layout.md, image-index.md, manifest.md, config.md; moby
 * image/tarexport: manifest.json, repositories].  An archive may have both views of the same
 * images, as Docker has written them since 25; in either view, an image is identified by the digest
 * of its config.  A changed document keeps all other members, their order and values, and its
 * formatting as far as json_rewrite() can; every other document stays byte for byte.
 */

#include "src/base/limits.h"
#include "stores/image/image_archive.h"
#include "stores/image/layer.h"

struct changes;

#define DIGEST_TEXT_LEN 72 /* "sha256:", 64 digits and the NUL */

struct document {
	char *text;
	char digest[DIGEST_TEXT_LEN];
	char *now; /* the new text; NULL: unchanged */
	char now_digest[DIGEST_TEXT_LEN];
};

struct image {
	char *label; /* "app:1 (linux/amd64)", printable */
	struct document config;
	char *platform; /* "linux/arm64/v8", printable */
	struct names settings; /* its environment, each "NAME=VALUE" */
	struct names installed; /* the SHA-256 (hex) of each CA that its history says we added, even
				   if it was removed from single stores later */
	int64_t created; /* seconds since 1970; 0 if there is no usable date */
	bool is_ours; /* trustfix added its top layer */
	bool is_docker; /* manifest.json lists it */
	struct layer *layers; /* lowest first */
	size_t layers_n;
	struct tree *tree; /* for the caller; closed by manifests_free() */

	enum { TURN_NONE = 0, TURN_APPEND, TURN_CUT } turn; /* how it is changed */
	struct new_layer layer; /* what TURN_APPEND adds ... */
	int64_t when; /* ... at this time */
};

/* An index, or a manifest that an index lists. */
struct node {
	struct document document;
	bool is_wanted; /* an index, or the manifest of a selected image */
	struct image *image; /* a wanted manifest's */
	char about[DIGEST_TEXT_LEN]; /* what an artifact, such as a signature, is about; or "" */
	unsigned depth; /* below index.json, which has 0 */
	const char *tag; /* in index.json; only while it is read */
};

struct manifests_options {
	const char *tag; /* NULL: all */
	const char *platform; /* NULL: all */
};

struct manifests {
	struct image images[LIMIT_IMAGES_N + 1];
	size_t images_n;
	struct names notes; /* for the report: signatures that no longer match ... */

	/* for manifest*.c */
	struct image_archive *archive; /* borrowed */
	struct manifests_options options;
	size_t json_len; /* of all documents read so far */
	struct fault skipped; /* why the first skipped image was skipped */
	bool drops; /* what images that lose their last layer had is no longer needed */
	struct node nodes[LIMIT_IMAGES_N + 1]; /* each after those it lists; index.json is last */
	size_t nodes_n;
	struct document docker, repositories; /* manifest.json, repositories */
	struct image *docker_images[LIMIT_IMAGES_N]; /* of its elements; NULL: not selected */
};

/*
 * Read and check all documents; the archive is borrowed.  Every JSON blob is checked against its
 * digest and size.  FAULT_FORMAT: no image, or damaged.  FAULT_REFUSED: Windows, foreign layers,
 * schema 1, no such tag or platform, a duplicate tag.  FAULT_LIMIT.
 */
int manifests_read(struct image_archive *archive, const struct manifests_options *options,
	struct manifests **ret, struct fault *why);

void manifests_free(struct manifests *manifests);
CLEANUP_POINTER(manifests, manifests_free)
#define auto_manifests CLEANUP(manifests) struct manifests *

/* How to pack its new layer: plain if its last layer is, or if the format needs it. */
enum packing image_packing(const struct image *image);

/* Add `image->layer` to the image, or remove its last layer (if `is_ours`). */
int image_append(struct image *image, const char *created_by, int64_t when, struct fault *why);
int image_cut(struct image *image, struct fault *why);

/* All resulting changes in the archive; `tag` is the new name, or NULL.  It may add notes.
 * FAULT_REFUSED: one name for several images. */
int manifests_changes(
	struct manifests *manifests, const char *tag, struct changes *ret, struct fault *why);

#endif
