/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OPT_H
#define TRUSTFIX_OPT_H

/*
 * The options: one table (opt.c) for parsing, checking values, advice and help.  A command's row
 * (cmds.c) says which groups it takes; an option of another group is a usage fault.
 */

#include <stdio.h>

#include "src/base/advice.h"
#include "src/find/approve.h"
#include "src/net/url.h"

/* Groups of options, a set per command. */
enum opt_group {
	OPT_ALL = 1u << 0, /* --json -q -v --help --version --color */
	OPT_ROUTE = 1u << 1, /* how to reach a target, for doctor's programs as well */
	OPT_PROBE = 1u << 2, /* how our own handshake is made */
	OPT_PEER = OPT_ROUTE | OPT_PROBE,
	OPT_APPROVE = 1u << 3, /* how a CA is approved */
	OPT_ROOT = 1u << 4, /* --root */
	OPT_STORES = 1u << 5, /* --store, --skip, --storepass-file */
	OPT_WHERE = OPT_ROOT | OPT_STORES,
	OPT_IMAGE = 1u << 6, /* --image and which of its images */
	OPT_NEW_IMAGE = 1u << 7, /* -o, --tag: where the changed image goes */
	OPT_CA = 1u << 8, /* --ca */
	OPT_VERIFY = 1u << 9, /* --verify */
	OPT_WHICH = 1u << 10, /* --fingerprint, --installed */
	OPT_OUTPUT = 1u << 11, /* -o, --to */
	OPT_SAVE = 1u << 12, /* --save */
	OPT_NAMING = 1u << 13, /* --name */
	OPT_CLIENTS = 1u << 14, /* --require */
	OPT_SERVER = 1u << 15, /* --intermediates */
	OPT_PUBLIC = 1u << 16, /* --public-root */
	OPT_ROTATE = 1u << 17, /* --keep-old */
	OPT_DRY_RUN = 1u << 18, /* --dry-run */
	OPT_HISTORY = 1u << 19, /* --list */
	OPT_EVERY = 1u << 20, /* --all */
	OPT_SHELL = 1u << 21, /* --shell */
	OPT_CHECK = 1u << 22, /* --lock, --installed, --verify, --expires-within */
	OPT_COMMAND = 1u << 23, /* the words after "--" are a command */
	OPT_FIRST = 1u << 24, /* stop at the first operand: it and the rest are a command */
};

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
	char **command; /* OPT_COMMAND, OPT_FIRST: its words, NULL at the end; or NULL */

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
 * names may be shortened, "--" ends the options; argv[0] is the command's name.  Files of secrets
 * are read.  The parse goes on after a fault, so that ret->json is set wherever --json stands.
 * `*ret` may have values, and must not be moved afterwards.  FAULT_USAGE; FAULT_SYSTEM.
 */
int opt_parse(char **argv, unsigned groups, struct options *ret, struct fault *why);

/* Print the help for the options of these groups, the command's own first. */
void opt_help(FILE *out, unsigned groups);

#endif
