/* SPDX-License-Identifier: Apache-2.0 */
/* The changes in an OCI image layout, from the manifests of images up to index.json. */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/digest.h"

/* ---- what both views need ------------------------------------------------------------------- */

size_t name_len(const char *tag)
{
	const char *slash = strrchr(tag, '/');
	const char *colon = strrchr(slash ? slash : tag, ':');

	return colon ? (size_t)(colon - tag) : strlen(tag);
}

char *full_tag(const char *tag)
{
	char *out = NULL;

	return asprintf(&out, "%s%s", tag, tag[name_len(tag)] ? "" : ":latest") < 0 ? NULL : out;
}

char *containerd_name(const char *tag)
{
	auto_free char *full = full_tag(tag);
	size_t first = strcspn(tag, "/");
	bool has_host = tag[first] && (memchr(tag, '.', first) || memchr(tag, ':', first) ||
					      strncmp(tag, "localhost/", 10) == 0);
	char *out = NULL;

	if (!full || asprintf(&out, "%s%s",
			     has_host     ? ""
			     : tag[first] ? "docker.io/"
					  : "docker.io/library/",
			     full) < 0)
		return NULL;
	return out;
}

int put_new(struct manifests *it, struct changes *ret, const char *name, const char *text,
	const struct turn *turn, struct fault *why)
{
	struct piece piece;
	bool found = false;

	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	if (found)
		return 0;
	return text ? changes_put(ret, name, text, strlen(text), why)
		    : changes_put(ret, name, turn->layer->bytes, (size_t)turn->layer->size, why);
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

/* ---- manifests ------------------------------------------------------------------------------ */

/* Make the descriptor describe this document. */
static int describe(json_t *descriptor, const char *text, const char *digest, struct fault *why)
{
	auto_free char *base64 = digest_base64((const uint8_t *)text, strlen(text));

	if (!base64 || json_object_set_new(descriptor, "digest", json_string(digest)) < 0 ||
		json_object_set_new(descriptor, "size", json_integer((json_int_t)strlen(text))) <
			0 ||
		(json_is_string(json_object_get(descriptor, "data")) &&
			json_object_set_new(descriptor, "data", json_string(base64)) < 0))
		return fault_nomem(why);
	return 0;
}

static int change_manifest(struct manifests *it, struct node *node, struct fault *why)
{
	const struct turn *turn = &it->images[node->image].turn;
	auto_json json = NULL;
	json_t *layers;

	if (json_parse_exact(node->text, "manifest", &json, why) < 0 ||
		describe(json_object_get(json, "config"), turn->config, turn->config_digest, why) <
			0)
		return -1;
	layers = json_object_get(json, "layers");
	if (turn->kind == TURN_CUT)
		json_array_remove(layers, json_array_size(layers) - 1);
	else if (!json_push(json, "layers", layer_descriptor(turn, node->is_docker)))
		return fault_nomem(why);
	return document_change(node->text, json, &node->now, node->now_digest, why);
}

/* ---- indexes -------------------------------------------------------------------------------- */

/* Is it another name of an image that comes earlier in index.json? */
static bool is_second_name(const struct node *root, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (root->edges[k].node != NO_NODE && root->edges[k].node == root->edges[i].node)
			return true;
	return false;
}

/* Replace all names of the only image with this one. */
static int rename_image(struct manifests *it, json_t *list, const char *tag, struct fault *why)
{
	const struct node *root = &it->nodes[0];
	auto_free char *whole = containerd_name(tag);
	json_t *annotations, *chosen = NULL;
	size_t n = 0;

	for (size_t i = 0; i < root->edges_n; i++) {
		const struct edge *edge = &root->edges[i];

		if (edge->node == NO_NODE && edge->tag && strcmp(edge->tag, tag) == 0)
			return fault_set(why, FAULT_REFUSED,
				"another image in '%s' is already named '%s'",
				it->image_archive->label, tag);
		if (edge->node != NO_NODE && !is_second_name(root, i)) {
			chosen = json_array_get(list, i);
			n++;
		}
	}
	if (n != 1)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has %zu images, and --tag can name only one",
			it->image_archive->label, n);
	annotations = json_object_get(chosen, "annotations");
	if (!json_is_object(annotations)) {
		annotations = json_object();
		if (json_object_set_new(chosen, "annotations", annotations) < 0)
			return fault_nomem(why);
	}
	if (!whole ||
		(json_object_get(annotations, CONTAINERD_NAME) &&
			json_object_set_new(annotations, CONTAINERD_NAME, json_string(whole)) < 0))
		return fault_nomem(why);
	/* With containerd's full name present, the ref name is only the tag. */
	if (json_object_get(annotations, CONTAINERD_NAME))
		tag = whole + name_len(whole) + 1;
	if (json_object_set_new(annotations, REF_NAME, json_string(tag)) < 0)
		return fault_nomem(why);
	for (size_t i = root->edges_n; i-- > 0;)
		if (is_second_name(root, i))
			json_array_remove(list, i);
	return 0;
}

/* The changed document that the edge names or attests; NULL: it is unchanged. */
static const struct node *changed_node(const struct manifests *it, const struct edge *edge)
{
	size_t n = edge->kind == EDGE_ATTESTS ? find_node(it, edge->about) : edge->node;

	return n != NO_NODE && it->nodes[n].now ? &it->nodes[n] : NULL;
}

