/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <time.h>

#include "src/client/lint.h"
#include "tests/unit/make_cert.h"

static void what_must_not_become_an_anchor_is_refused(void **state)
{
	const time_t day = 24 * 60 * 60, now = time(NULL);
	const struct {
		struct recipe recipe;
		const char *reason;
	} rows[] = {
		{{.cn = "a.test"}, "basicConstraints missing"},
		{{.is_v1 = true}, "basicConstraints missing"},
		{{.is_ca = true, .basic_constraints = "CA:FALSE"}, "it is no CA"},
		{{.is_ca = true, .key_usage = "cRLSign"}, "keyUsage lacks keyCertSign"},
		{{.is_ca = true, .not_before = 1, .not_after = 1000000000},
			"it expired at 2001-09-09T01:46:40Z"},
		{{.is_ca = true, .not_before = now + day}, "it is not valid before 2"},
		{{.is_ca = true, .rsa_bits = 512}, "its key has 512 bits, fewer than 1024"},
		{{.is_ca = true, .rsa_bits = 1024, .digest = "MD5"},
			"it is signed with MD2, MD4 or MD5"},
	};
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct recipe recipe = rows[i].recipe;
		auto_made made = {NULL, NULL};

		recipe.cn = "A";
		made = make_cert(&recipe);
		assert_fault(lint_anchor(made.cert, LINT_SELF_SIGNED_ONLY, now, &why), &why,
			FAULT_REFUSED, rows[i].reason);
	}
}

static void an_intermediate_needs_leave(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made middle = make_cert(&(struct recipe){.cn = "M", .issuer = &root, .is_ca = true});
	auto_made forged =
		make_cert(&(struct recipe){.cn = "Root", .issuer = &root, .is_ca = true});
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(lint_anchor(root.cert, LINT_SELF_SIGNED_ONLY, time(NULL), &why), &why);
	assert_ok(lint_anchor(middle.cert, LINT_ALLOW_INTERMEDIATE, time(NULL), &why), &why);
	assert_fault(lint_anchor(middle.cert, LINT_SELF_SIGNED_ONLY, time(NULL), &why), &why,
		FAULT_REFUSED, "it is an intermediate, not self-signed");
	assert_fault(lint_anchor(forged.cert, LINT_SELF_SIGNED_ONLY, time(NULL), &why), &why,
		FAULT_REFUSED, "its own signature is bad");
}

static void clients_that_mind_are_named(void **state)
{
	static const struct {
		struct recipe recipe;
		const char *sentence; /* NULL: nobody minds */
	} rows[] = {
		{{.rsa_bits = 2048}, NULL},
		{{.rsa_bits = 1024},
			"OpenSSL, Python 3.13 and later, curl, Python up to 3.12, Ruby, "
			"Node.js and rustls (uv, Deno) will refuse this CA: its key is too small"},
		{{.ext_key_usage = "clientAuth"},
			"OpenSSL, Python 3.13 and later, curl, Python up to 3.12, Ruby, Node.js "
			"and Go will refuse this CA: extendedKeyUsage lacks serverAuth, RFC 5280 "
			"4.2.1.12"},
		{{.name_constraints = "permitted;DNS:test"},
			"OpenSSL, Python 3.13 and later, curl, Python up to 3.12, Ruby, Node.js, "
			"GnuTLS (wget, git, apt), Go and rustls (uv, Deno) will refuse names "
			"outside of its nameConstraints, RFC 5280 4.2.1.10"},
		{{.basic_constraints = "CA:TRUE"},
			"Python 3.13 and later will refuse this CA: basicConstraints is not "
			"critical, RFC 5280 4.2.1.9"},
		{{.key_usage = ""},
			"Python 3.13 and later will refuse this CA: keyUsage missing, RFC 5280 "
			"4.2.1.3"},
		{{.no_key_ids = true},
			"Python 3.13 and later will refuse this CA: subjectKeyIdentifier missing, "
			"RFC 5280 4.2.1.2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct recipe recipe = rows[i].recipe;
		auto_made made = {NULL, NULL};
		auto_names names = NAMES_INIT;
		struct fault why = FAULT_INIT;

		recipe.cn = "A";
		recipe.is_ca = true;
		made = make_cert(&recipe);
		assert_ok(lint_clients(made.cert, &names, &why), &why);
		assert_int_equal(names.n, rows[i].sentence ? 1 : 0);
		if (rows[i].sentence)
			assert_string_equal(names.at[0], rows[i].sentence);
	}
}

static void an_intermediate_is_minded_by_many(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made middle = make_cert(&(struct recipe){.cn = "M", .issuer = &root, .is_ca = true});
	auto_names names = NAMES_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(lint_clients(middle.cert, &names, &why), &why);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.at[0],
		"OpenSSL, Python up to 3.12, Ruby and Node.js will refuse this CA: it is not "
		"self-signed");
	assert_string_equal(names.at[1],
		"GnuTLS (wget, git, apt) will refuse this CA unless it is the highest that is "
		"sent: it is not self-signed");
}

static void a_client_that_must_accept_and_will_not_is_a_fault(void **state)
{
	auto_made loose = make_cert(
		&(struct recipe){.cn = "Loose", .is_ca = true, .basic_constraints = "CA:TRUE"});
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made middle = make_cert(&(struct recipe){.cn = "M", .issuer = &root, .is_ca = true});
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(lint_required(loose.cert, 0, &why), &why);
	assert_ok(lint_required(loose.cert, CLIENTS_ALL & ~CLIENT_BIT(CLIENT_OPENSSL_STRICT), &why),
		&why);
	assert_fault(lint_required(loose.cert, CLIENTS_ALL, &why), &why, FAULT_REFUSED,
		"Python 3.13 and later will refuse this CA: basicConstraints is not critical, "
		"RFC 5280 4.2.1.9");
	assert_ok(
		lint_required(middle.cert, CLIENT_BIT(CLIENT_GNUTLS) | CLIENT_BIT(CLIENT_GO), &why),
		&why);
	assert_fault(lint_required(middle.cert, CLIENT_BIT(CLIENT_NODE), &why), &why, FAULT_REFUSED,
		"Node.js will refuse this CA: it is not self-signed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_must_not_become_an_anchor_is_refused),
		cmocka_unit_test(an_intermediate_needs_leave),
		cmocka_unit_test(clients_that_mind_are_named),
		cmocka_unit_test(an_intermediate_is_minded_by_many),
		cmocka_unit_test(a_client_that_must_accept_and_will_not_is_a_fault),
	};

	return run_group("lint", tests);
}
