/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"
#include "tests/unit/image_case.h"

static void assert_member(struct image_archive *image_archive, const char *name, const char *wanted)
{
	struct fault why = FAULT_INIT;
	auto_buf text = buf_make(LIMIT_MIB);

	assert_ok(image_archive_read(image_archive, name, &text, &why), &why);
	assert_string_equal(buf_text(&text), wanted);
}

/* Every member of `a` is in `b` with the same bytes, and the reverse. */
static void assert_same(struct image_archive *a, struct image_archive *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		struct fault why = FAULT_INIT;
		auto_buf one = buf_make(LIMIT_MIB), two = buf_make(LIMIT_MIB);

		assert_ok(image_archive_read(a, a->at[i].name, &one, &why), &why);
		assert_ok(image_archive_read(b, a->at[i].name, &two, &why), &why);
		assert_bytes(one.bytes, one.len, two.bytes, two.len);
	}
}

static void gets_a_layer_and_loses_it_again(const struct image_recipe *recipe)
{
	struct fault why = FAULT_INIT;
	auto_new_layer layer = case_layer();
	struct opened before, with, after;
	const struct image *image;

	assert_ok(read_recipe(recipe, NULL, &before, &why), &why);
	assert_int_equal(before.manifests->images_n, 1);
	assert_false(before.manifests->images[0].is_ours);
	append_layer(&before, 0, &layer);
	apply_changes(&before, NULL, &with);
	image = &with.manifests->images[0];
	assert_int_equal(image->layers_n, 3);
	assert_memory_equal(image->layers[2].diff_id, layer.diff_id, 32);
	assert_true(image->is_ours);
	assert_int_equal(image->installed.n, 1);
	assert_string_equal(image->installed.at[0], strchr(CASE_CREATED_BY, ':') + 1);
	assert_ok(image_cut(&with.manifests->images[0], &why), &why);
	apply_changes(&with, NULL, &after);
	assert_same(before.image_archive, after.image_archive);
	opened_drop(&before);
	opened_drop(&with);
	opened_drop(&after);
}

static void every_dialect_gets_a_layer_and_loses_it_again(void **state)
{
	(void)state;
	for (enum dialect dialect = 0; dialect < DIALECTS; dialect++)
		gets_a_layer_and_loses_it_again(&dialects[dialect]);
}

/* BuildKit and Docker's registry indent manifests; not every writer escapes what Go does. */
#define INDENTED(by)                                                           \
	"{\n" by "\"schemaVersion\": 2,\n" by "\"config\": {\n" by by          \
	"\"mediaType\": \"application/vnd.oci.image.config.v1+json\",\n" by by \
	"\"digest\": \"sha256:@C@\",\n" by by "\"size\": @CS@\n" by "},\n" by  \
	"\"layers\": [\n" INDENTED_LAYER(by, "0") ",\n" INDENTED_LAYER(by, "1") "\n" by "]\n}\n"
#define INDENTED_LAYER(by, n)                                                                    \
	by by "{\n" by by by "\"mediaType\": \"" TAR "\",\n" by by by "\"digest\": \"sha256:@" n \
	      "@\",\n" by by by "\"size\": @" n "S@\n" by by "}"

