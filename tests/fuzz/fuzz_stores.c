/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile tree through every store: found, read, changed twice and changed back. */
#include "stores/java/keystore_cache.h"
#include "stores/store.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void go_through(struct view *view, const struct place *place, struct cert *cert)
{
	auto_certs before = CERTS_INIT;
	auto_certs after = CERTS_INIT;
	struct fault why = FAULT_INIT;

	place->ops->anchors(view, place, &before, &why);
	fault_clear(&why);
	if (store_add(view, place, cert, "corp", &why) == 0) {
		place->ops->anchors(view, place, &after, &why);
		fault_clear(&why);
		store_add(view, place, cert, "corp", &why);
	}
	fault_clear(&why);
	fuzz_check_plan(view->plan);
	store_remove(view, place, cert->sha256, &why);
	fuzz_check_plan(view->plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_fuzz_tree it = {0};
	auto_cert cert = fuzz_cert();

	fuzz_tree_fill(&it, bytes, len);
	it.tree.is_still = len % 2;
	for (size_t i = 0; store_kinds[i]; i++) {
		auto_plan plan = PLAN_INIT;
		auto_view view = view_make(&it.tree, &plan);
		auto_keystore_cache cache = {0};
		auto_places places = {.keystore_cache = &cache};
		struct fault why = FAULT_INIT;

		store_kinds[i]->find(
			&view, store_kinds[i]->by_path ? "/opt/x.pem" : NULL, &places, &why);
		for (size_t j = 0; j < places.n; j++)
			go_through(&view, &places.at[j], cert);
	}
	return 0;
}
