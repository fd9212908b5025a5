/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MANIFEST_PARTS_H
#define TRUSTFIX_MANIFEST_PARTS_H

/* Shared by the files manifest*.c only. */

#include "src/sys/json.h"
#include "stores/image/manifest.h"

#define BLOBS "blobs/sha256/"
#define BLOB_NAME_LEN 78 /* BLOBS, 64 digits and the NUL */

/* annotations */
#define REF_NAME "org.opencontainers.image.ref.name" /* [image-spec, annotations.md] */
#define CONTAINERD_NAME "io.containerd.image.name"
#define REFERENCE_TYPE "vnd.docker.reference.type" /* [buildkit, attestation-storage.md] */
#define REFERENCE_DIGEST "vnd.docker.reference.digest"
#define COSIGN_KIND "kind" /* [cosign save] */

#define NO_IMAGE SIZE_MAX
#define NO_NODE SIZE_MAX

/* An element of an index's list of manifests. */
struct edge {
	char digest[DIGEST_TEXT_LEN];
	size_t node; /* NO_NODE: not an image, not in this archive, or not selected */
	const char *tag; /* of an element of index.json; borrowed from manifests.index */
	enum {
		EDGE_NAMES = 0,
		EDGE_ATTESTS,
		EDGE_SIGNS
	} kind; /* EDGE_SIGNS: a signature or another artifact */
	char about[DIGEST_TEXT_LEN]; /* the document it is about; "": any or none */
};

/* An index, or the manifest of one image. */
struct node {
	char *text;
	char digest[DIGEST_TEXT_LEN];
	char *now; /* the new text; NULL: unchanged */
	char now_digest[DIGEST_TEXT_LEN];
	bool is_index;
	bool is_docker; /* its media types are Docker's */
	bool done; /* `now` has been decided */
	size_t image; /* a manifest's image, or NO_IMAGE */
	unsigned depth;
	const char *tag; /* of the edge of index.json that leads here */
	struct edge *edges; /* an index has one for each element of "manifests" */
	size_t edges_n;
};

struct manifests {
	struct image_archive *image_archive;
	struct manifests_options options;
	struct image *images;
	size_t images_n;
	struct node *nodes; /* index.json is the first, if there is one */
	size_t nodes_n;
	json_t *index; /* index.json; in all these, numbers are read as reals */
	char *docker_text; /* manifest.json */
	json_t *docker;
	size_t *docker_images; /* the image of each of its elements, or NO_IMAGE */
	char *repositories_text;
	json_t *repositories;
	size_t json_len; /* of all documents read so far */
	struct names notes;
	struct fault skipped; /* why the first skipped image was skipped */
};

/* Parse "sha256:HEX"; false: not such a digest. */
bool digest_parse(const char *text, uint8_t ret[static DIGEST_SHA256_LEN]);
void digest_format(
	const uint8_t digest[static DIGEST_SHA256_LEN], char out[static DIGEST_TEXT_LEN]);
void blob_name(const char *digest_text, char out[static BLOB_NAME_LEN]);

struct descriptor {
	char digest[DIGEST_TEXT_LEN];
	int64_t size; /* negative: not known */
};

struct document {
	char *text;
	json_t *json; /* numbers are read as reals */
	char digest[DIGEST_TEXT_LEN];
};

static inline void document_free(struct document *document)
{
	free(document->text);
	json_decref(document->json);
}
CLEANUP_VALUE(document, document_free)
#define auto_document CLEANUP(document) struct document

/*
 * Read a document of the archive and check it against `wanted`, unless that is NULL.  FAULT_FORMAT:
 * it is missing or damaged.  FAULT_LIMIT.
 */
int document_read(struct manifests *it, const char *name, const struct descriptor *wanted,
	struct document *ret, struct fault *why);

/* The document's new text, or the same text if `json` has the same meaning. */
int document_change(const char *text, const json_t *json, char **ret,
	char ret_digest[static DIGEST_TEXT_LEN], struct fault *why);

/* Is it a list?  Go writes a nil slice as null. */
static inline bool json_is_list(const json_t *json)
{
	return json_is_array(json) || json_is_null(json);
}

/* One more item of the list that is that member, which is made where there is none; takes the item.
 * false: no memory, or it was NULL for the want of it. */
bool json_push(json_t *object, const char *key, json_t *item);

/* manifest_config.c */
/*
 * Find or add the image with the config `name`; its layers are not set yet.  *ret_image is NO_IMAGE
 * if the image is not for the requested platform.
 */
int image_add(struct manifests *it, const char *name, const struct descriptor *wanted,
	size_t *ret_image, struct fault *why);
void image_free(struct image *image);

/* Set layer i of an image if it is not known yet.  `name` is its name in the archive; `wanted` may
 * be NULL: unknown. */
int layer_set(struct manifests *it, size_t image, size_t i, const char *name,
	const struct descriptor *wanted, struct fault *why);

/* Label the image with its first tag (NULL: none) unless it has a label already. */
int image_name(struct image *image, const char *tag, struct fault *why);

/* "linux/arm64/v8", printable; `variant` may be NULL.  NULL: out of memory. */
char *platform_text(const char *os, const char *arch, const char *variant);

/* Does `platform` match --platform?  If not, records the reason the first time. */
bool is_wanted(struct manifests *it, const char *platform);

/* Does any other image need the last layer of this one, because it is not cut or has it lower? */
bool is_needed(const struct manifests *it, const struct image *image);

/* manifest_change.c */
/* The descriptor of the new layer; NULL: out of memory. */
json_t *layer_descriptor(const struct turn *turn, bool is_docker);

/* Add a document, or a new layer if `text` is NULL, unless the archive already has it. */
int put_new(struct manifests *it, struct changes *ret, const char *name, const char *text,
	const struct turn *turn, struct fault *why);

/* The length of the name in a tag; "app" as "app:latest"; and as "docker.io/library/app:latest". */
size_t name_len(const char *tag);
char *full_tag(const char *tag);
char *containerd_name(const char *tag);

int oci_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why);

/* manifest_oci.c, manifest_docker.c: read one view */
int oci_read(struct manifests *it, struct fault *why);
int docker_read(struct manifests *it, struct fault *why);
int docker_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why);

/* The node of that digest, or NO_NODE. */
size_t find_node(const struct manifests *it, const char *digest);

#endif
