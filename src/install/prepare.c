/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/text.h"
#include "src/install/install.h"
#include "src/install/supersede.h"
#include "src/install/transaction.h"

/* Does the change remove `cert` from the stores of that tree? */
static bool is_going(const struct change *change, size_t tree, const struct cert *cert)
{
	const struct cas *cas = change->cas;

	if (change->kind == CHANGE_REMOVE)
		return cas_hold(cas, cert);
	for (size_t c = 0; c < cas->n; c++)
		for (size_t i = 0; i < cas->at[c].replaces.n; i++)
			if (cas->at[c].replaces.at[i].tree == tree &&
				cert_same(cas->at[c].replaces.at[i].cert, cert))
				return true;
	return false;
}

/* Also remove it from stores that an earlier run named by path, unless --store was given. */
static int find_named_stores(struct transaction *it, struct fault *why)
{
	struct site *site = it->site;
	auto_cas installed = {0};
	auto_names words = NAMES_INIT;

	/* A path means one file in one tree. */
	if (site->options.stores->n || site->trees_n > 1)
		return 0;
	if (installed_read(&site->trees[0].view, &installed, why) < 0)
		return -1;
	for (size_t i = 0; i < installed.n; i++)
		if (is_going(it->change, 0, installed.at[i].cert) &&
			installed_choice(
				&site->trees[0].view, &installed.at[i].stores, &words, why) < 0)
			return -1;
	return words.n ? site_use_recorded(site, &words, why) : 0;
}

/* Plan the change of one store.  Superseded CAs are removed first, which frees their file names. */
static int plan_store(struct transaction *it, struct store_result *store, struct fault *why)
{
	const struct change *change = it->change;
	const struct place *place = store->place;
	struct view *view = site_view(it->site, place);
	/* A store generated from the system store changes when the system store does. */
	size_t before = place->is_remade ? 0 : view->plan->n;
	bool replaces = false;

	for (size_t c = 0; c < change->cas->n; c++)
		for (size_t i = 0; i < change->cas->at[c].replaces.n; i++) {
			struct ca *old = &change->cas->at[c].replaces.at[i];
			size_t n = place->is_remade ? 0 : view->plan->n;

			if (!supersede_covers(old, place))
				continue;
			if (store_remove(view, place, old->cert->sha256, why) < 0)
				return fault_wrap(why, "cannot replace the existing CA");
			old->gone = old->gone || view->plan->n > n;
			replaces = replaces || view->plan->n > n;
		}
	for (size_t c = 0; c < change->cas->n; c++) {
		const struct ca *ca = &change->cas->at[c];

		if (change_is_for(ca, place) &&
			(change->kind == CHANGE_REMOVE
					? store_remove(view, place, ca->sha256, why)
					: store_add(view, place, ca->cert, ca->name, why)) < 0)
			return -1;
	}
	if (view->plan->n == before)
		return 0;
	store->state = replaces                        ? STORE_WOULD_REPLACE
		       : change->kind == CHANGE_REMOVE ? STORE_WOULD_REMOVE
						       : STORE_WOULD_ADD;
	return store_note_strangers(
		view, place, change->cas, !change->dry_run, &it->strangers, why);
}

/*
 * Which of the CAs to remove are in no store?  Already the requested state, but perhaps not what
 * the user meant.  Check before planning anything.  If a store cannot be read, report nothing: it
 * may hold any of them.
 */
static int find_absent(struct transaction *it, struct names *ret, struct fault *why)
{
	const struct cas *cas = it->change->cas;
	auto_certs all = CERTS_INIT;

	for (size_t p = 0; p < it->site->places.n; p++) {
		const struct place *place = &it->site->places.at[p];
		struct fault unread = FAULT_INIT;

		if (place->ops->anchors(site_view(it->site, place), place, &all, &unread) < 0)
			return 0;
	}
	for (size_t c = 0; c < cas->n; c++) {
		char hex[TEXT_SHA256_HEX_LEN];

		text_hex(cas->at[c].sha256, DIGEST_SHA256_LEN, hex);
		if (certs_find_sha256(&all, cas->at[c].sha256) == all.n &&
			names_addf(ret, why, "not found in any of these stores: sha256:%s", hex) <
				0)
			return -1;
	}
	return 0;
}

/* Remove a file that install created and that is empty now that its last CA is gone. */
static int drop_emptied(struct transaction *it, struct fault *why)
{
	struct view *view = &it->site->trees[0].view;

	for (size_t i = 0; i < view->plan->n; i++) {
		const struct edit *edit = view->plan->at[i];
		auto_free char *path = strdup(edit->path);
		bool is_ours = false;

		if (!path)
			return fault_nomem(why);
		if (edit->kind == ENTRY_FILE && !edit->len &&
			(journal_made(view->tree, path, &is_ours, why) < 0 ||
				(is_ours && view_remove(view, path, why) < 0)))
			return -1;
	}
	return 0;
}

