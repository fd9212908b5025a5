/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "stores/image/image.h"
#include "tests/unit/make_image.h"
#include "tests/unit/scratch.h"

#define BY                         \
	"trustfix install sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void open_image(const char *path, const char *output, struct image_file **ret)
{
	const struct image_options options = {.path = path, .output = output};
	struct fault why = FAULT_INIT;

	assert_ok(image_file_open(&options, ret, &why), &why);
}

/* A plan that makes /etc/new. */
static struct plan small_plan(void)
{
	struct plan plan = PLAN_INIT;
	struct fault why = FAULT_INIT;
	struct edit edit = {.path = strdup("/etc/new"),
		.kind = ENTRY_FILE,
		.bytes = (uint8_t *)strdup("new\n"),
		.len = 4,
		.mode = 0644};

	assert_ok(plan_take(&plan, &edit, &why), &why);
	return plan;
}

static void stage(struct image_file *file)
{
	struct fault why = FAULT_INIT;
	auto_plan plan = small_plan();
	const struct plan *plans[] = {&plan};

	assert_int_equal(file->manifests->images_n, 1);
	assert_ok(image_file_stage(file, plans, BY, &why), &why);
}

/* The tree of the only image has /etc/new, or has it not. */
static void assert_holds(struct image_file *file, bool wanted)
{
	struct tree *tree = file->manifests->images[0].tree;
	struct fault why = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;
	auto_buf text = buf_make(100);

	assert_ok(tree->ops->entry(tree, "/etc/new", &entry, &why), &why);
	assert_int_equal(entry.kind, wanted ? ENTRY_FILE : ENTRY_NONE);
	assert_ok(tree->ops->read(tree, "/etc/os-release", &text, &why), &why);
	assert_string_equal(buf_text(&text), "ID=debian\n");
}

static char *make(enum dialect dialect, bool is_dir)
{
	char *dir = scratch_make();
	auto_changes members = image_members(&dialects[dialect]);

	if (is_dir) {
		assert_int_equal(mkdir(scratch_path(dir, "in"), 0755), 0);
		image_dir(&members, scratch_path(dir, "in"));
	} else {
		image_tar_file(&members, scratch_path(dir, "in"));
	}
	return dir;
}

static void assert_published(const char *path, bool wanted)
{
	auto_image_file file = NULL;
	struct image_options options = {.path = path, .check_layers = true};
	struct fault why = FAULT_INIT;

	assert_ok(image_file_open(&options, &file, &why), &why);
	assert_holds(file, wanted);
}

