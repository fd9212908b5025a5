/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/unmanaged.h"

#include <string.h>

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

	for (; *help; help++)
		if (*help == '@')
			buf_add_text(&line, unmanaged_bundle(view));
		else
			buf_add_byte(&line, (uint8_t)*help);
	if (buf_check(&line, program->name, why) < 0)
		return -1;
	*ret = (char *)buf_take(&line, NULL);
	return 0;
}

struct search {
	struct view *view;
	const struct program *program;
	struct names found;
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
	return names_add(&it->found, path, why);
}

int unmanaged_find(struct view *view, struct unmanaged *ret, struct fault *why)
{
	struct unmanaged_program *at = realloc(ret->at, (ret->n + programs_n) * sizeof(*at));
	int rc = 0;

	if (!at)
		return fault_nomem(why);
	ret->at = at;
	for (size_t p = 0; p < programs_n && rc == 0; p++) {
		const struct program *program = &programs[p];
		struct search it = {view, program, NAMES_INIT};

		for (size_t i = 0; program->places && program->places[i] && rc == 0; i++)
			rc = glob_each(view, "", program->places[i], take_match, &it, why);
		if (rc == 0 && it.found.n) {
			struct unmanaged_program *one = &at[ret->n++];

			*one = (struct unmanaged_program){
				.tree = view->tree->label,
				.name = program->found_as ? program->found_as : program->name,
				.reads = program->reads,
				.path = text_printable(
					it.found.at[0], strlen(it.found.at[0]), LIMIT_PATH_LEN),
				.more_n = it.found.n - 1,
			};
			rc = one->path ? unmanaged_help(view, program, &one->help, why)
				       : fault_nomem(why);
		}
		names_free(&it.found);
	}
	return rc;
}
