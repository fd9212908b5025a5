/* SPDX-License-Identifier: Apache-2.0 */
/* Documents, names, and the two views together. */
#include "stores/image/manifest_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

/* ---- documents ------------------------------------------------------------------------------ */

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

static void digest_of(const void *bytes, size_t len, char out[static DIGEST_TEXT_LEN])
{
	uint8_t digest[DIGEST_SHA256_LEN];

	digest_sha256(bytes, len, digest);
	digest_format(digest, out);
}

void blob_name(const char *digest, char out[static BLOB_NAME_LEN])
{
	snprintf(out, BLOB_NAME_LEN, BLOBS "%.64s", digest + 7);
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
	free(document->now);
}

int document_read(struct manifests *it, const struct blob *from, struct document *ret,
	json_t **ret_json, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_JSON_BYTES);
	char digest[DIGEST_TEXT_LEN];
	struct piece piece;
	bool found = !from->may_miss;
	size_t len;

	if (!found && image_archive_find(it->archive, from->name, &piece, &found, why) < 0)
		return -1;
	if (!found)
		return 0;
	if (image_archive_read(it->archive, from->name, &bytes, why) < 0)
		return -1;
	digest_of(bytes.bytes, bytes.len, digest);
	if (*from->digest && from->size >= 0 && (int64_t)bytes.len != from->size)
		return fault_set(why, FAULT_FORMAT, "'%s' has %zu bytes instead of %" PRId64,
			from->name, bytes.len, from->size);
	if (*from->digest && strcmp(from->digest, digest) != 0)
		return fault_set(
			why, FAULT_FORMAT, "'%s' is damaged: its digest is %s", from->name, digest);
	it->json_len += bytes.len;
	if (it->json_len > LIMIT_BOX_JSON_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "more than %u bytes of JSON", LIMIT_BOX_JSON_BYTES);
	if (strlen(buf_text(&bytes)) != bytes.len)
		return fault_set(why, FAULT_FORMAT, "'%s': not JSON", from->name);
	if (json_parse(buf_text(&bytes), from->name, ret_json, why) < 0)
		return -1;
	memcpy(ret->digest, digest, sizeof(digest));
	ret->text = (char *)buf_take(&bytes, &len);
	return 0;
}

int document_change(struct document *document, const json_t *json, const char *name,
	struct changes *ret, struct fault *why)
{
	auto_buf out = buf_make(2 * LIMIT_JSON_BYTES);
	auto_json was = NULL;
	size_t len;

	if (json_parse_exact(document->text, name, &was, why) < 0)
		return -1;
	if (json_equal(json, was))
		return 0;
	if (json_rewrite(json, document->text, &out, why) < 0)
		return -1;
	len = out.len;
	digest_of(out.bytes, len, document->now_digest);
	document->now = (char *)buf_take(&out, &len);
	return ret ? changes_put(ret, name, document->now, len, why) : 0;
}

int claim_name(json_t *names, const char *name, const char *digest, struct fault *why)
{
	const char *other = json_member_text(names, name);
	auto_free char *shown = text_printable(name, strlen(name), LIMIT_NAME_SHOWN);

	if (!shown || (!other && json_object_set_new(names, name, json_string(digest)) < 0))
		return fault_nomem(why);
	return !other || strcmp(other, digest) == 0
		       ? 0
		       : fault_set(why, FAULT_REFUSED, "two images with the name '%s'", shown);
}

int refuse_tag(const struct manifests *it, struct fault *why)
{
	return fault_set(why, FAULT_REFUSED,
		"'%s' does not hold exactly one image, and --tag can name only one",
		it->archive->label);
}

int put_new(struct manifests *it, struct changes *ret, const char *name, const void *bytes,
	size_t len, struct fault *why)
{
	struct piece piece;
	bool found = false;

	if (image_archive_find(it->archive, name, &piece, &found, why) < 0)
		return -1;
	return found ? 0 : changes_put(ret, name, bytes, len, why);
}

/* ---- names ---------------------------------------------------------------------------------- */

