/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make a planned change to an image real: write a new layer into a new image file, then read it
 * back and verify it before publishing it.
 */
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/install/install.h"
#include "src/install/transaction.h"
#include "src/sys/log.h"

/* The layer's history entry will be "trustfix install sha256:HEX". */
static int stage(struct transaction *it, struct fault *why)
{
	struct site *site = it->site;
	const struct cas *cas = it->change->cas;
	auto_free const struct plan **plans = calloc(site->trees_n, sizeof(struct plan *));
	auto_buf text = buf_make(LIMIT_JSON_BYTES);

	if (!plans)
		return fault_nomem(why);
	for (size_t i = 0; i < site->trees_n; i++)
		if (site->trees[i].plan.n)
			plans[i] = &site->trees[i].plan;
	log_progress("writing the image");
	buf_printf(&text, "trustfix %s", change_action(it->change));
	for (size_t i = 0; i < cas->n; i++) {
		char hex[TEXT_SHA256_HEX_LEN];

		text_hex(cas->at[i].sha256, DIGEST_SHA256_LEN, hex);
		buf_printf(&text, " sha256:%s", hex);
	}
	if (buf_check(&text, "a history entry", why) < 0 ||
		image_file_stage(site->image, plans, buf_text(&text), why) < 0) {
		outcome_end(it->outcome, STORE_FAILED);
		return -1;
	}
	return names_add_all(&it->outcome->notes, image_file_notes(site->image), why);
}

/* Reopen the new image from its bytes. */
static int reopen(struct transaction *it, struct fault *why)
{
	if (image_file_reopen(it->site->image, &it->staged, why) < 0)
		return fault_wrap(why, "the new image");
	for (size_t i = 0; i < it->site->trees_n; i++)
		it->fresh[i] = view_make(image_file_tree(it->staged, i), NULL);
	return 0;
}

static int publish(struct transaction *it, struct fault *why)
{
	return image_file_publish(it->site->image, why);
}

/* Nothing to undo: the new image was not published. */
static int roll_back(struct transaction *it, struct fault *why)
{
	(void)why;
	outcome_end(it->outcome, STORE_FAILED);
	return -1;
}

static void end(struct transaction *it)
{
	image_file_free(it->staged);
	log_progress_end();
}

const struct transaction_ops commit_image = {
	.stage = stage,
	.reopen = reopen,
	.done = publish,
	.roll_back = roll_back,
	.close = end,
};
