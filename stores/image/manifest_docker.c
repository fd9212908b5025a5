/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"

#define BLOBS "blobs/sha256/"
#define IN_DIR "/layer.tar"

/* How an archive names its layers. */
enum style {
	STYLE_BLOBS, /* blobs/sha256/HEX: Docker since 25 */
	STYLE_DIRS, /* ID/layer.tar, VERSION, json: Docker before */
	STYLE_FLAT, /* HEX.tar: podman, skopeo, bazel, ko */
};

static enum style style_of(const struct entry_of_docker *entry)
{
	const char *name = entry->last_layer ? entry->last_layer : entry->config_name;

	if (strncmp(name, BLOBS, strlen(BLOBS)) == 0)
		return STYLE_BLOBS;
	return entry->last_layer && text_ends(name, IN_DIR) ? STYLE_DIRS : STYLE_FLAT;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A member's name that can be shown; allocated. */
static int take_name(const json_t *json, char **ret, struct fault *why)
{
	const char *name = json_string_value(json);
	auto_free char *shown = NULL;

	if (!name)
		return fault_set(why, FAULT_FORMAT, "manifest.json: a file name is not a string");
	shown = text_printable(name, strlen(name), LIMIT_PATH_LEN);
	if (!shown)
		return fault_nomem(why);
	if (strcmp(shown, name) != 0 || !*name)
		return fault_set(
			why, FAULT_FORMAT, "manifest.json: '%s' is not a file name", shown);
	*ret = steal(&shown);
	return 0;
}

/* The digest that a blob's name is made of, or NULL. */
static const char *digest_in(const char *name, char out[static DIGEST_TEXT_LEN])
{
	uint8_t bytes[32];

	if (strncmp(name, BLOBS, strlen(BLOBS)) != 0 || strlen(name) != strlen(BLOBS) + 64)
		return NULL;
	memcpy(out, "sha256:", 7);
	memcpy(out + 7, name + strlen(BLOBS), 65);
	return digest_parse(out, bytes) ? out : NULL;
}

static int take_layers(struct manifests *it, struct entry_of_docker *entry, const json_t *layers,
	struct fault *why)
{
	size_t n = json_array_size(layers);

