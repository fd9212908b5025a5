/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/homes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/fs/glob.h"

struct search {
	struct names *homes;
	struct names *notes;
	bool is_full;
};

static int add(void *arg, const char *home, struct fault *why)
{
	/* The homes of system users: nobody keeps a Java runtime there, and they are large. */
	static const char *const others[] = {"/bin", "/dev", "/sbin", "/usr/bin", "/usr/sbin"};
	struct search *it = arg;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(home, others[i]) == 0)
			return 0;
	if (it->is_full || names_holds(it->homes, home))
		return 0;
	if (it->homes->n < LIMIT_HOMES_N)
		return names_add(it->homes, home, why);
	it->is_full = true;
	return names_addf(it->notes, why,
		"more than %u home directories: the rest was not looked into", LIMIT_HOMES_N);
}

/* Add the sixth field of each line. */
static int read_passwd(struct view *view, struct search *it, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_FILE_BYTES);
	struct fault seen = FAULT_INIT;
	bool found = false;
	char *rest = NULL;

	if (view_read(view, "/etc/passwd", &text, &found, &seen) < 0)
		return seen.kind == FAULT_SYSTEM && seen.sys == ENOMEM ? fault_nomem(why) : 0;
	for (char *line = found && text.len ? strtok_r((char *)text.bytes, "\n", &rest) : NULL;
		line; line = strtok_r(NULL, "\n", &rest)) {
		char *field = line;

		for (int i = 0; i < 5 && field; i++) {
			field = strchr(field, ':');
			field = field ? field + 1 : NULL;
		}
		if (!field)
			continue;
		field[strcspn(field, ":")] = '\0';
		if (field[0] == '/' && add(it, field, why) < 0)
			return -1;
	}
	return 0;
}

int homes_find(struct view *view, struct names *ret, struct names *notes, struct fault *why)
{
	struct search it = {.homes = ret, .notes = notes};
	bool is_live = view->tree->is_live;
	const char *own = is_live ? getenv("HOME") : NULL;

	if (own && *own == '/' && add(&it, own, why) < 0)
		return -1;
	if (is_live && geteuid() != 0)
		return 0;
	if (read_passwd(view, &it, why) < 0)
		return -1;
	return glob_each(view, "", "home/*", add, &it, why);
}
