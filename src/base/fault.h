/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FAULT_H
#define TRUSTFIX_FAULT_H

/*
 * One failure, with its kind and its text.
 *
 * A function that can fail returns 0 or -1 and takes `struct fault *why` last, never NULL.  Success
 * leaves `why` untouched; failure leaves every `ret_` argument untouched.  The first text wins; on
 * the way out callers may put context in front of it with fault_wrap().  Nobody below src/cli
 * prints it.  Start with FAULT_INIT, always.
 *
 * Text: lower case, no full stop, what failed and then the thing in single quotes, then the reason.
 * Strings of a peer or a file go through text_printable() before they get here.
 */

enum fault_kind {
	FAULT_NONE = 0,
	FAULT_SYSTEM, /* the system refused: errno is in `sys` */
	FAULT_FORMAT, /* bytes that are not what they should be */
	FAULT_LIMIT, /* more, larger or later than limits.h allows */
	FAULT_USAGE, /* a bad command line: exit status 2 */
	FAULT_PEER, /* the peer or the proxy did not do its part */
	FAULT_REFUSED, /* we could, and will not: a rule forbids it */
	FAULT_UNAPPROVED, /* nobody approved the CA: exit status 5 */
	FAULT_UNTRUSTED, /* a deciding reader does not trust: exit status 3 or 1 */
	FAULT_BROKEN, /* a store could not be put back: exit status 4 */
	FAULT_KINDS
};

#define FAULT_TEXT_LEN 1024

struct fault {
	enum fault_kind kind;
	int sys; /* errno of a FAULT_SYSTEM, else 0 */
	char text[FAULT_TEXT_LEN];
};

#define FAULT_INIT                \
	{                         \
		FAULT_NONE, 0, "" \
	}

/* Say why; returns -1.  A text that is already there stays. */
int fault_set(struct fault *why, enum fault_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* FAULT_SYSTEM with errno's reason behind the text; reads errno first.  Returns -1. */
int fault_sys(struct fault *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* FAULT_SYSTEM with ENOMEM: an allocation failed.  Returns -1. */
int fault_nomem(struct fault *why);

/*
 * Put context in front of the text that is there: "context: text".  Returns -1.
 * When space runs out the context is shortened, never the cause.
 */
int fault_wrap(struct fault *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Forget it, for the rare caller that goes on after a failure. */
void fault_clear(struct fault *why);

/* The kind's name as --json prints it: "system", "format", ...  A static string. */
const char *fault_kind_name(enum fault_kind kind);

#endif
