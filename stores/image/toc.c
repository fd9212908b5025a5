/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/toc.h"

#include <string.h>
#include <sys/random.h>

#include "src/base/siphash.h"
#include "src/base/text.h"

#define MERGED 1u /* the merged root; node 0 means none */

struct toc {
	struct siphash_key key;
	struct toc_node *nodes;
	uint32_t nodes_n;
	uint32_t nodes_room;
	uint32_t *
		slots; /* hash table of nodes by parent and name, open addressing; a power of two */
	uint32_t slots_n;
	uint32_t slots_used; /* a node that moved uses two */
	struct toc_file *files;
	uint32_t files_n;
	uint32_t files_room;
	struct buf text; /* names and targets, each with its NUL */
	struct {
		uint32_t root;
		uint32_t dir; /* the previous member's; the next one is usually in it too */
	} layers[LIMIT_LAYERS_N];
	size_t layers_n;
};

void toc_free(struct toc *toc)
{
	if (!toc)
		return;
	for (uint32_t i = 0; i < toc->files_n; i++)
		free(toc->files[i].kept);
	free(toc->nodes);
	free(toc->slots);
	free(toc->files);
	buf_free(&toc->text);
	free(toc);
}

const char *toc_text(const struct toc *toc, uint32_t at)
{
	return (const char *)toc->text.bytes + at;
}

const struct toc_file *toc_file(const struct toc *toc, const struct toc_node *node)
{
	return &toc->files[node->detail];
}

/* Make room for one more element of `size` bytes; the kernel remaps a large array cheaply. */
static int grow(void *array, uint32_t n, uint32_t *room, size_t size, struct fault *why)
{
	uint32_t more = *room ? 2 * *room : 64;
	void **at = array;
	void *grown;

	if (n == LIMIT_TOC_N)
		return fault_set(
			why, FAULT_LIMIT, "more than %u files, directories and links", LIMIT_TOC_N);
	if (n < *room)
		return 0;
	grown = realloc(*at, more * size);
	if (!grown)
		return fault_nomem(why);
	*at = grown;
	*room = more;
	return 0;
}

static int add_text(struct toc *toc, const char *text, size_t len, uint32_t *ret, struct fault *why)
{
	*ret = (uint32_t)toc->text.len;
	buf_add(&toc->text, text, len);
	buf_add_byte(&toc->text, 0);
	return buf_check(&toc->text, "the list of file names", why);
}

static uint32_t first_slot(const struct toc *toc, uint32_t parent, uint32_t hash)
{
	return (hash + parent * 2654435761u) & (toc->slots_n - 1); /* Knuth's multiplier */
}

static uint32_t hash_of(const struct toc *toc, const char *name, size_t len)
{
	return (uint32_t)siphash(&toc->key, name, len);
}

/* Find that name in that directory; 0: none. */
static uint32_t find(
	const struct toc *toc, uint32_t parent, uint32_t hash, const char *name, size_t len)
{
	for (uint32_t i = first_slot(toc, parent, hash); toc->slots[i];
		i = (i + 1) & (toc->slots_n - 1)) {
		const struct toc_node *node = &toc->nodes[toc->slots[i]];
		const char *own = toc_text(toc, node->name);

		if (node->hash == hash && node->parent == parent && strncmp(own, name, len) == 0 &&
			!own[len])
			return toc->slots[i];
	}
	return 0;
}

static uint32_t find_path(const struct toc *toc, uint32_t root, const char *path)
{
	uint32_t at = root;

	for (const char *name = path + 1; at && *name; name += *name == '/') {
		size_t len = strcspn(name, "/");

		at = find(toc, at, hash_of(toc, name, len), name, len);
		name += len;
	}
	return at;
}

/* The node, or NULL if it is only a whiteout or was removed. */
static const struct toc_node *live(const struct toc *toc, uint32_t at, uint32_t parent)
{
	while (at && (toc->nodes[at].parent != parent || toc->nodes[at].kind == ENTRY_NONE))
		at = toc->nodes[at].next;
	return at ? &toc->nodes[at] : NULL;
}

const struct toc_node *toc_find(const struct toc *toc, const char *path)
{
	uint32_t at = find_path(toc, MERGED, path);

	return at && toc->nodes[at].kind != ENTRY_NONE ? &toc->nodes[at] : NULL;
}

