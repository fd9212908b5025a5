/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#include "src/base/limits.h"
#include "src/sys/clock.h"
#include "src/sys/interrupt.h"

#define SOON_MS 2 /* between checks of a child that has closed its output */

struct pipes {
	int in[2], out[2];
};

static void pipes_free(struct pipes *it)
{
	for (size_t i = 0; i < 2; i++) {
		cleanup_fd(&it->in[i]);
		cleanup_fd(&it->out[i]);
	}
}
CLEANUP_VALUE(pipes, pipes_free)

/*
 * Start it: with captured streams in a process group of its own, or in the foreground (`pipes` is
 * NULL), found by PATH, with our environment and the signal mask `mask`.
 */
static pid_t start(const struct spawn *spawn, const struct pipes *pipes, const sigset_t *mask,
	struct fault *why)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	char *const *argv = (char *const *)spawn->argv;
	int ends[2], code = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_sys(why, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		/* Our handlers would remove our temporary files.  What is ignored stays ignored, as
		 * nohup(1) wants it, but not what temps_install() ignores. */
		for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
			if (signal(stops[i], SIG_DFL) == SIG_IGN)
				signal(stops[i], SIG_IGN);
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		if (!pipes) {
			sigprocmask(SIG_SETMASK, mask, NULL);
			execvp(argv[0], argv);
		} else if (setpgid(0, 0) == 0 && dup2(pipes->in[0], STDIN_FILENO) >= 0 &&
			   dup2(pipes->out[1], STDOUT_FILENO) >= 0 &&
			   dup2(pipes->out[1], STDERR_FILENO) >= 0 &&
			   chdir(spawn->cwd ? spawn->cwd : "/") == 0) {
			execve(argv[0], argv, (char *const *)spawn->envp);
		}
		code = errno;
		_exit(write(ends[1], &code, sizeof(code)) < 0 ? 126 : 127);
	}
	if (pid < 0)
		fault_sys(why, "cannot start '%s'", argv[0]);
	close(ends[1]);
	if (pid > 0 && read(ends[0], &code, sizeof(code)) == sizeof(code)) {
		waitpid(pid, NULL, 0);
		errno = code;
		pid = fault_sys(why, "cannot run '%s'", argv[0]);
	}
	close(ends[0]);
	return pid;
}

/* Has it ended?  Does not reap it. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/* ---- with captured input and output ---------------------------------------------------------- */

/* Read at most `most` bytes of its output; 0: it has closed it. */
static ssize_t take(int fd, size_t most, struct buf *output)
{
	uint8_t part[4096];
	ssize_t n = read(fd, part, most < sizeof(part) ? most : sizeof(part));

	if (n > 0 && output && !output->over)
		buf_add(output, part, (size_t)n);
	return n;
}

/* Write its input and read its output until it has ended or times out. */
static int talk(pid_t pid, const struct spawn *spawn, struct pipes *it, struct buf *output,
	struct fault *why)
{
	struct deadline deadline = deadline_in(spawn->timeout_ms);
	const uint8_t *at = spawn->input;
	size_t left = spawn->input ? spawn->input_len : 0;

	while (!has_ended(pid)) {
		struct pollfd fds[2] = {
			{.fd = it->out[0], .events = POLLIN}, {.fd = it->in[1], .events = POLLOUT}};
		int left_ms = deadline_left_ms(deadline);
		int look_ms = it->out[0] < 0 ? SOON_MS : LIMIT_CHILD_LOOK_MS;

		if (spawn->minds_interrupts && interrupt_check(why) < 0)
			return -1;
		if (left_ms == 0)
			return fault_set(why, FAULT_LIMIT,
				"timed out after %d seconds and was killed",
				spawn->timeout_ms / 1000);
		if (left == 0 && it->in[1] >= 0) {
			close(steal_fd(&it->in[1]));
			fds[1].fd = -1;
		}
		if (poll(fds, 2, left_ms < look_ms ? left_ms : look_ms) < 0 && errno != EINTR)
			return fault_sys(why, "cannot wait for it");
		if (fds[1].revents) {
			ssize_t n = write(it->in[1], at, left);

			if (n < 0 && errno != EAGAIN && errno != EINTR)
				left = 0; /* it does not read its input; its exit status decides */
			at += n > 0 ? n : 0;
			left -= n > 0 ? (size_t)n : 0;
		}
		if (fds[0].revents && take(it->out[0], SIZE_MAX, output) == 0)
			close(steal_fd(&it->out[0]));
	}
	return 0;
}

int spawn_run(const struct spawn *spawn, struct buf *output, struct fault *why)
{
	CLEANUP(pipes) struct pipes it = {{-1, -1}, {-1, -1}};
	int status = 0, left = 0;
	pid_t pid;

	if (pipe2(it.in, O_CLOEXEC) < 0 || pipe2(it.out, O_CLOEXEC) < 0 ||
		fcntl(it.in[1], F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(it.out[0], F_SETFL, O_NONBLOCK) < 0)
		return fault_sys(why, "cannot make a pipe");
	pid = start(spawn, &it, NULL, why);
	if (pid < 0)
		return -1;
	close(steal_fd(&it.in[0]));
	close(steal_fd(&it.out[1]));
	if (talk(pid, spawn, &it, output, why) < 0) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return fault_wrap(why, "'%s'", spawn->argv[0]);
	}
	/* Read only what is in the pipe now: processes it left running may write forever. */
	if (it.out[0] >= 0 && ioctl(it.out[0], FIONREAD, &left) == 0)
		for (ssize_t n = 1; left > 0 && n > 0; left -= (int)n)
			n = take(it.out[0], (size_t)left, output);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return WIFEXITED(status) ? fault_set(why, FAULT_REFUSED, "'%s': exited with status %d",
					   spawn->argv[0], WEXITSTATUS(status))
				 : fault_set(why, FAULT_REFUSED, "'%s': killed by signal %d",
					   spawn->argv[0], WTERMSIG(status));
}

bool spawn_try(void (*work)(void *of), void *of, int timeout_ms)
{
	const struct timespec pause = {.tv_nsec = SOON_MS * 1000 * 1000};
	struct deadline deadline = deadline_in(timeout_ms);
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return false;
	if (pid == 0) {
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			close(fd);
		work(of);
		_exit(0);
	}
	while (!has_ended(pid) && deadline_left_ms(deadline) > 0)
		nanosleep(&pause, NULL);
	/* Do not wait for a child blocked in the kernel: init reaps it after we exit. */
	kill(pid, SIGKILL);
	return waitpid(pid, &status, WNOHANG) == pid && status == 0;
}

/* ---- in the foreground ----------------------------------------------------------------------- */

static void fill(sigset_t *set)
{
	static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		sigaddset(set, held[i]);
}

void spawn_hold_signals(sigset_t *ret_before)
{
	sigset_t set;

	fill(&set);
	sigprocmask(SIG_BLOCK, &set, ret_before);
}

int spawn_foreground(char *const *argv, const sigset_t *before, int *ret_status, struct fault *why)
{
	const struct spawn spawn = {.argv = (const char *const *)argv};
	pid_t pid = start(&spawn, NULL, before, why);
	sigset_t set;
	int status = 0;

	if (pid < 0)
		return -1;
	fill(&set);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		siginfo_t info;
		int number = sigwaitinfo(&set, &info);

		/* Signals from the kernel (si_code > 0) come from the terminal and went to the
		 * whole group. */
		if (number > 0 && number != SIGCHLD && info.si_code <= 0)
			kill(pid, number);
	}
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}
