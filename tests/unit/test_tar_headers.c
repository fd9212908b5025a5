/* SPDX-License-Identifier: Apache-2.0 */
/* The fast reader beside libarchive: it reads the same, or it leaves the member to libarchive. */
#include "tests/unit/tf_cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "stores/image/tar_headers.h"
#include "stores/image/ustar.h"
#include "tests/unit/scratch.h"

struct count {
	size_t fast;
	size_t left; /* to libarchive */
};

static char about[64]; /* the archive that is read */
static size_t wrong_n;

static void compare_member(const struct tar_member *fast, const struct tar_member *slow)
{
	if (strcmp(fast->name, slow->name) == 0 && fast->kind == slow->kind &&
		strcmp(fast->link ? fast->link : "", slow->link ? slow->link : "") == 0 &&
		fast->mode == slow->mode && fast->uid == slow->uid && fast->gid == slow->gid &&
		fast->size == slow->size && fast->head == slow->head && fast->at == slow->at &&
		!slow->is_sparse && !slow->has_xattrs)
		return;
	print_error("%s: '%s' -> '%s' %o %u:%u %lld is '%s' -> '%s' %o %u:%u %lld\n", about,
		fast->name, fast->link, fast->mode, fast->uid, fast->gid, (long long)fast->size,
		slow->name, slow->link, slow->mode, slow->uid, slow->gid, (long long)slow->size);
	wrong_n++;
}

/* Read the archive with both, until libarchive finds the end or a fault. */
static struct count compare(int fd, int64_t size)
{
	const struct tar_options options = {.from = 0};
	struct tar_headers headers = {.piece = {fd, 0, size}};
	struct count count = {0};
	struct tar_member fast, slow;
	auto_tar tar = NULL;
	bool found = true;

	for (;;) {
		struct fault why = FAULT_INIT;

		if (!tar && tar_open(&headers.piece, PACKING_PLAIN, &options, &tar, &why) < 0)
			found = false;
		if (found && tar_next(tar, &slow, &found, &why) < 0)
			found = false;
		if (found)
			headers.at = slow.head;
		if (!tar_headers_next(&headers, &fast)) {
			if (!found)
				return count;
			count.left++;
			continue;
		}
		if (!found) {
			print_error("%s: '%s' is no member for libarchive: %s\n", about, fast.name,
				why.text);
			wrong_n++;
			return count;
		}
		compare_member(&fast, &slow);
		count.fast++;
	}
}

static struct count compare_bytes(const struct buf *bytes)
{
	struct fault why = FAULT_INIT;
	auto_fd fd = -1;

	assert_ok(fd_unnamed(NULL, &fd, &why), &why);
	assert_ok(fd_write_all(fd, bytes->bytes, bytes->len, "tar", &why), &why);
	return compare(fd, (int64_t)bytes->len);
}

