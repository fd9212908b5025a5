/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/memory_tree.h"

#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"
#include "src/fs/plan.h"

struct node {
	char *path;
	struct entry entry; /* link: the text is in bytes as well */
	uint8_t *bytes;
};

struct memory {
	struct tree tree;
	struct node *at;
	size_t n;
	size_t calls[MEMORY_CALLS];
	size_t fail_at[MEMORY_CALLS]; /* of calls[]; 0: never */
	unsigned temps_n;
};

static void *have(void *at)
{
	if (!at)
		abort();
	return at;
}

static struct memory *memory_of(struct tree *tree)
{
	return (struct memory *)tree;
}

static struct node *find(struct memory *memory, const char *path)
{
	for (size_t i = 0; i < memory->n; i++)
		if (strcmp(memory->at[i].path, path) == 0)
			return &memory->at[i];
	return NULL;
}

static void node_clear(struct node *node)
{
	free(node->path);
	free(node->bytes);
}

void memory_tree_remove(struct tree *tree, const char *path)
{
	struct memory *memory = memory_of(tree);
	struct node *node = find(memory, path);

	if (!node)
		return;
	node_clear(node);
	*node = memory->at[--memory->n];
}

static void set_parents(struct tree *tree, const char *path)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		auto_free char *dir = have(strndup(path, (size_t)(slash - path)));

		if (!find(memory_of(tree), dir))
			memory_tree_set(tree, dir, ENTRY_DIR, NULL, 0, 0);
	}
}

void memory_tree_set(struct tree *tree, const char *path, enum entry_kind kind, const void *bytes,
	size_t len, mode_t mode)
{
	struct memory *memory = memory_of(tree);
	struct node node = {.entry = {.kind = kind}};

	node.path = have(strdup(path));
	node.bytes = have(calloc(1, len + 1));
	if (len)
		memcpy(node.bytes, bytes, len);
	node.entry.size = (int64_t)len;
	node.entry.mode = mode                    ? mode
			  : kind == ENTRY_DIR     ? 0755
			  : kind == ENTRY_SYMLINK ? 0777
						  : 0644;
	set_parents(tree, path);
	memory_tree_remove(tree, path);
	memory->at = have(realloc(memory->at, (memory->n + 1) * sizeof(node)));
	memory->at[memory->n++] = node;
}

void memory_tree_fail(struct tree *tree, enum memory_call command_line, size_t n)
{
	struct memory *memory = memory_of(tree);

	memory->fail_at[command_line] = n ? memory->calls[command_line] + n : 0;
}

size_t memory_tree_calls(struct tree *tree, enum memory_call command_line)
{
	return memory_of(tree)->calls[command_line];
}

static int count(
	struct tree *tree, enum memory_call command_line, const char *path, struct fault *why)
{
	struct memory *memory = memory_of(tree);

	if (++memory->calls[command_line] != memory->fail_at[command_line])
		return 0;
	errno = ENOSPC;
	return fault_sys(why, "cannot work on '%s'", path);
}

/* 1: every parent is a directory; 0: one is not; -1: one is a link. */
static int check_parents(struct tree *tree, const char *path, struct fault *why)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		char dir[LIMIT_PATH_LEN];
		const struct node *node;

		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
		node = find(memory_of(tree), dir);
		if (!node)
			return 0;
		if (node->entry.kind == ENTRY_SYMLINK)
			return fault_set(why, FAULT_REFUSED, "'%s' is a link", dir);
		if (node->entry.kind != ENTRY_DIR)
			return 0;
	}
	return 1;
}

static int memory_entry(struct tree *tree, const char *path, struct entry *ret, struct fault *why)
{
	const struct node *node;
	int parents;

	if (count(tree, MEMORY_ENTRY, path, why) < 0)
		return -1;
	if (strcmp(path, "/") == 0) {
		*ret = (struct entry){.kind = ENTRY_DIR, .mode = 0755};
		return 0;
	}
	parents = check_parents(tree, path, why);
	if (parents < 0)
		return -1;
	node = parents ? find(memory_of(tree), path) : NULL;
	*ret = node ? node->entry : (struct entry)ENTRY_INIT;
	if (node && node->entry.kind == ENTRY_SYMLINK)
		ret->link = strdup((char *)node->bytes);
	return ret->kind == ENTRY_SYMLINK && !ret->link ? fault_nomem(why) : 0;
}

