/* SPDX-License-Identifier: Apache-2.0 */
/* Images, by their configs: read and changed. */
#include "stores/image/manifest_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

/* The history entries of our layers begin like this. */
#define OURS "trustfix "

/*
 * An image without a history gets one when we add a layer: an entry for each layer, as required
 * [image-spec, config.md, "history"], with no information about the older layers except a date,
 * because umoci fails without one.  The comment of our entry records what was there before.
 */
enum blank { BLANK_MISSING, BLANK_NULL, BLANK_EMPTY, BLANKS };
static const char *const blanks[BLANKS] = {
	[BLANK_MISSING] = "trustfix; there was no history",
	[BLANK_NULL] = "trustfix; the history was null",
	[BLANK_EMPTY] = "trustfix; the history was empty",
};

/* ---- reading -------------------------------------------------------------------------------- */

void image_free(struct image *image)
{
	tree_close(image->tree);
	new_layer_free(&image->layer);
	for (size_t i = 0; i < image->layers_n; i++)
		free(image->layers[i].label);
	free(image->layers);
	free(image->label);
	free(image->platform);
	document_free(&image->config);
	names_free(&image->settings);
	names_free(&image->installed);
}

int platform_text(
	const char *os, const char *arch, const char *variant, char **ret, struct fault *why)
{
	auto_free char *all = NULL;

	if (text_set(&all, why, "%s/%s%s%s", os, arch, variant && *variant ? "/" : "",
		    variant ? variant : "") < 0)
		return -1;
	*ret = text_printable(all, strlen(all), LIMIT_NAME_SHOWN);
	return *ret ? 0 : fault_nomem(why);
}

bool is_wanted(struct manifests *it, const char *platform)
{
	const char *asked = it->options.platform;
	size_t len = asked ? strlen(asked) : 0;

	/* "linux/arm64" matches every variant. */
	if (!asked || (strncmp(asked, platform, len) == 0 && strchr("/", platform[len])))
		return true;
	fault_set(&it->skipped, FAULT_REFUSED, "no image for '%s'; there is one for '%s'", asked,
		platform);
	return false;
}

static int read_config(struct image *image, const json_t *json, struct fault *why)
{
	const json_t *ids = json_object_get(json_object_get(json, "rootfs"), "diff_ids");
	const json_t *env = json_object_get(json_object_get(json, "config"), "Env");
	const json_t *history = json_object_get(json, "history");
	const char *os = json_member_text(json, "os");
	const char *arch = json_member_text(json, "architecture");
	const char *created = json_member_text(json, "created");
	struct fault no_time = FAULT_INIT;
	time_t when;

	if (history && !json_is_list(history))
		return fault_set(why, FAULT_FORMAT, "image config: its history is not an array");
	if (!json_is_list(ids))
		return fault_set(why, FAULT_FORMAT, "image config: no rootfs.diff_ids");
	if (json_array_size(ids) > LIMIT_LAYERS_N)
		return fault_set(
			why, FAULT_LIMIT, "an image has more than %u layers", LIMIT_LAYERS_N);
	for (size_t i = 0; i < json_array_size(history); i++) {
		const json_t *entry = json_array_get(history, i);
		const char *by = json_member_text(entry, "created_by");

		image->is_ours = by && strncmp(by, OURS, strlen(OURS)) == 0 &&
				 !json_is_true(json_object_get(entry, "empty_layer"));
		/* "trustfix install sha256:HEX sha256:HEX" */
		if (!by || strncmp(by, OURS "install ", strlen(OURS "install ")) != 0)
			continue;
		while ((by = strstr(by, " sha256:"))) {
			by += strlen(" sha256:");
			if (strspn(by, "0123456789abcdef") == 64 &&
				names_addf(&image->installed, why, "%.64s", by) < 0)
				return -1;
		}
	}
	/* "0001-01-01T00:00:00Z" is Go's zero time. */
	if (created && text_parse_time(created, &when, &no_time) == 0 && when >= 0)
		image->created = when;
	if (platform_text(os && *os ? os : "linux", arch && *arch ? arch : "unknown",
		    json_member_text(json, "variant"), &image->platform, why) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(env) && i < LIMIT_SETTINGS_N; i++) {
		const char *setting = json_string_value(json_array_get(env, i));

		if (setting && names_add(&image->settings, setting, why) < 0)
			return -1;
	}
	image->layers = calloc(json_array_size(ids) + 1, sizeof(*image->layers));
	if (!image->layers)
		return fault_nomem(why);
	image->layers_n = json_array_size(ids);
	for (size_t i = 0; i < image->layers_n; i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		image->layers[i].piece.fd = -1;
		if (!id || !digest_parse(id, image->layers[i].diff_id))
			return fault_set(why, FAULT_FORMAT,
				"image config: a diff_id is not a SHA-256 digest");
	}
	return 0;
}