static void how_a_document_is_written_is_kept(void **state)
{
	static const struct image_recipe recipes[] = {
		{.manifest = INDENTED("  "), .members = {IMAGE_LAYOUT, GOOD_INDEX}},
		{.manifest = INDENTED("   "), .members = {IMAGE_LAYOUT, GOOD_INDEX}},
		{.config = "{\"large\":9007199254740993,\"a\":\"<&>\\t\\\"\xc3\xa9/\",\"history\":"
			   "[],\"real\":1.5,\"rootfs\":{\"diff_ids\":[\"sha256:@0@\","
			   "\"sha256:@1@\"]}}\r\n",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++)
		gets_a_layer_and_loses_it_again(&recipes[i]);
}

static void a_config_changes_in_two_places(void **state)
{
	struct fault why = FAULT_INIT;
	auto_new_layer layer = case_layer();
	struct opened before, with;
	const char *text;
	char hex[TEXT_SHA256_HEX_LEN];

	(void)state;
	text_hex(layer.diff_id, 32, hex);
	assert_ok(read_recipe(&dialects[DIALECT_OCI], NULL, &before, &why), &why);
	append_layer(&before, 0, &layer);
	apply_changes(&before, NULL, &with);
	text = with.manifests->images[0].config.text;
	assert_non_null(strstr(text, "\"x\":1.5,"));
	assert_non_null(strstr(text,
		"{\"created_by\":\"a \\u003e b\"},{\"created_by\":\"c\"},"
		"{\"created\":\"2026-01-02T03:04:05Z\",\"created_by\":\"" CASE_CREATED_BY
		"\",\"comment\":\"trustfix\"}],"));
	assert_non_null(strstr(text, hex));
	opened_drop(&before);
	opened_drop(&with);
}

static void both_views_of_docker_26_agree(void **state)
{
	struct fault why = FAULT_INIT;
	auto_new_layer layer = case_layer();
	struct opened before, with;
	char wanted[200], hex[TEXT_SHA256_HEX_LEN];
	auto_buf text = buf_make(LIMIT_MIB);

	(void)state;
	text_hex(layer.digest, 32, hex);
	assert_ok(read_recipe(&dialects[DIALECT_DOCKER_26], NULL, &before, &why), &why);
	append_layer(&before, 0, &layer);
	apply_changes(&before, NULL, &with);
	assert_int_equal(with.manifests->images_n, 1);
	snprintf(wanted, sizeof(wanted), "{\"app\":{\"v1\":\"%s\"}}\n", hex);
	assert_member(with.image_archive, "repositories", wanted);
	snprintf(wanted, sizeof(wanted),
		",\"sha256:%s\":{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",", hex);
	assert_ok(image_archive_read(with.image_archive, "manifest.json", &text, &why), &why);
	assert_non_null(strstr(buf_text(&text), wanted));
	opened_drop(&before);
	opened_drop(&with);
}

static void a_new_name_is_written_in_every_view(void **state)
{
	struct fault why = FAULT_INIT;
	struct opened before, after;
	auto_buf text = buf_make(LIMIT_MIB);

	(void)state;
	assert_ok(read_recipe(&dialects[DIALECT_DOCKER_26], NULL, &before, &why), &why);
	apply_changes(&before, "corp/app", &after);
	assert_ok(image_archive_read(after.image_archive, "manifest.json", &text, &why), &why);
	assert_non_null(strstr(buf_text(&text), "\"RepoTags\":[\"corp/app:latest\"]"));
	buf_clear(&text);
	assert_ok(image_archive_read(after.image_archive, "index.json", &text, &why), &why);
	assert_non_null(strstr(buf_text(&text),
		"{\"org.opencontainers.image.ref.name\":\"corp/app\",\"x\":\"kept\"}"));
	buf_clear(&text);
	assert_ok(image_archive_read(after.image_archive, "repositories", &text, &why), &why);
	assert_non_null(strstr(buf_text(&text), "{\"corp/app\":{\"latest\":\""));
	opened_drop(&before);
	opened_drop(&after);
}

#define NO_SUCH "sha256:3333333333333333333333333333333333333333333333333333333333333333"

static void attestations_follow_and_signatures_are_told(void **state)
{
	static const struct image_recipe recipe = {
		.members = {IMAGE_LAYOUT,
			INDEX(IMAGE_DESCRIPTOR
				",{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
				"\"digest\":\"" NO_SUCH "\",\"size\":5,\"platform\":{\"os\":"
				"\"unknown\",\"architecture\":\"unknown\"},\"annotations\":{"
				"\"vnd.docker.reference.type\":\"attestation-manifest\","
				"\"vnd.docker.reference.digest\":\"sha256:@M@\"}},"
				"{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
				"\"digest\":\"" NO_SUCH "\",\"size\":5,\"annotations\":{"
				"\"org.opencontainers.image.ref.name\":\"sha256-@M@.sig\"}}")}};
	struct fault why = FAULT_INIT;
	auto_new_layer layer = case_layer();
	auto_changes changes = CHANGES_INIT;
	const struct change *index;
	const struct names *notes;
	const char *text;
	char wanted[100];
	struct opened before;

	(void)state;
	assert_ok(read_recipe(&recipe, NULL, &before, &why), &why);
	append_layer(&before, 0, &layer);
	assert_ok(manifests_changes(before.manifests, NULL, &changes, &why), &why);
	index = changes_find(&changes, "index.json");
	assert_non_null(index);
	text = strstr((char *)index->bytes, "\"digest\":\"");
	assert_non_null(text);
	snprintf(wanted, sizeof(wanted), "reference.digest\":\"%.71s\"",
		text + strlen("\"digest\":\""));
	assert_non_null(strstr((char *)index->bytes, wanted));
	notes = &before.manifests->notes;
	assert_int_equal(notes->n, 2);
	assert_non_null(strstr(notes->at[0], "attestation"));
	assert_non_null(strstr(notes->at[1], "no longer matches"));
	opened_drop(&before);
}

static void a_platform_that_is_listed_but_not_there_is_told(void **state)
{
	static const struct image_recipe recipe = {
		.members = {IMAGE_LAYOUT,
			INDEX(IMAGE_DESCRIPTOR
				",{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
				"\"digest\":\"" NO_SUCH "\",\"size\":5,\"platform\":{\"os\":"
				"\"linux\",\"architecture\":\"arm64\"}}")}};
	struct fault why = FAULT_INIT;
	struct opened opened;

	(void)state;
	assert_ok(read_recipe(&recipe, NULL, &opened, &why), &why);
	assert_int_equal(opened.manifests->images_n, 1);
	assert_int_equal(opened.manifests->notes.n, 1);
	assert_non_null(strstr(opened.manifests->notes.at[0], "linux/arm64"));
	opened_drop(&opened);
}

static void tag_and_platform_choose(void **state)
{
	static const struct manifests_options good[] = {
		{.tag = "v1"},
		{.platform = "linux/amd64"},
	};
	static const struct {
		struct manifests_options options;
		const char *refused;
	} bad[] = {
		{{.tag = "v2"}, "no image 'v2'"},
		{{.platform = "linux/arm64"}, "no image for 'linux/arm64'"},
		{{.platform = "linux/amd"}, "no image for"},
	};
	struct fault why = FAULT_INIT;
	struct opened opened;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_ok(read_recipe(&dialects[DIALECT_OCI], &good[i], &opened, &why), &why);
		assert_string_equal(opened.manifests->images[0].label, "v1 (linux/amd64)");
		opened_drop(&opened);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_fault(read_recipe(&dialects[DIALECT_OCI], &bad[i].options, &opened, &why),
			&why, FAULT_REFUSED, bad[i].refused);
		opened_drop(&opened);
	}
}

#define CONFIG_START "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":"

static const struct {
	const char *what; /* part of the fault */
	enum fault_kind kind;
	struct image_recipe recipe;
} bad[] = {
	{"no index.json and no manifest.json", FAULT_FORMAT, {.members = {{"x", "y"}}}},
	{"no 'oci-layout'", FAULT_FORMAT, {.members = {GOOD_INDEX}}},
	{"a version other than", FAULT_REFUSED,
		{.members = {{"oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}"}, GOOD_INDEX}}},
	{"not JSON", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT, {"index.json", "{\"manifests\":[}"}}}},
	{"not JSON", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT, {"index.json", "{\"manifests\":[],\"manifests\":[]}"}}}},
	{"holds no image", FAULT_FORMAT, {.members = {IMAGE_LAYOUT, INDEX("")}}},
	{"no list of manifests", FAULT_FORMAT, {.members = {IMAGE_LAYOUT, {"index.json", "[]"}}}},
	{"no list of manifests", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT, {"index.json", "{\"manifests\":{}}"}}}},
	{"no valid SHA-256", FAULT_FORMAT, {.members = {IMAGE_LAYOUT, INDEX("{}")}}},
	{"no valid SHA-256", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT,
			 INDEX("{\"digest\":\"sha256:../../../../etc/passwd\",\"size\":1}")}}},
	{"no valid SHA-256", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT,
			 INDEX("{\"digest\":\"sha256:AAAA333333333333333333333333333333333333333333"
			       "333333333333333333\",\"size\":1}")}}},
	{"no valid SHA-256", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT, INDEX("{\"digest\":\"sha512:00\",\"size\":1}")}}},
	{"is not a number of bytes", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT, INDEX("{\"digest\":\"sha256:@M@\",\"size\":-1}")}}},
	{"instead of 7", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT, INDEX("{\"digest\":\"sha256:@M@\",\"size\":7}")}}},
	{"damaged", FAULT_FORMAT,
		{.members = {IMAGE_LAYOUT,
			 {"blobs/sha256/3333333333333333333333333333333333333333333333"
			  "333333333333333333",
				 "{}"},
			 INDEX("{\"digest\":\"" NO_SUCH "\",\"size\":2}")}}},
	{"two images with the name 'v1'", FAULT_REFUSED,
		{.members = {IMAGE_LAYOUT,
			 INDEX(IMAGE_DESCRIPTOR
				 ",{\"digest\":\"" NO_SUCH "\",\"size\":2,\"annotations\":{"
				 "\"org.opencontainers.image.ref.name\":\"v1\"}}")}}},
	{"schema 1", FAULT_REFUSED,
		{.members = {IMAGE_LAYOUT,
			 INDEX("{\"mediaType\":\"application/vnd.docker.distribution.manifest.v1+"
			       "prettyjws\",\"digest\":\"sha256:@M@\",\"size\":@MS@}")}}},
	{"schema 1", FAULT_REFUSED,
		{.manifest = "{\"schemaVersion\":1,\"fsLayers\":[]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"both an index and a manifest", FAULT_FORMAT,
		{.manifest = MANIFEST_START "[],\"manifests\":[]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"not that of its descriptor", FAULT_FORMAT,
		{.manifest = "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"lacks its config", FAULT_FORMAT,
		{.manifest = "[]", .members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"lacks its config", FAULT_FORMAT,
		{.manifest = "{\"layers\":[]}", .members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"an artifact 'application/x-chart'", FAULT_REFUSED,
		{.manifest = "{\"config\":{\"mediaType\":\"application/x-chart\"},\"layers\":[]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"foreign (not in the file)", FAULT_REFUSED,
		{.manifest = MANIFEST_START
			"[" LAYER("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
				"sha256:@0@", "@0S@") "]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"1 layers, but the config has 2", FAULT_FORMAT,
		{.manifest = MANIFEST_START "[" LAYER(TAR, "sha256:@0@", "@0S@") "]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"is missing", FAULT_FORMAT,
		{.manifest = MANIFEST_START
			"[" LAYER(TAR, "sha256:@0@", "@0S@") "," LAYER(TAR, NO_SUCH, "5") "]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"its manifest says 5", FAULT_FORMAT,
		{.manifest = MANIFEST_START
			"[" LAYER(TAR, "sha256:@0@", "@0S@") "," LAYER(TAR, "sha256:@1@", "5") "]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"Windows", FAULT_REFUSED,
		{.config = "{\"os\":\"windows\",\"rootfs\":{\"diff_ids\":[\"sha256:@0@\","
			   "\"sha256:@1@\"]}}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"no rootfs.diff_ids", FAULT_FORMAT,
		{.config = "[]", .members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"no rootfs.diff_ids", FAULT_FORMAT,
		{.config = "{}", .members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"a diff_id is not a SHA-256", FAULT_FORMAT,
		{.config = CONFIG_START "[\"sha256:@0@\",1]}}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"history is not an array", FAULT_FORMAT,
		{.config = "{\"history\":{},\"rootfs\":{\"diff_ids\":[]}}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}}},
	{"not a list of images", FAULT_FORMAT, {.members = {DOCKER("{}")}}},
	{"holds no image", FAULT_FORMAT, {.members = {DOCKER("[]")}}},
	{"without its layers", FAULT_FORMAT, {.members = {DOCKER("[null]")}}},
	{"without its layers", FAULT_FORMAT, {.members = {DOCKER("[{\"Config\":\"@C@.json\"}]")}}},
	{"is not a file name", FAULT_FORMAT,
		{.members = {DOCKER("[{\"Config\":1,\"Layers\":[]}]")}}},
	{"is not a file name", FAULT_FORMAT,
		{.members = {DOCKER("[{\"Config\":\"a\\u001b[m\",\"Layers\":[]}]")}}},
	{"has no '../c.json'", FAULT_FORMAT,
		{.members = {DOCKER("[{\"Config\":\"../c.json\",\"Layers\":[]}]")}}},
	{"1 layers, but the config has 2", FAULT_FORMAT,
		{.members = {DOCKER("[{\"Config\":\"@C@.json\",\"Layers\":[\"a.tar\"]}]")}}},
	{"'c.tar' is missing", FAULT_FORMAT,
		{.members = {DOCKER(
			 "[{\"Config\":\"@C@.json\",\"Layers\":[\"a.tar\",\"c.tar\"]}]")}}},
	{"RepoTags is not a list", FAULT_FORMAT,
		{.members = {DOCKER("[{\"Config\":\"@C@.json\",\"Layers\":[\"a.tar\",\"b.tar\"],"
				    "\"RepoTags\":\"x\"}]")}}},
	{"link loop", FAULT_REFUSED,
		{.members = {DOCKER("[{\"Config\":\"l\",\"Layers\":[]}]"), {"l -> m", ""},
			 {"m -> l", ""}}}},
	{"points outside the archive", FAULT_REFUSED,
		{.members = {DOCKER("[{\"Config\":\"l\",\"Layers\":[]}]"),
			 {"l -> ../../etc/passwd", ""}}}},
	{"points outside the archive", FAULT_REFUSED,
		{.members = {DOCKER("[{\"Config\":\"l\",\"Layers\":[]}]"),
			 {"l -> /etc/passwd", ""}}}},
};

static void bad_documents_are_refused_with_their_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fault why = FAULT_INIT;
		struct opened opened;
		int rc = read_recipe(&bad[i].recipe, NULL, &opened, &why);

		assert_fault(rc, &why, bad[i].kind, bad[i].what);
		opened_drop(&opened);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_dialect_gets_a_layer_and_loses_it_again),
	cmocka_unit_test(how_a_document_is_written_is_kept),
	cmocka_unit_test(a_config_changes_in_two_places),
	cmocka_unit_test(both_views_of_docker_26_agree),
	cmocka_unit_test(a_new_name_is_written_in_every_view),
	cmocka_unit_test(attestations_follow_and_signatures_are_told),
	cmocka_unit_test(a_platform_that_is_listed_but_not_there_is_told),
	cmocka_unit_test(tag_and_platform_choose),
	cmocka_unit_test(bad_documents_are_refused_with_their_reason),
};

int main(void)
{
	return run_group("manifest", tests);
}
