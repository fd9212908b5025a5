/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image files of every shape, chosen by the input: images get a layer, the new file is read again,
 * and without that layer its documents are the old ones byte for byte.
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

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const uint8_t *input;
static size_t input_len;

/* The next choice among `n`. */
static unsigned pick(unsigned n)
{
	if (!input_len)
		return 0;
	input_len--;
	return *input++ % n;
}

static void put(struct changes *to, const char *name, const char *text)
{
	struct fault why = FAULT_INIT;

	assert(changes_put(to, name, text, strlen(text), &why) == 0);
}

/* Put a blob in, and begin its descriptor in `out`. */
static void put_blob(struct changes *to, const struct buf *text, const char *type, struct buf *out,
	char hex[static TEXT_SHA256_HEX_LEN])
{
	uint8_t digest[DIGEST_SHA256_LEN];
	char name[96];

	digest_sha256(buf_text(text), text->len, digest);
	text_hex(digest, sizeof(digest), hex);
	snprintf(name, sizeof(name), "blobs/sha256/%s", hex);
	put(to, name, buf_text(text));
	buf_printf(out, "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%zu", type, hex,
		text->len);
}

/* An element of manifest.json, with the members it names. */
static void add_docker(struct changes *to, const char *hex, const char *config, unsigned layers_n,
	struct buf *out, struct buf *repositories)
{
	static const char *const styles[][3] = {
		{"blobs/sha256/", "", "blobs/sha256/" EMPTY},
		{"", ".json", EMPTY "/layer.tar"},
		{"", ".json", EMPTY ".tar"},
		{"sha256:", "", "sha256:" EMPTY ".tar"},
	};
	const char *const *style = styles[pick(4)];
	char name[96];

	snprintf(name, sizeof(name), "%s%s%s", style[0], hex, style[1]);
	put(to, name, config);
	put(to, style[2], "");
	put(to, EMPTY "/json", "{\"id\":\"" EMPTY "\"}");
	buf_printf(out, "%s{\"Config\":\"%s\",\"RepoTags\":[\"app:%.4s\"],\"Layers\":[",
		out->len ? "," : "", name, hex);
	for (unsigned i = 0; i < layers_n; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "", style[2]);
	buf_add_text(out, pick(2) ? "],\"LayerSources\":{}}" : "]}");
	if (layers_n) /* Docker tells nothing of an image without layers */
		buf_printf(repositories, "%s\"%.4s\":\"" EMPTY "\"", repositories->len ? "," : "",
			hex);
}

/* One image in both views: what stands for it in an index, and in manifest.json. */
static void put_image(struct changes *to, unsigned number, struct buf *index, struct buf *docker,
	struct buf *repositories)
{
	static const char *const histories[] = {"", ",\"history\":null", ",\"history\":[]",
		",\"history\":[{\"created_by\":\"x\"}]"};
	static const char *const types[][3] = {
		{"application/vnd.oci.image.config.v1+json",
			"application/vnd.oci.image.layer.v1.tar",
			"application/vnd.oci.image.manifest.v1+json"},
		{"application/vnd.docker.container.image.v1+json",
			"application/vnd.docker.image.rootfs.diff.tar",
			"application/vnd.docker.distribution.manifest.v2+json"}};
	static const char *const about[][2] = {
		{"\"vnd.docker.reference.type\":\"attestation-manifest\","
		 "\"vnd.docker.reference.digest\":\"sha256:",
			""},
		{"\"org.opencontainers.image.ref.name\":\"sha256-", ".sig"},
		{"\"kind\":\"dev.cosignproject.cosign/sigs\",\"x\":\"", ""},
	};
	static const char *const names[] = {"\"org.opencontainers.image.ref.name\":\"v%u\"",
		"\"io.containerd.image.name\":\"docker.io/library/app:v%u\",\"x\":1", "\"n\":%u"};
	const char *const *type = types[pick(2)], *const *around = about[pick(3)];
	auto_buf config = buf_make(LIMIT_MIB), manifest = buf_make(LIMIT_MIB);
	auto_buf edge = buf_make(LIMIT_MIB), list = buf_make(LIMIT_MIB);
	char config_hex[TEXT_SHA256_HEX_LEN], hex[TEXT_SHA256_HEX_LEN];
	auto_free char *data = NULL;
	unsigned layers_n = pick(3);

	buf_printf(&config,
		"{\"architecture\":\"a%u\",\"os\":\"linux\"%s,\"rootfs\":{\"diff_ids\":[", number,
		histories[pick(4)]);
	for (unsigned i = 0; i < layers_n; i++)
		buf_printf(&config, "%s\"sha256:" EMPTY "\"", i ? "," : "");
	buf_add_text(&config, "]}}");
	buf_add_text(&manifest, "{\"config\":");
	put_blob(to, &config, type[0], &manifest, config_hex);
	data = digest_base64(config.bytes, config.len);
	assert(data);
	if (pick(2))
		buf_printf(&manifest, ",\"data\":\"%s\"", data);
	buf_add_text(&manifest, "},\"layers\":[");
	for (unsigned i = 0; i < layers_n; i++)
		buf_printf(&manifest,
			"%s{\"mediaType\":\"%s\",\"digest\":\"sha256:" EMPTY "\",\"size\":0}",
			i ? "," : "", type[1]);
	buf_add_text(&manifest, "]}");
	put_blob(to, &manifest, type[2], &edge, hex);
	for (unsigned nested = pick(4); nested >= 2; nested--) {
		buf_clear(&list);
		buf_printf(&list, "{\"manifests\":[%s}]}", buf_text(&edge));
		buf_clear(&edge);
		put_blob(to, &list, "application/vnd.oci.image.index.v1+json", &edge, hex);
	}
	for (unsigned n = 1 + pick(2); n; n--) {
		buf_printf(index, "%s%s,\"annotations\":{", index->len ? "," : "", buf_text(&edge));
		buf_printf(index, names[pick(3)], 10 * n + number);
		buf_add_text(index, "}}");
	}
	if (pick(2))
		buf_printf(index,
			",{\"digest\":\"sha256:" EMPTY "\",\"size\":0,\"annotations\":{%s%s%s\"}}",
			around[0], hex, around[1]);
	add_docker(to, config_hex, buf_text(&config), layers_n, docker, repositories);
}

