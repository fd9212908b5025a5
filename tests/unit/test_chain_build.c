/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <time.h>

#include "src/base/limits.h"
#include "src/x509/chain_build.h"
#include "tests/unit/make_cert.h"

/* root <- middle <- leaf */
struct chain {
	struct made root, middle, leaf;
};

static int chain_make(void **state)
{
	static struct chain chain;

	chain.root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	chain.middle =
		make_cert(&(struct recipe){.cn = "Middle", .issuer = &chain.root, .is_ca = true});
	chain.leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &chain.middle});
	*state = &chain;
	return 0;
}

static int chain_free(void **state)
{
	struct chain *chain = *state;

	made_free(&chain->root);
	made_free(&chain->middle);
	made_free(&chain->leaf);
	return 0;
}

/* The path over `sent` and `more` is exactly `wanted`; all three are let go. */
static void assert_path(
	const char *label, struct certs sent, struct certs more, struct certs wanted)
{
	auto_certs path = CERTS_INIT;
	struct fault why = FAULT_INIT;

	assert_ok(chain_build(&sent, &more, time(NULL), &path, &why), &why);
	if (path.n != wanted.n)
		fail_msg("%s: %zu certificates, not %zu", label, path.n, wanted.n);
	for (size_t i = 0; i < path.n; i++)
		if (!cert_same(path.at[i], wanted.at[i]))
			fail_msg("%s: another certificate at %zu", label, i);
	certs_free(&sent);
	certs_free(&more);
	certs_free(&wanted);
}

#define NOTHING ((struct certs)CERTS_INIT)

static void order_copies_and_strangers_do_not_matter(void **state)
{
	const struct chain *chain = *state;
	struct cert *root = chain->root.cert, *middle = chain->middle.cert;
	struct cert *leaf = chain->leaf.cert;
	auto_made stranger = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	struct cert *other = stranger.cert;

	assert_path("in order", make_certs(leaf, middle, root, NULL), NOTHING,
		make_certs(leaf, middle, root, NULL));
	assert_path("root between", make_certs(leaf, root, middle, NULL), NOTHING,
		make_certs(leaf, middle, root, NULL));
	assert_path("leaf last", make_certs(root, middle, leaf, NULL), NOTHING,
		make_certs(leaf, middle, root, NULL));
	assert_path("each twice", make_certs(leaf, leaf, middle, middle, root, root, NULL), NOTHING,
		make_certs(leaf, middle, root, NULL));
	assert_path("a namesake", make_certs(leaf, other, middle, NULL), NOTHING,
		make_certs(leaf, middle, NULL));
	assert_path("a namesake and the root", make_certs(leaf, other, middle, NULL),
		make_certs(other, root, NULL), make_certs(leaf, middle, root, NULL));
	assert_path("leaf alone", make_certs(leaf, root, NULL), NOTHING, make_certs(leaf, NULL));
	assert_path("a CA alone", make_certs(middle, root, NULL), NOTHING,
		make_certs(middle, root, NULL));
}

static void the_way_to_a_root_wins(void **state)
{
	const struct chain *chain = *state;
	const time_t day = 24 * 60 * 60;
	auto_made unmanaged = make_cert(&(struct recipe){.cn = "Elsewhere", .is_ca = true});
	/* The same middle, signed by a root that is not at hand, and valid longer. */
	auto_made crossed = make_cert(&(struct recipe){.cn = "Middle",
		.issuer = &unmanaged,
		.same_key = &chain->middle,
		.is_ca = true,
		.not_after = time(NULL) + 999 * day});
	struct cert *root = chain->root.cert, *middle = chain->middle.cert;
	struct cert *leaf = chain->leaf.cert;

	assert_path("dead end first", make_certs(leaf, crossed.cert, middle, NULL),
		make_certs(root, NULL), make_certs(leaf, middle, root, NULL));
	assert_path("both known", make_certs(leaf, middle, crossed.cert, NULL),
		make_certs(root, unmanaged.cert, NULL),
		make_certs(leaf, crossed.cert, unmanaged.cert, NULL));
	assert_path("no root", make_certs(leaf, middle, crossed.cert, NULL), NOTHING,
		make_certs(leaf, crossed.cert, NULL));
}

