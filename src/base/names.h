/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_NAMES_H
#define TRUSTFIX_NAMES_H

/* A list that owns its strings: file names, paths, host names. */

#include <stdbool.h>
#include <stddef.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

struct names {
	char **at; /* NULL while empty */
	size_t n;
};

#define NAMES_INIT      \
	{               \
		NULL, 0 \
	}

void names_free(struct names *names);
CLEANUP_VALUE(names, names_free)
#define auto_names CLEANUP(names) struct names

/* Append a copy of `name`.  FAULT_SYSTEM: out of memory. */
int names_add(struct names *names, const char *name, struct fault *why);

/* Append the formatted text. */
int names_addf(struct names *names, struct fault *why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Append copies of all of `more`. */
int names_add_all(struct names *names, const struct names *more, struct fault *why);

/* Is exactly this name in the list? */
bool names_holds(const struct names *names, const char *name);

/* Sort with strcmp(), the order of LC_ALL=C. */
void names_sort(struct names *names);

/* names_holds() for a sorted list, by binary search. */
bool names_sorted_hold(const struct names *names, const char *name);

#endif