static void what_is_staged_is_seen_by_reopen_alone(void **state)
{
	static const struct {
		enum dialect dialect;
		bool is_dir;
		const char *output;
	} cases[] = {
		{DIALECT_DOCKER_20, false, NULL},
		{DIALECT_DOCKER_26, false, "out"},
		{DIALECT_OCI, true, NULL},
		{DIALECT_OCI, true, "out"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *dir = make(cases[i].dialect, cases[i].is_dir);
		auto_free char *before = scratch_dump(dir, false);
		auto_free char *after = NULL;
		const char *out = cases[i].output ? scratch_path(dir, cases[i].output) : NULL;
		struct image_file *file = NULL, *again = NULL;
		struct fault why = FAULT_INIT;

		open_image(scratch_path(dir, "in"), out, &file);
		stage(file);
		assert_ok(image_file_reopen(file, &again, &why), &why);
		assert_holds(again, true);
		assert_published(scratch_path(dir, "in"), false);
		image_file_free(again);
		image_file_free(file);
		after = scratch_dump(dir, false);
		assert_string_equal(after, before);
		scratch_remove(dir);
	}
}

static void published_in_place_and_undone_it_is_as_before(void **state)
{
	(void)state;
	for (int is_dir = 0; is_dir < 2; is_dir++) {
		char *dir = make(is_dir ? DIALECT_OCI : DIALECT_PODMAN, is_dir);
		auto_free char *before = scratch_dump(dir, false);
		auto_free char *after = NULL;
		struct fault why = FAULT_INIT;
		auto_image_file file = NULL;
		auto_image_file again = NULL;
		auto_names cas = NAMES_INIT;

		open_image(scratch_path(dir, "in"), NULL, &file);
		stage(file);
		assert_ok(image_file_publish(file, &why), &why);
		assert_published(scratch_path(dir, "in"), true);
		open_image(scratch_path(dir, "in"), NULL, &again);
		assert_ok(names_add_all(&cas, &again->manifests->images[0].installed, &why), &why);
		assert_int_equal(cas.n, 1);
		assert_ok(image_file_stage_undo(again, &why), &why);
		assert_ok(image_file_publish(again, &why), &why);
		assert_published(scratch_path(dir, "in"), false);
		after = scratch_dump(dir, false);
		if (is_dir)
			assert_string_equal(after, before);
		scratch_remove(dir);
	}
}

/* Ours is told in one that is made for it, and what stood there comes back. */
static void an_image_without_a_history_gets_one(void **state)
{
	static const char *const blanks[] = {"", ",\"history\":null", ",\"history\":[]"};

	(void)state;
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
		char *dir = scratch_make();
		auto_free char *config = NULL, *before = NULL, *after = NULL;
		struct image_recipe recipe = dialects[DIALECT_OCI];
		auto_changes members = CHANGES_INIT;
		struct fault why = FAULT_INIT;
		auto_image_file file = NULL;
		auto_image_file again = NULL;
		auto_names cas = NAMES_INIT;

		assert_true(asprintf(&config,
				    "{\"os\":\"linux\"%s,\"rootfs\":"
				    "{\"diff_ids\":[\"sha256:@0@\",\"sha256:@1@\"]}}",
				    blanks[i]) > 0);
		recipe.config = config;
		members = image_members(&recipe);
		assert_int_equal(mkdir(scratch_path(dir, "in"), 0755), 0);
		image_dir(&members, scratch_path(dir, "in"));
		before = scratch_dump(dir, false);
		open_image(scratch_path(dir, "in"), NULL, &file);
		stage(file);
		assert_ok(image_file_publish(file, &why), &why);
		open_image(scratch_path(dir, "in"), NULL, &again);
		assert_ok(names_add_all(&cas, &again->manifests->images[0].installed, &why), &why);
		assert_int_equal(cas.n, 1);
		assert_ok(image_file_stage_undo(again, &why), &why);
		assert_ok(image_file_publish(again, &why), &why);
		after = scratch_dump(dir, false);
		assert_string_equal(after, before);
		scratch_remove(dir);
	}
}

static void an_image_without_our_layer_has_nothing_to_undo(void **state)
{
	char *dir = make(DIALECT_OCI, false);
	struct fault why = FAULT_INIT;
	auto_image_file file = NULL;

	(void)state;
	open_image(scratch_path(dir, "in"), NULL, &file);
	assert_fault(image_file_stage_undo(file, &why), &why, FAULT_REFUSED,
		"was not added by trustfix");
	scratch_remove(dir);
}

static void nothing_new_for_another_place_is_a_copy(void **state)
{
	(void)state;
	for (int is_dir = 0; is_dir < 2; is_dir++) {
		char *dir = make(DIALECT_OCI, is_dir);
		const char *out = scratch_path(dir, "out");
		struct fault why = FAULT_INIT;
		auto_image_file file = NULL;
		const struct plan *plans[] = {NULL};

		open_image(scratch_path(dir, "in"), out, &file);
		assert_ok(image_file_stage(file, plans, BY, &why), &why);
		assert_ok(image_file_publish(file, &why), &why);
		assert_published(out, false);
		scratch_remove(dir);
	}
}

