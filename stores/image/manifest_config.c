/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

/* How the history entries of layers of ours begin. */
#define OURS "trustfix "

/*
 * An image without a history gets one with a layer of ours: an entry for each layer, as it must be
 * [image-spec, config.md, "history"], which tells nothing of those that were there; umoci stops at
 * one without a date.  The comment of our entry keeps what stood in that place before.
 */
static const char *const blanks[] = {
	"trustfix; there was no history",
	"trustfix; the history was null",
	"trustfix; the history was empty",
};
#define BLANKS_N (sizeof(blanks) / sizeof(blanks[0]))

static int damaged(struct fault *why, const char *what)
{
	return fault_set(why, FAULT_FORMAT, "image config: %s", what);
}

/* Is the topmost layer one of ours?  And what stood for the history before it? */
static void take_history(struct image *image, const json_t *history)
{
	size_t n = json_array_size(history);
	const json_t *last = n ? json_array_get(history, n - 1) : NULL;
	const char *by = last ? json_member_text(last, "created_by") : NULL;
	const char *comment = last ? json_member_text(last, "comment") : NULL;

	image->is_ours = by && strncmp(by, OURS, strlen(OURS)) == 0 &&
			 !json_is_true(json_object_get(last, "empty_layer"));
	for (size_t i = 0; image->is_ours && i + 1 < n; i++)
		if (json_object_size(json_array_get(history, i)) != 1)
			return;
	for (size_t i = 0; image->is_ours && comment && i < BLANKS_N; i++)
		if (strcmp(comment, blanks[i]) == 0)
			image->blank = blanks[i];
}

