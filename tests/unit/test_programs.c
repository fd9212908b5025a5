/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/client/programs.h"
#include "src/sys/fd.h"

#define MAN "packaging/man/trustfix-readers.7"
#define BEGIN ".\\\" Compared with src/client/programs.c by tests/unit/test_programs.c, from here\n"
#define END ".\\\" to here; UPDATE_MAN=1 has it written.\n"

static void add_looked_at(struct buf *page, const struct program *it)
{
	size_t n = 0;

	for (size_t i = 0; i < PROGRAM_LIST_N && it->variables[i]; i++)
		buf_printf(page, "%s%s", n++ ? ", " : "Looks at ", it->variables[i]);
	if (it->asked)
		buf_printf(page, "%sthe setting %s", n++ ? ", " : "Looks at ", it->asked);
	for (size_t i = 0; i < PROGRAM_LIST_N && it->settings[i].file; i++)
		buf_printf(page, "%s%s in %s", n++ ? ", " : "Looks at ", it->settings[i].key,
			it->settings[i].file);
	for (size_t i = 0; i < PROGRAM_LIST_N && it->variables_then[i]; i++)
		buf_printf(page, "%s%s", n++ ? ", " : "Looks at ", it->variables_then[i]);
	if (n)
		buf_add_text(page, n > 1 ? "; the first that is set counts.\n" : ".\n");
}

/* The rows as the manual page has them. */
static void format_page(struct buf *page)
{
	for (size_t i = 0; i < programs_n; i++) {
		const struct program *it = &programs[i];

		buf_printf(page, ".It %s%s\n", *it->name == '.' ? "\\&" : "", it->name);
		buf_printf(page, "Reads %s.\n", it->reads ? it->reads : PROGRAM_SYSTEM_STORE);
		if (it->rules < CLIENTS)
			buf_printf(page, "Verifies as %s.\n", client_name(it->rules));
		add_looked_at(page, it);
		if (it->how)
			buf_printf(page, "%c%s.\n", it->how[0] - 'a' + 'A', it->how + 1);
		if (it->restart)
			buf_printf(page, "Restart %s afterwards.\n", it->restart);
	}
}

static void the_manual_page_has_the_table(void **state)
{
	auto_buf man = buf_make(LIMIT_MIB);
	auto_buf wanted = buf_make(LIMIT_MIB);
	struct fault why = FAULT_INIT;
	const char *begin, *end;

	(void)state;
	assert_ok(fd_read_file(MAN, &man, &why), &why);
	format_page(&wanted);
	begin = strstr(buf_text(&man), BEGIN);
	end = strstr(buf_text(&man), END);
	assert_true(begin && end);
	begin += strlen(BEGIN);
	if (getenv("UPDATE_MAN")) {
		FILE *file = fopen(MAN, "w");

		assert_non_null(file);
		fprintf(file, "%.*s%s%s", (int)(begin - buf_text(&man)), buf_text(&man),
			buf_text(&wanted), end);
		assert_int_equal(fclose(file), 0);
	} else if ((size_t)(end - begin) != wanted.len ||
		   memcmp(begin, wanted.bytes, wanted.len) != 0) {
		fail_msg("%s is not what the table says; UPDATE_MAN=1 mends it", MAN);
	}
}

static void a_row_says_what_its_readers_need(void **state)
{
	(void)state;
	for (size_t i = 0; i < programs_n; i++) {
		const struct program *it = &programs[i];

		assert_true(it->words[0] || it->places);
		/* What reads no store of ours says what it reads. */
		assert_true(it->store || it->reads);
		if (it->places)
			assert_non_null(it->help);
		if (it->command) {
			assert_true(it->rules < CLIENTS);
			assert_true(it->argv[0] && it->version_after);
			assert_true(!it->ask[0] || (it->asked && it->shown_by));
		}
		for (size_t other = 0; other < i; other++)
			assert_string_not_equal(programs[other].name, it->name);
	}
}

/* Who is told to set a variable as env prints it finds it there. */
static void a_variable_that_is_named_is_known(void **state)
{
	static const char before[] = "after trustfix install, set ";

	(void)state;
	for (size_t i = 0; i < programs_n; i++) {
		const char *how = programs[i].how;
		const struct variable *variable = variables;

		if (!how || !text_starts(how, before))
			continue;
		how += strlen(before);
		while (variable->name && (strncmp(how, variable->name, strlen(variable->name)) ||
						 how[strlen(variable->name)] != ' '))
			variable++;
		if (!variable->name)
			fail_msg("%s: %s", programs[i].name, how);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_page_has_the_table),
		cmocka_unit_test(a_row_says_what_its_readers_need),
		cmocka_unit_test(a_variable_that_is_named_is_known),
	};

	return run_group("programs", tests);
}
