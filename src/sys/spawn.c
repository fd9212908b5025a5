/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#include "src/base/limits.h"
#include "src/sys/clock.h"
#include "src/sys/interrupt.h"

struct pipes {
	int in[2];
	int out[2];
	int error[2]; /* errno of a failed exec; closed by a good one */
};

static void pipes_free(struct pipes *pipes)
{
	int *fds[] = {pipes->in, pipes->out, pipes->error};

	for (size_t i = 0; i < 3; i++) {
		cleanup_fd(&fds[i][0]);
		cleanup_fd(&fds[i][1]);
	}
}
CLEANUP_VALUE(pipes, pipes_free)

static void close_end(int *fd)
{
	close(*fd);
	*fd = -1;
}

static int open_pipes(struct pipes *pipes, struct fault *why)
{
	if (pipe2(pipes->in, O_CLOEXEC) < 0 || pipe2(pipes->out, O_CLOEXEC) < 0 ||
		pipe2(pipes->error, O_CLOEXEC) < 0)
		return fault_sys(why, "cannot make a pipe");
	if (fcntl(pipes->in[1], F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) < 0)
		return fault_sys(why, "cannot set up a pipe");
	return 0;
}

static void __attribute__((noreturn)) become(const struct spawn *spawn, const struct pipes *pipes)
{
	static const int defaults[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
	int code;

	setpgid(0, 0);
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		signal(defaults[i], SIG_DFL);
	if (dup2(pipes->in[0], STDIN_FILENO) >= 0 && dup2(pipes->out[1], STDOUT_FILENO) >= 0 &&
		dup2(pipes->out[1], STDERR_FILENO) >= 0 &&
		chdir(spawn->cwd ? spawn->cwd : "/") == 0)
		execve(spawn->argv[0], (char *const *)spawn->argv, (char *const *)spawn->envp);
	code = errno;
	if (write(pipes->error[1], &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

/* Has it ended?  It is still to be reaped. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/* What lies in the pipe now: what it left running may write for ever. */
static void drain(int fd, struct buf *output)
{
	uint8_t part[4096];
	int left = 0;
	ssize_t n = 1;

	if (ioctl(fd, FIONREAD, &left) < 0)
		return;
	for (; left > 0 && n > 0; left -= (int)n) {
		n = read(fd, part, sizeof(part));
		if (n > 0 && output && !output->over)
			buf_add(output, part, (size_t)n);
	}
}

/* Give it input, take its output, until it has ended or closed its end, or time is up. */
static int talk(const struct spawn *spawn, pid_t pid, struct pipes *pipes, struct buf *output,
	struct deadline deadline, struct fault *why)
{
	const uint8_t *at = spawn->input;
	size_t left = spawn->input ? spawn->input_len : 0;
	uint8_t part[4096];

	for (;;) {
		struct pollfd fds[2] = {{.fd = pipes->out[0], .events = POLLIN},
			{.fd = pipes->in[1], .events = POLLOUT}};
		int left_ms = deadline_left_ms(deadline);
		ssize_t n;

		if (spawn->minds_interrupts && interrupt_check(why) < 0)
			return -1;
		if (has_ended(pid)) {
			drain(pipes->out[0], output);
			return 0;
		}
		if (left == 0 && pipes->in[1] >= 0) {
			close_end(&pipes->in[1]);
			fds[1].fd = -1;
		}
		if (poll(fds, 2, left_ms < LIMIT_CHILD_LOOK_MS ? left_ms : LIMIT_CHILD_LOOK_MS) <
				0 &&
			errno != EINTR)
			return fault_sys(why, "cannot wait for it");
		if (deadline_left_ms(deadline) == 0)
			return fault_set(why, FAULT_LIMIT,
				"timed out after %d seconds and was killed",
				spawn->timeout_ms / 1000);
		if (fds[1].revents) {
			n = write(pipes->in[1], at, left);
			if (n < 0 && errno != EAGAIN && errno != EINTR)
				left = 0; /* it does not read; its status decides */
			at += n > 0 ? n : 0;
			left -= n > 0 ? (size_t)n : 0;
		}
		n = fds[0].revents ? read(pipes->out[0], part, sizeof(part)) : -1;
		if (n == 0)
			return 0;
		if (n > 0 && output && !output->over)
			buf_add(output, part, (size_t)n);
	}
}

bool spawn_try(void (*work)(void *of), void *of, int timeout_ms)
{
	const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
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
	/* One that the kernel holds is not waited for: init reaps it after us. */
	kill(pid, SIGKILL);
	return waitpid(pid, &status, WNOHANG) == pid && status == 0;
}

static int tell_status(int status, struct fault *why)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return fault_set(why, FAULT_REFUSED, "ended with status %d", WEXITSTATUS(status));
	return fault_set(why, FAULT_REFUSED, "died by signal %d", WTERMSIG(status));
}

/* Its end, by itself or by our hand. */
static int reap(pid_t pid, struct deadline deadline, int timeout_ms, struct fault *why)
{
	const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0 && deadline_left_ms(deadline) > 0)
		nanosleep(&pause, NULL);
	if (got == pid)
		return tell_status(status, why);
	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return fault_set(
		why, FAULT_LIMIT, "timed out after %d seconds and was killed", timeout_ms / 1000);
}

int spawn_run(const struct spawn *spawn, struct buf *output, struct fault *why)
{
	CLEANUP(pipes) struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}};
	struct deadline deadline = deadline_in(spawn->timeout_ms);
	int code = 0;
	pid_t pid;

	if (open_pipes(&pipes, why) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return fault_sys(why, "cannot start '%s'", spawn->argv[0]);
	if (pid == 0)
		become(spawn, &pipes);
	setpgid(pid, pid);
	close_end(&pipes.in[0]);
	close_end(&pipes.out[1]);
	close_end(&pipes.error[1]);
	if (read(pipes.error[0], &code, sizeof(code)) == sizeof(code)) {
		waitpid(pid, NULL, 0);
		errno = code;
		return fault_sys(why, "cannot run '%s'", spawn->argv[0]);
	}
	if (talk(spawn, pid, &pipes, output, deadline, why) < 0) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return fault_wrap(why, "'%s'", spawn->argv[0]);
	}
	if (reap(pid, deadline, spawn->timeout_ms, why) < 0)
		return fault_wrap(why, "'%s'", spawn->argv[0]);
	return 0;
}
