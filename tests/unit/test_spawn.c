/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
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
		{"exit 3", FAULT_REFUSED, "'/bin/sh': exited with status 3"},
		{"kill -9 $$", FAULT_REFUSED, "killed by signal 9"},
		{"sleep 20", FAULT_LIMIT, "timed out"},
		{"echo first; (sleep 20; echo late) & exit 0", FAULT_NONE, "first\n"},
		{"yes >&2 & exit 3", FAULT_REFUSED, "exited with status 3"},
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
		"exited with status 3");
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

/* ---- in the foreground ----------------------------------------------------------------------- */

/* As the leader of the terminal's session: run the script, then read a line of our own. */
static int live_on_terminal(int terminal_fd, const char *script)
{
	char *const argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct fault why = FAULT_INIT;
	sigset_t before;
	char line[64];
	int status = 0;

	signal(SIGINT, SIG_DFL); /* a shell's background jobs ignore it */
	signal(SIGTERM, SIG_DFL);
	setsid();
	if (ioctl(terminal_fd, TIOCSCTTY, 0) < 0)
		return 90;
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal_fd, fd);
	spawn_hold_signals(&before);
	if (spawn_foreground(argv, &before, &status, &why) < 0)
		return why.sys == ENOENT ? 91 : 92;
	if (tcgetpgrp(STDIN_FILENO) != getpgrp() || !fgets(line, sizeof(line), stdin))
		return 93;
	printf("then '%.*s'\n", (int)strcspn(line, "\n"), line);
	fflush(stdout);
	signal(SIGINT, SIG_IGN);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

/* Read from the terminal until it has shown `text`. */
static void await_text(int fd, const char *text)
{
	auto_buf seen = buf_make(10000);
	struct deadline deadline = deadline_in(10000);

	while (!strstr(buf_text(&seen), text)) {
		struct fault why = FAULT_INIT;
		char part[256];
		ssize_t n = -1;

		if (deadline_wait(deadline, fd, POLLIN, &why) == 0)
			n = read(fd, part, sizeof(part));
		if (n <= 0)
			fail_msg("'%s' is not in '%s'", text, buf_text(&seen));
		buf_add(&seen, part, (size_t)n);
	}
}

static void the_terminal_is_the_commands_and_then_ours(void **state)
{
	static const struct {
		const char *script;
		const char *types; /* once it has said "ready" */
		const char *shows;
		int sends; /* a signal to us alone; 0: none */
		int status;
	} cases[] = {
		{"echo ready; read word; echo \"got '$word'\"; exit 7", "first\n", "got 'first'", 0,
			7},
		{"trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.05; done", "\003",
			"caught", 0, 3},
		{"trap 'echo caught; exit 4' TERM; echo ready; while :; do sleep 0.05; done", "",
			"caught", SIGTERM, 4},
		{"echo ready; kill -9 $$", "", "ready", 0, 128 + 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int master_fd, terminal_fd, status = 0;
		pid_t pid;

		assert_int_equal(openpty(&master_fd, &terminal_fd, NULL, NULL, NULL), 0);
		pid = fork();
		if (pid == 0) {
			close(master_fd);
			_exit(live_on_terminal(terminal_fd, cases[i].script));
		}
		assert_true(pid > 0);
		close(terminal_fd);
		if (cases[i].types[0] || cases[i].sends)
			await_text(master_fd, "ready");
		assert_int_equal(write(master_fd, cases[i].types, strlen(cases[i].types)),
			strlen(cases[i].types));
		if (cases[i].sends)
			assert_int_equal(kill(pid, cases[i].sends), 0);
		await_text(master_fd, cases[i].shows);
		assert_int_equal(write(master_fd, "second\n", 7), 7);
		await_text(master_fd, "then 'second'");
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), cases[i].status & 0xff);
		close(master_fd);
	}
}

static void a_command_that_is_not_there_is_told(void **state)
{
	char *const argv[] = {(char *)"no-such-command", NULL};
	struct fault why = FAULT_INIT;
	sigset_t before;
	int status = 77;

	(void)state;
	spawn_hold_signals(&before);
	assert_int_equal(spawn_foreground(argv, &before, &status, &why), -1);
	assert_int_equal(why.sys, ENOENT);
	assert_fault(-1, &why, FAULT_SYSTEM, "cannot run 'no-such-command'");
	assert_int_equal(status, 77);
	sigprocmask(SIG_SETMASK, &before, NULL);
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
		cmocka_unit_test(the_terminal_is_the_commands_and_then_ours),
		cmocka_unit_test(a_command_that_is_not_there_is_told),
	};

	signal(SIGPIPE, SIG_IGN);
	return run_group("spawn", tests);
}
