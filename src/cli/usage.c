/* SPDX-License-Identifier: Apache-2.0 */
/* Which options go together. */
#include <string.h>
#include <sys/stat.h>

#include "src/cli/cmds.h"
#include "src/x509/pem.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

bool job_is_stdout(const char *path)
{
	struct stat named, own;

	return strcmp(path, "-") == 0 ||
	       (stat(path, &named) == 0 && S_ISFIFO(named.st_mode) &&
		       fstat(STDOUT_FILENO, &own) == 0 && own.st_dev == named.st_dev &&
		       own.st_ino == named.st_ino);
}

int job_check_usage(const struct job *job, struct fault *why)
{
	static const char *const apart[][2] = {
		{"ipv4", "ipv6"},
		{"proxy", "no-proxy"},
		{"root", "image"},
		{"ca", "lock"},
		{"ca", "quorum"},
		{"ca", "trust-on-first-use"},
		{"ca", "public-root"},
		{"intermediates", "pin"},
		{"intermediates", "lock"},
		{"intermediates", "trust-on-first-use"},
		{"intermediates", "quorum"},
		{"intermediates", "allow-intermediate"},
	};
	static const char *const needs[][2] = {{"key", "cert"}, {"tag", "image"},
		{"platform", "image"}, {"check-layers", "image"}};
	const struct command *command = job->command;
	const struct options *o = &job->options;
	const char *const files[] = {o->output, o->image.output, o->save,
		o->approval.update_lock ? o->approval.lock : NULL};
	size_t n = o->operands.n;
	bool takes_ca = command->bit & (CMD_INSTALL | CMD_EXEC); /* it wants targets, or --ca */
	int which = !!o->ca + !!o->approval.lock + !!o->fingerprint + o->installed;
	enum pem_encoding encoding;
	const struct {
		bool is_broken;
		const char *rule;
	} rules[] = {
		{o->to && !pem_encoding_named(o->to, &encoding), "--to is pem, der or p7b"},
		{o->shell && !shell_named(o->shell),
			"--shell is sh, bash, zsh, fish, powershell, docker or github"},
		{o->color && strcmp(o->color, "auto") != 0 && strcmp(o->color, "always") != 0 &&
				strcmp(o->color, "never") != 0,
			"--color is auto, always or never"},
		{o->quiet && o->verbose, "-q and -v cannot be combined"},
		{o->image.output && !o->image.path, "-o goes with --image"},
		{o->image.output && job_is_stdout(o->image.output) && !o->dry_run &&
				isatty(STDOUT_FILENO),
			"an image is not written to a terminal; redirect standard output or use -o "
			"FILE"},
		{takes_ca && o->ca && n, "with --ca, name the targets with --verify"},
		{takes_ca && !o->ca && o->verify.n, "--verify goes with --ca"},
		{takes_ca && !o->ca && !n, "missing argument: a TARGET, or --ca FILE"},
		{command->bit == CMD_EXEC && !(o->command && o->command[0]),
			"put the command after '--'"},
		{command->bit == CMD_CHECK && which != 1,
			"check needs one of --ca FILE, --lock FILE and --installed"},
		{command->bit == CMD_REMOVE && which != 1,
			"remove needs one of --ca FILE, --fingerprint SHA256 and --installed"},
		{command->bit == CMD_CONVERT && o->json && !o->output,
			"with --json, convert needs -o FILE for the certificates"},
		{o->save && n != 1, "--save takes one target"},
		{o->list && n, "--list takes no transaction number"},
		{command->bit == CMD_UNDO && o->image.path && (n || o->list),
			"an image keeps no transactions: undo removes its top layer"},
	};

	if (n < command->operands_min)
		return fault_set(why, FAULT_USAGE, "missing argument: trustfix %s %s",
			command->name, command->synopsis);
	if (n > command->operands_max)
		return fault_set(why, FAULT_USAGE, "unexpected argument '%s'",
			o->operands.at[command->operands_max]);
	for (size_t i = 0; i < LENGTH(apart); i++)
		if (options_have(o, apart[i][0]) && options_have(o, apart[i][1]))
			return fault_set(why, FAULT_USAGE, "--%s and --%s cannot be combined",
				apart[i][0], apart[i][1]);
	for (size_t i = 0; i < LENGTH(needs); i++)
		if (options_have(o, needs[i][0]) && !options_have(o, needs[i][1]))
			return fault_set(
				why, FAULT_USAGE, "--%s needs --%s", needs[i][0], needs[i][1]);
	for (size_t i = 0; i < LENGTH(rules); i++)
		if (rules[i].is_broken)
			return fault_set(why, FAULT_USAGE, "%s", rules[i].rule);
	for (size_t i = 0; o->json && i < LENGTH(files); i++)
		if (files[i] && job_is_stdout(files[i]))
			return fault_set(why, FAULT_USAGE,
				"--json takes standard output for itself: write the rest to a "
				"file, not '%s'",
				files[i]);
	return o->name ? store_name_check(o->name, why) : 0;
}
