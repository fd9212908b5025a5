/* SPDX-License-Identifier: Apache-2.0 */
/* Read and change manifest.json and repositories of a docker-archive. */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

/* ---- reading -------------------------------------------------------------------------------- */

/* A file's name, which must be printable; a blob's tells its digest. */
static int find_file(const json_t *json, struct blob *ret, struct fault *why)
{
	const char *name = json_is_string(json) ? json_string_value(json) : "";
	auto_free char *shown = text_printable(name, strlen(name), LIMIT_PATH_LEN);
	uint8_t bytes[DIGEST_SHA256_LEN];

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
	const struct blob repositories = {.name = "repositories", .may_miss = true};
	auto_json list = NULL;
	auto_json names = json_object();
	auto_json known = NULL;

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
	if (document_read(it, &repositories, &it->repositories, &known, why) < 0)
		return -1;
	return !known || json_is_object(known)
		       ? 0
		       : fault_set(why, FAULT_FORMAT, "repositories: not a JSON object");
}

/* ---- changes -------------------------------------------------------------------------------- */

#define IN_DIR "/layer.tar"

/* How an archive names its layers. */
enum style {
	STYLE_BLOBS, /* Docker since 25 */
	STYLE_DIRS, /* Docker before 25, with ID/VERSION and ID/json, too */
	STYLE_FLAT, /* podman, skopeo, bazel, ko */
};
static const struct {
	const char *before, *after;
} names_of[] = {
	[STYLE_BLOBS] = {BLOBS, ""},
	[STYLE_DIRS] = {"", IN_DIR},
	[STYLE_FLAT] = {"", ".tar"},
};

/* An element of manifest.json that is being changed. */
struct element {
	const struct image *image;
	json_t *json, *layers;
	enum style style;
	char id[65]; /* of its last layer, as in `repositories`; "": not known */
};

/* Take an id of 64 digits, alone or in the name of a layer.  Nothing else may become a file name or
 * part of a document: "" then. */
static void take_id(const json_t *json, char out[static 65])
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";
	const char *at = text + (strncmp(text, BLOBS, strlen(BLOBS)) == 0 ? strlen(BLOBS) : 0);
	bool is_id =
		strspn(at, "0123456789abcdef") == 64 && (!at[64] || strcmp(at + 64, IN_DIR) == 0);

	snprintf(out, 65, "%.64s", is_id ? at : "");
}

/* The id that `repositories` has for that tag; NULL: none. */
static json_t *find_id(const json_t *repositories, const json_t *tag)
{
	const char *text = json_string_value(tag);
	auto_free char *name = strndup(text, name_len(text));

	return name && text[strlen(name)] ? json_object_get(json_object_get(repositories, name),
						    text + strlen(name) + 1)
					  : NULL;
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
	/* The same layer on another parent has another id. */
	snprintf(text, sizeof(text), "%s %s", parent, digest);
	digest_sha256(text, strlen(text), id);
	text_hex(id, sizeof(id), element->id);
	snprintf(layer, sizeof(layer), "%s%s%s", names_of[element->style].before,
		element->style == STYLE_DIRS ? element->id : digest + 7,
		names_of[element->style].after);
	if (put_new(it, ret, layer, image->layer.bytes, (size_t)image->layer.size, why) < 0)
		return -1;
	if (!json_push(element->json, "Layers", json_string(layer)) ||
		(json_is_object(sources) &&
			json_object_set_new(sources, diff_id, layer_descriptor(image, false)) < 0))
		return fault_nomem(why);
	if (element->style == STYLE_BLOBS)
		memcpy(element->id, digest + 7, sizeof(element->id));
	if (element->style == STYLE_FLAT && !*parent)
		element->id[0] = 0; /* this archive has no directories of layers */
	if (element->style == STYLE_BLOBS || !element->id[0])
		return 0;
	/* Readers from before 2016 find a layer by its directory. */
	snprintf(name, sizeof(name), "%s" IN_DIR, element->id);
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
	const struct image *image = element->image;
	const json_t *config = json_object_get(element->json, "Config");
	size_t last = json_array_size(element->layers) - 1;
	const json_t *layer = json_array_get(element->layers, last);
	char id[65], diff_id[DIGEST_TEXT_LEN];
	auto_document document = {.text = NULL};
	struct blob legacy = {.may_miss = true};
	auto_json json = NULL;

	memcpy(id, element->id, sizeof(id));
	take_id(json_array_get(element->layers, last - 1), element->id);
	snprintf(legacy.name, sizeof(legacy.name), "%s/json", id);
	if (element->style == STYLE_FLAT && document_read(it, &legacy, &document, &json, why) < 0)
		return -1;
	if (json)
		take_id(json_object_get(json, "parent"), element->id);
	if (it->drops && changes_drop(ret, json_string_value(config), why) < 0)
		return -1;
	if (!is_needed(it, image) &&
		(changes_drop(ret, json_string_value(layer), why) < 0 ||
			(*id && element->style != STYLE_BLOBS && changes_drop(ret, id, why) < 0)))
		return -1;
	digest_format(image->layers[image->layers_n - 1].diff_id, diff_id);
	json_object_del(json_object_get(element->json, "LayerSources"), diff_id);
	json_array_remove(element->layers, last);
	return 0;
}

