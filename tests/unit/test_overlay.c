/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The merged view beside the kernel's own: layers made at random, unpacked as containerd does for
 * overlayfs (whiteouts are devices 0:0, opaque directories have an attribute), and mounted.
 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "stores/image/rootfs.h"
#include "tests/unit/make_layer.h"
#include "tests/unit/scratch.h"

#define ROUNDS_N 600
#define LAYERS_N 4
#define MEMBERS_N 9
#define ROOM (2 * LIMIT_PATH_LEN)

static char *dir;
static struct names hidden; /* by the layer that is being unpacked */

static unsigned at_random(unsigned n)
{
	static uint64_t state = 88172645463325252;

	/* xorshift64 [Marsaglia, Xorshift RNGs, 2003] */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32) % n;
}

/* ---- one member on disk ---------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_all(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void set_opaque(const char *path)
{
	assert_return_code(setxattr(path, "trusted.overlay.opaque", "y", 1, 0), errno);
}

/* A whiteout goes with the directory it is in. */
static void replace(const char *path)
{
	size_t len = strlen(path);

	remove_all(path);
	for (size_t i = 0; i < hidden.n; i++)
		if (strncmp(hidden.at[i], path, len) == 0 && hidden.at[i][len] == '/')
			hidden.at[i][0] = 0;
}

/* Once all of the layer is there: what lower layers have under these names is not seen. */
static void hide_all(void)
{
	for (size_t i = 0; i < hidden.n; i++) {
		const char *path = hidden.at[i];
		struct stat st;

		if (*path && lstat(path, &st) < 0)
			assert_return_code(mknod(path, S_IFCHR, makedev(0, 0)), errno);
		else if (*path && S_ISDIR(st.st_mode))
			set_opaque(path);
	}
	names_free(&hidden);
}

static void make(const char *path, const struct layer_row *row, const char *root)
{
	char target[ROOM];
	int fd;

	switch (row->type) {
	case '5':
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		break;
	case '2':
		assert_return_code(symlink(row->text, path), errno);
		break;
	case '1':
		snprintf(target, sizeof(target), "%s/%s", root, row->text);
		assert_return_code(link(target, path), errno);
		return;
	default:
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_return_code(fd, errno);
		assert_int_equal(write(fd, row->text, strlen(row->text)), strlen(row->text));
		close(fd);
	}
	assert_return_code(lchown(path, row->uid, row->gid), errno);
	if (row->type != '2')
		assert_return_code(chmod(path, row->mode), errno);
}

/*
 * The directories above `path`, as far as this layer has none, as members of their own: what they
 * are without is not the kernel's business.  false: something is in the way.
 */
static bool make_parents(const char *root, char *path, struct buf *tar)
{
	size_t front = strlen(root) + 1;
	struct layer_row row = {.type = '5', .mode = 0755};

	for (char *slash = path + front; (slash = strchr(slash, '/')); slash++) {
		struct stat st;

		*slash = 0;
		if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
			return false;
		if (mkdir(path, 0755) == 0) {
			row.name = path + front;
			layer_add(tar, &row);
		}
		*slash = '/';
	}
	return true;
}

/* A hard link to something of this layer that is no directory and does not lie above. */
static bool is_linkable(const char *root, const struct layer_row *row)
{
	char target[ROOM];
	struct stat st;

	snprintf(target, sizeof(target), "%s/%s", root, row->text);
	return lstat(target, &st) == 0 && !S_ISDIR(st.st_mode) &&
	       strncmp(row->text, row->name, strlen(row->name)) != 0;
}

/* Unpack it; false: it does not belong into an archive. */
static bool unpack(const char *root, const struct layer_row *row, struct buf *tar)
{
	struct fault why = FAULT_INIT;
	char path[ROOM];
	char *base;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", root, row->name);
	base = strrchr(path, '/') + 1;
	if ((row->type == '1' && !is_linkable(root, row)) || !make_parents(root, path, tar))
		return false;
	if (strcmp(base, ".wh..wh..opq") == 0) {
		base[-1] = 0;
		set_opaque(path);
	} else if (strncmp(base, ".wh.", 4) == 0) {
		memmove(base, base + 4, strlen(base + 4) + 1);
		assert_ok(names_add(&hidden, path, &why), &why);
	} else {
		if (lstat(path, &st) == 0 && !(S_ISDIR(st.st_mode) && row->type == '5'))
			replace(path);
		make(path, row, root);
	}
	return true;
}

/* ---- members at random ----------------------------------------------------------------------- */

static void random_path(char *out, size_t size)
{
	unsigned depth = 1 + at_random(3);
	size_t len = 0;

	for (unsigned i = 0; i < depth; i++)
		len += (size_t)snprintf(
			out + len, size - len, "%s%c", i ? "/" : "", (int)('a' + at_random(3)));
}