static int memory_read(struct tree *tree, const char *path, struct buf *ret, struct fault *why)
{
	const struct node *node = find(memory_of(tree), path);

	if (count(tree, MEMORY_READ, path, why) < 0 || check_parents(tree, path, why) < 0)
		return -1;
	if (!node || node->entry.kind != ENTRY_FILE)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
	buf_add(ret, node->bytes, (size_t)node->entry.size);
	return buf_check(ret, path, why);
}

static int memory_list(struct tree *tree, const char *path, struct names *ret, struct fault *why)
{
	struct memory *memory = memory_of(tree);
	size_t len = strcmp(path, "/") == 0 ? 0 : strlen(path);

	if (count(tree, MEMORY_LIST, path, why) < 0 || check_parents(tree, path, why) < 0)
		return -1;
	for (size_t i = 0; i < memory->n; i++) {
		const char *at = memory->at[i].path;

		if (strncmp(at, path, len) == 0 && at[len] == '/' && !strchr(at + len + 1, '/') &&
			names_add(ret, at + len + 1, why) < 0)
			return -1;
	}
	return 0;
}

/* "dir/.trustfix-N.new" beside path; the name starts behind the last slash. */
static char *temp_path(const char *path, const char *name)
{
	char *out = NULL;

	have(asprintf(&out, "%.*s/%s", (int)(strrchr(path, '/') - path), path, name) < 0 ? NULL
											 : out);
	return out;
}

static void move(struct tree *tree, const char *from, const char *to)
{
	struct node *node;

	memory_tree_remove(tree, to);
	node = have(find(memory_of(tree), from));
	free(node->path);
	node->path = have(strdup(to));
}

/* The old file into the keep directory, as a second name of it would be. */
static void keep_old(struct tree *tree, const char *keep_dir, size_t number, struct undo_step *step)
{
	const struct node *old = find(memory_of(tree), step->path);
	auto_free uint8_t *bytes = have(malloc((size_t)old->entry.size + 1));
	size_t len = (size_t)old->entry.size;
	mode_t mode = old->entry.mode;

	memcpy(bytes, old->bytes, len);
	digest_sha256(bytes, len, step->before.sha256);
	have(asprintf(&step->keep, "%s/%zu", keep_dir, number) < 0 ? NULL : step);
	memory_tree_set(tree, step->keep, ENTRY_FILE, bytes, len, mode);
}

static void make_temp(struct tree *tree, const struct edit *edit, struct undo_step *step)
{
	bool is_link = edit->kind == ENTRY_SYMLINK;
	auto_free char *path = NULL;

	have(asprintf(&step->temp, ".trustfix-%u.new", memory_of(tree)->temps_n++) < 0 ? NULL
										       : step);
	path = temp_path(step->path, step->temp);
	if (is_link) {
		step->after.link = have(strdup(edit->link));
		memory_tree_set(tree, path, edit->kind, edit->link, strlen(edit->link), 0);
		return;
	}
	digest_sha256(edit->bytes, edit->len, step->after.sha256);
	memory_tree_set(tree, path, edit->kind, edit->bytes, edit->len, edit->mode);
}

static int stage_one(struct tree *tree, const struct edit *edit, const char *keep_dir,
	struct undo *undo, struct fault *why)
{
	struct undo_step *step = &undo->at[undo->n++];

	step->path = have(strdup(edit->path));
	step->after.kind = edit->kind;
	if (memory_entry(tree, edit->path, &step->before, why) < 0 ||
		count(tree, MEMORY_STAGE, edit->path, why) < 0)
		return -1;
	if (step->before.kind == ENTRY_FILE)
		keep_old(tree, keep_dir, undo->n, step);
	if (edit->kind == ENTRY_DIR)
		memory_tree_set(tree, edit->path, ENTRY_DIR, NULL, 0, edit->mode);
	else if (edit->kind != ENTRY_NONE)
		make_temp(tree, edit, step);
	return 0;
}

static void drop_empty(struct tree *tree, const char *path)
{
	struct names names = NAMES_INIT;
	struct fault why = FAULT_INIT;

	if (memory_list(tree, path, &names, &why) == 0 && names.n == 0)
		memory_tree_remove(tree, path);
	names_free(&names);
}

