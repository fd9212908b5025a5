/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>

#include "src/base/fault.h"

static void the_first_text_wins(void **state)
{
	struct fault why = FAULT_INIT;

	(void)state;
	assert_int_equal(fault_set(&why, FAULT_FORMAT, "bad %d", 1), -1);
	assert_int_equal(fault_set(&why, FAULT_LIMIT, "later"), -1);
	errno = ENOENT;
	assert_int_equal(fault_sys(&why, "later"), -1);
	assert_int_equal(fault_nomem(&why), -1);
	assert_int_equal(why.kind, FAULT_FORMAT);
	assert_int_equal(why.sys, 0);
	assert_string_equal(why.text, "bad 1");
	fault_clear(&why);
	assert_int_equal(why.kind, FAULT_NONE);
	assert_string_equal(why.text, "");
}

static void the_systems_reason_stands_behind_the_text(void **state)
{
	static const struct {
		int sys;
		const char *text;
	} cases[] = {
		{ENOENT, "cannot open 'x': No such file or directory"},
		{ENOSPC, "cannot open 'x': the disk is full"},
		{EDQUOT, "cannot open 'x': the disk quota is used up"},
		{EROFS, "cannot open 'x': the file system is read-only"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;

		errno = cases[i].sys;
		fault_sys(&why, "cannot open '%s'", "x");
		assert_int_equal(why.kind, FAULT_SYSTEM);
		assert_int_equal(why.sys, cases[i].sys);
		assert_string_equal(why.text, cases[i].text);
	}
}

static void memory_that_is_not_there_is_a_system_fault(void **state)
{
	struct fault why = FAULT_INIT;

	(void)state;
	assert_int_equal(fault_nomem(&why), -1);
	assert_int_equal(why.sys, ENOMEM);
	assert_fault(-1, &why, FAULT_SYSTEM, "out of memory");
}

static void context_is_shortened_and_the_cause_never(void **state)
{
	char cause[FAULT_TEXT_LEN], context[2 * FAULT_TEXT_LEN];

	(void)state;
	memset(context, 'c', sizeof(context));
	context[sizeof(context) - 1] = 0;
	for (size_t len = 0; len < FAULT_TEXT_LEN; len++) {
		struct fault why = FAULT_INIT;

		memset(cause, 'x', len);
		cause[len] = 0;
		fault_set(&why, FAULT_PEER, "%s", cause);
		assert_int_equal(fault_wrap(&why, "%s", context), -1);
		assert_true(strlen(why.text) >= len && strlen(why.text) < FAULT_TEXT_LEN);
		assert_string_equal(why.text + strlen(why.text) - len, cause);
		if (len < FAULT_TEXT_LEN - 4)
			assert_memory_equal(why.text + strlen(why.text) - len - 3, "c: ", 3);
	}
}

static void contexts_stack_up_in_front(void **state)
{
	struct fault why = FAULT_INIT;

	(void)state;
	fault_set(&why, FAULT_PEER, "no answer");
	fault_wrap(&why, "proxy '%s'", "p:3128");
	fault_wrap(&why, "cannot reach '%s'", "h");
	assert_string_equal(why.text, "cannot reach 'h': proxy 'p:3128': no answer");
}

static void every_kind_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (enum fault_kind a = FAULT_NONE; a < FAULT_KINDS; a++)
		for (enum fault_kind b = FAULT_NONE; b < a; b++)
			assert_string_not_equal(fault_kind_name(a), fault_kind_name(b));
	assert_string_equal(fault_kind_name(FAULT_KINDS), "unknown");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_first_text_wins),
	cmocka_unit_test(the_systems_reason_stands_behind_the_text),
	cmocka_unit_test(memory_that_is_not_there_is_a_system_fault),
	cmocka_unit_test(context_is_shortened_and_the_cause_never),
	cmocka_unit_test(contexts_stack_up_in_front),
	cmocka_unit_test(every_kind_has_a_name_of_its_own),
};

int main(void)
{
	return run_group("fault", tests);
}
