/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_case.h"

#include "src/base/limits.h"
#include "src/x509/pem.h"
#include "tests/unit/tf_cmocka.h"

void store_case_make(struct store_case *it)
{
	static const struct memory_row rows[] = {{"/etc", ENTRY_DIR, NULL, 0}};

	*it = (struct store_case){.plan = PLAN_INIT};
	it->tree = memory_tree_make(rows, 1);
	it->view = view_make(it->tree, &it->plan);
	it->places.keystore_cache = &it->keystore_cache;
}

void store_case_free(struct store_case *it)
{
	places_free(&it->places);
	keystore_cache_free(&it->keystore_cache);
	view_free(&it->view);
	plan_free(&it->plan);
	tree_close(it->tree);
}

void store_case_file(struct store_case *it, const char *path, const char *text)
{
	memory_tree_set(it->tree, path, ENTRY_FILE, text, strlen(text), 0644);
}

void store_case_link(struct store_case *it, const char *path, const char *target)
{
	memory_tree_set(it->tree, path, ENTRY_SYMLINK, target, strlen(target), 0777);
}

void store_case_dir(struct store_case *it, const char *path)
{
	memory_tree_set(it->tree, path, ENTRY_DIR, NULL, 0, 0755);
}

void store_case_cert(struct store_case *it, const char *path, const struct cert *cert)
{
	auto_free char *text = store_case_pem(cert, NULL);

	store_case_file(it, path, text);
}

const struct place *store_case_open(struct store_case *it, const char *ca_override)
{
	struct fault why = FAULT_INIT;
	struct store_choice chosen;

	assert_ok(store_choice_parse(ca_override, &chosen, &why), &why);
	assert_ok(chosen.ops->find(&it->view, chosen.path, &it->places, &why), &why);
	assert_int_equal(it->places.n, 1);
	return &it->places.at[0];
}

size_t store_case_add(struct store_case *it, struct cert *cert, const char *name)
{
	struct fault why = FAULT_INIT;
	const struct place *place = &it->places.at[0];

	assert_ok(store_add(&it->view, place, cert, name, &why), &why);
	return it->plan.n;
}

size_t store_case_remove(struct store_case *it, const struct cert *cert)
{
	struct fault why = FAULT_INIT;
	const struct place *place = &it->places.at[0];

	assert_ok(store_remove(&it->view, place, cert->sha256, &why), &why);
	return it->plan.n;
}

bool store_case_holds(struct store_case *it, const struct cert *cert)
{
	struct fault why = FAULT_INIT;
	const struct place *place = &it->places.at[0];
	auto_certs certs = CERTS_INIT;

	assert_ok(place->ops->anchors(&it->view, place, &certs, &why), &why);
	return certs_hold(&certs, cert);
}

const char *store_case_text(struct store_case *it, const char *path)
{
	static char text[256 * 1024];
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(sizeof(text) - 1);
	bool found = false;

	assert_ok(view_read(&it->view, path, &bytes, &found, &why), &why);
	snprintf(text, sizeof(text), "%s", buf_text(&bytes));
	return text;
}

const char *store_case_target(struct store_case *it, const char *path)
{
	static char target[LIMIT_PATH_LEN];
	struct fault why = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;

	assert_ok(view_entry(&it->view, path, VIEW_NOFOLLOW, &entry, NULL, &why), &why);
	snprintf(target, sizeof(target), "%s", entry.link ? entry.link : "");
	return target;
}

bool store_case_has(struct store_case *it, const char *path)
{
	struct fault why = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;

	assert_ok(view_entry(&it->view, path, VIEW_NOFOLLOW, &entry, NULL, &why), &why);
	return entry.kind != ENTRY_NONE;
}

char *store_case_pem(const struct cert *first, ...)
{
	struct fault why = FAULT_INIT;
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	size_t len;
	va_list args;

	va_start(args, first);
	for (const struct cert *cert = first; cert; cert = va_arg(args, const struct cert *))
		assert_ok(pem_format(cert, &text, &why), &why);
	va_end(args);
	return (char *)buf_take(&text, &len);
}

const char *store_case_hash(const char *dir, struct cert *cert, unsigned number)
{
	static char path[LIMIT_PATH_LEN];
	struct fault why = FAULT_INIT;
	uint32_t hash;

	assert_ok(cert_subject_hash(cert, &hash, &why), &why);
	snprintf(path, sizeof(path), "%s/%08x.%u", dir, hash, number);
	return path;
}
