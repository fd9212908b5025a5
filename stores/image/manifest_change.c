/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cert/digest.h"

static int describe(struct splices *splices, struct span descriptor, const char *digest,
	const char *text, struct fault *why)
{
	struct span data;
	auto_free char *base64 = NULL;

	splices_member(splices, descriptor, "digest", "\"%s\"", digest);
	splices_member(splices, descriptor, "size", "%zu", strlen(text));
	if (!span_member(splices->text, descriptor, "data", &data) || splices->text[data.at] != '"')
		return 0;
	base64 = text_base64((const uint8_t *)text, strlen(text));
	if (!base64)
		return fault_nomem(why);
	splices_set(splices, data, "\"%s\"", base64);
	return 0;
}

static void append_layer(
	struct splices *splices, struct span layers, const struct turn *turn, bool is_docker)
{
	static const char *const types[2][PACKINGS] = {
		{
			[PACKING_PLAIN] = "application/vnd.oci.image.layer.v1.tar",
			[PACKING_GZIP] = "application/vnd.oci.image.layer.v1.tar+gzip",
		},
		{
			[PACKING_PLAIN] = "application/vnd.docker.image.rootfs.diff.tar",
			[PACKING_GZIP] = "application/vnd.docker.image.rootfs.diff.tar.gzip",
		},
	};
	char digest[DIGEST_TEXT_LEN];

	digest_format(turn->layer->digest, digest);
	splices_append(splices, layers, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%lld}",
		types[is_docker][turn->packing], digest, (long long)turn->layer->size);
}

static int finish(struct node *node, struct splices *splices, struct fault *why)
{
	auto_buf out = buf_make(2 * LIMIT_JSON_BYTES);
	uint8_t digest[DIGEST_SHA256_LEN];
	size_t len;

	if (splices_apply(splices, "manifest", &out, why) < 0)
		return -1;
	digest_sha256(out.bytes, out.len, digest);
	digest_format(digest, node->new_digest);
	node->new_text = (char *)buf_take(&out, &len);
	return 0;
}

static int change_manifest(struct manifests *it, struct node *node, struct fault *why)
{
	const struct turn *turn = &it->turns[node->image];
	auto_splices splices = {.text = node->text};
	struct span whole = span_whole(node->text), config = {0, 0}, layers = {0, 0};
	char digest[DIGEST_TEXT_LEN];

	if (!span_member(node->text, whole, "config", &config) ||
		!span_member(node->text, whole, "layers", &layers))
		return fault_set(why, FAULT_FORMAT, "a manifest lacks its config or its layers");
	digest_format(turn->digest, digest);
	if (describe(&splices, config, digest, turn->config, why) < 0)
		return -1;
	if (turn->kind == TURN_APPEND)
		append_layer(&splices, layers, turn, node->is_docker);
	else
		splices_remove_last(&splices, layers);
	return finish(node, &splices, why);
}

/* An attestation goes on pointing to its image; that it tells of another state is said. */
static int repoint(struct manifests *it, struct splices *splices, struct span descriptor,
	const struct edge *edge, struct fault *why)
{
	size_t n = *edge->refers ? find_node(it, edge->refers) : NO_NODE;
	struct span annotations = {0, 0};

	if (n == NO_NODE || !it->nodes[n].new_text)
		return 0;
	if (span_member(splices->text, descriptor, "annotations", &annotations))
		splices_member(
			splices, annotations, REFERENCE_DIGEST, "\"%s\"", it->nodes[n].new_digest);
	return names_addf(&it->notes, why,
		"the attestation of %s points to the new image, but tells of the old one",
		it->nodes[n].image == NO_IMAGE ? "an index" : it->images[it->nodes[n].image].label);
}

static int note_signature(struct manifests *it, const struct edge *edge, struct fault *why)
{
	for (size_t n = 1; n < it->nodes_n; n++)
		if (it->nodes[n].new_text &&
			(!*edge->signs || strcmp(edge->signs, it->nodes[n].digest) == 0))
			return names_addf(&it->notes, why,
				"a signature or another artifact about %s no longer matches the "
				"image",
				*edge->signs ? edge->signs : it->nodes[n].digest);
	return 0;
}

