/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"

static bool starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_schema1(const char *media_type)
{
	return starts(media_type, "application/vnd.docker.distribution.manifest.v1+");
}

static bool is_manifest_type(const char *media_type)
{
	static const char *const known[] = {
		"application/vnd.oci.image.index.v1+json",
		"application/vnd.oci.image.manifest.v1+json",
		"application/vnd.docker.distribution.manifest.list.v2+json",
		"application/vnd.docker.distribution.manifest.v2+json",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], media_type) == 0)
			return true;
	return false;
}

static bool is_config_type(const char *media_type)
{
	return strcmp(media_type, "application/vnd.oci.image.config.v1+json") == 0 ||
	       strcmp(media_type, "application/vnd.docker.container.image.v1+json") == 0;
}

static const char *annotation(const json_t *descriptor, const char *key)
{
	return json_member_text(json_object_get(descriptor, "annotations"), key);
}

/* An image that is left out, for a reason that is told if none is left. */
static void skip(struct manifests *it, const char *what, const char *media_type)
{
	auto_free char *shown = text_printable(media_type, strlen(media_type), LIMIT_NAME_SHOWN);

	fault_set(&it->skipped, FAULT_REFUSED, "'%s' holds %s '%s', not an image",
		it->image_archive->label, what, shown ? shown : "");
}

