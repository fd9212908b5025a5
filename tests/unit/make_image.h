/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MAKE_IMAGE_H
#define TRUSTFIX_MAKE_IMAGE_H

/*
 * Image files made from tables.  In every text and name of a recipe these stand for what follows
 * from the rest: @0@ @1@ the hex digests of the two layers, @0S@ @1S@ their sizes, @C@ @CS@ of the
 * config, @M@ @MS@ of the manifest.  A member whose text is "@layer0", "@layer1", "@config" or
 * "@manifest" has those bytes.
 */

#include "stores/image/output.h"

#define IMAGE_MEMBERS_N 16

struct image_recipe {
	const char *config; /* NULL: a good one */
	const char *manifest; /* the same */
	struct {
		const char *name; /* "x -> y" is a symbolic link */
		const char *text;
	} members[IMAGE_MEMBERS_N];
};

/* A good config and a good manifest, both of two layers, and a descriptor of the latter. */
extern const char image_config[], image_manifest[];
#define IMAGE_DESCRIPTOR                                                 \
	"{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," \
	"\"digest\":\"sha256:@M@\",\"size\":@MS@,\"annotations\":"       \
	"{\"org.opencontainers.image.ref.name\":\"v1\",\"x\":\"kept\"}}"
#define IMAGE_LAYOUT                                                                            \
	{"oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}"}, {"blobs/sha256/@0@", "@layer0"}, \
		{"blobs/sha256/@1@", "@layer1"}, {"blobs/sha256/@C@", "@config"},               \
	{                                                                                       \
		"blobs/sha256/@M@", "@manifest"                                                 \
	}

/* The dialects. */
enum dialect {
	DIALECT_OCI,
	DIALECT_DOCKER_20,
	DIALECT_DOCKER_26,
	DIALECT_PODMAN,
	DIALECT_BAZEL,
	DIALECTS
};
extern const struct image_recipe dialects[DIALECTS];

/* The members; the caller's. */
struct changes image_members(const struct image_recipe *recipe);

/* They in a tar, an unnamed file; in a directory that exists; a failure ends the program. */
int image_tar(const struct changes *members);
void image_tar_file(const struct changes *members, const char *path);
void image_dir(const struct changes *members, const char *dir);

#endif
