/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"

bool digest_parse(const char *text, uint8_t ret[static 32])
{
	/* Lower case alone: a digest becomes a file name. [descriptor.md, "Registered algorithms"]
	 */
	return strncmp(text, "sha256:", 7) == 0 && strlen(text) == 7 + 64 &&
	       strspn(text + 7, "0123456789abcdef") == 64 && text_unhex(text + 7, ret, 32);
}

void digest_format(const uint8_t digest[static 32], char out[static DIGEST_TEXT_LEN])
{
	memcpy(out, "sha256:", 7);
	text_hex(digest, 32, out + 7);
}

void blob_name(const char *digest_text, char out[static BLOB_NAME_LEN])
{
	memcpy(out, "blobs/sha256/", 13);
	memcpy(out + 13, digest_text + 7, 65);
}

bool json_push(json_t *object, const char *key, json_t *item)
{
	if (!json_is_array(json_object_get(object, key)))
		json_object_set_new(object, key, json_array());
	return json_array_append_new(json_object_get(object, key), item) == 0;
}

void document_free(struct document *document)
{
	free(document->text);
	json_decref(document->json);
}

static void digest_of(const void *bytes, size_t len, char out[static DIGEST_TEXT_LEN])
{
	uint8_t digest[DIGEST_SHA256_LEN];

	digest_sha256(bytes, len, digest);
	digest_format(digest, out);
}

int document_read(struct manifests *it, const char *name, const struct descriptor *wanted,
	struct document *ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_JSON_BYTES);
	size_t len;

	if (image_archive_read(it->image_archive, name, &bytes, why) < 0)
		return -1;
	if (wanted && wanted->size >= 0 && (int64_t)bytes.len != wanted->size)
		return fault_set(why, FAULT_FORMAT, "'%s' has %zu bytes, not the %lld it should",
			name, bytes.len, (long long)wanted->size);
	digest_of(bytes.bytes, bytes.len, ret->digest);
	if (wanted && strcmp(wanted->digest, ret->digest) != 0)
		return fault_set(
			why, FAULT_FORMAT, "'%s' is damaged: its digest is %s", name, ret->digest);
	it->json_len += bytes.len;
	if (it->json_len > LIMIT_BOX_JSON_BYTES)
		return fault_set(why, FAULT_LIMIT, "'%s' has more than %u bytes of JSON",
			it->image_archive->label, LIMIT_BOX_JSON_BYTES);
	if (!bytes.len || strlen(buf_text(&bytes)) != bytes.len)
		return fault_set(why, FAULT_FORMAT, "'%s': not JSON", name);
	if (json_parse(bytes.bytes, bytes.len, name, &ret->json, why) < 0)
		return -1;
	ret->text = (char *)buf_take(&bytes, &len);
	return 0;
}

int document_change(const char *text, const json_t *json, struct document *ret, struct fault *why)
{
	auto_buf out = buf_make(2 * LIMIT_JSON_BYTES);
	auto_json was = NULL;
	size_t len;

	if (json_parse_exact(text, "document", &was, why) < 0)
		return -1;
	if (json_equal(json, was))
		buf_add_text(&out, text);
	else if (json_rewrite(json, text, &out, why) < 0)
		return -1;
	if (buf_check(&out, "document", why) < 0)
		return -1;
	digest_of(out.bytes, out.len, ret->digest);
	ret->text = (char *)buf_take(&out, &len);
	return 0;
}

