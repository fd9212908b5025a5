/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/rootfs.h"

#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "stores/image/layer_read.h"
#include "stores/image/likely.h"
#include "stores/image/layer_index.h"

struct rootfs {
	struct tree tree;
	struct layer_index layer_index;
	struct index *index;
	struct names wanted; /* directories */
	int kept_fd;
	size_t passes_n;
	struct layer_budget budget; /* of files that are read one by one */
};

static struct rootfs *rootfs_of(struct tree *tree)
{
	return (struct rootfs *)tree;
}

/* ---- passes --------------------------------------------------------------------------------- */

static int want(struct rootfs *rootfs, const char *path, struct fault *why)
{
	const char *slash = strrchr(path, '/');

	return names_addf(&rootfs->wanted, why, "%.*s", (int)(slash - path), path);
}

/* Read the layers, and again as long as hard links lead to files that were left out. */
static int layer_index(struct rootfs *rootfs, struct fault *why)
{
	for (;;) {
		auto_index index = NULL;
		auto_names missing = NAMES_INIT;

		rootfs->layer_index.keeps_all = rootfs->passes_n++ >= LIMIT_INDEX_PASSES_N;
		if (ftruncate(rootfs->kept_fd, 0) < 0)
			return fault_sys(why, "cannot empty a temporary file");
		/* Both at once would take the memory of two. */
		index_free(steal(&rootfs->index));
		if (layer_index_layers(&rootfs->layer_index, &index, &missing, why) < 0)
			return -1;
		rootfs->layer_index.check = false;
		rootfs->index = steal(&index);
		for (size_t i = 0; i < missing.n; i++)
			if (want(rootfs, missing.at[i], why) < 0)
				return -1;
		if (rootfs->index)
			return 0;
	}
}

static bool has_dir(const struct rootfs *rootfs, const char *path)
{
	auto_free char *dir = strndup(path, (size_t)(strrchr(path, '/') - path));
	const struct index_node *node = dir ? index_find(rootfs->index, *dir ? dir : "/") : NULL;

	return node && node->kind == ENTRY_DIR && node->omits;
}

/* The node there, or NULL; if it was left out, after another pass. */
static int find(
	struct rootfs *rootfs, const char *path, const struct index_node **ret, struct fault *why)
{
	if (!rootfs->index && layer_index(rootfs, why) < 0)
		return -1;
	*ret = index_find(rootfs->index, path);
	if (*ret || likely(path) || !has_dir(rootfs, path) || !index_omitted(rootfs->index, path))
		return 0;
	if (want(rootfs, path, why) < 0 || layer_index(rootfs, why) < 0)
		return -1;
	*ret = index_find(rootfs->index, path);
	return 0;
}

/* ---- the tree ------------------------------------------------------------------------------- */

static int rootfs_entry(struct tree *tree, const char *path, struct entry *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);
	const struct index_node *node;
	struct entry entry = ENTRY_INIT;

	if (find(rootfs, path, &node, why) < 0)
		return -1;
	if (node) {
		entry.kind = (enum entry_kind)node->kind;
		entry.mode = node->mode;
		entry.uid = node->uid;
		entry.gid = node->gid;
	}
	if (entry.kind == ENTRY_FILE)
		entry.size = index_file_of(rootfs->index, node)->size;
	if (entry.kind == ENTRY_SYMLINK) {
		entry.link = strdup(index_text(rootfs->index, node->detail));
		if (!entry.link)
			return fault_nomem(why);
		entry.size = (int64_t)strlen(entry.link);
	}
	*ret = entry;
	return 0;
}

/* Open the layer of the file so that the reader stands behind the file's headers. */
static int open_at(struct rootfs *rootfs, const struct index_file *file, struct layer_reader **ret,
	struct fault *why)
{
	const struct layer *layer = &rootfs->layer_index.layers[file->layer];
	auto_layer_reader reader = NULL;
	struct layer_member member;
	bool found = true;

	if (layer_open(layer, false, layer->packing == PACKING_PLAIN ? file->head : 0,
		    &rootfs->budget, &reader, why) < 0)
		return -1;
	do
		if (layer_next(reader, &member, &found, why) < 0)
			return -1;
	while (found && member.head != file->head);
	if (!found)
		return fault_set(why, FAULT_FORMAT, "layer '%s' has changed", layer->label);
	*ret = steal(&reader);
	return 0;
}

/* The bytes of `fd` from `at` on. */
static int read_range(int fd, int64_t at, int64_t size, struct buf *ret, struct fault *why)
{
	uint8_t *to;

	if (size > (int64_t)(ret->max - ret->len)) {
		ret->over = true;
		return 0;
	}
	to = buf_extend(ret, (size_t)size);
	for (int64_t done = 0; to && done < size;) {
		ssize_t n = pread(fd, to + done, (size_t)(size - done), at + done);

		if (n < 0 && errno != EINTR)
			return fault_sys(why, "cannot read");
		if (n == 0)
			return fault_set(why, FAULT_FORMAT, "the layer has become shorter");
		done += n > 0 ? n : 0;
	}
	return 0;
}