static int change_edge(struct manifests *it, struct node *node, size_t i, struct splices *splices,
	struct fault *why)
{
	const struct edge *edge = &node->edges[i];
	struct span list = {0, 0}, descriptor = {0, 0};
	const struct node *child = edge->node != NO_NODE ? &it->nodes[edge->node] : NULL;

	if (edge->signs)
		return note_signature(it, edge, why);
	if (!edge->refers && !(child && child->new_text))
		return 0;
	if (!span_member(node->text, span_whole(node->text), "manifests", &list) ||
		!span_element(node->text, list, i, &descriptor))
		return fault_set(why, FAULT_FORMAT, "an index without a list of manifests");
	if (edge->refers)
		return repoint(it, splices, descriptor, edge, why);
	return describe(splices, descriptor, child->new_digest, child->new_text, why);
}

/* What a node becomes, those below it first.  A digest cannot be that of a document above its own,
 * and `done` ends what could loop. */
static int settle(struct manifests *it, size_t n, struct fault *why)
{
	struct node *node = &it->nodes[n];
	auto_splices splices = {.text = node->text};

	if (node->done)
		return 0;
	node->done = true;
	if (!node->is_index)
		return node->image != NO_IMAGE && it->turns[node->image].kind
			       ? change_manifest(it, node, why)
			       : 0;
	for (size_t i = 0; i < node->edges_n; i++)
		if (node->edges[i].node != NO_NODE && settle(it, node->edges[i].node, why) < 0)
			return -1;
	if (n == 0)
		return 0; /* oci_changes() has more to change in it */
	for (size_t i = 0; i < node->edges_n; i++)
		if (change_edge(it, node, i, &splices, why) < 0)
			return -1;
	return splices.n || splices.failed || splices.lacks ? finish(node, &splices, why) : 0;
}

static int set_tag(
	struct splices *splices, struct span descriptor, const char *tag, struct fault *why)
{
	struct span annotations = {0, 0}, value = {0, 0};
	auto_free char *whole = containerd_name(tag);

	if (!whole)
		return fault_nomem(why);
	if (!span_member(splices->text, descriptor, "annotations", &annotations)) {
		splices_append(
			splices, descriptor, "\"annotations\":{\"" REF_NAME "\":\"%s\"}", tag);
		return 0;
	}
	if (splices->text[annotations.at] != '{') { /* null */
		splices_set(splices, annotations, "{\"" REF_NAME "\":\"%s\"}", tag);
		return 0;
	}
	if (span_member(splices->text, annotations, CONTAINERD_NAME, &value)) {
		splices_set(splices, value, "\"%s\"", whole);
		tag = whole + name_len(whole) + 1;
	}
	if (span_member(splices->text, annotations, REF_NAME, &value))
		splices_set(splices, value, "\"%s\"", tag);
	else
		splices_append(splices, annotations, "\"" REF_NAME "\":\"%s\"", tag);
	return 0;
}

/* One more name of an image that stands before it in index.json. */
static bool is_second_name(const struct node *root, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (root->edges[k].node != NO_NODE && root->edges[k].node == root->edges[i].node)
			return true;
	return false;
}

static void drop_second_names(struct splices *splices, const struct node *root, struct span list)
{
	struct span before = {0, 0}, descriptor = {0, 0};

	for (size_t i = 1; i < root->edges_n; i++)
		if (is_second_name(root, i) && span_element(root->text, list, i - 1, &before) &&
			span_element(root->text, list, i, &descriptor))
			splices_set(splices, (struct span){before.end, descriptor.end}, "%s", "");
}

/* All names of the one image become this one. */
static int rename_one(
	struct manifests *it, struct splices *splices, const char *tag, struct fault *why)
{
	const struct node *root = &it->nodes[0];
	struct span list = {0, 0}, descriptor = {0, 0};
	size_t chosen = 0, n = 0;

