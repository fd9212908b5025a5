/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHANGES_H
#define TRUSTFIX_CHANGES_H

/* The members of an image archive that are added, replaced or removed. */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

struct change {
	char *name;
	uint8_t *bytes; /* followed by a NUL; NULL: a link, or it goes */
	size_t len;
	char *link; /* target, for a symbolic link */
	bool goes; /* remove it and everything below it */
};

struct changes {
	struct change *at;
	size_t n;
};

#define CHANGES_INIT ((struct changes){NULL, 0})

void changes_free(struct changes *changes);
CLEANUP_VALUE(changes, changes_free)
#define auto_changes CLEANUP(changes) struct changes

/* Each replaces an earlier change with the same name. */
int changes_put(struct changes *changes, const char *name, const void *bytes, size_t len,
	struct fault *why);
int changes_put_link(
	struct changes *changes, const char *name, const char *target, struct fault *why);

/* Remove that member, unless it is to be added: another image needs it. */
int changes_drop(struct changes *changes, const char *name, struct fault *why);

/* The change for that member, or that removes a directory above it; NULL: unchanged. */
const struct change *changes_find(const struct changes *changes, const char *name);

#endif
