/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cert/digest.h"

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
		return fault_set(why, FAULT_FORMAT, "manifest.json: a file name is no text");
	shown = text_printable(name, strlen(name), LIMIT_PATH_LEN);
	if (!shown)
		return fault_nomem(why);
	if (strcmp(shown, name) != 0 || !*name)
		return fault_set(why, FAULT_FORMAT, "manifest.json: '%s' is no file name", shown);
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
		return fault_set(why, FAULT_FORMAT, "manifest.json: RepoTags is no list");
	for (size_t i = 0; i < json_array_size(tags); i++) {
		auto_free char *tag = NULL;

		if (take_name(json_array_get(tags, i), &tag, why) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			if (names_holds(&it->docker[k].tags, tag) &&
				it->docker[k].image != entry->image)
				return fault_set(why, FAULT_REFUSED,
					"'%s' has two images with the name '%s'", it->box->label,
					tag);
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
	auto_free char *config = NULL;
	char digest[DIGEST_TEXT_LEN];

	*entry = (struct entry_of_docker){.image = NO_IMAGE};
	it->docker_n++;
	if (!json_is_object(json) || !json_is_list(layers))
		return fault_set(why, FAULT_FORMAT, "manifest.json: an image without its layers");
	if (take_name(json_object_get(json, "Config"), &entry->config_name, why) < 0 ||
		document_read(it, entry->config_name, digest_in(entry->config_name, digest), -1,
			&config, why) < 0 ||
		config_take(it, &config, &entry->image, why) < 0 ||
		(entry->image != NO_IMAGE && take_layers(it, entry, layers, why) < 0))
		return -1;
	return take_tags(it, it->docker_n - 1, json_object_get(json, "RepoTags"), why);
}

static int read_repositories(struct manifests *it, struct fault *why)
{
	struct piece piece;
	auto_json json = NULL;
	bool found = false;

	if (box_find(it->box, "repositories", &piece, &found, why) < 0 || !found)
		return found ? 0 : (why->kind ? -1 : 0);
	if (document_read(it, "repositories", NULL, -1, &it->repositories, why) < 0 ||
		json_parse(it->repositories, strlen(it->repositories), "repositories", &json, why) <
			0)
		return -1;
	return json_is_object(json)
		       ? 0
		       : fault_set(why, FAULT_FORMAT, "repositories: not a JSON object");
}

int docker_read(struct manifests *it, struct fault *why)
{
	auto_json json = NULL;

	if (document_read(it, "manifest.json", NULL, -1, &it->docker_text, why) < 0 ||
		json_parse(it->docker_text, strlen(it->docker_text), "manifest.json", &json, why) <
			0)
		return -1;
	if (!json_is_array(json))
		return fault_set(why, FAULT_FORMAT, "manifest.json is not a list of images");
	if (json_array_size(json) > LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	it->docker = calloc(json_array_size(json) + 1, sizeof(*it->docker));
	if (!it->docker)
		return fault_nomem(why);
	for (size_t i = 0; i < json_array_size(json); i++)
		if (take_entry(it, json_array_get(json, i), why) < 0)
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

/* What "repositories" says of the first of the tags; false: nothing. */
static bool find_id(const struct manifests *it, const char *tag, struct span *ret)
{
	auto_free char *name = strndup(tag, name_len(tag));
	struct span tags;

	return it->repositories && name && tag[name_len(tag)] == ':' &&
	       span_member(it->repositories, span_whole(it->repositories), name, &tags) &&
	       span_member(it->repositories, tags, tag + name_len(tag) + 1, ret);
}

static void id_now(
	const struct manifests *it, const struct entry_of_docker *entry, char out[static 65])
{
	struct span span;

	if (entry->last_layer)
		id_in(entry->last_layer, style_of(entry), out);
	for (size_t i = 0; !out[0] && i < entry->tags.n; i++)
		if (find_id(it, entry->tags.at[i], &span) && span.end - span.at == 66 &&
			is_id(it->repositories + span.at + 1)) {
			memcpy(out, it->repositories + span.at + 1, 64);
			out[64] = 0;
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
	auto_buf json = buf_make(1024);
	char name[BLOB_NAME_LEN], when[TEXT_TIME_LEN];

	text_time(turn->when, when);
	buf_printf(&json, "{\"id\":\"%s\",", now->id);
	if (*parent)
		buf_printf(&json, "\"parent\":\"%s\",", parent);
	buf_printf(&json, "\"created\":\"%s\"}", when);
	if (buf_check(&json, "json", why) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s/VERSION", now->id);
	if (changes_put(ret, name, "1.0", 3, why) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s/json", now->id);
	return changes_put(ret, name, json.bytes, json.len, why);
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
	auto_free char *text = NULL;
	auto_json json = NULL;
	const char *parent;
	bool found = false;

	snprintf(name, sizeof(name), "%s/json", id);
	if (box_find(it->box, name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return 0;
	if (document_read(it, name, NULL, -1, &text, why) < 0 ||
		json_parse(text, strlen(text), name, &json, why) < 0)
		return -1;
	parent = json_member_text(json, "parent");
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
	char digest[DIGEST_TEXT_LEN];

	digest_format(turn->digest, digest);
	if (style_of(entry) == STYLE_BLOBS)
		blob_name(digest, out);
	else if (strncmp(entry->config_name, "sha256:", 7) == 0)
		memcpy(out, digest, sizeof(digest));
	else
		snprintf(out, BLOB_NAME_LEN, "%s.json", digest + 7);
}

static void edit_sources(struct splices *splices, struct span element, const struct turn *turn)
{
	char diff_id[DIGEST_TEXT_LEN], digest[DIGEST_TEXT_LEN];
	struct span sources = {0, 0}, source;

	if (!span_member(splices->text, element, "LayerSources", &sources) ||
		splices->text[sources.at] != '{')
		return;
	digest_format(turn->diff_id, diff_id);
	if (turn->kind == TURN_CUT) {
		if (span_member(splices->text, sources, diff_id, &source))
			splices_remove_member(splices, sources, diff_id);
		return;
	}
	digest_format(turn->layer->digest, digest);
	splices_append(splices, sources,
		"\"%s\":{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
		"\"size\":%lld,\"digest\":\"%s\"}",
		diff_id, (long long)turn->layer->size, digest);
}

static int edit_entry(struct manifests *it, size_t i, struct span element, struct splices *splices,
	struct renewed *now, struct changes *ret, struct fault *why)
{
	const struct entry_of_docker *entry = &it->docker[i];
	const struct turn *turn = &it->turns[entry->image];
	struct span layers = {0, 0};

	config_name(entry, turn, now->config);
	if ((turn->kind == TURN_CUT ? cut : append)(it, entry, now, ret, why) < 0 ||
		put_new(it, ret, now->config, turn->config, why) < 0)
		return -1;
	if (!span_member(splices->text, element, "Layers", &layers))
		return fault_set(why, FAULT_FORMAT, "manifest.json: an image without its layers");
	splices_member(splices, element, "Config", "\"%s\"", now->config);
	if (turn->kind == TURN_CUT)
		splices_remove_last(splices, layers);
	else
		splices_append(splices, layers, "\"%s\"", now->layer);
	edit_sources(splices, element, turn);
	return 0;
}

/* In "repositories" the image's tags lead to its new last layer. */
static void edit_repositories(struct manifests *it, const struct entry_of_docker *entry,
	const struct renewed *now, struct splices *splices)
{
	struct span span;

	for (size_t i = 0; *now->id && i < entry->tags.n; i++)
		if (find_id(it, entry->tags.at[i], &span))
			splices_set(splices, span, "\"%s\"", now->id);
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

static int rename_one(struct manifests *it, const char *tag, const struct renewed *now,
	struct splices *splices, struct splices *repositories, struct fault *why)
{
	auto_free char *full = full_tag(tag);
	struct span element = {0, 0}, tags = {0, 0};
	char id[65];

	if (!full)
		return fault_nomem(why);
	if (has_capitals(tag))
		return fault_set(why, FAULT_REFUSED,
			"'%s' is no name for an image of Docker: it has capital letters", tag);
	if (it->docker_n != 1 || it->docker[0].image == NO_IMAGE)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has %zu images, and one name cannot be that of all", it->box->label,
			it->docker_n);
	if (!span_element(it->docker_text, span_whole(it->docker_text), 0, &element))
		return fault_set(why, FAULT_FORMAT, "manifest.json is not a list of images");
	if (span_member(it->docker_text, element, "RepoTags", &tags))
		splices_set(splices, tags, "[\"%s\"]", full);
	else
		splices_append(splices, element, "\"RepoTags\":[\"%s\"]", full);
	if (!it->repositories)
		return 0;
	memcpy(id, now->id, sizeof(id));
	if (!*id)
		id_now(it, &it->docker[0], id);
	splices_free(repositories);
	repositories->text = it->repositories;
	if (*id)
		splices_set(repositories, span_whole(it->repositories),
			"{\"%.*s\":{\"%s\":\"%s\"}}", (int)name_len(full), full,
			full + name_len(full) + 1, id);
	else
		splices_set(repositories, span_whole(it->repositories), "{}");
	return 0;
}

static int put_document(
	struct splices *splices, const char *name, struct changes *ret, struct fault *why)
{
	auto_buf out = buf_make(2 * LIMIT_JSON_BYTES);

	if (!splices->n && !splices->failed && !splices->lacks)
		return 0;
	if (splices_apply(splices, name, &out, why) < 0)
		return -1;
	if (strcmp(buf_text(&out), splices->text) == 0)
		return 0;
	return changes_put(ret, name, out.bytes, out.len, why);
}

int docker_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	auto_splices splices = {.text = it->docker_text};
	auto_splices repositories = {.text = it->repositories};
	struct renewed now = {.id = ""};

	for (size_t i = 0; i < it->docker_n; i++) {
		struct span element = {0, 0};

		if (it->docker[i].image == NO_IMAGE || !it->turns[it->docker[i].image].kind)
			continue;
		now = (struct renewed){.id = ""};
		if (!span_element(it->docker_text, span_whole(it->docker_text), i, &element))
			return fault_set(
				why, FAULT_FORMAT, "manifest.json is not a list of images");
		if (edit_entry(it, i, element, &splices, &now, ret, why) < 0)
			return -1;
		if (it->repositories)
			edit_repositories(it, &it->docker[i], &now, &repositories);
	}
	if (tag && rename_one(it, tag, &now, &splices, &repositories, why) < 0)
		return -1;
	if (put_document(&splices, "manifest.json", ret, why) < 0)
		return -1;
	return it->repositories ? put_document(&repositories, "repositories", ret, why) : 0;
}
