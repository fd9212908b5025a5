/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/rootfs.h"

#include <string.h>
#include <unistd.h>

#include "src/base/text.h"
#include "src/sys/parallel.h"
#include "stores/image/tar_headers.h"
#include "stores/image/toc.h"
#include "stores/image/ustar.h"

struct rootfs {
	struct tree tree;
	const struct layer *layers;
	size_t n;
	bool check;
	struct toc *toc; /* NULL: not read yet, or taken over by another tree */
	struct tar_budget budget; /* for files that are read one by one */
};

static struct rootfs *rootfs_of(struct tree *tree)
{
	return (struct rootfs *)tree;
}

/* ---- reading the layers --------------------------------------------------------------------- */

/* A pass over the layers; threads read several of them at a time. */
struct pass {
	const struct rootfs *rootfs;
	size_t first; /* the lowest layer not read yet */
	struct tar_budget budget;
	struct fault *faults; /* one for each layer */
	struct toc *toc;
	size_t kept; /* bytes of contents in memory; updated atomically */
	bool failed; /* a layer could not be read; read and set atomically */
};

/* The canonical path of a member's name or a hard link's target.  umoci writes a leading "/" or
 * "./". */
static int canonical(const char *name, char out[static LIMIT_PATH_LEN + 1], struct fault *why)
{
	for (const char *at = name; (at = strstr(at, "..")); at += 2)
		if ((at == name || at[-1] == '/') && (!at[2] || at[2] == '/'))
			return fault_set(why, FAULT_FORMAT, "it points outside the image");
	out[0] = '/';
	return tar_path("", name, out + 1, why);
}

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define AUFS ".wh..wh." /* AUFS's own files, which hide nothing */

/* Add a whiteout [OCI image-spec 1.1, layer.md, Whiteouts]; `mark` is its prefix in `path`. */
static int add_whiteout(
	struct toc *toc, size_t layer, char *path, const char *mark, struct fault *why)
{
	char *base = strrchr(path, '/') + 1;

	if (strcmp(base, OPAQUE) == 0 && mark == base) {
		base[base - path > 1 ? -1 : 0] = 0;
		return toc_add_opaque(toc, layer, path, why);
	}
	if (strncmp(mark, AUFS, strlen(AUFS)) == 0)
		return 0;
	if (mark != base)
		return fault_set(why, FAULT_FORMAT, "it is below a whiteout");
	if (!base[4] || strcmp(base, ".wh..") == 0 || strcmp(base, ".wh...") == 0)
		return fault_set(why, FAULT_FORMAT, "it is a whiteout of a whole directory");
	memmove(base, base + strlen(WHITEOUT), strlen(base + strlen(WHITEOUT)) + 1);
	return toc_add(toc, layer, &(struct tar_member){.name = path}, NULL, why);
}

/* Will the contents probably be needed?  A wrong guess costs unpacking the layer again. */
static bool is_likely(const char *path)
{
	static const char *const parts[] = {"/etc/", "/ssl/", "/pki/", "/java/", "cert", "release",
		"store", "toolchains.xml", ".pem", ".crt", ".cer", ".der", ".p7b", ".p12", ".pfx",
		".jks", ".db"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(path, parts[i]))
			return true;
	return false;
}

/* Read the contents of a file in a compressed layer, if it is small and likely to be needed. */
static int keep(struct pass *pass, struct tar *tar, const struct tar_member *member, uint8_t **ret,
	struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_KEPT_FILE_BYTES);
	size_t len, size = (size_t)member->size;

	if (member->size > LIMIT_KEPT_FILE_BYTES || !is_likely(member->name) ||
		__atomic_add_fetch(&pass->kept, size, __ATOMIC_RELAXED) > LIMIT_KEPT_BYTES)
		return 0;
	if (tar_read(tar, &bytes, why) < 0 || buf_check(&bytes, "the file", why) < 0)
		return -1;
	*ret = buf_take(&bytes, &len);
	return 0;
}

static int add_member(struct pass *pass, struct tar *tar, size_t layer, struct tar_member *member,
	struct fault *why)
{
	bool is_packed = pass->rootfs->layers[layer].packing != PACKING_PLAIN;
	char path[LIMIT_PATH_LEN + 1], target[LIMIT_PATH_LEN + 1];
	uint8_t *kept = NULL;
	char *mark;

	if (canonical(member->name, path, why) < 0)
		return -1;
	member->name = path;
	mark = strstr(path, "/" WHITEOUT);
	if (member->kind == ENTRY_FILE && member->link && !mark) {
		if (canonical(member->link, target, why) < 0)
			return fault_wrap(why, "the target of a hard link");
		if (strcmp(target, path) == 0)
			return fault_set(why, FAULT_FORMAT, "a hard link points to itself");
		member->link = target;
	}
	if (member->link && strlen(member->link) >= LIMIT_PATH_LEN)
		return fault_set(why, FAULT_LIMIT, "its target is too long");
	if (!path[1] && member->kind != ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "its root is not a directory");
	if (is_packed && member->kind == ENTRY_FILE && !member->link && !mark &&
		keep(pass, tar, member, &kept, why) < 0)
		return -1;
	return mark ? add_whiteout(pass->toc, layer, path, mark + 1, why)
		    : toc_add(pass->toc, layer, member, kept, why);
}