int prepare_stores(struct transaction *it, struct fault *why)
{
	const struct change *change = it->change;
	struct outcome *outcome = it->outcome;
	auto_names absent = NAMES_INIT;
	auto_names kept = NAMES_INIT;

	names_free(&it->strangers);
	if ((change->replaces && supersede_find(it->site, change, &kept, why) < 0) ||
		find_named_stores(it, why) < 0 ||
		outcome_begin(outcome, &it->site->places, why) < 0 ||
		names_add_all(&outcome->notes, &kept, why) < 0 ||
		(change->kind == CHANGE_REMOVE && find_absent(it, &absent, why) < 0))
		return -1;
	for (size_t i = 0; i < outcome->n; i++)
		if (plan_store(it, &outcome->at[i], why) < 0)
			return fault_wrap(why, "%s", outcome->at[i].place->path);
	if (change->kind == CHANGE_REMOVE && !it->site->image && drop_emptied(it, why) < 0)
		return -1;
	/* A CA that is only among the anchor sources is in no store, but is removed too. */
	return change->cas->n > 1 || site_is_settled(it->site)
		       ? names_add_all(&outcome->notes, &absent, why)
		       : 0;
}

/* ---- what is on record ----------------------------------------------------------------------- */

/* Record that the CAs of the change are in that store. */
static int note_added(const struct change *change, const struct place *place, struct cas *installed,
	struct fault *why)
{
	auto_free char *word = NULL;

	if (installed_word(place, &word, why) < 0)
		return -1;
	for (size_t c = 0; c < change->cas->n; c++) {
		const struct ca *ca = &change->cas->at[c];

		if (change_is_for(ca, place) &&
			installed_add(installed, ca->cert, ca->name, word, why) < 0)
			return -1;
	}
	return 0;
}

/*
 * Drop from the CA's record the stores that this run works on in that tree (site_covers()).  Add a
 * note for each store where it stays on record.
 */
static int leave_stores(struct transaction *it, size_t tree, struct ca *ca, struct fault *why)
{
	const struct places *places = &it->site->places;
	struct names stores = ca->stores, *notes = &it->outcome->notes;
	auto_cert_facts facts = {0};
	int rc = cert_facts_make(ca->cert, &facts, why);

	ca->stores = (struct names)NAMES_INIT;
	for (size_t i = 0; i < stores.n && rc == 0; i++) {
		const char *word = stores.at[i];
		bool is_kind = false;

		if (site_covers(it->site, tree, word))
			continue;
		for (size_t p = 0; p < places->n; p++)
			is_kind = is_kind || (places->at[p].tree == tree &&
						     strcmp(places->at[p].ops->kind, word) == 0);
		rc = names_add(&ca->stores, word, why) < 0
			     ? -1
			     : names_addf(notes, why,
				       is_kind ? "'%s' stays on record for all of '%s': reapply "
						 "reinstalls it there"
					       : "'%s' stays in '%s', which was not chosen",
				       facts.subject, word);
	}
	names_free(&stores);
	return rc;
}

int prepare_records(struct transaction *it, struct fault *why)
{
	const struct change *change = it->change;
	struct outcome *outcome = it->outcome;
	bool is_image = it->site->image;

	for (size_t tree = 0; tree < it->site->trees_n; tree++) {
		struct view *view = &it->site->trees[tree].view;
		auto_cas installed = {0};

		/* If nothing is added there is nothing to record.  But a CA that another program
		 * removed may still be on record, and part of the record may be missing. */
		if (view->plan->n == 0 && (is_image || change->kind == CHANGE_INSTALL))
			continue;
		if (installed_read(view, &installed, why) < 0)
			return -1;
		/* The image's history holds this, and readers need no more files. */
		if (is_image && installed.n == 0)
			continue;
		for (size_t i = 0; i < installed.n; i++)
			if (is_going(change, tree, installed.at[i].cert) &&
				leave_stores(it, tree, &installed.at[i], why) < 0)
				return -1;
		cas_prune(&installed);
		for (size_t i = 0; change->kind != CHANGE_REMOVE && i < outcome->n; i++)
			if (outcome->at[i].state != STORE_UNCHANGED &&
				outcome->at[i].place->tree == tree &&
				note_added(change, outcome->at[i].place, &installed, why) < 0)
				return -1;
		if (installed_write(view, &installed, why) < 0)
			return -1;
	}
	return 0;
}
