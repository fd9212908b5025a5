/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/digest.h"
#include "src/doctor/doctor.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/memory_tree.h"
#include "tests/unit/scratch.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

static char *dir, *home;
static char label[] = "app.test:443";
static char why_text[] = "our own why";
static char todo_text[] = "our own todo";
static const struct url target = {
	.scheme = URL_HTTPS, .host = label, .port = 443, .label = label, .place = label};
static struct probe probe;
static struct finding finding;
static struct doctor report;

static int make_home(void **state)
{
	static const char *const names[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
		"REQUESTS_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "npm_config_cafile",
		"NPM_CONFIG_CAFILE", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
		"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	home = realpath(dir = scratch_make(), NULL);
	assert_non_null(home);
	setenv("HOME", home, 1);
	probe = (struct probe){0};
	finding = (struct finding){.target = &target, .probe = &probe};
	finding.diagnosis.why = why_text;
	finding.diagnosis.todo = todo_text;
	finding.diagnosis.verdict = VERDICT_INTERCEPTED;
	return 0;
}

static int remove_home(void **state)
{
	(void)state;
	doctor_free(&report);
	free(home);
	scratch_remove(dir);
	return 0;
}

/* One program, how its runs ended and what its settings name, explained. */
static const struct doctor_program *explain_with(const char *name, const char *settings,
	enum doctor_end yours, enum doctor_end clean, const char *reads, unsigned http)
{
	struct tree *tree = memory_tree_make(NULL, 0);
	struct fault why = FAULT_INIT;
	const struct program *program = programs;

	while (!program->command || strcmp(program->command, name) != 0)
		program++;
	doctor_free(&report);
	report.at = calloc(1, sizeof(*report.at));
	assert_non_null(report.at);
	report.n = 1;
	report.at[0] = (struct doctor_program){.program = program, .path = strdup("/bin/x")};
	report.at[0].reads = reads ? strdup(reads) : NULL;
	report.at[0].settings = settings ? strdup(settings) : NULL;
	report.at[0].runs[DOCTOR_YOURS] = (struct doctor_run){.end = yours, .http = http};
	report.at[0].runs[DOCTOR_CLEAN] = (struct doctor_run){.end = clean, .http = http};
	{
		auto_view view = view_make(tree, NULL);

		report.finding = &finding;
		report.view = &view;
		assert_ok(doctor_advise(&report, &why), &why);
	}
	tree_close(tree);
	return &report.at[0];
}

static const struct doctor_program *explain(const char *name, enum doctor_end yours,
	enum doctor_end clean, const char *reads, unsigned http)
{
	return explain_with(name, NULL, yours, clean, reads, http);
}

#define BAD DOCTOR_UNTRUSTED
#define GOOD DOCTOR_OK

static void has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text ? text : "(none)");
}

static void what_reads_a_store_is_helped_by_an_install(void **state)
{
	const struct doctor_program *it = explain("curl", BAD, BAD, NULL, 0);

	(void)state;
	assert_string_equal(it->uses, "the system store");
	assert_string_equal(it->todo, todo_text);
	it = explain("java", BAD, BAD, "/jdk/cacerts", 0);
	assert_string_equal(it->uses, "/jdk/cacerts");
	assert_string_equal(it->todo, todo_text);
	it = explain("requests", BAD, BAD, BUNDLE, 0);
	assert_string_equal(it->todo, todo_text);
	finding.diagnosis.trusted_here = true;
	has(explain("curl", BAD, BAD, NULL, 0)->todo, "run: trustfix verify app.test:443");
	has(explain("java", BAD, BAD, "/jdk/cacerts", 0)->todo,
		"run: trustfix install --ca FILE --verify app.test:443");
}

static void an_install_is_told_the_ca_as_far_as_it_is_known(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
	char hex[TEXT_SHA256_HEX_LEN];

	(void)state;
	setenv("CURL_CA_BUNDLE", scratch_path(home, "it's.pem"), 1);
	scratch_write(home, "it's.pem", "nothing", 0600);
	finding.diagnosis.trusted_here = true;
	finding.path = make_certs(leaf.cert, NULL);
	has(explain("curl", BAD, BAD, NULL, 0)->todo, "/it'\"'\"'s.pem' --verify app.test:443");
	certs_free(&finding.path);
	finding.path = make_certs(leaf.cert, root.cert, NULL);
	text_hex(root.cert->sha256, DIGEST_SHA256_LEN, hex);
	has(explain("curl", BAD, BAD, NULL, 0)->todo,
		"check the CA's SHA-256 and run: trustfix install --pin sha256:");
	has(explain("curl", BAD, BAD, NULL, 0)->todo, hex);
	finding.diagnosis.is_public = true;
	has(explain("curl", BAD, BAD, NULL, 0)->todo, "install --public-root " BUNDLE " --store ");
	finding.diagnosis.trusted_here = false;
	assert_string_equal(explain("curl", BAD, BAD, NULL, 0)->todo, todo_text);
	certs_free(&finding.path);
}

