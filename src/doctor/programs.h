/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROGRAMS_H
#define TRUSTFIX_PROGRAMS_H

/*
 * The real programs that `trustfix doctor` runs: one row each.
 *
 * Words of argv and env may hold {url} ("https://host:port/"), {place} ("host:port"), {dir} (a
 * private place where nothing is yet, gone afterwards), {connect} (--connect's ADDR:PORT) and
 * {probe-...} (the file of that name beside the hooks).  A word that begins with '?' counts in the
 * clean run alone, one with '@' only with --connect.  No word begins with what a target says.
 */

#include <stdbool.h>

#define PROGRAM_WORDS_N 16
#define PROGRAM_LIST_N 8

struct program {
	const char *name;
	const char *file; /* in PATH; NULL: bin/java of every runtime */
	const char *argv[PROGRAM_WORDS_N];
	const char *env[PROGRAM_WORDS_N];
	const char *version[2]; /* asked for its version so; none: the run itself tells */
	const char *version_after; /* the text in front of the version */
	const char *http_after; /* the text in front of the HTTP status; NULL: it tells none */

	/* Output of a run that failed, and means something else. */
	const char *good[PROGRAM_LIST_N]; /* only after a handshake that it trusted */
	const char *absent; /* it is not there after all */
	const char *unable[PROGRAM_LIST_N]; /* it cannot be asked this way */

	/* Where it takes its anchors from, what wins first. */
	const char *variables[PROGRAM_LIST_N];
	const char
		*value_after; /* in the variable's value, in front of the path; NULL: all of it */
	struct {
		const char *file; /* "~/" is the home directory */
		const char *key;
	} settings[PROGRAM_LIST_N];
	/* Instead, where settings include others or depend on the target: it is asked. */
	const char *ask[PROGRAM_WORDS_N]; /* makes it print what its settings say, a line each */
	const char *asked; /* the one that names a path */
	const char *shown_by; /* the command that tells where it stands */
	/* What turns its verification off. */
	struct {
		const char *where; /* "$VARIABLE", a file as above, or "": it is asked */
		const char *key; /* NULL for a variable */
		const char *value; /* NULL: any */
	} off[PROGRAM_LIST_N];
	const char *variable_then; /* one that counts without a setting only */
	const char *reads; /* without any of them */
	const char *unmanaged; /* the program of work/elsewhere it is; NULL: it reads a store */
	bool skips_loopback; /* it does not verify peers there */
};

/* What reads says of a program that reads it; probes say so too. */
#define PROGRAM_SYSTEM_STORE "the system store"

/* The last row's name is NULL. */
extern const struct program programs[];

#endif
