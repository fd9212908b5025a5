/* SPDX-License-Identifier: Apache-2.0 */
/* Read and change manifest.json and repositories of a docker-archive. */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/digest.h"

/* ---- reading -------------------------------------------------------------------------------- */

/* A file's name, which must be printable; a blob's tells its digest. */
static int find_file(const json_t *json, struct blob *ret, struct fault *why)
{
	const char *name = json_string_value(json);
	auto_free char *shown = name ? text_printable(name, strlen(name), LIMIT_PATH_LEN) : NULL;
	uint8_t bytes[DIGEST_SHA256_LEN];

	if (!name)
		return fault_set(why, FAULT_FORMAT, "a file name is not a string");
	if (!shown)
		return fault_nomem(why);
	if (strcmp(shown, name) != 0 || !*name)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file name", shown);
	*ret = (struct blob){.size = -1};
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	if (strncmp(name, BLOBS, strlen(BLOBS)) == 0 && strlen(name) == BLOB_NAME_LEN - 1)
		snprintf(ret->digest, sizeof(ret->digest), "sha256:%.64s", name + strlen(BLOBS));
	if (!digest_parse(ret->digest, bytes))
		ret->digest[0] = 0;
	return 0;
}

/* One element of manifest.json. */
static int read_element(struct manifests *it, const json_t *element, json_t *names,
	struct image **ret, struct fault *why)
{
	const json_t *tags = json_object_get(element, "RepoTags");
	const struct listed listed = {json_object_get(element, "Config"),
		json_object_get(element, "Layers"), json_string_value(json_array_get(tags, 0)),
		find_file};
	struct blob name;

	if (!json_is_list(listed.layers))
		return fault_set(why, FAULT_FORMAT, "an image without its layers");
	if (tags && !json_is_list(tags))
		return fault_set(why, FAULT_FORMAT, "RepoTags is not a list");
	if (image_read(it, &listed, ret, why) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(tags); i++)
		if (find_file(json_array_get(tags, i), &name, why) < 0 ||
			claim_name(names, name.name, *ret ? (*ret)->config.digest : "", why) < 0)
			return -1;
	if (*ret)
		(*ret)->is_docker = true;
	return 0;
}

