/* SPDX-License-Identifier: Apache-2.0 */
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
static const char *const blanks[] = {
	"trustfix; there was no history",
	"trustfix; the history was null",
	"trustfix; the history was empty",
};

void image_free(struct image *image)
{
	for (size_t i = 0; i < image->layers_n; i++)
		free(image->layers[i].label);
	free(image->layers);
	free(image->label);
	free(image->config);
	free(image->platform);
	free(image->turn.config);
	names_free(&image->settings);
}

char *platform_text(const char *os, const char *arch, const char *variant)
{
	bool has_variant = variant && *variant;
	auto_free char *all = NULL;

	if (asprintf(&all, "%s/%s%s%s", os, arch, has_variant ? "/" : "",
		    has_variant ? variant : "") < 0) {
		all = NULL;
		return NULL;
	}
	return text_printable(all, strlen(all), LIMIT_NAME_SHOWN);
}

bool is_wanted(struct manifests *it, const char *platform)
{
	const char *asked = it->options.platform;
	size_t len = asked ? strlen(asked) : 0;

	/* "linux/arm64" matches every variant. */
	if (!asked || (strncmp(asked, platform, len) == 0 && strchr("/", platform[len])))
		return true;
	if (!it->skipped.kind)
		fault_set(&it->skipped, FAULT_REFUSED,
			"no image for '%s' in '%s'; there is one for '%s'", asked,
			it->image_archive->label, platform);
	return false;
}

int image_name(struct image *image, const char *tag, struct fault *why)
{
	if (image->label || !tag)
		return 0;
	image->label = text_printable(tag, strlen(tag), LIMIT_NAME_SHOWN);
	return image->label ? 0 : fault_nomem(why);
}

