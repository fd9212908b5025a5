/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OPT_H
#define TRUSTFIX_OPT_H

/*
 * The options: one table (opt.c) for parsing, checking values, advice and help.  An option's
 * row says which commands take it.
 */

#include <stdio.h>

#include "src/base/advice.h"
#include "src/find/approve.h"
#include "src/net/url.h"

struct command;

/*
 * Everything the command line says, mostly in the structs that the lower rooms take.  Texts are
 * borrowed from argv.
 */
struct options {
	bool json, quiet, verbose, help, version;
	const char *color;

	struct survey_options survey; /* all of PEER */
	struct url proxy, connect, servername;
	size_t timeout_s; /* 0: not given */

	struct approval_options approval;
	struct capture_options capture;
	struct names pins;
	const char *public_root;

	struct site_options site; /* all of WHERE, with `image` */
	struct image_options image;
	struct names stores, skips;

	const char *ca, *output, *to, *save, *name, *fingerprint, *shell;
	struct names verify;
	size_t expires_within; /* days */
	bool dry_run, installed, all, list, keep_old, intermediates;

	struct names operands;
	char **command; /* the words of exec's or our command, NULL at the end; or NULL */

	struct advice advice; /* every option as given, for the commands to advise */
	struct names secrets; /* first lines of --*-file */
};

void options_free(struct options *options);
CLEANUP_VALUE(options, options_free)
#define auto_options CLEANUP(options) struct options

/* Was this option given?  Not for those that every command takes. */
bool options_have(const struct options *options, const char *name);

/*
 * Parse argv[1..], which ends with NULL, as getopt_long(3) does: options and operands in any order,
 * names may be shortened, "--" ends the options.  Without a `command` it stops at the first
 * operand, where ret->command then points.  Files of secrets are read.  The parse goes on after a
 * fault, so that ret->json is set wherever --json stands.  `*ret` may have values, and must not be
 * moved afterwards.  FAULT_USAGE; FAULT_SYSTEM.
 */
int opt_parse(char **argv, const struct command *command, struct options *ret, struct fault *why);

/* Print the help for the options of this command, its own first. */
void opt_help(FILE *out, const struct command *command);

#endif
