/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OPT_H
#define TRUSTFIX_OPT_H

/*
 * The options: one table (opt.c), for parsing and for the help.  A command's row (cmds.c) says
 * which groups it takes; an option of another group is a usage fault.
 */

#include <stdbool.h>
#include <stdio.h>

#include "src/base/advice.h"

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

/* Everything the command line says.  Texts are borrowed from argv. */
struct options {
	bool json, quiet, verbose, help, version;
	const char *color;

	const char *proxy, *proxy_auth_file, *connect, *servername;
	const char *cert, *key, *key_pass_file, *timeout, *chain, *at;
	bool no_proxy, no_aia, ipv4, ipv6;

	struct names pins;
	const char *lock, *quorum, *public_root;
	bool update_lock, trust_on_first_use, allow_intermediate;

	const char *root, *storepass_file;
	const char *image, *platform, *new_image, *tag;
	bool check_layers;
	struct names stores, skips;

	const char *ca, *output, *to, *save, *name, *require, *fingerprint, *shell, *expires_within;
	struct names verify;
	bool dry_run, installed, all, list, keep_old, intermediates;

	struct names operands;
	char **command; /* OPT_COMMAND, OPT_FIRST: its words, NULL at the end; or NULL */
};

void options_free(struct options *options);
CLEANUP_VALUE(options, options_free)
#define auto_options CLEANUP(options) struct options

/*
 * Parse argv[1..] (argv[0] is the command's name) like getopt_long(3): options and operands in any
 * order; "--" ends the options.  Values already in `*ret` count as given.  FAULT_USAGE.
 */
int opt_parse(int argc, char **argv, unsigned groups, struct options *ret, struct fault *why);

/*
 * Append to `ret` the given options of these groups, except those that every command takes; mark
 * those in `staying` groups as kept in every advised command.  FAULT_SYSTEM: no memory.
 */
int opt_advise(const struct options *options, unsigned groups, unsigned staying, struct advice *ret,
	struct fault *why);

/* Print the help for the options of these groups, the command's own first. */
void opt_help(FILE *out, unsigned groups);

#endif
