/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MANIFEST_PARTS_H
#define TRUSTFIX_MANIFEST_PARTS_H

/* What the files manifest*.c share, for them alone. */

#include "src/sys/json.h"
#include "stores/image/manifest.h"
#include "stores/image/tar.h"

#define BLOB_NAME_LEN 78 /* "blobs/sha256/", 64 digits and the NUL */

/* annotations */
#define REF_NAME "org.opencontainers.image.ref.name" /* [image-spec, annotations.md] */
#define CONTAINERD_NAME "io.containerd.image.name"
#define REFERENCE_TYPE "vnd.docker.reference.type" /* [buildkit, attestation-storage.md] */
#define REFERENCE_DIGEST "vnd.docker.reference.digest"
#define COSIGN_KIND "kind" /* [cosign save] */

#define NO_IMAGE SIZE_MAX
#define NO_NODE SIZE_MAX

/* JSON of the box, or what it becomes. */
struct document {
	char *text; /* NULL: it stays */
	json_t *json; /* it parsed, with all numbers as real ones; NULL where nothing reads it */
	char digest[DIGEST_TEXT_LEN]; /* of the text */
};

void document_free(struct document *document);
CLEANUP_VALUE(document, document_free)
#define auto_document CLEANUP(document) struct document

/* What happens to an image. */
enum turn_kind {
	TURN_NONE = 0,
	TURN_APPEND,
	TURN_CUT,
};

struct turn {
	enum turn_kind kind;
	const struct new_layer *layer;
	enum packing packing;
	int64_t when;
	struct document config; /* the new one */
	uint8_t diff_id[32]; /* of the layer that comes or goes */
};

/* An index, or the manifest of one image. */
struct node {
	struct document was;
	struct document now;
	bool is_index;
	size_t image; /* of a manifest */
	unsigned depth;
	bool is_docker; /* its media types are Docker's */
	const char *tag; /* of the edge of index.json that leads here, borrowed */
	struct edge *edges; /* of an index: one for each element of "manifests" */
	size_t edges_n;
	bool done; /* what it becomes is known */
};

struct edge {
	size_t node; /* NO_NODE: not an image, not here, not asked for */
	char digest[DIGEST_TEXT_LEN];
	char *tag; /* of index.json's */
	char *refers; /* the digest that an attestation is about */
	char *signs; /* the digest that a signature or another artifact is about; "" any */
};

/* One element of manifest.json. */
struct entry_of_docker {
	size_t image;
	char *config_name;
	char *last_layer; /* its name; NULL: there is none */
	char *layer_before; /* the one below it */
	struct names tags;
};

struct manifests {
	struct image_archive *image_archive;
	struct manifests_options options;
	struct image *images;
	struct turn *turns; /* one for each */
	size_t images_n;
	struct node *nodes; /* index.json is the first, if there is one */
	size_t nodes_n;
	char *docker_text; /* manifest.json */
	struct entry_of_docker *docker;
	size_t docker_n;
	struct document repositories;
	size_t json_len; /* of all documents read so far */
	struct names notes;
	struct fault skipped; /* why the first image that was left out was */
};

/* "sha256:HEX" as a digest; false: it is none. */
bool digest_parse(const char *text, uint8_t ret[static 32]);
void digest_format(const uint8_t digest[static 32], char out[static DIGEST_TEXT_LEN]);
void blob_name(const char *digest_text, char out[static BLOB_NAME_LEN]);

/* A document of the box; its digest is compared, its size unless negative; NULL: neither. */
struct descriptor {
	char digest[DIGEST_TEXT_LEN];
	int64_t size;
};
int document_read(struct manifests *it, const char *name, const struct descriptor *wanted,
	struct document *ret, struct fault *why);

/* What it becomes; the same text when `json` means the same as it. */
int document_change(const char *text, const json_t *json, struct document *ret, struct fault *why);

/* Is it a list?  Go writes one that was never made as null. */
static inline bool json_is_list(const json_t *json)
{
	return json_is_array(json) || json_is_null(json);
}

/* One more item of the list that is that member, which is made where there is none; takes the item.
 * false: no memory, or it was NULL for the want of it. */
bool json_push(json_t *object, const char *key, json_t *item);

/*
 * manifest_config.c: the image of that config, new or known; its layers are not set yet.
 * *ret_image is NO_IMAGE when it is not of the platform that was asked for.
 */
int config_take(
	struct manifests *it, struct document *config, size_t *ret_image, struct fault *why);
int config_append(
	struct image *image, struct turn *turn, const struct addition *addition, struct fault *why);
int config_cut(struct image *image, struct turn *turn, struct fault *why);

/* The descriptor of the new layer; NULL: no memory. */
json_t *layer_descriptor(const struct turn *turn, bool is_docker);

void image_free(struct image *image);

/* The layers of an image, when they are not known yet; `name` in the box. */
int layer_set(struct manifests *it, size_t image, size_t i, const char *name, const char *digest,
	int64_t size, struct fault *why);

/* "linux/arm64/v8", printable; `variant` may be NULL.  NULL: no memory. */
char *platform_text(const char *os, const char *arch, const char *variant);

/* Is `platform` what was asked for?  Says why not, the first time. */
bool is_wanted(struct manifests *it, const char *platform);

/* Name it after its first tag, if it has no name yet; NULL: none. */
int image_name(struct image *image, const char *tag, struct fault *why);

/* Does an image that keeps it, or has it below another, need the last layer of this one? */
bool is_needed(const struct manifests *it, const struct image *image);

/* Put a blob or document in, unless it is there already; make known that it is not needed. */
int put_new(struct manifests *it, struct changes *ret, const char *name, const char *text,
	struct fault *why);
int put_layer(struct manifests *it, struct changes *ret, const char *name, const struct turn *turn,
	struct fault *why);

/* "app" as "app:latest"; the end of the name in it. */
char *full_tag(const char *tag);

/* The same as containerd writes it: "docker.io/library/app:latest". */
char *containerd_name(const char *tag);
size_t name_len(const char *tag);

/* manifest_oci.c, manifest_docker.c: read one view; what changes in it. */
/* The node of that digest, or NO_NODE. */
size_t find_node(const struct manifests *it, const char *digest);

int oci_read(struct manifests *it, struct fault *why);
int oci_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why);
int docker_read(struct manifests *it, struct fault *why);
int docker_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why);

#endif
