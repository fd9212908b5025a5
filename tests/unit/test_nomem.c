/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation 1, 2, 3, ... fails, ours (test_nomem.ld) and OpenSSL's alike, until the operation has
 * enough.  Each run must succeed or say FAULT_SYSTEM with ENOMEM; LeakSanitizer sees what stays
 * behind.
 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/limits.h"
#include "src/client/chain_verify.h"
#include "src/client/lint.h"
#include "src/x509/chain_build.h"
#include "src/x509/pem.h"
#include "stores/java/keystore_cache.h"
#include "stores/image/manifest.h"
#include "stores/kinds.h"
#include "src/fs/view.h"
#include "src/doctor/explain.h"
#include "stores/image/layer.h"
#include "stores/image/toc.h"
#include "tests/unit/golden.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/make_image.h"
#include "tests/unit/make_layer.h"
#include "tests/unit/memory_tree.h"

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *at, size_t len);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
int __real_vasprintf(char **ret, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *at, size_t len);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_vasprintf(char **ret, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **ret, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static size_t left =
	SIZE_MAX; /* allocations until the one that fails; every later one works again */

static bool fails(void)
{
	if (left == SIZE_MAX || left == 0)
		return false;
	return --left == 0;
}

void *__wrap_malloc(size_t len)
{
	return fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
	return fails() ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *at, size_t len)
{
	return fails() ? NULL : __real_realloc(at, len);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
	return fails() ? NULL : __real_strndup(text, len);
}

int __wrap_vasprintf(char **ret, const char *fmt, va_list args)
{
	return fails() ? -1 : __real_vasprintf(ret, fmt, args);
}

int __wrap_asprintf(char **ret, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = __wrap_vasprintf(ret, fmt, args);
	va_end(args);
	return len;
}

static void *ossl_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : __real_malloc(len);
}

static void *ossl_realloc(void *at, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : __real_realloc(at, len);
}

static void ossl_free(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	free(at);
}

/* A bundle of three, as text: every run decodes it anew, so that nothing is there already. */
static char *bundle;

static int read_bundle(struct certs *ret, struct fault *why)
{
	return pem_read(bundle, strlen(bundle), "bundle", PEM_LENIENT, ret, why);
}

static int run_pem(struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_buf out = buf_make(LIMIT_PEM_BYTES);

	if (pem_read(bundle, strlen(bundle), "bundle", PEM_STRICT, &certs, why) < 0)
		return -1;
	return pem_format_all(&certs, PEM_TEXT, &out, why) < 0
		       ? -1
		       : pem_format_all(&certs, PEM_PKCS7, &out, why);
}

static int run_facts(struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_cert_facts facts = {0};

	return read_bundle(&certs, why) < 0 ? -1 : cert_facts_make(certs.at[0], &facts, why);
}

static int run_lint(struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_names names = NAMES_INIT;

	return read_bundle(&certs, why) < 0 ? -1 : lint_clients(certs.at[1], &names, why);
}

static int run_path(struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_certs path = CERTS_INIT;

	return read_bundle(&certs, why) < 0 ? -1
					    : chain_build(&certs, NULL, time(NULL), &path, why);
}

/* Decoded once, for all readers: facts_survive() has swept that already. */
static struct certs decoded;
static enum client judged;

static int run_judge(struct fault *why)
{
	struct verify_case it = {&decoded, &decoded, "a.test", time(NULL)};
	struct verification verification;

	return client_verify(&it, judged, &verification, why);
}

/* OpenSSL 3.2 and later do not say that memory was what they lacked. */
static bool tells_memory(void)
{
	return OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
}

static int run_new_keystore(struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_buf made = buf_make(LIMIT_FILE_BYTES);

	return read_bundle(&certs, why) < 0 ? -1 : keystore_make(&certs, 0, &made, why);
}

static int run_explain(struct fault *why)
{
	static const char text[] = "curl: (60) of https://a.test:8443/x\n 0 s:CN = a\n   i:CN = b";
	auto_explanation it = {0};

	return explain_text(text, strlen(text), &it, why);
}

/* The keystore that run_keystore() changes. */
static struct opened keystore;

static int run_keystore(struct fault *why)
{
	auto_certs certs = CERTS_INIT, found = CERTS_INIT;
	auto_buf made = buf_make(LIMIT_FILE_BYTES);
	auto_buf back = buf_make(LIMIT_FILE_BYTES);
	struct keystore_source source;

	if (read_bundle(&certs, why) < 0 ||
		golden_add(&keystore.source, certs.at[0], "one", 0, &made, why) < 0)
		return -1;
	source = golden_source(&keystore, &made);
	if (keystore_read(&source, NULL, &found, why) < 0)
		return -1;
	return golden_remove(&source, certs.at[0]->sha256, &back, why);
}

