/* SPDX-License-Identifier: Apache-2.0 */
/* Read and change an OCI image layout: index.json, the indexes and the manifests below it. */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

/* annotations */
#define REF_NAME "org.opencontainers.image.ref.name" /* [image-spec, annotations.md] */
#define CONTAINERD_NAME "io.containerd.image.name"
#define REFERENCE_TYPE "vnd.docker.reference.type" /* [buildkit, attestation-storage.md] */
#define REFERENCE_DIGEST "vnd.docker.reference.digest"
#define COSIGN_KIND "kind" /* [cosign save] */

/* families of media types */
#define SCHEMA1 "application/vnd.docker.distribution.manifest.v1+"
#define OCI_LAYER "application/vnd.oci.image.layer."
#define DOCKER_LAYER "application/vnd.docker.image.rootfs."

static bool starts(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *text, const char *const *list)
{
	while (*list && !(text && strcmp(*list, text) == 0))
		list++;
	return *list != NULL;
}

static const char *annotation(const json_t *descriptor, const char *key)
{
	return json_member_text(json_object_get(descriptor, "annotations"), key);
}

/* ---- descriptors ---------------------------------------------------------------------------- */

/* A descriptor in an index. */
struct edge {
	enum {
		EDGE_NAMES = 0,
		EDGE_ATTESTS,
		EDGE_SIGNS
	} kind; /* EDGE_SIGNS: a signature or another artifact */
	const char *digest;
	const char *name; /* of the image, in index.json: containerd's full name, or the tag */
	bool is_asked_for;
	struct node *node; /* NULL: not asked for, or not read (yet) */
	char about[DIGEST_TEXT_LEN]; /* the document it is about; "": any or none */
};

static struct node *find_node(struct manifests *it, const char *digest)
{
	for (size_t i = 0; i < it->nodes_n; i++)
		if (strcmp(it->nodes[i].document.digest, digest) == 0)
			return &it->nodes[i];
	return NULL;
}

static struct edge edge_of(struct manifests *it, const json_t *descriptor, bool is_root)
{
	const char *tag = annotation(descriptor, REF_NAME);
	const char *full = annotation(descriptor, CONTAINERD_NAME);
	const char *type = annotation(descriptor, REFERENCE_TYPE);
	const char *about = annotation(descriptor, REFERENCE_DIGEST);
	const char *kind = annotation(descriptor, COSIGN_KIND);
	const char *asked = is_root ? it->options.tag : NULL;
	struct edge edge = {.digest = json_member_text(descriptor, "digest")};
	size_t added;
	auto_free char *asked_full = asked ? full_name(asked, &added) : NULL;

	if (is_root)
		edge.name = full ? full : tag;
	edge.is_asked_for = !asked || (tag && strcmp(tag, asked) == 0) ||
			    (full && asked_full && strcmp(full, asked_full) == 0);
	if (edge.is_asked_for)
		edge.node = find_node(it, edge.digest);
	if (starts(kind, "dev.cosignproject.cosign/") && !strstr(kind, "/image"))
		edge.kind = EDGE_SIGNS;
	/* cosign names the artifacts that it stores with an image "sha256-HEX.sig". */
	if (starts(tag, "sha256-") && strspn(tag + 7, "0123456789abcdef") == 64 && tag[71] == '.') {
		edge.kind = EDGE_SIGNS;
		snprintf(edge.about, sizeof(edge.about), "sha256:%.64s", tag + 7);
	}
	if (edge.node && *edge.node->about) {
		edge.kind = EDGE_SIGNS;
		memcpy(edge.about, edge.node->about, sizeof(edge.about));
	}
	if (type && strcmp(type, "attestation-manifest") == 0) {
		edge.kind = about ? EDGE_ATTESTS : EDGE_SIGNS;
		snprintf(edge.about, sizeof(edge.about), "%s", about ? about : "");
	}
	return edge;
}