static int take_layers(struct image *image, const json_t *json, struct fault *why)
{
	const json_t *ids = json_object_get(json_object_get(json, "rootfs"), "diff_ids");

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

static int take_platform(struct image *image, const json_t *json, struct fault *why)
{
	const char *os = json_member_text(json, "os");
	const char *arch = json_member_text(json, "architecture");

	os = os && *os ? os : "linux";
	arch = arch && *arch ? arch : "unknown";
	image->os = strdup(os);
	image->platform = platform_text(os, arch, json_member_text(json, "variant"));
	return image->os && image->platform ? 0 : fault_nomem(why);
}

static int take_settings(struct image *image, const json_t *json, struct fault *why)
{
	const json_t *list = json_object_get(json_object_get(json, "config"), "Env");

	for (size_t i = 0; i < json_array_size(list) && i < LIMIT_SETTINGS_N; i++) {
		const char *setting = json_string_value(json_array_get(list, i));

		if (setting && names_add(&image->settings, setting, why) < 0)
			return -1;
	}
	return 0;
}

static int take_members(struct image *image, const json_t *json, struct fault *why)
{
	struct fault no_time = FAULT_INIT;
	const json_t *history = json_object_get(json, "history");
	const char *created = json_member_text(json, "created");
	time_t when;

	if (!json_is_object(json))
		return damaged(why, "not a JSON object");
	if (history && !json_is_list(history))
		return damaged(why, "its history is not an array");
	/* "0001-01-01T00:00:00Z" is Go's way to say nothing. */
	if (created && text_parse_time(created, &when, &no_time) == 0 && when >= 0) {
		image->created = when;
		image->has_created = true;
	}
	take_history(image, history);
	if (take_platform(image, json, why) < 0 || take_settings(image, json, why) < 0)
		return -1;
	return take_layers(image, json, why);
}

int config_take(struct manifests *it, struct document *config, size_t *ret_image, struct fault *why)
{
	struct image *grown, *image;

	for (size_t i = 0; i < it->images_n; i++)
		if (strcmp(it->images[i].digest, config->digest) == 0) {
			*ret_image = i;
			return 0;
		}
	if (it->images_n == LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	grown = realloc(it->images, (it->images_n + 1) * sizeof(*grown));
	if (!grown)
		return fault_nomem(why);
	it->images = grown;
	image = &grown[it->images_n];
	*image = (struct image){.label = NULL};
	image->config = steal(&config->text);
	memcpy(image->digest, config->digest, sizeof(image->digest));
	it->images_n++;
	if (take_members(image, config->json, why) < 0)
		return -1;
	*ret_image = NO_IMAGE;
	if (is_wanted(it, image->platform))
		*ret_image = it->images_n - 1;
	else
		image_free(&it->images[--it->images_n]);
	return 0;
}

int layer_set(struct manifests *it, size_t image, size_t i, const char *name, const char *digest,
	int64_t size, struct fault *why)
{
	struct layer *layer = &it->images[image].layers[i];
	struct piece piece = {-1, 0, 0};
	enum packing packing = PACKING_PLAIN;
	bool found = false;

	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return fault_set(why, FAULT_FORMAT, "layer '%s' is missing", name);
	if (size >= 0 && piece.size != size)
		return fault_set(why, FAULT_FORMAT,
			"layer '%s' has %" PRId64 " bytes, not the %" PRId64 " of its manifest",
			name, piece.size, size);
	if (layer->label)
		return 0; /* known by another view or manifest */
	if (tar_packing(&piece, name, &packing, why) < 0)
		return -1;
	layer->label = strdup(name);
	if (!layer->label)
		return fault_nomem(why);
	layer->piece = piece;
	layer->packing = packing;
	layer->has_digest = digest && digest_parse(digest, layer->digest);
	return 0;
}

int config_append(
	struct image *image, struct turn *turn, const struct addition *addition, struct fault *why)
{
	auto_json json = NULL;
	const json_t *history;
	const char *blank;
	char when[TEXT_TIME_LEN], diff_id[DIGEST_TEXT_LEN];
	bool ok = true;

	if (json_parse_exact(image->config, "image config", &json, why) < 0)
		return -1;
	history = json_object_get(json, "history");
	blank = !history                   ? blanks[0]
		: json_is_null(history)    ? blanks[1]
		: json_array_size(history) ? NULL
					   : blanks[2];
	text_time(image->created, when);
	for (size_t i = 0; blank && ok && i < image->layers_n; i++)
		ok = json_push(json, "history", json_pack("{s:s}", "created", when));
	text_time(addition->when, when);
	digest_format(addition->layer->diff_id, diff_id);
	if (!ok ||
		!json_push(json, "history",
			json_pack("{s:s, s:s, s:s}", "created", when, "created_by",
				addition->created_by, "comment", blank ? blank : "trustfix")) ||
		!json_push(json_object_get(json, "rootfs"), "diff_ids", json_string(diff_id)))
		return fault_nomem(why);
	return document_change(image->config, json, &turn->config, why);
}

int config_cut(struct image *image, struct turn *turn, struct fault *why)
{
	auto_json json = NULL;
	json_t *ids, *history;

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
	return document_change(image->config, json, &turn->config, why);
}

/* "trustfix install sha256:HEX sha256:HEX" */
static int tell(const char *created_by, struct names *known, struct fault *why)
{
	bool is_install = strncmp(created_by, OURS "install ", strlen(OURS "install ")) == 0;

	for (const char *at = created_by; is_install && *at;) {
		char word[DIGEST_TEXT_LEN];
		size_t len = strcspn(at, " ");
		uint8_t digest[32];
		char hex[TEXT_SHA256_HEX_LEN];

		if (len < sizeof(word)) {
			memcpy(word, at, len);
			word[len] = 0;
		}
		at += len + (at[len] == ' ');
		if (len >= sizeof(word) || !digest_parse(word, digest))
			continue;
		text_hex(digest, sizeof(digest), hex);
		if (!names_holds(known, hex) && names_add(known, hex, why) < 0)
			return -1;
	}
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
		const char *by = json_member_text(json_array_get(history, i), "created_by");

		if (by && tell(by, ret, why) < 0)
			return -1;
	}
	return 0;
}
