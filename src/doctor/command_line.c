/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/command_line.h"

#include <ctype.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/hostport.h"
#include "src/net/route.h"
#include "src/journal/hooks.h"

/* The road to the target. */
static const char *const proxy_names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY",
	"all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};

/* What a program needs to be found and started, and takes no trust from. */
static const char *const plain_names[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR",
	"TZ", "LANG", "JAVA_HOME", "GOROOT", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "PYENV_ROOT",
	"PYENV_VERSION", "RBENV_ROOT", "NVM_DIR", "VOLTA_HOME", "ASDF_DIR", "ASDF_DATA_DIR",
	"MISE_DATA_DIR"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

void command_line_free(struct command_line *command_line)
{
	names_free(&command_line->argv);
	names_free(&command_line->env);
}

const char **command_line_vector(const struct names *names)
{
	const char **vector = calloc(names->n + 1, sizeof(*vector));

	for (size_t i = 0; vector && i < names->n; i++)
		vector[i] = names->at[i];
	return vector;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_word(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(at, word, len) == 0;
}

/* What {name} stands for, allocated; *ret NULL: nothing, it is no word of ours. */
static int stands_for(const struct command_line_case *it, const char *name, size_t len, char **ret,
	struct fault *why)
{
	const struct target *target = it->target;
	const struct probe_options *peer = &it->options->peer;
	auto_free char *place = hostport_label(target->host, target->port);
	auto_free char *file = NULL;

	if (!place)
		return fault_nomem(why);
	if (is_word(name, len, "url")) {
		if (asprintf(ret, "https://%s/", place) < 0)
			*ret = NULL;
	} else if (is_word(name, len, "place")) {
		*ret = steal(&place);
	} else if (is_word(name, len, "dir")) {
		*ret = strdup(it->dir);
	} else if (is_word(name, len, "connect")) {
		*ret = hostport_label(peer->connect_host, peer->connect_port);
	} else if (len > 6 && strncmp(name, "probe-", 6) == 0) {
		file = strndup(name, len);
		*ret = file ? hooks_probe(file) : NULL;
		if (file && !*ret)
			return fault_set(
				why, FAULT_SYSTEM, "there is no '%s' in " TRUSTFIX_HOOKDIR, file);
	} else {
		return 0;
	}
	return *ret ? 0 : fault_nomem(why);
}

/* One word with what its braces stand for. */
static int add_word(
	const struct command_line_case *it, const char *word, struct names *ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PATH_LEN + LIMIT_TARGET_LEN);

	while (*word) {
		size_t len = *word == '{' ? strcspn(word, "}") : 0;
		auto_free char *value = NULL;

		if (len && word[len] && stands_for(it, word + 1, len - 1, &value, why) < 0)
			return -1;
		if (value) {
			buf_add_text(&text, value);
			word += len + 1;
		} else {
			buf_add_byte(&text, (uint8_t)*word++);
		}
	}
	if (buf_check(&text, it->program->name, why) < 0)
		return -1;
	return names_add(ret, buf_text(&text), why);
}

static int add_words(const struct command_line_case *it, const char *const *words,
	struct names *ret, struct fault *why)
{
	for (size_t i = 0; i < PROGRAM_WORDS_N && words[i]; i++) {
		const char *word = words[i];

		if ((*word == '?' && !it->clean) ||
			(*word == '@' && !it->options->peer.connect_host))
			continue;
		if (add_word(it, word + (*word == '?' || *word == '@'), ret, why) < 0)
			return -1;
	}
	return 0;
}

/* ---- environment ----------------------------------------------------------------------------- */

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return len == strcspn(b, "=") && strncmp(a, b, len) == 0;
}

static bool is_one_of(const char *entry, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (same_name(entry, names[i]))
			return true;
	return false;
}

/* RFC 3986, section 2.3: all that is not unreserved. */
static void add_encoded(struct buf *url, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			buf_add_byte(url, (uint8_t)*text);
		else
			buf_printf(url, "%%%02X", (unsigned char)*text);
}

/* The proxy as a URL into that variable; its label is one without credentials. */
static int set_proxy(
	const struct proxy *proxy, const char *name, struct names *env, struct fault *why)
{
	const char *host = strstr(proxy->label, "://") + 3;
	auto_buf url = buf_make(LIMIT_URL_LEN + 6 * LIMIT_PASSWORD_BYTES);
	int rc;

	buf_add(&url, proxy->label, (size_t)(host - proxy->label));
	if (proxy->user) {
		add_encoded(&url, proxy->user);
		buf_add_byte(&url, ':');
		add_encoded(&url, proxy->password ? proxy->password : "");
		buf_add_byte(&url, '@');
	}
	buf_add_text(&url, host);
	rc = buf_check(&url, "proxy URL", why);
	if (rc == 0)
		rc = names_addf(env, why, "%s=%s", name, buf_text(&url));
	if (url.bytes)
		explicit_bzero(url.bytes, url.len);
	return rc;
}

/*
 * The proxy for this target, --proxy's or the environment's: in TRUSTFIX_PROXY for the probes,
 * since what they stand for reads no variable, and in the usual ones when options have a say in it.
 */
static int add_proxy(const struct command_line_case *it, struct names *env, struct fault *why)
{
	const struct probe_options *peer = &it->options->peer;
	struct fault ignored = FAULT_INIT;
	auto_proxy proxy = PROXY_INIT;

	/* A variable that holds no proxy is what the programs themselves will complain of. */
	if (route_find(peer, it->target->host, it->target->is_ip, false, &proxy, &ignored) < 0 ||
		proxy.scheme == PROXY_NONE)
		return 0;
	if ((peer->proxy || peer->proxy_auth) &&
		(set_proxy(&proxy, "https_proxy", env, why) < 0 ||
			set_proxy(&proxy, "HTTPS_PROXY", env, why) < 0))
		return -1;
	return set_proxy(&proxy, "TRUSTFIX_PROXY", env, why);
}

static bool is_passed_on(const struct command_line_case *it, const char *entry)
{
	bool is_proxy = is_one_of(entry, proxy_names, LENGTH(proxy_names));

	if (is_proxy)
		return !it->options->peer.proxy && !it->options->peer.no_proxy;
	return !it->clean || is_one_of(entry, plain_names, LENGTH(plain_names));
}

static int make_env(const struct command_line_case *it, struct names *env, struct fault *why)
{
	if (add_words(it, it->program->env, env, why) < 0 ||
		names_add(env, "LC_ALL=C.UTF-8", why) < 0 || names_add(env, "LANGUAGE=", why) < 0 ||
		add_proxy(it, env, why) < 0)
		return -1;
	for (const char *const *entry = it->environ; *entry; entry++)
		if (is_passed_on(it, *entry) &&
			!is_one_of(*entry, (const char *const *)env->at, env->n) &&
			names_add(env, *entry, why) < 0)
			return -1;
	return 0;
}

int command_line_make(
	const struct command_line_case *it, struct command_line *ret, struct fault *why)
{
	CLEANUP(command_line) struct command_line command_line = {0};

	if (names_add(&command_line.argv, it->path, why) < 0 ||
		add_words(it, it->program->argv, &command_line.argv, why) < 0 ||
		make_env(it, &command_line.env, why) < 0)
		return -1;
	*ret = command_line;
	command_line = (struct command_line){0};
	return 0;
}
