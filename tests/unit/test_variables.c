/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/find/variables.h"
#include "tests/unit/memory_tree.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

static const struct memory_row rows[] = {
	{BUNDLE, ENTRY_FILE, "", 0},
	{"/etc/ssl/cert.pem", ENTRY_SYMLINK, "certs/ca-certificates.crt", 0},
	{"/etc/os-release", ENTRY_FILE, "ID=debian\n", 0},
	{"/usr/sbin/update-ca-certificates", ENTRY_FILE, "", 0},
	{"/usr/local/share/ca-certificates/corp.crt", ENTRY_FILE, "", 0},
	{"/opt/app.pem", ENTRY_FILE, "", 0},
	{"/opt/link", ENTRY_SYMLINK, "app.pem", 0},
	{"/opt/app\x1b.pem", ENTRY_FILE, "", 0},
};

/* What the settings of a tree make. */
struct row {
	const char *settings[3];
	const char *path; /* of the place; NULL: none */
	const char *note; /* the place's, or that of no place; NULL: none */
};

static void check(const struct row *row)
{
	struct tree *tree = memory_tree_make(rows, sizeof(rows) / sizeof(rows[0]));
	auto_view view = view_make(tree, NULL);
	auto_names settings = NAMES_INIT;
	auto_places places = PLACES_INIT;
	struct fault why = FAULT_INIT;
	const char *note = NULL;

	for (size_t i = 0; row->settings[i]; i++)
		assert_ok(names_add(&settings, row->settings[i], &why), &why);
	tree->settings = &settings;
	assert_ok(variables_places(&view, &places, &why), &why);
	if (places.n != (row->path ? 1 : 0))
		fail_msg("%s: %zu places", row->settings[0], places.n);
	if (row->path)
		assert_string_equal(places.at[0].path, row->path);
	assert_int_equal(places.notes.n, row->note && !row->path ? 1 : 0);
	if (row->note)
		note = row->path ? places.at[0].note : places.notes.at[0];
	if (row->note && !strstr(note, row->note))
		fail_msg("%s: '%s'", row->settings[0], note);
	tree_close(tree);
}

static void files_that_variables_name_are_stores(void **state)
{
	static const struct row cases[] = {
		{{"PATH=/bin", "SSL_CERT_FILE=/opt/app.pem"}, "/opt/app.pem", "SSL_CERT_FILE"},
		{{"CURL_CA_BUNDLE=/opt/link", "NODE_EXTRA_CA_CERTS=/opt/app.pem"}, "/opt/app.pem",
			"CURL_CA_BUNDLE"},
		{{"PIP_CERT=/none", "PIP_CERT=/opt/app.pem"}, "/opt/app.pem", "PIP_CERT"},
		{{"SSL_CERT_FILE=" BUNDLE, "PIP_CERT=/etc/ssl/cert.pem"}, NULL, NULL},
		{{"SSL_CERT_FILE=", "PIP_CERT=opt/app.pem"}, NULL, NULL},
		{{"SSL_CERT_FILES=/opt/app.pem", "JAVA_TOOL_OPTIONS=/opt/app.pem"}, NULL, NULL},
		{{"SSL_CERT_FILE=/none"}, NULL, "no such file"},
		{{"SSL_CERT_FILE=/opt"}, NULL, "no such file"},
		{{"NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/corp.crt"}, NULL,
			"stays as it is"},
		{{"SSL_CERT_FILE=/opt/app\x1b.pem"}, NULL, "cannot be shown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&cases[i]);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(files_that_variables_name_are_stores),
};

int main(void)
{
	return run_group("variables", tests);
}
