/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cert/digest.h"

/* How the history entries of layers of ours begin. */
#define OURS "trustfix "

/*
 * An image without a history gets one with a layer of ours: an entry for each layer, as it must be
 * [image-spec, config.md, "history"], which tells nothing of those that were there; umoci stops at
 * one without a date.  The comment of our entry keeps what stood in that place before.
 */
struct blank {
	const char *value; /* "": no such member */
	const char *comment;
};

static const struct blank blanks[] = {
	{"", "trustfix; there was no history"},
	{"null", "trustfix; the history was null"},
	{"[]", "trustfix; the history was empty"},
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
		if (strcmp(comment, blanks[i].comment) == 0)
			image->blank = &blanks[i];
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
	const char *variant = json_member_text(json, "variant");
	auto_free char *all = NULL;

	os = os && *os ? os : "linux";
	if (asprintf(&all, "%s/%s%s%s", os, arch && *arch ? arch : "unknown",
		    variant && *variant ? "/" : "", variant ? variant : "") < 0) {
		all = NULL;
		return fault_nomem(why);
	}
	image->os = strdup(os);
	image->platform = text_printable(all, strlen(all), LIMIT_NAME_SHOWN);
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

static int take_members(struct image *image, struct fault *why)
{
	auto_json json = NULL;
	struct fault no_time = FAULT_INIT;
	const json_t *history;
	const char *created;
	time_t when;

	if (json_parse(image->config, strlen(image->config), "image config", &json, why) < 0)
		return -1;
	if (!json_is_object(json))
		return damaged(why, "not a JSON object");
	history = json_object_get(json, "history");
	if (history && !json_is_list(history))
		return damaged(why, "its history is no array");
	created = json_member_text(json, "created");
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

static size_t find_image(const struct manifests *it, const uint8_t digest[static 32])
{
	for (size_t i = 0; i < it->images_n; i++)
		if (memcmp(it->images[i].digest, digest, 32) == 0)
			return i;
	return NO_IMAGE;
}

int config_take(struct manifests *it, char **config, size_t *ret_image, struct fault *why)
{
	uint8_t digest[DIGEST_SHA256_LEN];
	struct image *grown, *image;

	digest_sha256(*config, strlen(*config), digest);
	*ret_image = find_image(it, digest);
	if (*ret_image != NO_IMAGE)
		return 0;
	if (it->images_n == LIMIT_IMAGES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u images", LIMIT_IMAGES_N);
	grown = realloc(it->images, (it->images_n + 1) * sizeof(*grown));
	if (!grown)
		return fault_nomem(why);
	it->images = grown;
	image = &grown[it->images_n];
	*image = (struct image){.config = steal(config)};
	memcpy(image->digest, digest, sizeof(digest));
	it->images_n++;
	if (take_members(image, why) < 0)
		return -1;
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

	if (box_find(it->box, name, &piece, &found, why) < 0)
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

static int finish(struct turn *turn, struct splices *splices, struct fault *why)
{
	auto_buf out = buf_make(2 * LIMIT_JSON_BYTES);
	size_t len;

	if (splices_apply(splices, "image config", &out, why) < 0)
		return -1;
	digest_sha256(out.bytes, out.len, turn->digest);
	turn->config = (char *)buf_take(&out, &len);
	return 0;
}

static int find_ids(const char *text, struct span *ret, struct fault *why)
{
	struct span rootfs = {0, 0};

	if (!span_member(text, span_whole(text), "rootfs", &rootfs) ||
		!span_member(text, rootfs, "diff_ids", ret))
		return damaged(why, "no rootfs.diff_ids");
	return 0;
}

static const struct blank *find_blank(const char *text, struct span history)
{
	size_t len = history.end - history.at;

	for (size_t i = 0; i < BLANKS_N; i++)
		if (strlen(blanks[i].value) == len &&
			memcmp(text + history.at, blanks[i].value, len) == 0)
			return &blanks[i];
	return NULL;
}

static int append_history(const struct image *image, const struct addition *addition,
	struct splices *splices, struct fault *why)
{
	struct span whole = span_whole(image->config), history = {0, 0};
	bool found = span_member(image->config, whole, "history", &history);
	const struct blank *blank = find_blank(image->config, history);
	auto_buf entries = buf_make(LIMIT_JSON_BYTES);
	auto_free char *created_by = json_quoted(addition->created_by);
	char when[TEXT_TIME_LEN];

	if (!created_by)
		return fault_nomem(why);
	text_time(image->created, when);
	for (size_t i = 0; blank && i < image->layers_n; i++)
		buf_printf(&entries, "{\"created\":\"%s\"},", when);
	text_time(addition->when, when);
	buf_printf(&entries, "{\"created\":\"%s\",\"created_by\":%s,\"comment\":\"%s\"}", when,
		created_by, blank ? blank->comment : "trustfix");
	if (buf_check(&entries, "a history", why) < 0)
		return -1;
	if (!found)
		splices_append(splices, whole, "\"history\":[%s]", buf_text(&entries));
	else if (blank)
		splices_set(splices, history, "[%s]", buf_text(&entries));
	else
		splices_append(splices, history, "%s", buf_text(&entries));
	return 0;
}

int config_append(
	struct image *image, struct turn *turn, const struct addition *addition, struct fault *why)
{
	auto_splices splices = {.text = image->config};
	struct span ids = {0, 0};
	char digest[DIGEST_TEXT_LEN];

	if (find_ids(image->config, &ids, why) < 0 ||
		append_history(image, addition, &splices, why) < 0)
		return -1;
	digest_format(addition->layer->diff_id, digest);
	splices_append(&splices, ids, "\"%s\"", digest);
	return finish(turn, &splices, why);
}

int config_cut(struct image *image, struct turn *turn, struct fault *why)
{
	auto_splices splices = {.text = image->config};
	struct span whole = span_whole(image->config), ids = {0, 0}, history = {0, 0};

	if (find_ids(image->config, &ids, why) < 0)
		return -1;
	if (!span_member(image->config, whole, "history", &history))
		return damaged(why, "no history");
	splices_remove_last(&splices, ids);
	if (!image->blank)
		splices_remove_last(&splices, history);
	else if (*image->blank->value)
		splices_member(&splices, whole, "history", "%s", image->blank->value);
	else
		splices_remove_member(&splices, whole, "history");
	return finish(turn, &splices, why);
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
