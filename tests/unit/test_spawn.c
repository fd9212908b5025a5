/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/sys/clock.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "src/sys/interrupt.h"
#include "src/sys/spawn.h"

static int run_sh(const char *script, const char *input, size_t input_len, int timeout_ms,
	struct buf *output, struct fault *why)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	const char *const envp[] = {"PATH=/usr/bin:/bin", "ONLY=this", NULL};
	const struct spawn spawn = {argv, envp, "/", input, input_len, timeout_ms, false};

	return spawn_run(&spawn, output, why);
}

static void the_end_of_a_program_is_told(void **state)
{
	static const struct {
		const char *script;
		enum fault_kind kind;
		const char *text; /* the output, or part of the fault */
	} cases[] = {
		{"echo out; echo err >&2", FAULT_NONE, "out\nerr\n"},
		{"pwd; env | grep -c .", FAULT_NONE, "/\n3\n"},
		{"cat", FAULT_NONE, "given"},
		{"exec 0<&-; echo deaf", FAULT_NONE, "deaf\n"},
		{"exit 3", FAULT_REFUSED, "'/bin/sh': ended with status 3"},
		{"kill -9 $$", FAULT_REFUSED, "died by signal 9"},
		{"sleep 20", FAULT_LIMIT, "timed out"},
		{"echo first; (sleep 20; echo late) & exit 0", FAULT_NONE, "first\n"},
		{"yes >&2 & exit 3", FAULT_REFUSED, "ended with status 3"},
		{"sleep 20 & sleep 20", FAULT_LIMIT, "timed out"},
		{"exec 1>&- 2>&-; sleep 20", FAULT_LIMIT, "timed out"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_buf output = buf_make(1000);
		int timeout_ms = cases[i].kind == FAULT_LIMIT ? 150 : 10000;
		int64_t began = clock_ms();
		int rc = run_sh(cases[i].script, "given", 5, timeout_ms, &output, &why);

		if (cases[i].kind) {
			assert_fault(rc, &why, cases[i].kind, cases[i].text);
		} else {
			assert_ok(rc, &why);
			assert_string_equal(buf_text(&output), cases[i].text);
		}
		assert_true(clock_ms() - began < 5000);
	}
}

static void much_goes_in_and_out_at_once(void **state)
{
	static char input[1 << 20];
	struct fault why = FAULT_INIT;
	auto_buf output = buf_make(sizeof(input));

	(void)state;
	memset(input, 'x', sizeof(input));
	assert_ok(run_sh("cat", input, sizeof(input), 10000, &output, &why), &why);
	assert_bytes(output.bytes, output.len, input, sizeof(input));
}

static void output_beyond_the_ceiling_is_dropped(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf output = buf_make(5000);

	(void)state;
	assert_ok(run_sh("yes | head -c 1000000", NULL, 0, 10000, &output, &why), &why);
	assert_in_range(output.len, 1, 5000);
	assert_ok(run_sh("yes | head -c 1000000", NULL, 0, 10000, NULL, &why), &why);
}

static void what_cannot_be_run_is_told(void **state)
{
	const char *const argv[] = {"/no/such/program", NULL};
	const char *const envp[] = {NULL};
	const struct spawn spawn = {argv, envp, NULL, NULL, 0, 1000, false};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(spawn_run(&spawn, NULL, &why), &why, FAULT_SYSTEM,
		"cannot run '/no/such/program': No such file");
}

static void an_interrupt_ends_who_minds_it(void **state)
{
	const char *const argv[] = {"/bin/sh", "-c", "kill -TERM $PPID; sleep 20", NULL};
	const char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
	const struct spawn spawn = {argv, envp, NULL, NULL, 0, 10000, true};
	struct fault why = FAULT_INIT;
	int64_t began = clock_ms();

	(void)state;
	temps_install();
	interrupt_hold();
	assert_fault(spawn_run(&spawn, NULL, &why), &why, FAULT_REFUSED, "interrupted");
	assert_true(clock_ms() - began < 5000);
	signal(SIGTERM, SIG_IGN);
	interrupt_release();
}

static void a_parent_that_ignored_sigchld_does_not_matter(void **state)
{
	auto_buf output = buf_make(1000);
	struct fault why = FAULT_INIT;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	temps_install();
	assert_ok(run_sh("echo well", NULL, 0, 10000, &output, &why), &why);
	assert_string_equal(buf_text(&output), "well\n");
	assert_fault(run_sh("exit 3", NULL, 0, 10000, &output, &why), &why, FAULT_REFUSED,
		"ended with status 3");
}

static void leave(void *of)
{
	_exit(*(int *)of);
}

static void hang(void *of)
{
	(void)of;
	pause();
}

static void what_may_never_answer_is_tried_in_a_child(void **state)
{
	int64_t began = clock_ms();
	int status = 0;

	(void)state;
	assert_true(spawn_try(leave, &status, 10000));
	status = 3;
	assert_false(spawn_try(leave, &status, 10000));
	assert_false(spawn_try(hang, NULL, 100));
	assert_true(clock_ms() - began < 5000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_a_program_is_told),
		cmocka_unit_test(much_goes_in_and_out_at_once),
		cmocka_unit_test(output_beyond_the_ceiling_is_dropped),
		cmocka_unit_test(what_cannot_be_run_is_told),
		cmocka_unit_test(an_interrupt_ends_who_minds_it),
		cmocka_unit_test(a_parent_that_ignored_sigchld_does_not_matter),
		cmocka_unit_test(what_may_never_answer_is_tried_in_a_child),
	};

	signal(SIGPIPE, SIG_IGN);
	return run_group("proc", tests);
}
