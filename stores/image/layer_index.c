/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/layer_index.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/parallel.h"
#include "stores/image/layer_read.h"
#include "stores/image/likely.h"
#include "stores/image/tar_headers.h"

struct pass {
	const struct layer_index *layer_index;
	struct layer_budget budget;
	struct fault *faults; /* of each layer */
	pthread_mutex_t lock; /* of what is below */
	struct index *index;
	int64_t kept; /* bytes in kept_fd */
	size_t covered_n; /* layers 0 to covered_n - 1 are hidden wholly by one above */
	bool failed; /* one of the layers */
};

/* ---- names ---------------------------------------------------------------------------------- */

/* The canonical path of a member's or a hard link's name.  Leading "/" and "./" are umoci's. */
static int canonical(const char *name, char out[static LIMIT_PATH_LEN], struct fault *why)
{
	size_t len = 0, depth = 0;

	for (const char *at = name; *at; at += *at == '/') {
		size_t part = (size_t)(strchrnul(at, '/') - at);

		if (part == 2 && at[0] == '.' && at[1] == '.')
			return fault_set(why, FAULT_FORMAT, "it leads out of the image");
		if (part && !(part == 1 && *at == '.')) {
			if (len + part + 2 > LIMIT_PATH_LEN || ++depth > LIMIT_MEMBER_DEPTH)
				return fault_set(why, FAULT_LIMIT, "its name is too long");
			out[len++] = '/';
			memcpy(out + len, at, part);
			len += part;
		}
		at += part;
	}
	if (!len)
		out[len++] = '/';
	out[len] = 0;
	return 0;
}

/* ---- whiteouts [OCI image-spec 1.1, layer.md, Whiteouts] ------------------------------------ */

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define AUFS ".wh..wh." /* other names of AUFS, which say nothing of the files */

/* The directory of `path`, in place. */
static const char *directory(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path] = 0;
	return path;
}

/* *ret_done: the member was a whiteout, or something else that is no file. */
static int take_whiteout(
	struct index *index, size_t layer, char *path, bool *ret_done, struct fault *why)
{
	char *base = strrchr(path, '/') + 1;
	char *mark = strstr(path, "/" WHITEOUT);

	*ret_done = mark != NULL;
	if (!mark)
		return 0;
	if (strcmp(base, OPAQUE) == 0 && mark + 1 == base)
		return index_cover(index, layer, directory(path), why);
	if (strncmp(mark + 1, AUFS, strlen(AUFS)) == 0)
		return 0;
	if (mark + 1 != base)
		return fault_set(why, FAULT_FORMAT, "it lies in a whiteout");
	if (!base[4] || strcmp(base, ".wh..") == 0 || strcmp(base, ".wh...") == 0)
		return fault_set(why, FAULT_FORMAT, "it is a whiteout of a whole directory");
	memmove(base, base + strlen(WHITEOUT), strlen(base + strlen(WHITEOUT)) + 1);
	return index_hide(index, layer, path, why);
}

/* ---- members -------------------------------------------------------------------------------- */

