/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an image file; what is accepted gets a layer, is read again, and loses it. */
#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"
#include "src/sys/fd.h"
#include "stores/image/manifest.h"
#include "stores/image/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* "blobs/sha256/HEX" of these bytes. */
static void put_blob(struct changes *to, const struct buf *text, char name[static 96])
{
	struct fault why = FAULT_INIT;
	uint8_t digest[DIGEST_SHA256_LEN];

	digest_sha256(text->bytes, text->len, digest);
	memcpy(name, "blobs/sha256/", 13);
	text_hex(digest, sizeof(digest), name + 13);
	assert(changes_put(to, name, text->bytes, text->len, &why) == 0);
}

/* Five parts with a NUL between: config, rest of the manifest, rest of the index, manifest.json,
 * repositories. */
static struct changes members_of(const uint8_t *bytes, size_t len)
{
	struct changes out = CHANGES_INIT;
	struct fault why = FAULT_INIT;
	struct buf parts[5];
	char name[96];

	for (size_t i = 0; i < 5; i++) {
		const uint8_t *end = memchr(bytes, 0, len);
		size_t part_len = end ? (size_t)(end - bytes) : len;

		parts[i] = buf_make(LIMIT_FILE_BYTES);
		if (i == 1)
			buf_printf(&parts[1],
				"{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+"
				"json\",\"digest\":\"sha256:%s\",\"size\":%zu}",
				name + 13, parts[0].len);
		if (i == 2)
			buf_printf(&parts[2],
				"{\"manifests\":[{\"digest\":\"sha256:%s\",\"size\":%zu", name + 13,
				parts[1].len);
		buf_add(&parts[i], bytes, part_len);
		buf_add_text(&parts[i], "");
		if (i < 2)
			put_blob(&out, &parts[i], name);
		bytes += part_len + (end != NULL);
		len -= part_len + (end != NULL);
	}
	assert(changes_put(&out, "c.json", parts[0].bytes ? parts[0].bytes : bytes, parts[0].len,
		       &why) == 0);
	assert(changes_put(&out, "index.json", parts[2].bytes, parts[2].len, &why) == 0);
	assert(changes_put(&out, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30, &why) ==
		0);
	if (parts[3].len)
		assert(changes_put(&out, "manifest.json", parts[3].bytes, parts[3].len, &why) == 0);
	if (parts[4].len)
		assert(changes_put(&out, "repositories", parts[4].bytes, parts[4].len, &why) == 0);
	assert(changes_put(&out,
		       "blobs/sha256/"
		       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		       "", 0, &why) == 0);
	for (size_t i = 0; i < 5; i++)
		buf_free(&parts[i]);
	return out;
}

/* The box with its changes, read. */
static int read_changed(struct image_archive *image_archive, const struct changes *changes,
	struct image_archive **ret_box, struct manifests **ret)
{
	static const struct manifests_options all = {.tag = NULL};
	struct fault why = FAULT_INIT;
	int fd = -1;

	assert(fd_unnamed(&fd, &why) == 0);
	assert(output_write_tar(image_archive, changes, fd, &why) == 0);
	assert(image_archive_take_tar(fd, "box", ret_box, &why) == 0);
	return manifests_read(*ret_box, &all, ret, &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct image_archive empty = {
		.dir_fd = -1, .fd = -1, .source_fd = -1, .label = (char *)"empty"};
	auto_changes members = members_of(bytes, len);
	auto_changes more = CHANGES_INIT;
	auto_changes fewer = CHANGES_INIT;
	auto_image_archive image_archive = NULL;
	auto_image_archive again_box = NULL;
	auto_manifests documents = NULL;
	auto_manifests again = NULL;
	struct fault why = FAULT_INIT;

	if (read_changed(&empty, &members, &image_archive, &documents) < 0)
		return 0;
	documents->images[0].layer.bytes = calloc(1, 1);
	if (image_append(&documents->images[0], "trustfix install", 0, &why) < 0 ||
		manifests_changes(documents, NULL, &more, &why) < 0)
		return 0;
	assert(read_changed(image_archive, &more, &again_box, &again) == 0);
	assert(again->images_n == documents->images_n);
	if (image_cut(&again->images[0], &why) == 0)
		assert(manifests_changes(again, NULL, &fewer, &why) == 0);
	return 0;
}
