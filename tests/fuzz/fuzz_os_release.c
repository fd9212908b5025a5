/* SPDX-License-Identifier: Apache-2.0 */
/* os-release of a tree, alone and beside the marks of a family. */
#include "stores/system/families.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	for (int marked = 0; marked < 2; marked++) {
		auto_fuzz_tree it = {0};
		auto_view view = view_make(&it.tree, NULL);
		const struct family *family = NULL;
		struct fault why = FAULT_INIT;
		bool is_new = false;

		fuzz_tree_add(&it, 'f', "/etc/os-release", bytes, len);
		if (marked)
			fuzz_tree_add(&it, 'd', "/etc/pki/ca-trust", NULL, 0);
		if (family_find(&view, &family, &is_new, &why) == 0)
			assert(family->label && family->shown);
	}
	return 0;
}
