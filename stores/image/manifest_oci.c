/* SPDX-License-Identifier: Apache-2.0 */
/* Read an OCI image layout: index.json, the indexes below it and the manifests of images. */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

static bool starts(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *text, const char *const *list)
{
	while (*list && strcmp(*list, text) != 0)
		list++;
	return *list != NULL;
}

static const char *annotation(const json_t *descriptor, const char *key)
{
	return json_member_text(json_object_get(descriptor, "annotations"), key);
}

/* Skip an image; the reason is reported if no image is left. */
static int skip(struct manifests *it, const char *what, const char *media_type)
{
	const char *type = media_type ? media_type : "";
	auto_free char *shown = text_printable(type, strlen(type), LIMIT_NAME_SHOWN);

	fault_set(&it->skipped, FAULT_REFUSED, "'%s' holds %s '%s', not an image",
		it->image_archive->label, what, shown ? shown : "");
	return 0;
}

static int refuse_schema1(const char *media_type, struct fault *why)
{
	return starts(media_type, "application/vnd.docker.distribution.manifest.v1+")
		       ? fault_set(why, FAULT_REFUSED,
				 "an image manifest of schema 1 is not supported")
		       : 0;
}

static int read_descriptor(const json_t *json, struct descriptor *ret, struct fault *why)
{
	const char *digest = json_member_text(json, "digest");
	const json_t *size = json_object_get(json, "size");
	double value = json_number_value(size);
	uint8_t bytes[DIGEST_SHA256_LEN];

	if (!digest)
		return fault_set(why, FAULT_FORMAT, "a descriptor has no digest");
	if (starts(digest, "sha512:"))
		return fault_set(
			why, FAULT_REFUSED, "digests of the kind sha512 are not supported");
	if (!digest_parse(digest, bytes))
		return fault_set(why, FAULT_FORMAT, "a descriptor's digest is no SHA-256");
	if (!json_is_number(size) || value < 0 || value > 9e15)
		return fault_set(
			why, FAULT_FORMAT, "the size of '%s' is not a number of bytes", digest);
	memcpy(ret->digest, digest, DIGEST_TEXT_LEN);
	ret->size = (int64_t)value;
	return 0;
}

/* ---- documents ------------------------------------------------------------------------------ */

size_t find_node(const struct manifests *it, const char *digest)
{
	for (size_t i = 0; i < it->nodes_n; i++)
		if (strcmp(it->nodes[i].digest, digest) == 0)
			return i;
	return NO_NODE;
}

/* Takes the document's text. */
static int add_node(struct manifests *it, struct document *document, const struct node *like,
	size_t *ret, struct fault *why)
{
	struct node *grown;

	if (it->nodes_n > LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "'%s' has more than %u manifests",
			it->image_archive->label, LIMIT_IMAGES_N);
	grown = realloc(it->nodes, (it->nodes_n + 1) * sizeof(*grown));
	if (!grown)
		return fault_nomem(why);
	it->nodes = grown;
	*ret = it->nodes_n++;
	grown[*ret] = *like;
	memcpy(grown[*ret].digest, document->digest, DIGEST_TEXT_LEN);
	grown[*ret].text = steal(&document->text);
	grown[*ret].image = NO_IMAGE;
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
	const char *type = json_member_text(config, "mediaType");
	const char *artifact = json_member_text(json, "artifactType");

	*ret_is_image = false;
	if (json_is_array(json_object_get(json, "fsLayers")))
		return fault_set(
			why, FAULT_REFUSED, "an image manifest of schema 1 is not supported");
	if (!json_is_list(layers) || !json_is_object(config))
		return fault_set(why, FAULT_FORMAT, "a manifest lacks its config or its layers");
	if (artifact && *artifact)
		return skip(it, "an artifact", artifact);
	if (!type || !is_one_of(type, configs))
		return skip(it, "an artifact", type);
	for (size_t i = 0; i < json_array_size(layers); i++) {
		type = json_member_text(json_array_get(layers, i), "mediaType");
		if (type && (strstr(type, "foreign") || strstr(type, "nondistributable")))
			return fault_set(why, FAULT_REFUSED,
				"the image has a foreign layer, which is not in the file; it is "
				"left alone");
		if (type && strstr(type, "encrypted"))
			return fault_set(why, FAULT_REFUSED, "the image has an encrypted layer");
		if (!starts(type, "application/vnd.oci.image.layer.v1.tar") &&
			!starts(type, "application/vnd.docker.image.rootfs.diff.tar"))
			return skip(it, "an artifact", type);
	}
	*ret_is_image = true;
	return 0;
}

