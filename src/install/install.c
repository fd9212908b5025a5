/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/install.h"

#include "src/find/survey.h"
#include "src/install/transaction.h"
#include "src/sys/interrupt.h"

static int step(int (*of_tree)(struct transaction *it, struct fault *why), struct transaction *it,
	struct fault *why)
{
	return of_tree ? of_tree(it, why) : 0;
}

/* Writes nothing: the planned edits are in the site's plans. */
static int plan(struct transaction *it, struct fault *why)
{
	if (plan_stores(it, why) < 0)
		return -1;
	if (verify_planned(it, why) < 0) {
		outcome_end(it->outcome, STORE_FAILED);
		return -1;
	}
	return plan_records(it, why);
}

/* Carry out the plan: stage, commit, refresh, verify, notify. */
static int make_real(struct transaction *it, struct fault *why)
{
	const struct transaction_ops *ops = it->ops;

	if (ops->stage(it, why) < 0)
		return -1;
	/* Mark the change done before notifying others: a run interrupted while it notifies them
	 * has nothing to roll back. */
	if (step(ops->commit, it, why) < 0 || interrupt_check(why) < 0 ||
		step(ops->refresh, it, why) < 0 || interrupt_check(why) < 0 ||
		verify_afresh(it, why) < 0 || interrupt_check(why) < 0 || ops->done(it, why) < 0 ||
		step(ops->notify, it, why) < 0 || interrupt_check(why) < 0)
		return ops->roll_back(it, why);
	if (it->is_spoiled && (verify_afresh(it, why) < 0 || ops->done(it, why) < 0))
		return ops->roll_back(it, why);
	outcome_done(it->outcome);
	return 0;
}

static int carry_out(struct transaction *it, struct fault *why)
{
	struct site *site = it->site;

	if (step(it->ops->look, it, why) < 0 || plan(it, why) < 0)
		return -1;
	if (it->change->dry_run) {
		it->outcome->interrupted = it->is_open;
		it->outcome->would_change = it->is_open || !site_is_settled(site);
		return outcome_set_edits(it->outcome, site, why);
	}
	if (!site_is_settled(site) || it->is_open) {
		if (step(it->ops->lock, it, why) < 0)
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
	struct transaction it = {.ops = site->image ? &commit_image : &commit_host,
		.site = site,
		.change = change,
		.outcome = outcome};
	int rc;

	outcome->asked_peers = change->survey && change->survey->n;
	rc = carry_out(&it, why);
	if (rc == 0)
		rc = names_add_all(&outcome->notes, &it.strangers, why);
	names_free(&it.strangers);
	names_free(&it.recovered);
	it.ops->close(&it);
	return rc;
}