int docker_read(struct manifests *it, struct fault *why)
{
	auto_json list = NULL;
	auto_json repositories = NULL;
	auto_json names = json_object();
	struct piece piece;
	bool found = false;

	if (document_read(it, &(struct blob){.name = "manifest.json"}, &it->docker, &list, why) < 0)
		return -1;
	if (!json_is_array(list))
		return fault_set(why, FAULT_FORMAT, "manifest.json is not a list of images");
	if (json_array_size(list) > LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (read_element(it, json_array_get(list, i), names, &it->docker_images[i], why) <
			0)
			return fault_wrap(why, "manifest.json");
	if (image_archive_find(it->archive, "repositories", &piece, &found, why) < 0)
		return -1;
	if (!found)
		return 0;
	if (document_read(it, &(struct blob){.name = "repositories"}, &it->repositories,
		    &repositories, why) < 0)
		return -1;
	return json_is_object(repositories)
		       ? 0
		       : fault_set(why, FAULT_FORMAT, "repositories: not a JSON object");
}

/* ---- changes -------------------------------------------------------------------------------- */

#define IN_DIR "/layer.tar"

/* An element of manifest.json that is being changed. */
struct element {
	const struct image *image;
	json_t *json, *layers;
	const json_t *tags;
	enum {
		STYLE_BLOBS, /* blobs/sha256/HEX: Docker since 25 */
		STYLE_DIRS, /* ID/layer.tar, ID/VERSION, ID/json: Docker before 25 */
		STYLE_FLAT, /* HEX.tar: podman, skopeo, bazel, ko */
	} style;
	char id[65]; /* of its last layer, as in `repositories`; "": not known */
};

/* Take an id of 64 digits, alone or in the name of a layer.  Nothing else may become a file name or
 * part of a document: "" then. */
static void take_id(const char *text, char out[static 65])
{
	size_t skip = text && strncmp(text, BLOBS, strlen(BLOBS)) == 0 ? strlen(BLOBS) : 0;
	bool is_id = text && strspn(text + skip, "0123456789abcdef") == 64 &&
		     (!text[skip + 64] || strcmp(text + skip + 64, IN_DIR) == 0);

	snprintf(out, 65, "%.64s", is_id ? text + skip : "");
}

/* The id that `repositories` has for that tag, and where it is; NULL: none. */
static const char *find_id(
	const json_t *repositories, const char *tag, json_t **ret_tags, const char **ret_key)
{
	size_t len = name_len(tag);
	auto_free char *name = strndup(tag, len);

	if (!name || !tag[len])
		return NULL;
	*ret_tags = json_object_get(repositories, name);
	*ret_key = tag + len + 1;
	return json_member_text(*ret_tags, *ret_key);
}

static struct element element_of(
	const struct image *image, json_t *json, const json_t *repositories)
{
	struct element it = {
		.image = image,
		.json = json,
		.layers = json_object_get(json, "Layers"),
		.tags = json_object_get(json, "RepoTags"),
		.style = STYLE_FLAT,
	};
	const char *last =
		json_string_value(json_array_get(it.layers, json_array_size(it.layers) - 1));
	const char *any = last ? last : json_member_text(json, "Config"), *key;
	json_t *tags;

	if (strncmp(any, BLOBS, strlen(BLOBS)) == 0)
		it.style = STYLE_BLOBS;
	else if (text_ends(any, IN_DIR))
		it.style = STYLE_DIRS;
	take_id(last, it.id);
	for (size_t i = 0; !it.id[0] && i < json_array_size(it.tags); i++)
		take_id(find_id(repositories, json_string_value(json_array_get(it.tags, i)), &tags,
				&key),
			it.id);
	return it;
}

static int append(
	struct manifests *it, struct element *element, struct changes *ret, struct fault *why)
{
	const struct image *image = element->image;
	json_t *sources = json_object_get(element->json, "LayerSources");
	char parent[65], digest[DIGEST_TEXT_LEN], diff_id[DIGEST_TEXT_LEN], when[TEXT_TIME_LEN];
	char layer[BLOB_NAME_LEN], name[BLOB_NAME_LEN], text[BLOB_NAME_LEN + DIGEST_TEXT_LEN];
	uint8_t id[DIGEST_SHA256_LEN];
	auto_free char *legacy = NULL;
	auto_json json = NULL;

	digest_format(image->layer.digest, digest);
	digest_format(image->layer.diff_id, diff_id);
	memcpy(parent, element->id, sizeof(parent));
	if (element->style == STYLE_BLOBS) {
		blob_name(digest, layer);
		memcpy(element->id, digest + 7, sizeof(element->id));
	} else {
		/* The same layer on another parent has another id. */
		snprintf(text, sizeof(text), "%s %s", parent, digest);
		digest_sha256(text, strlen(text), id);
		text_hex(id, sizeof(id), element->id);
		snprintf(name, sizeof(name), "%s" IN_DIR, element->id);
		snprintf(layer, sizeof(layer), "%s.tar", digest + 7);
		if (element->style == STYLE_DIRS)
			memcpy(layer, name, sizeof(layer));
	}
	if (put_new(it, ret, layer, NULL, image, why) < 0)
		return -1;
	if (!json_push(element->json, "Layers", json_string(layer)) ||
		(json_is_object(sources) &&
			json_object_set_new(sources, diff_id, layer_descriptor(image, false)) < 0))
		return fault_nomem(why);
	if (element->style == STYLE_FLAT && !*parent)
		element->id[0] = 0; /* this archive has no directories of layers */
	if (element->style == STYLE_BLOBS || !element->id[0])
		return 0;
	/* Readers from before 2016 find a layer by its directory. */
	snprintf(text, sizeof(text), "../%s", layer);
	if (element->style == STYLE_FLAT && changes_put_link(ret, name, text, why) < 0)
		return -1;
	text_time(image->when, when);
	json = json_pack("{s:s, s:s*, s:s}", "id", element->id, "parent", *parent ? parent : NULL,
		"created", when);
	legacy = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (!legacy)
		return fault_nomem(why);
	snprintf(name, sizeof(name), "%s/VERSION", element->id);
	if (changes_put(ret, name, "1.0", 3, why) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s/json", element->id);
	return changes_put(ret, name, legacy, strlen(legacy), why);
}

static int cut(
	struct manifests *it, struct element *element, struct changes *ret, struct fault *why)
{
	const struct layer *last = &element->image->layers[element->image->layers_n - 1];
	size_t n = json_array_size(element->layers);
	char id[65], diff_id[DIGEST_TEXT_LEN];
	auto_document document = {.text = NULL};
	struct blob legacy = {.size = 0};
	auto_json json = NULL;
	struct piece piece;
	bool found = false;

	memcpy(id, element->id, sizeof(id));
	take_id(json_string_value(json_array_get(element->layers, n - 2)), element->id);
	snprintf(legacy.name, sizeof(legacy.name), "%s/json", id);
	if (image_archive_find(it->archive, legacy.name, &piece, &found, why) < 0)
		return -1;
	if (found && !element->id[0]) {
		if (document_read(it, &legacy, &document, &json, why) < 0)
			return -1;
		take_id(json_member_text(json, "parent"), element->id);
	}
	if ((it->drops && changes_drop(ret, json_member_text(element->json, "Config"), why) < 0) ||
		(!is_needed(it, element->image) &&
			(changes_drop(ret,
				 json_string_value(json_array_get(element->layers, n - 1)),
				 why) < 0 ||
				(found && changes_drop(ret, id, why) < 0))))
		return -1;
	digest_format(last->diff_id, diff_id);
	json_object_del(json_object_get(element->json, "LayerSources"), diff_id);
	json_array_remove(element->layers, n - 1);
	return 0;
}

/* Change an element, and its tags in `repositories`. */
static int change_element(struct manifests *it, struct element *element, json_t *repositories,
	struct changes *ret, struct fault *why)
{
	const struct document *config = &element->image->config;
	bool is_plain = strncmp(json_member_text(element->json, "Config"), "sha256:", 7) != 0;
	char name[BLOB_NAME_LEN];

	if (element->style == STYLE_BLOBS)
		blob_name(config->now_digest, name);
	else
		snprintf(name, sizeof(name), "%s%s", config->now_digest + (is_plain ? 7 : 0),
			is_plain ? ".json" : "");
	if ((element->image->turn == TURN_CUT ? cut : append)(it, element, ret, why) < 0 ||
		put_new(it, ret, name, config->now, NULL, why) < 0)
		return -1;
	if (json_object_set_new(element->json, "Config", json_string(name)) < 0)
		return fault_nomem(why);
	for (size_t i = 0; element->id[0] && i < json_array_size(element->tags); i++) {
		const char *tag = json_string_value(json_array_get(element->tags, i)), *key;
		json_t *tags;

		if (find_id(repositories, tag, &tags, &key) &&
			json_object_set_new(tags, key, json_string(element->id)) < 0)
			return fault_nomem(why);
	}
	return 0;
}

/* Give the only image this one name.  `id` is that of its last layer, or "". */
static int rename_image(struct manifests *it, json_t *list, json_t *repositories, const char *tag,
	const char *id, struct fault *why)
{
	size_t added;
	auto_free char *full = full_name(tag, &added);
	const char *short_name = full ? full + added : tag;
	auto_free char *name = strndup(short_name, name_len(short_name));

	/* Unlike a host or tag, a name has no capital letters [distribution, reference]. */
	for (size_t i = added ? 0 : strcspn(tag, "/"); i < name_len(tag); i++)
		if (tag[i] >= 'A' && tag[i] <= 'Z')
			return fault_set(why, FAULT_REFUSED,
				"'%s' is not a valid Docker image name: it has capital letters",
				tag);
	if (json_array_size(list) != 1 || !it->docker_images[0])
		return refuse_tag(it, why);
	json_object_clear(repositories);
	if (!full || !name ||
		json_object_set_new(
			json_array_get(list, 0), "RepoTags", json_pack("[s]", short_name)) < 0 ||
		(repositories && *id &&
			json_object_set_new(repositories, name,
				json_pack("{s:s}", short_name + strlen(name) + 1, id)) < 0))
		return fault_nomem(why);
	return 0;
}

int docker_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	static const char *const names[] = {"manifest.json", "repositories"};
	struct document *documents[] = {&it->docker, &it->repositories};
	struct element element = {.id = ""};
	auto_json list = NULL;
	auto_json repositories = NULL;
	json_t **parsed[] = {&list, &repositories};

	for (size_t i = 0; i < 2; i++)
		if (documents[i]->text &&
			json_parse(documents[i]->text, names[i], parsed[i], why) < 0)
			return -1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!it->docker_images[i])
			continue;
		element = element_of(it->docker_images[i], json_array_get(list, i), repositories);
		if (element.image->turn && change_element(it, &element, repositories, ret, why) < 0)
			return -1;
	}
	if (tag && rename_image(it, list, repositories, tag, element.id, why) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		if (*parsed[i] && document_change(documents[i], *parsed[i], names[i], why) < 0)
			return -1;
		if (documents[i]->now && changes_put(ret, names[i], documents[i]->now,
						 strlen(documents[i]->now), why) < 0)
			return -1;
	}
	return 0;
}
