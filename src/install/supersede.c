/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/supersede.h"

#include <string.h>

#include "src/base/advice.h"
#include "src/base/text.h"
#include "src/x509/chain_build.h"
#include "src/find/change.h"
#include "src/find/site.h"
#include "src/find/survey.h"

void replacements_free(struct replacements *replacements)
{
	for (size_t i = 0; i < replacements->n; i++) {
		cert_free(replacements->at[i].old);
		cert_free(replacements->at[i].by);
		names_free(&replacements->at[i].stores);
	}
	free(replacements->at);
	certs_free(&replacements->ours);
	*replacements = (struct replacements){0};
}

/* Why the one supersedes the other, or NULL. */
static const char *reason_of(struct cert *old, struct cert *by)
{
	bool name = cert_subjects_match(old, by);
	bool key = cert_same_key(old, by);

	if (cert_same(old, by))
		return NULL;
	if (name)
		return key ? "same name and key, renewed" : "same name, new key";
	return key ? "same key, new name" : NULL;
}

/* The certificate of the change that supersedes this one, borrowed; NULL: none. */
static struct cert *superseder(
	const struct change *change, struct cert *old, const char **ret_reason)
{
	if (change_cas_hold(change->cas, change->cas_n, old))
		return NULL;
	for (size_t i = 0; i < change->cas_n; i++) {
		*ret_reason = reason_of(old, change->cas[i].cert);
		if (*ret_reason)
			return change->cas[i].cert;
	}
	return NULL;
}

/* The first target whose chain needs the old one, or NULL.  Under one name and key either does. */
static const struct finding *shown_by(
	const struct survey *survey, struct cert *old, struct cert *by)
{
	for (size_t i = 0; survey && i < survey->n; i++) {
		const struct certs *path = &survey->at[i].path;

		if (path->n && cert_issued(old, path_top(path)) && !cert_issued(by, path_top(path)))
			return &survey->at[i];
	}
	return NULL;
}

/* `it` without what it owns; that is filled in here. */
static int add(struct replacements *ret, struct replacement it, const struct installed_ca *ca,
	struct fault *why)
{
	struct replacement *at = realloc(ret->at, (ret->n + 1) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	ret->at = at;
	it.old = cert_ref(ca->cert);
	cert_ref(it.by);
	at += ret->n++;
	*at = it;
	for (size_t i = 0; i < ca->stores.n; i++)
		if (names_add(&at->stores, ca->stores.at[i], why) < 0)
			return -1;
	return 0;
}

static int note_shown(
	struct cert *old, const struct finding *finding, struct names *notes, struct fault *why)
{
	auto_cert_facts facts = {0};

	if (cert_facts_make(old, &facts, why) < 0)
		return -1;
	return names_addf(notes, why,
		"the superseded CA '%s', sha256:%s, stays: %s still presents it", facts.subject,
		facts.sha256, finding->target->label);
}

/* Those of `digests` that the place holds were put there by us. */
static int add_held(struct site *site, const struct place *place, const struct names *digests,
	struct installed *ret, struct fault *why)
{
	auto_certs anchors = CERTS_INIT;
	auto_free char *word = NULL;

	if (place->ops->anchors(site_view(site, place), place, &anchors, why) < 0 ||
		installed_word(place, &word, why) < 0)
		return -1;
	for (size_t i = 0; i < digests->n; i++) {
		uint8_t sha256[DIGEST_SHA256_LEN];
		size_t at = anchors.n;

		if (text_unhex(digests->at[i], sha256, sizeof(sha256)))
			at = certs_find_sha256(&anchors, sha256);
		if (at < anchors.n && installed_add(ret, anchors.at[at], NULL, word, why) < 0)
			return -1;
	}
	return 0;
}

/* What is on record in the tree, and what an image's history tells. */
static int read_ours(struct site *site, size_t tree, struct installed *ret, struct fault *why)
{
	auto_names digests = NAMES_INIT;

	if (installed_read(&site->trees[tree].view, ret, why) < 0 ||
		(site->image && image_file_installed(site->image, tree, &digests, why) < 0))
		return -1;
	for (size_t p = 0; digests.n && p < site->places.n; p++)
		if (site->places.at[p].tree == tree &&
			add_held(site, &site->places.at[p], &digests, ret, why) < 0)
			return -1;
	return 0;
}

static int find_in(struct site *site, size_t tree, const struct change *change,
	struct replacements *ret, struct names *notes, struct fault *why)
{
	auto_installed installed = {0};

