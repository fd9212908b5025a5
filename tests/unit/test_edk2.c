/* SPDX-License-Identifier: Apache-2.0 */
/* p11-kit's list of CAs for UEFI. */
#include "tests/unit/tf_cmocka.h"

#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define TRUST "/etc/pki/ca-trust"
#define LIST TRUST "/extracted/edk2/cacerts.bin"

static void make_root(struct store_case *it)
{
	store_case_make(it);
	store_case_dir(it, TRUST "/source/anchors");
	store_case_cert(it, TRUST "/extracted/pem/tls-ca-bundle.pem", shipped.cert);
}

/* The bytes that `trust extract --format=edk2-cacerts` writes around a certificate. */
static void the_list_for_uefi_gets_a_signature(void **state)
{
	static const char list[] = LIST;
	static const uint8_t type[] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5,
		0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
	static const uint8_t owner[] = {0x50, 0x3b, 0xdd, 0xdc, 0x05, 0xf4, 0xfd, 0x43, 0x96, 0xbe,
		0xbd, 0x33, 0xb1, 0x73, 0x47, 0x76};
	auto_store_case it;
	auto_buf wanted = buf_make(10000), got = buf_make(10000);
	struct fault why = FAULT_INIT;
	bool found;
	size_t len = corp.cert->der.left;
	const uint8_t *der = corp.cert->der.at;

	(void)state;
	make_root(&it);
	store_case_file(&it, list, "");
	store_case_open(&it, "system");
	store_case_add(&it, corp.cert, "corp");
	buf_add(&wanted, type, sizeof(type));
	for (size_t i = 0; i < 3; i++) {
		size_t n = i == 0 ? len + 44 : i == 1 ? 0 : len + 16;

		buf_add_byte(&wanted, (uint8_t)n);
		buf_add_byte(&wanted, (uint8_t)(n >> 8));
		buf_add(&wanted, "\0", 2);
	}
	buf_add(&wanted, owner, sizeof(owner));
	buf_add(&wanted, der, len);
	assert_ok(view_read(&it.view, list, &got, &found, &why), &why);
	assert_bytes(got.bytes, got.len, wanted.bytes, wanted.len);
	store_case_add(&it, corp2.cert, "corp2");
	store_case_remove(&it, corp2.cert);
	buf_clear(&got);
	assert_ok(view_read(&it.view, list, &got, &found, &why), &why);
	assert_bytes(got.bytes, got.len, wanted.bytes, wanted.len);
	store_case_remove(&it, corp.cert);
	assert_string_equal(store_case_text(&it, list), "");
}

static void a_damaged_list_for_uefi_is_told(void **state)
{
	auto_store_case it;
	const struct place *place;
	struct fault why = FAULT_INIT;

	(void)state;
	make_root(&it);
	store_case_file(&it, LIST, "not such a list");
	store_case_open(&it, "system");
	place = &it.places.at[0];
	assert_fault(store_add(&it.view, place, corp.cert, "corp", &why), &why, FAULT_FORMAT,
		"not a list of UEFI signatures");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_list_for_uefi_gets_a_signature),
	cmocka_unit_test(a_damaged_list_for_uefi_is_told),
};

int main(void)
{
	return run_store_group("edk2", tests);
}