static int find_blob(const json_t *descriptor, struct blob *ret, struct fault *why)
{
	const char *digest = json_member_text(descriptor, "digest");
	const json_t *size = json_object_get(descriptor, "size");
	double value = json_number_value(size);
	uint8_t bytes[DIGEST_SHA256_LEN];

	if (!digest || !digest_parse(digest, bytes))
		return fault_set(why, FAULT_FORMAT, "a descriptor has no valid SHA-256 digest");
	if (!json_is_number(size) || value < 0 || value > 9e15)
		return fault_set(
			why, FAULT_FORMAT, "the size of '%s' is not a number of bytes", digest);
	*ret = (struct blob){
		.size = (int64_t)value, .type = json_member_text(descriptor, "mediaType")};
	memcpy(ret->digest, digest, DIGEST_TEXT_LEN);
	blob_name(digest, ret->name);
	return 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Skip an image; the reason is reported if no image is left. */
static int skip(struct manifests *it, const char *what, const char *type)
{
	auto_free char *shown = text_printable(type, strlen(type), LIMIT_NAME_SHOWN);

	fault_set(&it->skipped, FAULT_REFUSED, "it holds %s '%s', not an image", what,
		shown ? shown : "");
	return 0;
}

/* Is it the manifest of an image?  If not, skip it. */
static int check_manifest(
	struct manifests *it, const json_t *json, bool *ret_is_image, struct fault *why)
{
	static const char *const configs[] = {"application/vnd.oci.image.config.v1+json",
		"application/vnd.docker.container.image.v1+json", NULL};
	const json_t *config = json_object_get(json, "config");
	const json_t *layers = json_object_get(json, "layers");
	const char *type = json_member_text(json, "artifactType");
	bool is_image = !type || !*type;

	if (!json_is_list(layers) || !json_is_object(config))
		return fault_set(why, FAULT_FORMAT, "a manifest lacks its config or its layers");
	if (is_image) {
		type = json_member_text(config, "mediaType");
		is_image = is_one_of(type, configs);
	}
	for (size_t i = 0; is_image && i < json_array_size(layers); i++) {
		type = json_member_text(json_array_get(layers, i), "mediaType");
		is_image = (starts(type, OCI_LAYER "v1.tar") ||
				   starts(type, DOCKER_LAYER "diff.tar")) &&
			   !strstr(type, "encrypted");
	}
	*ret_is_image = is_image;
	if (is_image)
		return 0;
	if (starts(type, OCI_LAYER) || starts(type, DOCKER_LAYER))
		return fault_set(why, FAULT_REFUSED,
			"the image has a layer that is foreign (not in the file) or encrypted");
	return skip(it, "an artifact", type ? type : "");
}

static int read_element(struct manifests *it, const struct node *parent, const json_t *descriptor,
	struct fault *why);

/* Read the document and all below it, then add its node. */
static int read_node(
	struct manifests *it, const struct blob *from, struct node node, struct fault *why)
{
	auto_document document = {.text = NULL};
	auto_json json = NULL;
	auto_json names = json_object();
	const json_t *list;
	const char *type, *subject;

	if (document_read(it, from, &document, &json, why) < 0)
		return -1;
	list = json_object_get(json, "manifests");
	type = json_member_text(json, "mediaType");
	subject = json_member_text(json_object_get(json, "subject"), "digest");
	/* CVE-2021-41190: readers would disagree on whether it is an index or a manifest. */
	if (list && json_object_get(json, "layers"))
		return fault_set(why, FAULT_FORMAT, "a document is both an index and a manifest");
	if (starts(from->type, SCHEMA1) || starts(type, SCHEMA1) ||
		json_is_array(json_object_get(json, "fsLayers")))
		return fault_set(why, FAULT_REFUSED, "schema 1 manifests are not supported");
	if (from->type && type && strcmp(from->type, type) != 0)
		return fault_set(
			why, FAULT_FORMAT, "a manifest's mediaType is not that of its descriptor");
	node.is_wanted = json_is_list(list);
	if (!node.depth && !node.is_wanted)
		return fault_set(why, FAULT_FORMAT, "index.json has no list of manifests");
	if (json_array_size(list) > LIMIT_IMAGES_N)
		return fault_set(
			why, FAULT_LIMIT, "an index lists more than %u manifests", LIMIT_IMAGES_N);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *descriptor = json_array_get(list, i);
		struct edge edge;

		if (read_element(it, &node, descriptor, why) < 0)
			return -1;
		edge = edge_of(it, descriptor, !node.depth);
		if (edge.name && edge.is_asked_for &&
			claim_name(names, edge.name, edge.digest, why) < 0)
			return -1;
	}
	if (!json_is_list(list)) {
		const struct listed listed = {json_object_get(json, "config"),
			json_object_get(json, "layers"), node.tag, find_blob};

		if (check_manifest(it, json, &node.is_wanted, why) < 0 ||
			(node.is_wanted && image_read(it, &listed, &node.image, why) < 0))
			return -1;
		if (!node.is_wanted && subject)
			snprintf(node.about, sizeof(node.about), "%s", subject);
		node.is_wanted = node.image != NULL;
	}
	if (it->nodes_n >= LIMIT_IMAGES_N + !node.depth)
		return fault_set(why, FAULT_LIMIT, "more than %u manifests", LIMIT_IMAGES_N);
	node.document = document;
	document = (struct document){.text = NULL};
	it->nodes[it->nodes_n++] = node;
	return 0;
}