const struct toc_node *toc_first(const struct toc *toc, const struct toc_node *dir)
{
	return live(toc, dir->detail, (uint32_t)(dir - toc->nodes));
}

const struct toc_node *toc_next(const struct toc *toc, const struct toc_node *node)
{
	return live(toc, node->next, node->parent);
}

/* Build the path of the node in `out`, starting at its end; NULL: the node is not merged. */
static const char *path_of(const struct toc *toc, uint32_t at, char out[static LIMIT_PATH_LEN])
{
	size_t room = LIMIT_PATH_LEN - 1;

	out[room] = 0;
	for (; at > MERGED; at = toc->nodes[at].parent) {
		const char *name = toc_text(toc, toc->nodes[at].name);
		size_t len = strlen(name);

		if (len + 1 > room)
			return NULL;
		room -= len + 1;
		out[room] = '/';
		memcpy(out + room + 1, name, len);
	}
	return at == MERGED ? out + room : NULL;
}

int toc_find_named(
	const struct toc *toc, const char *name, size_t max, struct names *ret, struct fault *why)
{
	uint32_t hash = hash_of(toc, name, strlen(name));
	size_t n = 0;

	for (uint32_t i = MERGED + 1; i < toc->nodes_n && n < max; i++) {
		const struct toc_node *node = &toc->nodes[i];
		char room[LIMIT_PATH_LEN];
		const char *path;

		if (node->hash != hash || node->kind == ENTRY_DIR || node->kind == ENTRY_NONE ||
			strcmp(toc_text(toc, node->name), name) != 0)
			continue;
		path = path_of(toc, i, room);
		if (path && names_add(ret, path, why) < 0)
			return -1;
		n += path != NULL;
	}
	names_sort(ret);
	return 0;
}

static void put_slot(struct toc *toc, uint32_t at)
{
	uint32_t i = first_slot(toc, toc->nodes[at].parent, toc->nodes[at].hash);

	while (toc->slots[i])
		i = (i + 1) & (toc->slots_n - 1);
	toc->slots[i] = at;
	toc->slots_used++;
}

/* Keep at least a third of the slots empty. */
static int grow_slots(struct toc *toc, struct fault *why)
{
	uint32_t n = toc->slots_n ? toc->slots_n * 2 : 1024;
	uint32_t *slots;

	if (toc->slots_used < toc->slots_n / 3 * 2)
		return 0;
	slots = calloc(n, sizeof(*slots));
	if (!slots)
		return fault_nomem(why);
	free(toc->slots);
	toc->slots = slots;
	toc->slots_n = n;
	toc->slots_used = 0;
	for (uint32_t i = MERGED + 1; i < toc->nodes_n; i++)
		if (toc->nodes[i].parent)
			put_slot(toc, i);
	return 0;
}

static int add_root(struct toc *toc, uint32_t *ret, struct fault *why)
{
	if (grow(&toc->nodes, toc->nodes_n, &toc->nodes_room, sizeof(*toc->nodes), why) < 0)
		return -1;
	*ret = toc->nodes_n++;
	toc->nodes[*ret] = (struct toc_node){.kind = ENTRY_DIR, .mode = 0755, .is_implied = true};
	return 0;
}

int toc_new(struct toc **ret, struct fault *why)
{
	auto_toc toc = calloc(1, sizeof(*toc));
	uint32_t root;

	if (!toc)
		return fault_nomem(why);
	toc->text = buf_make(LIMIT_TOC_TEXT_BYTES);
	if (getrandom(&toc->key, sizeof(toc->key), 0) != sizeof(toc->key))
		return fault_sys(why, "cannot get random bytes");
	if (add_root(toc, &root, why) < 0 || add_root(toc, &root, why) < 0 ||
		grow_slots(toc, why) < 0)
		return -1;
	*ret = steal(&toc);
	return 0;
}