static void random_row(struct layer_row *row, char name[80], char text[80])
{
	static const char types[] = "0000555521wwo";
	char path[32];
	char type = types[at_random(sizeof(types) - 1)];
	char *base;

	random_path(path, sizeof(path));
	random_path(text, 32);
	base = strrchr(path, '/');
	base = base ? base + 1 : path;
	*row = (struct layer_row){.type = type, .name = name, .text = text};
	row->mode = 0600 + at_random(0200);
	row->uid = at_random(3);
	snprintf(name, 80, "%s", path);
	if (type == 'w')
		snprintf(name, 80, "%.*s.wh.%s", (int)(base - path), path, base);
	if (type == 'o')
		snprintf(name, 80, "%s/.wh..wh..opq", path);
	if (strchr("wo", type)) {
		row->type = '0';
		row->text = "";
	}
}

static void random_layer(size_t number, struct layer *ret, struct buf *said)
{
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);
	char root[LIMIT_PATH_LEN];

	snprintf(root, sizeof(root), "%s/%zu", dir, number);
	assert_return_code(mkdir(root, 0755), errno);
	for (size_t i = 0; i < MEMBERS_N; i++) {
		char name[80], text[80];
		struct layer_row row;

		random_row(&row, name, text);
		if (!unpack(root, &row, &tar))
			continue;
		layer_add(&tar, &row);
		buf_printf(said, "%zu: %c %s %s\n", number, row.type, row.name, row.text);
	}
	hide_all();
	layer_add_end(&tar);
	*ret = layer_of(&tar, (enum packing)at_random(PACKINGS));
}

/* ---- the kernel's view ----------------------------------------------------------------------- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* As tree_dump(). */
static void dump_disk(const char *root, const char *below, struct buf *out)
{
	char path[ROOM];
	struct dirent **names = NULL;
	int n;

	snprintf(path, sizeof(path), "%s%s", root, below);
	n = scandir(path, &names, NULL, by_name);
	assert_return_code(n, errno);
	for (int i = 0; i < n; i++) {
		char own[LIMIT_PATH_LEN], text[256] = "";
		struct stat st;

		snprintf(own, sizeof(own), "%s/%s", below, names[i]->d_name);
		snprintf(path, sizeof(path), "%s%s", root, own);
		/* A whiteout in a directory of one layer alone is listed, and is not there. */
		if (names[i]->d_name[0] != '.' && lstat(path, &st) == 0) {
			if (S_ISLNK(st.st_mode)) {
				assert_return_code(readlink(path, text, sizeof(text) - 1), errno);
				buf_printf(out, "%s link -> %s\n", own, text);
			} else {
				auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);

				if (S_ISREG(st.st_mode))
					assert_return_code(read(fd, text, sizeof(text) - 1), errno);
				buf_printf(out, "%s %s %04o %u:%u%s%s\n", own,
					S_ISDIR(st.st_mode) ? "dir" : "file", st.st_mode & 07777,
					st.st_uid, st.st_gid, *text ? " " : "", text);
			}
			if (S_ISDIR(st.st_mode))
				dump_disk(root, own, out);
		}
		free(names[i]);
	}
	free(names);
}

static char *mount_and_dump(void)
{
	char options[4 * LIMIT_PATH_LEN], at[LIMIT_PATH_LEN];
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	size_t len;

	snprintf(options, sizeof(options), "lowerdir=%s/3:%s/2:%s/1:%s/0", dir, dir, dir, dir);
	snprintf(at, sizeof(at), "%s/merged", dir);
	assert_return_code(mkdir(at, 0755), errno);
	assert_return_code(mount("overlay", at, "overlay", MS_RDONLY, options), errno);
	dump_disk(at, "", &out);
	assert_return_code(umount(at), errno);
	return (char *)buf_take(&out, &len);
}

static void the_view_is_that_of_overlayfs(void **state)
{
	(void)state;
	for (size_t round = 0; round < ROUNDS_N; round++) {
		struct layer layers[LAYERS_N];
		auto_buf said = buf_make(LIMIT_FILE_BYTES);
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;
		auto_free char *ours = NULL, *theirs = NULL;

		assert_return_code(mount("none", dir, "tmpfs", 0, "mode=0755"), errno);
		for (size_t i = 0; i < LAYERS_N; i++)
			random_layer(i, &layers[i], &said);
		theirs = mount_and_dump();
		assert_ok(rootfs_open(layers, LAYERS_N, "random", false, NULL, &tree, &why), &why);
		ours = tree_dump(tree);
		if (strcmp(ours, theirs) != 0)
			fail_msg("round %zu\n%s\nours:\n%s\ntheirs:\n%s", round, buf_text(&said),
				ours, theirs);
		for (size_t i = 0; i < LAYERS_N; i++)
			layer_drop(&layers[i]);
		assert_return_code(umount(dir), errno);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_view_is_that_of_overlayfs),
	};
	int rc;

	umask(022);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		puts("overlay: needs root for mounts");
		return getenv("TRUSTFIX_NO_SKIP") ? 1 : 0;
	}
	dir = scratch_make();
	rc = run_group("overlay", tests);
	scratch_remove(dir);
	return rc;
}
