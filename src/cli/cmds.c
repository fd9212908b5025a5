/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"

#include <string.h>

#include "src/base/text.h"

#define ANY_NUMBER ((size_t)-1)

const struct command commands[] = {
	{"probe", CMD_PROBE, 1, ANY_NUMBER, "[PEER] [WHERE] TARGET...",
		"show what a server presents, and what it means", cmd_probe},
	{"capture", CMD_CAPTURE, 1, ANY_NUMBER, "[PEER] [APPROVE] [-o FILE] TARGET...",
		"save the interceptor's CA", cmd_capture},
	{"convert", CMD_CONVERT, 0, ANY_NUMBER, "[--to pem|der|p7b] [-o FILE] [FILE...]",
		"convert certificates between encodings", cmd_convert},
	{"install", CMD_INSTALL, 0, ANY_NUMBER,
		"[PEER] [APPROVE] [WHERE] [--dry-run] TARGET... | --ca FILE [--verify TARGET]...",
		"make programs trust the CA, and prove it", cmd_install},
	{"verify", CMD_VERIFY, 1, ANY_NUMBER, "[PEER] [WHERE] TARGET...",
		"would each store and each client trust this server?", cmd_verify},
	{"check", CMD_CHECK, 0, 0,
		"[PEER] [WHERE] (--ca FILE | --lock FILE | --installed) [--verify TARGET]...",
		"is everything in place? changes nothing", cmd_check},
	{"list", CMD_LIST, 0, 0, "[WHERE] [--all]", "show the stores and their non-public CAs",
		cmd_list},
	{"remove", CMD_REMOVE, 0, 0,
		"[WHERE] [--dry-run] (--ca FILE | --fingerprint SHA256 | --installed)",
		"remove a CA", cmd_remove},
	{"undo", CMD_UNDO, 0, 1, "[--root DIR | --image FILE] [ID | --list]",
		"undo the last install or remove", cmd_undo},
	{"reapply", CMD_REAPPLY, 0, 0, "[WHERE] [--dry-run]",
		"reinstall whatever an upgrade removed", cmd_reapply},
	{"explain", CMD_EXPLAIN, 0, ANY_NUMBER, "[TEXT...]", "explain an error message",
		cmd_explain},
	{"env", CMD_ENV, 0, 0, "[--root DIR] [--shell KIND]",
		"print environment variables for programs that ignore the system store", cmd_env},
	{"exec", CMD_EXEC, 0, ANY_NUMBER,
		"[PEER] [APPROVE] (TARGET... | --ca FILE [--verify TARGET]...) -- CMD...",
		"run one command with the CA trusted", cmd_exec},
	{"doctor", CMD_DOCTOR, 1, ANY_NUMBER, "[PEER] TARGET...",
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
