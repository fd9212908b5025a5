/* SPDX-License-Identifier: Apache-2.0 */
/* Skimmed members are those of libarchive; what is not ordinary is left to it. */
#include "tests/unit/tf_cmocka.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

#include "stores/image/ustar.h"
#include "tests/unit/make_layer.h"
#include "tests/unit/tar_headers_case.h"

#define LONG                                                                                   \
	"a/very/long/way/down/to/a/file/of/which/nobody/will/ever/have/heard/before/today/or/" \
	"will/"
#define LONGER LONG LONG LONG LONG

static la_ssize_t take(struct archive *archive, void *arg, const void *bytes, size_t len)
{
	(void)archive;
	buf_add(arg, bytes, len);
	return (la_ssize_t)len;
}

/* Tars of libarchive's own, of names and numbers that need every kind of header. */
static void write_archive(struct buf *tar, int (*set_format)(struct archive *archive))
{
	static const struct {
		const char *name;
		const char *link;
		mode_t type;
		unsigned uid;
		const char *xattr;
	} members[] = {
		{"etc/", NULL, AE_IFDIR, 0, NULL},
		{"etc/file", NULL, AE_IFREG, 1000, NULL},
		{"etc/link", "file", AE_IFLNK, 0, NULL},
		{"etc/long", LONGER "target", AE_IFLNK, 0, NULL},
		{LONG "file", NULL, AE_IFREG, 0, NULL},
		{LONGER "file", NULL, AE_IFREG, 0, NULL},
		{LONGER "link", LONGER "target", AE_IFLNK, 0, NULL},
		{LONGER "directory/", NULL, AE_IFDIR, 0, NULL},
		{"etc/fifo", NULL, AE_IFIFO, 0, NULL},
		{"usr/bin/ping", NULL, AE_IFREG, 0, "security.capability"},
		{"etc/rich", NULL, AE_IFREG, 2097150, NULL},
	};
	static const uint8_t zeros[700];
	struct archive *archive = archive_write_new();

	archive_write_set_bytes_per_block(archive, 0);
	assert_int_equal(set_format(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open(archive, tar, NULL, take, NULL), ARCHIVE_OK);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct archive_entry *entry = archive_entry_new();

		archive_entry_set_pathname(entry, members[i].name);
		archive_entry_set_filetype(entry, members[i].type);
		archive_entry_set_perm(entry, 0755);
		archive_entry_set_uid(entry, members[i].uid);
		archive_entry_set_mtime(entry, 1700000000, 0);
		if (members[i].link)
			archive_entry_set_symlink(entry, members[i].link);
		if (members[i].type == AE_IFREG)
			archive_entry_set_size(entry, sizeof(zeros));
		if (members[i].xattr)
			archive_entry_xattr_add_entry(entry, members[i].xattr, "\1\0\0\2=\n", 6);
		/* Some formats have no room for some members. */
		if (archive_write_header(archive, entry) >= ARCHIVE_WARN &&
			members[i].type == AE_IFREG)
			archive_write_data(archive, zeros, sizeof(zeros));
		archive_entry_free(entry);
	}
	assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

static size_t skimmed_of(const struct buf *tar)
{
	struct layer layer = layer_of(tar, PACKING_PLAIN);
	size_t n = 0;

	assert_true(tar_headers_agrees(&layer, SIZE_MAX, &n));
	layer_drop(&layer);
	return n;
}

static void what_libarchive_writes_is_skimmed(void **state)
{
	static const struct {
		int (*set_format)(struct archive *archive);
		size_t least;
	} formats[] = {
		{archive_write_set_format_ustar, 6},
		{archive_write_set_format_gnutar, 11},
		{archive_write_set_format_pax, 11},
		{archive_write_set_format_pax_restricted, 11},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		auto_buf tar = buf_make(LIMIT_FILE_BYTES);

		write_archive(&tar, formats[i].set_format);
		assert_in_range(skimmed_of(&tar), formats[i].least, 11);
	}
}

#define FILE_(name)                        \
	{                                  \
		'0', name, "text", 0, 0, 0 \
	}

/* Rows behind an ordinary file and in front of another; `n` members are skimmed of them all. */
static const struct {
	struct layer_row rows[3];
	size_t n;
} cases[] = {
	{{FILE_("a")}, 3},
	{{{'1', "a", "first", 0, 0, 0}}, 3},
	{{{'3', "dev/null", NULL, 0, 0, 0}}, 3},
	{{{'L', "long", LONGER "file", 0, 0, 0}, FILE_("a")}, 3},
	{{{'x', "pax", "path=a/\xc3\xa4/b\nuid=3000000\ngid=7", 0, 0, 0}, FILE_("a")}, 3},
	{{{'x', "pax", "mtime=1.5\natime=2\nctime=3\nuname=me\ngname=us", 0, 0, 0}, FILE_("a")}, 3},
	{{{'x', "pax", "SCHILY.xattr.user.a=b", 0, 0, 0}, FILE_("a")}, 3},
	/* not ordinary */
	{{{'x', "pax", "size=4", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "GNU.sparse.major=1", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "hdrcharset=BINARY", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "path=", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "uid=-1", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "linkpath=b", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "path=a/", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "path=b", 0, 0, 0}, {'x', "pax", "path=c", 0, 0, 0}, FILE_("a")}, 1},
	{{{'L', "long", "b", 0, 0, 0}, {'L', "long", "c", 0, 0, 0}, FILE_("a")}, 1},
	{{{'L', "long", "b", 0, 0, 0}, {'x', "pax", "path=c", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "uid=1", 0, 0, 0}, {'x', "pax", "uid=2", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "uid=1", 0, 0, 0}, {'L', "long", "b", 0, 0, 0}, FILE_("a")}, 1},
	{{{'x', "pax", "uid=30000000000", 0, 0, 0}, FILE_("a")}, 1},
	{{{'g', "pax", NULL, 0, 0, 0}, FILE_("a")}, 1},
	{{{'7', "a", NULL, 0, 0, 0}}, 1},
	{{{'S', "a", NULL, 0, 0, 0}}, 1},
	{{FILE_("a/")}, 1},
	{{{'2', "a", "", 0, 0, 0}}, 1},
	{{FILE_("")}, 1},
};

static void whatever_is_not_ordinary_is_left(void **state)
{
	static const struct layer_row first = FILE_("first"), last = FILE_("last");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_buf tar = buf_make(LIMIT_FILE_BYTES);
		size_t n;

		layer_add(&tar, &first);
		for (size_t j = 0; j < 3 && cases[i].rows[j].name; j++)
			layer_add(&tar, &cases[i].rows[j]);
		layer_add(&tar, &last);
		layer_add_end(&tar);
		n = skimmed_of(&tar);
		if (n != cases[i].n)
			fail_msg("case %zu: %zu members were skimmed", i, n);
	}
}

