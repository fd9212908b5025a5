/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk fails once, at any look into the tree while a change of the system store is planned:
 * that is told, or the plan is the same.  What cannot be read is never taken for missing.
 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define CERTS "/etc/ssl/certs"
#define LOCAL "/usr/local/share/ca-certificates"
#define TRUST "/etc/pki/ca-trust"
#define HASHED TRUST "/extracted/pem/directory-hash"
#define LINKS "/etc/pki/tls/certs"

static void link_hash(struct store_case *it, const char *dir, struct cert *cert, const char *target)
{
	store_case_link(it, store_case_hash(dir, cert, 0), target);
}

/* Besides what the family keeps, the administrator's own link to a file on another disk. */
static void make_update_ca(struct store_case *it)
{
	store_case_file(it, "/etc/ca-certificates.conf", "mozilla/Shipped.crt\n");
	store_case_cert(it, "/usr/share/ca-certificates/mozilla/Shipped.crt", shipped.cert);
	store_case_cert(it, CERTS "/ca-certificates.crt", shipped.cert);
	store_case_link(it, "/etc/ssl/cert.pem", "certs/ca-certificates.crt");
	store_case_dir(it, LOCAL);
	store_case_cert(it, "/srv/far.pem", other.cert);
	store_case_link(it, CERTS "/far.pem", "/srv/far.pem");
	link_hash(it, CERTS, other.cert, "far.pem");
}

static void make_debian(struct store_case *it)
{
	make_update_ca(it);
	store_case_link(it, CERTS "/Shipped.pem", "/usr/share/ca-certificates/mozilla/Shipped.crt");
	link_hash(it, CERTS, shipped.cert, "Shipped.pem");
}

static void make_alpine(struct store_case *it)
{
	make_update_ca(it);
	store_case_file(it, "/etc/alpine-release", "3.20\n");
	store_case_link(
		it, CERTS "/ca-cert-Shipped.pem", "/usr/share/ca-certificates/mozilla/Shipped.crt");
	link_hash(it, CERTS, shipped.cert, "ca-cert-Shipped.pem");
}

static void make_fedora(struct store_case *it)
{
	store_case_cert(it, "/usr/share/pki/ca-trust-source/anchors/all.pem", shipped.cert);
	store_case_dir(it, TRUST "/source/anchors");
	store_case_cert(it, TRUST "/extracted/pem/tls-ca-bundle.pem", shipped.cert);
	store_case_cert(it, HASHED "/Shipped.pem", shipped.cert);
	link_hash(it, HASHED, shipped.cert, "Shipped.pem");
	link_hash(it, LINKS, shipped.cert, HASHED "/Shipped.pem");
	store_case_cert(it, "/srv/far.pem", other.cert);
	store_case_link(it, LINKS "/far.pem", "/srv/far.pem");
	link_hash(it, LINKS, other.cert, "far.pem");
}

struct row {
	const char *label;
	void (*make)(struct store_case *it);
	const char *anchor; /* of a CA that is removed */
};

static const struct row rows[] = {
	{"Debian", make_debian, LOCAL "/corp.crt"},
	{"Alpine", make_alpine, LOCAL "/corp.crt"},
	{"p11-kit", make_fedora, TRUST "/source/anchors/corp.crt"},
};

/* Put a CA in that is not there, or take it out of where it is. */
static int change(struct store_case *it, bool removes, struct fault *why)
{
	const struct store_ops *ops = store_kind_named("system", 6);

	if (ops->find(&it->view, NULL, &it->places, why) < 0)
		return -1;
	return removes ? store_remove(&it->view, &it->places.at[0], corp.cert->sha256, why)
		       : store_add(&it->view, &it->places.at[0], corp.cert, "corp", why);
}

static char *text_of(const struct plan *plan)
{
	struct buf text = buf_make(LIMIT_FILE_BYTES);
	size_t len;

	buf_printf(&text, "%zu edits\n", plan->n);
	for (size_t i = 0; i < plan->n; i++) {
		buf_printf(&text, "%s %d %s\n", plan->at[i]->path, plan->at[i]->kind,
			plan->at[i]->link ? plan->at[i]->link : "");
		buf_add(&text, plan->at[i]->bytes, plan->at[i]->len);
	}
	return (char *)buf_take(&text, &len);
}

/* The plan, allocated, with the n-th such look failing (0: none); NULL: the failure is told.  How
 * many looks there were goes to *ret_looks. */
static char *plan_with_failure(
	const struct row *row, bool removes, enum memory_call call, size_t n, size_t *ret_looks)
{
	struct fault why = FAULT_INIT;
	auto_store_case it;
	size_t before;
	int rc;

	store_case_make(&it);
	row->make(&it);
	if (removes)
		store_case_cert(&it, row->anchor, corp.cert);
	before = memory_tree_calls(it.tree, call);
	memory_tree_fail(it.tree, call, n);
	rc = change(&it, removes, &why);
	*ret_looks = memory_tree_calls(it.tree, call) - before;
	if (n == 0)
		assert_ok(rc, &why);
	return rc < 0 || it.view.unread.kind ? NULL : text_of(&it.plan);
}

static void what_cannot_be_read_is_never_taken_for_missing(void **state)
{
	static const enum memory_call calls[] = {MEMORY_ENTRY, MEMORY_READ, MEMORY_LIST};

	(void)state;
	for (size_t i = 0; i < 6 * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i / 6];
		enum memory_call call = calls[i % 3];
		bool removes = i % 6 < 3;
		size_t looks_n, ignored;
		auto_free char *wanted = plan_with_failure(row, removes, call, 0, &looks_n);

		assert_non_null(wanted);
		for (size_t n = 1; n <= looks_n; n++) {
			auto_free char *got = plan_with_failure(row, removes, call, n, &ignored);

			if (got && strcmp(got, wanted) != 0)
				fail_msg("%s, %s: look %zu of sort %d:\n%s\ninstead of\n%s",
					row->label, removes ? "remove" : "add", n, call, got,
					wanted);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_cannot_be_read_is_never_taken_for_missing),
};

int main(void)
{
	return run_store_group("unreadable", tests);
}
