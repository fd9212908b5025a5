/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/index.h"

#include <string.h>
#include <sys/random.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "stores/image/index_own.h"

_Static_assert(LIMIT_LAYERS_N < GONE - 1, "a tree's number does not fit");

/* ---- memory --------------------------------------------------------------------------------- */

void index_free(struct index *index)
{
	if (!index)
		return;
	for (size_t i = 0; index->omitted && i < index->layers_n; i++)
		free(index->omitted[i].at);
	free(index->omitted);
	free(index->nodes);
	free(index->slots);
	free(index->files);
	buf_free(&index->text);
	free(index);
}

/* Room for one more of `size` bytes in the array; a growing array is moved by the kernel. */
static int grow(void *array, size_t n, uint32_t *room, size_t size, struct fault *why)
{
	void **at = array;
	size_t more = *room ? 2 * (size_t)*room : 64;
	void *grown;

	if (n < *room)
		return 0;
	grown = realloc(*at, more * size);
	if (!grown)
		return fault_nomem(why);
	*at = grown;
	*room = (uint32_t)more;
	return 0;
}

static int check_room(uint32_t n, struct fault *why)
{
	if (n < LIMIT_INDEX_NODES_N)
		return 0;
	return fault_set(
		why, FAULT_LIMIT, "more than %u files, directories and links", LIMIT_INDEX_NODES_N);
}

static int add_text(
	struct index *index, const char *text, size_t len, uint32_t *ret, struct fault *why)
{
	uint32_t at = (uint32_t)index->text.len;

	buf_add(&index->text, text, len);
	buf_add_byte(&index->text, 0);
	if (buf_check(&index->text, "the list of file names", why) < 0)
		return -1;
	*ret = at;
	return 0;
}

const char *index_text(const struct index *index, uint32_t at)
{
	return (const char *)index->text.bytes + at;
}

/* ---- finding -------------------------------------------------------------------------------- */

static const char *base_of(const char *path, size_t len)
{
	while (len && path[len - 1] != '/')
		len--;
	return path + len;
}

uint32_t index_find_hash(
	const struct index *index, uint16_t tree, uint64_t hash, const char *name, size_t name_len)
{
	for (uint32_t i = (uint32_t)hash & (index->slots_n - 1); index->slots[i];
		i = (i + 1) & (index->slots_n - 1)) {
		const struct index_node *node = &index->nodes[index->slots[i]];
		const char *own = index_text(index, node->name);

		if (node->hash == hash && node->tree == tree &&
			(!name || (strncmp(own, name, name_len) == 0 && !own[name_len])))
			return index->slots[i];
	}
	return 0;
}

/* `len` is 0 for the root. */
static uint32_t find(const struct index *index, uint16_t tree, const char *path, size_t len)
{
	const char *base = base_of(path, len);

	if (!len)
		return index_root_of(tree);
	return index_find_hash(
		index, tree, siphash(&index->key, path, len), base, len - (size_t)(base - path));
}

static size_t length_of(const char *path)
{
	return path[1] ? strlen(path) : 0;
}

static size_t parent_len(const char *path, size_t len)
{
	return (size_t)(base_of(path, len) - path) - 1;
}

const struct index_node *index_find(const struct index *index, const char *path)
{
	uint32_t at = find(index, MERGED, path, length_of(path));

	return at ? &index->nodes[at] : NULL;
}

bool index_omitted(const struct index *index, const char *path)
{
	uint64_t hash = siphash(&index->key, path, strlen(path));

	for (size_t i = 0; i < index->layers_n; i++)
		for (size_t j = 0; j < index->omitted[i].n; j++)
			if (index->omitted[i].at[j] == hash)
				return true;
	return false;
}

const struct index_file *index_file_of(const struct index *index, const struct index_node *node)
{
	return &index->files[node->detail];
}

static const struct index_node *live(const struct index *index, uint32_t at)
{
	while (at && (index->nodes[at].tree == GONE || index->nodes[at].kind == ENTRY_NONE))
		at = index->nodes[at].next;
	return at ? &index->nodes[at] : NULL;
}

const struct index_node *index_first(const struct index *index, const struct index_node *dir)
{
	return live(index, dir->detail);
}

const struct index_node *index_next(const struct index *index, const struct index_node *node)
{
	return live(index, node->next);
}

bool index_covers_all(const struct index *index, size_t layer)
{
	return index->nodes[index_root_of((uint16_t)(layer + 1))].covers;
}

