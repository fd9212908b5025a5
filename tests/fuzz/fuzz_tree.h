/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FUZZ_TREE_H
#define TRUSTFIX_FUZZ_TREE_H

/*
 * A tree that only reads, made of the fuzzer's bytes: records with a NUL behind each, whose first
 * byte is the kind ('f' file, 'l' link, 'd' directory, else a device), then the path up to a
 * newline, then the file's bytes or the link's target.
 */

#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/pem.h"
#include "src/fs/view.h"

struct fuzz_record {
	enum entry_kind kind;
	char *path;
	char *content;
	size_t len;
};

struct fuzz_tree {
	struct tree tree;
	struct fuzz_record at[64];
	size_t n;
};

static inline int fuzz_entry(
	struct tree *tree, const char *path, struct entry *ret, struct fault *why)
{
	const struct fuzz_tree *it = (struct fuzz_tree *)tree;
	size_t len = strlen(path);

	*ret = (struct entry){.kind = path[1] ? ENTRY_NONE : ENTRY_DIR, .mode = 0755};
	for (size_t i = 0; i < it->n; i++) {
		const struct fuzz_record *record = &it->at[i];

		if (strcmp(record->path, path) == 0) {
			ret->kind = record->kind;
			ret->size = (int64_t)record->len;
			ret->link = record->kind == ENTRY_SYMLINK ? strdup(record->content) : NULL;
			return record->kind == ENTRY_SYMLINK && !ret->link ? fault_nomem(why) : 0;
		}
		if (strncmp(record->path, path, len) == 0 && record->path[len] == '/')
			ret->kind = ENTRY_DIR;
	}
	return 0;
}

static inline int fuzz_read(struct tree *tree, const char *path, struct buf *ret, struct fault *why)
{
	const struct fuzz_tree *it = (struct fuzz_tree *)tree;

	for (size_t i = 0; i < it->n; i++)
		if (it->at[i].kind == ENTRY_FILE && strcmp(it->at[i].path, path) == 0) {
			buf_add(ret, it->at[i].content, it->at[i].len);
			return buf_check(ret, path, why);
		}
	return fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
}

static inline int fuzz_list(
	struct tree *tree, const char *path, struct names *ret, struct fault *why)
{
	const struct fuzz_tree *it = (struct fuzz_tree *)tree;
	size_t len = path[1] ? strlen(path) : 0;

	for (size_t i = 0; i < it->n; i++) {
		const char *name = it->at[i].path + len + 1;
		char first[LIMIT_PATH_LEN];

		if (strncmp(it->at[i].path, path, len) != 0 || it->at[i].path[len] != '/')
			continue;
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(name, "/"), name);
		if (*first && strcmp(first, ".") != 0 && strcmp(first, "..") != 0 &&
			!names_holds(ret, first) && names_add(ret, first, why) < 0)
			return -1;
	}
	return 0;
}

static const struct tree_ops fuzz_tree_ops = {
	.entry = fuzz_entry, .read = fuzz_read, .list = fuzz_list};

static inline void fuzz_tree_add(
	struct fuzz_tree *it, char kind, const char *path, const void *content, size_t len)
{
	struct fuzz_record *record = &it->at[it->n];

	if (it->n == sizeof(it->at) / sizeof(it->at[0]) || path[0] != '/' || !path[1])
		return;
	it->tree.ops = &fuzz_tree_ops;
	record->kind = kind == 'f'   ? ENTRY_FILE
		       : kind == 'l' ? ENTRY_SYMLINK
		       : kind == 'd' ? ENTRY_DIR
				     : ENTRY_OTHER;
	record->path = strdup(path);
	record->content = calloc(1, len + 1);
	if (!record->path || !record->content)
		abort();
	if (len)
		memcpy(record->content, content, len);
	record->len = len;
	it->n++;
}

static inline void fuzz_tree_fill(struct fuzz_tree *it, const uint8_t *bytes, size_t len)
{
	it->tree.ops = &fuzz_tree_ops;
	while (len) {
		const uint8_t *end = memchr(bytes, 0, len);
		size_t record_len = end ? (size_t)(end - bytes) : len;
		const uint8_t *newline = memchr(bytes, '\n', record_len);
		char path[LIMIT_PATH_LEN];

		if (newline && newline > bytes) {
			snprintf(path, sizeof(path), "%.*s", (int)(newline - bytes - 1),
				(const char *)bytes + 1);
			fuzz_tree_add(it, (char)bytes[0], path, newline + 1,
				record_len - (size_t)(newline + 1 - bytes));
		}
		bytes += end ? record_len + 1 : record_len;
		len -= end ? record_len + 1 : record_len;
	}
}

static inline void fuzz_tree_free(struct fuzz_tree *it)
{
	for (size_t i = 0; i < it->n; i++) {
		free(it->at[i].path);
		free(it->at[i].content);
	}
}
CLEANUP_VALUE(fuzz_tree, fuzz_tree_free)
#define auto_fuzz_tree CLEANUP(fuzz_tree) struct fuzz_tree

/* What is planned is below the root, by canonical paths, and a file has its bytes. */
static inline void fuzz_check_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct edit *edit = plan->at[i];

		assert(edit->path[0] == '/' && edit->path[1]);
		assert(!strstr(edit->path, "//") && !strstr(edit->path, "/./"));
		assert(!strstr(edit->path, "/../"));
		assert(edit->kind != ENTRY_FILE || edit->bytes);
		assert((edit->kind == ENTRY_SYMLINK) == (edit->link != NULL));
	}
}

/* A root for servers. */
static inline struct cert *fuzz_cert(void)
{
	static const char pem[] =
		"-----BEGIN CERTIFICATE-----\n"
		"MIIBsjCCAVigAwIBAgIUdKcSSYU2McBIoTxB4d/R3SgRtOcwCgYIKoZIzj0EAwIw\n"
		"IzENMAsGA1UECgwERnV6ejESMBAGA1UEAwwJRnV6eiBSb290MCAXDTI2MTEzMDE5\n"
		"MDAyNVoYDzIwODEwOTAyMTkwMDI1WjAjMQ0wCwYDVQQKDARGdXp6MRIwEAYDVQQD\n"
		"DAlGdXp6IFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATCGTf2XAgRztIJ\n"
		"DQcHHnzrnWliZctVWKS247gtvza1Jit91JLupS0HgT2LHuufOBZ+2jEHlh2MsYLk\n"
		"X5j/DFBlo2gwZjAdBgNVHQ4EFgQUYG6sgj5haIkajuTu2oQT1cL6IGkwHwYDVR0j\n"
		"BBgwFoAUYG6sgj5haIkajuTu2oQT1cL6IGkwDwYDVR0TAQH/BAUwAwEB/zATBgNV\n"
		"HSUEDDAKBggrBgEFBQcDATAKBggqhkjOPQQDAgNIADBFAiAE/y5UqbEmZ5LOwZ6g\n"
		"OYIIA2JEysBUMaRANOI47YrVWAIhAKu9YtRIuZXkpi52KN4dEH1FehxYbscP4X+o\n"
		"wOzD0quR\n"
		"-----END CERTIFICATE-----\n";
	auto_certs certs = CERTS_INIT;
	struct fault why = FAULT_INIT;

	if (pem_read(pem, sizeof(pem) - 1, "pem", PEM_STRICT, &certs, &why) < 0)
		abort();
	return cert_ref(certs.at[0]);
}

#endif
