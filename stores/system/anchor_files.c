/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/anchor_files.h"

#include <string.h>

#include "src/base/advice.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "stores/bundle.h"

#define WHOSE "system"
#define BEGIN "-----BEGIN "

static void file_free(struct anchor_file *file)
{
	free(file->path);
	buf_free(&file->bytes);
	certs_free(&file->certs);
}

void anchor_files_free(struct anchor_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		file_free(&files->at[i]);
	free(files->at);
	*files = (struct anchor_files)ANCHOR_FILES_INIT;
}

/* Make room for one at index i and put it there; takes the file. */
static int insert_at(
	struct anchor_files *files, size_t i, struct anchor_file *file, struct fault *why)
{
	struct anchor_file *at = realloc(files->at, (files->n + 1) * sizeof(*at));

	if (!at) {
		file_free(file);
		return fault_nomem(why);
	}
	files->at = at;
	memmove(&at[i + 1], &at[i], (files->n - i) * sizeof(*at));
	at[i] = *file;
	files->n++;
	return 0;
}

static int look_into(struct anchor_file *file, struct fault *why)
{
	const struct buf *bytes = &file->bytes;

	file->is_pem = bytes->len && memmem(bytes->bytes, bytes->len, BEGIN, strlen(BEGIN)) != NULL;
	return pem_read(bytes->bytes, bytes->len, file->path, PEM_LENIENT, &file->certs, NULL, why);
}

int anchor_files_read(
	struct view *view, const char *path, struct anchor_files *ret, struct fault *why)
{
	struct anchor_file file = {.path = strdup(path), .bytes = buf_make(LIMIT_PEM_BYTES)};
	bool found = false;
	int rc = file.path ? 0 : fault_nomem(why);

	if (rc == 0 && view_is_file(view, path))
		rc = view_read(view, path, &file.bytes, &found, why);
	if (rc == 0 && found)
		rc = look_into(&file, why);
	if (rc < 0 || !found) {
		file_free(&file);
		return rc;
	}
	return insert_at(ret, ret->n, &file, why);
}

/* The directories that are being walked, so that a link back to one of them is not followed. */
struct walk {
	struct view *view;
	const char *suffix;
	enum anchor_depth depth;
	struct names inside; /* canonical paths of the directories we are in */
	struct names found;
	size_t names_n; /* looked at: links among directories can make that grow without end */
};

static bool is_wanted(const struct walk *walk, const char *name)
{
	size_t len = strlen(name);
	size_t suffix_len = strlen(walk->suffix);

	if (suffix_len == 0)
		return name[0] != '.';
	return len >= suffix_len && strcmp(name + len - suffix_len, walk->suffix) == 0;
}

static int walk_dir(struct walk *walk, const char *dir, struct fault *why);