static void a_root_that_is_valid_now_is_better(void **state)
{
	const time_t day = 24 * 60 * 60, now = time(NULL);
	auto_made expired = make_cert(&(struct recipe){
		.cn = "Root", .is_ca = true, .not_before = now - 9 * day, .not_after = now - day});
	auto_made renewed =
		make_cert(&(struct recipe){.cn = "Root", .is_ca = true, .same_key = &expired});
	auto_made future = make_cert(&(struct recipe){.cn = "Root",
		.is_ca = true,
		.same_key = &expired,
		.not_before = now + day,
		.not_after = now + 99 * day});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &expired});

	(void)state;
	assert_path("expired first", make_certs(leaf.cert, expired.cert, renewed.cert, NULL),
		NOTHING, make_certs(leaf.cert, renewed.cert, NULL));
	assert_path("not yet valid", make_certs(leaf.cert, future.cert, renewed.cert, NULL),
		NOTHING, make_certs(leaf.cert, renewed.cert, NULL));
	assert_path("expired alone", make_certs(leaf.cert, expired.cert, NULL), NOTHING,
		make_certs(leaf.cert, expired.cert, NULL));
}

static void a_root_that_is_known_is_better_than_one_that_was_sent(void **state)
{
	const struct chain *chain = *state;
	const time_t day = 24 * 60 * 60, now = time(NULL);
	auto_made old = make_cert(&(struct recipe){.cn = "Old",
		.is_ca = true,
		.not_before = now - 99 * day,
		.not_after = now + 999 * day});
	auto_made crossed = make_cert(&(struct recipe){.cn = "Root",
		.issuer = &old,
		.same_key = &chain->root,
		.is_ca = true,
		.not_after = now + 999 * day});
	struct cert *root = chain->root.cert, *middle = chain->middle.cert;
	struct cert *leaf = chain->leaf.cert;

	assert_path("the old root is sent", make_certs(leaf, middle, crossed.cert, old.cert, NULL),
		make_certs(root, NULL), make_certs(leaf, middle, root, NULL));
	assert_path("the old root is known", make_certs(leaf, middle, root, crossed.cert, NULL),
		make_certs(old.cert, NULL), make_certs(leaf, middle, crossed.cert, old.cert, NULL));
	assert_path("neither", make_certs(leaf, middle, crossed.cert, NULL), NOTHING,
		make_certs(leaf, middle, crossed.cert, NULL));
}

static void a_mesh_of_cross_certificates_ends_soon(void **state)
{
	enum { CAS = 9 };
	struct made ca[CAS], crossed;
	auto_certs sent = CERTS_INIT;
	auto_certs path = CERTS_INIT;
	auto_made leaf = {NULL, NULL};
	struct fault why = FAULT_INIT;
	char cn[] = "CA 0";
	clock_t start;

	(void)state;
	for (size_t i = 0; i < CAS; i++, cn[3]++)
		ca[i] = make_cert(&(struct recipe){.cn = cn, .is_ca = true});
	leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &ca[0]});
	assert_ok(certs_add(&sent, leaf.cert, &why), &why);
	for (size_t i = 0; i < CAS * CAS; i++) {
		cn[3] = (char)('0' + i / CAS);
		crossed = make_cert(&(struct recipe){
			.cn = cn, .same_key = &ca[i / CAS], .issuer = &ca[i % CAS], .is_ca = true});
		if (i / CAS != i % CAS)
			assert_ok(certs_add(&sent, crossed.cert, &why), &why);
		made_free(&crossed);
	}
	start = clock();
	assert_ok(chain_build(&sent, NULL, time(NULL), &path, &why), &why);
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
	assert_true(path.n > 1 && path.n <= LIMIT_PATH_DEPTH);
	for (size_t i = 0; i < CAS; i++)
		made_free(&ca[i]);
}

static void an_empty_list_has_no_path(void **state)
{
	auto_certs path = CERTS_INIT;
	struct certs none = CERTS_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(chain_build(&none, NULL, 0, &path, &why), &why, FAULT_FORMAT,
		"no certificate to build a path from");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_copies_and_strangers_do_not_matter),
		cmocka_unit_test(the_way_to_a_root_wins),
		cmocka_unit_test(a_root_that_is_valid_now_is_better),
		cmocka_unit_test(a_root_that_is_known_is_better_than_one_that_was_sent),
		cmocka_unit_test(a_mesh_of_cross_certificates_ends_soon),
		cmocka_unit_test(an_empty_list_has_no_path),
	};

	return _cmocka_run_group_tests(
		"path", tests, sizeof(tests) / sizeof(tests[0]), chain_make, chain_free);
}
