/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MANIFEST_PARTS_H
#define TRUSTFIX_MANIFEST_PARTS_H

/* Shared by the files manifest*.c only. */

#include "src/sys/json.h"
#include "stores/image/changes.h"
#include "stores/image/manifest.h"

#define BLOBS "blobs/sha256/"
#define BLOB_NAME_LEN 78 /* BLOBS, 64 digits and the NUL */

/* A file that a document refers to. */
struct blob {
	char name[LIMIT_PATH_LEN + 1]; /* in the archive */
	char digest[DIGEST_TEXT_LEN]; /* what it must have; "": not known */
	int64_t size; /* with a digest; -1: not known */
	const char *type; /* its media type, borrowed; or NULL */
	bool may_miss; /* it need not exist */
};

/* Parse "sha256:HEX"; false: not such a digest. */
bool digest_parse(const char *text, uint8_t ret[static DIGEST_SHA256_LEN]);
void digest_format(
	const uint8_t digest[static DIGEST_SHA256_LEN], char out[static DIGEST_TEXT_LEN]);
void blob_name(const char *digest, char out[static BLOB_NAME_LEN]);

/*
 * Read a document of the archive and check it.  Its numbers are read as json_parse() does.
 * FAULT_FORMAT: it is missing or damaged.  FAULT_LIMIT.
 */
int document_read(struct manifests *it, const struct blob *from, struct document *ret,
	json_t **ret_json, struct fault *why);

/* Make this the document's new content, unless it means the same, and put that into the file `name`
 * unless `ret` is NULL.  FAULT_FORMAT: it has numbers that cannot be kept. */
int document_change(struct document *document, const json_t *json, const char *name,
	struct changes *ret, struct fault *why);

void document_free(struct document *document);
CLEANUP_VALUE(document, document_free)
#define auto_document CLEANUP(document) struct document

/* Is it a list?  Go writes a nil slice as null. */
static inline bool json_is_list(const json_t *json)
{
	return json_is_array(json) || json_is_null(json);
}

/* Refuse --tag: there is no image, or more than one. */
int refuse_tag(const struct manifests *it, struct fault *why);

/* Append the item to the list that is that member, which is made if there is none; takes the item.
 * false: out of memory, now or when the item was made. */
bool json_push(json_t *object, const char *key, json_t *item);

/* Record that this name means this image (its digest), in an object of such names.  FAULT_REFUSED:
 * it means another one already, and programs differ in which one they use. */
int claim_name(json_t *names, const char *name, const char *digest, struct fault *why);

/* An image as one of the views lists it. */
struct listed {
	const json_t *config, *layers;
	const char *tag; /* NULL: none */
	int (*find)(const json_t *reference, struct blob *ret, struct fault *why);
};

void image_free(struct image *image);

/*
 * Read the image's config and find its layers, unless another view or manifest has listed the same
 * image.  *ret is NULL if it is not for the requested platform.
 */
int image_read(
	struct manifests *it, const struct listed *listed, struct image **ret, struct fault *why);

/* "linux/arm64/v8", printable, allocated; `variant` may be NULL. */
int platform_text(
	const char *os, const char *arch, const char *variant, char **ret, struct fault *why);

/* Does `platform` match --platform?  If not, records the reason the first time. */
bool is_wanted(struct manifests *it, const char *platform);

/* Does any other image need the last layer of this one, because it is not cut or has it lower? */
bool is_needed(const struct manifests *it, const struct image *image);

/* The descriptor of the image's new layer; NULL: out of memory. */
json_t *layer_descriptor(const struct image *image, bool is_docker);

/* Put a file into the archive unless it has that file already. */
int put_new(struct manifests *it, struct changes *ret, const char *name, const void *bytes,
	size_t len, struct fault *why);

/*
 * The full name that containerd gives an image: "docker.io/library/app:latest" for "app",
 * allocated; the first *ret_added bytes are not part of `tag`.  NULL: out of memory.
 */
char *full_name(const char *tag, size_t *ret_added);

/* The length of such a name without its ":TAG". */
size_t name_len(const char *name);

/* manifest_oci.c, manifest_docker.c: one view */
int oci_read(struct manifests *it, struct fault *why);
int oci_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why);
int docker_read(struct manifests *it, struct fault *why);
int docker_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why);

#endif