/* Read what an element of an index describes, if it is an image that is asked for. */
static int read_element(struct manifests *it, const struct node *parent, const json_t *descriptor,
	struct fault *why)
{
	static const char *const known[] = {"application/vnd.oci.image.index.v1+json",
		"application/vnd.oci.image.manifest.v1+json",
		"application/vnd.docker.distribution.manifest.list.v2+json",
		"application/vnd.docker.distribution.manifest.v2+json", NULL};
	const json_t *platform = json_object_get(descriptor, "platform");
	const char *os = json_member_text(platform, "os");
	const char *arch = json_member_text(platform, "architecture");
	struct node node = {.depth = parent->depth + 1, .tag = parent->tag};
	auto_free char *shown = NULL;
	struct piece piece;
	struct blob from;
	struct edge edge;
	bool found = false;

	if (find_blob(descriptor, &from, why) < 0)
		return -1;
	edge = edge_of(it, descriptor, !parent->depth);
	if (edge.kind != EDGE_NAMES || !edge.is_asked_for || edge.node)
		return 0;
	if (from.type && !is_one_of(from.type, known) && !starts(from.type, SCHEMA1))
		return skip(it, "a", from.type);
	if (os && arch) {
		if (platform_text(os, arch, json_member_text(platform, "variant"), &shown, why) < 0)
			return -1;
		if (!is_wanted(it, shown))
			return 0;
	}
	if (image_archive_find(it->archive, from.name, &piece, &found, why) < 0)
		return -1;
	if (!found) {
		fault_set(&it->skipped, FAULT_FORMAT, "it has no '%s'", from.name);
		return names_addf(&it->notes, why,
			"'%s' lists the image %s for %s but does not contain it: that entry was "
			"left unchanged",
			it->archive->label, from.digest, shown ? shown : "an unknown platform");
	}
	if (node.depth > LIMIT_INDEX_DEPTH)
		return fault_set(
			why, FAULT_LIMIT, "indexes nested deeper than %u", LIMIT_INDEX_DEPTH);
	if (edge.name)
		node.tag = edge.name;
	return read_node(it, &from, node, why) < 0 ? fault_wrap(why, "%s", from.name) : 0;
}

int oci_read(struct manifests *it, struct fault *why)
{
	auto_document layout = {.text = NULL};
	auto_json json = NULL;
	const char *version;

	if (document_read(it, &(struct blob){.name = "oci-layout"}, &layout, &json, why) < 0)
		return -1;
	version = json_member_text(json, "imageLayoutVersion");
	if (!version || strcmp(version, "1.0.0") != 0)
		return fault_set(why, FAULT_REFUSED,
			"it is an OCI image layout of a version other than 1.0.0");
	return read_node(it, &(struct blob){.name = "index.json"}, (struct node){.depth = 0}, why);
}

/* ---- changes -------------------------------------------------------------------------------- */

/* Make the descriptor describe the document's new text. */
static int describe(json_t *descriptor, const struct document *document, struct fault *why)
{
	size_t len = strlen(document->now);
	auto_free char *base64 = digest_base64((const uint8_t *)document->now, len);

	if (!base64 ||
		json_object_set_new(descriptor, "digest", json_string(document->now_digest)) < 0 ||
		json_object_set_new(descriptor, "size", json_integer((json_int_t)len)) < 0 ||
		(json_is_string(json_object_get(descriptor, "data")) &&
			json_object_set_new(descriptor, "data", json_string(base64)) < 0))
		return fault_nomem(why);
	return 0;
}

static int change_manifest(struct node *node, struct fault *why)
{
	const struct image *image = node->image;
	auto_json json = NULL;
	json_t *config, *layers;

	if (json_parse(node->document.text, "manifest", &json, why) < 0)
		return -1;
	config = json_object_get(json, "config");
	layers = json_object_get(json, "layers");
	if (describe(config, &image->config, why) < 0)
		return -1;
	if (image->turn == TURN_CUT)
		json_array_remove(layers, json_array_size(layers) - 1);
	else if (!json_push(json, "layers",
			 layer_descriptor(image,
				 strcasestr(json_member_text(config, "mediaType"), "docker"))))
		return fault_nomem(why);
	return document_change(&node->document, json, "manifest", NULL, why);
}

