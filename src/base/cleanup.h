/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CLEANUP_H
#define TRUSTFIX_CLEANUP_H

/*
 * Scope tags: a variable declared `auto_x name` is released when its scope ends (`auto_free` goes
 * before any pointer type: `auto_free char *text = NULL;`).  Give every tagged variable its empty
 * value where it is declared.  steal() moves the value out, so `*ret_x = steal(&x);` passes it on.
 * A module defines its own tag next to its free function:
 *
 *     CLEANUP_POINTER(cert, cert_free)
 *     #define auto_cert CLEANUP(cert) struct cert *
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(name) __attribute__((cleanup(cleanup_##name)))

/* A tag for `struct type *`, released with free_fn(pointer); free_fn(NULL) must be safe. */
#define CLEANUP_POINTER(type, free_fn)                      \
	static inline void cleanup_##type(struct type **at) \
	{                                                   \
		free_fn(*at);                               \
	}

/* A tag for `struct type` by value, released with free_fn(&value). */
#define CLEANUP_VALUE(type, free_fn)                       \
	static inline void cleanup_##type(struct type *at) \
	{                                                  \
		free_fn(at);                               \
	}

#define steal(at)                                              \
	({                                                     \
		__typeof__(at) steal_at = (at);                \
		__typeof__(*steal_at) steal_value = *steal_at; \
		*steal_at = NULL;                              \
		steal_value;                                   \
	})

static inline void cleanup_free(void *at)
{
	free(*(void **)at);
}

static inline void cleanup_fd(int *at)
{
	if (*at >= 0)
		close(*at);
}

static inline int steal_fd(int *at)
{
	int fd = *at;

	*at = -1;
	return fd;
}

static inline void cleanup_file(FILE **at)
{
	if (*at)
		fclose(*at);
}

static inline void cleanup_dir(DIR **at)
{
	if (*at)
		closedir(*at);
}

#define auto_free CLEANUP(free)
#define auto_fd CLEANUP(fd) int
#define auto_file CLEANUP(file) FILE *
#define auto_dir CLEANUP(dir) DIR *

#endif
