/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/supersede.h"

#include "src/base/text.h"
#include "src/find/survey.h"
#include "src/x509/chain_build.h"

/* Why `by` supersedes `old`, or NULL if it does not. */
static const char *reason_of(struct cert *old, struct cert *by)
{
	bool name = cert_subjects_match(old, by);
	bool key = cert_same_key(old, by);

	if (name)
		return key ? "same name and key, renewed" : "same name, new key";
	return key ? "same key, new name" : NULL;
}

/* Read the CAs on record in the tree, and those that an image's history lists and its stores
 * hold. */
static int read_ours(struct site *site, size_t tree, struct cas *ret, struct fault *why)
{
	auto_names digests = NAMES_INIT;

	if (installed_read(&site->trees[tree].view, ret, why) < 0 ||
		(site->image && names_add_all(&digests,
					&site->image->manifests->images[tree].installed, why) < 0))
		return -1;
	for (size_t p = 0; digests.n && p < site->places.n; p++) {
		const struct place *place = &site->places.at[p];
		auto_certs anchors = CERTS_INIT;
		auto_free char *word = NULL;

		if (place->tree != tree)
			continue;
		if (place->ops->anchors(site_view(site, place), place, &anchors, why) < 0 ||
			installed_word(place, &word, why) < 0)
			return -1;
		for (size_t i = 0; i < digests.n; i++) {
			uint8_t sha256[DIGEST_SHA256_LEN];
			size_t at = anchors.n;

			if (text_unhex(digests.at[i], sha256, sizeof(sha256)))
				at = certs_find_sha256(&anchors, sha256);
			if (at < anchors.n &&
				installed_add(ret, anchors.at[at], NULL, word, why) < 0)
				return -1;
		}
	}
	return 0;
}

/* Is this installed CA superseded, and by which new one? */
static int look_at(const struct change *change, size_t tree, const struct ca *ours,
	struct names *notes, struct fault *why)
{
	auto_cert_facts facts = {0};
	const struct survey *survey = change->survey;
	const char *reason = NULL;
	struct ca *by = NULL;
	struct ca *at;

	if (cas_hold(change->cas, ours->cert))
		return 0;
	for (size_t i = 0; i < change->cas->n && !reason; i++) {
		by = &change->cas->at[i];
		reason = reason_of(ours->cert, by->cert);
	}
	if (!reason)
		return 0;
	/* Does a target's chain need it?  If both have the same name and key, `by` will do. */
	for (size_t i = 0; survey && i < survey->n; i++) {
		const struct certs *path = &survey->at[i].path;

		if (path->n && cert_issued(ours->cert, path_top(path)) &&
			!cert_issued(by->cert, path_top(path)))
			return cert_facts_make(ours->cert, &facts, why) < 0
				       ? -1
				       : names_addf(notes, why,
						 "the superseded CA '%s', sha256:%s, stays: %s "
						 "still presents it",
						 facts.subject, facts.sha256,
						 survey->at[i].target->label);
	}
	if (cas_append(&by->replaces, ours->sha256, ours->cert, &at, why) < 0)
		return -1;
	at->reason = reason;
	at->tree = tree;
	return names_add_all(&at->stores, &ours->stores, why);
}

int supersede_find(
	struct site *site, const struct change *change, struct names *notes, struct fault *why)
{
	for (size_t i = 0; i < change->cas->n; i++)
		cas_free(&change->cas->at[i].replaces);
	for (size_t tree = 0; tree < site->trees_n; tree++) {
		auto_cas ours = {0};

		if (read_ours(site, tree, &ours, why) < 0)
			return -1;
		for (size_t i = 0; i < ours.n; i++)
			if (look_at(change, tree, &ours.at[i], notes, why) < 0)
				return -1;
	}
	return 0;
}

bool supersede_covers(const struct ca *old, const struct place *place)
{
	return old->tree == place->tree && installed_covers(&old->stores, place);
}

int supersede_note_twins(struct site *site, const struct change *change, const struct place *place,
	const struct certs *anchors, struct names *notes, struct fault *why)
{
	for (size_t i = 0; i < change->cas->n * anchors->n; i++) {
		struct cert *one = change->cas->at[i / anchors->n].cert;
		struct cert *twin = anchors->at[i % anchors->n];
		auto_free char *text = NULL, *run = NULL;
		auto_cert_facts facts = {0};
		auto_cas ours = {0};

		if (cert_same_key(one, twin) || !cert_subjects_match(one, twin))
			continue;
		if (cert_facts_make(twin, &facts, why) < 0 ||
			read_ours(site, place->tree, &ours, why) < 0 ||
			advice_run(site->options.advice,
				ADVICE_WORDS("remove", "--fingerprint", facts.sha256), &run,
				why) < 0 ||
			text_set(&text, why,
				"'%s' also holds another CA named '%s', with another key, "
				"sha256:%s%s: OpenSSL may pick the wrong one; once no server "
				"presents it any longer, %s",
				place->path, facts.subject, facts.sha256,
				cas_hold(&ours, twin) || cas_hold(change->cas, twin)
					? ""
					: ", which trustfix did not install and leaves alone",
				run) < 0 ||
			(!names_holds(notes, text) && names_add(notes, text, why) < 0))
			return -1;
	}
	return 0;
}
