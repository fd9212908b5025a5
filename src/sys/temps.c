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
 * The list consists of blocks of slots that are never moved or freed, so a signal handler can walk
 * it at any time: a slot is valid while `live` is set; it is set after the rest of the slot is
 * filled in and cleared before that changes.  Files in one directory share one descriptor of it.
 */
#define SLOTS 64
#define DIRS 64
#define TEMPS_LEVELS 3 /* nested directories */

static struct dir {
	int fd;
	dev_t dev;
	ino_t ino;
	size_t users_n; /* 0: free */
} dirs[DIRS];

struct slot {
	atomic_bool live;
	struct dir *dir;
	char name[REPLACE_NAME_LEN];
};

static struct block {
	struct slot slots[SLOTS];
	struct block *_Atomic next;
} first;

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
	struct dir *free_one = NULL;
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return NULL;
	for (struct dir *dir = dirs; dir < dirs + DIRS; dir++) {
		if (!dir->users_n) {
			free_one = free_one ? free_one : dir;
		} else if (dir->dev == st.st_dev && dir->ino == st.st_ino) {
			dir->users_n++;
			return dir;
		}
	}
	if (!free_one)
		return NULL;
	*free_one = (struct dir){fcntl(dir_fd, F_DUPFD_CLOEXEC, 3), st.st_dev, st.st_ino, 1};
	if (free_one->fd < 0)
		free_one->users_n = 0;
	return free_one->users_n ? free_one : NULL;
}

static void dir_unref(struct dir *dir)
{
	if (--dir->users_n == 0)
		close(dir->fd);
}

static struct slot *find(const char *name)
{
	for (struct block *block = &first; block; block = block->next)
		for (struct slot *slot = block->slots; slot < block->slots + SLOTS; slot++)
			if (slot->live && strcmp(slot->name, name) == 0)
				return slot;
	return NULL;
}

/* A free slot, in a new block if necessary; NULL: out of memory. */
static struct slot *find_free(void)
{
	for (struct block *block = &first;; block = block->next) {
		for (struct slot *slot = block->slots; slot < block->slots + SLOTS; slot++)
			if (!slot->live)
				return slot;
		if (!block->next)
			block->next = calloc(1, sizeof(*block));
		if (!block->next)
			return NULL;
	}
}

void temps_add(int dir_fd, const char *name)
{
	struct slot *slot = find_free();
	struct dir *dir = slot ? dir_ref(dir_fd) : NULL;

	if (!dir)
		return;
	slot->dir = dir;
	memcpy(slot->name, name, strnlen(name, REPLACE_NAME_LEN - 1) + 1);
	slot->name[REPLACE_NAME_LEN - 1] = 0;
	slot->live = true;
}

void temps_drop(const char *name)
{
	struct slot *slot = find(name);

	if (!slot)
		return;
	slot->live = false;
	dir_unref(slot->dir);
}

static void remove_each(int flags)
{
	for (struct block *block = &first; block; block = block->next)
		for (struct slot *slot = block->slots; slot < block->slots + SLOTS; slot++)
			if (slot->live)
				unlinkat(slot->dir->fd, slot->name, flags);
}

/* Remove files first, then their directories, one level at a time. */
static void remove_all(void)
{
	remove_each(0);
	for (int level = 0; level < TEMPS_LEVELS; level++)
		remove_each(AT_REMOVEDIR);
}

static void on_signal(int number)
{
	if (interrupt_absorbs(number))
		return;
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
