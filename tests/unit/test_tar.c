/* SPDX-License-Identifier: Apache-2.0 */
/* Layers as other programs write them, and as nobody should. */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "stores/image/rootfs.h"
#include "stores/image/tar.h"
#include "tests/unit/make_layer.h"

#define FILE_(name, text)                \
	{                                \
		'0', name, text, 0, 0, 0 \
	}

/* umoci 0.4.7 ends an archive behind the last file's bytes. */
static void an_archive_may_end_without_saying_so(void **state)
{
	struct layer_row row = FILE_("a", "hello");
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);

	(void)state;
	layer_add(&tar, &row);
	for (size_t len = 0; len <= tar.len; len++) {
		auto_buf part = buf_make(LIMIT_FILE_BYTES);
		struct fault why = FAULT_INIT;
		struct layer layer;
		auto_tree tree = NULL;
		int rc;

		buf_add(&part, tar.bytes, len);
		layer = layer_of(&part, len % 2 ? PACKING_PLAIN : PACKING_GZIP);
		rc = rootfs_open(&layer, 1, "image", false, NULL, &tree, &why);
		if (len == 0 || len >= 512 + 5)
			assert_ok(rc, &why);
		else
			assert_fault(rc, &why, FAULT_FORMAT, "layer 'test': ");
		layer_drop(&layer);
	}
}

static void packed_layers_that_are_cut_off_are_refused(void **state)
{
	struct layer_row row = FILE_("a", "hello");
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);

	(void)state;
	layer_add(&tar, &row);
	layer_add_end(&tar);
	for (enum packing packing = PACKING_GZIP; packing < PACKINGS; packing++) {
		struct layer layer = layer_of(&tar, packing);
		int64_t size = layer.piece.size;

		for (layer.piece.size = 0; layer.piece.size < size; layer.piece.size++) {
			struct fault why = FAULT_INIT;
			auto_tree tree = NULL;

			assert_fault(rootfs_open(&layer, 1, "image", false, NULL, &tree, &why),
				&why, FAULT_FORMAT, "layer 'test': ");
		}
		layer_drop(&layer);
	}
}

/* A frame to skip [RFC 8878, 3.1.2]: pzstd tells in it how long the next one is. */
static void a_zstd_layer_may_begin_as_pzstd_writes_it(void **state)
{
	static const uint8_t frame[] = {0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};
	struct layer_row row = FILE_("a", "hello");
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);
	auto_buf packed = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;
	auto_tree tree = NULL;
	struct layer layer;

	(void)state;
	layer_add(&tar, &row);
	layer_add_end(&tar);
	buf_add(&packed, frame, sizeof(frame));
	layer_pack(&tar, PACKING_ZSTD, &packed);
	layer = layer_of(&packed, PACKING_PLAIN);
	layer.has_digest = false;
	digest_sha256(tar.bytes, tar.len, layer.diff_id);
	assert_ok(tar_packing(&layer.piece, "test", &layer.packing, &why), &why);
	assert_ok(rootfs_open(&layer, 1, "image", false, NULL, &tree, &why), &why);
	layer_drop(&layer);
}

/* A gzip file may have many members [RFC 1952, 2.2]: 1.1 GiB of zeros in 1.1 MB. */
static void a_layer_that_unpacks_to_very_much_is_refused(void **state)
{
	static const struct layer_row pax = {'x', "pax", "size=2147483648", 0, 0, 0};
	static const struct layer_row file = FILE_("zeros", "");
	auto_buf head = buf_make(LIMIT_FILE_BYTES);
	auto_buf zeros = buf_make(LIMIT_FILE_BYTES);
	auto_buf bomb = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;
	struct layer layer = {.packing = PACKING_GZIP, .label = (char *)"bomb"};
	auto_tree tree = NULL;

	(void)state;
	layer_add(&head, &pax);
	layer_add(&head, &file);
	memset(buf_extend(&zeros, 16 * LIMIT_MIB), 0, 16 * LIMIT_MIB);
	layer_pack(&head, PACKING_GZIP, &bomb);
	buf_clear(&head);
	layer_pack(&zeros, PACKING_GZIP, &head);
	for (size_t i = 0; i < 70; i++)
		buf_add(&bomb, head.bytes, head.len);
	assert_ok(fd_unnamed(NULL, &layer.piece.fd, &why), &why);
	assert_ok(fd_write_all(layer.piece.fd, bomb.bytes, bomb.len, "bomb", &why), &why);
	layer.piece.size = (int64_t)bomb.len;
	assert_fault(rootfs_open(&layer, 1, "image", false, NULL, &tree, &why), &why, FAULT_LIMIT,
		"layer 'bomb': it unpacks to more than 200 times its size");
	close(layer.piece.fd);
}