size_t index_n(const struct index *index)
{
	return index->nodes_n;
}

/* ---- filling -------------------------------------------------------------------------------- */

static void put_slot(struct index *index, uint32_t node)
{
	uint32_t i = (uint32_t)index->nodes[node].hash & (index->slots_n - 1);

	while (index->slots[i])
		i = (i + 1) & (index->slots_n - 1);
	index->slots[i] = node;
}

/* At least a third of the slots stays empty. */
static int grow_slots(struct index *index, struct fault *why)
{
	uint32_t n = index->slots_n ? index->slots_n * 2 : 1024;
	uint32_t *slots;

	if (index->nodes_n < index->slots_n / 3 * 2)
		return 0;
	slots = calloc(n, sizeof(*slots));
	if (!slots)
		return fault_nomem(why);
	free(index->slots);
	index->slots = slots;
	index->slots_n = n;
	for (uint32_t i = index_root_of((uint16_t)index->layers_n) + 1; i < index->nodes_n; i++)
		if (index->nodes[i].tree != GONE)
			put_slot(index, i);
	return 0;
}

/* One like `node`, of that name. */
static int make_node(struct index *index, struct index_node node, const char *name, size_t len,
	uint32_t *ret, struct fault *why)
{
	if (check_room(index->nodes_n, why) < 0 ||
		grow(&index->nodes, index->nodes_n, &index->nodes_room, sizeof(node), why) < 0 ||
		grow_slots(index, why) < 0 || add_text(index, name, len, &node.name, why) < 0)
		return -1;
	*ret = index->nodes_n++;
	index->nodes[*ret] = node;
	put_slot(index, *ret);
	return 0;
}

void index_empty(struct index *index, uint32_t at)
{
	struct index_node *node = &index->nodes[at];

	if (node->kind != ENTRY_DIR)
		return;
	for (uint32_t child = node->detail; child; child = index->nodes[child].next)
		index_forget(index, child);
	node->detail = 0;
	node->omits = false;
}

void index_forget(struct index *index, uint32_t at)
{
	index_empty(index, at);
	index->nodes[at].tree = GONE;
}

static int place(struct index *index, uint16_t tree, const char *path, size_t len, uint32_t *ret,
	struct fault *why);

/* The directory of that path of that layer, made if need be with those above it. */
static int directory(struct index *index, uint16_t tree, const char *path, size_t len,
	uint32_t *ret, struct fault *why)
{
	struct index_node *node;
	auto_free char *shown = NULL;

	if (place(index, tree, path, len, ret, why) < 0)
		return -1;
	node = &index->nodes[*ret];
	if (node->kind == ENTRY_DIR)
		return 0;
	if (node->kind == ENTRY_NONE) {
		node->kind = ENTRY_DIR;
		node->mode = 0755;
		node->is_implied = true;
		return 0;
	}
	shown = text_printable(path, len, LIMIT_NAME_SHOWN);
	if (!shown)
		return fault_nomem(why);
	return fault_set(why, FAULT_FORMAT,
		"a member lies below '%s', which is not a directory in the same layer", shown);
}

/* The node of that path of that layer, made if need be, with the directories above it. */
static int place(struct index *index, uint16_t tree, const char *path, size_t len, uint32_t *ret,
	struct fault *why)
{
	struct index_node node = {.tree = tree, .hash = siphash(&index->key, path, len)};
	const char *base = base_of(path, len);
	size_t base_len = len - (size_t)(base - path);
	uint32_t dir = 0;

	*ret = len ? index_find_hash(index, tree, node.hash, base, base_len) : index_root_of(tree);
	if (*ret)
		return 0;
	if (directory(index, tree, path, parent_len(path, len), &dir, why) < 0)
		return -1;
	node.next = index->nodes[dir].detail;
	if (make_node(index, node, base, base_len, ret, why) < 0)
		return -1;
	index->nodes[dir].detail = *ret;
	return 0;
}

/* The member's node, as one of its kind that has nothing in it yet, unless it is a directory
 * again. */
static int prepare(
	struct index *index, const struct index_member *member, uint32_t *ret, struct fault *why)
{
	size_t len = length_of(member->path);
	struct index_node *node;

