/* SPDX-License-Identifier: Apache-2.0 */
/* Read and change manifest.json and repositories of a docker-archive. */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

#define IN_DIR "/layer.tar"

/* ---- reading -------------------------------------------------------------------------------- */

/* A member's name, which must be printable; borrowed. */
static const char *file_name(const json_t *json, struct fault *why)
{
	const char *name = json_string_value(json);
	auto_free char *shown = name ? text_printable(name, strlen(name), LIMIT_PATH_LEN) : NULL;

	if (name && shown && strcmp(shown, name) == 0 && *name)
		return name;
	if (!name)
		fault_set(why, FAULT_FORMAT, "manifest.json: a file name is not a string");
	else if (!shown)
		fault_nomem(why);
	else
		fault_set(why, FAULT_FORMAT, "manifest.json: '%s' is not a file name", shown);
	return NULL;
}

/* The digest in a blob's name; NULL: not such a name. */
static const struct descriptor *descriptor_in(const char *name, struct descriptor *ret)
{
	uint8_t bytes[DIGEST_SHA256_LEN];

	if (strncmp(name, BLOBS, strlen(BLOBS)) != 0 || strlen(name) != strlen(BLOBS) + 64)
		return NULL;
	snprintf(ret->digest, sizeof(ret->digest), "sha256:%.64s", name + strlen(BLOBS));
	ret->size = -1;
	return digest_parse(ret->digest, bytes) ? ret : NULL;
}

static bool has_tag(const json_t *tags, const char *tag)
{
	for (size_t i = 0; i < json_array_size(tags); i++)
		if (strcmp(json_string_value(json_array_get(tags, i)), tag) == 0)
			return true;
	return false;
}

/* One element of manifest.json. */
static int read_element(struct manifests *it, size_t n, struct fault *why)
{
	const json_t *element = json_array_get(it->docker, n);
	const json_t *layers = json_object_get(element, "Layers");
	const json_t *tags = json_object_get(element, "RepoTags");
	size_t *image = &it->docker_images[n];
	struct descriptor wanted;
	const char *name;

	if (!json_is_object(element) || !json_is_list(layers))
		return fault_set(why, FAULT_FORMAT, "manifest.json: an image without its layers");
	name = file_name(json_object_get(element, "Config"), why);
	if (!name || image_add(it, name, descriptor_in(name, &wanted), image, why) < 0)
		return -1;
	if (*image != NO_IMAGE && json_array_size(layers) != it->images[*image].layers_n)
		return fault_set(why, FAULT_FORMAT,
			"manifest.json has %zu layers, the image's config %zu diff_ids",
			json_array_size(layers), it->images[*image].layers_n);
	for (size_t i = 0; *image != NO_IMAGE && i < json_array_size(layers); i++) {
		name = file_name(json_array_get(layers, i), why);
		if (!name || layer_set(it, *image, i, name, descriptor_in(name, &wanted), why) < 0)
			return -1;
	}
	if (tags && !json_is_list(tags))
		return fault_set(why, FAULT_FORMAT, "manifest.json: RepoTags is not a list");
	for (size_t i = 0; i < json_array_size(tags); i++) {
		name = file_name(json_array_get(tags, i), why);
		if (!name)
			return -1;
		for (size_t k = 0; k < n; k++)
			if (it->docker_images[k] != *image &&
				has_tag(json_object_get(json_array_get(it->docker, k), "RepoTags"),
					name))
				return fault_set(why, FAULT_REFUSED,
					"'%s' has two images with the name '%s'",
					it->image_archive->label, name);
	}
	if (*image == NO_IMAGE)
		return 0;
	it->images[*image].is_docker = true;
	return image_name(&it->images[*image], json_string_value(json_array_get(tags, 0)), why);
}

