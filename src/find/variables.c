/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/variables.h"

#include <errno.h>
#include <string.h>

#include "src/base/advice.h"
#include "src/base/text.h"
#include "src/journal/installed.h"
#include "stores/bundle.h"
#include "stores/kinds.h"
#include "stores/system/families.h"

/* ---- what they are set to -------------------------------------------------------------------- */

const char *variable_value(const struct variable *variable, const struct variable_files *files)
{
	return variable->kind == VARIABLE_BUNDLE ? files->bundle
	       : variable->kind == VARIABLE_CA   ? files->ca
						 : NULL;
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

int variables_find(struct view *view, struct variable_files *ret, struct fault *why)
{
	const struct advice *advice = view->tree->advice;
	const char *root = advice_value(advice, "root");
	struct variable_files files = {.ca = INSTALLED_PEM};
	auto_cas installed = {0};
	auto_free char *text = NULL;
	const struct family *family;
	bool is_new;

	if (installed_read(view, &installed, why) < 0 ||
		family_find(view, &family, &is_new, why) < 0)
		return -1;
	if (installed.n == 0)
		return advice_run(
			       advice, ADVICE_WORDS("install", "--ca", ADVICE_FILE), &text, why) < 0
			       ? -1
			       : fault_set(why, FAULT_REFUSED,
					 "no CA is installed in '%s' by trustfix; for one command "
					 "alone there is trustfix exec, else %s",
					 view->tree->label, text);
	files.bundle = family_bundle(view, family);
	if (text_set(&text, why, "%s%s", root ? root : "", files.ca) < 0 ||
		check_holds(view, files.ca, &installed, ADVICE_WORDS("reapply"), why) < 0 ||
		check_holds(view, files.bundle, &installed,
			ADVICE_WORDS("install", "--store", "system", "--ca", text), why) < 0)
		return -1;
	*ret = files;
	return 0;
}

/* ---- where a tree's own settings lead -------------------------------------------------------- */

/* The file's path with symbolic links resolved; NULL: there is none, or it failed with `seen`. */
static int real_file(
	struct view *view, const char *path, char **ret, struct fault *seen, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;

	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, seen) < 0)
		return seen->sys == ENOMEM ? fault_nomem(why) : 0;
	if (entry.kind == ENTRY_FILE)
		*ret = steal(&real);
	return 0;
}

static int leads_to(
	struct view *view, const char *path, const char *real, bool *ret, struct fault *why)
{
	auto_free char *other = NULL;
	struct fault ignored = FAULT_INIT;

	if (real_file(view, path, &other, &ignored, why) < 0)
		return -1;
	*ret = *ret || (other && strcmp(other, real) == 0);
	return 0;
}

/* Is it already a place, or one of the bundles that the "system" store maintains? */
static int is_known(struct view *view, const struct family *family, const struct places *places,
	const char *real, bool *ret, struct fault *why)
{
	for (size_t i = 0; i < places->n; i++)
		*ret = *ret || (places->at[i].tree == places->tree &&
				       strcmp(places->at[i].path, real) == 0);
	for (size_t i = 0; family_bundles[i]; i++)
		if (leads_to(view, family_bundles[i], real, ret, why) < 0)
			return -1;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++)
		if (leads_to(view, family->bundles[i].path, real, ret, why) < 0)
			return -1;
	return 0;
}

/* Is it in a directory where the "system" store maintains files of one certificate each? */
static bool is_kept(const struct family *family, const char *real)
{
	const char *const dirs[] = {
		family->anchors, family->shipped[0], family->hash_dir, family->link_dir};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (dirs[i] && strncmp(real, dirs[i], strlen(dirs[i])) == 0 &&
			real[strlen(dirs[i])] == '/')
			return true;
	return false;
}

static int look_at(struct view *view, const struct family *family, const struct variable *variable,
	const char *value, struct places *ret, struct fault *why)
{
	auto_free char *real = NULL;
	auto_free char *shown = text_printable(value, strlen(value), LIMIT_PATH_LEN);
	auto_free char *shown_real = NULL;
	auto_certs certs = CERTS_INIT;
	struct fault seen = FAULT_INIT;
	const char *what = NULL;
	bool known = false;
	struct place *place;

	if (!shown)
		return fault_nomem(why);
	if (real_file(view, value, &real, &seen, why) < 0 ||
		(real && is_known(view, family, ret, real, &known, why) < 0))
		return -1;
	if (known)
		return 0;
	shown_real = real ? text_printable(real, strlen(real), LIMIT_PATH_LEN) : NULL;
	if (real && !shown_real)
		return fault_nomem(why);
	if (!real)
		what = seen.kind ? seen.text : "there is no such file";
	else if (strcmp(shown_real, real) != 0)
		what = "a name that cannot be shown, left alone";
	else if (bundle_certs(view, real, &certs, &seen) < 0)
		what = seen.text;
	else if (certs.n <= 1 && is_kept(family, real))
		what = "a file of the system store, which stays as it is; its bundle would do";
	if (seen.sys == ENOMEM)
		return fault_nomem(why);
	if (what)
		return names_addf(&ret->notes, why, "%s is '%s' in the image: %s", variable->name,
			shown, what);
	if (store_pem.find(view, real, ret, why) < 0)
		return -1;
	place = &ret->at[ret->n - 1];
	place->is_named = false;
	return text_set(&place->note, why, "%s leads the image's programs to it", variable->name);
}

int variables_places(struct view *view, struct places *ret, struct fault *why)
{
	const struct names *settings = view->tree->settings;
	const struct family *family;
	bool is_new;

	if (!settings)
		return 0;
	if (family_find(view, &family, &is_new, why) < 0)
		return -1;
	for (const struct variable *at = variables; at->name; at++) {
		size_t len = strlen(at->name);
		const char *value = NULL;

		/* "NAME=VALUE"; the last one wins. */
		for (size_t i = 0; i < settings->n; i++)
			if (strncmp(settings->at[i], at->name, len) == 0 &&
				settings->at[i][len] == '=')
				value = settings->at[i] + len + 1;
		if (value && *value == '/' && at->kind != VARIABLE_JAVA &&
			look_at(view, family, at, value, ret, why) < 0)
			return -1;
	}
	return 0;
}
