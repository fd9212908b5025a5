/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "src/doctor/doctor.h"

static const struct program *program_named(const char *name)
{
	const struct program *program = programs;

	while (!program->command || strcmp(program->command, name) != 0)
		program++;
	return program;
}

/* What they printed, as they printed it. */
static const struct {
	const char *program;
	const char *output;
	enum doctor_end end;
	unsigned http;
} outputs[] = {
	{"curl",
		"curl: (60) SSL certificate problem: self-signed certificate in "
		"certificate chain\nMore details here\nhttp 000\n",
		DOCTOR_UNTRUSTED, 0},
	{"curl", "curl: (56) CONNECT tunnel failed, response 407\nhttp 000\n", DOCTOR_PROXY_AUTH,
		0},
	{"curl", "curl: (56) CONNECT tunnel failed, response 403\nhttp 000\n", DOCTOR_PROXY_REFUSED,
		0},
	{"curl", "curl: (6) Could not resolve host: nowhere.test\n", DOCTOR_NO_NAME, 0},
	{"curl",
		"curl: (7) Failed to connect to app.test port 1 after 0 ms: Couldn't "
		"connect to server\n",
		DOCTOR_UNREACHABLE, 0},
	{"curl",
		"curl: (35) OpenSSL/3.0: error:0A00010B:SSL routines::wrong version "
		"number\n",
		DOCTOR_NOT_TLS, 0},
	{"curl",
		"curl: (56) OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert "
		"certificate required, errno 0\n",
		DOCTOR_CLIENT_CERT, 0},
	{"curl", "curl: (99) no such luck\n", DOCTOR_FAILED, 0},
	{"wget", "ERROR: The certificate of 'app.test' is not trusted.\n", DOCTOR_UNTRUSTED, 0},
	{"wget", "https://app.test/:\n2026-11-20 23:52:23 ERROR 403: Forbidden.\n", DOCTOR_OK, 403},
	{"wget",
		"Proxy tunneling failed: Proxy Authentication RequiredUnable to "
		"establish SSL connection.\n",
		DOCTOR_PROXY_AUTH, 0},
	{"git",
		"fatal: https://app.test/x.git/info/refs not valid: is this a git "
		"repository?\n",
		DOCTOR_OK, 0},
	{"git",
		"fatal: unable to access 'https://app.test/': The requested URL returned "
		"error: 403\n",
		DOCTOR_OK, 403},
	{"git",
		"fatal: unable to access 'https://app.test/': server certificate "
		"verification failed. CAfile: none CRLfile: none\n",
		DOCTOR_UNTRUSTED, 0},
	{"python3",
		"version 3.11.2\nURLError: <urlopen error [SSL: "
		"CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get "
		"local issuer certificate (_ssl.c:992)>\n",
		DOCTOR_UNTRUSTED, 0},
	{"python3", "URLError: <urlopen error Tunnel connection failed: 403 Forbidden>\n",
		DOCTOR_PROXY_REFUSED, 0},
	{"requests",
		"OSError: Could not find a suitable TLS CA certificate bundle, "
		"invalid path: /nowhere\n",
		DOCTOR_UNTRUSTED, 0},
	{"pip",
		"Could not fetch URL https://app.test/x/: 404 Client Error: Not Found for "
		"url: https://app.test/x/ - skipping\nERROR: No matching distribution "
		"found for x\n",
		DOCTOR_OK, 0},
	{"pip", "ERROR: unknown command \"index\"\n", DOCTOR_UNASKED, 0},
	{"npm", "npm error code SELF_SIGNED_CERT_IN_CHAIN\n", DOCTOR_UNTRUSTED, 0},
	{"npm", "npm error code E404\nnpm error 404 Not Found\n", DOCTOR_OK, 404},
	{"npm", "npm error code E407\nnpm error 407 Proxy Authentication Required\n",
		DOCTOR_PROXY_AUTH, 407},
	{"java",
		"version 17.0.1\njavax.net.ssl.SSLHandshakeException: PKIX path building "
		"failed\n",
		DOCTOR_UNTRUSTED, 0},
	{"java",
		"java.io.IOException: Unable to tunnel through proxy. Proxy returns "
		"\"HTTP/1.1 407 Proxy Authentication Required\"\n",
		DOCTOR_PROXY_AUTH, 0},
	{"java", "java.net.UnknownHostException: nowhere.test\n", DOCTOR_NO_NAME, 0},
	{"java", "Error: Could not find or load main class .usr.lib.probe-java.java\n",
		DOCTOR_UNASKED, 0},
	{"ruby", "Net::HTTPClientException: 403 \"Forbidden\"\n", DOCTOR_PROXY_REFUSED, 0},
	{"go",
		"go: x: Get \"https://app.test/x\": x509: certificate signed by unknown "
		"authority\n",
		DOCTOR_UNTRUSTED, 0},
	{"go", "go: x: reading https://app.test/x: 404 Not Found\n", DOCTOR_OK, 0},
	{"go",
		"go: x: Get \"https://nowhere.test/x\": dial tcp: lookup nowhere.test on "
		"127.0.0.1:53: connection refused\n",
		DOCTOR_NO_NAME, 0},
	{"cargo", "[7] Could not connect to server (Failed to connect to app.test port 1)\n",
		DOCTOR_UNREACHABLE, 0},
	{"requests", "InvalidSchema: Missing dependencies for SOCKS support.\n", DOCTOR_UNASKED, 0},
	{"cargo", "Caused by:\n  [60] SSL peer certificate or SSH remote key was not OK\n",
		DOCTOR_UNTRUSTED, 0},
	/* A page that a proxy made, quoting what it met itself. */
	{"docker", "denied: <html>certificate verify failed</html>\n", DOCTOR_OK, 0},
};

