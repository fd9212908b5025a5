/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/manifest_parts.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

bool digest_parse(const char *text, uint8_t ret[static DIGEST_SHA256_LEN])
{
	/* Lower case only: a digest becomes a file name. [descriptor.md, "Registered algorithms"]
	 */
	return strncmp(text, "sha256:", 7) == 0 && strlen(text) == 7 + 64 &&
	       strspn(text + 7, "0123456789abcdef") == 64 &&
	       text_unhex(text + 7, ret, DIGEST_SHA256_LEN);
}

void digest_format(const uint8_t digest[static DIGEST_SHA256_LEN], char out[static DIGEST_TEXT_LEN])
{
	memcpy(out, "sha256:", 7);
	text_hex(digest, DIGEST_SHA256_LEN, out + 7);
}

void blob_name(const char *digest_text, char out[static BLOB_NAME_LEN])
{
	memcpy(out, BLOBS, strlen(BLOBS));
	memcpy(out + strlen(BLOBS), digest_text + 7, 65);
}

static void digest_of(const void *bytes, size_t len, char out[static DIGEST_TEXT_LEN])
{
	uint8_t digest[DIGEST_SHA256_LEN];

	digest_sha256(bytes, len, digest);
	digest_format(digest, out);
}

bool json_push(json_t *object, const char *key, json_t *item)
{
	if (!json_is_array(json_object_get(object, key)))
		json_object_set_new(object, key, json_array());
	return json_array_append_new(json_object_get(object, key), item) == 0;
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

int document_change(const char *text, const json_t *json, char **ret,
	char ret_digest[static DIGEST_TEXT_LEN], struct fault *why)
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
	digest_of(out.bytes, out.len, ret_digest);
	*ret = (char *)buf_take(&out, &len);
	return 0;
}

void manifests_free(struct manifests *it)
{
	if (!it)
		return;
	for (size_t i = 0; i < it->images_n; i++)
		image_free(&it->images[i]);
	for (size_t i = 0; i < it->nodes_n; i++) {
		free(it->nodes[i].edges);
		free(it->nodes[i].text);
		free(it->nodes[i].now);
	}
	free(it->images);
	free(it->nodes);
	json_decref(it->index);
	json_decref(it->docker);
	json_decref(it->repositories);
	free(it->docker_text);
	free(it->docker_images);
	free(it->repositories_text);
	names_free(&it->notes);
	free(it);
}

static int read_views(struct manifests *it, struct fault *why)
{
	bool is_oci = false, is_docker = false, is_dir = it->image_archive->dir_fd >= 0;
	struct piece piece;

	if (image_archive_find(it->image_archive, "index.json", &piece, &is_oci, why) < 0 ||
		image_archive_find(it->image_archive, "manifest.json", &piece, &is_docker, why) < 0)
		return -1;
	if (!is_oci && !is_docker)
		return fault_set(why, FAULT_FORMAT,
			"'%s' is not a container image: it has neither index.json nor "
			"manifest.json%s",
			it->image_archive->label, is_dir ? "; a directory tree is for --root" : "");
	if (!is_oci && is_dir)
		return fault_set(why, FAULT_FORMAT,
			"'%s' is not an OCI image layout: it has no index.json; if skopeo wrote it "
			"as 'dir:', copy it to 'oci:' first",
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
	for (size_t i = 0; i < it->images_n; i++) {
		struct image *image = &it->images[i];
		char *label = NULL;

		if (image->is_windows)
			return fault_set(why, FAULT_REFUSED,
				"'%s' holds a Windows image, which is left alone; choose another "
				"with --platform",
				image_archive->label);
		if (asprintf(&label, "%s (%s)", image->label ? image->label : image_archive->label,
			    image->platform) < 0)
			return fault_nomem(why);
		free(image->label);
		image->label = label;
	}
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

struct names *manifests_notes(struct manifests *it)
{
	return &it->notes;
}

enum packing manifests_packing(const struct manifests *it, size_t i)
{
	const struct image *image = &it->images[i];

	/* docker load and similar tools read any compression, but all of them write plain layers.
	 */
	if (image->is_docker ||
		(image->layers_n && image->layers[image->layers_n - 1].packing == PACKING_PLAIN))
		return PACKING_PLAIN;
	return PACKING_GZIP;
}

int manifests_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	if (it->nodes_n && oci_changes(it, tag, ret, why) < 0)
		return -1;
	return it->docker_text ? docker_changes(it, tag, ret, why) : 0;
}
