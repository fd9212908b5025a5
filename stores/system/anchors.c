/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/anchors.h"

#include <string.h>
#include <sys/stat.h>

#include "src/base/advice.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "stores/bundle.h"

#define WHOSE "system"

/* The clients that load a system's bundle; none of the deciding clients is built on rustls. */
#define BUNDLE_CLIENTS                                                            \
	(PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL) |       \
		PEM_QUIRK_BIT(PEM_QUIRK_NODE) | PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS) | \
		PEM_QUIRK_BIT(PEM_QUIRK_GO))

static void anchor_file_free(struct anchor_file *file)
{
	free(file->path);
	buf_free(&file->bytes);
	certs_free(&file->certs);
}
CLEANUP_VALUE(anchor_file, anchor_file_free)

void anchors_cut(struct anchors *anchors, size_t n)
{
	while (anchors->n > n)
		anchor_file_free(&anchors->at[--anchors->n]);
}

void anchors_free(struct anchors *anchors)
{
	anchors_cut(anchors, 0);
	free(anchors->at);
	free(anchors->odd);
	*anchors = (struct anchors){0};
}

int anchors_read(struct view *view, const char *path, struct anchors *ret, struct fault *why)
{
	CLEANUP(anchor_file)
	struct anchor_file file = {.path = strdup(path), .bytes = buf_make(LIMIT_PEM_BYTES)};
	struct anchor_file *at;
	bool found = false;

	if (!file.path)
		return fault_nomem(why);
	if (!view_is_file(view, path))
		return 0;
	if (view_read(view, path, &file.bytes, &found, why) < 0)
		return -1;
	if (!found)
		return 0;
	if (pem_read(file.bytes.bytes, file.bytes.len, path, PEM_LENIENT, &file.certs, why) < 0)
		return -1;
	at = realloc(ret->at, (ret->n + 1) * sizeof(*at));
	if (!at)
		return fault_nomem(why);
	ret->at = at;
	at[ret->n++] = file;
	file = (struct anchor_file){0};
	return 0;
}

/* A walk over a directory and those below it, following symbolic links. */
struct scan {
	struct view *view;
	const char *suffix;
	enum anchors_depth depth;
	struct names *found;
	char **odd;
	size_t names_n; /* examined so far; links among directories can make the walk very long */
};

/* A directory that the walk is in, and those above it. */
struct inside {
	const char *real; /* canonical path */
	const struct inside *above;
	unsigned depth;
};

static bool is_inside(const struct inside *it, const char *real)
{
	for (; it; it = it->above)
		if (strcmp(it->real, real) == 0)
			return true;
	return false;
}

static int scan_dir(
	struct scan *scan, const char *dir, const struct inside *inside, struct fault *why)
{
	size_t suffix_len = strlen(scan->suffix);
	auto_names names = NAMES_INIT;

