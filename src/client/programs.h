/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROGRAMS_H
#define TRUSTFIX_PROGRAMS_H

/*
 * Every program that trustfix knows, and every variable that leads programs to their CAs: one row
 * each.  To teach trustfix a new program, add its row.
 *
 * Who reads it: explain (whose message is this, and what does that program read?), doctor (how is
 * it asked, and what chose its CAs?), verify's notes on programs that read no store of ours
 * (unmanaged.h), env and exec (the variables), and trustfix-readers(7), which a test compares.
 *
 * The order is explain's: of several programs whose words are in a message the first one counts, so
 * what others are made of stands further down.  Doctor goes from the last row to the first.
 */

#include "src/client/verify.h"

#define PROGRAM_WORDS_N 16
#define PROGRAM_LIST_N 8

struct program {
	const char *name; /* "Node.js" */
	const char *words[PROGRAM_LIST_N]; /* one of them is in its messages */

	/* What it trusts. */
	enum client rules; /* it verifies as this client does; CLIENTS: that is not predicted */
	const char *store; /* the kind of ours that feeds it; NULL: none, it is not managed */
	const char *reads; /* in words; NULL: the system store, and there is no more to say */
	const char *how; /* what makes it trust a CA that was installed, or else must be known */
	const char *restart; /* what must be restarted then; NULL: nothing */

	/* What chooses other CAs, the winner first. */
	const char *variables[PROGRAM_LIST_N];
	const char *value_after; /* in the variable, in front of the path; NULL: it is all path */
	struct {
		const char *file; /* "~/" is the home directory */
		const char *key;
	} settings[PROGRAM_LIST_N];
	/* Instead, where settings include others or depend on the target: it is asked. */
	const char *ask[PROGRAM_WORDS_N]; /* makes it print its settings, one a line */
	const char *asked; /* the setting that names a path */
	const char *shown_by; /* the command that tells where it is set */
	const char *variables_then[PROGRAM_LIST_N]; /* those that count only without a setting */
	/* What turns its verification off. */
	struct {
		const char *where; /* "$VARIABLE", a file as above, or "": it is asked */
		const char *key; /* NULL for a variable */
		const char *value; /* NULL: any */
	} off[PROGRAM_LIST_N];

	/* Of one that is not managed: where it is found, and the one line that helps. */
	const char *const *places; /* globs below "/", NULL at the end */
	const char *unless; /* a file that says so does not count */
	const char *found_as; /* what is found there; NULL: `name` */
	const char *help; /* '@' stands for the tree's bundle */

	/*
	 * How doctor asks it.  Words of argv and env may hold {url} ("https://host:port/"), {place}
	 * ("host:port"), {dir} (a private place where nothing is yet, gone afterwards), {connect}
	 * (--connect's ADDR:PORT) and {probe-...} (the file of that name beside the hooks).  A word
	 * that begins with '?' counts only in the clean run, one with '@' only with --connect.  No
	 * word begins with what a target says.
	 */
	const char *command; /* what doctor calls it; NULL: it is not asked */
	const char *file; /* in PATH; NULL: `command`, or bin/java of every runtime */
	const char *argv[PROGRAM_WORDS_N];
	const char *env[PROGRAM_WORDS_N];
	const char *version; /* the word that asks for its version; NULL: the run itself tells */
	const char *version_after; /* the text in front of the version */
	const char *http_after; /* the text in front of the HTTP status; NULL: it tells none */
	bool skips_loopback; /* it does not verify peers there */
	/* Output of a run that failed, and means something else: */
	const char *good[PROGRAM_LIST_N]; /* it comes only after a handshake that it trusted */
	const char *absent; /* it is not there after all */
	const char *unable[PROGRAM_LIST_N]; /* it cannot be asked this way */
};

/* What a probe, and trustfix, says of a program that reads it. */
#define PROGRAM_SYSTEM_STORE "the system store"

extern const struct program programs[];
extern const size_t programs_n;

/* Is it a runtime that reads a keystore, and options in its variables? */
static inline bool program_is_java(const struct program *program)
{
	return program->value_after;
}

enum variable_kind {
	VARIABLE_BUNDLE, /* it replaces what the program has: a full bundle, PEM */
	VARIABLE_CA, /* it adds to that: the CAs alone, PEM */
	VARIABLE_JAVA, /* options of a JVM, which name a truststore */
	VARIABLE_KINDS
};

struct variable {
	const char *name;
	enum variable_kind kind;
	const char *clients; /* for people: "Node.js, npm" */
};

/* What env prints and exec sets.  SSL_CERT_FILE comes first; the last row's name is NULL. */
extern const struct variable variables[];

#endif