static int read_layer(struct pass *pass, size_t i, struct fault *why)
{
	const struct layer *layer = &pass->rootfs->layers[i];
	struct tar_options options = {
		.budget = &pass->budget,
		.verify = pass->rootfs->check || layer->packing != PACKING_PLAIN,
	};
	struct tar_headers headers = {.piece = layer->piece};
	auto_tar tar = NULL;
	uint8_t packed[DIGEST_SHA256_LEN], unpacked[DIGEST_SHA256_LEN];
	auto_free char *shown = NULL;
	struct tar_member member;
	const char *name;
	bool found = true;
	size_t odd_n = 0;

	for (;;) {
		found = !tar && !options.verify && tar_headers_next(&headers, &member);
		if (!found) {
			options.from = headers.at;
			if (!tar &&
				tar_open(&layer->piece, layer->packing, &options, &tar, why) < 0)
				return -1;
			if (tar_next(tar, &member, &found, why) < 0)
				return -1;
		}
		if (!found)
			break;
		name = member.name;
		if (add_member(pass, tar, i, &member, why) < 0) {
			shown = text_printable(name, strlen(name), LIMIT_NAME_SHOWN);
			return fault_wrap(why, "'%s'", shown ? shown : "a member");
		}
		/* After a header that needed libarchive, go back to the fast reader. */
		if (tar && !options.verify && !member.is_sparse && odd_n++ < LIMIT_ODD_HEADERS_N) {
			headers.at = member.at + ustar_padded(member.size);
			tar_close(steal(&tar));
		}
	}
	if (!options.verify)
		return 0;
	if (tar_digests(tar, packed, unpacked, why) < 0)
		return -1;
	if (memcmp(unpacked, layer->diff_id, sizeof(unpacked)) != 0)
		return fault_set(why, FAULT_FORMAT, "its contents do not match its diff_id");
	if (layer->has_digest && memcmp(packed, layer->digest, sizeof(packed)) != 0)
		return fault_set(why, FAULT_FORMAT, "its bytes do not match its digest");
	return 0;
}

static void work(void *arg, size_t number)
{
	struct pass *pass = arg;
	size_t i = pass->first + number;

	if (__atomic_load_n(&pass->failed, __ATOMIC_RELAXED) ||
		read_layer(pass, i, &pass->faults[i]) == 0)
		return;
	fault_wrap(&pass->faults[i], "layer '%s'", pass->rootfs->layers[i].label);
	__atomic_store_n(&pass->failed, true, __ATOMIC_RELAXED);
}

/* Add the layers from `first` on to the table; takes `taken`, or makes a new one. */
static int read_layers(struct rootfs *rootfs, struct toc *taken, size_t first, struct fault *why)
{
	auto_toc toc = taken ? taken : calloc(1, sizeof(*toc));
	auto_free struct fault *faults = calloc(rootfs->n + 1, sizeof(*faults));
	struct pass pass = {
		.rootfs = rootfs,
		.first = first,
		.faults = faults,
		.toc = toc,
	};
	size_t failed;

	if (!faults || !toc)
		return fault_nomem(why);
	for (size_t i = first; i < rootfs->n; i++)
		if (toc_layer(toc, why) < 0)
			return -1;
	if (parallel_run(rootfs->n - first, true, work, &pass, why) < 0)
		return -1;
	for (size_t i = first; i < rootfs->n; i++) {
		if (faults[i].kind != FAULT_NONE) {
			*why = faults[i];
			return -1;
		}
	}
	if (toc_index(toc, &failed, why) < 0)
		return failed < rootfs->n
			       ? fault_wrap(why, "layer '%s'", rootfs->layers[failed].label)
			       : -1;
	rootfs->toc = steal(&toc);
	return 0;
}

/* ---- the tree ------------------------------------------------------------------------------- */

static int need_toc(struct rootfs *rootfs, struct fault *why)
{
	return rootfs->toc ? 0 : read_layers(rootfs, NULL, 0, why);
}

/* What is at `path`, or NULL. */
static int find(
	struct rootfs *rootfs, const char *path, const struct toc_entry **ret, struct fault *why)
{
	if (need_toc(rootfs, why) < 0)
		return -1;
	*ret = toc_find(rootfs->toc, path);
	return 0;
}

static int rootfs_entry(struct tree *tree, const char *path, struct entry *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);
	const struct toc_entry *found;
	struct entry entry = ENTRY_INIT;

	if (find(rootfs, path, &found, why) < 0)
		return -1;
	if (found) {
		entry.kind = (enum entry_kind)found->kind;
		entry.mode = found->mode;
		entry.uid = found->uid;
		entry.gid = found->gid;
	}
	if (entry.kind == ENTRY_FILE)
		entry.size = found->size;
	if (entry.kind == ENTRY_SYMLINK) {
		entry.link = strdup(toc_text(rootfs->toc, found, found->link));
		if (!entry.link)
			return fault_nomem(why);
		entry.size = (int64_t)strlen(entry.link);
	}
	*ret = entry;
	return 0;
}

