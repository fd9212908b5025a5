/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LINK_FARM_H
#define TRUSTFIX_LINK_FARM_H

/*
 * A directory of links, as it is and as it is to become: /etc/ssl/certs.
 *
 * Read it, change it in memory as often as the rules want, then plan the difference: what comes out
 * as it went in makes no edit.
 */

#include "src/x509/cert.h"
#include "src/fs/view.h"

struct link_farm_name {
	char *name;
	enum entry_kind was; /* as found */
	char *was_link;
	enum entry_kind kind; /* as it is to become; NONE: gone */
	char *link; /* of a link as it is to become */
	bool looked; /* `cert` was looked for */
	struct cert *cert; /* its one certificate (hashdir.h), or NULL */
};

struct link_farm {
	char *path;
	struct link_farm_name *at; /* in byte order of their names */
	size_t n;
	size_t room;
};

#define LINK_FARM_INIT           \
	{                        \
		NULL, NULL, 0, 0 \
	}

void link_farm_free(struct link_farm *dir);
CLEANUP_VALUE(link_farm, link_farm_free)
#define auto_link_farm CLEANUP(link_farm) struct link_farm

/* Every name in it; a directory that is not there has none. */
int link_farm_read(struct view *view, const char *path, struct link_farm *ret, struct fault *why);

/* The entry, gone ones included, or NULL.  Borrowed until the next linkdir_set(). */
struct link_farm_name *link_farm_find(const struct link_farm *dir, const char *name);

/* Make `name` a link to `target`, over whatever is there. */
int link_farm_set(struct link_farm *dir, const char *name, const char *target, struct fault *why);

void link_farm_drop(struct link_farm_name *it);

/* The path a link leads to, or of the name itself; false: too long for any file. */
bool link_farm_target(
	const struct link_farm *dir, const struct link_farm_name *it, char *ret, size_t ret_len);

/* Does it lead somewhere (test -e)?  Everything that is no link does. */
bool link_farm_is_alive(
	struct view *view, const struct link_farm *dir, const struct link_farm_name *it);

/* Is any name to become something else than it was? */
bool link_farm_is_changed(const struct link_farm *dir);

/* Plan the difference. */
int link_farm_plan(
	struct view *view, const struct link_farm *dir, const char *whose, struct fault *why);

#endif
