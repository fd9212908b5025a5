/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "src/base/buf.h"
#include "src/base/names.h"
#include "src/sys/fd.h"
#include "tests/unit/tf_cmocka.h"

char *scratch_make(void)
{
	char *dir = strdup("build/scratch-XXXXXX");

	mkdir("build", 0755);
	assert_non_null(dir);
	assert_non_null(mkdtemp(dir));
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void scratch_remove(char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

const char *scratch_path(const char *dir, const char *name)
{
	static char paths[8][4096];
	static unsigned next;
	char *path = paths[next++ % 8];

	assert_true(snprintf(path, sizeof(paths[0]), "%s/%s", dir, name) < 4096);
	return path;
}

static void make_parents(const char *dir, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%.*s", dir, (int)(slash - name), name);
		mkdir(path, 0755);
	}
}

void scratch_write(const char *dir, const char *name, const char *text, mode_t mode)
{
	struct fault why = FAULT_INIT;
	auto_fd fd = -1;

	make_parents(dir, name);
	unlink(scratch_path(dir, name));
	fd = open(scratch_path(dir, name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_ok(fd_write_all(fd, text, strlen(text), name, &why), &why);
	assert_int_equal(fchmod(fd, mode), 0);
}

void scratch_link(const char *dir, const char *name, const char *target)
{
	make_parents(dir, name);
	unlink(scratch_path(dir, name));
	assert_int_equal(symlink(target, scratch_path(dir, name)), 0);
}

void scratch_holds(const char *dir, const char *name, const char *text)
{
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(1 << 20);

	assert_ok(fd_read_file(scratch_path(dir, name), &bytes, &why), &why);
	assert_string_equal(buf_text(&bytes), text);
}

int scratch_mode(const char *dir, const char *name)
{
	struct stat st;

	assert_int_equal(lstat(scratch_path(dir, name), &st), 0);
	return st.st_mode & 07777;
}

void scratch_rmdir_parents(const char *dir, const char *name)
{
	auto_free char *path = strdup(name);

	while ((rmdir(scratch_path(dir, path)) == 0 || errno == ENOENT) && strchr(path, '/'))
		*strrchr(path, '/') = 0;
}

static struct names dumped; /* nftw() hands nothing through */
static bool with_inodes;

static int dump_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(1 << 20);
	char link[4096] = "";

	(void)kind;
	if (at->level == 0)
		return 0;
	if (S_ISLNK(st->st_mode))
		assert_true(readlink(path, link, sizeof(link) - 1) > 0);
	if (S_ISREG(st->st_mode))
		assert_ok(fd_read_file(path, &bytes, &why), &why);
	if (with_inodes && S_ISREG(st->st_mode))
		buf_printf(&bytes, " inode %ju time %jd.%09ld links %ju", (uintmax_t)st->st_ino,
			(intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (uintmax_t)st->st_nlink);
	return names_addf(&dumped, &why, "%s %o %u:%u %s%s\n", path, st->st_mode, st->st_uid,
		st->st_gid, link, buf_text(&bytes));
}

char *scratch_dump(const char *dir, bool inodes)
{
	auto_buf out = buf_make(1 << 24);
	size_t len;

	with_inodes = inodes;
	assert_int_equal(nftw(dir, dump_one, 16, FTW_PHYS), 0);
	names_sort(&dumped);
	for (size_t i = 0; i < dumped.n; i++)
		buf_add_text(&out, dumped.at[i]);
	names_free(&dumped);
	return (char *)buf_take(&out, &len);
}
