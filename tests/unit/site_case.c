/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/site_case.h"

#include "tests/unit/tf_cmocka.h"

const struct memory_row site_case_debian[] = {
	{"/etc/os-release", ENTRY_FILE, "ID=debian\n", 0},
	{"/usr/sbin/update-ca-certificates", ENTRY_FILE, "#!/bin/sh\n", 0755},
	{"/etc/ca-certificates.conf", ENTRY_FILE, "", 0},
	{"/usr/share/ca-certificates", ENTRY_DIR, NULL, 0},
	{"/usr/local/share/ca-certificates", ENTRY_DIR, NULL, 0},
	{"/etc/ssl/certs", ENTRY_DIR, NULL, 0},
	{"/etc/ssl/certs/ca-certificates.crt", ENTRY_FILE, "", 0},
	{"/srv", ENTRY_DIR, NULL, 0},
};
const size_t site_case_debian_n = sizeof(site_case_debian) / sizeof(site_case_debian[0]);

void site_case_make(struct site *ret, const struct memory_row *rows, size_t rows_n)
{
	static const struct names none = NAMES_INIT;
	struct fault why = FAULT_INIT;

	ret->trees = calloc(1, sizeof(*ret->trees));
	assert_non_null(ret->trees);
	ret->trees_n = 1;
	ret->trees[0].tree = memory_tree_make(rows, rows_n);
	ret->options = (struct site_options){.stores = &none, .skips = &none};
	assert_ok(site_replan(ret, &why), &why);
}