/* The length of the topmost path above `path` that is not there; 0: all are. */
static size_t missing_len(struct tree *tree, const char *path)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		auto_free char *dir = have(strndup(path, (size_t)(slash - path)));

		if (!find(memory_of(tree), dir))
			return (size_t)(slash - path);
	}
	return find(memory_of(tree), path) ? 0 : strlen(path);
}

/* Take `path` away, and what is above it down to `len` bytes of it. */
static void drop_made(struct tree *tree, const char *path, size_t len)
{
	auto_free char *dir = have(strdup(path));

	while (len && strlen(dir) >= len) {
		drop_empty(tree, dir);
		*strrchr(dir, '/') = 0;
	}
}

/* Put one step back, done or not. */
static int revert_one(struct tree *tree, struct undo_step *step, struct fault *why)
{
	auto_free char *temp = step->temp ? temp_path(step->path, step->temp) : NULL;
	enum undo_state state = UNDO_BEFORE;

	if (temp)
		memory_tree_remove(tree, temp);
	if ((step->done || step->after.kind == ENTRY_DIR) &&
		undo_step_state(tree, step, &state, why) < 0)
		return -1;
	if (state != UNDO_BEFORE && count(tree, MEMORY_REVERT, step->path, why) < 0)
		return -1;
	if (state != UNDO_BEFORE && step->before.kind == ENTRY_FILE)
		move(tree, step->keep, step->path);
	else if (state != UNDO_BEFORE && step->before.kind == ENTRY_SYMLINK)
		memory_tree_set(tree, step->path, ENTRY_SYMLINK, step->before.link,
			strlen(step->before.link), 0);
	else if (state != UNDO_BEFORE && step->after.kind == ENTRY_DIR)
		drop_empty(tree, step->path);
	else if (state != UNDO_BEFORE)
		memory_tree_remove(tree, step->path);
	if (step->keep)
		memory_tree_remove(tree, step->keep);
	return 0;
}

static int memory_revert(struct tree *tree, struct undo *undo, struct fault *why)
{
	int rc = 0;

	for (size_t i = undo->n; i-- > 0;) {
		struct undo_step *step = &undo->at[i];
		struct fault cause = FAULT_INIT;

		if (revert_one(tree, step, &cause) == 0)
			continue;
		rc = fault_set(why, FAULT_BROKEN, "cannot put '%s' back (it is kept as '%s'): %s",
			step->path, step->keep ? step->keep : "", cause.text);
	}
	for (size_t i = 0; i < undo->n; i++) {
		auto_free char *dir = undo->at[i].keep ? have(strdup(undo->at[i].keep)) : NULL;

		if (!dir)
			continue;
		*strrchr(dir, '/') = 0;
		drop_empty(tree, dir);
	}
	return rc;
}

static int memory_keep(struct tree *tree, const struct undo *undo, struct fault *why)
{
	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_step *step = &undo->at[i];
		const struct node *old = find(memory_of(tree), step->path);
		auto_free uint8_t *bytes = NULL;
		enum undo_state state;

		if (step->before.kind != ENTRY_FILE || find(memory_of(tree), step->keep))
			continue;
		if (undo_step_state(tree, step, &state, why) < 0)
			return -1;
		if (state != UNDO_BEFORE)
			continue;
		bytes = have(malloc((size_t)old->entry.size + 1));
		memcpy(bytes, old->bytes, (size_t)old->entry.size);
		memory_tree_set(tree, step->keep, ENTRY_FILE, bytes, (size_t)old->entry.size,
			old->entry.mode);
	}
	return 0;
}

static int memory_stage(struct tree *tree, const struct plan *plan, const char *keep_dir,
	struct undo **ret, struct fault *why)
{
	auto_undo undo = have(calloc(1, sizeof(*undo)));
	size_t made_len = missing_len(tree, keep_dir);
	struct fault ignored = FAULT_INIT;