/* The tree that run_java() works on: a JDK of a user, one with a link to it, and broken ones. */
static struct tree *java_tree;

static int run_java(struct fault *why)
{
	auto_keystore_cache keystore_cache = {0};
	auto_places places = PLACES_INIT;
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(java_tree, &plan);
	auto_certs certs = CERTS_INIT;

	places.keystore_cache = &keystore_cache;
	if (read_bundle(&certs, why) < 0 || store_java.find(&view, NULL, &places, why) < 0)
		return -1;
	for (size_t i = 0; i < places.n; i++) {
		const struct place *place = &places.at[i];
		auto_certs anchors = CERTS_INIT;

		if (store_add(&view, place, certs.at[0], NULL, why) < 0 ||
			store_java.anchors(&view, place, &anchors, why) < 0 ||
			store_remove(&view, place, certs.at[0]->sha256, why) < 0)
			return -1;
	}
	return 0;
}

/* Every sort of member, in two layers; libarchive 3.6 does not survive, so it is not asked. */
static int run_toc(struct fault *why)
{
	static const struct tar_member members[] = {
		{.name = "/etc/file", .kind = ENTRY_FILE, .size = 1},
		{.name = "/etc/link", .kind = ENTRY_SYMLINK, .link = "file"},
		{.name = "/usr/lib", .kind = ENTRY_DIR},
	};
	static const struct tar_member other = {.name = "/etc/file", .kind = ENTRY_OTHER};
	static const struct tar_member hard = {
		.name = "/hard", .kind = ENTRY_FILE, .link = "/etc/file"};
	static const struct tar_member whiteout = {.name = "/etc/link"};
	auto_names found = NAMES_INIT;
	auto_toc toc = calloc(1, sizeof(*toc));
	size_t failed;

	if (!toc || toc_layer(toc, why) < 0 || toc_layer(toc, why) < 0)
		return toc ? -1 : fault_nomem(why);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (toc_add(toc, 0, &members[i], i ? NULL : malloc(1), why) < 0)
			return -1;
	if (toc_add(toc, 1, &hard, NULL, why) < 0 || toc_add(toc, 1, &other, NULL, why) < 0 ||
		toc_add(toc, 1, &whiteout, NULL, why) < 0 ||
		toc_add_opaque(toc, 1, "/usr", why) < 0 || toc_index(toc, &failed, why) < 0)
		return -1;
	return toc_find_named(toc, "hard", 10, &found, why);
}

/* An image, and a layer of a plan on it. */
static struct tree *image;

static int run_layer(struct fault *why)
{
	auto_new_layer made = {0};
	auto_names names = NAMES_INIT;
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(image, &plan);
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);

	if (image->ops->list(image, "/etc", &names, why) < 0 ||
		image->ops->read(image, "/etc/bundle", &bytes, why) < 0 ||
		view_put_file(&view, "/etc/bundle", "new", 3, 0644, why) < 0 ||
		view_remove(&view, "/etc/gone", why) < 0)
		return -1;
	return layer_make(&plan, image, 0, PACKING_PLAIN, &made, why);
}

static struct image_archive *image_archive; /* of an image with both views */

static int run_documents(struct fault *why)
{
	auto_manifests documents = NULL;
	auto_changes changes = CHANGES_INIT;

	if (manifests_read(
		    image_archive, &(struct manifests_options){NULL, NULL}, &documents, why) < 0 ||
		image_append(&documents->images[0], "t", 0, why) < 0)
		return -1;
	documents->images[0].layer = (struct new_layer){.bytes = calloc(1, 1), .size = 1};
	if (!documents->images[0].layer.bytes)
		return fault_nomem(why);
	return manifests_changes(documents, "corp/app", &changes, why);
}

static void sweep(int (*run)(struct fault *))
{
	struct fault why = FAULT_INIT;
	bool is_over = false;

	/* What OpenSSL makes once and keeps. */
	assert_ok(run(&why), &why);
	for (size_t n = 1; !is_over; n++) {
		int rc;

		left = n;
		rc = run(&why);
		is_over = left != 0;
		left = SIZE_MAX;
		if (rc < 0 && tells_memory() && (why.kind != FAULT_SYSTEM || why.sys != ENOMEM))
			fail_msg("allocation %zu: %s: %s", n, fault_kind_name(why.kind), why.text);
		if (rc == 0 && why.kind != FAULT_NONE)
			fail_msg("allocation %zu: success, and '%s'", n, why.text);
		fault_clear(&why);
	}
}

static void reading_and_writing_survives(void **state)
{
	(void)state;
	sweep(run_pem);
}