static void what_a_program_says_is_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		const struct fault failed = {FAULT_REFUSED, 0, "ended with status 1"};
		struct doctor_run run = {0};
		struct fault why = FAULT_INIT;

		assert_ok(doctor_read(program_named(outputs[i].program), outputs[i].output, &failed,
				  &run, &why),
			&why);
		if (run.end != outputs[i].end || run.http != outputs[i].http)
			fail_msg("%s '%s': %s, HTTP %u", outputs[i].program, outputs[i].output,
				doctor_ends[run.end].name, run.http);
		free(run.said);
	}
}

static void a_good_end_is_good_whatever_was_printed(void **state)
{
	struct doctor_run run = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(doctor_read(
			  program_named("curl"), "warning: timeout\nhttp 200\n", NULL, &run, &why),
		&why);
	assert_int_equal(run.end, DOCTOR_OK);
	assert_int_equal(run.http, 200);
	assert_null(run.said);
	assert_ok(doctor_read(program_named("curl"), "http 407\n", NULL, &run, &why), &why);
	assert_int_equal(run.end, DOCTOR_PROXY_AUTH);
	free(run.said);
}

static void the_line_that_tells_is_shown_harmless(void **state)
{
	const struct fault failed = {FAULT_REFUSED, 0, "ended with status 1"};
	struct doctor_run run = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(
		doctor_read(program_named("git"),
			"hint\n  no such host \033[31m'x'\nfatal: the end\n", &failed, &run, &why),
		&why);
	assert_string_equal(run.said, "no such host \\x1b[31m'x'");
	free(run.said);
	assert_ok(doctor_read(program_named("git"), "first\nlast \n\n", &failed, &run, &why), &why);
	assert_string_equal(run.said, "last");
	free(run.said);
}

