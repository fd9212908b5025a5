/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"
#include "src/sys/fd.h"
#include "src/fs/view.h"
#include "stores/image/layer.h"
#include "stores/image/ustar.h"
#include "tests/unit/make_layer.h"

/* An image of one layer, and a plan on it. */
struct world {
	struct layer layers[2];
	struct tree *tree;
	struct plan plan;
	struct view view;
};

static const struct layer_row rows[] = {
	{'5', "etc", NULL, 0711, 3, 4},
	{'x', "PaxHeaders/b", "SCHILY.xattr.user.note=kept", 0, 0, 0},
	{'0', "etc/bundle", "old", 0444, 5, 6},
	{'0', "etc/gone", "x", 0, 0, 0},
	{'2', "etc/way", "real", 0, 0, 0},
	{'5', "etc/real", NULL, 0, 0, 0},
};

static void open_world(struct world *world)
{
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;

	*world = (struct world){.plan = PLAN_INIT};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		layer_add(&tar, &rows[i]);
	layer_add_end(&tar);
	world->layers[0] = layer_of(&tar, PACKING_GZIP);
	assert_ok(rootfs_open(world->layers, 1, "image", false, NULL, &world->tree, &why), &why);
	world->view = view_make(world->tree, &world->plan);
}

static void close_world(struct world *world)
{
	view_free(&world->view);
	plan_free(&world->plan);
	tree_close(world->tree);
	layer_drop(&world->layers[0]);
}

static void put(struct world *world, const char *path, const char *text)
{
	struct fault why = FAULT_INIT;

	assert_ok(view_put_file(&world->view, path, text, strlen(text), 0644, &why), &why);
}

static void plan_edits(struct world *world)
{
	struct fault why = FAULT_INIT;

	put(world, "/etc/bundle", "new");
	put(world, "/etc/way/x", "through the link");
	put(world, "/usr/made/for/it", "deep");
	put(world, "/etc/F\xc5\x91tan", "utf-8");
	assert_ok(view_put_link(&world->view, "/etc/hash.0", "bundle", &why), &why);
	assert_ok(view_remove(&world->view, "/etc/gone", &why), &why);
}

static void make(struct world *world, enum packing packing, struct new_layer *ret)
{
	struct fault why = FAULT_INIT;

	assert_ok(layer_make(&world->plan, world->tree, 1700000000, packing, ret, &why), &why);
}

/* The new layer as one that is read. */
static struct layer as_layer(const struct new_layer *made, enum packing packing)
{
	struct layer layer = {
		.piece = {-1, 0, made->size},
		.packing = packing,
		.has_digest = true,
		.label = (char *)"new",
	};

	struct fault why = FAULT_INIT;

	assert_ok(fd_unnamed(NULL, &layer.piece.fd, &why), &why);
	assert_ok(fd_write_all(layer.piece.fd, made->bytes, (size_t)made->size, "new", &why), &why);
	memcpy(layer.digest, made->digest, sizeof(layer.digest));
	memcpy(layer.diff_id, made->diff_id, sizeof(layer.diff_id));
	return layer;
}

static void the_image_shows_the_plan(void **state)
{
	(void)state;
	for (enum packing packing = PACKING_PLAIN; packing <= PACKING_GZIP; packing++) {
		auto_new_layer made = {0};
		struct fault why = FAULT_INIT;
		struct world world;
		auto_tree tree = NULL;
		auto_free char *text = NULL;
		auto_buf xattrs = buf_make(1000);

		open_world(&world);
		plan_edits(&world);
		make(&world, packing, &made);
		world.layers[1] = as_layer(&made, packing);
		assert_ok(rootfs_open(world.layers, 2, "image", true, NULL, &tree, &why), &why);
		text = tree_dump(tree);
		assert_string_equal(text,
			"/etc dir 0711 3:4\n/etc/F\xc5\x91tan file 0644 0:0 utf-8\n"
			"/etc/bundle file 0444 5:6 new\n/etc/hash.0 link -> bundle\n"
			"/etc/real dir 0755 0:0\n"
			"/etc/real/x file 0644 0:0 through the link\n"
			"/etc/way link -> real\n/usr dir 0755 0:0\n"
			"/usr/made dir 0755 0:0\n/usr/made/for dir 0755 0:0\n"
			"/usr/made/for/it file 0644 0:0 deep\n");
		assert_ok(rootfs_xattrs(tree, "/etc/bundle", &xattrs, &why), &why);
		assert_string_equal(buf_text(&xattrs), "31 SCHILY.xattr.user.note=kept\n");
		close(world.layers[1].piece.fd);
		close_world(&world);
	}
}