/* Find the file's bytes.  FAULT_FORMAT: not a file. */
static int find_file(
	struct rootfs *rootfs, const char *path, const struct toc_entry **ret, struct fault *why)
{
	if (find(rootfs, path, ret, why) < 0)
		return -1;
	return *ret && (*ret)->kind == ENTRY_FILE
		       ? 0
		       : fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
}

/* Open the file's layer, with the reader positioned after the file's headers. */
static int open_at(
	struct rootfs *rootfs, const struct toc_entry *file, struct tar **ret, struct fault *why)
{
	const struct layer *layer = &rootfs->layers[file->layer];
	const struct tar_options options = {
		.budget = &rootfs->budget,
		.from = layer->packing == PACKING_PLAIN ? file->head : 0,
	};
	auto_tar tar = NULL;
	struct tar_member member;
	bool found = true;

	if (tar_open(&layer->piece, layer->packing, &options, &tar, why) < 0)
		return -1;
	do
		if (tar_next(tar, &member, &found, why) < 0)
			return -1;
	while (found && member.head != file->head);
	if (!found)
		return fault_set(why, FAULT_FORMAT, "layer '%s' changed while it was being read",
			layer->label);
	*ret = steal(&tar);
	return 0;
}

static int rootfs_read(struct tree *tree, const char *path, struct buf *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);
	const struct toc_entry *file;
	const struct layer *layer;
	auto_tar tar = NULL;
	int rc = 0;

	if (find_file(rootfs, path, &file, why) < 0)
		return -1;
	layer = &rootfs->layers[file->layer];
	if (file->size > (int64_t)(ret->max - ret->len)) {
		ret->over = true;
	} else if (file->kept) {
		buf_add(ret, file->kept, (size_t)file->size);
	} else if (layer->packing == PACKING_PLAIN && !file->is_sparse) {
		const struct piece piece = {
			layer->piece.fd, layer->piece.at + file->at, file->size};

		rc = piece_read(&piece, ret, why);
	} else {
		rc = open_at(rootfs, file, &tar, why) < 0 ? -1 : tar_read(tar, ret, why);
	}
	return rc < 0 ? fault_wrap(why, "cannot read '%s'", path) : buf_check(ret, path, why);
}

int rootfs_xattrs(struct tree *tree, const char *path, struct buf *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);
	const struct toc_entry *file;
	auto_tar tar = NULL;

	if (find_file(rootfs, path, &file, why) < 0)
		return -1;
	if (!file->has_xattrs)
		return 0;
	return open_at(rootfs, file, &tar, why) < 0 ? -1 : tar_xattrs(tar, ret, why);
}

static int rootfs_list(struct tree *tree, const char *path, struct names *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);

	return need_toc(rootfs, why) < 0 ? -1 : toc_list(rootfs->toc, path, ret, why);
}

static int rootfs_find(
	struct tree *tree, const char *name, size_t max, struct names *ret, struct fault *why)
{
	struct rootfs *rootfs = rootfs_of(tree);

	return need_toc(rootfs, why) < 0 ? -1 : toc_find_named(rootfs->toc, name, max, ret, why);
}

static void rootfs_close(struct tree *tree)
{
	struct rootfs *rootfs = rootfs_of(tree);

	toc_free(rootfs->toc);
	free(tree->label);
	free(rootfs);
}

static const struct tree_ops rootfs_ops = {
	.entry = rootfs_entry,
	.read = rootfs_read,
	.list = rootfs_list,
	.find = rootfs_find,
	.close = rootfs_close,
};

/* Are all layers of `below` the lowest layers of `it`? */
static bool is_below(const struct rootfs *below, const struct rootfs *it)
{
	for (size_t i = 0; i < below->n; i++)
		if (i == it->n || below->layers[i].piece.size != it->layers[i].piece.size ||
			memcmp(below->layers[i].diff_id, it->layers[i].diff_id,
				DIGEST_SHA256_LEN) != 0)
			return false;
	return true;
}

int rootfs_open(const struct layer *layers, size_t n, const char *label, bool check,
	struct tree *before, struct tree **ret, struct fault *why)
{
	struct rootfs *below = before ? rootfs_of(before) : NULL;
	struct rootfs *rootfs = calloc(1, sizeof(*rootfs));
	auto_tree tree = NULL;

	if (!rootfs)
		return fault_nomem(why);
	tree = &rootfs->tree;
	tree->ops = &rootfs_ops;
	tree->label = strdup(label);
	if (!tree->label)
		return fault_nomem(why);
	rootfs->layers = layers;
	rootfs->n = n;
	rootfs->check = check;
	if (below && below->toc && !check && is_below(below, rootfs)) {
		if (read_layers(rootfs, steal(&below->toc), below->n, why) < 0)
			return -1;
	} else if (read_layers(rootfs, NULL, 0, why) < 0) {
		return -1;
	}
	*ret = steal(&tree);
	return 0;
}