/* "linux/arm64" asks for every variant of it. */
static bool is_platform(const char *asked, const char *platform)
{
	size_t len = strlen(asked);

	return strncmp(asked, platform, len) == 0 && (platform[len] == 0 || platform[len] == '/');
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
	if (!it->options.platform || is_platform(it->options.platform, platform))
		return true;
	if (!it->skipped.kind)
		fault_set(&it->skipped, FAULT_REFUSED,
			"no image for '%s' in '%s'; there is one for '%s'", it->options.platform,
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
		return true; /* by those that were not read, for all we know */
	for (size_t i = 0; i < it->images_n; i++) {
		const struct image *other = &it->images[i];
		size_t n = other->layers_n - (it->turns[i].kind == TURN_CUT);

		for (size_t k = 0; k < n; k++)
			if (other->layers[k].piece.fd == last->fd &&
				other->layers[k].piece.at == last->at)
				return true;
	}
	return false;
}

int put_new(struct manifests *it, struct changes *ret, const char *name, const char *text,
	struct fault *why)
{
	struct piece piece;
	bool found = false;

	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	return found ? 0 : changes_put(ret, name, text, strlen(text), why);
}

int put_layer(struct manifests *it, struct changes *ret, const char *name, const struct turn *turn,
	struct fault *why)
{
	struct piece piece;
	bool found = false;

	if (image_archive_find(it->image_archive, name, &piece, &found, why) < 0)
		return -1;
	return found ? 0 : changes_put_fd(ret, name, turn->layer->fd, turn->layer->size, why);
}

size_t name_len(const char *tag)
{
	const char *slash = strrchr(tag, '/');
	const char *colon = strchr(slash ? slash : tag, ':');

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

void image_free(struct image *image)
{
	for (size_t i = 0; i < image->layers_n; i++)
		free(image->layers[i].label);
	free(image->layers);
	free(image->label);
	free(image->config);
	free(image->os);
	free(image->platform);
	names_free(&image->settings);
}

static void node_free(struct node *node)
{
	for (size_t i = 0; i < node->edges_n; i++) {
		free(node->edges[i].tag);
		free(node->edges[i].refers);
		free(node->edges[i].signs);
	}
	free(node->edges);
	document_free(&node->was);
	document_free(&node->now);
}

void manifests_free(struct manifests *it)
{
	if (!it)
		return;
	for (size_t i = 0; i < it->images_n; i++) {
		image_free(&it->images[i]);
		if (it->turns)
			document_free(&it->turns[i].config);
	}
	for (size_t i = 0; i < it->nodes_n; i++)
		node_free(&it->nodes[i]);
	for (size_t i = 0; i < it->docker_n; i++) {
		free(it->docker[i].config_name);
		free(it->docker[i].last_layer);
		free(it->docker[i].layer_before);
		names_free(&it->docker[i].tags);
	}
	names_free(&it->notes);
	free(it->images);
	free(it->turns);
	free(it->nodes);
	free(it->docker);
	free(it->docker_text);
	document_free(&it->repositories);
	free(it);
}

/* The images are all known: each is named, and one that is not for us is refused. */
static int settle(struct manifests *it, struct fault *why)
{
	for (size_t i = 0; i < it->images_n; i++) {
		struct image *image = &it->images[i];
		char *label = NULL;

		if (text_same(image->os, "windows"))
			return fault_set(why, FAULT_REFUSED,
				"'%s' holds a Windows image, which is left alone; choose another "
				"with --platform",
				it->image_archive->label);
		if (asprintf(&label, "%s (%s)",
			    image->label ? image->label : it->image_archive->label,
			    image->platform) < 0)
			return fault_nomem(why);
		free(image->label);
		image->label = label;
	}
	it->turns = calloc(it->images_n + 1, sizeof(*it->turns));
	return it->turns ? 0 : fault_nomem(why);
}

static int has(struct manifests *it, const char *name, bool *ret, struct fault *why)
{
	struct piece piece;

	return image_archive_find(it->image_archive, name, &piece, ret, why);
}

static int read_views(struct manifests *it, struct fault *why)
{
	bool is_oci = false, is_docker = false, is_dir = it->image_archive->dir_fd >= 0;

	if (has(it, "index.json", &is_oci, why) < 0 ||
		has(it, "manifest.json", &is_docker, why) < 0)
		return -1;
	if (!is_oci && !is_docker)
		return fault_set(why, FAULT_FORMAT,
			"'%s' is not a container image: neither index.json nor manifest.json is in "
			"it%s",
			it->image_archive->label, is_dir ? "; a directory tree is for --root" : "");
	if (!is_oci && is_dir)
		return fault_set(why, FAULT_FORMAT,
			"'%s' is no OCI image layout: it has no index.json; what skopeo wrote as "
			"'dir:' it copies to 'oci:'",
			it->image_archive->label);
	if (is_oci && oci_read(it, why) < 0)
		return -1;
	if (is_docker && is_dir)
		return names_addf(&it->notes, why,
			"manifest.json in '%s' is left as it is: only index.json counts in a "
			"directory",
			it->image_archive->label);
	return is_docker ? docker_read(it, why) : 0;
}

int manifests_read(struct image_archive *image_archive, const struct manifests_options *options,
	struct manifests **ret, struct fault *why)
{
	auto_manifests it = calloc(1, sizeof(*it));

	if (!it)
		return fault_nomem(why);
	it->image_archive = image_archive;
	it->options = *options;
	if (read_views(it, why) < 0)
		return -1;
	if (!it->images_n && it->skipped.kind)
		return fault_set(why, it->skipped.kind, "%s", it->skipped.text);
	if (!it->images_n && options->tag)
		return fault_set(why, FAULT_REFUSED, "no image '%s' in '%s'", options->tag,
			image_archive->label);
	if (!it->images_n)
		return fault_set(why, FAULT_FORMAT, "'%s' holds no image", image_archive->label);
	if (settle(it, why) < 0)
		return -1;
	*ret = steal(&it);
	return 0;
}

size_t manifests_n(const struct manifests *it)
{
	return it->images_n;
}

const struct image *manifests_image(const struct manifests *it, size_t i)
{
	return &it->images[i];
}

const struct names *manifests_notes(const struct manifests *it)
{
	return &it->notes;
}

enum packing manifests_packing(const struct manifests *it, size_t i)
{
	const struct image *image = &it->images[i];

	/* docker load and its relatives take every packing, but none of them writes another. */
	if (image->is_docker)
		return PACKING_PLAIN;
	if (image->layers_n && image->layers[image->layers_n - 1].packing == PACKING_PLAIN)
		return PACKING_PLAIN;
	return PACKING_GZIP;
}

int manifests_append(
	struct manifests *it, size_t i, const struct addition *addition, struct fault *why)
{
	struct turn *turn = &it->turns[i];

	if (it->images[i].layers_n >= LIMIT_LAYERS_RUN_N)
		return fault_set(why, FAULT_LIMIT,
			"'%s' has %zu layers already, and Docker runs no image with more than %u",
			it->images[i].label, it->images[i].layers_n, LIMIT_LAYERS_RUN_N);
	*turn = (struct turn){
		.kind = TURN_APPEND,
		.layer = addition->layer,
		.packing = addition->packing,
		.when = addition->when,
	};
	memcpy(turn->diff_id, addition->layer->diff_id, sizeof(turn->diff_id));
	return config_append(&it->images[i], turn, addition, why);
}

int manifests_cut(struct manifests *it, size_t i, struct fault *why)
{
	struct image *image = &it->images[i];
	struct turn *turn = &it->turns[i];

	if (!image->is_ours || !image->layers_n)
		return fault_set(why, FAULT_REFUSED,
			"the top layer of '%s' was not added by trustfix", image->label);
	*turn = (struct turn){.kind = TURN_CUT};
	memcpy(turn->diff_id, image->layers[image->layers_n - 1].diff_id, sizeof(turn->diff_id));
	return config_cut(image, turn, why);
}

int manifests_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	if (it->nodes_n && oci_changes(it, tag, ret, why) < 0)
		return -1;
	return it->docker_text ? docker_changes(it, tag, ret, why) : 0;
}