/* Names of the members, in their order. */
static void members_are_sorted_and_no_more_than_needed(void **state)
{
	static const char *const names[] = {"etc/.wh.gone", "etc/F\xc5\x91tan", "etc/bundle",
		"etc/hash.0", "etc/real/x", "usr/", "usr/made/", "usr/made/for/",
		"usr/made/for/it"};
	auto_new_layer made = {0};
	uint8_t packed[DIGEST_SHA256_LEN], unpacked[DIGEST_SHA256_LEN];
	struct tar_budget budget = {0};
	const struct tar_options options = {.budget = &budget, .verify = true};
	auto_tar reader = NULL;
	struct fault why = FAULT_INIT;
	struct tar_member member;
	struct layer layer;
	struct world world;
	bool found;

	(void)state;
	open_world(&world);
	plan_edits(&world);
	make(&world, PACKING_GZIP, &made);
	layer = as_layer(&made, PACKING_GZIP);
	assert_ok(tar_open(&layer.piece, PACKING_GZIP, &options, &reader, &why), &why);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_ok(tar_next(reader, &member, &found, &why), &why);
		assert_true(found);
		assert_string_equal(member.name, names[i]);
	}
	assert_ok(tar_next(reader, &member, &found, &why), &why);
	assert_false(found);
	assert_ok(tar_digests(reader, packed, unpacked, &why), &why);
	assert_memory_equal(packed, made.digest, sizeof(packed));
	assert_memory_equal(unpacked, made.diff_id, sizeof(unpacked));
	close(layer.piece.fd);
	close_world(&world);
}

static void hex_of_made(enum packing packing, char out[static TEXT_SHA256_HEX_LEN])
{
	auto_new_layer made = {0};
	struct world world;

	open_world(&world);
	plan_edits(&world);
	make(&world, packing, &made);
	text_hex(packing == PACKING_PLAIN ? made.digest : made.diff_id, DIGEST_SHA256_LEN, out);
	close_world(&world);
}

/* The digest of the plain one is written down: it must be this on every machine, for ever. */
static void the_same_plan_gives_the_same_bytes(void **state)
{
	static const char wanted[] =
		"4c6ceb108f8e598809b7fedcccd621d5af52644c89ce6c2b9eda128ceb51b2b6";
	char plain[TEXT_SHA256_HEX_LEN], packed[TEXT_SHA256_HEX_LEN];

	(void)state;
	for (int odd = 0; odd < 2; odd++) {
		mode_t mask = umask(odd ? 077 : 022);

		setenv("TZ", odd ? "Pacific/Apia" : "UTC", 1);
		tzset();
		setlocale(LC_ALL, odd ? "C.UTF-8" : "C");
		hex_of_made(PACKING_PLAIN, plain);
		hex_of_made(PACKING_GZIP, packed);
		umask(mask);
		assert_string_equal(plain, wanted);
		assert_string_equal(packed, wanted);
	}
	setlocale(LC_ALL, "C");
}