	if (read_ours(site, tree, &installed, why) < 0)
		return -1;
	for (size_t i = 0; i < installed.n; i++) {
		struct cert *old = installed.at[i].cert;
		struct replacement it = {.tree = tree};
		const struct finding *shown;

		if (certs_add(&ret->ours, old, why) < 0)
			return -1;
		it.by = change->replaces ? superseder(change, old, &it.reason) : NULL;
		if (!it.by)
			continue;
		shown = shown_by(change->survey, old, it.by);
		if (shown ? note_shown(old, shown, notes, why) < 0
			  : add(ret, it, &installed.at[i], why) < 0)
			return -1;
	}
	return 0;
}

int supersede_find(struct site *site, const struct change *change, struct replacements *ret,
	struct names *notes, struct fault *why)
{
	auto_replacements found = {0};

	for (size_t i = 0; change->kind == CHANGE_ADD && i < site->trees_n; i++)
		if (find_in(site, i, change, &found, notes, why) < 0)
			return -1;
	*ret = found;
	found = (struct replacements){0};
	return 0;
}

bool supersede_covers(const struct replacement *replacement, const struct place *place)
{
	return replacement->tree == place->tree && installed_covers(&replacement->stores, place);
}

bool supersede_replaces(
	const struct replacements *replacements, size_t tree, const struct cert *cert)
{
	for (size_t i = 0; i < replacements->n; i++)
		if (replacements->at[i].tree == tree && cert_same(replacements->at[i].old, cert))
			return true;
	return false;
}

int supersede_stores(
	struct site *site, const struct change *change, struct names *ret, struct fault *why)
{
	auto_replacements found = {0};
	auto_names notes = NAMES_INIT;
	auto_names words = NAMES_INIT;

	/* A path means one file in one tree. */
	if (site->trees_n > 1)
		return 0;
	if (supersede_find(site, change, &found, &notes, why) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		if (installed_choice(&site->trees[0].view, &found.at[i].stores, &words, why) < 0)
			return -1;
	*ret = words;
	words = (struct names)NAMES_INIT;
	return 0;
}

/* ---- twins ----------------------------------------------------------------------------------- */

static int note_twin(
	const struct twins *twins, struct cert *twin, struct names *notes, struct fault *why)
{
	bool is_ours = certs_hold(twins->ours, twin) ||
		       change_cas_hold(twins->change->cas, twins->change->cas_n, twin);
	auto_free char *text = NULL;
	auto_free char *run = NULL;
	auto_cert_facts facts = {0};

	if (cert_facts_make(twin, &facts, why) < 0 ||
		advice_run(twins->advice, ADVICE_WORDS("remove", "--fingerprint", facts.sha256),
			&run, why) < 0)
		return -1;
	if (asprintf(&text,
		    "'%s' also holds another CA named '%s', with another key, sha256:%s%s: OpenSSL "
		    "may pick the wrong one; once no server presents it any longer, %s",
		    twins->place->path, facts.subject, facts.sha256,
		    is_ours ? "" : ", which trustfix did not install and leaves alone", run) < 0)
		return fault_nomem(why);
	return names_holds(notes, text) ? 0 : names_add(notes, text, why);
}

int supersede_note_twins(const struct twins *twins, struct names *notes, struct fault *why)
{
	const struct change *change = twins->change;

	for (size_t c = 0; c < change->cas_n; c++)
		for (size_t i = 0; i < twins->anchors->n; i++) {
			struct cert *one = change->cas[c].cert;
			struct cert *other = twins->anchors->at[i];

			if (cert_same_key(one, other) || !cert_subjects_match(one, other))
				continue;
			if (note_twin(twins, other, notes, why) < 0)
				return -1;
		}
	return 0;
}
