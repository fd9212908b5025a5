/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/commit_image.h"

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/log.h"
#include "src/install/steps.h"

/* What the history of the image will say: "trustfix install sha256:HEX". */
static int created_by(const struct change *change, struct buf *ret, struct fault *why)
{
	buf_printf(ret, "trustfix %s", change->action);
	for (size_t i = 0; i < change->cas_n; i++) {
		char hex[TEXT_SHA256_HEX_LEN];

		text_hex(change->cas[i].sha256, DIGEST_SHA256_LEN, hex);
		buf_printf(ret, " sha256:%s", hex);
	}
	return buf_check(ret, "a history entry", why);
}

static int stage(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	auto_free const struct plan **plans = calloc(site->trees_n, sizeof(struct plan *));
	auto_buf text = buf_make(LIMIT_JSON_BYTES);

	if (!plans)
		return fault_nomem(why);
	for (size_t i = 0; i < site->trees_n; i++) {
		if (site->trees[i].plan.n == 0)
			continue;
		if (steps_plan_installed(site, i, change, outcome, why) < 0)
			return -1;
		plans[i] = &site->trees[i].plan;
	}
	log_progress("writing the image");
	if (created_by(change, &text, why) < 0)
		return -1;
	return image_file_stage(site->image, plans, buf_text(&text), why);
}

/* The new image is opened from its bytes and every store in it read as a reader would. */
static int prove_staged(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	auto_image_file staged = NULL;
	auto_free struct view *all = calloc(site->trees_n, sizeof(*all));
	auto_free struct view **views = calloc(site->trees_n, sizeof(struct view *));
	int rc;

	if (!all || !views)
		return fault_nomem(why);
	if (image_file_reopen(site->image, &staged, why) < 0)
		return fault_wrap(why, "the new image");
	for (size_t i = 0; i < site->trees_n; i++) {
		all[i] = view_make(image_file_tree(staged, i), NULL);
		views[i] = &all[i];
	}
	rc = steps_prove(site, change, views, outcome, why);
	for (size_t i = 0; i < site->trees_n; i++)
		view_free(&all[i]);
	return rc;
}

static int note_file(const struct site *site, struct outcome *outcome, struct fault *why)
{
	const struct names *notes = image_file_notes(site->image);

	for (size_t i = 0; i < notes->n; i++)
		if (names_add(&outcome->notes, notes->at[i], why) < 0)
			return -1;
	return 0;
}

int commit_image(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	int rc = stage(site, change, outcome, why) < 0 || note_file(site, outcome, why) < 0 ||
				 prove_staged(site, change, outcome, why) < 0 ||
				 image_file_publish(site->image, why) < 0
			 ? -1
			 : 0;

	log_progress_end();
	if (rc < 0) {
		outcome_end(outcome, STORE_FAILED);
		return -1;
	}
	outcome_done(outcome);
	outcome->changed = true;
	return 0;
}

int commit_image_undo(struct site *site, struct outcome *outcome, struct fault *why)
{
	auto_image_file staged = NULL;

	if (image_file_stage_undo(site->image, why) < 0 ||
		image_file_reopen(site->image, &staged, why) < 0 ||
		image_file_publish(site->image, why) < 0)
		return -1;
	outcome->changed = true;
	return 0;
}
