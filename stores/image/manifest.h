/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MANIFEST_H
#define TRUSTFIX_MANIFEST_H

/*
 * What the documents of a box say: its images, where their layers lie, and which documents must
 * change when an image gets a layer or loses its last one.
 *
 * [OCI image-spec 1.1: image-layout.md, image-index.md, manifest.md, config.md; moby
 * image/tarexport: manifest.json, repositories].  A box may have both views of the same images, as
 * Docker has written since 25; an image is known by the digest of its config, whichever view names
 * it.  A document that changes keeps all other members, their order and values, and the way it is
 * written as far as json_rewrite() can; every other document keeps its bytes.
 */

#include "stores/image/layer.h"
#include "stores/image/output.h"

#define DIGEST_TEXT_LEN 72 /* "sha256:", 64 digits and the NUL */

/* What becomes of an image. */
struct turn {
	enum { TURN_NONE = 0, TURN_APPEND, TURN_CUT } kind;
	const struct new_layer *layer;
	enum packing packing;
	int64_t when;
	char *config; /* the new one */
	char config_digest[DIGEST_TEXT_LEN];
	uint8_t diff_id[DIGEST_SHA256_LEN]; /* of the layer that comes or goes */
};

struct image {
	char *label; /* "app:1 (linux/amd64)", printable */
	char *config; /* the text */
	char digest[DIGEST_TEXT_LEN]; /* of the config */
	char *platform; /* "linux/arm64/v8" */
	struct names settings; /* "NAME=VALUE" of its environment */
	int64_t created; /* seconds since 1970; 0 when it says nothing of use */
	bool has_created;
	bool is_windows;
	bool is_ours; /* its topmost layer is one of trustfix ... */
	const char *blank; /* ... and its comment, which says that there was no history; or NULL */
	bool is_docker; /* named by manifest.json */
	struct layer *layers; /* lowest first */
	size_t layers_n;
	struct turn turn;
};

/* image_file_installed() of it. */
int image_installed(const struct image *image, struct names *ret, struct fault *why);

struct manifests_options {
	const char *tag; /* NULL: all */
	const char *platform; /* NULL: all */
};

struct manifests;

/*
 * Read and check all documents; box is borrowed.  Every JSON blob is compared with its digest and
 * size.  FAULT_FORMAT: no image, or damaged; FAULT_REFUSED: Windows, foreign layers, schema 1, no
 * such tag or platform, a tag twice; FAULT_LIMIT.
 */
int manifests_read(struct image_archive *image_archive, const struct manifests_options *options,
	struct manifests **ret, struct fault *why);

void manifests_free(struct manifests *manifests);
CLEANUP_POINTER(manifests, manifests_free)
#define auto_manifests CLEANUP(manifests) struct manifests *

size_t manifests_n(const struct manifests *manifests);
const struct image *manifests_image(const struct manifests *manifests, size_t i);

/* How a new layer of that image is packed: plain where its last layer is, or where it must be. */
enum packing manifests_packing(const struct manifests *manifests, size_t i);

struct addition {
	const struct new_layer *layer; /* borrowed until manifests_changes() */
	enum packing packing;
	const char *created_by;
	int64_t when;
};

/* The image gets this layer, or loses its last one (which `is_ours`). */
int manifests_append(
	struct manifests *manifests, size_t i, const struct addition *addition, struct fault *why);
int manifests_cut(struct manifests *manifests, size_t i, struct fault *why);

/* All that this changes in the box; `tag`: the new name, or NULL.  FAULT_REFUSED: a name for
 * several images. */
int manifests_changes(
	struct manifests *manifests, const char *tag, struct changes *ret, struct fault *why);

/* What is to be said of them (image.h), more after manifests_changes(); borrowed. */
struct names *manifests_notes(struct manifests *manifests);

#endif
