/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"

/* Let the descriptor be that of this document. */
static int describe(json_t *descriptor, const struct document *document, struct fault *why)
{
	size_t len = strlen(document->text);
	auto_free char *base64 = text_base64((const uint8_t *)document->text, len);

	if (!base64 ||
		json_object_set_new(descriptor, "digest", json_string(document->digest)) < 0 ||
		json_object_set_new(descriptor, "size", json_integer((json_int_t)len)) < 0 ||
		(json_is_string(json_object_get(descriptor, "data")) &&
			json_object_set_new(descriptor, "data", json_string(base64)) < 0))
		return fault_nomem(why);
	return 0;
}

json_t *layer_descriptor(const struct turn *turn, bool is_docker)
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
	return json_pack("{s:s, s:s, s:I}", "mediaType", types[is_docker][turn->packing], "digest",
		digest, "size", (json_int_t)turn->layer->size);
}

static int change_manifest(struct manifests *it, struct node *node, struct fault *why)
{
	const struct turn *turn = &it->turns[node->image];
	auto_json json = NULL;
	json_t *layers;

	if (json_parse_exact(node->was.text, "manifest", &json, why) < 0 ||
		describe(json_object_get(json, "config"), &turn->config, why) < 0)
		return -1;
	layers = json_object_get(json, "layers");
	if (turn->kind == TURN_CUT)
		json_array_remove(layers, json_array_size(layers) - 1);
	else if (!json_push(json, "layers", layer_descriptor(turn, node->is_docker)))
		return fault_nomem(why);
	return document_change(node->was.text, json, &node->now, why);
}

/* An attestation goes on pointing to its image; that it tells of another state is said. */
static int repoint(
	struct manifests *it, json_t *descriptor, const struct node *node, struct fault *why)
{
	if (json_object_set_new(json_object_get(descriptor, "annotations"), REFERENCE_DIGEST,
		    json_string(node->now.digest)) < 0)
		return fault_nomem(why);
	return names_addf(&it->notes, why,
		"the attestation of %s points to the new image, but tells of the old one",
		node->image == NO_IMAGE ? "an index" : it->images[node->image].label);
}

static int note_signature(struct manifests *it, const struct edge *edge, struct fault *why)
{
	for (size_t n = 1; n < it->nodes_n; n++)
		if (it->nodes[n].now.text &&
			(!*edge->signs || strcmp(edge->signs, it->nodes[n].was.digest) == 0))
			return names_addf(&it->notes, why,
				"a signature or another artifact about %s no longer matches the "
				"image",
				*edge->signs ? edge->signs : it->nodes[n].was.digest);
	return 0;
}

static int set_tag(json_t *descriptor, const char *tag, struct fault *why)
{
	json_t *annotations = json_object_get(descriptor, "annotations");
	auto_free char *whole = containerd_name(tag);

	if (!whole)
		return fault_nomem(why);
	if (!json_is_object(annotations)) {
		annotations = json_object();
		if (json_object_set_new(descriptor, "annotations", annotations) < 0)
			return fault_nomem(why);
	}
	if (json_object_get(annotations, CONTAINERD_NAME)) {
		if (json_object_set_new(annotations, CONTAINERD_NAME, json_string(whole)) < 0)
			return fault_nomem(why);
		tag = whole + name_len(whole) + 1;
	}
	return json_object_set_new(annotations, REF_NAME, json_string(tag)) < 0 ? fault_nomem(why)
										: 0;
}

/* One more name of an image that stands before it in index.json. */
static bool is_second_name(const struct node *root, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (root->edges[k].node != NO_NODE && root->edges[k].node == root->edges[i].node)
			return true;
	return false;
}

/* All names of the one image become this one. */
static int rename_one(struct manifests *it, json_t *list, const char *tag, struct fault *why)
{
	const struct node *root = &it->nodes[0];
	json_t *chosen = NULL;
	size_t n = 0;

	for (size_t i = 0; i < root->edges_n; i++) {
		const struct edge *edge = &root->edges[i];

		if (edge->node == NO_NODE && edge->tag && strcmp(edge->tag, tag) == 0)
			return fault_set(why, FAULT_REFUSED,
				"the name '%s' is another image's in '%s'", tag,
				it->image_archive->label);
		if (edge->node != NO_NODE && !is_second_name(root, i)) {
			chosen = json_array_get(list, i);
			n++;
		}
	}
	if (n != 1)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has %zu images, and one name cannot be that of all",
			it->image_archive->label, n);
	for (size_t i = root->edges_n; i-- > 0;)
		if (is_second_name(root, i))
			json_array_remove(list, i);
	return set_tag(chosen, tag, why);
}

