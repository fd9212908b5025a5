/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/unmanaged.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/fs/glob.h"
#include "stores/system/families.h"

void unmanaged_free(struct unmanaged *unmanaged)
{
	for (size_t i = 0; i < unmanaged->n; i++) {
		free(unmanaged->at[i].path);
		free(unmanaged->at[i].help);
	}
	free(unmanaged->at);
	*unmanaged = (struct unmanaged){0};
}

const char *unmanaged_bundle(struct view *view)
{
	for (size_t i = 0; family_bundles[i]; i++)
		if (view_is_file(view, family_bundles[i]))
			return family_bundles[i];
	return family_bundles[0];
}

int unmanaged_help(struct view *view, const struct program *program, char **ret, struct fault *why)
{
	/* Works for an OpenSSL that was built to look elsewhere. */
	const char *help = program->help ? program->help : "SSL_CERT_FILE=@";
	auto_buf line = buf_make(LIMIT_PATH_LEN);
	size_t len;

	for (; *help; help++)
		if (*help == '@')
			buf_add_text(&line, unmanaged_bundle(view));
		else
			buf_add_byte(&line, (uint8_t)*help);
	if (buf_check(&line, program->name, why) < 0)
		return -1;
	*ret = (char *)buf_take(&line, &len);
	return 0;
}

struct search {
	struct view *view;
	const struct program *program;
	struct unmanaged_program *found;
};

/* A path without wildcards may not exist. */
static int take_match(void *arg, const char *path, struct fault *why)
{
	struct search *it = arg;
	struct fault seen = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;
	auto_buf bytes = buf_make(LIMIT_MIB);
	bool is_read = false;

	if (view_entry(it->view, path, VIEW_FOLLOW, &entry, NULL, &seen) < 0 ||
		entry.kind == ENTRY_NONE ||
		(it->program->unless && view_read(it->view, path, &bytes, &is_read, &seen) == 0 &&
			is_read && strstr(buf_text(&bytes), it->program->unless)))
		return 0;
	if (it->found->path) {
		it->found->more_n++;
		return 0;
	}
	it->found->path = text_printable(path, strlen(path), LIMIT_PATH_LEN);
	return it->found->path ? 0 : fault_nomem(why);
}

int unmanaged_find(struct view *view, struct unmanaged *ret, struct fault *why)
{
	struct unmanaged_program *at = realloc(ret->at, (ret->n + programs_n) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	ret->at = at;
	for (size_t p = 0; p < programs_n; p++) {
		const struct program *program = &programs[p];
		struct unmanaged_program *found = &at[ret->n++];
		struct search it = {view, program, found};

		*found = (struct unmanaged_program){
			.tree = view->tree->label,
			.name = program->found_as ? program->found_as : program->name,
			.reads = program->reads,
		};
		for (size_t i = 0; program->places && program->places[i]; i++)
			if (glob_each(view, "", program->places[i], take_match, &it, why) < 0)
				return -1;
		if (!found->path)
			ret->n--;
		else if (unmanaged_help(view, program, &found->help, why) < 0)
			return -1;
	}
	return 0;
}
