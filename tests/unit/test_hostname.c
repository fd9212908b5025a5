/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/x509/hostname.h"
#include "tests/unit/make_cert.h"

#define ALWAYS (~0u)

static const struct {
	const char *cn, *alt_name, *name;
	unsigned habits; /* those with which it matches; ALWAYS: without any, too */
} rows[] = {
	{"x", "DNS:a.test", "a.test", ALWAYS},
	{"x", "DNS:A.test", "a.TEST", ALWAYS},
	{"x", "DNS:a.test", "b.test", 0},
	{"x", "DNS:a.test", "aa.test", 0},
	{"x", "DNS:*.sub.test", "a.sub.test", ALWAYS},
	{"x", "DNS:*.sub.test", "a.b.sub.test", 0},
	{"x", "DNS:*.sub.test", ".sub.test", 0},
	{"x", "DNS:*.sub.test", "sub.test", 0},
	{"x", "DNS:*.test", "a.test", HOSTNAME_WILD_TOP},
	{"x", "DNS:*", "a", 0},
	{"x", "DNS:*o.sub.test", "foo.sub.test", HOSTNAME_WILD_BEFORE | HOSTNAME_WILD_WITHIN},
	{"x", "DNS:f*.sub.test", "foo.sub.test", HOSTNAME_WILD_WITHIN},
	{"x", "DNS:f*o.sub.test", "fo.sub.test", HOSTNAME_WILD_WITHIN},
	{"x", "DNS:fo*o.sub.test", "fo.sub.test", 0},
	{"x", "DNS:a.*.test", "a.sub.test", 0},
	{"x", "DNS:a.test.", "a.test", HOSTNAME_LAST_DOT},
	{"x", "IP:192.0.2.1", "192.0.2.1", ALWAYS},
	{"x", "IP:2001:db8::1", "2001:db8:0::1", ALWAYS},
	{"x", "IP:192.0.2.1", "192.0.2.2", 0},
	{"x", "DNS:192.0.2.1", "192.0.2.1", HOSTNAME_IP_AS_DNS},
	{"a.test", "", "a.test", HOSTNAME_COMMON_NAME | HOSTNAME_COMMON_NAME_ALONE},
	{"a.test", "email:x@a.test", "a.test", HOSTNAME_COMMON_NAME | HOSTNAME_COMMON_NAME_ALONE},
	{"a.test", "IP:192.0.2.1", "a.test", HOSTNAME_COMMON_NAME},
	{"a.test", "DNS:b.test", "a.test", 0},
};

static void each_habit_has_its_names(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_made leaf = make_cert(&(struct recipe){
			.cn = rows[i].cn, .issuer = &root, .alt_name = rows[i].alt_name});
		struct fault why = FAULT_INIT;
		X509 *x509;

		assert_ok(cert_parse(leaf.cert, &x509, &why), &why);
		if (hostname_matches(x509, rows[i].name, 0) != (rows[i].habits == ALWAYS))
			fail_msg("%s for %s without a habit", rows[i].alt_name, rows[i].name);
		for (unsigned habit = 1; habit <= HOSTNAME_LAST_DOT; habit <<= 1)
			if (hostname_matches(x509, rows[i].name, habit) !=
				!!(rows[i].habits & habit))
				fail_msg("%s for %s, habit %u", rows[i].alt_name, rows[i].name,
					habit);
	}
}

static void an_address_in_the_common_name_needs_two_habits(void **state)
{
	auto_made leaf = make_cert(&(struct recipe){.cn = "192.0.2.1", .alt_name = ""});
	struct fault why = FAULT_INIT;
	X509 *x509;

	(void)state;
	assert_ok(cert_parse(leaf.cert, &x509, &why), &why);
	assert_false(hostname_matches(x509, "192.0.2.1", HOSTNAME_COMMON_NAME));
	assert_false(hostname_matches(x509, "192.0.2.1", HOSTNAME_COMMON_NAME_IP));
	assert_true(hostname_matches(
		x509, "192.0.2.1", HOSTNAME_COMMON_NAME | HOSTNAME_COMMON_NAME_IP));
}

static void the_common_name_may_need_a_server_and_no_uri(void **state)
{
	const unsigned habits = HOSTNAME_COMMON_NAME_ALONE | HOSTNAME_COMMON_NAME_SERVER;
	auto_made plain = make_cert(&(struct recipe){.cn = "a.test", .alt_name = ""});
	auto_made uri =
		make_cert(&(struct recipe){.cn = "a.test", .alt_name = "URI:https://a.test/"});
	struct fault why = FAULT_INIT;
	X509 *x509;

	(void)state;
	assert_ok(cert_parse(plain.cert, &x509, &why), &why);
	assert_true(hostname_matches(x509, "a.test", habits));
	assert_ok(cert_parse(uri.cert, &x509, &why), &why);
	assert_true(hostname_matches(x509, "a.test", HOSTNAME_COMMON_NAME_ALONE));
	assert_false(hostname_matches(x509, "a.test", habits));
}

static void an_underscore_is_no_letter(void **state)
{
	auto_made leaf = make_cert(&(struct recipe){.cn = "x", .alt_name = "DNS:a_b.test"});
	struct fault why = FAULT_INIT;
	X509 *x509;

	(void)state;
	assert_ok(cert_parse(leaf.cert, &x509, &why), &why);
	assert_true(hostname_matches(x509, "a_b.test", 0));
	assert_false(hostname_matches(x509, "a_b.test", HOSTNAME_LDH_ONLY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_habit_has_its_names),
		cmocka_unit_test(an_address_in_the_common_name_needs_two_habits),
		cmocka_unit_test(the_common_name_may_need_a_server_and_no_uri),
		cmocka_unit_test(an_underscore_is_no_letter),
	};

	return run_group("hostname", tests);
}