	if (n != it->images[entry->image].layers_n)
		return fault_set(why, FAULT_FORMAT,
			"manifest.json has %zu layers, the image's config %zu diff_ids", n,
			it->images[entry->image].layers_n);
	for (size_t i = 0; i < n; i++) {
		auto_free char *name = NULL;
		char digest[DIGEST_TEXT_LEN];

		if (take_name(json_array_get(layers, i), &name, why) < 0 ||
			layer_set(it, entry->image, i, name, digest_in(name, digest), -1, why) < 0)
			return -1;
		free(entry->layer_before);
		entry->layer_before = entry->last_layer;
		entry->last_layer = steal(&name);
	}
	return 0;
}

static int take_tags(struct manifests *it, size_t n, const json_t *tags, struct fault *why)
{
	struct entry_of_docker *entry = &it->docker[n];

	if (tags && !json_is_list(tags))
		return fault_set(why, FAULT_FORMAT, "manifest.json: RepoTags is not a list");
	for (size_t i = 0; i < json_array_size(tags); i++) {
		auto_free char *tag = NULL;

		if (take_name(json_array_get(tags, i), &tag, why) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			if (names_holds(&it->docker[k].tags, tag) &&
				it->docker[k].image != entry->image)
				return fault_set(why, FAULT_REFUSED,
					"'%s' has two images with the name '%s'",
					it->image_archive->label, tag);
		if (names_add(&entry->tags, tag, why) < 0)
			return -1;
	}
	if (entry->image == NO_IMAGE)
		return 0;
	it->images[entry->image].is_docker = true;
	return image_name(&it->images[entry->image], entry->tags.n ? entry->tags.at[0] : NULL, why);
}

static int take_entry(struct manifests *it, const json_t *json, struct fault *why)
{
	struct entry_of_docker *entry = &it->docker[it->docker_n];
	const json_t *layers = json_object_get(json, "Layers");
	auto_document config = {.text = NULL};
	struct descriptor wanted = {.size = -1};

	*entry = (struct entry_of_docker){.image = NO_IMAGE};
	it->docker_n++;
	if (!json_is_object(json) || !json_is_list(layers))
		return fault_set(why, FAULT_FORMAT, "manifest.json: an image without its layers");
	if (take_name(json_object_get(json, "Config"), &entry->config_name, why) < 0 ||
		document_read(it, entry->config_name,
			digest_in(entry->config_name, wanted.digest) ? &wanted : NULL, &config,
			why) < 0 ||
		config_take(it, &config, &entry->image, why) < 0 ||
		(entry->image != NO_IMAGE && take_layers(it, entry, layers, why) < 0))
		return -1;
	return take_tags(it, it->docker_n - 1, json_object_get(json, "RepoTags"), why);
}

static int read_repositories(struct manifests *it, struct fault *why)
{
	struct piece piece;
	bool found = false;

	if (image_archive_find(it->image_archive, "repositories", &piece, &found, why) < 0 ||
		!found)
		return found ? 0 : (why->kind ? -1 : 0);
	if (document_read(it, "repositories", NULL, &it->repositories, why) < 0)
		return -1;
	return json_is_object(it->repositories.json)
		       ? 0
		       : fault_set(why, FAULT_FORMAT, "repositories: not a JSON object");
}

int docker_read(struct manifests *it, struct fault *why)
{
	auto_document document = {.text = NULL};
	const json_t *list;

	if (document_read(it, "manifest.json", NULL, &document, why) < 0)
		return -1;
	it->docker_text = steal(&document.text);
	list = document.json;
	if (!json_is_array(list))
		return fault_set(why, FAULT_FORMAT, "manifest.json is not a list of images");
	if (json_array_size(list) > LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	it->docker = calloc(json_array_size(list) + 1, sizeof(*it->docker));
	if (!it->docker)
		return fault_nomem(why);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (take_entry(it, json_array_get(list, i), why) < 0)
			return -1;
	return read_repositories(it, why);
}

/* ---- changing ------------------------------------------------------------------------------- */

/* What becomes of one element. */
struct renewed {
	char config[BLOB_NAME_LEN]; /* names of members */
	char layer[BLOB_NAME_LEN];
	char id[65]; /* of the last layer, as "repositories" has it; "": unknown */
};

/* No other text becomes a file name, or part of a document. */
static bool is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == 64;
}

/* The id of a layer by its name, where that tells it. */
static void id_in(const char *layer, enum style style, char out[static 65])
{
	const char *at = style == STYLE_BLOBS ? layer + strlen(BLOBS) : layer;

	out[0] = 0;
	if (style != STYLE_FLAT && strcspn(at, "/") == 64 && is_id(at)) {
		memcpy(out, at, 64);
		out[64] = 0;
	}
}

/* What `repositories` says of that tag, and the object that has it; NULL: nothing. */
static const char *find_id(const json_t *repositories, const char *tag, json_t **ret_tags)
{
	auto_free char *name = strndup(tag, name_len(tag));

	if (!name || tag[name_len(tag)] != ':')
		return NULL;
	*ret_tags = json_object_get(repositories, name);
	return json_member_text(*ret_tags, tag + name_len(tag) + 1);
}

static void id_now(
	const struct manifests *it, const struct entry_of_docker *entry, char out[static 65])
{
	if (entry->last_layer)
		id_in(entry->last_layer, style_of(entry), out);
	for (size_t i = 0; !out[0] && i < entry->tags.n; i++) {
		json_t *tags;
		const char *id = find_id(it->repositories.json, entry->tags.at[i], &tags);

		if (id && strlen(id) == 64 && is_id(id))
			memcpy(out, id, 65);
	}
}

/* [image-spec, config.md, "Layer ChainID"] */
static void chain_id(const struct image *image, const struct turn *turn, char out[static 65])
{
	char chain[DIGEST_TEXT_LEN], diff[DIGEST_TEXT_LEN];
	char both[2 * DIGEST_TEXT_LEN];
	uint8_t digest[DIGEST_SHA256_LEN];

	for (size_t i = 0; i <= image->layers_n; i++) {
		digest_format(i < image->layers_n ? image->layers[i].diff_id : turn->diff_id, diff);
		if (i == 0) {
			memcpy(chain, diff, sizeof(chain));
			continue;
		}
		snprintf(both, sizeof(both), "%s %s", chain, diff);
		digest_sha256(both, strlen(both), digest);
		digest_format(digest, chain);
	}
	memcpy(out, chain + 7, 65);
}

/* The directory that readers of before 2016 know a layer by. */
static int put_legacy(struct changes *ret, const struct renewed *now, const char *parent,
	const struct turn *turn, struct fault *why)
{
	char name[BLOB_NAME_LEN], when[TEXT_TIME_LEN];
	auto_json json = NULL;
	auto_free char *text = NULL;

	text_time(turn->when, when);
	json = json_pack("{s:s, s:s*, s:s}", "id", now->id, "parent", *parent ? parent : NULL,
		"created", when);
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (!text)
		return fault_nomem(why);
	snprintf(name, sizeof(name), "%s/VERSION", now->id);
	if (changes_put(ret, name, "1.0", 3, why) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s/json", now->id);
	return changes_put(ret, name, text, strlen(text), why);
}

static int append(struct manifests *it, const struct entry_of_docker *entry, struct renewed *now,
	struct changes *ret, struct fault *why)
{
	const struct turn *turn = &it->turns[entry->image];
	enum style style = style_of(entry);
	char parent[65] = "", digest[DIGEST_TEXT_LEN], link[BLOB_NAME_LEN + 3];
	char legacy[BLOB_NAME_LEN];

	digest_format(turn->layer->digest, digest);
	id_now(it, entry, parent);
	if (style == STYLE_BLOBS) {
		blob_name(digest, now->layer);
		memcpy(now->id, digest + 7, 65);
		return put_layer(it, ret, now->layer, turn, why);
	}
	chain_id(&it->images[entry->image], turn, now->id);
	snprintf(legacy, sizeof(legacy), "%s" IN_DIR, now->id);
	if (style == STYLE_DIRS)
		memcpy(now->layer, legacy, sizeof(legacy));
	else
		snprintf(now->layer, sizeof(now->layer), "%s.tar", digest + 7);
	if (put_layer(it, ret, now->layer, turn, why) < 0)
		return -1;
	if (style == STYLE_FLAT && !*parent) {
		now->id[0] = 0; /* no such directories in this archive */
		return 0;
	}
	snprintf(link, sizeof(link), "../%s", now->layer);
	if (style == STYLE_FLAT && changes_put_link(ret, legacy, link, why) < 0)
		return -1;
	return put_legacy(ret, now, parent, turn, why);
}

/* The parent that the legacy description of that layer names. */
static int find_parent(struct manifests *it, const char *id, char out[static 65], struct fault *why)
{
	char name[BLOB_NAME_LEN];
	struct piece piece;
	auto_document legacy = {.text = NULL};
	const char *parent;
	bool found = false;

	snprintf(name, sizeof(name), "%s/json", id);
	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return 0;
	if (document_read(it, name, NULL, &legacy, why) < 0)
		return -1;
	parent = json_member_text(legacy.json, "parent");
	if (parent && strlen(parent) == 64 && is_id(parent))
		memcpy(out, parent, 65);
	return 0;
}

static int cut(struct manifests *it, const struct entry_of_docker *entry, struct renewed *now,
	struct changes *ret, struct fault *why)
{
	enum style style = style_of(entry);
	char id[65] = "";

	id_now(it, entry, id);
	if (entry->layer_before)
		id_in(entry->layer_before, style, now->id);
	if (style == STYLE_FLAT && *id && find_parent(it, id, now->id, why) < 0)
		return -1;
	if (is_needed(it, &it->images[entry->image]))
		return 0;
	if (changes_drop(ret, entry->config_name, why) < 0 ||
		changes_drop(ret, entry->last_layer, why) < 0)
		return -1;
	return style != STYLE_BLOBS && *id ? changes_drop(ret, id, why) : 0;
}

static void config_name(const struct entry_of_docker *entry, const struct turn *turn,
	char out[static BLOB_NAME_LEN])
{
	if (style_of(entry) == STYLE_BLOBS)
		blob_name(turn->config.digest, out);
	else if (strncmp(entry->config_name, "sha256:", 7) == 0)
		memcpy(out, turn->config.digest, DIGEST_TEXT_LEN);
	else
		snprintf(out, BLOB_NAME_LEN, "%s.json", turn->config.digest + 7);
}

/* An element of manifest.json. */
static bool edit_element(json_t *element, const struct turn *turn, const struct renewed *now)
{
	json_t *layers = json_object_get(element, "Layers");
	json_t *cacerts_inputs = json_object_get(element, "LayerSources");
	char diff_id[DIGEST_TEXT_LEN];

	digest_format(turn->diff_id, diff_id);
	if (json_object_set_new(element, "Config", json_string(now->config)) < 0)
		return false;
	if (turn->kind == TURN_CUT) {
		json_array_remove(layers, json_array_size(layers) - 1);
		json_object_del(cacerts_inputs, diff_id);
		return true;
	}
	return json_push(element, "Layers", json_string(now->layer)) &&
	       (!json_is_object(cacerts_inputs) || json_object_set_new(cacerts_inputs, diff_id,
							   layer_descriptor(turn, false)) == 0);
}

/* In `repositories` the image's tags lead to its new last layer. */
static bool edit_repositories(
	json_t *repositories, const struct entry_of_docker *entry, const struct renewed *now)
{
	json_t *tags;

	for (size_t i = 0; *now->id && i < entry->tags.n; i++) {
		const char *tag = entry->tags.at[i];

		if (find_id(repositories, tag, &tags) &&
			json_object_set_new(tags, tag + name_len(tag) + 1, json_string(now->id)) <
				0)
			return false;
	}
	return true;
}

/* [distribution, reference: a name's components, unlike host and tag, have no capital letters] */
static bool has_capitals(const char *tag)
{
	size_t first = strcspn(tag, "/"), end = name_len(tag);
	bool has_host = tag[first] && (memchr(tag, '.', first) || memchr(tag, ':', first));

	for (size_t i = has_host ? first : 0; i < end; i++)
		if (tag[i] >= 'A' && tag[i] <= 'Z')
			return true;
	return false;
}

static int check_name(const struct manifests *it, const char *tag, struct fault *why)
{
	if (has_capitals(tag))
		return fault_set(why, FAULT_REFUSED,
			"'%s' is not a valid Docker image name: it has capital letters", tag);
	if (it->docker_n != 1 || it->docker[0].image == NO_IMAGE)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has %zu images, and one name cannot be that of all",
			it->image_archive->label, it->docker_n);
	return 0;
}

/* `id`: of the image's last layer, or "". */
static bool rename_one(json_t *list, json_t *repositories, const char *tag, const char *id)
{
	auto_free char *full = full_tag(tag);
	auto_free char *name = full ? strndup(full, name_len(full)) : NULL;

	json_object_clear(repositories);
	return name &&
	       json_object_set_new(json_array_get(list, 0), "RepoTags", json_pack("[s]", full)) ==
		       0 &&
	       (!repositories || !*id ||
		       json_object_set_new(repositories, name,
			       json_pack("{s:s}", full + strlen(name) + 1, id)) == 0);
}

static int put_document(const char *name, const char *text, const json_t *json, struct changes *ret,
	struct fault *why)
{
	auto_document now = {.text = NULL};

	if (document_change(text, json, &now, why) < 0)
		return -1;
	return strcmp(now.text, text) == 0
		       ? 0
		       : changes_put(ret, name, now.text, strlen(now.text), why);
}

/* What happens to that entry's image; NULL: nothing. */
static const struct turn *turn_of(const struct manifests *it, size_t i)
{
	size_t image = it->docker[i].image;

	return image != NO_IMAGE && it->turns[image].kind ? &it->turns[image] : NULL;
}

int docker_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	const char *text = it->docker_text, *repositories_text = it->repositories.text;
	auto_json list = NULL;
	auto_json repositories = NULL;
	struct renewed now = {.id = ""};
	bool changes = tag != NULL;

	for (size_t i = 0; i < it->docker_n; i++)
		changes = changes || turn_of(it, i);
	if (!changes)
		return 0;
	if (json_parse_exact(text, "manifest.json", &list, why) < 0 ||
		(repositories_text && json_parse_exact(repositories_text, "repositories",
					      &repositories, why) < 0))
		return -1;
	for (size_t i = 0; i < it->docker_n; i++) {
		const struct entry_of_docker *entry = &it->docker[i];
		const struct turn *turn = turn_of(it, i);

		if (!turn)
			continue;
		now = (struct renewed){.id = ""};
		config_name(entry, turn, now.config);
		if ((turn->kind == TURN_CUT ? cut : append)(it, entry, &now, ret, why) < 0 ||
			put_new(it, ret, now.config, turn->config.text, why) < 0)
			return -1;
		if (!edit_element(json_array_get(list, i), turn, &now) ||
			!edit_repositories(repositories, entry, &now))
			return fault_nomem(why);
	}
	if (tag && check_name(it, tag, why) < 0)
		return -1;
	if (tag && !*now.id)
		id_now(it, &it->docker[0], now.id);
	if (tag && !rename_one(list, repositories, tag, now.id))
		return fault_nomem(why);
	if (put_document("manifest.json", text, list, ret, why) < 0)
		return -1;
	return repositories
		       ? put_document("repositories", repositories_text, repositories, ret, why)
		       : 0;
}