	for (size_t i = 0; i < root->edges_n; i++) {
		if (root->edges[i].node != NO_NODE) {
			if (is_second_name(root, i))
				continue;
			chosen = i;
			n++;
		} else if (root->edges[i].tag && strcmp(root->edges[i].tag, tag) == 0) {
			return fault_set(why, FAULT_REFUSED,
				"the name '%s' is another image's in '%s'", tag, it->box->label);
		}
	}
	if (n != 1)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has %zu images, and one name cannot be that of all", it->box->label,
			n);
	if (!span_member(root->text, span_whole(root->text), "manifests", &list) ||
		!span_element(root->text, list, chosen, &descriptor))
		return fault_set(why, FAULT_FORMAT, "an index without a list of manifests");
	drop_second_names(splices, root, list);
	return set_tag(splices, descriptor, tag, why);
}

/* A manifest that nothing names any more goes with its config and its layer. */
static int drop_cut(
	struct manifests *it, const struct node *node, struct changes *ret, struct fault *why)
{
	const struct image *image = &it->images[node->image];
	char digest[DIGEST_TEXT_LEN], name[BLOB_NAME_LEN];

	if (is_needed(it, image))
		return 0;
	digest_format(image->digest, digest);
	blob_name(digest, name);
	if (changes_drop(ret, name, why) < 0)
		return -1;
	blob_name(node->digest, name);
	if (changes_drop(ret, name, why) < 0)
		return -1;
	return changes_drop(ret, image->layers[image->layers_n - 1].label, why);
}

/* An index that named an image with a layer of ours is not needed by anything that was read. */
static int drop_index(
	struct manifests *it, const struct node *node, struct changes *ret, struct fault *why)
{
	char name[BLOB_NAME_LEN];
	bool cuts = false;

	for (size_t i = 0; i < it->images_n; i++)
		cuts = cuts || it->turns[i].kind == TURN_CUT;
	if (!cuts || it->options.tag || it->options.platform)
		return 0;
	blob_name(node->digest, name);
	return changes_drop(ret, name, why);
}

static int put_node(
	struct manifests *it, const struct node *node, struct changes *ret, struct fault *why)
{
	const struct turn *turn = node->image == NO_IMAGE ? NULL : &it->turns[node->image];
	char digest[DIGEST_TEXT_LEN], name[BLOB_NAME_LEN];

	blob_name(node->new_digest, name);
	if (put_new(it, ret, name, node->new_text, why) < 0)
		return -1;
	if (!turn)
		return drop_index(it, node, ret, why);
	digest_format(turn->digest, digest);
	blob_name(digest, name);
	if (put_new(it, ret, name, turn->config, why) < 0)
		return -1;
	if (turn->kind == TURN_CUT)
		return drop_cut(it, node, ret, why);
	digest_format(turn->layer->digest, digest);
	blob_name(digest, name);
	return put_layer(it, ret, name, turn, why);
}

int oci_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	struct node *root = &it->nodes[0];
	auto_splices splices = {.text = root->text};

	if (settle(it, 0, why) < 0)
		return -1;
	for (size_t i = 0; i < root->edges_n; i++)
		if (!(tag && is_second_name(root, i)) &&
			change_edge(it, root, i, &splices, why) < 0)
			return -1;
	/* Docker 25.0 wrote an empty index beside its own list of images. */
	if (tag && root->edges_n && rename_one(it, &splices, tag, why) < 0)
		return -1;
	if (!splices.n && !splices.failed && !splices.lacks)
		return 0;
	if (finish(root, &splices, why) < 0)
		return -1;
	if (strcmp(root->new_text, root->text) == 0)
		return 0;
	for (size_t n = 1; n < it->nodes_n; n++)
		if (it->nodes[n].new_text && put_node(it, &it->nodes[n], ret, why) < 0)
			return -1;
	return changes_put(ret, "index.json", root->new_text, strlen(root->new_text), why);
}