static int walk_name(struct walk *walk, const char *dir, const char *name, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	char path[LIMIT_PATH_LEN];
	int rc;

	if (++walk->names_n > LIMIT_DIR_NAMES_N)
		return fault_set(why, FAULT_LIMIT, "more than %u names below '%s'",
			LIMIT_DIR_NAMES_N, walk->inside.at[0]);
	if (strchr(name, '\n') ||
		snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return 0;
	if (view_entry(walk->view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (entry.kind == ENTRY_FILE && is_wanted(walk, name))
		return names_add(&walk->found, path, why);
	if (entry.kind != ENTRY_DIR || walk->depth == ANCHOR_FLAT ||
		names_holds(&walk->inside, real) || walk->inside.n >= LIMIT_LINKS_N)
		return 0;
	if (names_add(&walk->inside, real, why) < 0)
		return -1;
	rc = walk_dir(walk, path, why);
	free(walk->inside.at[--walk->inside.n]);
	return rc;
}

static int walk_dir(struct walk *walk, const char *dir, struct fault *why)
{
	auto_names names = NAMES_INIT;

	if (view_list(walk->view, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (walk_name(walk, dir, names.at[i], why) < 0)
			return -1;
	return 0;
}

int anchor_files_scan(struct view *view, const char *dir, const char *suffix,
	enum anchor_depth depth, struct anchor_files *ret, struct fault *why)
{
	struct walk walk = {.view = view, .suffix = suffix, .depth = depth};
	auto_free char *real = NULL;
	auto_entry entry = ENTRY_INIT;
	int rc;

	if (view_entry(view, dir, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (entry.kind != ENTRY_DIR)
		return 0;
	rc = names_add(&walk.inside, real, why);
	if (rc == 0)
		rc = walk_dir(&walk, dir, why);
	names_sort(&walk.found);
	for (size_t i = 0; rc == 0 && i < walk.found.n; i++)
		rc = anchor_files_read(view, walk.found.at[i], ret, why);
	names_free(&walk.inside);
	names_free(&walk.found);
	return rc;
}

bool anchor_file_is(const struct anchor_file *file, const struct cert *cert)
{
	return file->is_pem && file->certs.n == 1 && cert_same(file->certs.at[0], cert) &&
	       bundle_count(file->bytes.bytes, file->bytes.len, 2) == 1;
}

static int make_file(
	const char *path, struct cert *cert, struct anchor_file *ret, struct fault *why)
{
	ret->path = strdup(path);
	ret->bytes = buf_make(LIMIT_PEM_BYTES);
	ret->is_pem = true;
	if (!ret->path)
		return fault_nomem(why);
	if (pem_format(cert, &ret->bytes, why) < 0)
		return -1;
	return certs_add(&ret->certs, cert, why);
}

/* A link of that name is replaced, not what it leads to: that may be somebody else's file. */
static int put_own_file(
	struct view *view, const char *path, const struct buf *bytes, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;

	if (view_entry(view, path, VIEW_NOFOLLOW, &entry, NULL, why) < 0)
		return -1;
	if (entry.kind == ENTRY_SYMLINK && view_remove(view, path, WHOSE, why) < 0)
		return -1;
	return view_put_file(view, path, bytes->bytes, bytes->len, 0644, WHOSE, why);
}

/* Nothing else goes because a name is chosen twice. */
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

int anchor_files_put(struct view *view, struct anchor_files *files, size_t from, const char *path,
	struct cert *cert, struct fault *why)
{
	struct anchor_file file = {0};
	size_t i = from;
	bool is_there;

	while (i < files->n && strcmp(files->at[i].path, path) < 0)
		i++;
	is_there = i < files->n && strcmp(files->at[i].path, path) == 0;
	if (is_there && check_own(view, &files->at[i], cert, why) < 0)
		return -1;
	if (make_file(path, cert, &file, why) < 0 ||
		put_own_file(view, path, &file.bytes, why) < 0) {
		file_free(&file);
		return -1;
	}
	if (!is_there)
		return insert_at(files, i, &file, why);
	file_free(&files->at[i]);
	files->at[i] = file;
	return 0;
}

/* The file without that block; what is left is read again. */
static int keep_others(
	struct view *view, struct anchor_file *file, struct buf *rest, struct fault *why)
{
	if (view_put_file(view, file->path, rest->bytes, rest->len, 0644, WHOSE, why) < 0)
		return -1;
	buf_free(&file->bytes);
	certs_free(&file->certs);
	file->bytes = *rest;
	*rest = buf_make(LIMIT_PEM_BYTES);
	return look_into(file, why);
}

int anchor_files_drop(struct view *view, struct anchor_files *files, size_t i,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	struct anchor_file *file = &files->at[i];

	if (file->is_pem && file->certs.n > 1) {
		auto_buf rest = buf_make(LIMIT_PEM_BYTES);
		bool found;

		if (bundle_without(file->bytes.bytes, file->bytes.len, sha256, BUNDLE_BLOCK, &rest,
			    &found, why) < 0)
			return -1;
		return keep_others(view, file, &rest, why);
	}
	if (view_remove(view, file->path, WHOSE, why) < 0)
		return -1;
	file_free(file);
	memmove(file, file + 1, (files->n - i - 1) * sizeof(*file));
	files->n--;
	return 0;
}