static struct changes make_image(void)
{
	struct changes out = CHANGES_INIT;
	auto_buf index = buf_make(LIMIT_MIB), docker = buf_make(LIMIT_MIB);
	auto_buf repositories = buf_make(LIMIT_MIB), text = buf_make(LIMIT_MIB);
	unsigned views = pick(3);

	for (unsigned i = 0, n = 1 + pick(3); i < n; i++)
		put_image(&out, i, &index, &docker, &repositories);
	buf_printf(&text, "{\"manifests\":[%s]}", buf_text(&index));
	if (views != 1)
		put(&out, "index.json", buf_text(&text));
	buf_clear(&text);
	buf_printf(&text, "[%s]", buf_text(&docker));
	if (views != 2)
		put(&out, "manifest.json", buf_text(&text));
	buf_clear(&text);
	buf_printf(&text, "{\"app\":{%s}}", buf_text(&repositories));
	if (views != 2 && pick(2))
		put(&out, "repositories", buf_text(&text));
	put(&out, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	put(&out, "blobs/sha256/" EMPTY, "");
	return out;
}

struct opened {
	struct image_archive *archive;
	struct manifests *manifests;
};

/* The archive with its changes, read. */
static int reopen(struct image_archive *archive, const struct changes *changes, struct opened *ret,
	struct fault *why)
{
	static const struct manifests_options all = {.tag = NULL};
	int fd = -1;

	assert(fd_unnamed(NULL, &fd, why) == 0);
	assert(output_write_tar(archive, changes, fd, 0, why) == 0);
	assert(image_archive_take_tar(fd, "box", &ret->archive, why) == 0);
	return manifests_read(ret->archive, &all, &ret->manifests, why);
}

static void assert_same(const struct opened *one, const struct opened *two, const char *name)
{
	auto_buf a = buf_make(LIMIT_MIB), b = buf_make(LIMIT_MIB);
	struct fault why = FAULT_INIT;

	if (!image_archive_member(one->archive, name))
		return;
	assert(image_archive_read(one->archive, name, &a, &why) == 0);
	assert(image_archive_read(two->archive, name, &b, &why) == 0);
	assert(strcmp(buf_text(&a), buf_text(&b)) == 0);
}

static void change(struct opened *old)
{
	struct opened with = {NULL, NULL}, without = {NULL, NULL};
	auto_changes more = CHANGES_INIT, fewer = CHANGES_INIT;
	struct fault why = FAULT_INIT;
	const char *tag = pick(4) == 3 ? "corp/app:2" : NULL;
	size_t n = old->manifests->images_n, changed = 0;

	for (size_t i = 0; i < n; i++) {
		struct image *image = &old->manifests->images[i];

		if (pick(3) == 2)
			continue;
		image->layer = (struct new_layer){.bytes = (uint8_t *)strdup("tar\n"), .size = 4};
		digest_sha256("tar\n", 4, image->layer.digest);
		digest_sha256("tar\n", 4, image->layer.diff_id);
		assert(image_append(image, "trustfix install", 0, &why) == 0);
		changed++;
	}
	if (manifests_changes(old->manifests, tag, &more, &why) < 0) {
		assert(tag && why.kind == FAULT_REFUSED);
		return;
	}
	assert(reopen(old->archive, &more, &with, &why) == 0);
	assert(with.manifests->images_n == n);
	for (size_t i = 0; i < n; i++)
		if (with.manifests->images[i].is_ours) {
			assert(image_cut(&with.manifests->images[i], &why) == 0);
			changed--;
		}
	assert(changed == 0);
	assert(manifests_changes(with.manifests, NULL, &fewer, &why) == 0);
	assert(reopen(with.archive, &fewer, &without, &why) == 0);
	for (size_t i = 0; i < n && !tag; i++)
		assert(strcmp(without.manifests->images[i].config.text,
			       old->manifests->images[i].config.text) == 0);
	if (!tag) {
		assert_same(old, &without, "index.json");
		assert_same(old, &without, "manifest.json");
		assert_same(old, &without, "repositories");
	}
	manifests_free(with.manifests);
	image_archive_free(with.archive);
	manifests_free(without.manifests);
	image_archive_free(without.archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct image_archive empty = {
		.dir_fd = -1, .fd = -1, .source_fd = -1, .label = (char *)"empty"};
	struct opened old = {NULL, NULL};
	struct fault why = FAULT_INIT;
	auto_changes members = CHANGES_INIT;

	input = bytes;
	input_len = len;
	members = make_image();
	if (reopen(&empty, &members, &old, &why) == 0)
		change(&old);
	manifests_free(old.manifests);
	image_archive_free(old.archive);
	return 0;
}
