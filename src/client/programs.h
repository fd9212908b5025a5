/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROGRAMS_H
#define TRUSTFIX_PROGRAMS_H

/*
 * Every program that trustfix knows, and every variable that tells programs where their CAs are:
 * one row each.  To support a new program, add a row.
 *
 * Used by explain (which program printed this message, and what does it read?), doctor (how to test
 * the program, and what chose its CAs?), verify's notes on programs that read no managed store
 * (unmanaged.h), and env and exec (the variables).  A test compares it with trustfix-readers(7).
 *
 * The order matters to explain: if a message contains the words of several programs, the first row
 * wins, so libraries and runtimes come after the programs built on them.  Doctor goes from the last
 * row to the first.
 */

#include "src/client/chain_verify.h"

#define PROGRAM_WORDS_N 16
#define PROGRAM_LIST_N 8

struct program {
	const char *name; /* "Node.js" */
	const char *words[PROGRAM_LIST_N]; /* its messages contain one of these */

	/* What it trusts. */
	enum client rules; /* it verifies like this client; CLIENTS: not predicted */
	const char *store; /* the kind of managed store that it reads; NULL: none */
	const char *reads; /* in words; NULL: just the system store */
	const char *how; /* how to make it trust an installed CA, or what else to know */
	const char *restart; /* what to restart afterwards; NULL: nothing */

	/* What makes it use other CAs, highest precedence first. */
	const char *variables[PROGRAM_LIST_N];
	const char *value_after; /* text before the path in the variable; NULL: it is all path */
	struct {
		const char *file; /* "~/" is the home directory */
		const char *key;
	} settings[PROGRAM_LIST_N];
	/* If settings include other files or depend on the target, doctor asks the program instead.
	 */
	const char *ask[PROGRAM_WORDS_N]; /* makes it print its settings, one per line */
	const char *asked; /* the setting that contains a path */
	const char *shown_by; /* the command that shows where it is set */
	const char *variables_then[PROGRAM_LIST_N]; /* used only if no setting is found */
	/* What turns its verification off. */
	struct {
		const char *where; /* "$VARIABLE", a file as above, or "": the output of `ask` */
		const char *key; /* NULL for a variable */
		const char *value; /* NULL: any */
	} off[PROGRAM_LIST_N];

	/* For a program that reads no managed store: where to find it, and the line that helps. */
	const char *const *places; /* globs below "/", NULL at the end */
	const char *unless; /* ignore a file that contains this text */
	const char *found_as; /* the name to report for it; NULL: `name` */
	const char *help; /* '@' is replaced with the tree's bundle */

	/*
	 * How doctor tests it.  Words of argv and env may contain {url} ("https://host:port/"),
	 * {place} ("host:port"), {dir} (a private empty directory, removed afterwards), {connect}
	 * (--connect's ADDR:PORT) and {probe-...} (the file of that name next to the hooks).  A
	 * word that begins with '?' is used only in the clean run, one with '@' only with
	 * --connect.  No word may begin with a target's text, unless "--" comes before it.
	 */
	const char *command; /* doctor's name for it; NULL: doctor does not test it */
	const char *file; /* in PATH; NULL: `command`, or bin/java of every runtime */
	const char *argv[PROGRAM_WORDS_N];
	const char *env[PROGRAM_WORDS_N];
	const char *version; /* the option that prints its version; NULL: the test run prints it */
	const char *version_after; /* the text before the version */
	const char *http_after; /* the text before the HTTP status; NULL: it prints none */
	bool skips_loopback; /* it does not verify peers at loopback addresses */
	/* Output of a failed run that has another meaning: */
	const char *good[PROGRAM_LIST_N]; /* appears only after a trusted handshake */
	const char *absent; /* the program is not installed after all */
	const char *unable[PROGRAM_LIST_N]; /* the program cannot be tested this way */
};

/* What hooks/probe-* and trustfix print for a program that reads the system store. */
#define PROGRAM_SYSTEM_STORE "the system store"

extern const struct program programs[];
extern const size_t programs_n;

/* Is it a runtime that reads a keystore and takes options from its variables? */
static inline bool program_is_java(const struct program *program)
{
	return program->value_after;
}

enum variable_kind {
	VARIABLE_BUNDLE, /* replaces the program's CAs: a full bundle, PEM */
	VARIABLE_CA, /* adds to the program's CAs: only the new CAs, PEM */
	VARIABLE_JAVA, /* JVM options that name a truststore */
	VARIABLE_KINDS
};

struct variable {
	const char *name;
	enum variable_kind kind;
	const char *clients; /* as shown to people: "Node.js, npm" */
};

/* What env prints and exec sets.  SSL_CERT_FILE comes first; the last row's name is NULL. */
extern const struct variable variables[];

#endif
