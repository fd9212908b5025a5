/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/cleanup.h"

static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};

static void fill(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		sigaddset(set, held[i]);
}

void foreground_hold(sigset_t *ret_before)
{
	sigset_t set;

	fill(&set);
	sigprocmask(SIG_BLOCK, &set, ret_before);
}

void foreground_release(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

static void __attribute__((noreturn))
become(char *const *argv, const sigset_t *before, int error_fd)
{
	int code;

	signal(SIGPIPE, SIG_DFL); /* temps_install() ignores these two; caught ones exec resets */
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, before, NULL);
	execvp(argv[0], argv);
	code = errno;
	if (write(error_fd, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

/* Until it ends.  What the kernel sends (si_code > 0) is the terminal's, and went to the group. */
static int wait_for(pid_t pid)
{
	sigset_t set;
	int status = 0;

	fill(&set);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		siginfo_t info;
		int number = sigwaitinfo(&set, &info);

		if (number > 0 && number != SIGCHLD && info.si_code <= 0)
			kill(pid, number);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int foreground_run(char *const *argv, const sigset_t *before, int *ret_status, struct fault *why)
{
	int ends[2], code = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_sys(why, "cannot make a pipe");
	auto_fd from = ends[0];
	auto_fd to = ends[1];
	pid = fork();
	if (pid < 0)
		return fault_sys(why, "cannot start '%s'", argv[0]);
	if (pid == 0)
		become(argv, before, to);
	close(steal_fd(&to));
	if (read(from, &code, sizeof(code)) == sizeof(code)) {
		waitpid(pid, NULL, 0);
		errno = code;
		return fault_sys(why, "cannot run '%s'", argv[0]);
	}
	*ret_status = wait_for(pid);
	return 0;
}
