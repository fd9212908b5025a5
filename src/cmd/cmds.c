/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cmd/cmds.h"

#include <string.h>

#include "src/base/text.h"

#define ANY_NUMBER ((size_t)-1)

const struct command commands[] = {
	{"probe", OPT_ALL | OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_READERS | OPT_SAVE, 1,
		ANY_NUMBER, "[PEER] [WHERE] TARGET...",
		"what does the peer present, and what is it?", cmd_probe},
	{"capture", OPT_ALL | OPT_PEER | OPT_APPROVE | OPT_WHERE | OPT_OUTPUT | OPT_SERVER, 1,
		ANY_NUMBER, "[PEER] [APPROVE] [-o FILE] TARGET...", "the interceptor's CA, as PEM",
		cmd_capture},
	{"convert", OPT_ALL | OPT_OUTPUT, 0, ANY_NUMBER, "[--to pem|der|p7b] [-o FILE] [FILE...]",
		"one encoding of certificates into another", cmd_convert},
	{"install",
		OPT_ALL | OPT_PEER | OPT_APPROVE | OPT_WHERE | OPT_IMAGE | OPT_NEW_IMAGE |
			OPT_READERS | OPT_CA | OPT_VERIFY | OPT_NAMING | OPT_ROTATE | OPT_PUBLIC |
			OPT_DRY_RUN,
		0, ANY_NUMBER,
		"[PEER] [APPROVE] [WHERE] [--dry-run] TARGET... | --ca FILE [--verify TARGET]...",
		"make the stores trust the interceptor's CA, and prove it", cmd_install},
	{"verify", OPT_ALL | OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_READERS, 1, ANY_NUMBER,
		"[PEER] [WHERE] TARGET...", "per store and reader: would it trust this peer?",
		cmd_verify},
	{"check",
		OPT_ALL | OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_READERS | OPT_CA | OPT_NAMING |
			OPT_ROTATE | OPT_CHECK,
		0, 0, "[PEER] [WHERE] (--ca FILE | --lock FILE | --installed) [--verify TARGET]...",
		"is everything in place? changes nothing", cmd_check},
	{"list", OPT_ALL | OPT_WHERE | OPT_IMAGE | OPT_EVERY, 0, 0, "[WHERE] [--all]",
		"stores found, and what in them is not a public root", cmd_list},
	{"remove",
		OPT_ALL | OPT_WHERE | OPT_IMAGE | OPT_NEW_IMAGE | OPT_CA | OPT_WHICH | OPT_DRY_RUN,
		0, 0, "[WHERE] [--dry-run] (--ca FILE | --fingerprint SHA256 | --installed)",
		"take a CA out of the stores", cmd_remove},
	{"undo", OPT_ALL | OPT_ROOT | OPT_IMAGE | OPT_NEW_IMAGE | OPT_HISTORY, 0, 1,
		"[--root DIR | --image FILE] [ID | --list]",
		"put back what an earlier install or remove changed", cmd_undo},
	{"reapply", OPT_ALL | OPT_WHERE | OPT_DRY_RUN, 0, 0, "[WHERE] [--dry-run]",
		"make true again what was installed", cmd_reapply},
	{"explain", OPT_ALL, 0, ANY_NUMBER, "[TEXT...]",
		"what an error message means and what to run next", cmd_explain},
	{"env", OPT_ALL | OPT_ROOT | OPT_SHELL, 0, 0, "[--root DIR] [--shell KIND]",
		"variables for programs that read no system store", cmd_env},
	{"exec", OPT_ALL | OPT_PEER | OPT_APPROVE | OPT_READERS | OPT_CA | OPT_VERIFY | OPT_BEHIND,
		0, ANY_NUMBER,
		"[PEER] [APPROVE] (TARGET... | --ca FILE [--verify TARGET]...) -- CMD...",
		"run CMD with trust that exists only while it runs", cmd_exec},
	{"doctor", OPT_ALL | OPT_ROAD, 1, ANY_NUMBER, "[PEER] TARGET...",
		"the real programs here, side by side, and why each fails", cmd_doctor},
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