int docker_read(struct manifests *it, struct fault *why)
{
	auto_document document = {.text = NULL}, repositories = {.text = NULL};
	struct piece piece;
	bool found = false;

	if (document_read(it, "manifest.json", NULL, &document, why) < 0)
		return -1;
	it->docker_text = steal(&document.text);
	it->docker = steal(&document.json);
	if (!json_is_array(it->docker))
		return fault_set(why, FAULT_FORMAT, "manifest.json is not a list of images");
	if (json_array_size(it->docker) > LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	it->docker_images = calloc(json_array_size(it->docker) + 1, sizeof(*it->docker_images));
	if (!it->docker_images)
		return fault_nomem(why);
	for (size_t i = 0; i < json_array_size(it->docker); i++)
		if (read_element(it, i, why) < 0)
			return -1;
	if (image_archive_find(it->image_archive, "repositories", &piece, &found, why) < 0)
		return -1;
	if (!found)
		return 0;
	if (document_read(it, "repositories", NULL, &repositories, why) < 0)
		return -1;
	it->repositories_text = steal(&repositories.text);
	it->repositories = steal(&repositories.json);
	return json_is_object(it->repositories)
		       ? 0
		       : fault_set(why, FAULT_FORMAT, "repositories: not a JSON object");
}

/* ---- names of layers ------------------------------------------------------------------------ */

/* An element of manifest.json, and the archive's style of layer names. */
struct listed {
	const struct image *image;
	const char *config;
	const char *last; /* the name of its last layer, or NULL */
	const char *before; /* the name of the layer below `last` */
	const json_t *tags;
	enum {
		STYLE_BLOBS, /* blobs/sha256/HEX: Docker since 25 */
		STYLE_DIRS, /* ID/layer.tar, VERSION, json: Docker before 25 */
		STYLE_FLAT, /* HEX.tar: podman, skopeo, bazel, ko */
	} style;
};

static struct listed listed_at(const struct manifests *it, size_t i)
{
	const json_t *element = json_array_get(it->docker, i);
	const json_t *layers = json_object_get(element, "Layers");
	size_t n = json_array_size(layers);
	struct listed entry = {
		.image = &it->images[it->docker_images[i]],
		.config = json_member_text(element, "Config"),
		.last = n ? json_string_value(json_array_get(layers, n - 1)) : NULL,
		.before = n > 1 ? json_string_value(json_array_get(layers, n - 2)) : NULL,
		.tags = json_object_get(element, "RepoTags"),
		.style = STYLE_FLAT,
	};

	if (strncmp(entry.last ? entry.last : entry.config, BLOBS, strlen(BLOBS)) == 0)
		entry.style = STYLE_BLOBS;
	else if (entry.last && text_ends(entry.last, IN_DIR))
		entry.style = STYLE_DIRS;
	return entry;
}

/* Copy an id of 64 digits, or else "": nothing else may become a file name or part of a document.
 */
static void take_id(const char *text, size_t len, char out[static 65])
{
	bool is_id = text && len == 64 && strspn(text, "0123456789abcdef") >= 64;

	snprintf(out, 65, "%.64s", is_id ? text : "");
}

/* The id in a layer's name, or "". */
static void id_in(const struct listed *entry, const char *layer, char out[static 65])
{
	const char *at = layer && entry->style == STYLE_BLOBS ? layer + strlen(BLOBS) : layer;

	take_id(entry->style == STYLE_FLAT ? NULL : at, at ? strcspn(at, "/") : 0, out);
}

/* The id that `repositories` has for that tag, and the object that holds it; NULL: none. */
static const char *find_id(const json_t *repositories, const char *tag, json_t **ret_tags)
{
	auto_free char *name = strndup(tag, name_len(tag));

	if (!name || tag[name_len(tag)] != ':')
		return NULL;
	*ret_tags = json_object_get(repositories, name);
	return json_member_text(*ret_tags, tag + name_len(tag) + 1);
}

/* The current id of its last layer. */
static void id_now(const struct manifests *it, const struct listed *entry, char out[static 65])
{
	id_in(entry, entry->last, out);
	for (size_t i = 0; !out[0] && i < json_array_size(entry->tags); i++) {
		json_t *tags;
		const char *id = find_id(
			it->repositories, json_string_value(json_array_get(entry->tags, i)), &tags);

		take_id(id, id ? strlen(id) : 0, out);
	}
}

/* The [image-spec, config.md, "Layer ChainID"] of all layers including the new one. */
static void chain_id(const struct image *image, char out[static 65])
{
	char chain[DIGEST_TEXT_LEN], diff[DIGEST_TEXT_LEN], both[2 * DIGEST_TEXT_LEN];
	uint8_t digest[DIGEST_SHA256_LEN];

	for (size_t i = 0; i <= image->layers_n; i++) {
		digest_format(i < image->layers_n ? image->layers[i].diff_id : image->turn.diff_id,
			i ? diff : chain);
		if (i == 0)
			continue;
		snprintf(both, sizeof(both), "%s %s", chain, diff);
		digest_sha256(both, strlen(both), digest);
		digest_format(digest, chain);
	}
	memcpy(out, chain + 7, 65);
}

/* ---- changing ------------------------------------------------------------------------------- */

/* The new values of one element. */
struct renewed {
	char config[BLOB_NAME_LEN]; /* names of members */
	char layer[BLOB_NAME_LEN];
	char id[65]; /* of the last layer, as in "repositories"; "": unknown */
};

static int append(struct manifests *it, const struct listed *entry, struct renewed *now,
	struct changes *ret, struct fault *why)
{
	const struct turn *turn = &entry->image->turn;
	char parent[65], digest[DIGEST_TEXT_LEN], when[TEXT_TIME_LEN];
	char name[BLOB_NAME_LEN], link[BLOB_NAME_LEN + 3];
	auto_json json = NULL;
	auto_free char *text = NULL;

	digest_format(turn->layer->digest, digest);
	id_now(it, entry, parent);
	if (entry->style == STYLE_BLOBS) {
		blob_name(digest, now->layer);
		memcpy(now->id, digest + 7, 65);
		return put_new(it, ret, now->layer, NULL, turn, why);
	}
	chain_id(entry->image, now->id);
	snprintf(name, sizeof(name), "%s" IN_DIR, now->id);
	if (entry->style == STYLE_DIRS)
		memcpy(now->layer, name, sizeof(name));
	else
		snprintf(now->layer, sizeof(now->layer), "%s.tar", digest + 7);
	if (put_new(it, ret, now->layer, NULL, turn, why) < 0)
		return -1;
	if (entry->style == STYLE_FLAT && !*parent) {
		now->id[0] = 0; /* this archive has no such directories */
		return 0;
	}
	/* Readers from before 2016 find a layer by this directory. */
	snprintf(link, sizeof(link), "../%s", now->layer);
	if (entry->style == STYLE_FLAT && changes_put_link(ret, name, link, why) < 0)
		return -1;
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

static int cut(struct manifests *it, const struct listed *entry, struct renewed *now,
	struct changes *ret, struct fault *why)
{
	char id[65], name[BLOB_NAME_LEN];
	auto_document legacy = {.text = NULL};
	struct piece piece;
	bool found = false;

	id_now(it, entry, id);
	id_in(entry, entry->before, now->id);
	/* The parent named in the legacy description of that layer. */
	if (entry->style == STYLE_FLAT && *id) {
		const char *parent;

		snprintf(name, sizeof(name), "%s/json", id);
		if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0 ||
			(found && document_read(it, name, NULL, &legacy, why) < 0))
			return -1;
		parent = json_member_text(legacy.json, "parent");
		take_id(parent, parent ? strlen(parent) : 0, now->id);
	}
	if (is_needed(it, entry->image))
		return 0;
	if (changes_drop(ret, entry->config, why) < 0 || changes_drop(ret, entry->last, why) < 0)
		return -1;
	return entry->style != STYLE_BLOBS && *id ? changes_drop(ret, id, why) : 0;
}

/* Write the new values into the documents. */
static bool edit(json_t *element, json_t *repositories, const struct listed *entry,
	const struct renewed *now)
{
	const struct turn *turn = &entry->image->turn;
	json_t *layers = json_object_get(element, "Layers");
	json_t *sources = json_object_get(element, "LayerSources");
	char diff_id[DIGEST_TEXT_LEN];

	digest_format(turn->diff_id, diff_id);
	if (json_object_set_new(element, "Config", json_string(now->config)) < 0)
		return false;
	if (turn->kind == TURN_CUT) {
		json_array_remove(layers, json_array_size(layers) - 1);
		json_object_del(sources, diff_id);
	} else if (!json_push(element, "Layers", json_string(now->layer)) ||
		   (json_is_object(sources) && json_object_set_new(sources, diff_id,
						       layer_descriptor(turn, false)) < 0)) {
		return false;
	}
	for (size_t i = 0; *now->id && i < json_array_size(entry->tags); i++) {
		const char *tag = json_string_value(json_array_get(entry->tags, i));
		json_t *tags;

		if (find_id(repositories, tag, &tags) &&
			json_object_set_new(tags, tag + name_len(tag) + 1, json_string(now->id)) <
				0)
			return false;
	}
	return true;
}

/* Give the only image this one name.  `id` is that of its last layer, or "". */
static int rename_image(struct manifests *it, json_t *list, json_t *repositories, const char *tag,
	const char *id, struct fault *why)
{
	size_t first = strcspn(tag, "/");
	bool has_host = tag[first] && (memchr(tag, '.', first) || memchr(tag, ':', first));
	auto_free char *full = full_tag(tag);
	auto_free char *name = full ? strndup(full, name_len(full)) : NULL;

	/* Unlike a host or tag, a name has no capital letters [distribution, reference]. */
	for (size_t i = has_host ? first : 0; i < name_len(tag); i++)
		if (tag[i] >= 'A' && tag[i] <= 'Z')
			return fault_set(why, FAULT_REFUSED,
				"'%s' is not a valid Docker image name: it has capital letters",
				tag);
	if (json_array_size(list) != 1 || it->docker_images[0] == NO_IMAGE)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has %zu images, and --tag can name only one",
			it->image_archive->label, json_array_size(list));
	json_object_clear(repositories);
	if (!name ||
		json_object_set_new(json_array_get(list, 0), "RepoTags", json_pack("[s]", full)) <
			0 ||
		(repositories && *id &&
			json_object_set_new(repositories, name,
				json_pack("{s:s}", full + strlen(name) + 1, id)) < 0))
		return fault_nomem(why);
	return 0;
}

