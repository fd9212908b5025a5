/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "src/base/text.h"
#include "src/doctor/doctor.h"
#include "src/journal/hooks.h"
#include "src/net/proxy.h"

/* the route to the target */
static const char *const proxy_names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY",
	"all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};

/* what a program needs to be found and started, none of which affects trust */
static const char *const plain_names[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR",
	"TZ", "LANG", "JAVA_HOME", "GOROOT", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "PYENV_ROOT",
	"PYENV_VERSION", "RBENV_ROOT", "NVM_DIR", "VOLTA_HOME", "ASDF_DIR", "ASDF_DATA_DIR",
	"MISE_DATA_DIR"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Add the word with its {...} replaced. */
static int add_word(const struct doctor *it, const struct doctor_call *call, const char *word,
	struct names *ret, struct fault *why)
{
	const char *place = it->finding->target->place;
	const char *const fills[][2] = {{"{place}", place}, {"{dir}", call->dir},
		{"{connect}", it->peer->connect ? it->peer->connect->place : ""}};
	auto_buf text = buf_make(LIMIT_PATH_LEN + LIMIT_URL_LEN);

	if (text_starts(word, "{probe-")) {
		auto_free char *name = strndup(word + 1, strlen(word) - strlen("{}"));
		auto_free char *probe = name ? hooks_path(name, R_OK) : NULL;

		if (!name)
			return fault_nomem(why);
		return probe ? names_add(ret, probe, why)
			     : fault_set(why, FAULT_SYSTEM, "there is no '%s' in " TRUSTFIX_HOOKDIR,
				       name);
	}
	while (*word) {
		size_t i = 0;

		while (i < LENGTH(fills) && !text_starts(word, fills[i][0]))
			i++;
		if (i < LENGTH(fills)) {
			buf_add_text(&text, fills[i][1]);
			word += strlen(fills[i][0]);
		} else if (text_starts(word, "{url}")) {
			buf_printf(&text, "https://%s/", place);
			word += strlen("{url}");
		} else {
			buf_add_byte(&text, (uint8_t)*word++);
		}
	}
	if (buf_check(&text, call->at->program->name, why) < 0)
		return -1;
	return names_add(ret, buf_text(&text), why);
}

static int add_words(const struct doctor *it, const struct doctor_call *call,
	const char *const *words, struct names *ret, struct fault *why)
{
	for (size_t i = 0; i < PROGRAM_WORDS_N && words[i]; i++) {
		bool in_clean = *words[i] == '?';
		bool with_connect = *words[i] == '@';

		if ((in_clean && !call->clean) || (with_connect && !it->peer->connect))
			continue;
		if (add_word(it, call, words[i] + (in_clean || with_connect), ret, why) < 0)
			return -1;
	}
	return 0;
}

/* Does "NAME=value" have one of these names? */
static bool is_one_of(const char *entry, const char *const *names, size_t n)
{
	size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < n; i++)
		if (len == strcspn(names[i], "=") && strncmp(entry, names[i], len) == 0)
			return true;
	return false;
}

/* Percent-encode everything but unreserved characters (RFC 3986, section 2.3). */
static void add_encoded(struct buf *url, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			buf_add_byte(url, (uint8_t)*text);
		else
			buf_printf(url, "%%%02X", (unsigned char)*text);
}

/*
 * Add the proxy for this target, from --proxy or the environment: as TRUSTFIX_PROXY for the probes,
 * because the libraries they test read no variable, and as the usual variables if options affect
 * it.
 */
static int add_proxy(const struct doctor *it, struct names *env, struct fault *why)
{
	struct fault ignored = FAULT_INIT;
	auto_url proxy = URL_INIT;
	auto_buf url = buf_make(LIMIT_URL_LEN + 6 * LIMIT_PASSWORD_BYTES);
	int rc;

	/* If a variable does not hold a valid proxy, the programs report it themselves. */
	if (proxy_find(it->peer, it->finding->target, false, &proxy, &ignored) < 0 || !proxy.host)
		return 0;
	/* The label is a URL without credentials. */
	buf_add(&url, proxy.label, (size_t)(proxy.place - proxy.label));
	if (proxy.user) {
		add_encoded(&url, proxy.user);
		buf_add_byte(&url, ':');
		add_encoded(&url, proxy.password);
		buf_add_byte(&url, '@');
	}
	buf_add_text(&url, proxy.place);
	rc = buf_check(&url, "proxy URL", why);
	if (rc == 0 && (it->peer->proxy || it->peer->proxy_auth) &&
		(names_addf(env, why, "https_proxy=%s", buf_text(&url)) < 0 ||
			names_addf(env, why, "HTTPS_PROXY=%s", buf_text(&url)) < 0))
		rc = -1;
	if (rc == 0)
		rc = names_addf(env, why, "TRUSTFIX_PROXY=%s", buf_text(&url));
	if (url.bytes)
		explicit_bzero(url.bytes, url.len);
	return rc;
}

int doctor_command_make(const struct doctor *it, const struct doctor_call *call,
	struct names *ret_argv, struct names *ret_env, struct fault *why)
{
	if (names_add(ret_argv, call->at->path, why) < 0 ||
		add_words(it, call, call->words, ret_argv, why) < 0 ||
		add_words(it, call, call->at->program->env, ret_env, why) < 0 ||
		names_add(ret_env, "LC_ALL=C.UTF-8", why) < 0 ||
		names_add(ret_env, "LANGUAGE=", why) < 0 || add_proxy(it, ret_env, why) < 0)
		return -1;
	for (char *const *entry = environ; *entry; entry++) {
		bool passes = is_one_of(*entry, proxy_names, LENGTH(proxy_names))
				      ? !it->peer->proxy && !it->peer->no_proxy
				      : !call->clean ||
						is_one_of(*entry, plain_names, LENGTH(plain_names));

		if (passes && !is_one_of(*entry, (const char *const *)ret_env->at, ret_env->n) &&
			names_add(ret_env, *entry, why) < 0)
			return -1;
	}
	return 0;
}
