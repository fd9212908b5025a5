/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>

#include "src/base/limits.h"
#include "src/journal/record.h"
#include "tests/unit/json_memory.h"

#define STEP_HEAD "{\"trustfix\":1,\"action\":\"install\",\"state\":\"done\",\"time\":5,\"steps\":["
#define HASH "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define FILE_KIND "{\"kind\":\"file\",\"sha256\":" HASH "}"
#define NO_KIND "{\"kind\":\"none\"}"

static void a_record_comes_back_as_it_was_written(void **state)
{
	static const char text[] = STEP_HEAD
		"{\"path\":\"/etc/a\",\"keep\":\"/var/lib/trustfix/7/0\",\"before\":" FILE_KIND
		",\"derived\":true,\"after\":" NO_KIND "},"
		"{\"path\":\"/etc/"
		"l\",\"temp\":\".trustfix-1\",\"before\":{\"kind\":\"link\",\"link\":\"../x\"},"
		"\"after\":" FILE_KIND "}],\"family\":\"debian\",\"undoes\":6,\"added\":[\"ab\"]}";
	auto_buf first = buf_make(LIMIT_JSON_BYTES);
	auto_buf second = buf_make(LIMIT_JSON_BYTES);
	auto_record record = {0};
	auto_record again = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(record_parse(text, strlen(text), 7, &record, &why), &why);
	assert_int_equal(record.state, RECORD_DONE);
	assert_int_equal(record.undo->n, 2);
	assert_string_equal(record.undo->at[0].keep, "/var/lib/trustfix/7/0");
	assert_string_equal(record.undo->at[1].before.link, "../x");
	assert_string_equal(record.family, "debian");
	assert_int_equal(record.undoes, 6);
	assert_true(record.undo->at[0].derived);
	assert_ok(record_format(&record, &first, &why), &why);
	assert_ok(record_parse(first.bytes, first.len, 7, &again, &why), &why);
	assert_ok(record_format(&again, &second, &why), &why);
	assert_bytes(first.bytes, first.len, second.bytes, second.len);
}

/* Of 0.1.0, whose runs may have been cut off by the upgrade. */
static void an_open_record_is_staged_or_undoing(void **state)
{
	static const struct {
		const char *text;
		enum record_state state;
	} rows[] = {
		{"{\"action\":\"install\",\"state\":\"open\",\"steps\":[]}", RECORD_STAGED},
		{"{\"action\":\"undo\",\"state\":\"open\",\"undoes\":3,\"steps\":[]}",
			RECORD_UNDOING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_record record = {0};
		struct fault why = FAULT_INIT;

		assert_ok(record_parse(rows[i].text, strlen(rows[i].text), 7, &record, &why), &why);
		assert_int_equal(record.state, rows[i].state);
		assert_true(record_is_open(&record));
	}
}

static void paths_are_bytes(void **state)
{
	struct undo_step step = {.path = (char *)(uintptr_t) "/etc/\xe4%2f",
		.after = {.kind = ENTRY_SYMLINK, .link = (char *)(uintptr_t) "\xff"}};
	struct undo undo = {&step, 1};
	struct record record = {.action = (char *)(uintptr_t) "install", .undo = &undo};
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	auto_record again = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(record_format(&record, &text, &why), &why);
	assert_ok(record_parse(text.bytes, text.len, 7, &again, &why), &why);
	assert_string_equal(again.undo->at[0].path, step.path);
	assert_string_equal(again.undo->at[0].after.link, step.after.link);
}

/* Half a record would be half an undo. */
static void without_memory_there_is_no_record(void **state)
{
	char path[] = "/etc/a", link[] = "b", keep[] = "/var/lib/trustfix/7/0",
	     temp[] = ".trustfix-1";
	char action[] = "install", family[] = "debian";
	struct undo_step steps[] = {
		{.path = path,
			.keep = keep,
			.before = {.kind = ENTRY_FILE},
			.after = {.kind = ENTRY_SYMLINK, .link = link}},
		{.path = path,
			.temp = temp,
			.before = {.kind = ENTRY_SYMLINK, .link = link},
			.after = {.kind = ENTRY_FILE}},
	};
	struct undo undo = {steps, 2};
	const struct record record = {.action = action, .family = family, .undo = &undo};
	auto_buf whole = buf_make(LIMIT_JSON_BYTES);
	struct fault why = FAULT_INIT;
	bool failed = true;

	(void)state;
	assert_ok(record_format(&record, &whole, &why), &why);
	for (size_t n = 1; failed; n++) {
		auto_buf text = buf_make(LIMIT_JSON_BYTES);
		int rc;

		json_memory_fails(n);
		rc = record_format(&record, &text, &why);
		failed = json_memory_failed();
		if (rc == 0)
			assert_bytes(text.bytes, text.len, whole.bytes, whole.len);
		else
			assert_int_equal(why.sys, ENOMEM);
		fault_clear(&why);
	}
}

static void what_cannot_be_a_record_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"action\":\"install\",\"state\":\"done\"}",
		"{\"action\":\"install\",\"state\":\"elsewhere\",\"steps\":[]}",
		STEP_HEAD "7]}",
		STEP_HEAD "{\"path\":\"etc/a\",\"before\":" NO_KIND ",\"after\":" FILE_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/../a\",\"before\":" NO_KIND ",\"after\":" FILE_KIND
			  "}]}",
		STEP_HEAD "{\"path\":\"/etc//a\",\"before\":" NO_KIND ",\"after\":" FILE_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a/\",\"before\":" NO_KIND ",\"after\":" FILE_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"before\":" FILE_KIND ",\"after\":" NO_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"keep\":\"/etc/shadow\",\"before\":" FILE_KIND
			  ",\"after\":" NO_KIND "}]}",
		STEP_HEAD
		"{\"path\":\"/etc/a\",\"keep\":\"/var/lib/trustfix/8/0\",\"before\":" FILE_KIND
		",\"after\":" NO_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"temp\":\"../x\",\"before\":" NO_KIND
			  ",\"after\":" FILE_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"temp\":\".trustfix-/../x\",\"before\":" NO_KIND
			  ",\"after\":" FILE_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"keep\":\"/var/lib/trustfix/7/x/0\","
			  "\"before\":" FILE_KIND ",\"after\":" NO_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"temp\":\"passwd\",\"before\":" NO_KIND
			  ",\"after\":" FILE_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"before\":" NO_KIND
			  ",\"after\":{\"kind\":\"link\"}}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"temp\":\".profile\",\"before\":" NO_KIND
			  ",\"after\":" FILE_KIND "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"before\":{\"kind\":\"link\"},\"after\":" NO_KIND
			  "}]}",
		STEP_HEAD "{\"path\":\"/etc/a\",\"before\":" NO_KIND
			  ",\"after\":{\"kind\":\"file\"}}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_record record = {0};
		struct fault why = FAULT_INIT;

		if (record_parse(bad[i], strlen(bad[i]), 7, &record, &why) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(why.kind, FAULT_FORMAT);
		assert_non_null(strstr(why.text, "transaction 7"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_was_written),
		cmocka_unit_test(an_open_record_is_staged_or_undoing),
		cmocka_unit_test(paths_are_bytes),
		cmocka_unit_test(without_memory_there_is_no_record),
		cmocka_unit_test(what_cannot_be_a_record_is_refused),
	};

	return run_group("record", tests);
}