static void facts_survive(void **state)
{
	(void)state;
	sweep(run_facts);
}

static void lint_survives(void **state)
{
	(void)state;
	sweep(run_lint);
}

static void a_new_keystore_survives(void **state)
{
	(void)state;
	sweep(run_new_keystore);
}

static void an_explanation_survives(void **state)
{
	(void)state;
	sweep(run_explain);
}

static void path_building_survives(void **state)
{
	(void)state;
	sweep(run_path);
}

static void judging_survives(void **state)
{
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(read_bundle(&decoded, &why), &why);
	for (judged = 0; judged < CLIENTS; judged++)
		sweep(run_judge);
	certs_free(&decoded);
}

static void keystores_survive(void **state)
{
	static const char *const names[] = {"jks-17", "jceks-17", "p12-open-17", "p12-fast"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		golden_open(names[i], "changeit", &keystore);
		sweep(run_keystore);
		opened_free(&keystore);
	}
}

static void put_keystore(const char *path, const char *name)
{
	auto_opened file = {0};

	golden_open(name, "changeit", &file);
	memory_tree_set(java_tree, path, ENTRY_FILE, file.bytes.bytes, file.bytes.len, 0644);
}

static void java_survives(void **state)
{
	static const struct memory_row rows[] = {
		{"/etc/passwd", ENTRY_FILE, "ann:x:1000:1000::/home/ann:/bin/sh\n", 0},
		{"/home/ann/.m2/toolchains.xml", ENTRY_FILE, "<jdkHome>/srv/gone</jdkHome>", 0},
		{"/opt/jdk/lib/security/cacerts", ENTRY_SYMLINK,
			"/home/ann/.jdks/17/lib/security/cacerts", 0},
		{"/opt/jdk/bin/java", ENTRY_FILE, "x", 0},
		{"/usr/bin/java", ENTRY_SYMLINK, "/opt/jdk/bin/java", 0},
		{"/opt/half/bin/java", ENTRY_FILE, "x", 0},
		{"/opt/cut/lib/security/cacerts", ENTRY_FILE, "\xfe\xed\xfe\xed", 0},
	};

	(void)state;
	java_tree = memory_tree_make(rows, sizeof(rows) / sizeof(rows[0]));
	put_keystore("/home/ann/.jdks/17/lib/security/cacerts", "jks-17");
	put_keystore("/etc/ssl/certs/java/cacerts", "p12-fast");
	sweep(run_java);
	tree_close(java_tree);
}

static void tables_of_contents_survive(void **state)
{
	(void)state;
	sweep(run_toc);
}

static void layers_survive(void **state)
{
	static const struct layer_row rows[] = {
		{'0', "etc/bundle", "old", 0, 0, 0}, {'0', "etc/gone", "x", 0, 0, 0}};
	auto_buf tar = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;
	struct layer layer;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		layer_add(&tar, &rows[i]);
	layer_add_end(&tar);
	layer = layer_of(&tar, PACKING_GZIP);
	assert_ok(rootfs_open(&layer, 1, "image", false, NULL, &image, &why), &why);
	sweep(run_layer);
	tree_close(image);
	layer_drop(&layer);
}

static void documents_survive(void **state)
{
	auto_changes members = image_members(&dialects[DIALECT_DOCKER_26]);
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(image_archive_take_tar(image_tar(&members), "box", &image_archive, &why), &why);
	sweep(run_documents);
	image_archive_free(image_archive);
}

static int bundle_make(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made middle =
		make_cert(&(struct recipe){.cn = "Middle", .issuer = &root, .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &middle});
	auto_certs certs = make_certs(leaf.cert, middle.cert, root.cert, NULL);
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	struct fault why = FAULT_INIT;
	size_t len;

	(void)state;
	assert_ok(pem_format_all(&certs, PEM_TEXT, &out, &why), &why);
	bundle = (char *)buf_take(&out, &len);
	return 0;
}

static int bundle_free(void **state)
{
	(void)state;
	free(bundle);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_keystore_survives),
		cmocka_unit_test(an_explanation_survives),
		cmocka_unit_test(reading_and_writing_survives),
		cmocka_unit_test(facts_survive),
		cmocka_unit_test(lint_survives),
		cmocka_unit_test(path_building_survives),
		cmocka_unit_test(judging_survives),
		cmocka_unit_test(keystores_survive),
		cmocka_unit_test(tables_of_contents_survive),
		cmocka_unit_test(layers_survive),
		cmocka_unit_test(documents_survive),
		cmocka_unit_test(java_survives),
	};

	if (!CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc, ossl_free))
		return 1;
	return _cmocka_run_group_tests(
		"nomem", tests, sizeof(tests) / sizeof(tests[0]), bundle_make, bundle_free);
}
