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

struct linkdir_name {
	char *name;
	enum entry_kind was; /* as found */
	char *was_link;
	enum entry_kind kind; /* as it is to become; NONE: gone */
	char *link; /* of a link as it is to become */
	bool looked; /* `cert` was looked for */
	struct cert *cert; /* its one certificate (hashdir.h), or NULL */
};

struct linkdir {
	char *path;
	struct linkdir_name *at; /* in byte order of their names */
	size_t n;
	size_t room;
};

#define LINKDIR_INIT             \
	{                        \
		NULL, NULL, 0, 0 \
	}

void linkdir_free(struct linkdir *dir);
CLEANUP_VALUE(linkdir, linkdir_free)
#define auto_linkdir CLEANUP(linkdir) struct linkdir

/* Every name in it; a directory that is not there has none. */
int linkdir_read(struct view *view, const char *path, struct linkdir *ret, struct fault *why);

/* The entry, gone ones included, or NULL.  Borrowed until the next linkdir_set(). */
struct linkdir_name *linkdir_find(const struct linkdir *dir, const char *name);

/* Make `name` a link to `target`, over whatever is there. */
int linkdir_set(struct linkdir *dir, const char *name, const char *target, struct fault *why);

void linkdir_drop(struct linkdir_name *it);

/* The path a link leads to, or of the name itself; false: too long for any file. */
bool linkdir_target(
	const struct linkdir *dir, const struct linkdir_name *it, char *ret, size_t ret_len);

/* Does it lead somewhere (test -e)?  Everything that is no link does. */
bool linkdir_is_alive(struct view *view, const struct linkdir *dir, const struct linkdir_name *it);

/* Is any name to become something else than it was? */
bool linkdir_is_changed(const struct linkdir *dir);

/* Plan the difference. */
int linkdir_plan(
	struct view *view, const struct linkdir *dir, const char *whose, struct fault *why);

#endif