/* Note that a signature no longer matches its image, which has changed. */
static int note_signature(struct manifests *it, const struct edge *edge, struct fault *why)
{
	for (size_t n = 1; n < it->nodes_n; n++)
		if (it->nodes[n].now &&
			(!*edge->about || strcmp(edge->about, it->nodes[n].digest) == 0))
			return names_addf(&it->notes, why,
				"a signature or another artifact about %s no longer matches the "
				"image",
				it->nodes[n].digest);
	return 0;
}

/* Change an index, unless nothing in it changes; `tag` is the new name in index.json, or NULL. */
static int change_index(struct manifests *it, size_t n, const char *tag, struct fault *why)
{
	struct node *node = &it->nodes[n];
	bool changes = tag != NULL;
	auto_json json = NULL;
	json_t *list;

	for (size_t i = 0; i < node->edges_n; i++)
		changes = changes || changed_node(it, &node->edges[i]);
	if (changes && json_parse_exact(node->text, "index", &json, why) < 0)
		return -1;
	list = json_object_get(json, "manifests");
	for (size_t i = 0; i < node->edges_n; i++) {
		const struct edge *edge = &node->edges[i];
		const struct node *other = changed_node(it, edge);
		json_t *descriptor = json_array_get(list, i);

		if (edge->kind == EDGE_SIGNS && note_signature(it, edge, why) < 0)
			return -1;
		if (other && edge->kind == EDGE_NAMES &&
			describe(descriptor, other->now, other->now_digest, why) < 0)
			return -1;
		if (!other || edge->kind != EDGE_ATTESTS)
			continue;
		if (json_object_set_new(json_object_get(descriptor, "annotations"),
			    REFERENCE_DIGEST, json_string(other->now_digest)) < 0)
			return fault_nomem(why);
		if (names_addf(&it->notes, why,
			    "the attestation of %s points to the new image, but describes the old "
			    "one",
			    other->image == NO_IMAGE ? "an index"
						     : it->images[other->image].label) < 0)
			return -1;
	}
	if (tag && rename_image(it, list, tag, why) < 0)
		return -1;
	return changes ? document_change(node->text, json, &node->now, node->now_digest, why) : 0;
}

/* Change a node, those below it first.  A document cannot contain the digest of one above it, and
 * `done` stops any loop. */
static int change_node(struct manifests *it, size_t n, const char *tag, struct fault *why)
{
	struct node *node = &it->nodes[n];

	if (node->done)
		return 0;
	node->done = true;
	if (!node->is_index)
		return node->image != NO_IMAGE && it->images[node->image].turn.kind
			       ? change_manifest(it, node, why)
			       : 0;
	for (size_t i = 0; i < node->edges_n; i++)
		if (node->edges[i].node != NO_NODE &&
			change_node(it, node->edges[i].node, NULL, why) < 0)
			return -1;
	return change_index(it, n, tag, why);
}

static int put_blob(struct manifests *it, struct changes *ret, const char *digest, const char *text,
	const struct turn *turn, struct fault *why)
{
	char name[BLOB_NAME_LEN];

	blob_name(digest, name);
	return put_new(it, ret, name, text, turn, why);
}

static int drop_blob(struct changes *ret, const char *digest, struct fault *why)
{
	char name[BLOB_NAME_LEN];

	blob_name(digest, name);
	return changes_drop(ret, name, why);
}

/* Put the new document, and for a manifest its config and layer; drop what is no longer needed. */
static int put_node(
	struct manifests *it, const struct node *node, struct changes *ret, struct fault *why)
{
	const struct image *image = node->image == NO_IMAGE ? NULL : &it->images[node->image];
	const struct turn *turn = image ? &image->turn : NULL;
	char digest[DIGEST_TEXT_LEN];
	bool cuts = false;

	if (put_blob(it, ret, node->now_digest, node->now, NULL, why) < 0)
		return -1;
	if (!turn) {
		for (size_t i = 0; i < it->images_n; i++)
			cuts = cuts || it->images[i].turn.kind == TURN_CUT;
		/* It named an image with a layer of ours; by those not read, for all we know. */
		return !cuts || it->options.tag || it->options.platform
			       ? 0
			       : drop_blob(ret, node->digest, why);
	}
	if (put_blob(it, ret, turn->config_digest, turn->config, NULL, why) < 0)
		return -1;
	if (turn->kind == TURN_APPEND) {
		digest_format(turn->layer->digest, digest);
		return put_blob(it, ret, digest, NULL, turn, why);
	}
	if (is_needed(it, image))
		return 0;
	return drop_blob(ret, image->digest, why) < 0 || drop_blob(ret, node->digest, why) < 0
		       ? -1
		       : changes_drop(ret, image->layers[image->layers_n - 1].label, why);
}

int oci_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	const struct node *root = &it->nodes[0];

	/* Docker 25.0 wrote an empty index next to its own list of images. */
	if (change_node(it, 0, root->edges_n ? tag : NULL, why) < 0)
		return -1;
	if (!root->now || strcmp(root->now, root->text) == 0)
		return 0;
	for (size_t n = 1; n < it->nodes_n; n++)
		if (it->nodes[n].now && put_node(it, &it->nodes[n], ret, why) < 0)
			return -1;
	return changes_put(ret, "index.json", root->now, strlen(root->now), why);
}
