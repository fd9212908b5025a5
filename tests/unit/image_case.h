/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_IMAGE_CASE_H
#define TRUSTFIX_IMAGE_CASE_H

/* The documents of an image file in a test: read, changed, read again.  A failure fails the test.
 */

#include "stores/image/manifest.h"
#include "tests/unit/make_image.h"

/* An open box of these members and its documents. */
struct opened {
	struct image_archive *image_archive;
	struct manifests *manifests;
};

void opened_drop(struct opened *opened);

int read_members(const struct changes *members, const struct manifests_options *options,
	struct opened *ret, struct fault *why);
int read_recipe(const struct image_recipe *recipe, const struct manifests_options *options,
	struct opened *ret, struct fault *why);

/* The members of the box after the changes, as a new box. */
void apply_changes(struct opened *opened, const char *tag, struct opened *ret);

/* A layer that is no tar, and how it comes on top of image i. */
extern const char case_layer_text[17];
struct new_layer case_layer(void);
#define CASE_CREATED_BY            \
	"trustfix install sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
void append_layer(struct opened *opened, size_t i, const struct new_layer *layer);

/* Parts of recipes. */
#define OTHER(extra)                                                     \
	"{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," \
	"\"digest\":\"sha256:@M@\",\"size\":@MS@" extra "}"
#define INDEX(list)                                                            \
	{                                                                      \
		"index.json", "{\"schemaVersion\":2,\"manifests\":[" list "]}" \
	}
#define MANIFEST_START                                                             \
	"{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\"," \
	"\"digest\":\"sha256:@C@\",\"size\":@CS@},\"layers\":"
#define LAYER(type, digest, size) \
	"{\"mediaType\":\"" type "\",\"digest\":\"" digest "\",\"size\":" size "}"
#define TAR "application/vnd.oci.image.layer.v1.tar"
#define GOOD_INDEX INDEX(IMAGE_DESCRIPTOR)
#define DOCKER(text)                                                         \
	{"@C@.json", "@config"}, {"a.tar", "@layer0"}, {"b.tar", "@layer1"}, \
	{                                                                    \
		"manifest.json", text                                        \
	}

#endif
