/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/explain.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "src/base/advice.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "src/net/route.h"
#include "src/net/target.h"

void explanation_free(struct explanation *explanation)
{
	free(explanation->target);
	free(explanation->sent);
	names_free(&explanation->commands);
}

/* ---- cause and program ----------------------------------------------------------------------- */

static void find_line(const char *text, const char *at, const char **ret_line, size_t *ret_len)
{
	while (at > text && at[-1] != '\n')
		at--;
	*ret_line = at;
	*ret_len = strcspn(at, "\r\n");
}

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

static bool begins(const char *text, const char *phrase)
{
	for (; *phrase; text = skip_space(text + 1), phrase = skip_space(phrase + 1))
		if (tolower((unsigned char)*text) != tolower((unsigned char)*phrase))
			return false;
	return true;
}

/* No matter the case and the white space: programs and terminals break lines anywhere. */
static const char *find_phrase(const char *text, const char *phrase)
{
	while (*text && !begins(text, phrase))
		text++;
	return *text ? text : NULL;
}

enum cause explain_cause(const char *text, const char **ret_line, size_t *ret_len)
{
	enum cause cause = CAUSES;

	for (const struct phrase *phrase = explain_phrases; phrase->text; phrase++) {
		const char *at = phrase->cause < cause ? find_phrase(text, phrase->text) : NULL;

		if (!at || (phrase->also && !find_phrase(text, phrase->also)))
			continue;
		cause = phrase->cause;
		find_line(text, at, ret_line, ret_len);
	}
	return cause;
}

static const struct program_row *find_program(const char *text)
{
	for (const struct program_row *program = explain_programs; program->name; program++)
		for (size_t i = 0; i < sizeof(program->phrases) / sizeof(program->phrases[0]); i++)
			if (program->phrases[i] && strstr(text, program->phrases[i]))
				return program;
	return NULL;
}

/* ---- the host it speaks of ------------------------------------------------------------------- */

/* Pages that messages refer to for help. */
static bool is_help(const char *host)
{
	static const char *const hosts[] = {"aka.ms", "classic.yarnpkg.com", "curl.haxx.se",
		"curl.se", "doc.rust-lang.org", "docs.docker.com", "docs.gradle.org",
		"docs.npmjs.com", "getcomposer.org", "help.gradle.org", "learn.microsoft.com",
		"nodejs.org", "pip.pypa.io", "urllib3.readthedocs.io", "yarnpkg.com"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strcmp(hosts[i], host) == 0)
			return true;
	return false;
}

/* Leave out who logs in: "https://me:***@app.test/" */
static void drop_user(char *url)
{
	char *mark = strstr(url, "://");
	char *host = mark ? mark + strlen("://") : url;
	char *user_end = memrchr(host, '@', strcspn(host, "/?#"));

	if (user_end)
		memmove(host, user_end + 1, strlen(user_end));
}

/* `len` bytes as a target; *ret is left alone when they are none.  -1: no memory. */
static int take_target(const char *at, size_t len, char **ret, struct fault *why)
{
	auto_free char *text = strndup(at, len);
	struct fault ignored = FAULT_INIT;
	auto_target target = TARGET_INIT;

	if (!text)
		return fault_nomem(why);
	drop_user(text);
	if (target_parse(text, &target, &ignored) < 0)
		return ignored.kind == FAULT_SYSTEM ? fault_nomem(why) : 0;
	if (is_help(target.host) || (!target.is_ip && !strchr(target.host, '.')))
		return 0;
	*ret = strdup(target.port == 443 && target.scheme == TARGET_TLS && !strchr(target.host, ':')
			      ? target.host
			      : target.label);
	return *ret ? 0 : fault_nomem(why);
}

/* What programs put before and behind the name, the surest first. */
static const struct {
	const char *before, *behind;
} places[] = {
	{"https://[", " \t\r\n'\"`<>(){},;\\"},
	{"https://", " \t\r\n'\"`<>()[]{},;\\"},
	{"proxy tunnel to ", " \r\n"},
	{"Connected to ", " "},
	{"connect to host ", " "},
	{"connect to ", " \t\r\n'\"(|"},
	{"in connection to ", " \r\n"},
	{"connection failed for ", ": \r\n"},
	{"-connect ", " \t\r\n'\""},
	{"Connecting to ", " \t\r\n("},
	{"Resolving '", "'"},
	{"Certificate for <", ">"},
	{"certificate of '", "'"},
	{"certificate of ‘", "\xe2"},
	{"cannot verify ", "'\xe2"},
	{"target host name '", "'"},
	{"host name '", "'"},
	{"not valid for '", "'"},
	{"hostname '", "'"},
	{"altnames: Host: ", " "},
	{"name matching ", " "},
	{", not ", "\r\n :;\""},
	{"server name: ", " \r\n"},
	{"resolve host: ", " \r\n"},
};