static int read_manifest(struct manifests *it, size_t n, const json_t *json, struct fault *why)
{
	const json_t *layers = json_object_get(json, "layers");
	char name[BLOB_NAME_LEN];
	struct descriptor wanted;
	size_t image = NO_IMAGE;

	if (read_descriptor(json_object_get(json, "config"), &wanted, why) < 0)
		return -1;
	blob_name(wanted.digest, name);
	if (image_add(it, name, &wanted, &image, why) < 0)
		return -1;
	it->nodes[n].image = image;
	if (image == NO_IMAGE)
		return 0;
	if (image_name(&it->images[image], it->nodes[n].tag, why) < 0)
		return -1;
	if (json_array_size(layers) != it->images[image].layers_n)
		return fault_set(why, FAULT_FORMAT,
			"the manifest has %zu layers, its config %zu diff_ids",
			json_array_size(layers), it->images[image].layers_n);
	for (size_t i = 0; i < json_array_size(layers); i++) {
		if (read_descriptor(json_array_get(layers, i), &wanted, why) < 0)
			return -1;
		blob_name(wanted.digest, name);
		if (layer_set(it, image, i, name, &wanted, why) < 0)
			return -1;
	}
	return 0;
}

/* Read the document that the descriptor names; `like` says where it was found. */
static int read_document(struct manifests *it, const json_t *descriptor,
	const struct descriptor *wanted, struct edge *edge, struct node *like, struct fault *why)
{
	const char *media_type = json_member_text(descriptor, "mediaType");
	const char *own_type, *subject;
	auto_document document = {.text = NULL};
	bool is_image = true;
	char name[BLOB_NAME_LEN];
	const json_t *json;

	blob_name(wanted->digest, name);
	if (document_read(it, name, wanted, &document, why) < 0)
		return fault_wrap(why, "%s", name);
	json = document.json;
	own_type = json_member_text(json, "mediaType");
	subject = json_member_text(json_object_get(json, "subject"), "digest");
	if (!json_is_object(json))
		return fault_set(why, FAULT_FORMAT, "%s: a manifest is not a JSON object", name);
	/* CVE-2021-41190: readers would disagree on whether it is an index or a manifest. */
	if (json_object_get(json, "manifests") && json_object_get(json, "layers"))
		return fault_set(
			why, FAULT_FORMAT, "%s: a document is both an index and a manifest", name);
	if (refuse_schema1(own_type, why) < 0)
		return fault_wrap(why, "%s", name);
	if (own_type && media_type && strcmp(own_type, media_type) != 0)
		return fault_set(why, FAULT_FORMAT,
			"%s: a manifest's mediaType is not that of its descriptor", name);
	like->is_index = json_is_list(json_object_get(json, "manifests"));
	like->is_docker = text_contains(media_type ? media_type : "", "vnd.docker") ||
			  text_contains(own_type ? own_type : "", "vnd.docker");
	if (!like->is_index && check_manifest(it, json, &is_image, why) < 0)
		return fault_wrap(why, "%s", name);
	if (!is_image && subject) {
		edge->kind = EDGE_SIGNS;
		snprintf(edge->about, sizeof(edge->about), "%s", subject);
	}
	if (!is_image)
		return 0;
	if (add_node(it, &document, like, &edge->node, why) < 0)
		return -1;
	if (!like->is_index && read_manifest(it, edge->node, json, why) < 0)
		return fault_wrap(why, "%s", name);
	return 0;
}

/* ---- indexes -------------------------------------------------------------------------------- */

/* Find the document that an attestation or a signature is about. */
static void read_relation(const json_t *descriptor, struct edge *edge)
{
	const char *type = annotation(descriptor, REFERENCE_TYPE);
	const char *refers = annotation(descriptor, REFERENCE_DIGEST);
	const char *kind = annotation(descriptor, COSIGN_KIND);
	const char *tag = annotation(descriptor, REF_NAME);
	uint8_t bytes[DIGEST_SHA256_LEN];

	if (type && strcmp(type, "attestation-manifest") == 0) {
		edge->kind = EDGE_ATTESTS;
		snprintf(edge->about, sizeof(edge->about), "%s", refers ? refers : "");
		return;
	}
	/* cosign names the artifacts that it stores with an image "sha256-HEX.sig". */
	if (starts(tag, "sha256-") && strlen(tag) > 7 + 64 && tag[7 + 64] == '.') {
		snprintf(edge->about, sizeof(edge->about), "sha256:%.64s", tag + 7);
		if (digest_parse(edge->about, bytes)) {
			edge->kind = EDGE_SIGNS;
			return;
		}
		edge->about[0] = 0;
	}
	if (starts(kind, "dev.cosignproject.cosign/") && !strstr(kind, "/image"))
		edge->kind = EDGE_SIGNS;
}

static bool is_asked_for(const struct manifests *it, const json_t *descriptor)
{
	const char *ref_name = annotation(descriptor, REF_NAME);
	const char *whole = annotation(descriptor, CONTAINERD_NAME);
	const char *asked = it->options.tag;
	auto_free char *asked_whole = asked ? containerd_name(asked) : NULL;

	return !asked || (ref_name && strcmp(ref_name, asked) == 0) ||
	       (whole && asked_whole && strcmp(whole, asked_whole) == 0);
}

