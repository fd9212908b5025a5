/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/text.h"
#include "src/install/transaction.h"
#include "src/sys/log.h"

/* The layer's history entry will be "trustfix install sha256:HEX". */
static int make(struct transaction *it, struct fault *why)
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
		image_file_stage(site->image, plans, buf_text(&text), why) < 0 ||
		names_add_all(&it->outcome->notes, &site->image->manifests->notes, why) < 0)
		return -1;
	if (image_file_reopen(site->image, &it->staged, why) < 0)
		return fault_wrap(why, "the new image");
	return verify_afresh(it, why) < 0 ? -1 : image_file_publish(site->image, why);
}

/* On failure there is nothing to undo: the new image was not published. */
int commit_image(struct transaction *it, struct fault *why)
{
	int rc = make(it, why);

	log_progress_end();
	if (rc == 0)
		outcome_done(it->outcome);
	else
		outcome_end(it->outcome, STORE_FAILED);
	return rc;
}
