/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/alias.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

static bool is_taken(const struct names *taken, const char *alias)
{
	for (size_t i = 0; i < taken->n; i++)
		if (text_same(taken->at[i], alias))
			return true;
	return false;
}

int alias_make(const char *alias, const struct names *taken, char **ret, struct fault *why)
{
	auto_free char *name = strdup(alias);

	for (unsigned i = 1; name && is_taken(taken, name); i++) {
		if (i > LIMIT_ALIAS_SUFFIX_N)
			return fault_set(why, FAULT_LIMIT, "the alias '%s' is taken %u times",
				alias, LIMIT_ALIAS_SUFFIX_N);
		free(steal(&name));
		if (asprintf(&name, "%s-%u", alias, i) < 0)
			name = NULL;
	}
	if (!name)
		return fault_nomem(why);
	*ret = steal(&name);
	return 0;
}

int alias_refuse_twice(struct names *aliases, struct fault *why)
{
	auto_free char *shown = NULL;

	names_sort(aliases);
	for (size_t i = 1; i < aliases->n; i++) {
		if (strcmp(aliases->at[i - 1], aliases->at[i]) != 0)
			continue;
		shown = text_printable(aliases->at[i], strlen(aliases->at[i]), LIMIT_NAME_SHOWN);
		return !shown ? fault_nomem(why)
			      : fault_set(why, FAULT_FORMAT, "two entries have the alias '%s'",
					shown);
	}
	return 0;
}