static int put_document(const char *name, const char *text, const json_t *json, struct changes *ret,
	struct fault *why)
{
	char digest[DIGEST_TEXT_LEN];
	auto_free char *now = NULL;

	if (document_change(text, json, &now, digest, why) < 0)
		return -1;
	return strcmp(now, text) == 0 ? 0 : changes_put(ret, name, now, strlen(now), why);
}

int docker_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	const char *text = it->docker_text, *repositories_text = it->repositories_text;
	auto_json list = NULL;
	auto_json repositories = NULL;
	struct renewed now = {.id = ""};
	bool changes = tag != NULL;

	for (size_t i = 0; i < it->images_n; i++)
		changes = changes || it->images[i].turn.kind;
	if (!changes)
		return 0;
	if (json_parse_exact(text, "manifest.json", &list, why) < 0 ||
		(repositories_text && json_parse_exact(repositories_text, "repositories",
					      &repositories, why) < 0))
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct turn *turn;
		struct listed entry;

		if (it->docker_images[i] == NO_IMAGE)
			continue;
		entry = listed_at(it, i);
		turn = &entry.image->turn;
		now = (struct renewed){.id = ""};
		if (turn->kind == TURN_NONE) {
			id_now(it, &entry, now.id);
			continue;
		}
		if (entry.style == STYLE_BLOBS)
			blob_name(turn->config_digest, now.config);
		else if (strncmp(entry.config, "sha256:", 7) == 0)
			memcpy(now.config, turn->config_digest, DIGEST_TEXT_LEN);
		else
			snprintf(now.config, BLOB_NAME_LEN, "%s.json", turn->config_digest + 7);
		if ((turn->kind == TURN_CUT ? cut : append)(it, &entry, &now, ret, why) < 0 ||
			put_new(it, ret, now.config, turn->config, NULL, why) < 0)
			return -1;
		if (!edit(json_array_get(list, i), repositories, &entry, &now))
			return fault_nomem(why);
	}
	if (tag && rename_image(it, list, repositories, tag, now.id, why) < 0)
		return -1;
	if (put_document("manifest.json", text, list, ret, why) < 0)
		return -1;
	return repositories
		       ? put_document("repositories", repositories_text, repositories, ret, why)
		       : 0;
}
