/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/sys/fd.h"

/*
 * The list lives in fixed slots, so that a signal handler can walk it: a slot is valid while `live`
 * is set, which happens after, and is cleared before, the rest of it changes.
 */
#define SLOTS 64

static struct slot {
	atomic_bool live;
	int dir_fd;
	char name[REPLACE_NAME_LEN];
} slots[SLOTS];

void temps_add(int dir_fd, const char *name)
{
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &slots[i];

		if (slot->live)
			continue;
		slot->dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
		if (slot->dir_fd < 0)
			return;
		memcpy(slot->name, name, strnlen(name, REPLACE_NAME_LEN - 1) + 1);
		slot->name[REPLACE_NAME_LEN - 1] = 0;
		slot->live = true;
		return;
	}
}

void temps_drop(const char *name)
{
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &slots[i];

		if (!slot->live || strcmp(slot->name, name) != 0)
			continue;
		slot->live = false;
		close(slot->dir_fd);
		return;
	}
}

static void remove_all(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].live)
			unlinkat(slots[i].dir_fd, slots[i].name, 0);
}

static void on_signal(int number)
{
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
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}
