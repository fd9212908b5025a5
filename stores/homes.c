/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/homes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/fs/glob.h"

/* Add one, up to one more than the limit. */
static int add(void *homes, const char *home, struct fault *why)
{
	/* The homes of system users: nobody keeps a Java runtime there, and they are large. */
	static const char *const others[] = {"/bin", "/dev", "/sbin", "/usr/bin", "/usr/sbin"};
	struct names *ret = homes;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(home, others[i]) == 0)
			return 0;
	return ret->n > LIMIT_HOMES_N || names_holds(ret, home) ? 0 : names_add(ret, home, why);
}

int homes_find(struct view *view, struct names *ret, struct names *notes, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_FILE_BYTES);
	struct fault seen = FAULT_INIT;
	bool is_live = view->tree->is_live, found = false;
	const char *own = is_live ? getenv("HOME") : NULL;
	char *rest = NULL;

	if (own && *own == '/' && add(ret, own, why) < 0)
		return -1;
	if (is_live && geteuid() != 0)
		return 0;
	if (view_read(view, "/etc/passwd", &text, &found, &seen) < 0 && seen.sys == ENOMEM)
		return fault_nomem(why);
	/* The sixth field of each line. */
	for (char *line = found && text.len ? strtok_r((char *)text.bytes, "\n", &rest) : NULL;
		line; line = strtok_r(NULL, "\n", &rest)) {
		for (int i = 0; i < 5 && line; i++) {
			line = strchr(line, ':');
			line = line ? line + 1 : NULL;
		}
		if (!line || *line != '/')
			continue;
		line[strcspn(line, ":")] = '\0';
		if (add(ret, line, why) < 0)
			return -1;
	}
	if (glob_each(view, "", "home/*", add, ret, why) < 0)
		return -1;
	if (ret->n <= LIMIT_HOMES_N)
		return 0;
	free(ret->at[--ret->n]);
	return names_addf(
		notes, why, "only the first %u home directories are searched", LIMIT_HOMES_N);
}