bool is_needed(const struct manifests *it, const struct image *image)
{
	const struct piece *last = &image->layers[image->layers_n - 1].piece;

	if (it->options.tag || it->options.platform)
		return true; /* images that were not read may need it */
	for (size_t i = 0; i < it->images_n; i++) {
		const struct image *other = &it->images[i];
		size_t n = other->layers_n - (other->turn.kind == TURN_CUT);

		for (size_t k = 0; k < n; k++)
			if (other->layers[k].piece.fd == last->fd &&
				other->layers[k].piece.at == last->at)
				return true;
	}
	return false;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int damaged(struct fault *why, const char *what)
{
	return fault_set(why, FAULT_FORMAT, "image config: %s", what);
}

/* Did we add the top layer?  If so, was there a history before it? */
static void read_history(struct image *image, const json_t *history)
{
	size_t n = json_array_size(history);
	const json_t *last = n ? json_array_get(history, n - 1) : NULL;
	const char *by = json_member_text(last, "created_by");
	const char *comment = json_member_text(last, "comment");

	image->is_ours = by && strncmp(by, OURS, strlen(OURS)) == 0 &&
			 !json_is_true(json_object_get(last, "empty_layer"));
	if (!image->is_ours || !comment)
		return;
	for (size_t i = 0; i + 1 < n; i++)
		if (json_object_size(json_array_get(history, i)) != 1)
			return;
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (strcmp(comment, blanks[i]) == 0)
			image->blank = blanks[i];
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

	if (!json_is_object(json))
		return damaged(why, "not a JSON object");
	if (history && !json_is_list(history))
		return damaged(why, "its history is not an array");
	read_history(image, history);
	/* "0001-01-01T00:00:00Z" is Go's zero time. */
	if (created && text_parse_time(created, &when, &no_time) == 0 && when >= 0) {
		image->created = when;
		image->has_created = true;
	}
	os = os && *os ? os : "linux";
	image->is_windows = text_same(os, "windows");
	image->platform = platform_text(
		os, arch && *arch ? arch : "unknown", json_member_text(json, "variant"));
	if (!image->platform)
		return fault_nomem(why);
	for (size_t i = 0; i < json_array_size(env) && i < LIMIT_SETTINGS_N; i++) {
		const char *setting = json_string_value(json_array_get(env, i));

		if (setting && names_add(&image->settings, setting, why) < 0)
			return -1;
	}
	if (!json_is_list(ids))
		return damaged(why, "no rootfs.diff_ids");
	if (json_array_size(ids) > LIMIT_LAYERS_N)
		return fault_set(
			why, FAULT_LIMIT, "an image has more than %u layers", LIMIT_LAYERS_N);
	image->layers = calloc(json_array_size(ids) + 1, sizeof(*image->layers));
	if (!image->layers)
		return fault_nomem(why);
	image->layers_n = json_array_size(ids);
	for (size_t i = 0; i < image->layers_n; i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		image->layers[i].piece.fd = -1;
		if (!id || !digest_parse(id, image->layers[i].diff_id))
			return damaged(why, "a diff_id is no SHA-256");
	}
	return 0;
}

int image_add(struct manifests *it, const char *name, const struct descriptor *wanted,
	size_t *ret_image, struct fault *why)
{
	auto_document config = {.text = NULL};
	struct image *grown, *image;

	if (document_read(it, name, wanted, &config, why) < 0)
		return -1;
	for (size_t i = 0; i < it->images_n; i++)
		if (strcmp(it->images[i].digest, config.digest) == 0) {
			*ret_image = i;
			return 0;
		}
	if (it->images_n == LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	grown = realloc(it->images, (it->images_n + 1) * sizeof(*grown));
	if (!grown)
		return fault_nomem(why);
	it->images = grown;
	image = &grown[it->images_n++];
	*image = (struct image){.label = NULL};
	image->config = steal(&config.text);
	memcpy(image->digest, config.digest, sizeof(image->digest));
	if (read_config(image, config.json, why) < 0)
		return -1;
	*ret_image = it->images_n - 1;
	if (!is_wanted(it, image->platform)) {
		image_free(&it->images[--it->images_n]);
		*ret_image = NO_IMAGE;
	}
	return 0;
}

int layer_set(struct manifests *it, size_t image, size_t i, const char *name,
	const struct descriptor *wanted, struct fault *why)
{
	struct layer *layer = &it->images[image].layers[i];
	struct piece piece = {-1, 0, 0};
	bool found = false;

	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return fault_set(why, FAULT_FORMAT, "layer '%s' is missing", name);
	if (wanted && wanted->size >= 0 && piece.size != wanted->size)
		return fault_set(why, FAULT_FORMAT,
			"layer '%s' has %" PRId64 " bytes, not the %" PRId64 " of its manifest",
			name, piece.size, wanted->size);
	if (layer->label)
		return 0; /* already known from another view or manifest */
	if (tar_packing(&piece, name, &layer->packing, why) < 0)
		return -1;
	layer->label = strdup(name);
	if (!layer->label)
		return fault_nomem(why);
	layer->piece = piece;
	layer->has_digest = wanted && digest_parse(wanted->digest, layer->digest);
	return 0;
}

int image_installed(const struct image *image, struct names *ret, struct fault *why)
{
	auto_json json = NULL;
	const json_t *history;

	if (json_parse(image->config, strlen(image->config), "image config", &json, why) < 0)
		return -1;
	history = json_object_get(json, "history");
	for (size_t i = 0; i < json_array_size(history); i++) {
		const char *at = json_member_text(json_array_get(history, i), "created_by");

		/* "trustfix install sha256:HEX sha256:HEX" */
		if (!at || strncmp(at, OURS "install ", strlen(OURS "install ")) != 0)
			continue;
		while (*at) {
			size_t len = strcspn(at, " ");
			char word[DIGEST_TEXT_LEN] = "";
			uint8_t digest[DIGEST_SHA256_LEN];

			if (len < sizeof(word))
				memcpy(word, at, len);
			if (digest_parse(word, digest) && !names_holds(ret, word + 7) &&
				names_add(ret, word + 7, why) < 0)
				return -1;
			at += len + (at[len] == ' ');
		}
	}
	return 0;
}

/* ---- changing ------------------------------------------------------------------------------- */

int manifests_append(
	struct manifests *it, size_t i, const struct addition *addition, struct fault *why)
{
	struct image *image = &it->images[i];
	struct turn *turn = &image->turn;
	char when[TEXT_TIME_LEN], diff_id[DIGEST_TEXT_LEN];
	auto_json json = NULL;
	const char *blank;
	json_t *history;
	bool ok = true;

	if (image->layers_n >= LIMIT_LAYERS_RUN_N)
		return fault_set(why, FAULT_LIMIT,
			"'%s' has %zu layers already, and Docker runs no image with more than %u",
			image->label, image->layers_n, LIMIT_LAYERS_RUN_N);
	*turn = (struct turn){
		.kind = TURN_APPEND,
		.layer = addition->layer,
		.packing = addition->packing,
		.when = addition->when,
	};
	memcpy(turn->diff_id, addition->layer->diff_id, sizeof(turn->diff_id));
	if (json_parse_exact(image->config, "image config", &json, why) < 0)
		return -1;
	history = json_object_get(json, "history");
	blank = !history                   ? blanks[0]
		: json_is_null(history)    ? blanks[1]
		: json_array_size(history) ? NULL
					   : blanks[2];
	text_time(image->created, when);
	for (size_t k = 0; blank && ok && k < image->layers_n; k++)
		ok = json_push(json, "history", json_pack("{s:s}", "created", when));
	text_time(addition->when, when);
	digest_format(turn->diff_id, diff_id);
	if (!ok ||
		!json_push(json, "history",
			json_pack("{s:s, s:s, s:s}", "created", when, "created_by",
				addition->created_by, "comment", blank ? blank : "trustfix")) ||
		!json_push(json_object_get(json, "rootfs"), "diff_ids", json_string(diff_id)))
		return fault_nomem(why);
	return document_change(image->config, json, &turn->config, turn->config_digest, why);
}

int manifests_cut(struct manifests *it, size_t i, struct fault *why)
{
	struct image *image = &it->images[i];
	struct turn *turn = &image->turn;
	auto_json json = NULL;
	json_t *ids, *history;

	if (!image->is_ours || !image->layers_n)
		return fault_set(why, FAULT_REFUSED,
			"the top layer of '%s' was not added by trustfix", image->label);
	*turn = (struct turn){.kind = TURN_CUT};
	memcpy(turn->diff_id, image->layers[image->layers_n - 1].diff_id, sizeof(turn->diff_id));
	if (json_parse_exact(image->config, "image config", &json, why) < 0)
		return -1;
	ids = json_object_get(json_object_get(json, "rootfs"), "diff_ids");
	history = json_object_get(json, "history");
	json_array_remove(ids, json_array_size(ids) - 1);
	json_array_remove(history, json_array_size(history) - 1);
	if (image->blank)
		json_array_clear(history);
	if (image->blank == blanks[0])
		json_object_del(json, "history");
	if (image->blank == blanks[1] && json_object_set_new(json, "history", json_null()) < 0)
		return fault_nomem(why);
	return document_change(image->config, json, &turn->config, turn->config_digest, why);
}
