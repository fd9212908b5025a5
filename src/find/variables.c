/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/variables.h"

#include <string.h>

#include "src/base/advice.h"
#include "src/base/text.h"
#include "src/journal/installed.h"
#include "stores/bundle.h"
#include "stores/system/families.h"

void variable_files_free(struct variable_files *files)
{
	free(files->bundle);
	free(files->ca);
}

const char *variable_value(const struct variable *variable, const struct variable_files *files)
{
	switch (variable->kind) {
	case VARIABLE_BUNDLE:
		return files->bundle;
	case VARIABLE_CA:
		return files->ca;
	default:
		return NULL;
	}
}

/* The family's own bundle, or the first that readers look for. */
static int find_bundle(struct view *view, const char **ret, struct fault *why)
{
	const struct family *family;
	bool is_new;

	if (family_find(view, &family, &is_new, why) < 0)
		return -1;
	*ret = family->bundles[0].path;
	for (size_t i = 0; family_bundles[i] && !(*ret && view_is_file(view, *ret)); i++)
		*ret = family_bundles[i];
	return 0;
}

static int check_holds(struct view *view, const char *path, const struct cas *installed,
	const char *const *words, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_free char *run = NULL;
	bool holds = true;

	if (bundle_certs(view, path, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < installed->n; i++)
		holds = holds && certs_hold(&certs, installed->at[i].cert);
	if (holds)
		return 0;
	if (advice_run(view->tree->advice, words, &run, why) < 0)
		return -1;
	return fault_set(
		why, FAULT_REFUSED, "'%s' does not hold all that is installed; %s", path, run);
}

static int none_installed(const struct tree *tree, struct fault *why)
{
	auto_free char *run = NULL;

	if (advice_run(tree->advice, ADVICE_WORDS("install", "--ca", ADVICE_FILE), &run, why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED,
		"no CA is installed in '%s' by trustfix; for one command alone there is trustfix "
		"exec, else %s",
		tree->label, run);
}

int variables_find(struct view *view, struct variable_files *ret, struct fault *why)
{
	auto_variable_files files = {0};
	auto_cas installed = {0};
	auto_free char *pem = NULL;
	const char *bundle, *root;

	if (installed_read(view, &installed, why) < 0 || find_bundle(view, &bundle, why) < 0)
		return -1;
	if (installed.n == 0)
		return none_installed(view->tree, why);
	if (check_holds(view, INSTALLED_PEM, &installed, ADVICE_WORDS("reapply"), why) < 0)
		return -1;
	root = advice_value(view->tree->advice, "root");
	if (text_set(&pem, why, "%s%s", root ? root : "", INSTALLED_PEM) < 0 ||
		check_holds(view, bundle, &installed,
			ADVICE_WORDS("install", "--store", "system", "--ca", pem), why) < 0)
		return -1;
	files.bundle = strdup(bundle);
	files.ca = strdup(INSTALLED_PEM);
	if (!files.bundle || !files.ca)
		return fault_nomem(why);
	*ret = files;
	files = (struct variable_files){0};
	return 0;
}