/* Replace all names of the only image with this one. */
static int rename_image(struct manifests *it, json_t *list, const char *tag, struct fault *why)
{
	size_t added, others = 0;
	auto_free char *full = full_name(tag, &added);
	json_t *annotations, *chosen = NULL;
	const struct node *node = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *descriptor = json_array_get(list, i);
		struct edge edge = edge_of(it, descriptor, true);

		if (!edge.node || !edge.node->is_wanted) {
			if (edge.name && strcmp(edge.name, tag) == 0)
				return fault_set(why, FAULT_REFUSED,
					"another image in '%s' is already named '%s'",
					it->archive->label, tag);
		} else if (!node) {
			node = edge.node;
			chosen = descriptor;
		} else if (node == edge.node) {
			json_array_remove(list, i--);
		} else {
			others++;
		}
	}
	if (!node || others)
		return refuse_tag(it, why);
	if (!json_is_object(json_object_get(chosen, "annotations")))
		json_object_set_new(chosen, "annotations", json_object());
	annotations = json_object_get(chosen, "annotations");
	/* With containerd's full name present, the ref name is only the tag. */
	if (full && json_object_get(annotations, CONTAINERD_NAME)) {
		tag = full + name_len(full) + 1;
		json_object_set_new(annotations, CONTAINERD_NAME, json_string(full));
	}
	return full && json_object_set_new(annotations, REF_NAME, json_string(tag)) == 0
		       ? 0
		       : fault_nomem(why);
}

/* The changed document that the edge names or is about; NULL: none. */
static const struct node *changed_node(const struct manifests *it, const struct edge *edge)
{
	if (edge->kind == EDGE_NAMES)
		return edge->node && edge->node->document.now ? edge->node : NULL;
	for (const struct node *node = it->nodes; node < it->nodes + it->nodes_n; node++)
		if (node->document.now &&
			(!*edge->about || strcmp(edge->about, node->document.digest) == 0))
			return node;
	return NULL;
}

/* Change what an index lists, attests or signs, and its names if it is index.json. */
static int change_index(struct manifests *it, struct node *index, const char *tag,
	struct changes *ret, struct fault *why)
{
	bool changes = tag != NULL;
	auto_json json = NULL;
	json_t *list;

	if (json_parse(index->document.text, "index", &json, why) < 0)
		return -1;
	list = json_object_get(json, "manifests");
	/* Docker 25.0 wrote an empty index next to its own list of images. */
	if (tag && json_array_size(list) && rename_image(it, list, tag, why) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *descriptor = json_array_get(list, i);
		struct edge edge = edge_of(it, descriptor, !index->depth);
		const struct node *node = changed_node(it, &edge);

		if (!node)
			continue;
		changes = changes || edge.kind != EDGE_SIGNS;
		if (edge.kind == EDGE_NAMES && describe(descriptor, &node->document, why) < 0)
			return -1;
		if (edge.kind == EDGE_ATTESTS &&
			json_object_set_new(json_object_get(descriptor, "annotations"),
				REFERENCE_DIGEST, json_string(node->document.now_digest)) < 0)
			return fault_nomem(why);
		if (edge.kind != EDGE_NAMES &&
			names_addf(&it->notes, why,
				"%s of %s no longer matches it: the image was changed",
				edge.kind == EDGE_ATTESTS ? "an attestation"
							  : "a signature or another artifact",
				node->image ? node->image->label : node->document.digest) < 0)
			return -1;
	}
	return changes ? document_change(&index->document, json, "index.json",
				 index->depth ? NULL : ret, why)
		       : 0;
}

/* Put the new document, and for a manifest its config and layer; drop what is no longer needed. */
static int put_node(
	struct manifests *it, const struct node *node, struct changes *ret, struct fault *why)
{
	const struct image *image = node->image;
	const struct document *documents[] = {&node->document, image ? &image->config : NULL};
	char name[BLOB_NAME_LEN], digest[DIGEST_TEXT_LEN];

	for (size_t i = 0; i < 2 && documents[i]; i++) {
		blob_name(documents[i]->now_digest, name);
		if (put_new(it, ret, name, documents[i]->now, strlen(documents[i]->now), why) < 0)
			return -1;
		blob_name(documents[i]->digest, name);
		if (it->drops && changes_drop(ret, name, why) < 0)
			return -1;
	}
	if (!image || image->turn == TURN_CUT)
		return !image || is_needed(it, image)
			       ? 0
			       : changes_drop(ret, image->layers[image->layers_n - 1].label, why);
	digest_format(image->layer.digest, digest);
	blob_name(digest, name);
	return put_new(it, ret, name, image->layer.bytes, (size_t)image->layer.size, why);
}

int oci_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	for (struct node *node = it->nodes; node < it->nodes + it->nodes_n; node++) {
		if (node->image ? node->image->turn && change_manifest(node, why) < 0
				: change_index(it, node, node->depth ? NULL : tag, ret, why) < 0)
			return -1;
		if (node->depth && node->document.now && put_node(it, node, ret, why) < 0)
			return -1;
	}
	return 0;
}
