/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EXPLAIN_H
#define TRUSTFIX_EXPLAIN_H

/*
 * What an error message, or a log of s_client, means: whose it is, which host it speaks of, and
 * what to run next.  Pure.  The messages are in explain_messages.c, the programs in
 * src/client/programs.c.
 */

#include "src/base/names.h"
#include "src/client/programs.h"
#include "src/diagnose/interceptors.h"

/* How a program that doctor runs fared; of a message it is what doctor makes of it. */
enum doctor_end {
	DOCTOR_OK, /* it trusted, whatever HTTP said then */
	DOCTOR_UNTRUSTED,
	DOCTOR_UNVERIFIED, /* it took whatever was presented: verification is turned off */
	DOCTOR_CLIENT_CERT,
	DOCTOR_PROXY_AUTH,
	DOCTOR_PROXY_REFUSED,
	DOCTOR_NOT_TLS,
	DOCTOR_NO_NAME,
	DOCTOR_UNREACHABLE,
	DOCTOR_TIMEOUT,
	DOCTOR_FAILED, /* in a way that is not known */
	DOCTOR_UNASKED, /* it cannot be asked; `said` tells why */
	DOCTOR_ENDS
};

#define CAUSE_COMMANDS_N 3
#define CAUSE_PHRASES_N 32

struct cause {
	const char *name; /* "wrong-host": where a verdict means the same, its name */
	enum doctor_end end;
	const char *means; /* a sentence or two */
	const char *commands[CAUSE_COMMANDS_N]; /* %s is the target */
	/* What programs print then, no matter the case and the blanks; "this + that": both. */
	const char *phrases[CAUSE_PHRASES_N];
};

/* Of several whose phrases are in a text the first counts.  The last row's name is NULL. */
extern const struct cause explain_causes[];

/*
 * The cause, and the line of the text that says so (borrowed).  NULL: none is known, and the line
 * is left as it was.
 */
const struct cause *explain_cause(const char *text, const char **ret_line, size_t *ret_len);

struct explanation {
	const struct cause *cause;
	const struct program *program; /* NULL: it cannot be told */
	char *note; /* which store the program reads, and what helps it; NULL: the system's */
	char *target; /* "host" or "host:port"; NULL: the text names none */
	char *sent; /* of a log of s_client: what the peer sent, a sentence; else NULL */
	const struct interceptor *interceptor; /* whose certificates are in the log, or NULL */
	struct names commands; /* to run next */
};

/*
 * At most LIMIT_MESSAGE_BYTES.  FAULT_REFUSED: no cause is known.  Target and what was sent are
 * printable.
 */
int explain_text(const void *text, size_t len, struct explanation *ret, struct fault *why);
void explanation_free(struct explanation *explanation);
CLEANUP_VALUE(explanation, explanation_free)
#define auto_explanation CLEANUP(explanation) struct explanation

#endif
