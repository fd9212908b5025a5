/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/anchors.h"

#include <string.h>
#include <sys/stat.h>

#include "src/base/advice.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "src/x509/pem_quirks.h"
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
	*file = (struct anchor_file){0};
}
CLEANUP_VALUE(anchor_file, anchor_file_free)
#define auto_anchor_file CLEANUP(anchor_file) struct anchor_file

void anchors_free(struct anchors *anchors)
{
	for (size_t i = 0; i < anchors->n; i++)
		anchor_file_free(&anchors->at[i]);
	free(anchors->at);
	*anchors = (struct anchors)ANCHORS_INIT;
}

static bool has(const struct buf *bytes, const char *text)
{
	return bytes->len && memmem(bytes->bytes, bytes->len, text, strlen(text)) != NULL;
}

/* Insert the file at index i, or replace the one there if `over`; takes the file. */
static int insert_at(
	struct anchors *anchors, size_t i, bool over, struct anchor_file *file, struct fault *why)
{
	struct anchor_file *at = anchors->at;

	if (over) {
		anchor_file_free(&at[i]);
	} else {
		at = realloc(at, (anchors->n + 1) * sizeof(*at));
		if (!at)
			return fault_nomem(why);
		anchors->at = at;
		memmove(&at[i + 1], &at[i], (anchors->n++ - i) * sizeof(*at));
	}
	at[i] = *file;
	*file = (struct anchor_file){0};
	return 0;
}

static int look_into(struct anchor_file *file, struct fault *why)
{
	certs_free(&file->certs);
	file->is_pem = has(&file->bytes, "-----BEGIN ");
	return pem_read(file->bytes.bytes, file->bytes.len, file->path, PEM_LENIENT, &file->certs,
		NULL, why);
}

int anchors_read(struct view *view, const char *path, struct anchors *ret, struct fault *why)
{
	auto_anchor_file file = {.path = strdup(path), .bytes = buf_make(LIMIT_PEM_BYTES)};
	bool found = false;

	if (!file.path)
		return fault_nomem(why);
	if (!view_is_file(view, path))
		return 0;
	if (view_read(view, path, &file.bytes, &found, why) < 0)
		return -1;
	if (!found)
		return 0;
	return look_into(&file, why) < 0 ? -1 : insert_at(ret, ret->n, false, &file, why);
}

/* A walk over a directory and those below it, following symbolic links. */
struct walk {
	struct view *view;
	const char *suffix;
	enum anchors_depth depth;
	struct names inside; /* canonical paths of the directories we are in */
	struct names found;
	size_t names_n; /* examined so far; links among directories can make the walk very long */
};

static void walk_free(struct walk *walk)
{
	names_free(&walk->inside);
	names_free(&walk->found);
}
CLEANUP_VALUE(walk, walk_free)

