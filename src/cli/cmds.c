/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"

#include <string.h>

#include "src/base/text.h"

#define ANY_NUMBER ((size_t)-1)

const struct command commands[] = {
	{"probe", OPT_ALL | OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_CLIENTS | OPT_SAVE, 1,
		ANY_NUMBER, "[PEER] [WHERE] TARGET...",
		"show what a server presents, and what it means", cmd_probe},
	{"capture", OPT_ALL | OPT_PEER | OPT_APPROVE | OPT_WHERE | OPT_OUTPUT | OPT_SERVER, 1,
		ANY_NUMBER, "[PEER] [APPROVE] [-o FILE] TARGET...", "save the interceptor's CA",
		cmd_capture},
	{"convert", OPT_ALL | OPT_OUTPUT, 0, ANY_NUMBER, "[--to pem|der|p7b] [-o FILE] [FILE...]",
		"convert certificates between encodings", cmd_convert},
	{"install",
		OPT_ALL | OPT_PEER | OPT_APPROVE | OPT_WHERE | OPT_IMAGE | OPT_NEW_IMAGE |
			OPT_CLIENTS | OPT_CA | OPT_VERIFY | OPT_NAMING | OPT_ROTATE | OPT_PUBLIC |
			OPT_DRY_RUN,
		0, ANY_NUMBER,
		"[PEER] [APPROVE] [WHERE] [--dry-run] TARGET... | --ca FILE [--verify TARGET]...",
		"make programs trust the CA, and prove it", cmd_install},
	{"verify", OPT_ALL | OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_CLIENTS, 1, ANY_NUMBER,
		"[PEER] [WHERE] TARGET...", "would each store and each client trust this server?",
		cmd_verify},
	{"check",
		OPT_ALL | OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_CLIENTS | OPT_CA | OPT_NAMING |
			OPT_ROTATE | OPT_CHECK,
		0, 0, "[PEER] [WHERE] (--ca FILE | --lock FILE | --installed) [--verify TARGET]...",
		"is everything in place? changes nothing", cmd_check},
	{"list", OPT_ALL | OPT_WHERE | OPT_IMAGE | OPT_EVERY, 0, 0, "[WHERE] [--all]",
		"show the stores and their non-public CAs", cmd_list},
	{"remove",
		OPT_ALL | OPT_WHERE | OPT_IMAGE | OPT_NEW_IMAGE | OPT_CA | OPT_WHICH | OPT_DRY_RUN,
		0, 0, "[WHERE] [--dry-run] (--ca FILE | --fingerprint SHA256 | --installed)",
		"remove a CA", cmd_remove},
	{"undo", OPT_ALL | OPT_ROOT | OPT_IMAGE | OPT_NEW_IMAGE | OPT_HISTORY, 0, 1,
		"[--root DIR | --image FILE] [ID | --list]", "undo the last install or remove",
		cmd_undo},
	{"reapply", OPT_ALL | OPT_WHERE | OPT_DRY_RUN, 0, 0, "[WHERE] [--dry-run]",
		"reinstall whatever an upgrade removed", cmd_reapply},
	{"explain", OPT_ALL, 0, ANY_NUMBER, "[TEXT...]", "explain an error message", cmd_explain},
	{"env", OPT_ALL | OPT_ROOT | OPT_SHELL, 0, 0, "[--root DIR] [--shell KIND]",
		"print environment variables for programs that ignore the system store", cmd_env},
	{"exec", OPT_ALL | OPT_PEER | OPT_APPROVE | OPT_CLIENTS | OPT_CA | OPT_VERIFY | OPT_COMMAND,
		0, ANY_NUMBER,
		"[PEER] [APPROVE] (TARGET... | --ca FILE [--verify TARGET]...) -- CMD...",
		"run one command with the CA trusted", cmd_exec},
	{"doctor", OPT_ALL | OPT_ROUTE, 1, ANY_NUMBER, "[PEER] TARGET...",
		"run the real programs here and explain why each one fails", cmd_doctor},
	{0},
};

const struct command *command_named(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

const struct command *command_like(const char *name)
{
	struct text_guess guess = {.word = name};

	for (const struct command *command = commands; command->name; command++)
		text_guess(&guess, command->name);
	return guess.best ? command_named(guess.best) : NULL;
}