static size_t depth_of(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static bool is_wanted(const struct layer_index *layer_index, const char *path)
{
	size_t len = (size_t)(strrchr(path, '/') - path);

	for (size_t i = 0; i < layer_index->wanted->n; i++)
		if (strncmp(layer_index->wanted->at[i], path, len) == 0 &&
			layer_index->wanted->at[i][len] == '\0')
			return true;
	return false;
}

/* Does this regular file, or hard link, get a node of its own? */
static bool is_indexed(const struct pass *pass, const char *path)
{
	size_t n = index_n(pass->index);

	if (n < LIMIT_INDEX_DEEP_N || pass->layer_index->keeps_all)
		return true;
	if (n < LIMIT_INDEX_ALL_N && depth_of(path) <= LIMIT_INDEX_DEEP_DEPTH)
		return true;
	return likely(path) || is_wanted(pass->layer_index, path);
}

/* Room for that many bytes in the file of kept contents, *ret; -1: they are not kept. */
static void reserve(
	struct pass *pass, const struct layer_member *member, const char *path, int64_t *ret)
{
	*ret = -1;
	if (member->size > LIMIT_KEPT_FILE_BYTES ||
		!(likely(path) || is_wanted(pass->layer_index, path)))
		return;
	pthread_mutex_lock(&pass->lock);
	if (pass->kept + member->size <= LIMIT_KEPT_BYTES) {
		*ret = pass->kept;
		pass->kept += member->size;
	}
	pthread_mutex_unlock(&pass->lock);
}

static enum entry_kind entry_kind_of(enum layer_kind kind)
{
	static const enum entry_kind kinds[] = {
		[LAYER_FILE] = ENTRY_FILE,
		[LAYER_DIR] = ENTRY_DIR,
		[LAYER_SYMLINK] = ENTRY_SYMLINK,
		[LAYER_HARDLINK] = ENTRY_FILE,
		[LAYER_OTHER] = ENTRY_OTHER,
	};

	return kinds[kind];
}

static int put(struct pass *pass, const struct index_member *it, struct fault *why)
{
	if (it->kind == ENTRY_FILE && !is_indexed(pass, it->path))
		return index_omit(pass->index, it, why);
	return it->kind == ENTRY_FILE && it->link ? index_link(pass->index, it, why)
						  : index_add(pass->index, it, why);
}

/* The lock is held. */
static int enter(struct pass *pass, size_t layer, const struct layer_member *member, char *path,
	const struct index_file *file, struct fault *why)
{
	char target[LIMIT_PATH_LEN];
	struct index_member it = {
		.path = path,
		.layer = layer,
		.kind = entry_kind_of(member->kind),
		.mode = member->mode,
		.uid = member->uid,
		.gid = member->gid,
		.link = member->link,
		.file = file,
	};
	bool is_done = false;

	if (take_whiteout(pass->index, layer, path, &is_done, why) < 0)
		return -1;
	if (is_done)
		return 0;
	if (member->kind == LAYER_HARDLINK) {
		if (canonical(member->link, target, why) < 0)
			return fault_wrap(why, "the target of a hard link");
		it.link = target;
	}
	if (member->kind == LAYER_SYMLINK && strlen(member->link) >= LIMIT_PATH_LEN)
		return fault_set(why, FAULT_LIMIT, "its target is too long");
	return put(pass, &it, why);
}

static struct index_file file_of(const struct layer_member *member, size_t layer)
{
	return (struct index_file){
		.size = member->size,
		.head = member->head,
		.at = member->at,
		.kept = -1,
		.layer = (uint16_t)layer,
		.is_sparse = member->is_sparse,
		.has_xattrs = member->has_xattrs,
	};
}

static int take(struct pass *pass, struct layer_reader *reader, size_t layer,
	const struct layer_member *member, struct fault *why)
{
	struct index_file file = file_of(member, layer);
	char path[LIMIT_PATH_LEN];
	int rc;

	if (canonical(member->name, path, why) < 0)
		return -1;
	if (member->kind == LAYER_FILE && pass->layer_index->layers[layer].packing != PACKING_PLAIN)
		reserve(pass, member, path, &file.kept);
	if (file.kept >= 0 && layer_save(reader, pass->layer_index->kept_fd, file.kept, why) < 0)
		return -1;
	pthread_mutex_lock(&pass->lock);
	rc = enter(pass, layer, member, path, &file, why);
	pthread_mutex_unlock(&pass->lock);
	return rc;
}

/* Say which member it was. */
static int name_member(const struct layer_member *member, struct fault *why)
{
	auto_free char *shown =
		text_printable(member->name, strlen(member->name), LIMIT_NAME_SHOWN);

	return shown ? fault_wrap(why, "'%s'", shown) : fault_nomem(why);
}

/* ---- many members at a time ----------------------------------------------------------------- */

/* What was skimmed: that is so fast that for single members the threads would only wait. */
struct batch {
	size_t n;
	size_t text_len;
	struct layer_member at[512];
	char text[64 * LIMIT_PATH_LEN];
};

static const char *keep(struct batch *batch, const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = memcpy(batch->text + batch->text_len, text, len);

	batch->text_len += len;
	return copy;
}

/* false: it is full. */
static bool batch_next(struct batch *batch, struct tar_headers *tar_headers)
{
	struct layer_member *member = &batch->at[batch->n];

	if (batch->n == sizeof(batch->at) / sizeof(batch->at[0]) ||
		sizeof(batch->text) - batch->text_len < 2 * LIMIT_PATH_LEN ||
		!tar_headers_next(tar_headers, member))
		return false;
	member->name = keep(batch, member->name);
	if (member->link)
		member->link = keep(batch, member->link);
	batch->n++;
	return true;
}

/* The lock is held. */
static int enter_all(struct pass *pass, const struct batch *batch, size_t layer, struct fault *why)
{
	char path[LIMIT_PATH_LEN];

	for (size_t i = 0; i < batch->n; i++) {
		const struct layer_member *member = &batch->at[i];
		struct index_file file = file_of(member, layer);

		if (canonical(member->name, path, why) < 0 ||
			enter(pass, layer, member, path, &file, why) < 0)
			return name_member(member, why);
	}
	return 0;
}

/* All that can be skimmed of the layer; *ret_at is where what cannot begins. */
static int take_skimmed(
	struct pass *pass, size_t layer, size_t *n, int64_t *ret_at, struct fault *why)
{
	auto_free struct tar_headers *tar_headers = calloc(1, sizeof(*tar_headers));
	auto_free struct batch *batch = calloc(1, sizeof(*batch));
	int rc = 0;

	if (!tar_headers || !batch)
		return fault_nomem(why);
	tar_headers->piece = pass->layer_index->layers[layer].piece;
	do {
		batch->n = batch->text_len = 0;
		while (batch_next(batch, tar_headers))
			;
		pthread_mutex_lock(&pass->lock);
		rc = enter_all(pass, batch, layer, why);
		pthread_mutex_unlock(&pass->lock);
		*n += batch->n;
	} while (rc == 0 && batch->n && *n <= LIMIT_LAYER_MEMBERS_N);
	*ret_at = tar_headers->at;
	return rc;
}

/* ---- layers --------------------------------------------------------------------------------- */

static int layer_index_layer(struct pass *pass, size_t i, struct fault *why)
{
	const struct layer *layer = &pass->layer_index->layers[i];
	bool verify = pass->layer_index->check || layer->packing != PACKING_PLAIN;
	auto_layer_reader reader = NULL;
	struct layer_member member;
	int64_t from = 0;
	size_t n = 0;
	bool found;

	if ((!verify && take_skimmed(pass, i, &n, &from, why) < 0) ||
		layer_open(layer, verify, from, &pass->budget, &reader, why) < 0)
		return -1;
	for (;;) {
		if (layer_next(reader, &member, &found, why) < 0)
			return -1;
		if (!found)
			return verify ? layer_finish(reader, why) : 0;
		if (++n > LIMIT_LAYER_MEMBERS_N)
			return fault_set(why, FAULT_LIMIT, "it has more than %u members",
				LIMIT_LAYER_MEMBERS_N);
		if (take(pass, reader, i, &member, why) < 0)
			return name_member(&member, why);
	}
}

/* The topmost layer first: it may hide all of the others. */
static void work(void *arg, size_t number)
{
	struct pass *pass = arg;
	size_t i = pass->layer_index->n - 1 - number;
	struct fault *why = &pass->faults[i];
	bool is_needless;
	int rc;

	pthread_mutex_lock(&pass->lock);
	is_needless = pass->failed || (i < pass->covered_n && !pass->layer_index->check);
	pthread_mutex_unlock(&pass->lock);
	if (is_needless)
		return;
	rc = layer_index_layer(pass, i, why);
	if (rc < 0)
		fault_wrap(why, "layer '%s'", pass->layer_index->layers[i].label);
	pthread_mutex_lock(&pass->lock);
	pass->failed |= rc < 0;
	if (i > pass->covered_n && index_covers_all(pass->index, i))
		pass->covered_n = i;
	pthread_mutex_unlock(&pass->lock);
}

static int layer_index_all(struct pass *pass, struct fault *why)
{
	if (parallel_compute(pass->layer_index->n, work, pass, why) < 0)
		return -1;
	for (size_t i = 0; i < pass->layer_index->n; i++)
		if (pass->faults[i].kind != FAULT_NONE) {
			*why = pass->faults[i];
			return -1;
		}
	return 0;
}

static int merge_all(struct pass *pass, struct names *missing, struct fault *why)
{
	for (size_t i = pass->covered_n; i < pass->layer_index->n; i++)
		if (index_merge(pass->index, i, missing, why) < 0)
			return fault_wrap(why, "layer '%s'", pass->layer_index->layers[i].label);
	return 0;
}

int layer_index_layers(const struct layer_index *layer_index, struct index **ret,
	struct names *missing, struct fault *why)
{
	struct pass pass = {.layer_index = layer_index, .lock = PTHREAD_MUTEX_INITIALIZER};
	auto_index index = NULL;
	auto_free struct fault *faults = calloc(layer_index->n + 1, sizeof(*faults));
	size_t missing_n = missing->n;

	if (!faults)
		return fault_nomem(why);
	if (index_make(layer_index->n, &index, why) < 0)
		return -1;
	pass.faults = faults;
	pass.index = index;
	if (layer_index_all(&pass, why) < 0 || merge_all(&pass, missing, why) < 0)
		return -1;
	/* The last file that is kept may end in a hole. */
	if (ftruncate(layer_index->kept_fd, pass.kept) < 0)
		return fault_sys(why, "cannot write a temporary file");
	if (missing->n == missing_n)
		*ret = steal(&index);
	return 0;
}
