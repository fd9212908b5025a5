/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of an image file, one a line: the name of a member, a blank and its text.  "@" is
 * the name of a blob; in a text, "@3" is the digest (hex) of the text of line 3, and "#3" its size;
 * lines count from 0.  The text of "tag" and "platform" chooses images; "rename" gives a new name.
 * What is accepted gets a layer, is read again, and loses it.
 */
#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/x509/digest.h"
#include "stores/image/manifest.h"
#include "stores/image/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define LINES_N 16

struct input {
	struct manifests_options options;
	const char *rename;
	struct buf texts[LINES_N];
	struct changes members;
};

static void hex_of(const struct buf *text, char out[static TEXT_SHA256_HEX_LEN])
{
	uint8_t digest[DIGEST_SHA256_LEN];

	digest_sha256(buf_text(text), text->len, digest);
	text_hex(digest, sizeof(digest), out);
}

/* The text of line n, which may name the lines above it. */
static void read_text(struct input *it, size_t n, const char *line)
{
	struct buf *out = &it->texts[n];
	char hex[TEXT_SHA256_HEX_LEN];

	*out = buf_make(LIMIT_MIB);
	for (; *line; line++) {
		size_t k = line[1] >= '0' ? (size_t)(line[1] - '0') : n;

		if ((*line != '@' && *line != '#') || k >= n) {
			buf_add_byte(out, (uint8_t)*line);
			continue;
		}
		hex_of(&it->texts[k], hex);
		if (*line == '@')
			buf_add_text(out, hex);
		else
			buf_printf(out, "%zu", it->texts[k].len);
		line++;
	}
}

static void read_input(struct input *it, char *at)
{
	const struct {
		const char *name;
		const char **value;
	} settings[] = {{"tag", &it->options.tag}, {"platform", &it->options.platform},
		{"rename", &it->rename}};
	struct fault why = FAULT_INIT;
	char *line, blob[96] = "blobs/sha256/";

	for (size_t n = 0; n < LINES_N && (line = strsep(&at, "\n")); n++) {
		const char *name = strsep(&line, " ");
		bool is_setting = false;

		read_text(it, n, line ? line : "");
		for (size_t i = 0; i < 3; i++)
			if (strcmp(name, settings[i].name) == 0) {
				*settings[i].value = buf_text(&it->texts[n]);
				is_setting = true;
			}
		hex_of(&it->texts[n], blob + strlen("blobs/sha256/"));
		if (strcmp(name, "@") == 0)
			name = blob;
		if (!is_setting && *name)
			assert(changes_put(&it->members, name, buf_text(&it->texts[n]),
				       it->texts[n].len, &why) == 0);
	}
}

/* The archive with its changes, read. */
static int read_changed(struct image_archive *archive, const struct changes *changes,
	const struct manifests_options *options, struct image_archive **ret_archive,
	struct manifests **ret)
{
	struct fault why = FAULT_INIT;
	int fd = -1;

	assert(fd_unnamed(NULL, &fd, &why) == 0);
	assert(output_write_tar(archive, changes, fd, 0, &why) == 0);
	if (image_archive_take_tar(fd, "box", ret_archive, &why) < 0)
		return -1;
	return manifests_read(*ret_archive, options, ret, &why);
}

static void change(struct input *it)
{
	struct image_archive empty = {
		.dir_fd = -1, .fd = -1, .source_fd = -1, .label = (char *)"empty"};
	auto_changes more = CHANGES_INIT;
	auto_changes fewer = CHANGES_INIT;
	auto_image_archive archive = NULL;
	auto_image_archive again_archive = NULL;
	auto_manifests documents = NULL;
	auto_manifests again = NULL;
	struct fault why = FAULT_INIT;
	struct manifests_options options = it->options;
	const char *new_name = !it->rename ? NULL : *it->rename == 'B' ? "B" : "host:80/b:3";

	if (!it->members.n ||
		read_changed(&empty, &it->members, &options, &archive, &documents) < 0)
		return;
	for (size_t i = 0; i < documents->images_n; i++) {
		documents->images[i].layer.bytes = calloc(1, 1);
		if (image_append(&documents->images[i],
			    "trustfix install sha256:"
			    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
			    0, &why) < 0)
			return;
	}
	if (manifests_changes(documents, new_name, &more, &why) < 0)
		return;
	if (options.tag && it->rename)
		options.tag = new_name;
	assert(read_changed(archive, &more, &options, &again_archive, &again) == 0);
	assert(again->images_n == documents->images_n);
	for (size_t i = 0; i < again->images_n; i++)
		if (image_cut(&again->images[i], &why) < 0)
			return;
	assert(manifests_changes(again, NULL, &fewer, &why) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	struct input input = {.members = CHANGES_INIT};

	read_input(&input, text);
	change(&input);
	changes_free(&input.members);
	for (size_t i = 0; i < LINES_N; i++)
		buf_free(&input.texts[i]);
	return 0;
}
