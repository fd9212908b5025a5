/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/x509/certs.h"
#include "tests/unit/make_cert.h"

static void a_list_holds_its_certificates(void **state)
{
	auto_made a = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made b = make_cert(&(struct recipe){.cn = "B", .is_ca = true});
	auto_certs list = CERTS_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_false(certs_hold(&list, a.cert));
	for (size_t i = 0; i < 100; i++)
		assert_ok(certs_add(&list, a.cert, &why), &why);
	made_free(&a);
	assert_int_equal(list.n, 100);
	assert_true(certs_hold(&list, list.at[99]));
	assert_false(certs_hold(&list, b.cert));
	assert_int_equal(certs_find_sha256(&list, b.cert->sha256), 100);
	assert_int_equal(certs_find_sha256(&list, list.at[7]->sha256), 0);
}

static void only_new_ones_are_added(void **state)
{
	auto_made a = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made b = make_cert(&(struct recipe){.cn = "B", .is_ca = true});
	auto_certs list = make_certs(a.cert, NULL);
	auto_certs more = make_certs(b.cert, a.cert, b.cert, NULL);
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(certs_add_new(&list, &more, &why), &why);
	assert_int_equal(list.n, 2);
	assert_int_equal(certs_find(&list, b.cert), 1);
}

static void equal_certificates_become_one(void **state)
{
	auto_made a = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made b = make_cert(&(struct recipe){.cn = "B", .is_ca = true});
	struct fault why = FAULT_INIT;
	auto_cert again = NULL;
	auto_certs known = CERTS_INIT;
	auto_certs first = make_certs(a.cert, a.cert, NULL);
	auto_certs second = CERTS_INIT;
	size_t len = a.cert->der.left;
	const uint8_t *der = a.cert->der.at;

	(void)state;
	assert_ok(cert_make(der, len, &again, &why), &why);
	second = make_certs(b.cert, again, NULL);
	assert_ok(certs_share(&first, &known, &why), &why);
	assert_ok(certs_share(&second, &known, &why), &why);
	assert_int_equal(known.n, 2);
	assert_ptr_equal(first.at[0], a.cert);
	assert_ptr_equal(second.at[0], b.cert);
	assert_ptr_equal(second.at[1], a.cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_holds_its_certificates),
		cmocka_unit_test(only_new_ones_are_added),
		cmocka_unit_test(equal_certificates_become_one),
	};

	return run_group("certs", tests);
}
