/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_VARIABLES_H
#define TRUSTFIX_VARIABLES_H

/* The environment variables that lead programs to certificates, where those read no system store.
 */

enum variable_kind {
	VARIABLE_BUNDLE, /* it replaces what the program has: a full bundle, PEM */
	VARIABLE_CA, /* it adds to that: the CAs alone, PEM */
	VARIABLE_JAVA, /* options of a JVM, which name a truststore */
	VARIABLE_KINDS
};

struct variable {
	const char *name;
	enum variable_kind kind;
	const char *readers; /* for people: "Node.js, npm" */
};

/* What most programs fall back on comes first; the last row's name is NULL. */
extern const struct variable variables[];

#endif
