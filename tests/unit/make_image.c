/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/make_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"
#include "src/sys/fd.h"
#include "tests/unit/make_layer.h"

const char image_config[] =
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"x\":1.5,\"created\":\"2026-01-02T03:04:05."
	"6Z\","
	"\"history\":[{\"created_by\":\"a \\u003e b\"},{\"created_by\":\"c\"}],"
	"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:@0@\",\"sha256:@1@\"]}}";

#define LAYER_ROW(n)                                                                        \
	"{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:@" n \
	"@\",\"size\":@" n "S@}"

const char image_manifest[] = "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
			      "vnd.oci.image.config.v1+json\","
			      "\"digest\":\"sha256:@C@\",\"size\":@CS@},\"layers\":[" LAYER_ROW(
				      "0") "," LAYER_ROW("1") "],\"annotations\":{}}\n";

#define ID0 "1111111111111111111111111111111111111111111111111111111111111111"
#define ID1 "2222222222222222222222222222222222222222222222222222222222222222"

const struct image_recipe dialects[DIALECTS] = {
	[DIALECT_OCI] = {.members = {IMAGE_LAYOUT,
				 {"index.json",
					 "{\"schemaVersion\":2,\"manifests\":[" IMAGE_DESCRIPTOR
					 "]}"}}},
	[DIALECT_DOCKER_20] =
		{.members = {{"@C@.json", "@config"}, {ID0 "/VERSION", "1.0"},
			 {ID0 "/json", "{\"id\":\"" ID0 "\"}"}, {ID0 "/layer.tar", "@layer0"},
			 {ID1 "/VERSION", "1.0"},
			 {ID1 "/json", "{\"id\":\"" ID1 "\",\"parent\":\"" ID0 "\"}"},
			 {ID1 "/layer.tar", "@layer1"},
			 {"manifest.json",
				 "[{\"Config\":\"@C@.json\",\"RepoTags\":[\"app:v1\"],"
				 "\"Layers\":[\"" ID0 "/layer.tar\",\"" ID1 "/layer.tar\"]}]\n"},
			 {"repositories", "{\"app\":{\"v1\":\"" ID1 "\"}}\n"}}},
	[DIALECT_DOCKER_26] =
		{.members = {IMAGE_LAYOUT,
			 {"index.json",
				 "{\"schemaVersion\":2,\"manifests\":[" IMAGE_DESCRIPTOR "]}"},
			 {"manifest.json",
				 "[{\"Config\":\"blobs/sha256/@C@\",\"RepoTags\":[\"app:v1\"],"
				 "\"Layers\":[\"blobs/sha256/@0@\",\"blobs/sha256/@1@\"],"
				 "\"LayerSources\":{\"sha256:@0@\":" LAYER_ROW(
					 "0") ",\"sha256:@1@\":" LAYER_ROW("1") "}}]\n"},
			 {"repositories", "{\"app\":{\"v1\":\"@1@\"}}\n"}}},
	[DIALECT_PODMAN] = {.members = {{"@0@.tar", "@layer0"}, {"@1@.tar", "@layer1"},
				    {"@C@.json", "@config"}, {ID0 "/layer.tar -> ../@0@.tar", ""},
				    {ID0 "/VERSION", "1.0"}, {ID0 "/json", "{\"id\":\"" ID0 "\"}"},
				    {ID1 "/layer.tar -> ../@1@.tar", ""}, {ID1 "/VERSION", "1.0"},
				    {ID1 "/json", "{\"id\":\"" ID1 "\",\"parent\":\"" ID0 "\"}"},
				    {"manifest.json",
					    "[{\"Config\":\"@C@.json\",\"RepoTags\":[\"app:v1\"],"
					    "\"Layers\":[\"@0@.tar\",\"@1@.tar\"]}]"},
				    {"repositories", "{\"app\":{\"v1\":\"" ID1 "\"}}"}}},
	[DIALECT_BAZEL] =
		{.members = {{"sha256:@C@", "@config"}, {"sha256:@0@.tar", "@layer0"},
			 {"sha256:@1@.tar", "@layer1"},
			 {"manifest.json",
				 "[{\"Layers\":[\"sha256:@0@.tar\",\"sha256:@1@.tar\"],"
				 "\"RepoTags\":[\"app:v1\"],\"Config\":\"sha256:@C@\"}]"}}},
};

struct known {
	const char *key;
	char value[TEXT_SHA256_HEX_LEN];
};
#define KNOWN_N 8

