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

#include "stores/image/layer.h"
#include "stores/image/output.h"

#define DIGEST_TEXT_LEN 72 /* "sha256:", 64 digits and the NUL */

/* How an image is changed. */
struct turn {
	enum { TURN_NONE = 0, TURN_APPEND, TURN_CUT } kind;
	const struct new_layer *layer;
	enum packing packing;
	int64_t when;
	char *config; /* the new config */
	char config_digest[DIGEST_TEXT_LEN];
	uint8_t diff_id[DIGEST_SHA256_LEN]; /* of the layer that is added or removed */
};

struct image {
	char *label; /* "app:1 (linux/amd64)", printable */
	char *config; /* the text */
	char digest[DIGEST_TEXT_LEN]; /* of the config */
	char *platform; /* "linux/arm64/v8" */
	struct names settings; /* its environment, each "NAME=VALUE" */
	int64_t created; /* seconds since 1970; 0 if there is no usable date */
	bool has_created;
	bool is_windows;
	bool is_ours; /* trustfix added its top layer ... */
	const char *blank; /* ... with this comment, saying there was no history; or NULL */
	bool is_docker; /* named by manifest.json */
	struct layer *layers; /* lowest first */
	size_t layers_n;
	struct turn turn;
};

/* As image_file_installed(), for one image. */
int image_installed(const struct image *image, struct names *ret, struct fault *why);

struct manifests_options {
	const char *tag; /* NULL: all */
	const char *platform; /* NULL: all */
};

struct manifests;

/*
 * Read and check all documents; the archive is borrowed.  Every JSON blob is checked against its
 * digest and size.  FAULT_FORMAT: no image, or damaged.  FAULT_REFUSED: Windows, foreign layers,
 * schema 1, no such tag or platform, a duplicate tag.  FAULT_LIMIT.
 */
int manifests_read(struct image_archive *image_archive, const struct manifests_options *options,
	struct manifests **ret, struct fault *why);

void manifests_free(struct manifests *manifests);
CLEANUP_POINTER(manifests, manifests_free)
#define auto_manifests CLEANUP(manifests) struct manifests *

size_t manifests_n(const struct manifests *manifests);
const struct image *manifests_image(const struct manifests *manifests, size_t i);

/* How to pack a new layer of that image: plain if its last layer is, or if the format needs it. */
enum packing manifests_packing(const struct manifests *manifests, size_t i);

struct addition {
	const struct new_layer *layer; /* borrowed until manifests_changes() */
	enum packing packing;
	const char *created_by;
	int64_t when;
};

/* Add this layer to the image, or remove the image's last layer (if `is_ours`). */
int manifests_append(
	struct manifests *manifests, size_t i, const struct addition *addition, struct fault *why);
int manifests_cut(struct manifests *manifests, size_t i, struct fault *why);

/* All resulting changes in the archive; `tag` is the new name, or NULL.  FAULT_REFUSED: one name
 * for several images. */
int manifests_changes(
	struct manifests *manifests, const char *tag, struct changes *ret, struct fault *why);

/* Notes for the report (image.h); manifests_changes() may add some.  Borrowed. */
struct names *manifests_notes(struct manifests *manifests);

#endif