/* Change an element, if its image changes, and its tags in `repositories`. */
static int change_element(struct manifests *it, struct element *element, json_t *repositories,
	struct changes *ret, struct fault *why)
{
	const struct document *config = &element->image->config;
	const json_t *tags = json_object_get(element->json, "RepoTags");
	const json_t *last = json_array_get(element->layers, json_array_size(element->layers) - 1);
	const char *was = json_member_text(element->json, "Config");
	const char *any = last ? json_string_value(last) : was;
	bool is_plain = strncmp(was, "sha256:", 7) != 0;
	char name[BLOB_NAME_LEN];

	element->style = strncmp(any, BLOBS, strlen(BLOBS)) == 0 ? STYLE_BLOBS
			 : text_ends(any, IN_DIR)                ? STYLE_DIRS
								 : STYLE_FLAT;
	take_id(last, element->id);
	for (size_t i = 0; !element->id[0] && i < json_array_size(tags); i++)
		take_id(find_id(repositories, json_array_get(tags, i)), element->id);
	if (!element->image->turn)
		return 0;
	if (element->style == STYLE_BLOBS)
		blob_name(config->now_digest, name);
	else
		snprintf(name, sizeof(name), "%s%s", config->now_digest + (is_plain ? 7 : 0),
			is_plain ? ".json" : "");
	if ((element->image->turn == TURN_CUT ? cut : append)(it, element, ret, why) < 0 ||
		put_new(it, ret, name, config->now, strlen(config->now), why) < 0)
		return -1;
	if (json_object_set_new(element->json, "Config", json_string(name)) < 0)
		return fault_nomem(why);
	for (size_t i = 0; element->id[0] && i < json_array_size(tags); i++) {
		json_t *id = find_id(repositories, json_array_get(tags, i));

		if (json_is_string(id) && json_string_set(id, element->id) < 0)
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
	struct element element = {.id = ""};
	auto_json list = NULL;
	auto_json repositories = NULL;

	if (json_parse(it->docker.text, "manifest.json", &list, why) < 0 ||
		(it->repositories.text &&
			json_parse(it->repositories.text, "repositories", &repositories, why) < 0))
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *json = json_array_get(list, i);

		element = (struct element){.image = it->docker_images[i],
			.json = json,
			.layers = json_object_get(json, "Layers")};
		if (element.image && change_element(it, &element, repositories, ret, why) < 0)
			return -1;
	}
	if (tag && rename_image(it, list, repositories, tag, element.id, why) < 0)
		return -1;
	if (document_change(&it->docker, list, "manifest.json", ret, why) < 0)
		return -1;
	return repositories
		       ? document_change(&it->repositories, repositories, "repositories", ret, why)
		       : 0;
}