static void need(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

static char *substitute(const char *text, const struct known *known)
{
	auto_buf out = buf_make(LIMIT_MIB);
	size_t len;

	while (*text) {
		size_t i = 0;

		while (i < KNOWN_N && strncmp(text, known[i].key, strlen(known[i].key)) != 0)
			i++;
		if (i < KNOWN_N)
			buf_add_text(&out, known[i].value);
		else
			buf_add_byte(&out, (uint8_t)*text);
		text += i < KNOWN_N ? strlen(known[i].key) : 1;
	}
	need(!out.failed, "memory");
	return (char *)buf_take(&out, &len);
}

static void learn(struct known *known, const void *bytes, size_t len)
{
	uint8_t digest[DIGEST_SHA256_LEN];

	digest_sha256(bytes, len, digest);
	text_hex(digest, sizeof(digest), known[0].value);
	snprintf(known[1].value, sizeof(known[1].value), "%zu", len);
}

static void make_layers(struct buf layers[2], struct known *known)
{
	static const struct layer_row rows[2][3] = {
		{{.type = '0', .name = "etc/os-release", .text = "ID=debian\n"},
			{.type = '5', .name = "etc/ssl/certs/"}},
		{{.type = '0', .name = "built", .text = "yes\n"}},
	};

	for (size_t i = 0; i < 2; i++) {
		layers[i] = buf_make(LIMIT_MIB);
		for (size_t k = 0; rows[i][k].name; k++)
			layer_add(&layers[i], &rows[i][k]);
		layer_add_end(&layers[i]);
		learn(&known[2 * i], layers[i].bytes, layers[i].len);
	}
}

static void put(struct changes *out, const char *name, const void *bytes, size_t len)
{
	struct fault why = FAULT_INIT;
	const char *arrow = strstr(name, " -> ");
	auto_free char *plain = arrow ? strndup(name, (size_t)(arrow - name)) : NULL;

	need((arrow ? changes_put_link(out, plain, arrow + 4, &why)
		    : changes_put(out, name, bytes, len, &why)) == 0,
		"member");
}

struct changes image_members(const struct image_recipe *recipe)
{
	struct known known[KNOWN_N] = {{"@0@", ""}, {"@0S@", ""}, {"@1@", ""}, {"@1S@", ""},
		{"@C@", ""}, {"@CS@", ""}, {"@M@", ""}, {"@MS@", ""}};
	struct changes out = CHANGES_INIT;
	struct buf layers[2];
	auto_free char *config = NULL, *manifest = NULL;

	make_layers(layers, known);
	config = substitute(recipe->config ? recipe->config : image_config, known);
	learn(&known[4], config, strlen(config));
	manifest = substitute(recipe->manifest ? recipe->manifest : image_manifest, known);
	learn(&known[6], manifest, strlen(manifest));
	for (size_t i = 0; i < IMAGE_MEMBERS_N && recipe->members[i].name; i++) {
		auto_free char *name = substitute(recipe->members[i].name, known);
		auto_free char *text = substitute(recipe->members[i].text, known);

		if (strncmp(text, "@layer", 6) == 0)
			put(&out, name, layers[text[6] - '0'].bytes, layers[text[6] - '0'].len);
		else if (strcmp(text, "@config") == 0)
			put(&out, name, config, strlen(config));
		else if (strcmp(text, "@manifest") == 0)
			put(&out, name, manifest, strlen(manifest));
		else
			put(&out, name, text, strlen(text));
	}
	buf_free(&layers[0]);
	buf_free(&layers[1]);
	return out;
}

int image_tar(const struct changes *members)
{
	struct fault why = FAULT_INIT;
	struct image_archive empty = {
		.dir_fd = -1, .fd = -1, .source_fd = -1, .label = (char *)"empty"};
	int fd = -1;

	need(fd_unnamed(NULL, &fd, &why) == 0, "file");
	need(output_write_tar(&empty, members, fd, 0, &why) == 0, "tar");
	return fd;
}

static void copy_to(const void *bytes, size_t len, const char *path)
{
	struct fault why = FAULT_INIT;
	auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	need(fd >= 0 && fd_write_all(fd, bytes, len, path, &why) == 0, path);
}

void image_tar_file(const struct changes *members, const char *path)
{
	struct fault why = FAULT_INIT;
	auto_fd fd = image_tar(members);
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);

	need(lseek(fd, 0, SEEK_SET) == 0 && fd_read_all(fd, path, &bytes, &why) == 0, path);
	copy_to(bytes.bytes, bytes.len, path);
}

void image_dir(const struct changes *members, const char *dir)
{
	auto_free char *blobs = NULL;

	need(asprintf(&blobs, "%s/blobs", dir) > 0 && mkdir(blobs, 0755) == 0, dir);
	free(steal(&blobs));
	need(asprintf(&blobs, "%s/blobs/sha256", dir) > 0 && mkdir(blobs, 0755) == 0, dir);
	for (size_t i = 0; i < members->n; i++) {
		auto_free char *path = NULL;

		need(asprintf(&path, "%s/%s", dir, members->at[i].name) > 0, "memory");
		copy_to(members->at[i].bytes, members->at[i].len, path);
	}
}