static void what_reads_none_is_led_to_the_bundle(void **state)
{
	(void)state;
	has(explain("node", BAD, BAD, NULL, 0)->todo,
		"NODE_EXTRA_CA_CERTS=" BUNDLE ", once this is done: our own todo");
	has(explain("ruby", BAD, BAD, "/opt/ssl/cert.pem", 0)->todo,
		"SSL_CERT_FILE=" BUNDLE ", once this is done: our own todo");
	assert_string_equal(explain("node", BAD, BAD, PROGRAM_SYSTEM_STORE, 0)->todo, todo_text);
	finding.diagnosis.trusted_here = true;
	assert_string_equal(
		explain("node", BAD, BAD, NULL, 0)->todo, "NODE_EXTRA_CA_CERTS=" BUNDLE);
}

static void the_variable_that_chose_is_named(void **state)
{
	const struct doctor_program *it;

	(void)state;
	setenv("SSL_CERT_FILE", "/no/where.pem", 1);
	it = explain("python3", BAD, GOOD, NULL, 0);
	assert_string_equal(
		it->uses, "SSL_CERT_FILE: '/no/where.pem', which does not exist or cannot be read");
	assert_string_equal(it->todo, "unset SSL_CERT_FILE, or make it name an existing file");
	setenv("CURL_CA_BUNDLE", scratch_path(home, "b.pem"), 1);
	scratch_write(home, "b.pem", "nothing", 0600);
	it = explain("curl", BAD, GOOD, NULL, 0);
	has(it->uses, "CURL_CA_BUNDLE: '");
	assert_string_equal(it->todo, todo_text);
	finding.diagnosis.is_curable = true;
	it = explain("curl", BAD, GOOD, NULL, 0);
	has(it->todo, "unset CURL_CA_BUNDLE, or run: trustfix install --ca FILE --store pem:/");
	it = explain("curl", BAD, BAD, NULL, 0);
	assert_int_equal(strncmp(it->todo, "run: trustfix install --ca FILE", 31), 0);
	setenv("CURL_CA_BUNDLE", "near.pem", 1);
	has(explain("curl", BAD, GOOD, NULL, 0)->uses, "'near.pem', a relative path");
	has(report.at[0].todo, "unset CURL_CA_BUNDLE, or give it the whole path");
	setenv("CURL_CA_BUNDLE", "~/near.pem", 1);
	has(explain("curl", BAD, GOOD, NULL, 0)->uses, "'~/near.pem', which no shell expanded");
	has(report.at[0].todo, "unset CURL_CA_BUNDLE, or give it the whole path");
	setenv("JAVA_TOOL_OPTIONS", "-Xmx1g", 1);
	assert_string_equal(explain("java", BAD, BAD, "/jdk/cacerts", 0)->uses, "/jdk/cacerts");
	setenv("JAVA_TOOL_OPTIONS", "-Da=b -Djavax.net.ssl.trustStore=/no/t.jks -Dc=d", 1);
	has(explain("java", BAD, BAD, "/jdk/cacerts", 0)->uses,
		"JAVA_TOOL_OPTIONS: '/no/t.jks', which does not exist");
}

static void what_no_program_reads_is_converted(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_free char *wanted = NULL;
	struct fault why = FAULT_INIT;
	size_t len = root.cert->der.left;
	const uint8_t *der = root.cert->der.at;
	FILE *file = fopen(scratch_path(home, "my ca.cer"), "w");

	(void)state;
	assert_non_null(file);
	assert_int_equal(fwrite(der, 1, len, file), len);
	fclose(file);
	setenv("NODE_EXTRA_CA_CERTS", scratch_path(home, "my ca.cer"), 1);
	assert_ok(text_set(&wanted, &why,
			  "run: trustfix convert -o '%s/my ca.cer.pem' '%s/my ca.cer'", home, home),
		&why);
	has(explain("node", BAD, BAD, NULL, 0)->uses, "which is not PEM");
	has(report.at[0].todo, "make NODE_EXTRA_CA_CERTS name '");
	has(report.at[0].todo, wanted);
}

