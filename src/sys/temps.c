/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/text.h"
#include "src/sys/replace.h"
#include "src/sys/interrupt.h"

/*
 * Entries of the list are never moved or freed, so a signal handler can walk it at any time: an
 * entry is valid while `live` is set; it is set after the rest is filled in and cleared before that
 * changes.  Files in one directory share one descriptor of it.
 */
#define DIRS 64
#define TEMPS_LEVELS 3 /* nested directories */

static struct dir {
	int fd;
	dev_t dev;
	ino_t ino;
	size_t users_n; /* 0: free */
} dirs[DIRS];

struct temp {
	atomic_bool live;
	struct dir *dir;
	char name[REPLACE_NAME_LEN];
	struct temp *next;
};

static struct temp *_Atomic temps;

static const char prefix[] = ".trustfix-";

void temps_name(char out[static REPLACE_NAME_LEN])
{
	uint8_t noise[8];

	if (getrandom(noise, sizeof(noise), 0) != sizeof(noise))
		abort();
	memcpy(out, prefix, sizeof(prefix));
	text_hex(noise, sizeof(noise), out + sizeof(prefix) - 1);
}

bool temps_is_name(const char *name)
{
	return strncmp(name, prefix, sizeof(prefix) - 1) == 0 && !strchr(name, '/');
}

static struct dir *dir_ref(int dir_fd)
{
	struct dir *unused = NULL;
	struct stat st;
	int fd;

	if (fstat(dir_fd, &st) < 0)
		return NULL;
	for (struct dir *dir = dirs; dir < dirs + DIRS; dir++) {
		if (!dir->users_n) {
			unused = dir;
		} else if (dir->dev == st.st_dev && dir->ino == st.st_ino) {
			dir->users_n++;
			return dir;
		}
	}
	fd = unused ? fcntl(dir_fd, F_DUPFD_CLOEXEC, 3) : -1;
	if (fd < 0)
		return NULL;
	*unused = (struct dir){fd, st.st_dev, st.st_ino, 1};
	return unused;
}

void temps_add(int dir_fd, const char *name)
{
	struct temp *it = temps;

	while (it && it->live)
		it = it->next;
	if (!it) {
		it = calloc(1, sizeof(*it));
		if (!it)
			return;
		it->next = temps;
		temps = it;
	}
	it->dir = dir_ref(dir_fd);
	memcpy(it->name, name, strnlen(name, REPLACE_NAME_LEN - 1) + 1);
	it->name[REPLACE_NAME_LEN - 1] = 0;
	it->live = it->dir != NULL;
}

void temps_drop(const char *name)
{
	struct temp *it = temps;

	while (it && !(it->live && strcmp(it->name, name) == 0))
		it = it->next;
	if (!it)
		return;
	it->live = false;
	if (--it->dir->users_n == 0)
		close(it->dir->fd);
}

/* Remove files first, then their directories, one level at a time. */
static void remove_all(void)
{
	for (int level = 0; level <= TEMPS_LEVELS; level++)
		for (struct temp *it = temps; it; it = it->next)
			if (it->live)
				unlinkat(it->dir->fd, it->name, level ? AT_REMOVEDIR : 0);
}

/* ---- signals --------------------------------------------------------------------------------- */

/*
 * Not a signal mask: each thread has its own, and a name lookup that hangs runs in its own thread.
 */
static atomic_bool held;
static atomic_int waiting;

void interrupt_hold(void)
{
	held = true;
}

void interrupt_release(void)
{
	int number;

	held = false;
	number = atomic_exchange(&waiting, 0);
	if (number)
		raise(number);
}

int interrupt_check(struct fault *why)
{
	return waiting ? fault_set(why, FAULT_REFUSED, "interrupted") : 0;
}

static void on_signal(int number)
{
	if (held) {
		waiting = number;
		return;
	}
	remove_all();
	signal(number, SIG_DFL);
	raise(number);
}

void temps_install(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	atexit(remove_all);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction before;

		/* Signals that the parent ignores stay ignored: nohup(1), background jobs of a
		 * shell. */
		if (sigaction(numbers[i], NULL, &before) < 0 || before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* If a parent left it ignored, waitpid(2) would fail. */
	signal(SIGCHLD, SIG_DFL);
}
