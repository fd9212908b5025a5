/* SPDX-License-Identifier: Apache-2.0 */
/* Two layers of an image, cut out of the input where its first byte says: indexed, and all read. */
#include <string.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "stores/image/rootfs.h"
#include "stores/image/tar.h"
#include "stores/image/ustar.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void read_dir(struct tree *tree, const char *dir)
{
	auto_names names = NAMES_INIT;
	struct fault why = FAULT_INIT;

	if (tree->ops->list(tree, *dir ? dir : "/", &names, &why) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		auto_buf path = buf_make(2 * LIMIT_PATH_LEN);
		auto_buf text = buf_make(65536);
		auto_entry entry = ENTRY_INIT;
		struct fault seen = FAULT_INIT;

		buf_printf(&path, "%s/%s", dir, names.at[i]);
		if (tree->ops->entry(tree, buf_text(&path), &entry, &seen) < 0)
			continue;
		if (entry.kind == ENTRY_FILE)
			tree->ops->read(tree, buf_text(&path), &text, &seen);
		if (entry.kind == ENTRY_DIR)
			read_dir(tree, buf_text(&path));
	}
}

/* Right sums, which no mutation finds. */
static void mend_sums(uint8_t *tar, size_t len)
{
	for (size_t at = 0; at + USTAR_BLOCK <= len; at += USTAR_BLOCK) {
		struct ustar_header *header = (struct ustar_header *)(tar + at);

		if (memcmp(header->magic, "ustar", 5) != 0)
			continue;
		memset(header->sum, ' ', sizeof(header->sum));
		snprintf(header->sum, sizeof(header->sum), "%06o", ustar_sum(header));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static char label[] = "fuzz";
	struct layer layers[2] = {{.label = label}, {.label = label}};
	struct fault why = FAULT_INIT;
	auto_tree tree = NULL;
	auto_fd fd = memfd_create("fuzz", MFD_CLOEXEC);
	auto_free uint8_t *mended = malloc(len + 1);
	int64_t cut;

	if (!len || !mended)
		return 0;
	memcpy(mended, bytes, len);
	mend_sums(mended + 1, len - 1);
	if (fd_write_all(fd, mended, len, "memory", &why) < 0)
		return 0;
	cut = bytes[0] * 512;
	if (cut >= (int64_t)len)
		cut = (int64_t)len - 1;
	layers[0].piece = (struct piece){fd, 1, cut};
	layers[1].piece = (struct piece){fd, 1 + cut, (int64_t)len - 1 - cut};
	for (size_t i = 0; i < 2; i++)
		if (tar_packing(&layers[i].piece, label, &layers[i].packing, &why) < 0)
			return 0;
	if (rootfs_open(layers, 2, label, false, NULL, &tree, &why) == 0)
		read_dir(tree, "");
	return 0;
}
