/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdlib.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "stores/image/rootfs.h"
#include "tests/unit/make_layer.h"

#define LAYERS_MOST 4

/* Layers of rows; a row without a name ends one, and a layer without rows the image. */
struct image {
	struct layer_row rows[LAYERS_MOST][12];
};

static void add_rows(struct buf *tar, const struct layer_row *rows)
{
	for (; rows->name; rows++)
		layer_add(tar, rows);
	layer_add_end(tar);
}

static int open_image(const struct image *image, enum packing packing, bool check,
	struct layer layers[LAYERS_MOST], struct tree **ret, struct fault *why)
{
	size_t n = 0;

	for (; n < LAYERS_MOST && image->rows[n][0].name; n++) {
		auto_buf tar = buf_make(SIZE_MAX / 2);

		add_rows(&tar, image->rows[n]);
		layers[n] = layer_of(&tar, packing);
	}
	return rootfs_open(layers, n, "image", check, NULL, ret, why);
}

static void drop_image(const struct image *image, struct layer layers[LAYERS_MOST])
{
	for (size_t n = 0; n < LAYERS_MOST && image->rows[n][0].name; n++)
		layer_drop(&layers[n]);
}

/* In every packing the image looks like that. */
static void shows(const struct image *image, const char *wanted)
{
	for (enum packing packing = 0; packing < PACKINGS; packing++) {
		struct layer layers[LAYERS_MOST];
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;
		auto_free char *text = NULL;

		assert_ok(open_image(image, packing, packing == 0, layers, &tree, &why), &why);
		text = tree_dump(tree);
		assert_string_equal(text, wanted);
		drop_image(image, layers);
	}
}

/* In every packing it is refused with that. */
static void fails(const struct image *image, enum fault_kind kind, const char *part)
{
	for (enum packing packing = 0; packing < PACKINGS; packing++) {
		struct layer layers[LAYERS_MOST];
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;

		assert_fault(
			open_image(image, packing, false, layers, &tree, &why), &why, kind, part);
		drop_image(image, layers);
	}
}

#define FILE_(name, text)                \
	{                                \
		'0', name, text, 0, 0, 0 \
	}
#define DIR_(name)                       \
	{                                \
		'5', name, NULL, 0, 0, 0 \
	}
#define LINK_(name, to)                \
	{                              \
		'2', name, to, 0, 0, 0 \
	}
#define HARD_(name, to)                \
	{                              \
		'1', name, to, 0, 0, 0 \
	}

static void one_layer_is_what_is_in_it(void **state)
{
	static const struct image image = {
		{{DIR_("etc/"), FILE_("etc/a", "hello"), LINK_("etc/l", "/target"),
			HARD_("etc/h", "etc/a"), {'3', "dev/null", NULL, 0, 0, 0},
			{'6', "dev/pipe", NULL, 0, 0, 0}, {'0', "etc/own", "x", 04755, 7, 8}}}};

	(void)state;
	shows(&image, "/dev dir 0755 0:0\n/dev/null other\n/dev/pipe other\n"
		      "/etc dir 0755 0:0\n/etc/a file 0644 0:0 hello\n/etc/h file 0644 0:0 hello\n"
		      "/etc/l link -> /target\n/etc/own file 4755 7:8 x\n");
}

static void names_are_made_relative(void **state)
{
	static const struct image image = {{{DIR_("./"), FILE_("/abs/a", "1"),
		FILE_("./dot/./b", "2"), FILE_("two//c", "3"), DIR_("/")}}};

	(void)state;
	shows(&image, "/abs dir 0755 0:0\n/abs/a file 0644 0:0 1\n/dot dir 0755 0:0\n"
		      "/dot/b file 0644 0:0 2\n/two dir 0755 0:0\n/two/c file 0644 0:0 3\n");
}

