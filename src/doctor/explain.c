/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/explain.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "src/base/advice.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "src/net/url.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

const struct cause explain_causes[] = {
#include "src/doctor/explain_messages.inc"
	{0}};

void explanation_free(struct explanation *explanation)
{
	free(explanation->note);
	free(explanation->target);
	free(explanation->sent);
	names_free(&explanation->commands);
}

/* ---- cause and program ----------------------------------------------------------------------- */

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* Ignore case and white space: programs and terminals break lines anywhere. */
static const char *find_part(const char *text, const char *part, const char *end)
{
	for (; *text; text++) {
		const char *at = text;
		const char *wanted = part;

		while (wanted < end &&
			tolower((unsigned char)*at) == tolower((unsigned char)*wanted)) {
			at = skip_space(at + 1);
			wanted = skip_space(wanted + 1);
		}
		if (wanted >= end)
			return text;
	}
	return NULL;
}

/* The position of "this" in "this + that", if all parts are there. */
static const char *find_phrase(const char *text, const char *phrase)
{
	const char *plus = strstr(phrase, " + ");
	const char *at = find_part(text, phrase, plus ? plus : phrase + strlen(phrase));

	return at && (!plus || find_phrase(text, plus + 3)) ? at : NULL;
}

const struct cause *explain_cause(const char *text, const char **ret_line, size_t *ret_len)
{
	for (const struct cause *cause = explain_causes; cause->name; cause++)
		for (size_t i = 0; i < CAUSE_PHRASES_N && cause->phrases[i]; i++) {
			const char *at = find_phrase(text, cause->phrases[i]);

			if (!at)
				continue;
			while (at > text && at[-1] != '\n')
				at--;
			*ret_line = at;
			*ret_len = strcspn(at, "\r\n");
			return cause;
		}
	return NULL;
}

/* ---- the target ------------------------------------------------------------------------------ */

/* Parse `len` bytes, and the port's digits or NULL, as a target; *ret stays NULL if they are not
 * one, or a help page that messages refer to. */
static int take_target(const char *at, size_t len, const char *port, char **ret, struct fault *why)
{
	static const char *const help[] = {"aka.ms", "classic.yarnpkg.com", "curl.haxx.se",
		"curl.se", "doc.rust-lang.org", "docs.docker.com", "docs.gradle.org",
		"docs.npmjs.com", "getcomposer.org", "help.gradle.org", "learn.microsoft.com",
		"nodejs.org", "pip.pypa.io", "urllib3.readthedocs.io", "yarnpkg.com"};
	auto_free char *text = NULL;
	auto_url target = URL_INIT;
	struct fault ignored = FAULT_INIT;
	char *host, *user_end;

	if (len > LIMIT_URL_LEN)
		return 0;
	if (text_set(&text, why, "%.*s%s%.*s", (int)len, at, port ? ":" : "",
		    port ? (int)strspn(port, "0123456789") : 0, port ? port : "") < 0)
		return -1;
	/* Drop the user and password: "https://me:***@app.test/" */
	host = strstr(text, "://");
	host = host ? host + strlen("://") : text;
	user_end = memrchr(host, '@', strcspn(host, "/?#"));
	if (user_end)
		memmove(host, user_end + 1, strlen(user_end));
	if (url_parse(text, URL_TARGET, &target, &ignored) < 0)
		return ignored.kind == FAULT_SYSTEM ? fault_nomem(why) : 0;
	if (!target.is_ip && !strchr(target.host, '.'))
		return 0;
	for (size_t i = 0; i < LENGTH(help); i++)
		if (strcmp(help[i], target.host) == 0)
			return 0;
	return text_set(ret, why, "%s",
		target.port == 443 && target.scheme == URL_HTTPS && !strchr(target.host, ':')
			? target.host
			: target.label);
}

/* What programs print before and after the name, the most reliable first. */
static const struct {
	const char *before, *behind;
	const char *port; /* between the name and its port, which is required; NULL: as in a URL */
} places[] = {
	{"host='", "'", "', port="},
	{"Failed to connect to ", " ", " port "},
	{"SSL certificate for ", ":", ":"},
	{"https://[", " \t\r\n'\"`<>(){},;\\", NULL},
	{"https://", " \t\r\n'\"`<>()[]{},;\\", NULL},
	{"proxy tunnel to ", " \r\n", NULL},
	{"Connected to ", " ", NULL},
	{"connect to host ", " ", NULL},
	{"connect to '", "'", NULL},
	{"connect to ", " \t\r\n'\"(|", NULL},
	{"in connection to ", " \r\n", NULL},
	{"connection failed for ", ": \r\n", NULL},
	{"-connect ", " \t\r\n'\"", NULL},
	{"Connecting to ", " \t\r\n(", NULL},
	{"Resolving '", "'", NULL},
	{"Certificate for <", ">", NULL},
	{"certificate of '", "'", NULL},
	{"certificate of ‘", "\xe2", NULL},
	{"cannot verify ", "'\xe2", NULL},
	{"target host name '", "'", NULL},
	{"host name '", "'", NULL},
	{"not valid for '", "'", NULL},
	{"hostname '", "'", NULL},
	{"altnames: Host: ", " ", NULL},
	{"name matching ", " ", NULL},
	{", not ", "\r\n :;\"", NULL},
	{"server name: ", " \r\n", NULL},
	{"resolve host: ", " \r\n", NULL},
};

