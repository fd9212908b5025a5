/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "stores/bundle.h"
#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

/* `text` with its %1 and %2 replaced by the blocks. */
static char *fill(const char *text)
{
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	size_t len;

	for (; *text; text++) {
		if (*text == '%' && (text[1] == '1' || text[1] == '2'))
			buf_add_text(&out, *++text == '1' ? shipped_pem : corp_pem);
		else
			buf_add_byte(&out, (uint8_t)*text);
	}
	return out.len ? (char *)buf_take(&out, &len) : strdup("");
}

static void one_block_is_taken_out_and_nothing_else(void **state)
{
	static const struct {
		const char *before;
		bool with_comment;
		const char *after;
	} cases[] = {
		{"%1%2", false, "%2"},
		{"%2%1", false, "%2"},
		{"%1", false, ""},
		{"%1%2%1", false, "%2"},
		{"# One\n%1# Two\n%2", false, "# One\n# Two\n%2"},
		{"# One\n%1# Two\n%2", true, "# Two\n%2"},
		{"# Two\n%2\n# One\n%1\n# Two\n%2", true, "# Two\n%2\n# Two\n%2"},
		{"#\n# One\n%1", true, ""},
		{"text # One\n%1", true, "text # One\n"},
		{"before%1after", false, "beforeafter"},
		{"-----BEGIN CERTIFICATE-----\nAAAA\n%1%2", false,
			"-----BEGIN CERTIFICATE-----\nAAAA\n%2"},
		{"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n%1", false,
			"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_free char *before = fill(cases[i].before);
		auto_free char *after = fill(cases[i].after);
		auto_buf out = buf_make(LIMIT_PEM_BYTES);

		assert_ok(bundle_without((const uint8_t *)before, strlen(before),
				  shipped.cert->sha256, cases[i].with_comment, &out, &why),
			&why);
		if (strcmp(buf_text(&out), after) != 0)
			fail_msg("row %zu: '%s'", i, buf_text(&out));
	}
}

static void what_is_not_there_is_not_found(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf out = buf_make(LIMIT_PEM_BYTES);

	(void)state;
	assert_ok(bundle_without((const uint8_t *)corp_pem, strlen(corp_pem), shipped.cert->sha256,
			  false, &out, &why),
		&why);
	assert_string_equal(buf_text(&out), corp_pem);
}

static void crlf_goes_with_its_block(void **state)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	struct fault why = FAULT_INIT;

	(void)state;
	for (const char *at = shipped_pem; *at; at++)
		buf_add(&text, *at == '\n' ? "\r\n" : at, *at == '\n' ? 2 : 1);
	buf_add_text(&text, "rest\r\n");
	assert_ok(bundle_without(text.bytes, text.len, shipped.cert->sha256, false, &out, &why),
		&why);
	assert_string_equal(buf_text(&out), "rest\r\n");
}

static void adding_appends_with_care_for_the_newline(void **state)
{
	static const struct {
		const char *before;
		const char *after;
	} cases[] = {
		{NULL, "%1"},
		{"", "%1"},
		{"%2", "%2%1"},
		{"text", "text\n%1"},
		{"%2\n\n", "%2\n\n%1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_store_case it;
		auto_free char *before = cases[i].before ? fill(cases[i].before) : NULL;
		auto_free char *after = fill(cases[i].after);

		store_case_make(&it);
		if (before)
			store_case_file(&it, "/srv/ca.pem", before);
		store_case_open(&it, "pem:/srv/ca.pem");
		store_case_add(&it, shipped.cert, NULL);
		if (strcmp(store_case_text(&it, "/srv/ca.pem"), after) != 0)
			fail_msg("row %zu: '%s'", i, store_case_text(&it, "/srv/ca.pem"));
		assert_true(store_case_holds(&it, shipped.cert));
	}
}

static void a_pem_file_gets_its_text_back(void **state)
{
	auto_store_case it;
	auto_free char *text = fill("# mine\n\n%2# end\n");

	(void)state;
	store_case_make(&it);
	store_case_file(&it, "/srv/ca.pem", text);
	store_case_open(&it, "pem:/srv/ca.pem");
	assert_int_equal(store_case_remove(&it, shipped.cert), 0);
	assert_int_equal(store_case_add(&it, shipped.cert, NULL), 1);
	assert_int_equal(store_case_add(&it, shipped.cert, NULL), 1);
	store_case_remove(&it, shipped.cert);
	assert_string_equal(store_case_text(&it, "/srv/ca.pem"), text);
}

static void a_directory_is_no_pem_file(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;
	auto_places places = PLACES_INIT;

	(void)state;
	store_case_make(&it);
	assert_fault(store_kind_named("pem", 3)->find(&it.view, "/etc", &places, &why), &why,
		FAULT_FORMAT, "'/etc'");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(one_block_is_taken_out_and_nothing_else),
	cmocka_unit_test(what_is_not_there_is_not_found),
	cmocka_unit_test(crlf_goes_with_its_block),
	cmocka_unit_test(adding_appends_with_care_for_the_newline),
	cmocka_unit_test(a_pem_file_gets_its_text_back),
	cmocka_unit_test(a_directory_is_no_pem_file),
};

int main(void)
{
	return run_store_group("bundle", tests);
}