/* RFC 1952, 2.3: no flags, no time, no extra, Unix. */
static void the_packing_tells_nothing_of_the_machine(void **state)
{
	auto_new_layer made = {0};
	struct world world;

	(void)state;
	open_world(&world);
	plan_edits(&world);
	make(&world, PACKING_GZIP, &made);
	assert_bytes(made.bytes, 10, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
	close_world(&world);
}

/* Names and targets of every length, an owner beyond 07777777. */
static void what_ustar_has_no_room_for_is_read_back(void **state)
{
	static const struct layer_row pax = {'x', "pax", "uid=3000000000", 0, 0, 0};
	static const struct layer_row file = {'0', "owned", "old", 0, 0, 0};
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);
	auto_buf wanted = buf_make(LIMIT_FILE_BYTES);
	auto_new_layer made = {0};
	struct fault why = FAULT_INIT;
	struct layer layers[2];
	struct plan plan = PLAN_INIT;
	auto_tree old = NULL;
	auto_tree tree = NULL;
	struct view view;
	auto_free char *text = NULL;

	(void)state;
	layer_add(&tar, &pax);
	layer_add(&tar, &file);
	layer_add_end(&tar);
	layers[0] = layer_of(&tar, PACKING_PLAIN);
	assert_ok(rootfs_open(layers, 1, "image", false, NULL, &old, &why), &why);
	view = view_make(old, &plan);
	for (size_t len = 1; len < 300; len += len < 90 || len > 110 ? 17 : 1) {
		char path[400] = "/d/";
		char target[300] = "";

		memset(path + 3, 'n', len);
		memset(target, 't', len);
		if (len > 120)
			path[100] = '/';
		path[3 + len] = 0;
		target[len] = 0;
		assert_ok(view_put_link(&view, path, target, &why), &why);
	}
	assert_ok(view_put_file(&view, "/owned", "new", 3, 0600, &why), &why);
	assert_ok(layer_make(&plan, old, -5, PACKING_GZIP, &made, &why), &why);
	layers[1] = as_layer(&made, PACKING_GZIP);
	assert_ok(rootfs_open(layers, 2, "image", true, NULL, &tree, &why), &why);
	text = tree_dump(tree);
	assert_non_null(strstr(text, "/owned file 0644 3000000000:0 new\n"));
	for (size_t i = 0; i < plan.n; i++) {
		if (plan.at[i]->kind != ENTRY_SYMLINK)
			continue;
		buf_clear(&wanted);
		buf_printf(&wanted, "%s link -> %s\n", plan.at[i]->path, plan.at[i]->link);
		assert_non_null(strstr(text, buf_text(&wanted)));
	}
	view_free(&view);
	plan_free(&plan);
	close(layers[1].piece.fd);
	layer_drop(&layers[0]);
}

static void an_empty_plan_is_an_empty_archive(void **state)
{
	auto_new_layer made = {0};
	struct world world;

	(void)state;
	open_world(&world);
	make(&world, PACKING_PLAIN, &made);
	assert_int_equal(made.size, 1024);
	close_world(&world);
}

/* Of an archive: no layer has room for such a file. */
static void a_size_that_ustar_has_no_room_for_is_a_pax_record(void **state)
{
	const struct ustar_member big = {
		.type = USTAR_FILE, .name = "big", .mode = 0644, .size = 9ull << 30};
	const struct ustar_member small = {
		.type = USTAR_FILE, .name = "big", .mode = 0644, .size = (8ull << 30) - 1};
	auto_buf out = buf_make(LIMIT_MIB);

	(void)state;
	ustar_add(&out, &big);
	assert_int_equal(out.len, 3 * USTAR_BLOCK);
	assert_string_equal((const char *)out.bytes + USTAR_BLOCK, "19 size=9663676416\n");
	buf_clear(&out);
	ustar_add(&out, &small);
	assert_int_equal(out.len, USTAR_BLOCK);
	assert_memory_equal(out.bytes + 124, "77777777777", 12);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_image_shows_the_plan),
	cmocka_unit_test(members_are_sorted_and_no_more_than_needed),
	cmocka_unit_test(the_same_plan_gives_the_same_bytes),
	cmocka_unit_test(the_packing_tells_nothing_of_the_machine),
	cmocka_unit_test(what_ustar_has_no_room_for_is_read_back),
	cmocka_unit_test(a_size_that_ustar_has_no_room_for_is_a_pax_record),
	cmocka_unit_test(an_empty_plan_is_an_empty_archive),
};

int main(void)
{
	return run_group("layer", tests);
}
