/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "src/sys/copy_range.h"
#include "stores/image/image_archive.h"
#include "tests/unit/make_image.h"
#include "tests/unit/make_layer.h"
#include "tests/unit/scratch.h"

static int tar_of(const struct layer_row *rows)
{
	auto_buf tar = buf_make(LIMIT_MIB);
	struct fault why = FAULT_INIT;
	int fd = -1;

	for (; rows->name; rows++)
		layer_add(&tar, rows);
	layer_add_end(&tar);
	assert_ok(fd_unnamed(NULL, &fd, &why), &why);
	assert_ok(fd_write_all(fd, tar.bytes, tar.len, "tar", &why), &why);
	return fd;
}

static void names_are_found_however_they_are_written(void **state)
{
	static const struct layer_row rows[] = {
		{.type = '5', .name = "./"},
		{.type = '0', .name = "./a", .text = "one"},
		{.type = '0', .name = "/b//c", .text = "two"},
		{.type = '2', .name = "d/l", .text = "../b/c"},
		{.type = '2', .name = "e", .text = "./d/l"},
		{.type = '1', .name = "h", .text = "./a"},
		{.name = NULL},
	};
	static const struct {
		const char *name;
		const char *text;
	} cases[] = {{"a", "one"}, {"b/c", "two"}, {"d/l", "two"}, {"e", "two"}, {"h", "one"},
		{"b", NULL}, {"./a", NULL}, {"x", NULL}};
	struct fault why = FAULT_INIT;
	auto_image_archive image_archive = NULL;

	(void)state;
	assert_ok(image_archive_take_tar(tar_of(rows), "box", &image_archive, &why), &why);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_buf text = buf_make(100);
		int rc = image_archive_read(image_archive, cases[i].name, &text, &why);

		if (!cases[i].text) {
			assert_fault(rc, &why, FAULT_FORMAT, "has no");
			continue;
		}
		assert_ok(rc, &why);
		assert_string_equal(buf_text(&text), cases[i].text);
	}
}

static void a_name_twice_is_refused(void **state)
{
	static const struct layer_row rows[] = {
		{.type = '0', .name = "a", .text = "one"},
		{.type = '0', .name = "./a", .text = "two"},
		{.name = NULL},
	};
	struct fault why = FAULT_INIT;
	struct image_archive *image_archive = NULL;

	(void)state;
	assert_fault(image_archive_take_tar(tar_of(rows), "box", &image_archive, &why), &why,
		FAULT_FORMAT, "has 'a' twice");
}

static void a_tar_that_is_cut_off_is_refused_at_every_block(void **state)
{
	static const struct layer_row rows[] = {
		{.type = '0', .name = "a", .text = "one"},
		{.type = '5', .name = "d/"},
		{.type = '0', .name = "d/b", .text = "two"},
		{.name = NULL},
	};
	auto_fd whole = tar_of(rows);
	auto_buf bytes = buf_make(LIMIT_MIB);
	struct fault why = FAULT_INIT;
	off_t full = 5 * 512; /* the members; blocks of zeros follow */

	(void)state;
	assert_int_equal(lseek(whole, 0, SEEK_SET), 0);
	assert_ok(fd_read_all(whole, "tar", &bytes, &why), &why);
	for (off_t len = 0; len <= full + 512; len += 128) {
		struct image_archive *image_archive = NULL;
		int fd = -1, rc;

		assert_ok(fd_unnamed(NULL, &fd, &why), &why);
		assert_ok(fd_write_all(fd, bytes.bytes, (size_t)len, "tar", &why), &why);
		rc = image_archive_take_tar(fd, "box", &image_archive, &why);
		if (len > full && len % 512 == 0)
			assert_ok(rc, &why);
		else if (rc == 0)
			fail_msg("%ld bytes of it were taken", (long)len);
		fault_clear(&why);
		image_archive_free(image_archive);
	}
}

static void a_packed_one_is_unpacked_and_its_bytes_are_kept(void **state)
{
	(void)state;
	for (enum packing packing = PACKING_GZIP; packing < PACKINGS; packing++) {
		auto_buf tar = buf_make(LIMIT_MIB), text = buf_make(100);
		static const struct layer_row row = {.type = '0', .name = "a", .text = "one"};
		struct fault why = FAULT_INIT;
		auto_image_archive image_archive = NULL;
		auto_fd file = -1;
		struct layer packed;
		struct stat st;
		char path[64];

		layer_add(&tar, &row);
		layer_add_end(&tar);
		packed = layer_of(&tar, packing);
		assert_ok(fd_unnamed(NULL, &file, &why), &why);
		assert_ok(copy_range(packed.piece.fd, packed.piece.at, packed.piece.size, file,
				  "packed", &why),
			&why);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
		assert_ok(image_archive_open(path, NULL, &image_archive, &why), &why);
		assert_ok(image_archive_read(image_archive, "a", &text, &why), &why);
		assert_string_equal(buf_text(&text), "one");
		assert_int_equal(fstat(image_archive->source_fd, &st), 0);
		assert_int_equal(st.st_size, packed.piece.size);
		layer_drop(&packed);
	}
}