	undo->at = have(calloc(plan->n + 1, sizeof(*undo->at)));
	memory_tree_set(tree, keep_dir, ENTRY_DIR, NULL, 0, 0700);
	for (size_t i = 0; i < plan->n; i++) {
		if (stage_one(tree, plan->at[i], keep_dir, undo, why) == 0)
			continue;
		memory_revert(tree, undo, &ignored);
		drop_made(tree, keep_dir, made_len);
		return -1;
	}
	*ret = steal(&undo);
	return 0;
}

static int memory_commit(struct tree *tree, struct undo *undo, struct fault *why)
{
	for (size_t i = 0; i < undo->n; i++) {
		struct undo_step *step = &undo->at[i];
		auto_free char *temp = step->temp ? temp_path(step->path, step->temp) : NULL;

		if (count(tree, MEMORY_COMMIT, step->path, why) < 0)
			return -1;
		if (temp)
			move(tree, temp, step->path);
		else if (step->after.kind == ENTRY_NONE)
			memory_tree_remove(tree, step->path);
		step->done = true;
	}
	return 0;
}

static int memory_put(struct tree *tree, const char *path, const void *bytes, size_t len,
	mode_t mode, struct fault *why)
{
	if (count(tree, MEMORY_PUT, path, why) < 0)
		return -1;
	memory_tree_set(tree, path, ENTRY_FILE, bytes, len, mode);
	return 0;
}

static int memory_drop(struct tree *tree, const char *path, struct fault *why)
{
	const struct node *node = find(memory_of(tree), path);

	if (count(tree, MEMORY_DROP, path, why) < 0)
		return -1;
	if (node && node->entry.kind == ENTRY_DIR)
		drop_empty(tree, path);
	else
		memory_tree_remove(tree, path);
	return 0;
}

static int memory_lock(struct tree *tree, const char *path, struct fault *why)
{
	return count(tree, MEMORY_LOCK, path, why);
}

static void memory_close(struct tree *tree)
{
	struct memory *memory = memory_of(tree);

	for (size_t i = 0; i < memory->n; i++)
		node_clear(&memory->at[i]);
	free(memory->at);
	free(memory->tree.label);
	free(memory);
}

static const struct tree_ops memory_ops = {
	.entry = memory_entry,
	.read = memory_read,
	.list = memory_list,
	.stage = memory_stage,
	.commit = memory_commit,
	.revert = memory_revert,
	.keep = memory_keep,
	.put = memory_put,
	.drop = memory_drop,
	.lock = memory_lock,
	.close = memory_close,
};

struct tree *memory_tree_make(const struct memory_row *rows, size_t rows_n)
{
	struct memory *memory = have(calloc(1, sizeof(*memory)));

	memory->tree = (struct tree){.ops = &memory_ops, .label = have(strdup("memory"))};
	for (size_t i = 0; i < rows_n; i++)
		memory_tree_set(&memory->tree, rows[i].path, rows[i].kind, rows[i].text,
			rows[i].text ? strlen(rows[i].text) : 0, rows[i].mode);
	return &memory->tree;
}

static void dump_node(const struct node *node, struct names *lines)
{
	struct fault why = FAULT_INIT;
	auto_free char *shown = have(text_printable(
		(char *)node->bytes, (size_t)node->entry.size, (size_t)node->entry.size));
	int rc = 0;

	if (node->entry.kind == ENTRY_FILE)
		rc = names_addf(
			lines, &why, "%s file %04o %s", node->path, node->entry.mode, shown);
	else if (node->entry.kind == ENTRY_SYMLINK)
		rc = names_addf(lines, &why, "%s link -> %s", node->path, shown);
	else if (node->entry.kind == ENTRY_DIR)
		rc = names_addf(lines, &why, "%s dir %04o", node->path, node->entry.mode);
	else
		rc = names_addf(lines, &why, "%s other", node->path);
	have(rc < 0 ? NULL : lines);
}

char *memory_tree_dump(struct tree *tree)
{
	struct memory *memory = memory_of(tree);
	auto_names lines = NAMES_INIT;
	auto_buf out = buf_make(SIZE_MAX / 2);
	size_t len;

	for (size_t i = 0; i < memory->n; i++)
		dump_node(&memory->at[i], &lines);
	names_sort(&lines);
	for (size_t i = 0; i < lines.n; i++)
		buf_printf(&out, "%s\n", lines.at[i]);
	return have(buf_take(&out, &len));
}