static int find_target(const char *text, char **ret, struct fault *why)
{
	const char *leaf = strstr(text, "depth=0 ");
	const char *name = NULL;

	for (size_t i = 0; i < LENGTH(places); i++) {
		size_t before_len = strlen(places[i].before);
		bool is_url = text_starts(places[i].before, "https://");
		const char *at = text;

		for (unsigned n = 0; n < LIMIT_MESSAGE_HOSTS_N; n++) {
			const char *found = strcasestr(at, places[i].before);
			const char *port = places[i].port;
			size_t len;

			if (!found)
				break;
			at = found + before_len;
			len = strcspn(at, places[i].behind);
			if (port && !text_starts(at + len, port))
				continue;
			if (take_target(is_url ? found : at, is_url ? before_len + len : len,
				    port ? at + len + strlen(port) : NULL, ret, why) < 0)
				return -1;
			if (*ret)
				return 0;
		}
	}
	/*
	 * The leaf's common name is a guess, but the best an s_client log has.  "CN = a.test";
	 * since OpenSSL 3.2, "CN=a.test".
	 */
	for (size_t i = 0; leaf && !strchr("\r\n", leaf[i]); i++)
		if (strncmp(leaf + i, "CN = ", 5) == 0 || strncmp(leaf + i, "CN=", 3) == 0)
			name = leaf + i + (leaf[i + 2] == '=' ? 3 : 5);
	return name ? take_target(name, strcspn(name, "\r\n,\""), NULL, ret, why) : 0;
}

/* ---- what was sent --------------------------------------------------------------------------- */

/*
 * Describe what the peer sent, from the lines " 0 s:NAME" and "   i:NAME" of a log.
 * `*ret_left_out`: the issuer of the last certificate was not sent.
 */
static int tell_sent(const char *text, char **ret, bool *ret_left_out, struct fault *why)
{
	auto_names subjects = NAMES_INIT;
	auto_free char *issuer = NULL;
	auto_free char *shown = NULL;
	int rc = 0;

	for (const char *line = text; *line && rc == 0;
		line += strcspn(line, "\n"), line += *line == '\n') {
		const char *letter = line + strspn(line, " 0123456789");
		int len;

		if (letter == line || !*letter || letter[1] != ':')
			continue;
		len = (int)strcspn(letter + 2, "\r\n");
		if (*letter == 's')
			rc = names_addf(&subjects, why, "%.*s", len, letter + 2);
		else if (*letter == 'i')
			rc = text_set(&issuer, why, "%.*s", len, letter + 2);
	}
	if (rc < 0 || subjects.n == 0 || !issuer)
		return rc;
	*ret_left_out = !names_holds(&subjects, issuer);
	shown = text_printable(issuer, strlen(issuer), LIMIT_NAME_SHOWN);
	if (!shown)
		return fault_nomem(why);
	return text_set(ret, why, "%zu %s; the last is issued by '%s', which was %ssent",
		subjects.n, subjects.n == 1 ? "certificate" : "certificates", shown,
		*ret_left_out ? "not " : "");
}

/* ---- what to run next ------------------------------------------------------------------------ */

/* Options of the failed command, and our names for them. */
static const struct {
	const char *program, *word, *option;
} told[] = {
	{"s_client ", " -proxy ", "proxy"},
	{"s_client ", " -servername ", "servername"},
	{"s_client ", " -cert ", "cert"},
	{"s_client ", " -key ", "key"},
	{"curl ", " -x ", "proxy"},
	{"curl ", " --proxy ", "proxy"},
	{"curl ", " -E ", "cert"},
	{"curl ", " --cert ", "cert"},
	{"curl ", " --key ", "key"},
};

/* Collect the options of the failed command, at most one for each row of `told`; `values` owns
 * their values. */