static void a_directory_is_no_store_of_ours(void **state)
{
	(void)state;
	setenv("SSL_CERT_DIR", "/etc", 1);
	has(explain("python3", BAD, GOOD, NULL, 0)->uses, "SSL_CERT_DIR: '/etc'");
	assert_null(strstr(report.at[0].todo, "trustfix install"));
}

static void the_setting_that_chose_is_named(void **state)
{
	const struct doctor_program *it;

	(void)state;
	it = explain_with("git", "http.sslcainfo /no/git.pem\n", BAD, GOOD, NULL, 0);
	has(it->uses, "http.sslCAInfo: '/no/git.pem', which does not exist");
	has(it->todo, "remove http.sslCAInfo (to see where it is set, run git config ");
	scratch_write(home, ".wgetrc", "ca_certificate = /no/wget.pem\n", 0600);
	it = explain("wget", BAD, GOOD, NULL, 0);
	has(it->uses, ".wgetrc': '/no/wget.pem', which does not exist");
	has(it->todo, "remove ca_certificate from '");
	scratch_write(home, ".curlrc", "# cacert x\n--cacert \"/no/curl.pem\"\n", 0600);
	has(explain("curl", BAD, GOOD, NULL, 0)->uses, "'/no/curl.pem'");
	setenv("SSL_CERT_FILE", "/no/variable.pem", 1);
	setenv("CURL_CA_BUNDLE", "/no/variable.pem", 1);
	has(explain("curl", BAD, GOOD, NULL, 0)->uses, "'/no/curl.pem'");
	setenv("NODE_EXTRA_CA_CERTS", "/no/extra.pem", 1);
	has(explain_with("npm", "cafile=/no/npm.pem\n", BAD, GOOD, NULL, 0)->uses,
		"cafile: '/no/npm.pem'");
	has(explain("npm", BAD, GOOD, NULL, 0)->uses, "NODE_EXTRA_CA_CERTS: '/no/extra.pem'");
	has(explain("node", BAD, GOOD, NULL, 0)->uses, "'/no/extra.pem'");
	setenv("npm_config_cafile", "/no/first.pem", 1);
	has(explain_with("npm", "cafile=/no/npm.pem\n", BAD, GOOD, NULL, 0)->uses,
		"'/no/first.pem'");
}

static void who_verifies_nothing_does_not_trust(void **state)
{
	const struct doctor_program *it;

	(void)state;
	it = explain("node", GOOD, BAD, NULL, 0);
	has(it->why, "only in your environment");
	setenv("NODE_TLS_REJECT_UNAUTHORIZED", "1", 1);
	has(explain("node", GOOD, BAD, NULL, 0)->why, "only in your environment");
	setenv("NODE_TLS_REJECT_UNAUTHORIZED", "0", 1);
	it = explain("node", GOOD, BAD, NULL, 0);
	unsetenv("NODE_TLS_REJECT_UNAUTHORIZED");
	assert_int_equal(it->runs[DOCTOR_YOURS].end, DOCTOR_UNVERIFIED);
	has(it->why, "turned off: NODE_TLS_REJECT_UNAUTHORIZED");
	assert_int_equal(doctor_status(&report), 3);
	it = explain_with("git", "http.sslverify false\n", GOOD, BAD, NULL, 0);
	has(it->why, "turned off: http.sslVerify");
	has(explain_with("git", "http.sslverify true\n", GOOD, BAD, NULL, 0)->why, "only");
	scratch_write(home, ".curlrc", "# insecurely\ninsecure\n", 0600);
	has(explain("curl", GOOD, BAD, NULL, 0)->why, "turned off: insecure in '");
	has(explain("curl", GOOD, BAD, NULL, 0)->todo, "turn it on again");
}

static void the_servers_own_fault_is_told_in_its_words(void **state)
{
	static const enum verdict verdicts[] = {VERDICT_EXPIRED, VERDICT_SELF_SIGNED};

	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		const struct doctor_program *it;

		finding.diagnosis.verdict = verdicts[i];
		it = explain("curl", BAD, BAD, NULL, 0);
		assert_string_equal(it->why, why_text);
		assert_string_equal(it->todo, todo_text);
	}
	scratch_write(home, ".curlrc", "insecure\n", 0600);
	has(explain("curl", GOOD, BAD, NULL, 0)->todo, todo_text);
}

