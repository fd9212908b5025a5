/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of hostile names, links and files, hashed anew; the paths of the tree are its names.
 */
#include "stores/system/certpaths.h"
#include "stores/system/hashdir.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct certpaths paths = {
		.bundle = "/bundle",
		.dir = "/",
		.in_dir = CERTPATHS_IN_DIR | PEM_QUIRK_BIT(PEM_QUIRK_CURL),
		.lost = PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL),
		.is_alone = true,
	};
	auto_fuzz_tree it = {0};
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(&it.tree, &plan);
	auto_hashdir dir = HASHDIR_INIT;
	auto_certs certs = CERTS_INIT;
	auto_cert cert = fuzz_cert();
	struct fault why = FAULT_INIT;
	bool is_it;

	fuzz_tree_fill(&it, bytes, len);
	paths.has_file = view_is_file(&view, "/file");
	certpaths_anchors(&view, &paths, &certs, &why);
	fault_clear(&why);
	if (hashdir_read(&view, "/", &dir, &why) < 0)
		return 0;
	hashdir_holds(&view, &dir, cert, &is_it, &why);
	fault_clear(&why);
	if (hashdir_rehash(&view, &dir, "bundle", &why) < 0 ||
		hashdir_give(&dir, cert, "given.pem", true, &why) < 0)
		return 0;
	assert(hashdir_is_changed(&dir));
	if (hashdir_take(&dir, "given.pem", &why) < 0)
		return 0;
	for (size_t i = 0; i < dir.n; i++)
		assert(dir.at[i].kind != ENTRY_SYMLINK || dir.at[i].link);
	for (size_t i = 0; i < dir.n; i++)
		if (!hashdir_is_alive(&view, &dir, &dir.at[i]))
			dir.at[i].kind = ENTRY_NONE;
	hashdir_plan(&view, &dir, &why);
	fuzz_check_plan(&plan);
	return 0;
}