static int find_options(
	const char *text, struct advice *ret, struct names *values, struct fault *why)
{
	for (size_t i = 0; i < LENGTH(told); i++) {
		const char *line = strstr(text, told[i].program);
		const char *at = line ? strstr(line, told[i].word) : NULL;
		const char *ends = " \t\r\n";
		auto_url proxy = URL_INIT;
		struct fault ignored = FAULT_INIT;
		const char *value;

		if (!at || at > line + strcspn(line, "\r\n") || advice_value(ret, told[i].option))
			continue;
		at += strlen(told[i].word);
		if (*at == '\'' || *at == '"') {
			ends = "'\"\r\n";
			at++;
		}
		if (names_addf(values, why, "%.*s", (int)strcspn(at, ends), at) < 0)
			return -1;
		value = values->at[values->n - 1];
		/* Never repeat a password. */
		if (*value && strcmp(told[i].option, "proxy") == 0) {
			if (url_parse(value, URL_PROXY, &proxy, &ignored) < 0 &&
				ignored.sys == ENOMEM)
				return fault_nomem(why);
			if (names_add(values, proxy.label ? proxy.label : "", why) < 0)
				return -1;
			value = values->at[values->n - 1];
			ret->hides_login = proxy.user != NULL;
		}
		if (*value)
			ret->at[ret->n++] = (struct advice_option){told[i].option, value, 0, true};
	}
	return 0;
}

static int fill_commands(const char *text, struct explanation *it, struct fault *why)
{
	struct advice_option options[LENGTH(told)];
	struct advice command_line = {.at = options};
	auto_names values = NAMES_INIT;

	if (find_options(text, &command_line, &values, why) < 0)
		return -1;
	for (size_t i = 0; i < CAUSE_COMMANDS_N && (i == 0 || it->cause->commands[i]); i++) {
		const char *command =
			it->cause->commands[i] ? it->cause->commands[i] : "trustfix probe %s";
		auto_free char *copy = strdup(command);
		auto_free char *line = NULL;
		const char *words[16] = {NULL};
		size_t n = 0;

		if (!copy)
			return fault_nomem(why);
		for (char *at = copy, *word; (word = strsep(&at, " "));)
			words[n++] = strcmp(word, "%s") != 0 ? word
				     : it->target            ? it->target
							     : "HOST";
		/* words[0] is "trustfix" */
		if ((strstr(command, "%s") &&
			    advice_format(&command_line, words + 1, &line, why) < 0) ||
			names_add(&it->commands, line ? line : command, why) < 0)
			return -1;
	}
	return 0;
}

/* ---- explain_text() -------------------------------------------------------------------------- */

int explain_text(const void *text, size_t len, struct explanation *ret, struct fault *why)
{
	auto_explanation it = {0};
	auto_certs certs = CERTS_INIT;
	auto_free char *copy = malloc(len + 1);
	const char *line;
	size_t line_len;
	bool left_out = false;

	if (!copy)
		return fault_nomem(why);
	for (size_t i = 0; i < len; i++)
		copy[i] = ((const char *)text)[i] ? ((const char *)text)[i] : ' ';
	copy[len] = 0;
	it.cause = explain_cause(copy, &line, &line_len);
	if (!it.cause)
		return fault_set(why, FAULT_REFUSED,
			"no message of a TLS failure is recognized in this text");
	for (size_t i = 0; i < programs_n && !it.program; i++)
		for (size_t w = 0; w < PROGRAM_LIST_N && programs[i].words[w]; w++)
			if (strstr(copy, programs[i].words[w]))
				it.program = &programs[i];
	/* Which store it reads, and what helps. */
	if (it.program && (it.program->reads || it.program->how || it.program->restart) &&
		text_set(&it.note, why, "reads %s%s%s%s%s%s",
			it.program->reads ? it.program->reads : PROGRAM_SYSTEM_STORE,
			it.program->how ? "; " : "", it.program->how ? it.program->how : "",
			it.program->restart ? "; restart " : "",
			it.program->restart ? it.program->restart : "",
			it.program->restart ? " afterwards" : "") < 0)
		return -1;
	/* Of the certificates in a log, damaged ones are skipped. */
	if (tell_sent(copy, &it.sent, &left_out, why) < 0 ||
		find_target(copy, &it.target, why) < 0 ||
		pem_read(copy, len, "the text", PEM_LENIENT, &certs, why) < 0)
		return -1;
	it.interceptor = certs.n ? interceptor_of(&certs) : NULL;
	/* The log shows more than the message says. */
	if (left_out && strcmp(it.cause->name, "issuer-unknown") == 0)
		for (it.cause = explain_causes; strcmp(it.cause->name, "issuer-not-sent") != 0;)
			it.cause++;
	if (fill_commands(copy, &it, why) < 0)
		return -1;
	*ret = it;
	it = (struct explanation){0};
	return 0;
}
