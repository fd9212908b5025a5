/* SPDX-License-Identifier: Apache-2.0 */
/* An image with very many files in packed layers. */
#include "tests/unit/tf_cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/fs/view.h"
#include "src/doctor/unmanaged.h"
#include "stores/image/rootfs.h"
#include "stores/java/keystore_cache.h"
#include "stores/kinds.h"
#include "tests/unit/make_layer.h"

#define FILLERS_N 60000

static struct layer layers[2];
static struct tree *tree;

static void add_fillers(struct buf *tar)
{
	char name[64];

	for (size_t i = 0; i < FILLERS_N; i++) {
		snprintf(name, sizeof(name), "f/a/b/c/d/%zu/%zu", i / 1000, i);
		layer_add(tar, &(struct layer_row){'0', name, "", 0, 0, 0});
	}
}

static void add_rows(struct buf *tar, const struct layer_row *rows)
{
	for (; rows->name; rows++)
		layer_add(tar, rows);
}

static const struct layer_row lower[] = {
	{'2', "a/b/c/d/app/bin/tool", "real-tool", 0, 0, 0},
	{'0', "a/b/c/d/app/data/one", "1", 0600, 1, 2},
	{'0', "a/b/c/d/app/data/two", "2", 0, 0, 0},
	{'0', "a/b/c/d/app/old/three", "3", 0, 0, 0},
	{'0', "srv/a/b/c/d/e/target", "shared", 0, 0, 0},
	{'0', "etc/os-release", "ID=debian\n", 0, 0, 0},
	{'0', "etc/ssl/certs/ca-certificates.crt", "bundle", 0, 0, 0},
	{'0', "usr/bin/java", "x", 0, 0, 0},
	{'0', "usr/lib/python3.11/os.py", "x", 0, 0, 0},
	{'0', "opt/some/jdk/lib/security/cacerts", "store", 0, 0, 0},
	{0, NULL, NULL, 0, 0, 0},
};

static const struct layer_row upper[] = {
	{'0', "a/b/c/d/app/bin/tool", "a file now", 0, 0, 0},
	{'0', "a/b/c/d/app/data/.wh.two", "", 0, 0, 0},
	{'1', "opt/linked.pem", "srv/a/b/c/d/e/target", 0, 0, 0},
	{0, NULL, NULL, 0, 0, 0},
};

static int open_all(void **state)
{
	auto_buf below = buf_make(SIZE_MAX / 2);
	auto_buf above = buf_make(SIZE_MAX / 2);
	struct fault why = FAULT_INIT;

	(void)state;
	add_fillers(&below);
	add_rows(&below, lower);
	layer_add_end(&below);
	add_fillers(&above);
	add_rows(&above, upper);
	layer_add(&above, &(struct layer_row){'0', "a/b/c/d/app/.wh.old", "", 0, 0, 0});
	layer_add_end(&above);
	layers[0] = layer_of(&below, PACKING_GZIP);
	layers[1] = layer_of(&above, PACKING_GZIP);
	assert_ok(rootfs_open(layers, 2, "large", false, NULL, &tree, &why), &why);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	tree_close(tree);
	layer_drop(&layers[0]);
	layer_drop(&layers[1]);
	return 0;
}

static void is(const char *path, enum entry_kind kind, const char *text)
{
	auto_buf bytes = buf_make(100);
	auto_entry entry = ENTRY_INIT;
	struct fault why = FAULT_INIT;

	assert_ok(tree->ops->entry(tree, path, &entry, &why), &why);
	assert_int_equal(entry.kind, kind);
	if (kind != ENTRY_FILE)
		return;
	assert_ok(tree->ops->read(tree, path, &bytes, &why), &why);
	assert_string_equal(buf_text(&bytes), text);
}

static void everything_is_there(void **state)
{
	(void)state;
	is("/a/b/c/d/app/bin/tool", ENTRY_FILE, "a file now");
	is("/a/b/c/d/app/data/one", ENTRY_FILE, "1");
	is("/a/b/c/d/app/data/two", ENTRY_NONE, NULL);
	is("/a/b/c/d/app/old/three", ENTRY_NONE, NULL);
	is("/a/b/c/d/app/old", ENTRY_NONE, NULL);
	is("/opt/linked.pem", ENTRY_FILE, "shared");
	is("/f/a/b/c/d/7/7654", ENTRY_FILE, "");
	is("/f/a/b/c/d/59/59999", ENTRY_FILE, "");
	is("/f/a/b/c/d/7/none", ENTRY_NONE, NULL);
}

static void directories_are_listed_whole(void **state)
{
	auto_names names = NAMES_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(tree->ops->list(tree, "/f/a/b/c/d/58", &names, &why), &why);
	assert_int_equal(names.n, 1000);
	assert_true(names_holds(&names, "58765"));
}

/* After that nothing can be unpacked again. */
static void hide_layers(void)
{
	auto_fd nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < 2; i++)
		assert_return_code(dup2(nothing, layers[i].piece.fd), 0);
}

static void what_stores_ask_for_is_not_unpacked_again(void **state)
{
	auto_view view = view_make(tree, NULL);
	auto_keystore_cache keystore_cache = {0};
	auto_places places = {.keystore_cache = &keystore_cache};
	CLEANUP(unmanaged) struct unmanaged unmanaged = {0};
	auto_buf bytes = buf_make(100);
	struct fault why = FAULT_INIT;
	bool found = false;

	(void)state;
	hide_layers();
	for (size_t i = 0; store_kinds[i]; i++)
		if (!store_kinds[i]->by_path)
			assert_ok(store_kinds[i]->find(&view, NULL, &places, &why), &why);
	assert_int_equal(places.n, 1);
	assert_string_equal(places.at[0].label, "Debian");
	assert_ok(unmanaged_find(&view, &unmanaged, &why), &why);
	assert_ok(
		view_read(&view, "/opt/some/jdk/lib/security/cacerts", &bytes, &found, &why), &why);
	assert_string_equal(buf_text(&bytes), "store");
	assert_fault(tree->ops->read(tree, "/a/b/c/d/app/data/one", &bytes, &why), &why,
		FAULT_FORMAT, "layer 'test' changed");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_there),
		cmocka_unit_test(directories_are_listed_whole),
		cmocka_unit_test(what_stores_ask_for_is_not_unpacked_again),
	};

	return _cmocka_run_group_tests(
		"large", tests, sizeof(tests) / sizeof(tests[0]), open_all, close_all);
}