size_t name_len(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *colon = strrchr(slash ? slash : name, ':');

	return colon ? (size_t)(colon - name) : strlen(name);
}

char *full_name(const char *tag, size_t *ret_added)
{
	size_t first = strcspn(tag, "/");
	bool has_host = tag[first] && (memchr(tag, '.', first) || memchr(tag, ':', first) ||
					      strncmp(tag, "localhost/", 10) == 0);
	const char *added = has_host ? "" : tag[first] ? "docker.io/" : "docker.io/library/";
	char *full = NULL;

	*ret_added = strlen(added);
	return asprintf(&full, "%s%s%s", added, tag, tag[name_len(tag)] ? "" : ":latest") < 0
		       ? NULL
		       : full;
}

/* ---- the whole ------------------------------------------------------------------------------ */

void manifests_free(struct manifests *it)
{
	if (!it)
		return;
	for (size_t i = 0; i < it->images_n; i++)
		image_free(&it->images[i]);
	for (size_t i = 0; i < it->nodes_n; i++)
		document_free(&it->nodes[i].document);
	document_free(&it->docker);
	document_free(&it->repositories);
	names_free(&it->notes);
	free(it);
}

/* Read the views that the archive has. */
static int read_views(struct manifests *it, struct fault *why)
{
	bool is_oci = false, is_docker = false, is_dir = it->archive->dir_fd >= 0;
	const char *label = it->archive->label, *tag = it->options.tag;
	struct piece piece;

	if (image_archive_find(it->archive, "index.json", &piece, &is_oci, why) < 0 ||
		image_archive_find(it->archive, "manifest.json", &piece, &is_docker, why) < 0)
		return -1;
	if (!is_oci && (!is_docker || is_dir))
		return fault_set(why, FAULT_FORMAT, "not a container image: it has no index.json%s",
			!is_dir     ? " and no manifest.json"
			: is_docker ? "; if skopeo wrote it as 'dir:', copy it to 'oci:' first"
				    : "; a directory tree is for --root");
	if (is_docker && is_dir &&
		names_addf(&it->notes, why,
			"manifest.json in '%s' was left unchanged: only index.json counts in a "
			"directory",
			label) < 0)
		return -1;
	if ((is_oci && oci_read(it, why) < 0) || (is_docker && !is_dir && docker_read(it, why) < 0))
		return -1;
	if (tag)
		fault_set(&it->skipped, FAULT_REFUSED, "no image '%s'", tag);
	fault_set(&it->skipped, FAULT_FORMAT, "it holds no image");
	if (!it->images_n)
		return fault_set(why, it->skipped.kind, "%s", it->skipped.text);
	for (struct image *image = it->images; image < it->images + it->images_n; image++) {
		if (text_starts(image->platform, "windows/"))
			return fault_set(why, FAULT_REFUSED,
				"it holds a Windows image, which is left alone; choose another "
				"with --platform");
		if (text_set(&image->label, why, "%s (%s)", image->label ? image->label : label,
			    image->platform) < 0)
			return -1;
	}
	return 0;
}

int manifests_read(struct image_archive *archive, const struct manifests_options *options,
	struct manifests **ret, struct fault *why)
{
	auto_manifests it = calloc(1, sizeof(*it));

	if (!it)
		return fault_nomem(why);
	it->archive = archive;
	it->options = *options;
	if (read_views(it, why) < 0)
		return fault_wrap(why, "'%s'", archive->label);
	*ret = steal(&it);
	return 0;
}

int manifests_changes(struct manifests *it, const char *tag, struct changes *ret, struct fault *why)
{
	bool changes = tag != NULL;

	/* Images that were not read may need what those that lose a layer had. */
	for (size_t i = 0; i < it->images_n; i++) {
		changes = changes || it->images[i].turn;
		it->drops = it->drops || (it->images[i].turn == TURN_CUT && !it->options.tag &&
						 !it->options.platform);
	}
	if (changes && it->nodes_n && oci_changes(it, tag, ret, why) < 0)
		return -1;
	return changes && it->docker.text ? docker_changes(it, tag, ret, why) : 0;
}