static void other_failures_are_no_certificate_problem(void **state)
{
	static const struct {
		enum doctor_end end;
		const char *why;
	} cases[] = {
		{DOCTOR_PROXY_AUTH, "user and password"},
		{DOCTOR_PROXY_REFUSED, "no certificate is involved"},
		{DOCTOR_CLIENT_CERT, "client certificate"},
		{DOCTOR_NO_NAME, "name cannot be resolved"},
		{DOCTOR_TIMEOUT, "timed out"},
	};

	(void)state;
	assert_string_equal(explain("curl", DOCTOR_TIMEOUT, GOOD, NULL, 0)->why, why_text);
	/* With a chain of our own to show, it is this program's way that fails. */
	probe.chain.n = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		has(explain("curl", cases[i].end, GOOD, NULL, 0)->why, cases[i].why);
		assert_non_null(report.at[0].todo);
		assert_int_equal(doctor_status(&report), 1);
	}
	probe.chain.n = 0;
	assert_string_equal(explain("java", DOCTOR_UNASKED, DOCTOR_UNASKED, "/k", 0)->todo,
		"run: trustfix verify --store java:/k app.test:443");
	assert_int_equal(doctor_status(&report), 0);
	explain("curl", BAD, BAD, NULL, 0);
	assert_int_equal(doctor_status(&report), 3);
}

static void our_own_probe_settles_what_a_program_leaves_open(void **state)
{
	(void)state;
	probe.end = PROBE_PROXY_REFUSED;
	assert_int_equal(explain("go", DOCTOR_FAILED, GOOD, NULL, 0)->runs[DOCTOR_YOURS].end,
		DOCTOR_PROXY_REFUSED);
	assert_int_equal(explain("npm", GOOD, GOOD, NULL, 403)->runs[DOCTOR_CLEAN].end,
		DOCTOR_PROXY_REFUSED);
	assert_int_equal(
		explain("npm", BAD, GOOD, NULL, 0)->runs[DOCTOR_YOURS].end, DOCTOR_UNTRUSTED);
	probe.end = PROBE_CLIENT_CERT_REQUIRED;
	probe.chain.n = 1;
	has(explain("git", DOCTOR_FAILED, GOOD, NULL, 0)->why, "client certificate");
	has(explain("git", DOCTOR_UNREACHABLE, GOOD, NULL, 0)->why, "client certificate");
	probe.chain.n = 0;
	probe.end = PROBE_CHAIN;
	assert_int_equal(
		explain("go", DOCTOR_FAILED, GOOD, NULL, 0)->runs[DOCTOR_YOURS].end, DOCTOR_FAILED);
	probe.end = PROBE_FAILED;
	assert_int_equal(
		explain("go", DOCTOR_FAILED, GOOD, NULL, 0)->runs[DOCTOR_YOURS].end, DOCTOR_FAILED);
}

static void notes_tell_block_pages_and_lost_http2(void **state)
{
	static char address[] = "127.0.0.1:443";

	(void)state;
	probe.completed = true;
	explain("curl", GOOD, GOOD, NULL, 403);
	assert_int_equal(report.notes.n, 2);
	has(report.notes.at[0], "HTTP/2");
	has(report.notes.at[1], "HTTP 403");
	probe.completed = false;
	probe.address = address;
	explain("docker", GOOD, GOOD, NULL, 0);
	assert_int_equal(report.notes.n, 1);
	has(report.notes.at[0], "docker does not verify peers on loopback");
	assert_int_equal(report.at[0].runs[DOCTOR_YOURS].end, DOCTOR_UNASKED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_home, remove_home)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_reads_a_store_is_helped_by_an_install),
		TEST(an_install_is_told_the_ca_as_far_as_it_is_known),
		TEST(what_reads_none_is_led_to_the_bundle),
		TEST(the_variable_that_chose_is_named),
		TEST(what_no_program_reads_is_converted),
		TEST(a_directory_is_no_store_of_ours),
		TEST(the_setting_that_chose_is_named),
		TEST(who_verifies_nothing_does_not_trust),
		TEST(the_servers_own_fault_is_told_in_its_words),
		TEST(other_failures_are_no_certificate_problem),
		TEST(our_own_probe_settles_what_a_program_leaves_open),
		TEST(notes_tell_block_pages_and_lost_http2),
	};

	return run_group("doctor_advice", tests);
}