/* Find the layer, which another view or manifest may have found already. */
static int find_layer(
	struct manifests *it, struct layer *layer, const struct blob *from, struct fault *why)
{
	struct piece piece = {-1, 0, 0};
	bool found = false;

	if (image_archive_find(it->archive, from->name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return fault_set(why, FAULT_FORMAT, "layer '%s' is missing", from->name);
	if (*from->digest && from->size >= 0 && piece.size != from->size)
		return fault_set(why, FAULT_FORMAT,
			"layer '%s' has %" PRId64 " bytes, but its manifest says %" PRId64,
			from->name, piece.size, from->size);
	if (layer->label)
		return 0;
	if (tar_packing(&piece, from->name, &layer->packing, why) < 0)
		return -1;
	layer->label = strdup(from->name);
	if (!layer->label)
		return fault_nomem(why);
	layer->piece = piece;
	layer->has_digest = digest_parse(from->digest, layer->digest);
	return 0;
}

int image_read(
	struct manifests *it, const struct listed *listed, struct image **ret, struct fault *why)
{
	struct image *image = &it->images[it->images_n++], *known = it->images;
	auto_json json = NULL;
	struct blob from;
	bool is_new;

	*image = (struct image){.label = NULL};
	if (listed->find(listed->config, &from, why) < 0 ||
		document_read(it, &from, &image->config, &json, why) < 0)
		return -1;
	while (strcmp(known->config.digest, image->config.digest) != 0)
		known++;
	is_new = known == image;
	if (is_new && read_config(image, json, why) < 0)
		return -1;
	if (!is_new || !is_wanted(it, image->platform)) {
		image_free(image);
		it->images_n--;
		image = is_new ? NULL : known;
	}
	*ret = image;
	if (!image)
		return 0;
	if (it->images_n > LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	if (json_array_size(listed->layers) != image->layers_n)
		return fault_set(why, FAULT_FORMAT, "%zu layers, but the config has %zu diff_ids",
			json_array_size(listed->layers), image->layers_n);
	for (size_t i = 0; i < image->layers_n; i++)
		if (listed->find(json_array_get(listed->layers, i), &from, why) < 0 ||
			find_layer(it, &image->layers[i], &from, why) < 0)
			return -1;
	if (!image->label && listed->tag) {
		image->label = text_printable(listed->tag, strlen(listed->tag), LIMIT_NAME_SHOWN);
		if (!image->label)
			return fault_nomem(why);
	}
	return 0;
}

/* ---- changes -------------------------------------------------------------------------------- */

enum packing image_packing(const struct image *image)
{
	/* docker load and similar tools read any compression, but all of them write plain layers.
	 */
	if (image->is_docker ||
		(image->layers_n && image->layers[image->layers_n - 1].packing == PACKING_PLAIN))
		return PACKING_PLAIN;
	return PACKING_GZIP;
}

json_t *layer_descriptor(const struct image *image, bool is_docker)
{
	bool is_gzip = image_packing(image) == PACKING_GZIP;
	char digest[DIGEST_TEXT_LEN];

	digest_format(image->layer.digest, digest);
	return json_pack("{s:s+, s:s, s:I}", "mediaType",
		is_docker ? "application/vnd.docker.image.rootfs.diff.tar"
			  : "application/vnd.oci.image.layer.v1.tar",
		!is_gzip    ? ""
		: is_docker ? ".gzip"
			    : "+gzip",
		"digest", digest, "size", (json_int_t)image->layer.size);
}

bool is_needed(const struct manifests *it, const struct image *image)
{
	const struct piece *last = &image->layers[image->layers_n - 1].piece;

	if (!it->drops)
		return true;
	for (size_t i = 0; i < it->images_n; i++) {
		const struct image *other = &it->images[i];
		size_t n = other->layers_n - (other->turn == TURN_CUT);

		for (size_t k = 0; k < n; k++)
			if (other->layers[k].piece.fd == last->fd &&
				other->layers[k].piece.at == last->at)
				return true;
	}
	return false;
}

int image_append(struct image *image, const char *created_by, int64_t when, struct fault *why)
{
	char date[TEXT_TIME_LEN], diff_id[DIGEST_TEXT_LEN];
	const char *comment = "trustfix";
	auto_json json = NULL;
	const json_t *history;
	bool ok = true;

	if (image->layers_n >= LIMIT_LAYERS_RUN_N)
		return fault_set(why, FAULT_LIMIT,
			"'%s' has %zu layers already, and Docker runs no image with more than %u",
			image->label, image->layers_n, LIMIT_LAYERS_RUN_N);
	if (json_parse(image->config.text, "image config", &json, why) < 0)
		return -1;
	history = json_object_get(json, "history");
	if (json_array_size(history) == 0) {
		comment = blanks[!history                ? BLANK_MISSING
				 : json_is_null(history) ? BLANK_NULL
							 : BLANK_EMPTY];
		text_time(image->created, date);
		for (size_t k = 0; ok && k < image->layers_n; k++)
			ok = json_push(json, "history", json_pack("{s:s}", "created", date));
	}
	text_time(when, date);
	digest_format(image->layer.diff_id, diff_id);
	if (!ok ||
		!json_push(json, "history",
			json_pack("{s:s, s:s, s:s}", "created", date, "created_by", created_by,
				"comment", comment)) ||
		!json_push(json_object_get(json, "rootfs"), "diff_ids", json_string(diff_id)))
		return fault_nomem(why);
	image->turn = TURN_APPEND;
	image->when = when;
	return document_change(&image->config, json, "image config", NULL, why);
}

int image_cut(struct image *image, struct fault *why)
{
	auto_json json = NULL;
	enum blank blank = 0;
	json_t *ids, *history;
	const char *comment;
	int rc;

	if (!image->is_ours || !image->layers_n)
		return fault_set(why, FAULT_REFUSED,
			"the top layer of '%s' was not added by trustfix", image->label);
	if (json_parse(image->config.text, "image config", &json, why) < 0)
		return -1;
	ids = json_object_get(json_object_get(json, "rootfs"), "diff_ids");
	history = json_object_get(json, "history");
	comment =
		json_member_text(json_array_get(history, json_array_size(history) - 1), "comment");
	while (blank < BLANKS && (!comment || strcmp(comment, blanks[blank]) != 0))
		blank++;
	json_array_remove(ids, json_array_size(ids) - 1);
	rc = blank == BLANK_MISSING ? json_object_del(json, "history")
	     : blank == BLANK_NULL  ? json_object_set_new(json, "history", json_null())
	     : blank == BLANK_EMPTY ? json_array_clear(history)
				    : json_array_remove(history, json_array_size(history) - 1);
	if (rc < 0)
		return fault_nomem(why);
	image->turn = TURN_CUT;
	return document_change(&image->config, json, "image config", NULL, why);
}
