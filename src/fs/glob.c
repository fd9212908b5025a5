/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "src/base/limits.h"

struct walk {
	struct view *view;
	int (*found)(void *arg, const char *path, struct fault *why);
	void *arg;
};

static int expand(const struct walk *walk, const char *dir, const char *pattern, struct fault *why);

static int expand_name(const struct walk *walk, const char *dir, const char *name, const char *rest,
	struct fault *why)
{
	char path[LIMIT_PATH_LEN];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return 0;
	if (*rest)
		return view_is_dir(walk->view, path) ? expand(walk, path, rest, why) : 0;
	return walk->found(walk->arg, path, why);
}

static int expand(const struct walk *walk, const char *dir, const char *pattern, struct fault *why)
{
	size_t len = strcspn(pattern, "/");
	const char *rest = pattern + len + (pattern[len] == '/');
	auto_free char *name = strndup(pattern, len);
	auto_names names = NAMES_INIT;
	struct fault seen = FAULT_INIT;

	if (!name)
		return fault_nomem(why);
	if (!strchr(name, '*'))
		return expand_name(walk, dir, name, rest, why);
	if (view_list(walk->view, *dir ? dir : "/", &names, &seen) < 0)
		return seen.kind == FAULT_SYSTEM && seen.sys == ENOMEM ? fault_nomem(why) : 0;
	for (size_t i = 0; i < names.n; i++)
		if (fnmatch(name, names.at[i], FNM_PERIOD) == 0 &&
			expand_name(walk, dir, names.at[i], rest, why) < 0)
			return -1;
	return 0;
}

int glob_each(struct view *view, const char *dir, const char *pattern,
	int (*found)(void *arg, const char *path, struct fault *why), void *arg, struct fault *why)
{
	const struct walk walk = {view, found, arg};

	return expand(&walk, dir, pattern, why);
}
