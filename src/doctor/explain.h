/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EXPLAIN_H
#define TRUSTFIX_EXPLAIN_H

/*
 * What an error message, or a log of s_client, means: whose it is, which host it speaks of, and
 * what to run next.  Pure.  The tables are in explain_table.c and explain_programs.c.
 *
 * Of several causes that a text has words for the most telling one counts: the table's order.
 */

#include <stddef.h>

#include "src/base/names.h"
#include "src/diagnose/interceptors.h"

enum cause {
	CAUSE_TIME_AHEAD,
	CAUSE_EXPIRED,
	CAUSE_WRONG_HOST,
	CAUSE_PINNED,
	CAUSE_STRICT,
	CAUSE_SIGNATURE,
	CAUSE_INVALID_CA,
	CAUSE_NAME_CONSTRAINT,
	CAUSE_PURPOSE,
	CAUSE_WEAK,
	CAUSE_CRITICAL_EXTENSION,
	CAUSE_REVOCATION,
	CAUSE_NO_STORE,
	CAUSE_KEYSTORE_PASSWORD,
	CAUSE_CLIENT_CERT,
	CAUSE_PROXY_AUTH,
	CAUSE_PROXY_REFUSED,
	CAUSE_ROOT_UNKNOWN,
	CAUSE_INCOMPLETE,
	CAUSE_SELF_SIGNED,
	CAUSE_ISSUER_NOT_SENT, /* a log of s_client tells; it has no phrases of its own */
	CAUSE_ISSUER_UNKNOWN,
	CAUSE_CA_REFUSED,
	CAUSE_UNTRUSTED, /* without a reason */
	CAUSE_HTTP2_GONE,
	CAUSE_NOT_TLS,
	CAUSE_PROTOCOL,
	CAUSE_ALERT, /* one that is not named */
	CAUSE_NO_NAME,
	CAUSE_UNREACHABLE,
	CAUSE_CLOSED,
	CAUSE_TIMEOUT,
	CAUSE_TRUSTED,
	CAUSES
};

#define EXPLAIN_COMMANDS_N 3

struct cause_row {
	const char *name; /* "wrong-host": where a verdict means the same, its name */
	const char *means; /* a sentence or two */
	const char *commands[EXPLAIN_COMMANDS_N]; /* %s is the target */
};

extern const struct cause_row explain_causes[CAUSES];

/* What a program says of a cause, no matter the case. */
struct phrase {
	enum cause cause;
	const char *text;
	const char *also; /* must be there too; NULL: nothing */
};

extern const struct phrase explain_phrases[]; /* the last row's text is NULL */

struct program_row {
	const char *name; /* "pip" */
	const char *note; /* which store it reads and what helps it; NULL: the system's, nothing */
	const char *phrases[8]; /* one of them is enough; earlier rows win */
};

extern const struct program_row explain_programs[]; /* the last row's name is NULL */

/*
 * The cause, and the line of the text that says so (borrowed).  CAUSES: nothing is known of it;
 * the line is left as it was.
 */
enum cause explain_cause(const char *text, const char **ret_line, size_t *ret_len);

struct explanation {
	const struct cause_row *cause;
	const struct program_row *program; /* NULL: it cannot be told */
	char *target; /* "host" or "host:port"; NULL: the text names none */
	char *sent; /* of a log of s_client: what the peer sent, a sentence; else NULL */
	const struct interceptor *interceptor; /* whose certificates are in the log, or NULL */
	struct names commands; /* to run next */
};

/*
 * At most LIMIT_MESSAGE_BYTES.  FAULT_REFUSED: nothing is known of it.  Target and what was sent
 * are printable.
 */
int explain_text(const void *text, size_t len, struct explanation *ret, struct fault *why);
void explanation_free(struct explanation *explanation);
CLEANUP_VALUE(explanation, explanation_free)
#define auto_explanation CLEANUP(explanation) struct explanation

#endif
