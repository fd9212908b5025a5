/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EXPLAIN_H
#define TRUSTFIX_EXPLAIN_H

/*
 * Explain an error message or an s_client log: which program printed it, which host it is about,
 * and what to run next.  Does no I/O.  The messages are in explain_messages.inc, the programs in
 * src/client/programs.c.
 */

#include "src/base/names.h"
#include "src/client/programs.h"
#include "src/diagnose/interceptors.h"

/* How a program that doctor ran fared; for a message, what doctor takes it for. */
enum doctor_end {
	DOCTOR_OK, /* it trusted the peer, whatever the HTTP status */
	DOCTOR_UNTRUSTED,
	DOCTOR_UNVERIFIED, /* it accepted any certificate: verification is turned off */
	DOCTOR_CLIENT_CERT,
	DOCTOR_PROXY_AUTH,
	DOCTOR_PROXY_REFUSED,
	DOCTOR_NOT_TLS,
	DOCTOR_NO_NAME,
	DOCTOR_UNREACHABLE,
	DOCTOR_TIMEOUT,
	DOCTOR_FAILED, /* for an unknown reason */
	DOCTOR_UNASKED, /* it cannot be run; `said` tells why */
	DOCTOR_ENDS
};

#define CAUSE_COMMANDS_N 3
#define CAUSE_PHRASES_N 32

struct cause {
	const char *name; /* "wrong-host"; the verdict's name where one means the same */
	enum doctor_end end;
	const char *means; /* a sentence or two */
	const char *commands[CAUSE_COMMANDS_N]; /* %s is the target; NULL: just probe */
	/* What programs print in this case, ignoring case and white space; "this + that": both. */
	const char *phrases[CAUSE_PHRASES_N];
};

/* If several causes match a text, the first row wins.  The last row's name is NULL. */
extern const struct cause explain_causes[];

/*
 * Find the cause, and the line of the text that shows it (borrowed).  NULL: no known cause; the
 * line is left as it was.
 */
const struct cause *explain_cause(const char *text, const char **ret_line, size_t *ret_len);

struct explanation {
	const struct cause *cause;
	const struct program *program; /* NULL: unknown */
	char *note; /* which store the program reads, and what helps; NULL: the system's */
	char *target; /* "host" or "host:port"; NULL: the text names none */
	char *sent; /* for an s_client log: what the peer sent, a sentence; else NULL */
	const struct interceptor *interceptor; /* whose certificates are in the log, or NULL */
	struct names commands; /* to run next */
};

/*
 * Explain `text`, at most LIMIT_MESSAGE_BYTES.  FAULT_REFUSED: no known cause.  `target` and `sent`
 * are printable.
 */
int explain_text(const void *text, size_t len, struct explanation *ret, struct fault *why);
void explanation_free(struct explanation *explanation);
CLEANUP_VALUE(explanation, explanation_free)
#define auto_explanation CLEANUP(explanation) struct explanation

#endif