static void a_later_member_replaces_an_earlier_one(void **state)
{
	static const struct image image = {{{FILE_("a", "old"), FILE_("a", "new"), DIR_("d"),
		FILE_("d/x", "1"), FILE_("d", "file"), FILE_("e", "file"), DIR_("e"),
		FILE_("e/y", "2"), LINK_("l", "x"), FILE_("l", "file")}}};

	(void)state;
	shows(&image, "/a file 0644 0:0 new\n/d file 0644 0:0 file\n/e dir 0755 0:0\n"
		      "/e/y file 0644 0:0 2\n/l file 0644 0:0 file\n");
}

static void upper_layers_replace_lower_ones(void **state)
{
	static const struct image image = {
		{{FILE_("a", "1"), DIR_("d"), FILE_("d/x", "1"), FILE_("f", "1"), LINK_("l", "d"),
			 DIR_("gone"), FILE_("gone/z", "1")},
			{FILE_("a", "2"), {'5', "d", NULL, 0700, 1, 2}, FILE_("d/y", "2"),
				DIR_("f"), FILE_("f/in", "2"), FILE_("gone", "2")},
			{FILE_("f/more", "3"), DIR_("gone")}}};

	(void)state;
	shows(&image, "/a file 0644 0:0 2\n/d dir 0700 1:2\n/d/x file 0644 0:0 1\n"
		      "/d/y file 0644 0:0 2\n/f dir 0755 0:0\n/f/in file 0644 0:0 2\n"
		      "/f/more file 0644 0:0 3\n/gone dir 0755 0:0\n/l link -> d\n");
}

/* facts of overlayfs: the link is replaced by a directory that has the new file alone. */
static void a_lower_link_is_no_way(void **state)
{
	static const struct image image = {
		{{DIR_("real"), FILE_("real/x", "1"), LINK_("way", "real")},
			{FILE_("way/y", "2")}}};

	(void)state;
	shows(&image, "/real dir 0755 0:0\n/real/x file 0644 0:0 1\n/way dir 0755 0:0\n"
		      "/way/y file 0644 0:0 2\n");
}

static void implied_directories_keep_what_was_there(void **state)
{
	static const struct image image = {{{{'5', "d", NULL, 0711, 3, 4}}, {FILE_("d/x/y", "2")}}};

	(void)state;
	shows(&image, "/d dir 0711 3:4\n/d/x dir 0755 0:0\n/d/x/y file 0644 0:0 2\n");
}

static void whiteouts_hide_lower_layers_alone(void **state)
{
	static const struct image image = {
		{{FILE_("a", "1"), FILE_("d/x", "1"), FILE_("d/y", "1"), FILE_("t/u/v", "1"),
			 FILE_("kept", "1"), FILE_("again/old", "1")},
			{FILE_("d/.wh.x", ""), FILE_(".wh.t", ""), FILE_("kept", "2"),
				FILE_(".wh.kept", ""), FILE_(".wh.nothing", ""),
				FILE_("again/new", "2"), FILE_(".wh.again", "")},
			{FILE_("t/new", "3")}}};

	(void)state;
	shows(&image, "/a file 0644 0:0 1\n/again dir 0755 0:0\n/again/new file 0644 0:0 2\n"
		      "/d dir 0755 0:0\n/d/y file 0644 0:0 1\n/kept file 0644 0:0 2\n"
		      "/t dir 0755 0:0\n/t/new file 0644 0:0 3\n");
}

static void opaque_directories_hide_all_that_is_lower(void **state)
{
	static const struct image image = {
		{{FILE_("d/x", "1"), FILE_("d/s/y", "1"), FILE_("o", "1")},
			{FILE_("d/before", "2"), FILE_("d/.wh..wh..opq", ""), FILE_("d/after", "2"),
				FILE_(".wh..wh.plnk/x", "")},
			{FILE_("d/upper", "3")}}};

	(void)state;
	shows(&image, "/d dir 0755 0:0\n/d/after file 0644 0:0 2\n/d/before file 0644 0:0 2\n"
		      "/d/upper file 0644 0:0 3\n/o file 0644 0:0 1\n");
}