/* Enter `dir`, whose canonical path is `real`. */
static int walk_dir(struct walk *walk, const char *dir, const char *real, struct fault *why)
{
	size_t suffix_len = strlen(walk->suffix);
	auto_names names = NAMES_INIT;

	if (names_add(&walk->inside, real, why) < 0 || view_list(walk->view, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.at[i];
		size_t len = strlen(name);
		auto_entry entry = ENTRY_INIT;
		auto_free char *below = NULL;
		char path[LIMIT_PATH_LEN];
		bool is_wanted = suffix_len == 0
					 ? name[0] != '.'
					 : len >= suffix_len && strcmp(name + len - suffix_len,
									walk->suffix) == 0;

		if (++walk->names_n > LIMIT_DIR_NAMES_N)
			return fault_set(why, FAULT_LIMIT, "more than %u names below '%s'",
				LIMIT_DIR_NAMES_N, walk->inside.at[0]);
		if (strchr(name, '\n') ||
			snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
			continue;
		if (view_entry(walk->view, path, VIEW_FOLLOW, &entry, &below, why) < 0)
			return -1;
		if (entry.kind == ENTRY_FILE && is_wanted && names_add(&walk->found, path, why) < 0)
			return -1;
		if (entry.kind == ENTRY_DIR && walk->depth == ANCHORS_DEEP &&
			!names_holds(&walk->inside, below) && walk->inside.n < LIMIT_LINKS_N &&
			walk_dir(walk, path, below, why) < 0)
			return -1;
	}
	free(walk->inside.at[--walk->inside.n]);
	return 0;
}

int anchors_scan(struct view *view, const char *dir, const char *suffix, enum anchors_depth depth,
	struct anchors *ret, struct fault *why)
{
	CLEANUP(walk) struct walk walk = {.view = view, .suffix = suffix, .depth = depth};
	auto_free char *real = NULL;
	auto_entry entry = ENTRY_INIT;

	if (view_entry(view, dir, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (entry.kind != ENTRY_DIR)
		return 0;
	if (walk_dir(&walk, dir, real, why) < 0)
		return -1;
	names_sort(&walk.found);
	for (size_t i = 0; i < walk.found.n; i++)
		if (anchors_read(view, walk.found.at[i], ret, why) < 0)
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
	return file->is_pem && file->certs.n == 1 && cert_same(file->certs.at[0], cert) &&
	       bundle_count(file->bytes.bytes, file->bytes.len, 2) == 1;
}

int anchors_path(const char *dir, const struct store_change *change,
	char ret[static LIMIT_PATH_LEN], struct fault *why)
{
	auto_free char *made = NULL;

	if (!change->name && store_anchor_name(change->cert, &made, why) < 0)
		return -1;
	snprintf(ret, LIMIT_PATH_LEN, "%s/%s.crt", dir, made ? made : change->name);
	return 0;
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
			"'%s' holds another certificate, '%s': choose another --name, or, to take "
			"that one out first, %s",
			file->path, facts.subject, run);
	}
	return 0;
}

int anchors_put(struct view *view, struct anchors *anchors, size_t from, const char *path,
	struct cert *cert, struct fault *why)
{
	auto_anchor_file file = {
		.path = strdup(path), .bytes = buf_make(LIMIT_PEM_BYTES), .is_pem = true};
	auto_entry old = ENTRY_INIT;
	size_t i = from;
	bool is_there;

	while (i < anchors->n && strcmp(anchors->at[i].path, path) < 0)
		i++;
	is_there = i < anchors->n && strcmp(anchors->at[i].path, path) == 0;
	if (!file.path)
		return fault_nomem(why);
	if ((is_there && check_own(view, &anchors->at[i], cert, why) < 0) ||
		pem_format(cert, &file.bytes, why) < 0 || certs_add(&file.certs, cert, why) < 0 ||
		view_entry(view, path, VIEW_NOFOLLOW, &old, NULL, why) < 0)
		return -1;
	/* Replace a link of that name, not its target, which may belong to somebody else. */
	if ((old.kind == ENTRY_SYMLINK && view_remove(view, path, WHOSE, why) < 0) ||
		view_put_file(view, path, file.bytes.bytes, file.bytes.len, 0644, WHOSE, why) < 0)
		return -1;
	return insert_at(anchors, i, is_there, &file, why);
}

int anchors_drop(struct view *view, struct anchors *anchors, size_t from,
	const uint8_t sha256[static DIGEST_SHA256_LEN], bool *ret_found, struct fault *why)
{
	*ret_found = false;
	for (size_t i = anchors->n; i-- > from;) {
		struct anchor_file *file = &anchors->at[i];

		if (certs_find_sha256(&file->certs, sha256) == file->certs.n)
			continue;
		*ret_found = true;
		if (file->is_pem && file->certs.n > 1) {
			auto_buf rest = buf_make(LIMIT_PEM_BYTES);

			if (bundle_without(file->bytes.bytes, file->bytes.len, sha256, false, &rest,
				    why) < 0 ||
				view_put_file(view, file->path, rest.bytes, rest.len, 0644, WHOSE,
					why) < 0)
				return -1;
			buf_free(&file->bytes);
			file->bytes = rest;
			rest = buf_make(0);
			if (look_into(file, why) < 0)
				return -1;
			continue;
		}
		if (view_remove(view, file->path, WHOSE, why) < 0)
			return -1;
		anchor_file_free(file);
		memmove(file, file + 1, (--anchors->n - i) * sizeof(*file));
	}
	return 0;
}

/* ---- neighbors ------------------------------------------------------------------------------- */

void strangers_free(struct strangers *strangers)
{
	names_free(&strangers->paths);
	certs_free(&strangers->certs);
}

int strangers_add(struct strangers *strangers, const struct anchor_file *file,
	const struct certs *trusted, struct fault *why)
{
	for (size_t i = 0; i < file->certs.n; i++) {
		struct cert *cert = file->certs.at[i];

		if (certs_hold(trusted, cert) || certs_hold(&strangers->certs, cert))
			continue;
		if (names_add(&strangers->paths, file->path, why) < 0 ||
			certs_add(&strangers->certs, cert, why) < 0)
			return -1;
	}
	return 0;
}

int anchors_check(
	struct view *view, const struct anchor_file *file, const char *aside, struct fault *why)
{
	const struct buf *bytes = &file->bytes;
	auto_entry entry = ENTRY_INIT;
	auto_free char *shown = text_printable(file->path, strlen(file->path), LIMIT_NAME_SHOWN);
	auto_free char *move = NULL;
	char said[PEM_QUIRK_WHY_LEN];
	struct fault damage = FAULT_INIT;

	if (!shown)
		return fault_nomem(why);
	if (view_entry(view, file->path, VIEW_NOFOLLOW, &entry, NULL, why) < 0)
		return -1;
	if (has(bytes, "PRIVATE KEY-----"))
		fault_set(&damage, FAULT_REFUSED,
			"'%s' holds a private key, which everybody could read in the bundle",
			shown);
	else if (bytes->len && memchr(bytes->bytes, '\0', bytes->len))
		fault_set(&damage, FAULT_REFUSED,
			"'%s' would break the bundle: it is not text (UTF-16, or binary)", shown);
	else if (pem_quirk_file_says(file->certs.file,
			 pem_quirk_file_spoils(file->certs.file) & BUNDLE_CLIENTS, said))
		fault_set(&damage, FAULT_REFUSED, "the bundle would break: %s", said);
	else if (!file->certs.n && (entry.kind == ENTRY_SYMLINK || !(entry.mode & S_IROTH)))
		fault_set(&damage, FAULT_REFUSED,
			"'%s' holds no certificate, and everybody could read it in the bundle",
			shown);
	if (damage.kind == FAULT_NONE)
		return 0;
	if (anchors_move(view, file->path, aside, &move, why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED, "%s; move it away first: %s", damage.text, move);
}

int anchors_check_kinds(struct view *view, const char *dir, const char *aside, struct fault *why)
{
	auto_names names = NAMES_INIT;

	if (!view->tree->is_live)
		return 0;
	if (view_list(view, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_entry entry = ENTRY_INIT;
		auto_free char *path = NULL, *move = NULL, *shown = NULL;

		if (text_set(&path, why, "%s/%s", dir, names.at[i]) < 0 ||
			view_entry(view, path, VIEW_FOLLOW, &entry, NULL, why) < 0)
			return -1;
		if (entry.kind != ENTRY_OTHER)
			continue;
		shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
		if (!shown)
			return fault_nomem(why);
		if (anchors_move(view, path, aside, &move, why) < 0)
			return -1;
		return fault_set(why, FAULT_REFUSED,
			"'%s' is a FIFO or a device, at which 'trust' would wait forever; move it "
			"away first: %s",
			shown, move);
	}
	return 0;
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