	if (view_list(scan->view, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.at[i];
		size_t len = strlen(name);
		auto_entry entry = ENTRY_INIT;
		auto_free char *real = NULL;
		char path[LIMIT_PATH_LEN];
		bool is_wanted = suffix_len == 0
					 ? name[0] != '.'
					 : len >= suffix_len && strcmp(name + len - suffix_len,
									scan->suffix) == 0;

		if (++scan->names_n > LIMIT_DIR_NAMES_N)
			return fault_set(why, FAULT_LIMIT, "more than %u names below '%s'",
				LIMIT_DIR_NAMES_N, dir);
		if (strchr(name, '\n') ||
			snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
			continue;
		if (view_entry(scan->view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
			return -1;
		if (entry.kind == ENTRY_FILE && is_wanted && names_add(scan->found, path, why) < 0)
			return -1;
		if (entry.kind == ENTRY_OTHER && !*scan->odd && !(*scan->odd = strdup(path)))
			return fault_nomem(why);
		if (entry.kind == ENTRY_DIR && scan->depth == ANCHORS_DEEP &&
			inside->depth < LIMIT_LINKS_N && !is_inside(inside, real) &&
			scan_dir(scan, path, &(struct inside){real, inside, inside->depth + 1},
				why) < 0)
			return -1;
	}
	return 0;
}

int anchors_scan(struct view *view, const char *dir, const char *suffix, enum anchors_depth depth,
	struct anchors *ret, struct fault *why)
{
	auto_names found = NAMES_INIT;
	struct scan scan = {view, suffix, depth, &found, &ret->odd, 0};
	auto_free char *real = NULL;
	auto_entry entry = ENTRY_INIT;

	if (view_entry(view, dir, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (entry.kind != ENTRY_DIR)
		return 0;
	if (scan_dir(&scan, dir, &(struct inside){real, NULL, 1}, why) < 0)
		return -1;
	names_sort(&found);
	for (size_t i = 0; i < found.n; i++)
		if (anchors_read(view, found.at[i], ret, why) < 0)
			return -1;
	return 0;
}

bool anchors_hold(
	const struct anchors *anchors, size_t n, const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	for (size_t i = 0; i < n; i++)
		if (certs_find_sha256(&anchors->at[i].certs, sha256) < anchors->at[i].certs.n)
			return true;
	return false;
}

bool anchor_file_is(const struct anchor_file *file, const struct cert *cert)
{
	return file->certs.blocks_n == 1 && file->certs.n == 1 &&
	       cert_same(file->certs.at[0], cert);
}

/* Refuse to overwrite another certificate because the same name was chosen again. */
static int check_own(const struct view *view, const struct anchor_file *file,
	const struct cert *cert, struct fault *why)
{
	for (size_t i = 0; i < file->certs.n; i++) {
		auto_cert_facts facts = {0};
		auto_free char *run = NULL;

		if (cert_same(file->certs.at[i], cert))
			continue;
		if (cert_facts_make(file->certs.at[i], &facts, why) < 0 ||
			advice_run(view->tree->advice,
				ADVICE_WORDS("remove", "--fingerprint", facts.sha256), &run,
				why) < 0)
			return -1;
		return fault_set(why, FAULT_REFUSED,
			"'%s' holds another certificate, '%s': choose another --name, or remove "
			"that one first: %s",
			file->path, facts.subject, run);
	}
	return 0;
}

int anchors_put(struct view *view, const struct anchors *anchors, const char *dir,
	const char *suffix, const struct store_change *change, char **ret_path, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_free char *made = NULL, *path = NULL;
	auto_entry old = ENTRY_INIT;

	if ((!change->name && store_anchor_name(change->cert, &made, why) < 0) ||
		text_set(&path, why, "%s/%s%s", dir, made ? made : change->name, suffix) < 0)
		return -1;
	for (size_t i = 0; i < anchors->n; i++)
		if (strcmp(anchors->at[i].path, path) == 0 &&
			check_own(view, &anchors->at[i], change->cert, why) < 0)
			return -1;
	if (pem_format(change->cert, &text, why) < 0 ||
		view_entry(view, path, VIEW_NOFOLLOW, &old, NULL, why) < 0)
		return -1;
	/* Replace a link of that name, not its target, which may belong to somebody else. */
	if ((old.kind == ENTRY_SYMLINK && view_remove(view, path, why) < 0) ||
		view_give_file(view, path, &text, 0644, why) < 0)
		return -1;
	*ret_path = steal(&path);
	return 0;
}

int anchors_drop(struct view *view, const struct anchors *anchors, size_t from,
	const uint8_t sha256[static DIGEST_SHA256_LEN], bool *ret_found, struct fault *why)
{
	*ret_found = false;
	for (size_t i = from; i < anchors->n; i++) {
		const struct anchor_file *file = &anchors->at[i];
		auto_buf rest = buf_make(LIMIT_PEM_BYTES);

		if (certs_find_sha256(&file->certs, sha256) == file->certs.n)
			continue;
		*ret_found = true;
		if (file->certs.blocks_n > 1 && bundle_without(file->bytes.bytes, file->bytes.len,
							sha256, false, &rest, why) < 0)
			return -1;
		if ((file->certs.blocks_n > 1 ? view_give_file(view, file->path, &rest, 0644, why)
					      : view_remove(view, file->path, why)) < 0)
			return -1;
	}
	return 0;
}

/* ---- neighbors ------------------------------------------------------------------------------- */

static bool has(const struct buf *bytes, const char *text)
{
	return bytes->len && memmem(bytes->bytes, bytes->len, text, strlen(text)) != NULL;
}

int anchors_check(
	struct view *view, const struct anchor_file *file, const char *aside, struct fault *why)
{
	const struct buf *bytes = &file->bytes;
	auto_entry entry = ENTRY_INIT;
	auto_free char *shown = text_printable(file->path, strlen(file->path), LIMIT_NAME_SHOWN);
	char said[PEM_QUIRK_WHY_LEN];
	struct fault damage = FAULT_INIT;

	if (!shown)
		return fault_nomem(why);
	if (view_entry(view, file->path, VIEW_NOFOLLOW, &entry, NULL, why) < 0)
		return -1;
	if (has(bytes, "PRIVATE KEY-----"))
		fault_set(&damage, FAULT_REFUSED,
			"'%s' holds a private key, and everybody can read the bundle", shown);
	else if (bytes->len && memchr(bytes->bytes, '\0', bytes->len))
		fault_set(&damage, FAULT_REFUSED,
			"'%s' would break the bundle: it is not text (UTF-16, or binary)", shown);
	else if (pem_quirk_file_says(file->certs.file,
			 pem_quirk_file_spoils(file->certs.file) & BUNDLE_CLIENTS, said))
		fault_set(&damage, FAULT_REFUSED, "the bundle would break: %s", said);
	else if (!file->certs.n && (entry.kind == ENTRY_SYMLINK || !(entry.mode & S_IROTH)))
		fault_set(&damage, FAULT_REFUSED,
			"'%s' holds no certificate, and everybody can read the bundle", shown);
	return damage.kind ? anchors_refuse(view, file->path, aside, damage.text, why) : 0;
}

int anchors_refuse(struct view *view, const char *path, const char *aside, const char *sentence,
	struct fault *why)
{
	auto_free char *move = NULL;

	if (anchors_move(view, path, aside, &move, why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED, "%s; move it away first: %s", sentence, move);
}

int anchors_move(
	struct view *view, const char *path, const char *aside, char **ret, struct fault *why)
{
	const char *dir = advice_value(view->tree->advice, "root");
	auto_free char *from = NULL, *to = NULL, *from_word = NULL, *to_word = NULL;

	if (text_set(&from, why, "%s%s", dir ? dir : "", path) < 0 ||
		text_set(&to, why, "%s%s/", dir ? dir : "", aside) < 0)
		return -1;
	from_word = text_shell_word(from);
	to_word = text_shell_word(to);
	if (!from_word || !to_word)
		return fault_nomem(why);
	return text_set(
		ret, why, "%smv %s %s", view->tree->is_still ? "RUN " : "", from_word, to_word);
}