static int read_file(
	struct rootfs *rootfs, const struct index_file *file, struct buf *ret, struct fault *why)
{
	const struct layer *layer = &rootfs->layer_index.layers[file->layer];
	auto_layer_reader reader = NULL;

	if (file->kept >= 0)
		return read_range(rootfs->kept_fd, file->kept, file->size, ret, why);
	if (layer->packing == PACKING_PLAIN && !file->is_sparse)
		return read_range(
			layer->piece.fd, layer->piece.at + file->at, file->size, ret, why);
	return open_at(rootfs, file, &reader, why) < 0 ? -1 : layer_read(reader, ret, why);
}

/* The file's node; FAULT_FORMAT: no file. */
static int find_file(
	struct rootfs *rootfs, const char *path, const struct index_node **ret, struct fault *why)
{
	if (find(rootfs, path, ret, why) < 0)
		return -1;
	return *ret && (*ret)->kind == ENTRY_FILE
		       ? 0
		       : fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
}

static int rootfs_read(struct tree *tree, const char *path, struct buf *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);
	const struct index_node *node;

	if (find_file(rootfs, path, &node, why) < 0)
		return -1;
	if (read_file(rootfs, index_file_of(rootfs->index, node), ret, why) < 0)
		return fault_wrap(why, "cannot read '%s'", path);
	return buf_check(ret, path, why);
}

int rootfs_xattrs(struct tree *tree, const char *path, struct xattrs *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);
	auto_layer_reader reader = NULL;
	const struct index_node *node;
	const struct index_file *file;

	if (find_file(rootfs, path, &node, why) < 0)
		return -1;
	file = index_file_of(rootfs->index, node);
	*ret = (struct xattrs){0};
	if (!file->has_xattrs)
		return 0;
	return open_at(rootfs, file, &reader, why) < 0 ? -1 : layer_xattrs(reader, ret, why);
}

static int rootfs_list(struct tree *tree, const char *path, struct names *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);
	const struct index_node *dir;
	size_t n = 0;

	if (find(rootfs, path, &dir, why) < 0)
		return -1;
	/* A name that is made up, so that what is wanted is its directory. */
	if (dir && dir->kind == ENTRY_DIR && dir->omits) {
		auto_free char *file = NULL;

		if (asprintf(&file, "%s/x", path[1] ? path : "") < 0)
			return fault_nomem(why);
		if (want(rootfs, file, why) < 0 || layer_index(rootfs, why) < 0)
			return -1;
		dir = index_find(rootfs->index, path);
	}
	if (!dir || dir->kind != ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a directory", path);
	for (const struct index_node *node = index_first(rootfs->index, dir); node;
		node = index_next(rootfs->index, node)) {
		if (++n > LIMIT_DIR_NAMES_N)
			return fault_set(why, FAULT_LIMIT, "'%s' holds more than %u names", path,
				LIMIT_DIR_NAMES_N);
		if (names_add(ret, index_text(rootfs->index, node->name), why) < 0)
			return -1;
	}
	return 0;
}

static int rootfs_find(
	struct tree *tree, const char *name, size_t max, struct names *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);

	if (!rootfs->index && layer_index(rootfs, why) < 0)
		return -1;
	return index_find_named(rootfs->index, name, max, ret, why);
}

static void rootfs_close(struct tree *tree)
{
	struct rootfs *rootfs = rootfs_of(tree);

	index_free(rootfs->index);
	names_free(&rootfs->wanted);
	if (rootfs->kept_fd >= 0)
		close(rootfs->kept_fd);
	free(tree->label);
	free(rootfs);
}

void rootfs_rest(struct tree *tree)
{
	struct rootfs *rootfs = rootfs_of(tree);

	if (rootfs->index && index_n(rootfs->index) > LIMIT_INDEX_RESTING_N)
		index_free(steal(&rootfs->index));
}

static const struct tree_ops rootfs_ops = {
	.entry = rootfs_entry,
	.read = rootfs_read,
	.list = rootfs_list,
	.find = rootfs_find,
	.close = rootfs_close,
};

int rootfs_open(const struct layer *layers, size_t n, const char *label, bool check,
	struct tree **ret, struct fault *why)
{
	struct rootfs *rootfs = calloc(1, sizeof(*rootfs));
	auto_tree tree = NULL;

	if (!rootfs)
		return fault_nomem(why);
	tree = &rootfs->tree;
	rootfs->kept_fd = -1;
	tree->ops = &rootfs_ops;
	tree->label = strdup(label);
	if (!tree->label)
		return fault_nomem(why);
	if (n > LIMIT_LAYERS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u layers", LIMIT_LAYERS_N);
	if (fd_unnamed(&rootfs->kept_fd, why) < 0)
		return -1;
	rootfs->layer_index = (struct layer_index){
		.layers = layers,
		.n = n,
		.check = check,
		.wanted = &rootfs->wanted,
		.kept_fd = rootfs->kept_fd,
	};
	if (layer_index(rootfs, why) < 0)
		return -1;
	*ret = steal(&tree);
	return 0;
}
