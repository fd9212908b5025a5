/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/advice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

static const struct advice nothing;

void advice_free(struct advice *advice)
{
	free(advice->at);
	*advice = nothing;
}

struct advice advice_through(const struct advice *command_line, const char *via, bool via_has_login)
{
	struct advice through = command_line ? *command_line : nothing;

	through.via = via;
	through.via_has_login = via_has_login;
	return through;
}

void advice_hide_login(struct advice *advice, const char *label, bool has_login)
{
	for (size_t i = 0; has_login && i < advice->n; i++)
		if (strcmp(advice->at[i].name, "proxy") == 0)
			advice->at[i].value = label;
	advice->hides_login = has_login;
}

const char *advice_value(const struct advice *command_line, const char *name)
{
	for (size_t i = 0; command_line && i < command_line->n; i++)
		if (strcmp(command_line->at[i].name, name) == 0)
			return command_line->at[i].value;
	return NULL;
}

bool advice_fits(const struct advice *command_line, const char *command)
{
	for (size_t i = 0; command_line && i < command_line->n; i++)
		if (command_line->at[i].stays &&
			!command_line->takes(command, command_line->at[i].group))
			return false;
	return true;
}

/* Do the words contain this option? */
static bool has_option(const char *const *words, const char *name)
{
	for (; *words; words++)
		if (text_starts(*words, "--") && strcmp(*words + 2, name) == 0)
			return true;
	return false;
}

/* Do the words contain this option, or exclude it? */
static bool is_replaced(const char *option, const char *const *words)
{
	static const struct {
		const char *word, *option;
	} excluded[] = {
		{"no-proxy", "proxy"},
		{"no-proxy", "proxy-auth-file"},
		/* We advise --no-proxy only to reach the proxy itself. */
		{"no-proxy", "proxy-cacert"},
		{"no-proxy", "connect"},
		{"no-proxy", "servername"},
		{"no-proxy", "cert"},
		{"no-proxy", "key"},
		{"no-proxy", "key-pass-file"},
		{"ca", "public-root"},
		{"pin", "trust-on-first-use"},
	};

	for (size_t i = 0; i < sizeof(excluded) / sizeof(excluded[0]); i++)
		if (strcmp(option, excluded[i].option) == 0 && has_option(words, excluded[i].word))
			return true;
	return has_option(words, option);
}

static void add_words(struct buf *line, const char *const *words)
{
	for (; *words; words++) {
		buf_add_byte(line, ' ');
		text_add_shell_word(line, *words);
	}
}

static void add_option(struct buf *line, const char *name, const char *value)
{
	buf_printf(line, " --%s", name);
	add_words(line, ADVICE_WORDS(value));
}

/* What the sentence must add about a command. */
struct remarks {
	bool names_proxy; /* it adds --proxy, which came from a variable */
	bool lacks_login;
};

/* `is_again`: repeat the whole call, with its operands. */
static struct remarks add_command(const struct advice *command_line, const char *const *words,
	bool is_again, struct buf *line)
{
	bool has_login = has_option(words, "proxy-auth-file");
	struct remarks ret;

	buf_printf(line, "trustfix %s", words[0]);
	/* Another user does not have this user's proxy variables. */
	ret.names_proxy = command_line->lacks_root && command_line->via &&
			  strcmp(words[0], "install") == 0 && !advice_value(command_line, "proxy");
	ret.lacks_login = ret.names_proxy && command_line->via_has_login && !has_login;
	if (ret.names_proxy)
		add_option(line, "proxy", command_line->via);
	for (size_t i = 0; i < command_line->n; i++) {
		const struct advice_option *option = &command_line->at[i];
		bool stays = option->stays &&
			     (!command_line->takes || command_line->takes(words[0], option->group));

		if ((!is_again && !stays) || is_replaced(option->name, words) ||
			(strcmp(option->name, "proxy-auth-file") == 0 &&
				(command_line->hides_login || ret.lacks_login)))
			continue;
		if (strcmp(option->name, "proxy") == 0)
			ret.lacks_login = command_line->hides_login && !has_login;
		add_option(line, option->name, option->value);
	}
	if (ret.lacks_login)
		add_option(line, "proxy-auth-file", ADVICE_LOGIN);
	add_words(line, words + 1);
	for (size_t i = 0; is_again && command_line->operands && i < command_line->operands->n; i++)
		add_words(line, ADVICE_WORDS(command_line->operands->at[i]));
	if (is_again && command_line->behind) {
		buf_add_text(line, " --");
		add_words(line, (const char *const *)command_line->behind);
	}
	return ret;
}

/* A store named by its path may be the user's own, and so may a tree. */
static bool is_for_root(const struct advice *command_line, const char *const *words)
{
	static const char *const commands[] = {"install", "remove", "undo", "reapply"};
	bool changes = false;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		changes = changes || strcmp(words[0], commands[i]) == 0;
	for (size_t i = 0; i < command_line->n; i++)
		if (strcmp(command_line->at[i].name, "store") == 0 &&
			strchr(command_line->at[i].value, ':'))
			return false;
	return changes && command_line->lacks_root && !advice_value(command_line, "root") &&
	       !advice_value(command_line, "image") && !has_option(words, "store");
}

/* The command, after `before` and "run: " unless that is NULL. */
static int make_line(const struct advice *command_line, const char *const *words, bool is_again,
	const char *before, char **ret, struct fault *why)
{
	auto_buf line = buf_make(LIMIT_MIB);
	struct remarks it;
	bool as_root;

	command_line = command_line ? command_line : &nothing;
	as_root = is_for_root(command_line, words);
	it = add_command(command_line, words, is_again, &line);
	if (buf_check(&line, "advice", why) < 0)
		return -1;
	if (!before)
		return text_set(ret, why, "%s", buf_text(&line));
	return text_set(ret, why, "%srun%s%s%s: %s", before, as_root ? " as root" : "",
		as_root && it.names_proxy
			? " (sudo drops the proxy variables, so --proxy names the proxy)"
			: "",
		it.lacks_login ? ", with the proxy's user:password in the file " ADVICE_LOGIN
				 " since passwords are not printed"
			       : "",
		buf_text(&line));
}

int advice_format(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why)
{
	return make_line(command_line, words, false, NULL, ret, why);
}

int advice_run(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why)
{
	return make_line(command_line, words, false, "", ret, why);
}

int advice_again(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why)
{
	return make_line(command_line, words, true, "", ret, why);
}

int advice_say(const struct advice *command_line, const char *const *words, char **ret,
	struct fault *why, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = text_vset(&text, why, fmt, args);
	va_end(args);
	return rc < 0 ? -1 : make_line(command_line, words, false, text, ret, why);
}