static void run(const char *command)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void what_tar_writes_in_every_format_is_read_alike(void **state)
{
	static const char *const options[] = {"--format=v7", "--format=oldgnu", "--format=gnu",
		"--format=gnu --sparse", "--format=ustar", "--format=posix",
		"--format=posix --sparse --sparse-version=0.0", "--format=posix --sparse",
		"--format=posix --xattrs", "--format=gnu --owner=big:3000000 --group=big:99999999",
		"--format=ustar --numeric-owner --owner=:2097151 --mtime=@1"};
	char *dir = scratch_make();
	char command[4096];

	(void)state;
	snprintf(command, sizeof(command),
		"mkdir -p %1$s/in/d/deep && cd %1$s/in && umask 022 && echo one >a && : >empty && "
		"ln -s a link && ln a hard && mkfifo pipe && chmod 4711 a && "
		"ln -s $(printf '%%0150d' 1) long-link && : >$(printf '%%099d' 1) && "
		": >$(printf '%%0100d' 1) && : >$(printf '%%0101d' 1) && "
		": >d/deep/$(printf '%%0099d' 1) && : >d/deep/$(printf '%%0101d' 2) && "
		"mkdir -p $(printf '%%0150d' 3) && : >$(printf '%%0150d' 3)/$(printf '%%090d' 4) "
		"&& "
		"echo x >F\xc5\x91tan && truncate -s 1M sparse && echo end >>sparse && "
		"{ setfattr -n user.note -v x a || :; } 2>/dev/null",
		dir);
	run(command);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *path = scratch_path(dir, "tar");
		struct count count;
		struct stat st;
		auto_fd fd = -1;

		snprintf(about, sizeof(about), "%s", options[i]);
		/* Some formats cannot hold every name. */
		snprintf(command, sizeof(command),
			"tar -C %s/in %s --sort=name -cf %s . 2>/dev/null; [ -s %s ]", dir,
			options[i], path, path);
		run(command);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(fstat(fd, &st), 0);
		count = compare(fd, st.st_size);
		if (count.fast + count.left < 10 ||
			(strcmp(options[i], "--format=gnu") == 0 && count.fast < 8))
			fail_msg("%s: %zu read fast, %zu left", about, count.fast, count.left);
	}
	scratch_remove(dir);
	assert_int_equal(wrong_n, 0);
}

static void fix_sum(struct ustar_header *header)
{
	snprintf(header->sum, sizeof(header->sum), "%06o", ustar_sum(header));
	header->sum[7] = ' ';
}

/* Every byte of a header replaced by every byte that may mean something, with a right checksum. */
static void a_header_with_any_odd_byte_is_read_alike(void **state)
{
	static const char odd[] = "\0\x01 /.089Aax\x7f\x80\xff";
	static const struct ustar_member members[] = {
		{.type = USTAR_FILE, .name = "dir/file", .mode = 0644, .uid = 8, .size = 5},
		{.type = USTAR_SYMLINK, .name = "link", .link = "to", .mode = 0777},
		{.type = USTAR_DIR, .name = "dir/", .mode = 0755},
	};
	struct count all = {0};

	(void)state;
	for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++)
		for (size_t at = 0; at < USTAR_BLOCK; at++)
			for (size_t i = 0; i < sizeof(odd) - 1; i++) {
				auto_buf tar = buf_make(LIMIT_MIB);
				struct count count;

				snprintf(about, sizeof(about), "member %zu, byte %zu is %02x", m,
					at, (uint8_t)odd[i]);
				ustar_add(&tar, &members[m]);
				if (members[m].size)
					buf_add(&tar, "hello", 5);
				ustar_pad(&tar);
				ustar_add(&tar, &members[0]);
				buf_add(&tar, "hello", 5);
				ustar_pad(&tar);
				ustar_add_end(&tar);
				tar.bytes[at] = (uint8_t)odd[i];
				if (at < 148 || at >= 156)
					fix_sum((struct ustar_header *)(void *)tar.bytes);
				count = compare_bytes(&tar);
				all.fast += count.fast;
				all.left += count.left;
			}
	assert_int_equal(wrong_n, 0);
	assert_true(all.fast > all.left);
}

static void an_archive_that_is_cut_off_anywhere_is_read_alike(void **state)
{
	static const struct ustar_member file = {.type = USTAR_FILE, .name = "a", .size = 600};
	auto_buf tar = buf_make(LIMIT_MIB);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		ustar_add(&tar, &file);
		memset(buf_extend(&tar, 600), 'x', 600);
		ustar_pad(&tar);
	}
	ustar_add_end(&tar);
	for (; tar.len; tar.len--)
		compare_bytes(&tar);
	assert_int_equal(wrong_n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_tar_writes_in_every_format_is_read_alike),
		cmocka_unit_test(a_header_with_any_odd_byte_is_read_alike),
		cmocka_unit_test(an_archive_that_is_cut_off_anywhere_is_read_alike),
	};

	return run_group("tar_headers", tests);
}
