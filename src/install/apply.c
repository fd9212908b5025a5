/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/apply.h"

#include <errno.h>

#include "src/journal/journal.h"
#include "src/install/commit_image.h"
#include "src/install/steps.h"
#include "src/find/survey.h"
#include "src/install/commit_host.h"

/* And what will be on record; when nothing goes, what somebody else took out may still be there. */
static int plan_host(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	if (steps_plan(site, change, outcome, why) < 0)
		return -1;
	if (change->kind == CHANGE_ADD && site_is_settled(site))
		return 0;
	return steps_plan_installed(site, 0, change, outcome, why);
}

/*
 * Take the lock.  What was planned without it (`next_id` 0: while another run was at work) is stale
 * when another made a transaction meanwhile, or when the remains of one had to be put back: then
 * plan again.
 */
static int take_lock(struct site *site, const struct change *change, uint64_t next_id,
	struct outcome *outcome, struct fault *why)
{
	uint64_t id = 0;
	size_t recovered = 0;
	struct tree *tree = site->trees[0].tree;
	auto_names notes = NAMES_INIT; /* planning forgets those of the outcome */

	if (tree->ops->lock(tree, JOURNAL_LOCK, why) < 0 || journal_next_id(tree, &id, why) < 0 ||
		transact_recover(tree, &notes, &recovered, why) < 0)
		return -1;
	if (id == next_id && recovered == 0)
		return 0;
	if (site_replan(site, why) < 0 || plan_host(site, change, outcome, why) < 0)
		return -1;
	for (size_t i = 0; i < notes.n; i++)
		if (names_add(&outcome->notes, notes.at[i], why) < 0)
			return -1;
	return 0;
}

/* Whoever may not read the records may not change anything either, but he may look. */
static int look_for_remains(struct tree *tree, bool *ret_open, struct fault *why)
{
	struct fault denied = FAULT_INIT;
	auto_record record = {0};

	if (journal_cut_off(tree, &record, ret_open, &denied) == 0 || denied.sys == EACCES)
		return 0;
	*why = denied;
	return -1;
}

static int apply_host(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	uint64_t next_id = 0;
	bool is_open = false;

	if (journal_next_id(tree, &next_id, why) < 0 || look_for_remains(tree, &is_open, why) < 0 ||
		plan_host(site, change, outcome, why) < 0)
		return -1;
	if (change->dry_run) {
		outcome->interrupted = is_open;
		outcome->would_change = is_open || !site_is_settled(site);
		return outcome_set_edits(outcome, site, why);
	}
	if (site_is_settled(site) && !is_open)
		return 0;
	if (take_lock(site, change, is_open ? 0 : next_id, outcome, why) < 0)
		return -1;
	return site_is_settled(site) ? 0 : commit_host(site, change, outcome, why);
}

static int apply_image(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	if (steps_plan(site, change, outcome, why) < 0)
		return -1;
	if (change->dry_run) {
		outcome->would_change = !site_is_settled(site);
		return outcome_set_edits(outcome, site, why);
	}
	if (site_is_settled(site))
		return image_file_publish(site->image, why);
	return commit_image(site, change, outcome, why);
}

int apply(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	outcome->asked_peers = change->survey && change->survey->n;
	if ((site->image ? apply_image : apply_host)(site, change, outcome, why) < 0)
		return -1;
	for (size_t i = 0; i < outcome->strangers.n; i++)
		if (names_add(&outcome->notes, outcome->strangers.at[i], why) < 0)
			return -1;
	return 0;
}

int apply_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why)
{
	return site->image ? commit_image_undo(site, outcome, why)
			   : commit_host_undo(site, id, outcome, why);
}
