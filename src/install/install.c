/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/install.h"

#include "src/find/survey.h"
#include "src/install/transaction.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"

/* Writes nothing: the planned edits are in the site's plans. */
static int plan(struct transaction *it, struct fault *why)
{
	if (prepare_stores(it, why) < 0)
		return -1;
	if (verify_planned(it, why) < 0) {
		outcome_end(it->outcome, STORE_FAILED);
		return -1;
	}
	return prepare_records(it, why);
}

/* Carry out the plan: stage, commit, refresh, verify, notify. */
static int make_real(struct transaction *it, struct fault *why)
{
	struct tree *tree = it->site->trees[0].tree;

	if (it->site->image)
		return commit_image(it, why);
	if (commit_stage(it, why) < 0)
		return -1;
	/* Mark the change done before notifying others: a run interrupted while it notifies them
	 * has nothing to roll back. */
	if (tree->ops->commit(tree, it->record.undo, why) < 0 || interrupt_check(why) < 0 ||
		commit_refresh(it, why) < 0 || interrupt_check(why) < 0 ||
		verify_afresh(it, why) < 0 || interrupt_check(why) < 0 ||
		commit_done(it, why) < 0 || commit_notify(it, why) < 0 ||
		interrupt_check(why) < 0 ||
		(it->is_spoiled && (verify_afresh(it, why) < 0 || commit_done(it, why) < 0)))
		return commit_roll_back(it, why);
	outcome_done(it->outcome);
	return 0;
}

static int carry_out(struct transaction *it, struct fault *why)
{
	struct site *site = it->site;

	if ((!site->image && commit_look(it, why) < 0) || plan(it, why) < 0)
		return -1;
	if (it->change->dry_run) {
		it->outcome->interrupted = it->is_open;
		it->outcome->would_change = it->is_open || !site_is_settled(site);
		return outcome_set_edits(it->outcome, site, why);
	}
	if (!site->image && (it->is_open || !site_is_settled(site))) {
		if (commit_lock(it, why) < 0)
			return -1;
		if (it->is_stale &&
			(site_replan(site, why) < 0 || plan(it, why) < 0 ||
				names_add_all(&it->outcome->notes, &it->recovered, why) < 0))
			return -1;
	}
	if (!site_is_settled(site))
		return make_real(it, why);
	return site->image ? image_file_publish(site->image, why) : 0;
}

int install(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	struct transaction it = {.site = site, .change = change, .outcome = outcome};
	struct fault ignored = FAULT_INIT;
	int rc;

	outcome->asked_peers = change->survey && change->survey->n;
	rc = carry_out(&it, why);
	interrupt_release();
	if (rc == 0)
		rc = names_add_all(&outcome->notes, &it.strangers, why);
	if (!site->image && outcome->changed) {
		outcome->id = it.record.id;
		if (journal_prune(site->trees[0].tree, &ignored) < 0)
			log_detail("%s", ignored.text);
	}
	names_free(&it.strangers);
	names_free(&it.recovered);
	record_free(&it.record);
	image_file_free(it.staged);
	return rc;
}