static int read_edge(
	struct manifests *it, size_t n, size_t i, const json_t *descriptor, struct fault *why)
{
	static const char *const known[] = {"application/vnd.oci.image.index.v1+json",
		"application/vnd.oci.image.manifest.v1+json",
		"application/vnd.docker.distribution.manifest.list.v2+json",
		"application/vnd.docker.distribution.manifest.v2+json", NULL};
	struct edge *edge = &it->nodes[n].edges[i];
	struct node like = {.depth = it->nodes[n].depth + 1, .tag = it->nodes[n].tag};
	const json_t *platform = json_object_get(descriptor, "platform");
	const char *media_type = json_member_text(descriptor, "mediaType");
	const char *os = json_member_text(platform, "os");
	const char *arch = json_member_text(platform, "architecture");
	auto_free char *shown = NULL;
	struct descriptor wanted;
	char name[BLOB_NAME_LEN];
	struct piece piece;
	bool found = false;

	edge->node = NO_NODE;
	if (read_descriptor(descriptor, &wanted, why) < 0)
		return -1;
	memcpy(edge->digest, wanted.digest, DIGEST_TEXT_LEN);
	read_relation(descriptor, edge);
	/* The name that identifies an image: containerd's full name, or the tag. */
	if (n == 0) {
		edge->tag = annotation(descriptor, CONTAINERD_NAME);
		if (!edge->tag)
			edge->tag = annotation(descriptor, REF_NAME);
		like.tag = edge->tag;
	}
	if (edge->kind != EDGE_NAMES || (n == 0 && !is_asked_for(it, descriptor)))
		return 0;
	edge->node = find_node(it, edge->digest);
	if (edge->node != NO_NODE)
		return 0;
	if (refuse_schema1(media_type, why) < 0)
		return -1;
	if (media_type && !is_one_of(media_type, known))
		return skip(it, "a", media_type);
	if (os && arch) {
		shown = platform_text(os, arch, json_member_text(platform, "variant"));
		if (!shown)
			return fault_nomem(why);
		if (!is_wanted(it, shown))
			return 0;
	}
	blob_name(edge->digest, name);
	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	if (!found) {
		fault_set(&it->skipped, FAULT_FORMAT, "'%s' has no '%s'", it->image_archive->label,
			name);
		return names_addf(&it->notes, why,
			"the image %s for %s is listed in '%s' but not in it: that entry stays as "
			"it is",
			edge->digest, shown ? shown : "its platform", it->image_archive->label);
	}
	if (like.depth > LIMIT_INDEX_DEPTH)
		return fault_set(
			why, FAULT_LIMIT, "indexes nested deeper than %u", LIMIT_INDEX_DEPTH);
	return read_document(it, descriptor, &wanted, edge, &like, why);
}

static int read_edges(struct manifests *it, size_t n, struct fault *why)
{
	const char *text = it->nodes[n].text;
	auto_json json = NULL;
	const json_t *list;
	size_t edges_n;

	if (json_parse(text, strlen(text), "index", &json, why) < 0)
		return -1;
	list = json_object_get(json, "manifests");
	if (!json_is_list(list) || json_object_get(json, "layers"))
		return fault_set(why, FAULT_FORMAT, "'%s': an index without a list of manifests",
			it->image_archive->label);
	edges_n = json_array_size(list);
	if (edges_n > LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "'%s': an index of more than %u manifests",
			it->image_archive->label, LIMIT_IMAGES_N);
	it->nodes[n].edges = calloc(edges_n + 1, sizeof(struct edge));
	if (!it->nodes[n].edges)
		return fault_nomem(why);
	it->nodes[n].edges_n = edges_n;
	if (n == 0)
		it->index = json_incref(json); /* tags are borrowed from it */
	for (size_t i = 0; i < edges_n; i++)
		if (read_edge(it, n, i, json_array_get(list, i), why) < 0)
			return -1;
	return 0;
}

int oci_read(struct manifests *it, struct fault *why)
{
	const struct node like = {.is_index = true};
	auto_document layout = {.text = NULL}, index = {.text = NULL};
	const struct node *root;
	const char *version;
	size_t n;

	if (document_read(it, "oci-layout", NULL, &layout, why) < 0)
		return -1;
	version = json_member_text(layout.json, "imageLayoutVersion");
	if (!version || strcmp(version, "1.0.0") != 0)
		return fault_set(why, FAULT_REFUSED,
			"'%s' is an OCI image layout of another version than 1.0.0",
			it->image_archive->label);
	if (document_read(it, "index.json", NULL, &index, why) < 0 ||
		add_node(it, &index, &like, &n, why) < 0)
		return -1;
	for (n = 0; n < it->nodes_n; n++)
		if (it->nodes[n].is_index && read_edges(it, n, why) < 0)
			return -1;
	/* If two images have the same name, readers differ in which one they use. */
	root = &it->nodes[0];
	for (size_t i = 0; i < root->edges_n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct edge *one = &root->edges[i], *two = &root->edges[k];
			auto_free char *shown = NULL;

			if (!one->tag || !two->tag || strcmp(one->tag, two->tag) != 0 ||
				strcmp(one->digest, two->digest) == 0 ||
				(it->options.tag && one->node == NO_NODE && two->node == NO_NODE))
				continue;
			shown = text_printable(one->tag, strlen(one->tag), LIMIT_NAME_SHOWN);
			return fault_set(why, FAULT_REFUSED,
				"'%s' has two images with the name '%s'", it->image_archive->label,
				shown ? shown : "");
		}
	return 0;
}