static void a_link_is_followed_to_the_archive_that_is_replaced(void **state)
{
	char *dir = make(DIALECT_DOCKER_20, false);
	struct fault why = FAULT_INIT;
	auto_image_file file = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(chmod(scratch_path(dir, "in"), 0640), 0);
	scratch_link(dir, "out", "in");
	open_image(scratch_path(dir, "in"), scratch_path(dir, "out"), &file);
	stage(file);
	assert_ok(image_file_publish(file, &why), &why);
	assert_int_equal(lstat(scratch_path(dir, "out"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(scratch_mode(dir, "in"), 0640);
	assert_published(scratch_path(dir, "in"), true);
	scratch_remove(dir);
}

static void what_somebody_else_changed_meanwhile_is_left_alone(void **state)
{
	(void)state;
	for (int is_dir = 0; is_dir < 2; is_dir++) {
		char *dir = make(DIALECT_OCI, is_dir);
		struct fault why = FAULT_INIT;
		auto_image_file file = NULL;

		open_image(scratch_path(dir, "in"), NULL, &file);
		stage(file);
		if (is_dir)
			unlink(scratch_path(dir, "in/index.json"));
		scratch_write(dir, is_dir ? "in/index.json" : "in", "{}", 0644);
		assert_fault(image_file_publish(file, &why), &why, FAULT_REFUSED,
			"changed by another program");
		scratch_holds(dir, is_dir ? "in/index.json" : "in", "{}");
		image_file_free(steal(&file));
		scratch_remove(dir);
	}
}

static void places_that_are_not_for_it_are_refused(void **state)
{
	char *dir = make(DIALECT_OCI, true);
	struct fault why = FAULT_INIT;
	auto_image_file file = NULL;
	struct image_options options = {.path = scratch_path(dir, "in")};

	(void)state;
	scratch_write(dir, "full/x", "", 0644);
	options.output = scratch_path(dir, "full");
	assert_fault(image_file_open(&options, &file, &why), &why, FAULT_REFUSED,
		"a new or empty directory");
	options.dry_run = true;
	assert_ok(image_file_open(&options, &file, &why), &why);
	scratch_remove(dir);
}

static void a_tag_behind_a_directory_chooses(void **state)
{
	char *dir = make(DIALECT_OCI, true);
	struct fault why = FAULT_INIT;
	auto_image_file file = NULL;
	struct image_file *none = NULL;
	struct image_options options = {.path = scratch_path(dir, "in:v1")};

	(void)state;
	assert_ok(image_file_open(&options, &file, &why), &why);
	options.path = scratch_path(dir, "in:v2");
	assert_fault(image_file_open(&options, &none, &why), &why, FAULT_REFUSED, "no image 'v2'");
	options = (struct image_options){.path = scratch_path(dir, "in"), .tag = "a b"};
	assert_fault(image_file_open(&options, &none, &why), &why, FAULT_USAGE,
		"not a valid image name");
	scratch_remove(dir);
}

static void a_layer_that_is_damaged_is_found_when_asked_for(void **state)
{
	auto_changes members = image_members(&dialects[DIALECT_DOCKER_20]);
	char *dir = scratch_make();
	struct fault why = FAULT_INIT;
	struct image_file *file = NULL;
	struct image_options options = {.path = scratch_path(dir, "in"), .check_layers = true};

	(void)state;
	members.at[6].bytes[600] ^= 1;
	image_tar_file(&members, options.path);
	assert_fault(image_file_open(&options, &file, &why), &why, FAULT_FORMAT, "");
	scratch_remove(dir);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_staged_is_seen_by_reopen_alone),
	cmocka_unit_test(published_in_place_and_undone_it_is_as_before),
	cmocka_unit_test(an_image_without_a_history_gets_one),
	cmocka_unit_test(an_image_without_our_layer_has_nothing_to_undo),
	cmocka_unit_test(nothing_new_for_another_place_is_a_copy),
	cmocka_unit_test(a_link_is_followed_to_the_archive_that_is_replaced),
	cmocka_unit_test(what_somebody_else_changed_meanwhile_is_left_alone),
	cmocka_unit_test(places_that_are_not_for_it_are_refused),
	cmocka_unit_test(a_tag_behind_a_directory_chooses),
	cmocka_unit_test(a_layer_that_is_damaged_is_found_when_asked_for),
};

int main(void)
{
	return run_group("image", tests);
}
