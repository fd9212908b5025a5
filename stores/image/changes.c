/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/changes.h"

#include <stdlib.h>
#include <string.h>

static void change_free(struct change *change)
{
	free(change->name);
	free(change->bytes);
	free(change->link);
}
CLEANUP_VALUE(change, change_free)

void changes_free(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		change_free(&changes->at[i]);
	free(changes->at);
	*changes = CHANGES_INIT;
}

const struct change *changes_find(const struct changes *changes, const char *name)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->at[i];
		size_t len = strlen(change->name);

		if (strncmp(change->name, name, len) == 0 &&
			(name[len] == 0 || (change->goes && name[len] == '/')))
			return change;
	}
	return NULL;
}

static int put(struct changes *changes, const char *name, const void *bytes, size_t len,
	const char *link, struct fault *why)
{
	CLEANUP(change)
	struct change new = {
		.name = strdup(name),
		.bytes = bytes ? malloc(len + 1) : NULL,
		.len = len,
		.link = link ? strdup(link) : NULL,
		.goes = !bytes && !link,
	};
	struct change *grown, old;

	if (!new.name || (bytes && !new.bytes) || (link && !new.link))
		return fault_nomem(why);
	if (bytes) {
		memcpy(new.bytes, bytes, len);
		new.bytes[len] = 0;
	}
	for (size_t i = 0; i < changes->n; i++) {
		if (strcmp(changes->at[i].name, name) != 0)
			continue;
		old = changes->at[i];
		changes->at[i] = new;
		new = old;
		return 0;
	}
	grown = realloc(changes->at, (changes->n + 1) * sizeof(*grown));
	if (!grown)
		return fault_nomem(why);
	changes->at = grown;
	grown[changes->n++] = new;
	new = (struct change){0};
	return 0;
}

int changes_put(
	struct changes *changes, const char *name, const void *bytes, size_t len, struct fault *why)
{
	return put(changes, name, bytes, len, NULL, why);
}

int changes_put_link(
	struct changes *changes, const char *name, const char *target, struct fault *why)
{
	return put(changes, name, NULL, 0, target, why);
}

int changes_drop(struct changes *changes, const char *name, struct fault *why)
{
	for (size_t i = 0; i < changes->n; i++)
		if (strcmp(changes->at[i].name, name) == 0)
			return 0;
	return put(changes, name, NULL, 0, NULL, why);
}
