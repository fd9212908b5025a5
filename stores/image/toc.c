/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/toc.h"

#include <string.h>

#include "src/base/text.h"

/* The order of all members of all layers.  Whiteouts come before the other members of their layer,
 * which they do not hide. */
static uint64_t age_of(const struct toc_entry *entry)
{
	return (uint64_t)entry->layer << 32 | (entry->is_whiteout ? 0 : entry->when);
}

const char *toc_text(const struct toc *toc, const struct toc_entry *entry, uint32_t at)
{
	return (const char *)toc->layers[entry->layer].text.bytes + at;
}

void toc_free(struct toc *toc)
{
	if (!toc)
		return;
	for (struct toc_layer *layer = toc->layers; layer < toc->layers + toc->layers_n; layer++) {
		for (uint32_t i = 0; i < layer->n; i++)
			free(layer->at[i].kept);
		free(layer->at);
		buf_free(&layer->text);
	}
	free(toc->index);
	free(toc);
}

/* ---- filling -------------------------------------------------------------------------------- */

static uint32_t add_text(struct toc_layer *layer, const char *text, size_t len)
{
	size_t at = layer->text.len;

	buf_add(&layer->text, text, len);
	buf_add_byte(&layer->text, 0);
	return (uint32_t)at;
}

int toc_layer(struct toc *toc, struct fault *why)
{
	struct toc_layer *layer = &toc->layers[toc->layers_n];

	if (toc->layers_n == LIMIT_LAYERS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u layers", LIMIT_LAYERS_N);
	layer->text = buf_make(LIMIT_TOC_TEXT_BYTES);
	add_text(layer, "", 0); /* the root, where `dir` starts */
	toc->layers_n++;
	return 0;
}

/* Add an entry; its texts are there already.  Takes `kept`. */
static int push(
	struct toc *toc, struct toc_layer *layer, struct toc_entry *entry, struct fault *why)
{
	size_t more = layer->text.len - layer->counted + sizeof(*entry) + sizeof(*toc->index);

	layer->counted = layer->text.len;
	if (__atomic_add_fetch(&toc->bytes, more, __ATOMIC_RELAXED) > LIMIT_TOC_BYTES)
		layer->text.over = true;
	if (layer->n == layer->room) {
		size_t room = 2 * (size_t)layer->room + 64;
		struct toc_entry *grown = realloc(layer->at, room * sizeof(*grown));

		layer->at = grown ? grown : layer->at;
		layer->room = grown ? (uint32_t)room : layer->room;
		layer->text.failed |= !grown;
	}
	if (buf_check(&layer->text, "the list of the image's files", why) < 0) {
		free(entry->kept);
		return -1;
	}
	entry->layer = (uint16_t)(layer - toc->layers);
	entry->when = layer->n + 1;
	layer->at[layer->n++] = *entry;
	return 0;
}

/*
 * The first `len` bytes of `path` are the directory of the next entry.  Whatever is not known to be
 * a directory of this layer gets an entry as an implied one.
 */
static int enter(
	struct toc *toc, struct toc_layer *layer, const char *path, size_t len, struct fault *why)
{
	const char *known = layer->known, *dir;
	size_t end = 0;

	for (size_t i = 0;; i++) {
		if ((i == len || path[i] == '/') && (!known[i] || known[i] == '/'))
			end = i;
		if (i == len || path[i] != known[i])
			break;
	}
	while (end < len) {
		size_t slash = end;
		struct toc_entry implied = {.kind = ENTRY_DIR, .mode = 0755, .is_implied = true};

		end += 1 + strcspn(path + slash + 1, "/");
		implied.dir = add_text(layer, path, slash);
		implied.name = add_text(layer, path + slash + 1, end - slash - 1);
		if (push(toc, layer, &implied, why) < 0)
			return -1;
	}
	memcpy(layer->known, path, len);
	layer->known[len] = 0;
	dir = buf_text(&layer->text) + layer->dir;
	if (strncmp(dir, path, len) != 0 || dir[len])
		layer->dir = add_text(layer, path, len);
	return 0;
}

int toc_add(struct toc *toc, size_t number, const struct tar_member *member, uint8_t *kept,
	struct fault *why)
{
	struct toc_layer *layer = &toc->layers[number];
	const char *path = member->name, *base = strrchr(path, '/');
	struct toc_entry entry = {
		.uid = member->uid,
		.gid = member->gid,
		.mode = member->mode & 07777,
		.kind = (uint8_t)member->kind,
		.is_whiteout = member->kind == ENTRY_NONE,
		.is_hard = member->kind == ENTRY_FILE && member->link,
		.is_sparse = member->is_sparse,
		.has_xattrs = member->has_xattrs,
		.size = member->size,
		.head = member->head,
		.at = member->at,
		.kept = kept,
	};

	if (enter(toc, layer, path, (size_t)(base - path), why) < 0) {
		free(kept);
		return -1;
	}
	if (entry.kind == ENTRY_DIR && base[1])
		memcpy(layer->known, path, strlen(path) + 1);
	entry.dir = layer->dir;
	entry.name = add_text(layer, base + 1, strlen(base + 1));
	if (member->link)
		entry.link = add_text(layer, member->link, strlen(member->link));
	return push(toc, layer, &entry, why);
}

int toc_add_opaque(struct toc *toc, size_t number, const char *path, struct fault *why)
{
	struct toc_layer *layer = &toc->layers[number];
	const char *base = strrchr(path, '/');
	struct toc_entry entry = {.kind = ENTRY_DIR, .is_whiteout = true};

	if (enter(toc, layer, path, base[1] ? strlen(path) : 0, why) < 0)
		return -1;
	entry.dir = add_text(layer, path, (size_t)(base - path));
	entry.name = add_text(layer, base + 1, strlen(base + 1));
	return push(toc, layer, &entry, why);
}

/* ---- searching ------------------------------------------------------------------------------ */

/* Where a walk has come to, and what it may see below it. */
struct place {
	const struct toc_entry *entry; /* NULL: nothing is there */
	size_t lowest; /* layers below this one are hidden */
	uint32_t since[LIMIT_LAYERS_N]; /* in each layer, members before this one are hidden */
};

static int order(const struct toc *toc, const struct toc_entry *entry, const char *dir,
	const char *name, uint64_t age)
{
	const char *own = toc_text(toc, entry, entry->dir);
	int by = own == dir ? 0 : strcmp(own, dir); /* neighbors share the text */

	if (!by)
		by = strcmp(toc_text(toc, entry, entry->name), name);
	return by ? by : age_of(entry) < age ? -1 : age_of(entry) > age;
}

static int by_path(const void *a, const void *b, void *toc)
{
	const struct toc_entry *one = *(const struct toc_entry *const *)a;
	const struct toc_entry *two = *(const struct toc_entry *const *)b;

	return order(
		toc, one, toc_text(toc, two, two->dir), toc_text(toc, two, two->name), age_of(two));
}

/* The place in the index before which all entries are smaller. */
static size_t search(const struct toc *toc, const char *dir, const char *name, uint64_t age)
{
	size_t low = 0, high = toc->index_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (order(toc, toc->index[middle], dir, name, age) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The place behind the newest version of a path that is older than `age`; 0: none. */
static size_t newest(const struct toc *toc, const char *dir, const char *name, uint64_t age)
{
	size_t end = search(toc, dir, name, age);
	const struct toc_entry *entry = end ? toc->index[end - 1] : NULL;

	return entry && order(toc, entry, dir, name, age_of(entry)) == 0 ? end : 0;
}

/* Do the entries before and at that place of the index have one path? */
static bool is_same_path(const struct toc *toc, size_t i)
{
	const struct toc_entry *one, *two;

	if (i == 0 || i == toc->index_n)
		return false;
	one = toc->index[i - 1];
	two = toc->index[i];
	return strcmp(toc_text(toc, one, one->name), toc_text(toc, two, two->name)) == 0 &&
	       strcmp(toc_text(toc, one, one->dir), toc_text(toc, two, two->dir)) == 0;
}

/* From a directory to a path in it, whose newest version is before `end` in the index. */
static void step(const struct toc *toc, size_t end, struct place *place)
{
	static const struct toc_entry implied = {.kind = ENTRY_DIR, .mode = 0755};
	const struct place parent = *place;
	const struct toc_entry *newer = NULL;

	place->entry = NULL;
	for (size_t i = end; i-- > 0 && toc->index[i]->layer >= parent.lowest;) {
		const struct toc_entry *entry = toc->index[i];
		bool is_left = entry->when >= (entry->kind ? place : &parent)->since[entry->layer];
		bool hides_lower = is_left && entry->is_whiteout;

		if (is_left && !entry->is_whiteout) {
			if (!newer || entry->kind == ENTRY_DIR) {
				if (!newer || place->entry == &implied)
					place->entry = entry->is_implied ? &implied : entry;
				if (entry->kind != ENTRY_DIR)
					break;
				newer = entry;
			} else {
				/* A directory of the same layer has replaced it: nothing is left.
				 */
				place->since[entry->layer] = entry->when;
				hides_lower = newer->layer != entry->layer;
			}
		}
		if (hides_lower && entry->layer > place->lowest)
			place->lowest = entry->layer;
		if ((hides_lower && entry->kind != ENTRY_DIR) || !is_same_path(toc, i))
			break;
	}
}

/* Walk to the canonical path as it was before `age`. */
static struct place walk(const struct toc *toc, const char *path, uint64_t age)
{
	static const struct toc_entry root = {.kind = ENTRY_DIR, .mode = 0755};
	struct place place = {.lowest = 0};
	char room[LIMIT_PATH_LEN + 1];

	step(toc, newest(toc, "", "", age), &place);
	if (!place.entry)
		place.entry = &root;
	strncat(memset(room, 0, 1), path, LIMIT_PATH_LEN);
	for (char *slash = room, *next; place.entry && *slash && slash[1]; slash = next) {
		bool more;

		if (place.entry->kind != ENTRY_DIR) {
			place.entry = NULL;
			break;
		}
		next = strchrnul(slash + 1, '/');
		more = *next;
		*slash = *next = 0;
		step(toc, newest(toc, room, slash + 1, age), &place);
		*slash = '/';
		if (more)
			*next = '/';
	}
	return place;
}

static const struct toc_entry *resolved(const struct toc_entry *entry)
{
	return entry && entry->is_hard ? entry->same : entry;
}

const struct toc_entry *toc_find(const struct toc *toc, const char *path)
{
	return resolved(walk(toc, path, UINT64_MAX).entry);
}

int toc_list(const struct toc *toc, const char *path, struct names *ret, struct fault *why)
{
	struct place child, place = walk(toc, path, UINT64_MAX);
	const char *dir = path[1] ? path : "";
	size_t n = 0;

	if (!place.entry || place.entry->kind != ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a directory", path);
	for (size_t i = search(toc, dir, *dir ? "" : "\1", 0); i < toc->index_n; i++) {
		const struct toc_entry *entry = toc->index[i];

		if (strcmp(toc_text(toc, entry, entry->dir), dir) != 0)
			break;
		if (is_same_path(toc, i + 1))
			continue;
		child = place;
		step(toc, i + 1, &child);
		if (!child.entry)
			continue;
		if (++n > LIMIT_DIR_NAMES_N)
			return fault_set(why, FAULT_LIMIT, "'%s' has more than %u names", path,
				LIMIT_DIR_NAMES_N);
		if (names_add(ret, toc_text(toc, entry, entry->name), why) < 0)
			return -1;
	}
	return 0;
}

int toc_find_named(
	const struct toc *toc, const char *name, size_t max, struct names *ret, struct fault *why)
{
	size_t n = 0;

	for (size_t l = 0; l < toc->layers_n; l++)
		for (uint32_t i = 0; i < toc->layers[l].n && n < max; i++) {
			const struct toc_entry *entry = &toc->layers[l].at[i];
			char path[2 * LIMIT_PATH_LEN];

			if (entry->kind == ENTRY_DIR || entry->kind == ENTRY_NONE ||
				strcmp(toc_text(toc, entry, entry->name), name) != 0)
				continue;
			snprintf(path, sizeof(path), "%s/%s", toc_text(toc, entry, entry->dir),
				name);
			if (walk(toc, path, UINT64_MAX).entry != entry)
				continue; /* hidden, or another version */
			if (names_add(ret, path, why) < 0)
				return -1;
			n++;
		}
	names_sort(ret);
	return 0;
}

/* ---- indexing ------------------------------------------------------------------------------- */

/* Check an implied directory against what is there, or resolve a hard link. */
static int settle(const struct toc *toc, struct toc_entry *entry, struct fault *why)
{
	char path[2 * LIMIT_PATH_LEN];
	const struct toc_entry *older;
	auto_free char *shown = NULL;

	if (entry->is_hard)
		snprintf(path, sizeof(path), "%s", toc_text(toc, entry, entry->link));
	else
		snprintf(path, sizeof(path), "%s/%s", toc_text(toc, entry, entry->dir),
			toc_text(toc, entry, entry->name));
	older = walk(toc, path, age_of(entry)).entry;
	if (older && (older->layer != entry->layer || older->kind == ENTRY_DIR))
		older = NULL;
	if (!entry->is_hard && !older)
		return 0;
	/* A whiteout does not hide the targets of its own layer's hard links. */
	if (entry->is_hard && !older)
		older = walk(toc, path, (uint64_t)entry->layer << 32).entry;
	entry->same = resolved(older);
	if (entry->is_hard && older && older->kind != ENTRY_DIR)
		return 0;
	shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
	if (!shown)
		return fault_nomem(why);
	if (!entry->is_hard)
		return fault_set(why, FAULT_FORMAT,
			"a member is below '%s', which is not a directory in this layer", shown);
	return fault_set(why, FAULT_FORMAT, "the target of a hard link, '%s', is %s", shown,
		older ? "a directory" : "missing");
}

int toc_index(struct toc *toc, size_t *ret_layer, struct fault *why)
{
	size_t old_n = toc->index_n, n = 0, first = 0;
	const struct toc_entry **index;

	for (size_t l = 0; l < toc->layers_n; l++) {
		first = n < old_n ? l + 1 : first;
		n += toc->layers[l].n;
	}
	index = realloc(toc->index, (n + 1) * sizeof(*index));
	if (!index)
		return fault_nomem(why);
	toc->index = index;
	for (size_t l = first; l < toc->layers_n; l++)
		for (uint32_t i = 0; i < toc->layers[l].n; i++) {
			const struct toc_entry *entry = &toc->layers[l].at[i];
			size_t at = toc->index_n;

			/* A layer on top is our own, which is small. */
			if (old_n) {
				at = search(toc, toc_text(toc, entry, entry->dir),
					toc_text(toc, entry, entry->name), age_of(entry));
				memmove(index + at + 1, index + at,
					(toc->index_n - at) * sizeof(*index));
			}
			index[at] = entry;
			toc->index_n++;
		}
	if (!old_n)
		qsort_r(index, n, sizeof(*index), by_path, toc);
	for (*ret_layer = first; *ret_layer < toc->layers_n; ++*ret_layer) {
		struct toc_layer *layer = &toc->layers[*ret_layer];

		for (uint32_t i = 0; i < layer->n; i++)
			if ((layer->at[i].is_hard || layer->at[i].is_implied) &&
				settle(toc, &layer->at[i], why) < 0)
				return -1;
	}
	return 0;
}
