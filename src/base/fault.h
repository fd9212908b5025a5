/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FAULT_H
#define TRUSTFIX_FAULT_H

/*
 * One failure, with its kind and its text.
 *
 * A function that can fail returns 0 or -1 and takes `struct fault *why` last, never NULL.  Success
 * leaves `why` untouched; failure leaves every `ret_` argument untouched.  The first text wins;
 * callers may put context before it with fault_wrap() on the way out.  Nothing below src/cli prints
 * it.  Always start with FAULT_INIT.
 *
 * Text: lower case, no period at the end; what failed, then the thing in single quotes, then the
 * reason.  Strings from a peer or a file must pass through text_printable() first.
 */

enum fault_kind {
	FAULT_NONE = 0,
	FAULT_SYSTEM, /* a system call failed: errno is in `sys` */
	FAULT_FORMAT, /* malformed input */
	FAULT_LIMIT, /* more, larger or later than limits.h allows */
	FAULT_USAGE, /* a bad command line: exit status 2 */
	FAULT_PEER, /* the peer or the proxy failed or broke the protocol */
	FAULT_REFUSED, /* possible, but a rule forbids it */
	FAULT_UNAPPROVED, /* nobody approved the CA: exit status 5 */
	FAULT_UNTRUSTED, /* a deciding client does not trust it: exit status 3 or 1 */
	FAULT_BROKEN, /* a store could not be rolled back: exit status 4 */
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

/* Set the kind and text; returns -1.  An existing text stays. */
int fault_set(struct fault *why, enum fault_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* FAULT_SYSTEM, with errno's reason after the text; reads errno first.  Returns -1. */
int fault_sys(struct fault *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* FAULT_SYSTEM with ENOMEM: an allocation failed.  Returns -1. */
int fault_nomem(struct fault *why);

/*
 * Put context before the existing text: "context: text".  Returns -1.  If space runs out, the
 * context is shortened, never the cause.
 */
int fault_wrap(struct fault *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Clear the fault, for the rare caller that continues after a failure. */
void fault_clear(struct fault *why);

/* The kind's name as printed by --json: "system", "format", ...  A static string. */
const char *fault_kind_name(enum fault_kind kind);

#endif