static void a_pipe_is_read_to_its_end(void **state)
{
	static const struct layer_row rows[] = {
		{.type = '0', .name = "a", .text = "one"}, {.name = NULL}};
	auto_fd tar = tar_of(rows);
	auto_buf bytes = buf_make(LIMIT_MIB), text = buf_make(100);
	struct fault why = FAULT_INIT;
	auto_image_archive image_archive = NULL;
	char path[64];
	int ends[2];

	(void)state;
	assert_int_equal(lseek(tar, 0, SEEK_SET), 0);
	assert_ok(fd_read_all(tar, "tar", &bytes, &why), &why);
	assert_int_equal(pipe(ends), 0);
	assert_ok(fd_write_all(ends[1], bytes.bytes, bytes.len, "pipe", &why), &why);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	assert_ok(image_archive_open(path, NULL, &image_archive, &why), &why);
	assert_ok(image_archive_read(image_archive, "a", &text, &why), &why);
	assert_string_equal(buf_text(&text), "one");
	close(ends[0]);
}

static void no_link_is_followed_in_a_directory(void **state)
{
	char *dir = scratch_make();
	auto_image_archive image_archive = NULL;
	struct fault why = FAULT_INIT;
	auto_buf text = buf_make(100);

	(void)state;
	scratch_write(dir, "blobs/sha256/good", "one", 0644);
	scratch_write(dir, "elsewhere/x", "two", 0644);
	scratch_link(dir, "blobs/sha256/bad", "../../elsewhere/x");
	scratch_link(dir, "blobs/sha512", "../elsewhere");
	assert_ok(image_archive_open(dir, NULL, &image_archive, &why), &why);
	assert_ok(image_archive_read(image_archive, "blobs/sha256/good", &text, &why), &why);
	assert_string_equal(buf_text(&text), "one");
	assert_fault(image_archive_read(image_archive, "blobs/sha256/bad", &text, &why), &why,
		FAULT_REFUSED, "a symbolic link");
	assert_fault(image_archive_read(image_archive, "blobs/sha512/x", &text, &why), &why,
		FAULT_REFUSED, "a symbolic link");
	assert_fault(image_archive_read(image_archive, "blobs/sha256", &text, &why), &why,
		FAULT_FORMAT, "not a file");
	assert_fault(image_archive_read(image_archive, "blobs/none", &text, &why), &why,
		FAULT_FORMAT, "has no");
	scratch_remove(dir);
}

static void what_is_no_box_is_told(void **state)
{
	struct fault why = FAULT_INIT;
	struct image_archive *image_archive = NULL;
	char *dir = scratch_make();

	(void)state;
	scratch_write(dir, "text", "not a tar\n", 0644);
	scratch_write(dir, "xz",
		"\xfd"
		"7zXZ",
		0644);
	scratch_write(dir, "empty", "", 0644);
	scratch_write(dir, "gz", "\x1f\x8b\x08", 0644);
	assert_fault(image_archive_open(scratch_path(dir, "none"), NULL, &image_archive, &why),
		&why, FAULT_SYSTEM, "cannot open");
	assert_fault(image_archive_open(scratch_path(dir, "text"), NULL, &image_archive, &why),
		&why, FAULT_FORMAT, "not a tar archive");
	assert_fault(image_archive_open(scratch_path(dir, "xz"), NULL, &image_archive, &why), &why,
		FAULT_FORMAT, "compressed with xz");
	assert_fault(image_archive_open(scratch_path(dir, "gz"), NULL, &image_archive, &why), &why,
		FAULT_FORMAT, "not a tar archive");
	assert_fault(image_archive_open(scratch_path(dir, "empty"), NULL, &image_archive, &why),
		&why, FAULT_FORMAT, "is empty");
	assert_fault(image_archive_open("/dev/null", NULL, &image_archive, &why), &why,
		FAULT_FORMAT, "is not a file");
	scratch_remove(dir);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(names_are_found_however_they_are_written),
	cmocka_unit_test(a_name_twice_is_refused),
	cmocka_unit_test(a_tar_that_is_cut_off_is_refused_at_every_block),
	cmocka_unit_test(a_packed_one_is_unpacked_and_its_bytes_are_kept),
	cmocka_unit_test(a_pipe_is_read_to_its_end),
	cmocka_unit_test(no_link_is_followed_in_a_directory),
	cmocka_unit_test(what_is_no_box_is_told),
};

int main(void)
{
	return run_group("box", tests);
}
