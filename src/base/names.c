/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/names.h"

#include <stdarg.h>
#include <string.h>

#include "src/base/text.h"

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->at[i]);
	free(names->at);
	*names = (struct names)NAMES_INIT;
}

static int take_name(struct names *names, char *name, struct fault *why)
{
	/* The capacity is a power of two from 8 on: grow only when n reaches it. */
	bool is_full = names->n == 0 || (names->n >= 8 && (names->n & (names->n - 1)) == 0);
	char **at = names->at;

	if (is_full)
		at = realloc(at, sizeof(*at) * (names->n ? names->n * 2 : 8));
	if (at)
		names->at = at;
	if (!at || !name) {
		free(name);
		return fault_nomem(why);
	}
	names->at[names->n++] = name;
	return 0;
}

int names_add(struct names *names, const char *name, struct fault *why)
{
	return take_name(names, strdup(name), why);
}

int names_addf(struct names *names, struct fault *why, const char *fmt, ...)
{
	char *name = NULL;
	va_list args;

	va_start(args, fmt);
	text_vset(&name, why, fmt, args);
	va_end(args);
	return take_name(names, name, why);
}

int names_add_all(struct names *names, const struct names *more, struct fault *why)
{
	for (size_t i = 0; i < more->n; i++)
		if (names_add(names, more->at[i], why) < 0)
			return -1;
	return 0;
}

bool names_holds(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->at[i], name) == 0)
			return true;
	return false;
}

static int by_strcmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_sort(struct names *names)
{
	if (names->n)
		qsort(names->at, names->n, sizeof(*names->at), by_strcmp);
}

bool names_sorted_hold(const struct names *names, const char *name)
{
	return names->n && bsearch(&name, names->at, names->n, sizeof(*names->at), by_strcmp);
}
