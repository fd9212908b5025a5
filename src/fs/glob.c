/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "src/base/limits.h"

int glob_each(struct view *view, const char *dir, const char *pattern,
	int (*found)(void *arg, const char *path, struct fault *why), void *arg, struct fault *why)
{
	size_t len = strcspn(pattern, "/");
	const char *rest = pattern + len + (pattern[len] == '/');
	auto_free char *name = strndup(pattern, len);
	auto_names names = NAMES_INIT;
	struct fault seen = FAULT_INIT;

	if (!name)
		return fault_nomem(why);
	if (!strchr(name, '*')) {
		if (names_add(&names, name, why) < 0)
			return -1;
	} else if (view_list(view, *dir ? dir : "/", &names, &seen) < 0 && seen.sys == ENOMEM) {
		return fault_nomem(why);
	}
	for (size_t i = 0; i < names.n; i++) {
		char path[LIMIT_PATH_LEN];

		if (fnmatch(name, names.at[i], FNM_PERIOD) != 0 ||
			snprintf(path, sizeof(path), "%s/%s", dir, names.at[i]) >=
				(int)sizeof(path))
			continue;
		if (!*rest ? found(arg, path, why) < 0
			   : view_is_dir(view, path) &&
					glob_each(view, path, rest, found, arg, why) < 0)
			return -1;
	}
	return 0;
}