/* One field of an otherwise ordinary header. */
static void a_header_is_ordinary_in_every_field(void **state)
{
#define FIELD(field, text)                                                   \
	{                                                                    \
		offsetof(struct ustar_header, field), text, sizeof(text) - 1 \
	}
	static const struct {
		size_t at;
		const char *text;
		size_t len;
	} fields[] = {
		FIELD(mode, "0000x44"),
		FIELD(mode, "\0\0\0\0\0\0\0\0"),
		FIELD(uid, "\200\0\0\0\0\0\0\1"),
		FIELD(gid, "       "),
		FIELD(size, "\200\0\0\0\0\0\0\0\0\0\0\1"),
		FIELD(size, "77777777777"),
		FIELD(type, "5"),
		FIELD(magic, "USTAR"),
		FIELD(version, "01"),
		FIELD(rest[8], "tar"),
	};
	static const struct layer_row row = FILE_("a");

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		auto_buf tar = buf_make(LIMIT_FILE_BYTES);
		struct ustar_header *header;

		layer_add(&tar, &row);
		layer_add_end(&tar);
		assert_int_equal(skimmed_of(&tar), 1);
		header = (struct ustar_header *)tar.bytes;
		memcpy(tar.bytes + fields[i].at, fields[i].text, fields[i].len);
		memset(header->sum, ' ', sizeof(header->sum));
		snprintf(header->sum, sizeof(header->sum), "%06o", ustar_sum(header));
		if (skimmed_of(&tar) != 0)
			fail_msg("field %zu", i);
	}
}

static void a_wrong_sum_or_a_cut_tar_is_left(void **state)
{
	static const struct layer_row row = FILE_("a");
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);

	(void)state;
	layer_add(&tar, &row);
	layer_add(&tar, &row);
	assert_int_equal(skimmed_of(&tar), 1);
	for (size_t len = tar.len; len--;) {
		tar.len = len;
		assert_int_equal(skimmed_of(&tar), len >= 3 * USTAR_BLOCK);
	}
	tar.len = 4 * USTAR_BLOCK;
	tar.bytes[0]++;
	assert_int_equal(skimmed_of(&tar), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_libarchive_writes_is_skimmed),
	cmocka_unit_test(whatever_is_not_ordinary_is_left),
	cmocka_unit_test(a_header_is_ordinary_in_every_field),
	cmocka_unit_test(a_wrong_sum_or_a_cut_tar_is_left),
};

int main(void)
{
	return run_group("skim", tests);
}