int toc_layer(struct toc *toc, struct fault *why)
{
	if (toc->layers_n == LIMIT_LAYERS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u layers", LIMIT_LAYERS_N);
	if (add_root(toc, &toc->layers[toc->layers_n].root, why) < 0)
		return -1;
	toc->layers[toc->layers_n].dir = toc->layers[toc->layers_n].root;
	toc->layers_n++;
	return 0;
}

/* Make the node a directory if it has no kind yet. */
static int need_dir(
	struct toc *toc, uint32_t at, const char *path, size_t path_len, struct fault *why)
{
	struct toc_node *node = &toc->nodes[at];
	auto_free char *shown = NULL;

	if (node->kind == ENTRY_DIR)
		return 0;
	if (node->kind == ENTRY_NONE) {
		node->kind = ENTRY_DIR;
		node->mode = 0755;
		node->is_implied = true;
		return 0;
	}
	shown = text_printable(path, path_len, LIMIT_NAME_SHOWN);
	if (!shown)
		return fault_nomem(why);
	return fault_set(why, FAULT_FORMAT,
		"a member lies below '%s', which is not a directory in the same layer", shown);
}

/* Is `path` the node's path below that root? */
static bool is_at(
	const struct toc *toc, uint32_t root, uint32_t at, const char *path, size_t path_len)
{
	for (; at && at != root; at = toc->nodes[at].parent) {
		const char *name = toc_text(toc, toc->nodes[at].name);
		size_t len = strlen(name);

		if (len >= path_len || path[path_len - len - 1] != '/' ||
			memcmp(path + path_len - len, name, len) != 0)
			return false;
		path_len -= len + 1;
	}
	return at && path_len == 0;
}

/* The node of that path in that layer; creates it and the directories above it if needed. */
static int place(struct toc *toc, size_t layer, const char *path, uint32_t *ret, struct fault *why)
{
	size_t dir_len = (size_t)(strrchr(path, '/') - path);
	uint32_t at = toc->layers[layer].root;
	const char *name = path + 1;

	if (is_at(toc, at, toc->layers[layer].dir, path, dir_len)) {
		at = toc->layers[layer].dir;
		name = path + dir_len + 1;
	}
	for (; *name; name += *name == '/') {
		size_t len = strcspn(name, "/");
		struct toc_node node = {.hash = hash_of(toc, name, len), .parent = at};
		uint32_t child;

		if (need_dir(toc, at, path, (size_t)(name - path) - 1, why) < 0)
			return -1;
		child = find(toc, at, node.hash, name, len);
		if (!child) {
			if (grow(&toc->nodes, toc->nodes_n, &toc->nodes_room, sizeof(node), why) <
					0 ||
				grow_slots(toc, why) < 0 ||
				add_text(toc, name, len, &node.name, why) < 0)
				return -1;
			child = toc->nodes_n++;
			node.next = toc->nodes[at].detail;
			toc->nodes[at].detail = child;
			toc->nodes[child] = node;
			put_slot(toc, child);
		}
		toc->layers[layer].dir = at;
		at = child;
		name += len;
	}
	*ret = at;
	return 0;
}

/* Remove everything in the directory. */
static void empty(struct toc *toc, uint32_t dir)
{
	for (uint32_t at = toc->nodes[dir].detail; at; at = toc->nodes[at].next)
		if (toc->nodes[at].parent == dir)
			toc->nodes[at].parent = 0;
	toc->nodes[dir].detail = 0;
}

/* Make `node` a hard link to `target`; false: `target` cannot have a second name. */
static bool share(struct toc_node *node, const struct toc_node *target)
{
	if (target->kind == ENTRY_NONE || target->kind == ENTRY_DIR)
		return false;
	node->kind = target->kind;
	node->mode = target->mode;
	node->uid = target->uid;
	node->gid = target->gid;
	node->detail = target->detail;
	node->is_pending = target->is_pending;
	return true;
}

int toc_add(struct toc *toc, size_t layer, const struct tar_member *member, uint8_t *kept,
	struct fault *why)
{
	bool is_hard = member->kind == ENTRY_FILE && member->link;
	bool is_file = member->kind == ENTRY_FILE && !member->link;
	struct toc_node *node;
	uint32_t at, target = 0, detail = 0;

	if (is_file &&
		grow(&toc->files, toc->files_n, &toc->files_room, sizeof(*toc->files), why) < 0) {
		free(kept);
		return -1;
	}
	if (is_file) {
		detail = toc->files_n++;
		toc->files[detail] = (struct toc_file){
			.size = member->size,
			.head = member->head,
			.at = member->at,
			.kept = kept,
			.layer = (uint16_t)layer,
			.is_sparse = member->is_sparse,
			.has_xattrs = member->has_xattrs,
		};
	}
	if (member->link && add_text(toc, member->link, strlen(member->link), &detail, why) < 0)
		return -1;
	if (is_hard && strcmp(member->link, member->name) == 0)
		return fault_set(why, FAULT_FORMAT, "a hard link leads to itself");
	if (!member->name[1] && member->kind != ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "its root is not a directory");
	if (is_hard)
		target = find_path(toc, toc->layers[layer].root, member->link);
	if (place(toc, layer, member->name, &at, why) < 0)
		return -1;
	node = &toc->nodes[at];
	/* A directory listed a second time keeps its contents. */
	if (node->kind != ENTRY_DIR || member->kind != ENTRY_DIR) {
		if (node->kind == ENTRY_DIR)
			empty(toc, at);
		node->covers = false;
		node->detail = detail;
	}
	node->kind = (uint8_t)member->kind;
	node->mode = member->mode & 07777;
	node->uid = member->uid;
	node->gid = member->gid;
	node->is_implied = false;
	node->is_pending = false;
	if (is_hard && !(target && share(node, &toc->nodes[target])))
		node->is_pending = true;
	return 0;
}

int toc_whiteout(struct toc *toc, size_t layer, const char *path, bool is_opaque, struct fault *why)
{
	uint32_t at;

	if (place(toc, layer, path, &at, why) < 0 ||
		(is_opaque && need_dir(toc, at, path, strlen(path), why) < 0))
		return -1;
	*(is_opaque ? &toc->nodes[at].covers : &toc->nodes[at].hides) = true;
	return 0;
}

/* Resolve hard links to the lower layers' files, before anything of this layer is merged. */
static int settle(struct toc *toc, uint32_t dir, struct fault *why)
{
	for (uint32_t at = toc->nodes[dir].detail; at; at = toc->nodes[at].next) {
		struct toc_node *node = &toc->nodes[at];
		const struct toc_node *target;
		auto_free char *shown = NULL;
		const char *path;

		if (node->parent != dir)
			continue;
		if (node->kind == ENTRY_DIR && settle(toc, at, why) < 0)
			return -1;
		if (!node->is_pending)
			continue;
		path = toc_text(toc, node->detail);
		target = toc_find(toc, path);
		node->is_pending = false;
		if (target && share(node, target))
			continue;
		shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
		if (!shown)
			return fault_nomem(why);
		return fault_set(why, FAULT_FORMAT, "a hard link leads to '%s', which %s", shown,
			target ? "is a directory" : "is not there");
	}
	return 0;
}

static int merge(struct toc *toc, uint32_t to, uint32_t from, struct fault *why)
{
	struct toc_node *upper = &toc->nodes[from];
	struct toc_node *lower = &toc->nodes[to];
	uint32_t next;

	if (upper->covers)
		empty(toc, to);
	if (!upper->is_implied) {
		lower->mode = upper->mode;
		lower->uid = upper->uid;
		lower->gid = upper->gid;
	}
	for (uint32_t at = upper->detail; at; at = next) {
		struct toc_node *node = &toc->nodes[at];
		const char *name = toc_text(toc, node->name);
		uint32_t old = find(toc, to, node->hash, name, strlen(name));

		next = node->next;
		if (node->parent != from)
			continue;
		node->parent = 0;
		if (old && !node->hides && node->kind == ENTRY_DIR &&
			toc->nodes[old].kind == ENTRY_DIR) {
			if (merge(toc, old, at, why) < 0)
				return -1;
			continue;
		}
		if (old)
			toc->nodes[old].parent = 0;
		if (node->kind == ENTRY_NONE)
			continue;
		if (grow_slots(toc, why) < 0)
			return -1;
		/* Move the node with everything below it. */
		node->parent = to;
		node->next = lower->detail;
		lower->detail = at;
		put_slot(toc, at);
	}
	return 0;
}

int toc_merge(struct toc *toc, size_t layer, struct fault *why)
{
	if (settle(toc, toc->layers[layer].root, why) < 0)
		return -1;
	return merge(toc, MERGED, toc->layers[layer].root, why);
}