	if (!len && member->kind != ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "its root is not a directory");
	if (place(index, index_tree_of(member->layer), member->path, len, ret, why) < 0)
		return -1;
	node = &index->nodes[*ret];
	if (node->kind != ENTRY_DIR || member->kind != ENTRY_DIR) {
		index_empty(index, *ret);
		node->detail = 0;
		node->covers = false;
	}
	node->kind = (uint8_t)member->kind;
	node->mode = member->mode & 07777;
	node->uid = member->uid;
	node->gid = member->gid;
	node->is_implied = false;
	node->is_pending = false;
	return 0;
}

static int add_file(
	struct index *index, const struct index_file *file, uint32_t *ret, struct fault *why)
{
	if (check_room(index->files_n, why) < 0 ||
		grow(&index->files, index->files_n, &index->files_room, sizeof(*file), why) < 0)
		return -1;
	index->files[index->files_n] = *file;
	*ret = index->files_n++;
	return 0;
}

int index_add(struct index *index, const struct index_member *member, struct fault *why)
{
	uint32_t detail = 0;
	uint32_t at;

	if (member->kind == ENTRY_SYMLINK &&
		add_text(index, member->link, strlen(member->link), &detail, why) < 0)
		return -1;
	if (member->kind == ENTRY_FILE && add_file(index, member->file, &detail, why) < 0)
		return -1;
	if (prepare(index, member, &at, why) < 0)
		return -1;
	if (member->kind != ENTRY_DIR)
		index->nodes[at].detail = detail;
	return 0;
}

bool index_share(struct index_node *node, const struct index_node *target)
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

int index_link(struct index *index, const struct index_member *member, struct fault *why)
{
	uint32_t target =
		find(index, index_tree_of(member->layer), member->link, length_of(member->link));
	uint32_t text = 0;
	uint32_t at;

	if (strcmp(member->link, member->path) == 0)
		return fault_set(why, FAULT_FORMAT, "a hard link leads to itself");
	if (add_text(index, member->link, strlen(member->link), &text, why) < 0 ||
		prepare(index, member, &at, why) < 0)
		return -1;
	if (target && index_share(&index->nodes[at], &index->nodes[target]))
		return 0;
	index->nodes[at].is_pending = true;
	index->nodes[at].detail = text;
	return 0;
}

int index_omit(struct index *index, const struct index_member *member, struct fault *why)
{
	struct omitted *omitted = &index->omitted[member->layer];
	uint16_t tree = index_tree_of(member->layer);
	size_t len = length_of(member->path);
	uint32_t dir;

	/* In the place of something that is in memory it goes there as well. */
	if (find(index, tree, member->path, len))
		return member->link ? index_link(index, member, why)
				    : index_add(index, member, why);
	if (directory(index, tree, member->path, parent_len(member->path, len), &dir, why) < 0 ||
		grow(&omitted->at, omitted->n, &omitted->room, sizeof(*omitted->at), why) < 0)
		return -1;
	omitted->at[omitted->n++] = siphash(&index->key, member->path, len);
	index->nodes[dir].omits = true;
	return 0;
}

int index_hide(struct index *index, size_t layer, const char *path, struct fault *why)
{
	uint32_t at;

	if (place(index, index_tree_of(layer), path, length_of(path), &at, why) < 0)
		return -1;
	index->nodes[at].hides = true;
	return 0;
}

int index_cover(struct index *index, size_t layer, const char *path, struct fault *why)
{
	uint32_t at;

	if (directory(index, index_tree_of(layer), path, length_of(path), &at, why) < 0)
		return -1;
	index->nodes[at].covers = true;
	return 0;
}

int index_make(size_t layers_n, struct index **ret, struct fault *why)
{
	auto_index index = calloc(1, sizeof(*index));

	if (!index)
		return fault_nomem(why);
	index->text = buf_make(LIMIT_INDEX_TEXT_BYTES);
	index->layers_n = layers_n;
	index->omitted = calloc(layers_n + 1, sizeof(*index->omitted));
	if (!index->omitted)
		return fault_nomem(why);
	if (getrandom(&index->key, sizeof(index->key), 0) != sizeof(index->key))
		return fault_sys(why, "cannot get random bytes");
	index->nodes_n = 1;
	for (size_t i = 0; i <= layers_n; i++) {
		if (grow(&index->nodes, index->nodes_n, &index->nodes_room, sizeof(*index->nodes),
			    why) < 0)
			return -1;
		index->nodes[index->nodes_n++] = (struct index_node){
			.tree = (uint16_t)i, .kind = ENTRY_DIR, .mode = 0755, .is_implied = true};
	}
	if (grow_slots(index, why) < 0)
		return -1;
	*ret = steal(&index);
	return 0;
}