static int find_named(const char *text, size_t place, char **ret, struct fault *why)
{
	const char *before = places[place].before;
	bool is_url = text_starts(before, "https://");

	for (unsigned n = 0; !*ret && n < LIMIT_MESSAGE_HOSTS_N; n++) {
		const char *at = strcasestr(text, before);
		size_t len;

		if (!at)
			return 0;
		text = at + strlen(before);
		len = strcspn(text, places[place].behind) + (is_url ? strlen(before) : 0);
		if (len <= LIMIT_TARGET_LEN && take_target(is_url ? at : text, len, ret, why) < 0)
			return -1;
	}
	return 0;
}

/* Name and port apart: HTTPSConnectionPool(host='app.test', port=443), and curl's. */
static int find_pair(
	const char *text, const char *before, const char *between, char **ret, struct fault *why)
{
	const char *host = strstr(text, before);
	const char *port = host ? strstr(host, between) : NULL;
	auto_names both = NAMES_INIT;

	if (*ret || !port || port - host > (ptrdiff_t)LIMIT_HOST_LEN)
		return 0;
	host += strlen(before);
	if (names_addf(&both, why, "%.*s:%.*s", (int)(port - host), host,
		    (int)strspn(port + strlen(between), "0123456789"), port + strlen(between)) < 0)
		return -1;
	return take_target(both.at[0], strlen(both.at[0]), ret, why);
}

/*
 * The leaf's common name is a guess; of a log of s_client there is nothing better.  "CN = a.test",
 * from OpenSSL 3.2 on "CN=a.test".
 */
static int find_leaf(const char *text, char **ret, struct fault *why)
{
	const char *line = strstr(text, "depth=0 ");
	const char *name = NULL;
	size_t len = line ? strcspn(line, "\r\n") : 0;

	for (size_t i = 0; i < len; i++)
		if (strncmp(line + i, "CN = ", 5) == 0 || strncmp(line + i, "CN=", 3) == 0)
			name = line + i + (line[i + 2] == '=' ? 3 : 5);
	if (!name)
		return 0;
	return take_target(name, strcspn(name, "\r\n,\""), ret, why);
}

static int find_target(const char *text, char **ret, struct fault *why)
{
	if (find_pair(text, "host='", "', port=", ret, why) < 0 ||
		find_pair(text, "Failed to connect to ", " port ", ret, why) < 0)
		return -1;
	for (size_t i = 0; !*ret && i < sizeof(places) / sizeof(places[0]); i++)
		if (find_named(text, i, ret, why) < 0)
			return -1;
	return *ret ? 0 : find_leaf(text, ret, why);
}

/* ---- what was sent --------------------------------------------------------------------------- */

/* A name in a log: borrowed, NULL while there is none. */
struct seen {
	const char *at;
	size_t len;
};

/* The next line " 0 s:NAME" or "   i:NAME" behind `*at`; which of the two, or 0. */
static char next_name(const char **at, struct seen *ret)
{
	for (const char *line = *at; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *letter = line + strspn(line, " 0123456789");

		if (letter == line || (*letter != 's' && *letter != 'i') || letter[1] != ':')
			continue;
		ret->at = letter + 2;
		ret->len = strcspn(ret->at, "\r\n");
		*at = ret->at + ret->len;
		return *letter;
	}
	return 0;
}

static bool is_subject(const char *text, const struct seen *name)
{
	struct seen one;
	char letter;

	while ((letter = next_name(&text, &one)) != 0)
		if (letter == 's' && one.len == name->len && memcmp(one.at, name->at, one.len) == 0)
			return true;
	return false;
}

/* `*ret_left_out`: the issuer of the last that was sent is not among them. */
static int tell_sent(const char *text, char **ret, bool *ret_left_out, struct fault *why)
{
	const char *at = text;
	struct seen one, issuer = {0};
	auto_free char *name = NULL;
	size_t n = 0;
	char letter;

	while ((letter = next_name(&at, &one)) != 0) {
		n += letter == 's';
		if (letter == 'i')
			issuer = one;
	}
	if (n == 0 || !issuer.at)
		return 0;
	*ret_left_out = !is_subject(text, &issuer);
	name = text_printable(issuer.at, issuer.len, LIMIT_NAME_SHOWN);
	if (!name)
		return fault_nomem(why);
	if (asprintf(ret, "%zu %s; the last is issued by '%s', which was %ssent", n,
		    n == 1 ? "certificate" : "certificates", name, *ret_left_out ? "not " : "") < 0)
		return fault_nomem(why);
	return 0;
}

