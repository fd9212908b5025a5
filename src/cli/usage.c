/* SPDX-License-Identifier: Apache-2.0 */
/* Which options go together, in one table. */
#include <string.h>
#include <sys/stat.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/shell.h"
#include "src/sys/terminal.h"
#include "src/x509/pem.h"

bool job_is_stdout(const char *path)
{
	struct stat named, own;

	return strcmp(path, "-") == 0 ||
	       (stat(path, &named) == 0 && S_ISFIFO(named.st_mode) &&
		       fstat(STDOUT_FILENO, &own) == 0 && own.st_dev == named.st_dev &&
		       own.st_ino == named.st_ino);
}

/* With --json: the other file that would go to standard output; NULL: none. */
static const char *second_on_stdout(const struct options *o)
{
	const char *const files[] = {
		o->output, o->new_image, o->save, o->update_lock ? o->lock : NULL};

	for (size_t i = 0; o->json && i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] && job_is_stdout(files[i]))
			return files[i];
	return NULL;
}

/* Not given, or a number in that range? */
static bool is_number(const char *text, uint64_t min, uint64_t max)
{
	uint64_t n;

	return !text || (text_number(text, max, &n) && n >= min);
}

int job_check_usage(const struct job *job, struct fault *why)
{
	const struct command *command = job->command;
	const struct options *o = job->options;
	size_t n = o->operands.n;
	int which = !!o->ca + !!o->lock + !!o->fingerprint + o->installed;
	bool takes_ca = command->groups & OPT_VERIFY; /* it wants targets, or --ca */
	const char *stdout_file = second_on_stdout(o);
	enum pem_encoding encoding;
	enum shell shell;
	const struct {
		bool is_broken;
		const char *value; /* that breaks it; NULL: there is none to show */
		const char *rule;
	} rules[] = {
		{o->quiet && o->verbose, NULL, "-q and -v cannot be combined"},
		{o->ipv4 && o->ipv6, NULL, "-4 and -6 cannot be combined"},
		{o->proxy && o->no_proxy, NULL, "--proxy and --no-proxy cannot be combined"},
		{o->root && o->image, NULL, "--root and --image cannot be combined"},
		{o->key && !o->cert, NULL, "--key needs --cert"},
		{!o->image && (o->new_image || o->tag || o->platform || o->check_layers), NULL,
			"-o, --tag, --platform and --check-layers go with --image"},
		{o->new_image && job_is_stdout(o->new_image) && !o->dry_run &&
				isatty(STDOUT_FILENO),
			NULL,
			"an image is not written to a terminal; redirect standard output or use -o "
			"FILE"},
		{takes_ca && o->ca && n, NULL, "with --ca, name the targets with --verify"},
		{takes_ca && !o->ca && o->verify.n, NULL, "--verify goes with --ca"},
		{takes_ca && !o->ca && !n, NULL, "missing argument: a TARGET, or --ca FILE"},
		{takes_ca && o->ca && o->public_root, NULL,
			"--public-root goes with targets, not with --ca"},
		{takes_ca && o->ca && (o->lock || o->trust_on_first_use || o->quorum), NULL,
			"--ca cannot be combined with --lock, --quorum or --trust-on-first-use"},
		{command->groups & OPT_COMMAND && !(o->command && o->command[0]), NULL,
			"put the command after '--'"},
		{command->run == cmd_check && which != 1, NULL,
			"check needs one of --ca FILE, --lock FILE and --installed"},
		{command->run == cmd_remove && which != 1, NULL,
			"remove needs one of --ca FILE, --fingerprint SHA256 and --installed"},
		{command->run == cmd_convert && o->json && !o->output, NULL,
			"with --json, convert needs -o FILE for the certificates"},
		{o->intermediates && (o->pins.n || o->lock || o->trust_on_first_use || o->quorum ||
					     o->allow_intermediate),
			NULL, "--intermediates installs nothing and takes no approval options"},
		{o->save && n != 1, NULL, "--save takes one target"},
		{o->list && n, NULL, "--list takes no transaction number"},
		{command->run == cmd_undo && o->image && (n || o->list), NULL,
			"an image keeps no transactions: undo removes its top layer"},
		{!is_number(o->timeout, 1, LIMIT_TIMEOUT_S), o->timeout,
			"--timeout is 1 to 3600 seconds"},
		{!is_number(o->expires_within, 0, LIMIT_EXPIRY_DAYS), o->expires_within,
			"--expires-within is a number of days"},
		{!is_number(o->quorum, 1, LIMIT_TARGETS_N), o->quorum,
			"--quorum is a number of targets"},
		{o->to && !pem_encoding_named(o->to, &encoding), o->to, "--to is pem, der or p7b"},
		{o->shell && !shell_named(o->shell, &shell), o->shell,
			"--shell is sh, bash, zsh, fish, powershell, docker or github"},
		{stdout_file, stdout_file,
			"--json takes standard output for itself: write the rest to a file"},
	};

	_Static_assert(LIMIT_TIMEOUT_S == 3600, "as the rule says");
	if (terminal_check_color(o->color, why) < 0)
		return -1;
	if (n < command->operands_min)
		return fault_set(why, FAULT_USAGE, "missing argument: trustfix %s %s",
			command->name, command->synopsis);
	if (n > command->operands_max)
		return fault_set(why, FAULT_USAGE, "unexpected argument '%s'",
			o->operands.at[command->operands_max]);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].is_broken)
			return fault_set(why, FAULT_USAGE, "%s%s%s%s", rules[i].rule,
				rules[i].value ? ", not '" : "",
				rules[i].value ? rules[i].value : "", rules[i].value ? "'" : "");
	return 0;
}