static void an_opaque_root_hides_all_that_is_lower(void **state)
{
	static const struct image image = {
		{{FILE_("a", "1")}, {FILE_(".wh..wh..opq", ""), FILE_("b", "2")}}};

	(void)state;
	shows(&image, "/b file 0644 0:0 2\n");
}

/* What is known of the lower layers is not read again, and the old tree still answers. */
static void one_more_layer_needs_no_other_to_be_read(void **state)
{
	static const struct image image = {{{FILE_("etc/a", "1"), FILE_("b", "1")},
		{FILE_("etc/a", "2"), FILE_(".wh.b", "")}}};

	(void)state;
	for (enum packing packing = 0; packing < PACKINGS; packing++) {
		struct layer layers[LAYERS_MOST], lower;
		struct fault why = FAULT_INIT;
		auto_tree below = NULL;
		auto_tree tree = NULL;
		auto_free char *text = NULL, *old = NULL;

		assert_ok(open_image(&image, packing, false, layers, &tree, &why), &why);
		tree_close(steal(&tree));
		lower = layers[0];
		assert_ok(rootfs_open(&lower, 1, "below", false, NULL, &below, &why), &why);
		layers[0].digest[0] ^= 1;
		assert_ok(rootfs_open(layers, 2, "image", false, below, &tree, &why), &why);
		text = tree_dump(tree);
		assert_string_equal(text, "/etc dir 0755 0:0\n/etc/a file 0644 0:0 2\n");
		old = tree_dump(below);
		assert_string_equal(old, "/b file 0644 0:0 1\n/etc dir 0755 0:0\n"
					 "/etc/a file 0644 0:0 1\n");
		tree_close(steal(&tree));
		layers[0].diff_id[0] ^= 1;
		if (packing != PACKING_PLAIN)
			assert_fault(rootfs_open(layers, 2, "image", false, below, &tree, &why),
				&why, FAULT_FORMAT, "its contents do not match its diff_id");
		drop_image(&image, layers);
	}
}

static void hard_links_share_what_their_target_was(void **state)
{
	static const struct image image = {{{{'0', "a", "1", 0600, 5, 6}, LINK_("l", "x"),
						    FILE_("b", "1")},
		{HARD_("lower", "a"), HARD_("link", "l"), HARD_("second", "lower"), FILE_("a", "2"),
			HARD_("own", "./a"), FILE_(".wh.b", ""), HARD_("of-b", "/b")}}};

	(void)state;
	shows(&image, "/a file 0644 0:0 2\n/l link -> x\n/link link -> x\n"
		      "/lower file 0600 5:6 1\n/of-b file 0644 0:0 1\n/own file 0644 0:0 2\n"
		      "/second file 0600 5:6 1\n");
}

static void long_and_foreign_names_are_read(void **state)
{
	char name[300], line[400], wanted[700];
	struct image image = {{{{'L', "././@LongLink", name, 0, 0, 0}, FILE_("cut", "1"),
		{'x', "PaxHeaders/x", line, 0, 0, 0}, FILE_("cut2", "2")}}};

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = 0;
	snprintf(line, sizeof(line), "path=F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny/%.200s", name);
	snprintf(wanted, sizeof(wanted),
		"/F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny dir 0755 0:0\n"
		"/F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny/%.200s file 0644 0:0 2\n"
		"/%s file 0644 0:0 1\n",
		name, name);
	shows(&image, wanted);
}