/* The certificates that a log holds; what is damaged is passed over. */
static int find_interceptor(const char *text, const struct interceptor **ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;

	if (pem_read(text, strlen(text), "the text", PEM_LENIENT, &certs, NULL, why) < 0)
		return -1;
	*ret = certs.n ? interceptor_of(&certs) : NULL;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* How the command that failed went there, as ours are told it: name and value in turn. */
static const struct {
	const char *program, *word, *option;
} told[] = {
	{"s_client ", "-proxy", "--proxy"},
	{"s_client ", "-servername", "--servername"},
	{"s_client ", "-cert", "--cert"},
	{"s_client ", "-key", "--key"},
	{"curl ", "-x", "--proxy"},
	{"curl ", "--proxy", "--proxy"},
	{"curl ", "-E", "--cert"},
	{"curl ", "--cert", "--cert"},
	{"curl ", "--key", "--key"},
};

/* The word behind that one in the line, allocated; NULL: none. */
static char *word_after(const char *line, const char *word)
{
	size_t line_len = strcspn(line, "\r\n");

	for (const char *at = line; (at = strstr(at, word)) && at < line + line_len; at++) {
		const char *value = at + strlen(word);

		if (at[-1] != ' ' || *value++ != ' ')
			continue;
		return *value == '\'' || *value == '"'
			       ? strndup(value + 1, strcspn(value + 1, "'\"\r\n"))
			       : strndup(value, strcspn(value, " \t\r\n"));
	}
	return NULL;
}

/* A password stays where it is. */
static int add_proxy(const char *value, struct names *ret, struct fault *why)
{
	struct fault ignored = FAULT_INIT;
	auto_proxy proxy = PROXY_INIT;

	if (proxy_parse(value, &proxy, &ignored) < 0 || proxy.scheme == PROXY_NONE)
		return ignored.sys == ENOMEM ? fault_nomem(why) : 0;
	if (names_add(ret, "--proxy", why) < 0 || names_add(ret, proxy.label, why) < 0)
		return -1;
	if (!proxy.user)
		return 0;
	return names_add(ret, "--proxy-auth-file", why) < 0 ? -1
							    : names_add(ret, ADVICE_LOGIN, why);
}

static int find_options(const char *text, struct names *ret, struct fault *why)
{
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		const char *line = strstr(text, told[i].program);
		auto_free char *value = line ? word_after(line, told[i].word) : NULL;
		int rc = 0;

		if (!value || !*value || names_holds(ret, told[i].option))
			continue;
		if (strcmp(told[i].option, "--proxy") == 0)
			rc = add_proxy(value, ret, why);
		else if (names_add(ret, told[i].option, why) < 0 || names_add(ret, value, why) < 0)
			rc = -1;
		if (rc < 0)
			return -1;
	}
	return 0;
}

static bool has_option(const char *command, const char *option)
{
	const char *at = strstr(command, option);

	return at && at[strlen(option)] == ' ';
}

/* A row's command, with the options behind its verb and the target in its gap. */
static int fill_command(const char *command, const struct names *options, const char *target,
	struct names *ret, struct fault *why)
{
	const char *gap = strstr(command, "%s");
	const char *verb_end;
	auto_buf line = buf_make(LIMIT_MIB);

	if (!gap)
		return names_add(ret, command, why);
	verb_end = strchr(command + strlen("trustfix "), ' ');
	buf_add(&line, command, (size_t)(verb_end - command));
	for (size_t i = 0; i < options->n; i += 2) {
		auto_free char *value = text_shell_word(options->at[i + 1]);
		bool is_proxy = text_starts(options->at[i], "--proxy");

		if (!value)
			return fault_nomem(why);
		if (!has_option(command, options->at[i]) &&
			!(is_proxy && strstr(command, "--no-proxy")))
			buf_printf(&line, " %s %s", options->at[i], value);
	}
	buf_add(&line, verb_end, (size_t)(gap - verb_end));
	buf_printf(&line, "%s%s", target, gap + 2);
	return buf_check(&line, "advice", why) < 0 ? -1 : names_add(ret, buf_text(&line), why);
}

static int fill_commands(const char *text, struct explanation *it, struct fault *why)
{
	auto_free char *target = text_shell_word(it->target ? it->target : "HOST");
	auto_names options = NAMES_INIT;

	if (!target)
		return fault_nomem(why);
	if (find_options(text, &options, why) < 0)
		return -1;
	for (size_t i = 0; i < EXPLAIN_COMMANDS_N && it->cause->commands[i]; i++)
		if (fill_command(it->cause->commands[i], &options, target, &it->commands, why) < 0)
			return -1;
	return 0;
}

int explain_text(const void *text, size_t len, struct explanation *ret, struct fault *why)
{
	auto_explanation it = {0};
	auto_free char *copy = malloc(len + 1);
	const char *line;
	size_t line_len;
	enum cause cause;
	bool left_out = false;

	if (!copy)
		return fault_nomem(why);
	for (size_t i = 0; i < len; i++)
		copy[i] = ((const char *)text)[i] ? ((const char *)text)[i] : ' ';
	copy[len] = 0;
	cause = explain_cause(copy, &line, &line_len);
	if (cause == CAUSES)
		return fault_set(why, FAULT_REFUSED,
			"no message of a TLS failure is recognized in this text");
	if (tell_sent(copy, &it.sent, &left_out, why) < 0)
		return -1;
	if (cause == CAUSE_ISSUER_UNKNOWN && left_out)
		cause = CAUSE_ISSUER_NOT_SENT;
	it.cause = &explain_causes[cause];
	it.program = find_program(copy);
	if (find_target(copy, &it.target, why) < 0 ||
		find_interceptor(copy, &it.interceptor, why) < 0 ||
		fill_commands(copy, &it, why) < 0)
		return -1;
	*ret = it;
	it = (struct explanation){0};
	return 0;
}
