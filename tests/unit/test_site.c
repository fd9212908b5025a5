/* SPDX-License-Identifier: Apache-2.0 */
/* The disk fails once, at any look while the stores are searched: that is told, or they are found.
 */
#include "tests/unit/tf_cmocka.h"

#include "tests/unit/site_case.h"

static const struct memory_row rows[] = {
	{"/etc/os-release", ENTRY_FILE, "ID=debian\n", 0},
	{"/etc/passwd", ENTRY_FILE, "u:x:1000:1000:::/home/u:/bin/sh\n", 0},
	{"/etc/ca-certificates.conf", ENTRY_FILE, "", 0},
	{"/usr/local/share/ca-certificates", ENTRY_DIR, NULL, 0},
	{"/etc/ssl/certs/ca-certificates.crt", ENTRY_FILE, "", 0},
	{"/srv/app/ca.pem", ENTRY_FILE, "", 0},
	{"/opt/jdk/lib/security/cacerts", ENTRY_FILE, "\xfe\xed\xfe\xed", 0},
	{"/home/u/.jdks/a/lib/security/cacerts", ENTRY_FILE, "\xfe\xed\xfe\xed", 0},
};

static char *settings_at[] = {(char *)(uintptr_t) "REQUESTS_CA_BUNDLE=/srv/app/ca.pem"};
static const struct names settings = {settings_at, 1};

/* The n-th such call fails; 0: none. */
static int find(struct site *site, enum memory_call call, size_t n, struct fault *why)
{
	site_case_make(site, rows, sizeof(rows) / sizeof(rows[0]));
	site->trees[0].tree->settings = &settings;
	memory_tree_fail(site->trees[0].tree, call, n);
	return site_replan(site, why);
}

/* The paths of the places, a line each, allocated. */
static char *paths_of(const struct site *site)
{
	struct buf text = buf_make(10000);
	size_t len;

	buf_printf(&text, "%zu places\n", site->places.n);
	for (size_t i = 0; i < site->places.n; i++)
		buf_printf(&text, "%s\n", site->places.at[i].path);
	return (char *)buf_take(&text, &len);
}

static void what_cannot_be_looked_at_is_told(void **state)
{
	static const enum memory_call calls[] = {MEMORY_ENTRY, MEMORY_READ, MEMORY_LIST};

	(void)state;
	for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++) {
		auto_site whole = {0};
		struct fault why = FAULT_INIT;
		auto_free char *wanted = NULL;
		size_t looks_n;

		assert_ok(find(&whole, calls[c], 0, &why), &why);
		looks_n = memory_tree_calls(whole.trees[0].tree, calls[c]);
		wanted = paths_of(&whole);
		assert_non_null(strstr(wanted, "/srv/app/ca.pem\n"));
		for (size_t n = 1; n <= looks_n; n++) {
			auto_site site = {0};
			auto_free char *got = NULL;
			int rc = find(&site, calls[c], n, &why);

			fault_clear(&why);
			got = paths_of(&site);
			if (rc == 0 && strcmp(got, wanted) != 0 &&
				site.places.unread.n == whole.places.unread.n &&
				!site.trees[0].view.unread.kind)
				fail_msg("look %zu of sort %d, and no word of it:\n%s", n, calls[c],
					got);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_looked_at_is_told),
	};

	return run_group("site", tests);
}