/* What is left to libarchive between what is not, until it is left to it for good. */
static void odd_headers_are_read_among_plain_ones(void **state)
{
	static const struct layer_row odd = {'x', "PaxHeaders/x", "uid=7", 0, 0, 0};
	auto_buf tar = buf_make(SIZE_MAX / 2);
	char *texts[2] = {NULL, NULL};

	(void)state;
	for (size_t i = 0; i < 2 * LIMIT_ODD_HEADERS_N; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d/%zu", i);
		if (i % 3)
			layer_add(&tar, &odd);
		layer_add(&tar, &(struct layer_row)FILE_(name, name));
	}
	layer_add_end(&tar);
	for (enum packing packing = PACKING_PLAIN; packing <= PACKING_GZIP; packing++) {
		struct layer layer = layer_of(&tar, packing);
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;

		assert_ok(rootfs_open(&layer, 1, "odd", false, NULL, &tree, &why), &why);
		texts[packing] = tree_dump(tree);
		layer_drop(&layer);
	}
	assert_string_equal(texts[0], texts[1]);
	assert_non_null(strstr(texts[0], "/d/1999 file 0644 7:0 d/1999\n"));
	free(texts[0]);
	free(texts[1]);
}

static void hostile_members_are_refused(void **state)
{
	static const struct {
		struct image image;
		const char *part;
	} rows[] = {
		{{{{FILE_("../x", "")}}}, "layer 'test': '../x': it points outside the image"},
		{{{{FILE_("a/../../x", "")}}}, "'a/../../x': it points outside"},
		{{{{FILE_("a/..", "")}}}, "it points outside"},
		{{{{HARD_("h", "../../etc/passwd")}}},
			"'h': the target of a hard link: it points outside"},
		{{{{HARD_("h", "nothing")}}}, "the target of a hard link, '/nothing', is missing"},
		{{{{DIR_("d"), HARD_("h", "d")}}}, "the target of a hard link, '/d'"},
		{{{{HARD_("h", "h")}}}, "a hard link points to itself"},
		{{{{LINK_("l", "/etc"), FILE_("l/passwd", "")}}},
			"a member is below '/l', which is not a directory"},
		{{{{FILE_("f", ""), FILE_("f/x", "")}}}, "a member is below '/f'"},
		{{{{FILE_(".wh.", "")}}}, "it is a whiteout of a whole directory"},
		{{{{FILE_(".wh..", "")}}}, "it is a whiteout of a whole directory"},
		{{{{FILE_("d/.wh...", "")}}}, "it is a whiteout of a whole directory"},
		{{{{FILE_(".wh.d/x", "")}}}, "it is below a whiteout"},
		{{{{LINK_(".", "x")}}}, "its root is not a directory"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fails(&rows[i].image, FAULT_FORMAT, rows[i].part);
}

static void deep_names_are_refused(void **state)
{
	char name[2 * LIMIT_MEMBER_DEPTH + 8] = "";
	struct image image = {{{{'L', "././@LongLink", name, 0, 0, 0}, FILE_("cut", "1")}}};

	(void)state;
	for (size_t i = 0; i <= LIMIT_MEMBER_DEPTH; i++)
		memcpy(name + 2 * i, "d/", 3);
	fails(&image, FAULT_LIMIT, "its name is too long");
}

static void wrong_digests_are_refused(void **state)
{
	static const struct image image = {{{FILE_("a", "1")}}};

	(void)state;
	for (enum packing packing = 0; packing < PACKINGS; packing++) {
		struct layer layers[LAYERS_MOST];
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;

		assert_ok(open_image(&image, packing, true, layers, &tree, &why), &why);
		tree_close(steal(&tree));
		layers[0].digest[31] ^= 1;
		assert_fault(rootfs_open(layers, 1, "image", true, NULL, &tree, &why), &why,
			FAULT_FORMAT, "its bytes do not match its digest");
		layers[0].has_digest = false;
		assert_ok(rootfs_open(layers, 1, "image", true, NULL, &tree, &why), &why);
		tree_close(steal(&tree));
		layers[0].diff_id[0] ^= 1;
		assert_fault(rootfs_open(layers, 1, "image", true, NULL, &tree, &why), &why,
			FAULT_FORMAT, "its contents do not match its diff_id");
		drop_image(&image, layers);
	}
}

static void what_is_no_file_is_not_read(void **state)
{
	static const struct image image = {{{DIR_("d"), {'3', "c", NULL, 0, 0, 0}}}};
	struct layer layers[LAYERS_MOST];
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(10);
	auto_names names = NAMES_INIT;
	auto_tree tree = NULL;

	(void)state;
	assert_ok(open_image(&image, PACKING_GZIP, false, layers, &tree, &why), &why);
	assert_fault(tree->ops->read(tree, "/d", &bytes, &why), &why, FAULT_FORMAT, "not a file");
	assert_fault(tree->ops->read(tree, "/c", &bytes, &why), &why, FAULT_FORMAT, "not a file");
	assert_fault(tree->ops->read(tree, "/x", &bytes, &why), &why, FAULT_FORMAT, "not a file");
	assert_fault(
		tree->ops->list(tree, "/c", &names, &why), &why, FAULT_FORMAT, "not a directory");
	drop_image(&image, layers);
}

static void large_files_are_not_read(void **state)
{
	static const struct image image = {{{FILE_("f", "12345678901")}}};

	(void)state;
	for (enum packing packing = 0; packing < PACKINGS; packing++) {
		struct layer layers[LAYERS_MOST];
		struct fault why = FAULT_INIT;
		auto_buf bytes = buf_make(10);
		auto_tree tree = NULL;

		assert_ok(open_image(&image, packing, false, layers, &tree, &why), &why);
		assert_fault(tree->ops->read(tree, "/f", &bytes, &why), &why, FAULT_LIMIT,
			"larger than 10 bytes");
		drop_image(&image, layers);
	}
}

static void extended_attributes_are_found(void **state)
{
	static const struct image image = {
		{{{'x', "PaxHeaders/x", "SCHILY.xattr.security.selinux=system_u", 0, 0, 0},
			FILE_("deep/down/file", "1"), FILE_("plain", "2")}}};

	(void)state;
	for (enum packing packing = 0; packing < PACKINGS; packing++) {
		struct layer layers[LAYERS_MOST];
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;
		auto_buf some = buf_make(1000), none = buf_make(1000);

		assert_ok(open_image(&image, packing, false, layers, &tree, &why), &why);
		assert_ok(rootfs_xattrs(tree, "/deep/down/file", &some, &why), &why);
		assert_string_equal(buf_text(&some), "42 SCHILY.xattr.security.selinux=system_u\n");
		assert_ok(rootfs_xattrs(tree, "/plain", &none, &why), &why);
		assert_int_equal(none.len, 0);
		drop_image(&image, layers);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(one_layer_is_what_is_in_it),
	cmocka_unit_test(names_are_made_relative),
	cmocka_unit_test(a_later_member_replaces_an_earlier_one),
	cmocka_unit_test(upper_layers_replace_lower_ones),
	cmocka_unit_test(a_lower_link_is_no_way),
	cmocka_unit_test(implied_directories_keep_what_was_there),
	cmocka_unit_test(whiteouts_hide_lower_layers_alone),
	cmocka_unit_test(opaque_directories_hide_all_that_is_lower),
	cmocka_unit_test(an_opaque_root_hides_all_that_is_lower),
	cmocka_unit_test(one_more_layer_needs_no_other_to_be_read),
	cmocka_unit_test(hard_links_share_what_their_target_was),
	cmocka_unit_test(long_and_foreign_names_are_read),
	cmocka_unit_test(odd_headers_are_read_among_plain_ones),
	cmocka_unit_test(hostile_members_are_refused),
	cmocka_unit_test(deep_names_are_refused),
	cmocka_unit_test(wrong_digests_are_refused),
	cmocka_unit_test(what_is_no_file_is_not_read),
	cmocka_unit_test(large_files_are_not_read),
	cmocka_unit_test(extended_attributes_are_found),
};

int main(void)
{
	return run_group("merged", tests);
}
