/* SPDX-License-Identifier: Apache-2.0 */
#include "src/journal/installed.h"

#include <string.h>

#include "src/x509/pem.h"
#include "src/sys/json.h"
#include "stores/store.h"

static const char path[] = JOURNAL_DIR "/installed.json";

int installed_choice(
	struct view *view, const struct names *stores, struct names *words, struct fault *why)
{
	for (size_t i = 0; i < stores->n; i++) {
		const char *word = stores->at[i], *colon = strchr(word, ':');
		bool is_first = words->n == 0;

		if (!colon || !view_is_file(view, colon + 1) || names_holds(words, word))
			continue;
		for (size_t k = 0; is_first && store_kinds[k]; k++)
			if (!store_kinds[k]->by_path &&
				names_add(words, store_kinds[k]->kind, why) < 0)
				return -1;
		if (names_add(words, word, why) < 0)
			return -1;
	}
	return 0;
}

int installed_word(const struct place *place, char **ret, struct fault *why)
{
	int rc = place->is_named || place->ops->by_path
			 ? asprintf(ret, "%s:%s", place->ops->kind, place->path)
			 : asprintf(ret, "%s", place->ops->kind);

	return rc < 0 ? fault_nomem(why) : 0;
}

bool installed_covers(const struct names *stores, const struct place *place)
{
	size_t len = strlen(place->ops->kind);

	for (size_t i = 0; i < stores->n; i++) {
		const char *word = stores->at[i];

		if (strncmp(word, place->ops->kind, len) == 0 &&
			(!word[len] ||
				(word[len] == ':' && strcmp(word + len + 1, place->path) == 0)))
			return true;
	}
	return false;
}

int installed_add(struct cas *installed, struct cert *cert, const char *name, const char *store,
	struct fault *why)
{
	struct ca *ca = cas_find(installed, cert->sha256);

	if (!ca) {
		if (cas_add(installed, cert, &ca, why) < 0)
			return -1;
		ca->name = name ? strdup(name) : NULL;
		if (name && !ca->name)
			return fault_nomem(why);
	}
	return names_holds(&ca->stores, store) ? 0 : names_add(&ca->stores, store, why);
}

/* ---- the file -------------------------------------------------------------------------------- */

static int read_ca(const json_t *json, struct cas *ret, struct fault *why)
{
	const char *pem = json_member_text(json, "pem");
	const json_t *stores = json_object_get(json, "stores");
	auto_certs certs = CERTS_INIT;
	auto_names words = NAMES_INIT;

	if (!pem || !stores)
		return fault_set(
			why, FAULT_FORMAT, "'%s': an entry has no \"pem\" or \"stores\"", path);
	if (pem_read(pem, strlen(pem), path, PEM_STRICT, &certs, why) < 0)
		return -1;
	if (json_read_paths(stores, &words, why) < 0)
		return fault_wrap(why, "'%s': \"stores\"", path);
	for (size_t i = 0; i < words.n; i++)
		if (installed_add(
			    ret, certs.at[0], json_member_text(json, "name"), words.at[i], why) < 0)
			return -1;
	return 0;
}

int installed_parse(const void *bytes, size_t len, struct cas *ret, struct fault *why)
{
	auto_cas installed = {0};
	auto_json json = NULL;
	const json_t *ca;
	size_t i;

	if (json_parse_object(bytes, len, path, &json, why) < 0)
		return -1;
	json_array_foreach(json_object_get(json, "cas"), i, ca)
	{
		if (read_ca(ca, &installed, why) < 0)
			return -1;
	}
	*ret = installed;
	installed = (struct cas){0};
	return 0;
}

int installed_read(struct view *view, struct cas *ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_JSON_BYTES);
	bool found = false;

	if (view_read(view, path, &bytes, &found, why) < 0)
		return -1;
	return found ? installed_parse(bytes.bytes, bytes.len, ret, why) : 0;
}

int installed_format(const struct cas *installed, struct buf *out, struct fault *why)
{
	auto_json json = json_pack("{s:i, s:[]}", "trustfix", 1, "cas");

	if (!json)
		return fault_nomem(why);
	for (size_t i = 0; i < installed->n; i++) {
		const struct ca *ca = &installed->at[i];
		auto_cert_facts facts = {0};
		auto_buf pem = buf_make(LIMIT_PEM_BYTES);
		json_t *one;

		if (cert_facts_make(ca->cert, &facts, why) < 0 ||
			pem_format(ca->cert, &pem, why) < 0)
			return -1;
		one = json_pack("{s:s, s:s, s:s, s:o}", "sha256", facts.sha256, "subject",
			facts.subject, "pem", buf_text(&pem), "stores", json_paths(&ca->stores));
		if (ca->name)
			one = json_with(one, "name", json_string(ca->name));
		if (json_array_append_new(json_object_get(json, "cas"), one) < 0)
			return fault_nomem(why);
	}
	return json_format(json, out, why);
}

int installed_write(struct view *view, const struct cas *installed, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	auto_buf pem = buf_make(LIMIT_PEM_BYTES);

	if (installed->n == 0)
		return view_remove(view, path, why) < 0 ? -1
							: view_remove(view, INSTALLED_PEM, why);
	for (size_t i = 0; i < installed->n; i++)
		if (pem_format(installed->at[i].cert, &pem, why) < 0)
			return -1;
	return installed_format(installed, &text, why) < 0 ||
			       view_give_file(view, path, &text, 0644, why) < 0 ||
			       view_give_file(view, INSTALLED_PEM, &pem, 0644, why) < 0
		       ? -1
		       : 0;
}