static void an_image_has_so_many_layers_and_no_more(void **state)
{
	static struct layer layers[LIMIT_LAYERS_N + 1];
	struct fault why = FAULT_INIT;
	auto_names names = NAMES_INIT;
	auto_tree tree = NULL;

	(void)state;
	for (size_t i = 0; i < LIMIT_LAYERS_N; i++) {
		char name[32];
		auto_buf tar = buf_make(LIMIT_FILE_BYTES);
		struct layer_row row = FILE_(name, "x");

		snprintf(name, sizeof(name), "file-%zu", i);
		layer_add(&tar, &row);
		layers[i] = layer_of(&tar, i % 2 ? PACKING_GZIP : PACKING_PLAIN);
	}
	assert_ok(rootfs_open(layers, LIMIT_LAYERS_N, "image", false, NULL, &tree, &why), &why);
	assert_ok(tree->ops->list(tree, "/", &names, &why), &why);
	assert_int_equal(names.n, LIMIT_LAYERS_N);
	tree_close(steal(&tree));
	assert_fault(rootfs_open(layers, LIMIT_LAYERS_N + 1, "image", false, NULL, &tree, &why),
		&why, FAULT_LIMIT, "more than 500 layers");
	for (size_t i = 0; i < LIMIT_LAYERS_N; i++)
		layer_drop(&layers[i]);
}

/* GNU sparse 0.1: "data", 2 MB of nothing, and at the end nothing as well. */
static void sparse_files_are_filled(void **state)
{
	static const struct layer_row rows[] = {
		{'x', "pax",
			"GNU.sparse.name=holes.pem\nGNU.sparse.size=6000000\n"
			"GNU.sparse.numblocks=2\nGNU.sparse.map=0,4,2000000,4",
			0, 0, 0},
		FILE_("GNUSparseFile.1/holes.pem", "datamore"), FILE_("behind", "x")};
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		layer_add(&tar, &rows[i]);
	for (enum packing packing = 0; packing < PACKINGS; packing++) {
		struct layer layer = layer_of(&tar, packing);
		struct fault why = FAULT_INIT;
		auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
		auto_buf behind = buf_make(LIMIT_FILE_BYTES);
		auto_tree tree = NULL;

		assert_ok(rootfs_open(&layer, 1, "image", false, NULL, &tree, &why), &why);
		assert_ok(tree->ops->read(tree, "/holes.pem", &bytes, &why), &why);
		assert_int_equal(bytes.len, 6000000);
		assert_memory_equal(bytes.bytes, "data\0", 5);
		assert_memory_equal(bytes.bytes + 1999999, "\0more\0", 6);
		assert_int_equal(bytes.bytes[5999999], 0);
		assert_ok(tree->ops->read(tree, "/behind", &behind, &why), &why);
		assert_string_equal(buf_text(&behind), "x");
		layer_drop(&layer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_may_end_without_saying_so),
		cmocka_unit_test(packed_layers_that_are_cut_off_are_refused),
		cmocka_unit_test(a_zstd_layer_may_begin_as_pzstd_writes_it),
		cmocka_unit_test(a_layer_that_unpacks_to_very_much_is_refused),
		cmocka_unit_test(an_image_has_so_many_layers_and_no_more),
		cmocka_unit_test(sparse_files_are_filled),
	};

	return run_group("tar", tests);
}
