/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/sys/json.h"
#include "tests/unit/image_case.h"

#define SOME_ID "1111111111111111111111111111111111111111111111111111111111111111"

/* Two ways to write one document. */
static const struct image_recipe written[] = {
	{.config = "{\"\\u0068istory\":[{\"created_by\":\"a\"},{\"created_by\":\"c\"}],\"root"
		   "\\u0066s\":{\"diff\\u005fids\":[\"sha256:@0@\",\"sha25\\u0036:@1@\"]}}",
		.manifest = "{\"\\u0063onfig\":{\"mediaType\":\"application\\/vnd.oci.image."
			    "config.v1+json\",\"\\u0064igest\":\"sha256:@C@\",\"siz\\u0065\":"
			    "@CS@},\"la\\u0079ers\":[" LAYER(TAR, "sha256:@0@", "@0S@") "," LAYER(
				    TAR, "sha256:@1@", "@1S@") "]}",
		.members = {IMAGE_LAYOUT,
			{"index.json", "{\"\\u006danifests\":[" IMAGE_DESCRIPTOR "]}"}}},
	{.members = {DOCKER("[{\"\\u0043onfig\":\"@C@\\u002ejson\",\"\\u004cayers\":["
			    "\"a\\u002etar\",\"b.tar\"],\"\\u0052epoTags\":[\"a\\u003a1\"],"
			    "\"\\u004cayerSources\":{}}]"),
		 {"repositories", "{\"\\u0061\":{\"\\u0031\":\"" SOME_ID "\"}}"}}},
	/* an id is a file name: no other text is taken for one */
	{.members = {DOCKER("[{\"Config\":\"@C@.json\",\"Layers\":[\"a.tar\",\"b.tar\"],"
			    "\"RepoTags\":[\"a:1\"]}]"),
		 {"repositories", "{\"a\":{\"1\":\"../\\u0022\\u0022\\u0022\\u0022"
				  "\\u0022\\u0022\\u0022\\u0022\\u0022\\u0022x\"}}"}}},
	/* what Go writes of a list or map that was never made */
	{.members = {IMAGE_LAYOUT, {"index.json", "{\"schemaVersion\":2,\"manifests\":null}"},
		 DOCKER("[{\"Config\":\"@C@.json\",\"RepoTags\":null,\"LayerSources\":null,"
			"\"Parent\":null,\"Layers\":[\"a.tar\",\"b.tar\"]}]")}},
	{.config = "{\"architecture\":null,\"os\":null,\"config\":{\"Env\":null,\"Labels\":"
		   "null},\"created\":null,\"history\":null,\"rootfs\":{\"diff_ids\":"
		   "[\"sha256:@0@\",\"sha256:@1@\"]}}",
		.manifest = MANIFEST_START
		"[" LAYER(TAR, "sha256:@0@", "@0S@") "," LAYER(TAR, "sha256:@1@",
			"@1S@") "],\"annotations\":null,\"subject\":null,\"artifactType\":"
				"null,\"mediaType\":null,\"fsLayers\":null}",
		.members = {IMAGE_LAYOUT,
			INDEX(OTHER(",\"annotations\":null,\"platform\":null,\"urls\":null,"
				    "\"data\":null"))}},
	{.config = "{\"config\":null,\"rootfs\":{\"diff_ids\":null}}",
		.manifest = MANIFEST_START "null}",
		.members = {IMAGE_LAYOUT, GOOD_INDEX}},
	{.config = "{\"rootfs\":{\"diff_ids\":null}}",
		.members = {DOCKER("[{\"Config\":\"@C@.json\",\"Layers\":null}]")}},
};

static void assert_same_json(const char *one, const char *two)
{
	struct fault why = FAULT_INIT;
	auto_json a = NULL;
	auto_json b = NULL;

	assert_ok(json_parse_exact(one, "one", &a, &why), &why);
	assert_ok(json_parse_exact(two, "two", &b, &why), &why);
	assert_true(json_equal(a, b));
}

/* With one more layer, without it again, and under another name. */
static void what_is_written_in_another_way_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_new_layer layer = case_layer();
		struct opened before, with, after, named;
		size_t layers_n;

		assert_ok(read_recipe(&written[i], NULL, &before, &why), &why);
		assert_int_equal(before.manifests->images_n, 1);
		layers_n = before.manifests->images[0].layers_n;
		append_layer(&before, 0, &layer);
		apply_changes(&before, NULL, &with);
		assert_int_equal(with.manifests->images_n, 1);
		assert_int_equal(with.manifests->images[0].layers_n, layers_n + 1);
		assert_true(with.manifests->images[0].is_ours);
		assert_ok(image_cut(&with.manifests->images[0], &why), &why);
		apply_changes(&with, NULL, &after);
		assert_int_equal(after.manifests->images[0].layers_n, layers_n);
		if (layers_n) /* else its null is an empty list now */
			assert_same_json(after.manifests->images[0].config.text,
				before.manifests->images[0].config.text);
		apply_changes(&after, "corp/app:2", &named);
		assert_non_null(strstr(named.manifests->images[0].label, "corp/app:2"));
		opened_drop(&before);
		opened_drop(&with);
		opened_drop(&named);
		opened_drop(&after);
	}
}

#define LARGE "\"large\":18446744073709551616"

/* A number that would become another one: it is read over, but not written. */
static void a_document_that_cannot_be_kept_is_not_changed(void **state)
{
	static const struct image_recipe recipes[] = {
		{.config = "{" LARGE ",\"rootfs\":{\"diff_ids\":[]}}",
			.manifest = MANIFEST_START "[]}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}},
		{.config = "{\"rootfs\":{\"diff_ids\":[]}}",
			.manifest = MANIFEST_START "[]," LARGE "}",
			.members = {IMAGE_LAYOUT, GOOD_INDEX}},
		{.members = {IMAGE_LAYOUT, INDEX(OTHER("," LARGE))}},
		{.members = {DOCKER("[{\"Config\":\"@C@.json\",\"Layers\":[\"a.tar\","
				    "\"b.tar\"]," LARGE "}]")}},
		{.members = {DOCKER("[{\"Config\":\"@C@.json\",\"Layers\":[\"a.tar\","
				    "\"b.tar\"]}]"),
			 {"repositories", "{" LARGE "}"}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_changes changes = CHANGES_INIT;
		struct opened opened;
		int rc;

		assert_ok(read_recipe(&recipes[i], NULL, &opened, &why), &why);
		opened.manifests->images[0].layer = case_layer();
		rc = image_append(&opened.manifests->images[0], CASE_CREATED_BY, 0, &why);
		if (rc == 0)
			rc = manifests_changes(opened.manifests, NULL, &changes, &why);
		assert_fault(rc, &why, FAULT_FORMAT, "numbers beyond 64 bits are not supported");
		opened_drop(&opened);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_written_in_another_way_is_the_same),
	cmocka_unit_test(a_document_that_cannot_be_kept_is_not_changed),
};

int main(void)
{
	return run_group("documents", tests);
}