/* FAULT_FORMAT, FAULT_REFUSED. */
static int read_descriptor(const json_t *json, struct descriptor *ret, struct fault *why)
{
	const char *digest = json_member_text(json, "digest");
	const json_t *size = json_object_get(json, "size");
	double value = json_number_value(size);
	uint8_t bytes[32];

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

/* false: it is no layer of an image, so all is no image. */
static int check_layer_type(const char *media_type, bool *ret_is_layer, struct fault *why)
{
	if (strstr(media_type, "foreign") || strstr(media_type, "nondistributable"))
		return fault_set(why, FAULT_REFUSED,
			"the image has a foreign layer, which is not in the file; it is left "
			"alone");
	if (strstr(media_type, "encrypted"))
		return fault_set(why, FAULT_REFUSED, "the image has an encrypted layer");
	*ret_is_layer = starts(media_type, "application/vnd.oci.image.layer.v1.tar") ||
			starts(media_type, "application/vnd.docker.image.rootfs.diff.tar");
	return 0;
}

static int take_layers(struct manifests *it, size_t image, const json_t *layers, struct fault *why)
{
	if (json_array_size(layers) != it->images[image].layers_n)
		return fault_set(why, FAULT_FORMAT,
			"the manifest has %zu layers, its config %zu diff_ids",
			json_array_size(layers), it->images[image].layers_n);
	for (size_t i = 0; i < json_array_size(layers); i++) {
		char name[BLOB_NAME_LEN];
		struct descriptor layer;

		if (read_descriptor(json_array_get(layers, i), &layer, why) < 0)
			return -1;
		blob_name(layer.digest, name);
		if (layer_set(it, image, i, name, layer.digest, layer.size, why) < 0)
			return -1;
	}
	return 0;
}

/* Is it the manifest of an image?  Else it is skipped. */
static int check_manifest(
	struct manifests *it, const json_t *json, bool *ret_is_image, struct fault *why)
{
	const json_t *layers = json_object_get(json, "layers");
	const char *config_type = json_member_text(json_object_get(json, "config"), "mediaType");
	const char *artifact = json_member_text(json, "artifactType");

	*ret_is_image = false;
	if (json_is_array(json_object_get(json, "fsLayers")))
		return fault_set(why, FAULT_REFUSED, "an image manifest of schema 1 is left alone");
	if (!json_is_list(layers) || !json_is_object(json_object_get(json, "config")))
		return fault_set(why, FAULT_FORMAT, "a manifest lacks its config or its layers");
	if ((artifact && *artifact) || !config_type || !is_config_type(config_type)) {
		skip(it, "an artifact",
			artifact && *artifact ? artifact
			: config_type         ? config_type
					      : "");
		return 0;
	}
	for (size_t i = 0; i < json_array_size(layers); i++) {
		const char *type = json_member_text(json_array_get(layers, i), "mediaType");
		bool is_layer = false;

		if (check_layer_type(type ? type : "", &is_layer, why) < 0)
			return -1;
		if (!is_layer) {
			skip(it, "an artifact", type ? type : "");
			return 0;
		}
	}
	*ret_is_image = true;
	return 0;
}

static int take_manifest(struct manifests *it, size_t n, const json_t *json, struct fault *why)
{
	char name[BLOB_NAME_LEN];
	auto_document config = {.text = NULL};
	struct descriptor descriptor;
	size_t image = NO_IMAGE;

	if (read_descriptor(json_object_get(json, "config"), &descriptor, why) < 0)
		return -1;
	blob_name(descriptor.digest, name);
	if (document_read(it, name, &descriptor, &config, why) < 0 ||
		config_take(it, &config, &image, why) < 0)
		return -1;
	it->nodes[n].image = image;
	if (image == NO_IMAGE)
		return 0;
	if (image_name(&it->images[image], it->nodes[n].tag, why) < 0)
		return -1;
	return take_layers(it, image, json_object_get(json, "layers"), why);
}

/* Takes the document's text. */
static int node_new(struct manifests *it, struct document *document, const struct node *like,
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
	grown[it->nodes_n] = *like;
	memcpy(grown[it->nodes_n].was.digest, document->digest, DIGEST_TEXT_LEN);
	grown[it->nodes_n].was.text = steal(&document->text);
	grown[it->nodes_n].image = NO_IMAGE;
	*ret = it->nodes_n++;
	return 0;
}

/* The document of a descriptor, checked: what is it? */
static int check_document(const json_t *json, const char *media_type, struct fault *why)
{
	const char *own_type = json_member_text(json, "mediaType");

	if (!json_is_object(json))
		return fault_set(why, FAULT_FORMAT, "a manifest is not a JSON object");
	/* CVE-2021-41190: readers would differ in what it is. */
	if (json_object_get(json, "manifests") && json_object_get(json, "layers"))
		return fault_set(why, FAULT_FORMAT, "a document is both an index and a manifest");
	if (own_type && is_schema1(own_type))
		return fault_set(why, FAULT_REFUSED, "an image manifest of schema 1 is left alone");
	if (own_type && media_type && strcmp(own_type, media_type) != 0)
		return fault_set(
			why, FAULT_FORMAT, "a manifest's mediaType is not that of its descriptor");
	return 0;
}

/* A copy of the text, if there is one. */
static int keep(const char *text, char **ret, struct fault *why)
{
	*ret = text ? strdup(text) : NULL;
	return *ret || !text ? 0 : fault_nomem(why);
}

/* What an artifact is about. */
static int note_subject(const json_t *json, struct edge *edge, struct fault *why)
{
	const char *subject = json_member_text(json_object_get(json, "subject"), "digest");

	return edge->signs ? 0 : keep(subject, &edge->signs, why);
}

/* Read the document that `edge` names; `like` says where it was met. */
static int take_document(struct manifests *it, const json_t *descriptor, struct edge *edge,
	struct node *like, struct fault *why)
{
	const char *media_type = json_member_text(descriptor, "mediaType"), *own_type;
	auto_document document = {.text = NULL};
	const json_t *json;
	char name[BLOB_NAME_LEN];
	bool is_image = true;
	struct descriptor wanted;

	if (read_descriptor(descriptor, &wanted, why) < 0)
		return -1;
	blob_name(wanted.digest, name);
	if (document_read(it, name, &wanted, &document, why) < 0 ||
		check_document(document.json, media_type, why) < 0)
		return fault_wrap(why, "%s", name);
	json = document.json;
	own_type = json_member_text(json, "mediaType");
	like->is_index = json_is_list(json_object_get(json, "manifests"));
	like->is_docker = text_contains(media_type ? media_type : "", "vnd.docker") ||
			  text_contains(own_type ? own_type : "", "vnd.docker");
	if (!like->is_index && check_manifest(it, json, &is_image, why) < 0)
		return fault_wrap(why, "%s", name);
	if (!is_image)
		return note_subject(json, edge, why);
	if (node_new(it, &document, like, &edge->node, why) < 0)
		return -1;
	if (!like->is_index && take_manifest(it, edge->node, json, why) < 0)
		return fault_wrap(why, "%s", name);
	return 0;
}

size_t find_node(const struct manifests *it, const char *digest)
{
	for (size_t i = 0; i < it->nodes_n; i++)
		if (strcmp(it->nodes[i].was.digest, digest) == 0)
			return i;
	return NO_NODE;
}

/* Is the document of that descriptor something to look at?  Says why not. */
static int is_to_read(struct manifests *it, const json_t *descriptor, const char *digest, bool *ret,
	struct fault *why)
{
	const char *media_type = json_member_text(descriptor, "mediaType");
	const json_t *platform = json_object_get(descriptor, "platform");
	const char *os = json_member_text(platform, "os");
	const char *arch = json_member_text(platform, "architecture");
	auto_free char *all = NULL;
	char name[BLOB_NAME_LEN];
	struct piece piece;

	*ret = false;
	if (media_type && is_schema1(media_type))
		return fault_set(why, FAULT_REFUSED, "an image manifest of schema 1 is left alone");
	if (media_type && !is_manifest_type(media_type)) {
		skip(it, "a", media_type);
		return 0;
	}
	if (os && arch) {
		all = platform_text(os, arch, json_member_text(platform, "variant"));
		if (!all)
			return fault_nomem(why);
		if (!is_wanted(it, all))
			return 0;
	}
	blob_name(digest, name);
	if (image_archive_find(it->image_archive, name, &piece, ret, why) < 0 || *ret)
		return *ret ? 0 : -1;
	fault_set(&it->skipped, FAULT_FORMAT, "'%s' has no '%s'", it->image_archive->label, name);
	return names_addf(&it->notes, why,
		"the image %s for %s is listed in '%s' but not in it: that entry stays as it is",
		digest, all ? all : "its platform", it->image_archive->label);
}

/* cosign's names for what it keeps beside an image: "sha256-HEX.sig". */
static bool is_signature_tag(const char *tag, char ret_digest[static DIGEST_TEXT_LEN])
{
	uint8_t bytes[32];

	if (!tag || !starts(tag, "sha256-") || strlen(tag) < 7 + 64 + 1 || tag[7 + 64] != '.')
		return false;
	memcpy(ret_digest, tag, 7 + 64);
	ret_digest[6] = ':';
	ret_digest[7 + 64] = 0;
	return digest_parse(ret_digest, bytes);
}

/* Attestations and signatures: what are they about? */
static int take_relation(const json_t *descriptor, struct edge *edge, struct fault *why)
{
	const char *type = annotation(descriptor, REFERENCE_TYPE);
	const char *refers = annotation(descriptor, REFERENCE_DIGEST);
	const char *kind = annotation(descriptor, COSIGN_KIND);
	char digest[DIGEST_TEXT_LEN];

	if (type && strcmp(type, "attestation-manifest") == 0)
		return keep(refers ? refers : "", &edge->refers, why);
	if (is_signature_tag(annotation(descriptor, REF_NAME), digest))
		return keep(digest, &edge->signs, why);
	if (kind && starts(kind, "dev.cosignproject.cosign/") && !strstr(kind, "/image"))
		return keep("", &edge->signs, why);
	return 0;
}

/* The name that tells images apart: containerd's whole one, or the tag. */
static int take_tag(const json_t *descriptor, struct edge *edge, struct fault *why)
{
	const char *tag = annotation(descriptor, CONTAINERD_NAME);

	return keep(tag ? tag : annotation(descriptor, REF_NAME), &edge->tag, why);
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

static int take_edge(
	struct manifests *it, size_t n, size_t i, const json_t *descriptor, struct fault *why)
{
	struct edge *edge = &it->nodes[n].edges[i];
	struct node like = {.depth = it->nodes[n].depth + 1, .tag = it->nodes[n].tag};
	bool is_wanted_one = false;
	struct descriptor wanted;

	edge->node = NO_NODE;
	if (read_descriptor(descriptor, &wanted, why) < 0 ||
		take_relation(descriptor, edge, why) < 0 ||
		(n == 0 && take_tag(descriptor, edge, why) < 0))
		return -1;
	memcpy(edge->digest, wanted.digest, DIGEST_TEXT_LEN);
	if (edge->refers || edge->signs || (n == 0 && !is_asked_for(it, descriptor)))
		return 0;
	edge->node = find_node(it, edge->digest);
	if (edge->node != NO_NODE)
		return 0;
	if (is_to_read(it, descriptor, edge->digest, &is_wanted_one, why) < 0)
		return -1;
	if (!is_wanted_one)
		return 0;
	if (like.depth > LIMIT_INDEX_DEPTH)
		return fault_set(
			why, FAULT_LIMIT, "indexes nested deeper than %u", LIMIT_INDEX_DEPTH);
	if (n == 0)
		like.tag = edge->tag;
	{
		struct edge found = *edge;
		int rc = take_document(it, descriptor, &found, &like, why);

		it->nodes[n].edges[i] = found; /* the nodes may have moved */
		return rc;
	}
}

static int take_edges(struct manifests *it, size_t n, struct fault *why)
{
	auto_json json = NULL;
	const json_t *list;
	size_t edges_n;

	if (json_parse(it->nodes[n].was.text, strlen(it->nodes[n].was.text), "index", &json, why) <
		0)
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
	for (size_t i = 0; i < edges_n; i++)
		if (take_edge(it, n, i, json_array_get(list, i), why) < 0)
			return -1;
	return 0;
}

/* One name for two images: readers differ in which they take. */
static int refuse_twins(const struct manifests *it, struct fault *why)
{
	const struct node *root = &it->nodes[0];

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

static int check_layout(struct manifests *it, struct fault *why)
{
	auto_document layout = {.text = NULL};
	const char *version;

	if (document_read(it, "oci-layout", NULL, &layout, why) < 0)
		return -1;
	version = json_member_text(layout.json, "imageLayoutVersion");
	if (!version || strcmp(version, "1.0.0") != 0)
		return fault_set(why, FAULT_REFUSED,
			"'%s' is an OCI image layout of another version than 1.0.0",
			it->image_archive->label);
	return 0;
}

int oci_read(struct manifests *it, struct fault *why)
{
	const struct node like = {.is_index = true};
	auto_document index = {.text = NULL};
	size_t n;

	if (check_layout(it, why) < 0 || document_read(it, "index.json", NULL, &index, why) < 0 ||
		node_new(it, &index, &like, &n, why) < 0)
		return -1;
	for (n = 0; n < it->nodes_n; n++)
		if (it->nodes[n].is_index && take_edges(it, n, why) < 0)
			return -1;
	return refuse_twins(it, why);
}
