/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdlib.h>

#include "src/doctor/unmanaged.h"
#include "tests/unit/memory_tree.h"

#define OWN "_CACERT_PATH = str(files(\"certifi\").joinpath(\"cacert.pem\"))"
#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

static void find(const struct memory_row *rows, size_t n, struct unmanaged *ret)
{
	struct tree *tree = memory_tree_make(rows, n);
	struct fault why = FAULT_INIT;

	{
		auto_view view = view_make(tree, NULL);

		assert_ok(unmanaged_find(&view, ret, &why), &why);
	}
	tree_close(tree);
}

static void each_program_is_found_where_it_stands(void **state)
{
	static const struct {
		const char *path;
		const char *text;
		const char *name; /* NULL: none */
		const char *help;
	} cases[] = {
		{"/usr/bin/node", "", "Node.js", "NODE_EXTRA_CA_CERTS=" BUNDLE},
		{"/home/ann/.nvm/versions/node/v20.1.0/bin/node", "", "Node.js", "NODE_EXTRA"},
		{"/usr/lib/python3.11/site-packages/pip/_vendor/certifi/core.py", OWN, "pip",
			"PIP_CERT=" BUNDLE},
		{"/usr/lib/python3/dist-packages/pip/_vendor/certifi/core.py",
			OWN "\n# Debian: Use system CA certs:\nreturn '" BUNDLE "'", NULL, NULL},
		{"/srv/.venv/lib/python3.13/site-packages/certifi/core.py", OWN,
			"requests, certifi", "REQUESTS_CA_BUNDLE=" BUNDLE},
		{"/home/ann/.local/bin/uv", "", "uv", "UV_SYSTEM_CERTS=1"},
		{"/opt/miniconda3/ssl/cacert.pem", "", "conda", "SSL_CERT_FILE=" BUNDLE},
		{"/usr/lib/firefox-esr/libxul.so", "", "Firefox", "policies.json"},
		{"/opt/google/chrome/chrome", "", "Chromium", "certutil"},
		{"/snap/bin/code", "", "snap programs", "store-certs"},
		{"/snap/core22/current/etc", "", NULL, NULL},
		{"/var/lib/flatpak/app/org.example.App/current", "", "flatpak programs",
			"/run/host" BUNDLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct memory_row row = {cases[i].path, ENTRY_FILE, cases[i].text, 0};
		CLEANUP(unmanaged) struct unmanaged found = {0};

		find(&row, 1, &found);
		if (found.n != (cases[i].name ? 1 : 0))
			fail_msg("%s: %zu programs", cases[i].path, found.n);
		if (!cases[i].name)
			continue;
		assert_string_equal(found.at[0].name, cases[i].name);
		if (!strstr(found.at[0].help, cases[i].help))
			fail_msg("%s: '%s'", cases[i].path, found.at[0].help);
	}
}

static void the_rest_is_counted_and_the_tree_names_its_bundle(void **state)
{
	static const struct memory_row rows[] = {
		{"/usr/bin/node", ENTRY_FILE, "", 0},
		{"/usr/local/bin/node", ENTRY_FILE, "", 0},
		{"/etc/pki/tls/certs/ca-bundle.crt", ENTRY_FILE, "", 0},
	};
	CLEANUP(unmanaged) struct unmanaged found = {0};

	(void)state;
	find(rows, 3, &found);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.at[0].path, "/usr/bin/node");
	assert_int_equal(found.at[0].more_n, 1);
	assert_string_equal(
		found.at[0].help, "NODE_EXTRA_CA_CERTS=/etc/pki/tls/certs/ca-bundle.crt");
}

static void a_name_from_the_tree_is_made_harmless(void **state)
{
	static const struct memory_row row = {"/snap/bin/a\033[31m", ENTRY_FILE, "", 0};
	CLEANUP(unmanaged) struct unmanaged found = {0};

	(void)state;
	find(&row, 1, &found);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.at[0].path, "/snap/bin/a\\x1b[31m");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_is_found_where_it_stands),
		cmocka_unit_test(the_rest_is_counted_and_the_tree_names_its_bundle),
		cmocka_unit_test(a_name_from_the_tree_is_made_harmless),
	};

	return run_group("unmanaged", tests);
}