/* The new document that the edge leads to or tells of; NULL: that one stays. */
static const struct node *changed_node(const struct manifests *it, const struct edge *edge)
{
	size_t n = edge->refers ? find_node(it, edge->refers) : edge->node;

	return n != NO_NODE && it->nodes[n].now.text ? &it->nodes[n] : NULL;
}

/* A changed index; `tag`: of index.json's image.  It stays when nothing in it changes. */
static int change_index(struct manifests *it, size_t n, const char *tag, struct fault *why)
{
	struct node *node = &it->nodes[n];
	bool changes = tag != NULL;
	auto_json json = NULL;

	for (size_t i = 0; i < node->edges_n; i++)
		changes = changes || changed_node(it, &node->edges[i]);
	if (changes && json_parse_exact(node->was.text, "index", &json, why) < 0)
		return -1;
	for (size_t i = 0; i < node->edges_n; i++) {
		const struct edge *edge = &node->edges[i];
		const struct node *other = changed_node(it, edge);
		json_t *descriptor = json_array_get(json_object_get(json, "manifests"), i);

		if ((edge->signs && note_signature(it, edge, why) < 0) ||
			(other && (edge->refers ? repoint(it, descriptor, other, why)
						: describe(descriptor, &other->now, why)) < 0))
			return -1;
	}
	if (tag && rename_one(it, json_object_get(json, "manifests"), tag, why) < 0)
		return -1;
	return changes ? document_change(node->was.text, json, &node->now, why) : 0;
}

/* What a node becomes, those below it first.  A digest cannot be that of a document above its own,
 * and `done` ends what could loop. */
static int settle(struct manifests *it, size_t n, const char *tag, struct fault *why)
{
	struct node *node = &it->nodes[n];

	if (node->done)
		return 0;
	node->done = true;
	if (!node->is_index)
		return node->image != NO_IMAGE && it->turns[node->image].kind
			       ? change_manifest(it, node, why)
			       : 0;
	for (size_t i = 0; i < node->edges_n; i++)
		if (node->edges[i].node != NO_NODE &&
			settle(it, node->edges[i].node, NULL, why) < 0)
			return -1;
	return change_index(it, n, tag, why);
}

/* A manifest that nothing names any more goes with its config and its layer. */
static int drop_cut(
	struct manifests *it, const struct node *node, struct changes *ret, struct fault *why)
{
	const struct image *image = &it->images[node->image];
	char name[BLOB_NAME_LEN];

	if (is_needed(it, image))
		return 0;
	blob_name(image->digest, name);
	if (changes_drop(ret, name, why) < 0)
		return -1;
	blob_name(node->was.digest, name);
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
	blob_name(node->was.digest, name);
	return changes_drop(ret, name, why);
}

static int put_node(
	struct manifests *it, const struct node *node, struct changes *ret, struct fault *why)
{
	const struct turn *turn = node->image == NO_IMAGE ? NULL : &it->turns[node->image];
	char digest[DIGEST_TEXT_LEN], name[BLOB_NAME_LEN];

	blob_name(node->now.digest, name);
	if (put_new(it, ret, name, node->now.text, why) < 0)
		return -1;
	if (!turn)
		return drop_index(it, node, ret, why);
	blob_name(turn->config.digest, name);
	if (put_new(it, ret, name, turn->config.text, why) < 0)
		return -1;
	if (turn->kind == TURN_CUT)
		return drop_cut(it, node, ret, why);
	digest_format(turn->layer->digest, digest);
	blob_name(digest, name);
	return put_layer(it, ret, name, turn, why);
}

int oci_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	const struct node *root = &it->nodes[0];

	/* Docker 25.0 wrote an empty index beside its own list of images. */
	if (settle(it, 0, root->edges_n ? tag : NULL, why) < 0)
		return -1;
	if (!root->now.text || strcmp(root->now.text, root->was.text) == 0)
		return 0;
	for (size_t n = 1; n < it->nodes_n; n++)
		if (it->nodes[n].now.text && put_node(it, &it->nodes[n], ret, why) < 0)
			return -1;
	return changes_put(ret, "index.json", root->now.text, strlen(root->now.text), why);
}