static void who_printed_nothing_is_told_by_the_end(void **state)
{
	static const struct {
		struct fault failed;
		enum doctor_end end;
	} cases[] = {
		{{FAULT_LIMIT, 0, "took longer than 2 seconds"}, DOCTOR_TIMEOUT},
		{{FAULT_SYSTEM, 2, "cannot run 'x'"}, DOCTOR_UNASKED},
		{{FAULT_REFUSED, 0, "died by signal 11"}, DOCTOR_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct doctor_run run = {0};
		struct fault why = FAULT_INIT;

		assert_ok(
			doctor_read(program_named("curl"), "", &cases[i].failed, &run, &why), &why);
		assert_int_equal(run.end, cases[i].end);
		assert_string_equal(run.said, cases[i].failed.text);
		free(run.said);
	}
}

/* ---- how they are called --------------------------------------------------------------------- */

static char host[] = "app.test";
static const struct url target = {
	.scheme = URL_HTTPS, .host = host, .port = 9443, .label = host, .place = "app.test:9443"};
static struct survey_options options;

struct command_line {
	struct names argv, env;
};

static void command_line_free(struct command_line *it)
{
	names_free(&it->argv);
	names_free(&it->env);
}
CLEANUP_VALUE(command_line, command_line_free)

static void make_command(const char *name, char **env, bool clean, struct command_line *ret)
{
	const struct program *program = program_named(name);
	const struct finding finding = {.target = &target};
	const struct doctor doctor = {.finding = &finding, .peer = &options.peer};
	char path[] = "/bin/x";
	const struct doctor_program at = {.program = program, .path = path};
	const struct doctor_call call = {&at, program->argv, "/tmp/d", clean};
	char **own = environ;
	struct fault why = FAULT_INIT;

	command_line_free(ret);
	environ = env;
	assert_ok(doctor_command_make(&doctor, &call, &ret->argv, &ret->env, &why), &why);
	environ = own;
}

static char users_text[][40] = {"PATH=/bin", "HOME=/root", "SSL_CERT_FILE=/x", "LC_ALL=de_DE",
	"https_proxy=http://user:pw@old:1", "no_proxy=x", "GIT_ASKPASS=/bin/ask"};
static char *users[] = {users_text[0], users_text[1], users_text[2], users_text[3], users_text[4],
	users_text[5], users_text[6], NULL};

static void words_are_filled_in_and_chosen(void **state)
{
	CLEANUP(command_line) struct command_line it = {0};

	(void)state;
	options = (struct survey_options){0};
	make_command("curl", users, false, &it);
	assert_string_equal(it.argv.at[0], "/bin/x");
	assert_string_equal(it.argv.at[it.argv.n - 1], "https://app.test:9443/");
	assert_true(names_holds(&it.argv, "http %{http_code}\\n"));
	assert_false(names_holds(&it.argv, "-q"));
	assert_false(names_holds(&it.argv, "--connect-to"));
	options.peer.connect = &(struct url){.place = "[::1]:5"};
	make_command("curl", users, true, &it);
	assert_string_equal(it.argv.at[1], "-q");
	assert_true(names_holds(&it.argv, "::[::1]:5"));
	options = (struct survey_options){0};
	make_command("cargo", users, true, &it);
	assert_true(names_holds(&it.argv, "sparse+https://app.test:9443/"));
	assert_true(names_holds(&it.env, "CARGO_HOME=/tmp/d"));
	make_command("docker", users, false, &it);
	assert_string_equal(it.argv.at[it.argv.n - 1], "app.test:9443/trustfix/doctor:latest");
}

static void a_clean_environment_keeps_the_road_alone(void **state)
{
	CLEANUP(command_line) struct command_line it = {0};

	(void)state;
	options = (struct survey_options){0};
	make_command("git", users, false, &it);
	assert_true(names_holds(&it.env, "SSL_CERT_FILE=/x"));
	assert_true(names_holds(&it.env, "GIT_ASKPASS=/bin/true"));
	assert_false(names_holds(&it.env, "GIT_ASKPASS=/bin/ask"));
	assert_true(names_holds(&it.env, "LC_ALL=C.UTF-8"));
	assert_false(names_holds(&it.env, "LC_ALL=de_DE"));
	make_command("git", users, true, &it);
	assert_false(names_holds(&it.env, "SSL_CERT_FILE=/x"));
	assert_true(names_holds(&it.env, "GIT_CONFIG_NOSYSTEM=1"));
	assert_true(names_holds(&it.env, "https_proxy=http://user:pw@old:1"));
	assert_true(names_holds(&it.env, "no_proxy=x"));
	assert_true(names_holds(&it.env, "PATH=/bin"));
}

static void a_proxy_of_the_command_line_stands_above_the_variables(void **state)
{
	CLEANUP(command_line) struct command_line it = {0};

	(void)state;
	options = (struct survey_options){
		.peer = {.proxy = "http://new:3128", .proxy_auth = "me:p@ss/ word"}};
	make_command("git", users, false, &it);
	assert_true(names_holds(&it.env, "https_proxy=http://me:p%40ss%2F%20word@new:3128"));
	assert_true(names_holds(&it.env, "HTTPS_PROXY=http://me:p%40ss%2F%20word@new:3128"));
	assert_true(names_holds(&it.env, "TRUSTFIX_PROXY=http://me:p%40ss%2F%20word@new:3128"));
	assert_false(names_holds(&it.env, "no_proxy=x"));
	options = (struct survey_options){.peer = {.no_proxy = true}};
	make_command("git", users, false, &it);
	for (size_t i = 0; i < it.env.n; i++)
		assert_null(strcasestr(it.env.at[i], "proxy"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_program_says_is_understood),
		cmocka_unit_test(a_good_end_is_good_whatever_was_printed),
		cmocka_unit_test(the_line_that_tells_is_shown_harmless),
		cmocka_unit_test(who_printed_nothing_is_told_by_the_end),
		cmocka_unit_test(words_are_filled_in_and_chosen),
		cmocka_unit_test(a_clean_environment_keeps_the_road_alone),
		cmocka_unit_test(a_proxy_of_the_command_line_stands_above_the_variables),
	};

	return run_group("doctor", tests);
}
