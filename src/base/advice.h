/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ADVICE_H
#define TRUSTFIX_ADVICE_H

/*
 * Commands of ours that a person is told to run.
 *
 * They can be pasted into sh as they are printed and meet what this run met: every option of the
 * call that says where and how stays, as far as the advised command takes it.  src/cli/job.c
 * fills a `struct advice` out of the options; every other room hands it down and asks for a line.
 * What a person must fill in is in capital letters.  A command is the end of its sentence.
 */

#include <stdbool.h>
#include <stddef.h>

#include "src/base/names.h"

struct advice_option {
	const char *name; /* "proxy", which is written --proxy */
	const char *value; /* NULL: it has none */
	unsigned group; /* of options, for `takes` */
	bool stays; /* it says where or how: another command must be told it, too */
};

/* The call, borrowed from the command line.  All zero: a call without options, of nobody. */
struct advice {
	const char *command; /* "install" */
	struct advice_option *at;
	size_t n;
	const struct names *operands; /* NULL: none */
	char *const *behind; /* the words behind "--", NULL at the end; NULL: there is no "--" */
	bool (*takes)(const char *command, unsigned group); /* NULL: each takes all */
	bool hides_login; /* a password is left out, and ADVICE_LOGIN stands for a file with it */
	bool lacks_root; /* who runs it must become root for some commands */
	const char *via; /* the proxy that was gone through, and */
	bool via_has_login; /* has a user and password of its own; NULL: none */
};

#define ADVICE_FILE "FILE" /* a certificate that is not known here */
#define ADVICE_LOGIN "PROXY-AUTH-FILE"
#define ADVICE_PIN "sha256:FINGERPRINT"

/* The words of a command, as the functions below take them. */
#define ADVICE_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

void advice_free(struct advice *advice);

/* The same call (NULL: none), which went through this proxy, or NULL. */
struct advice advice_through(
	const struct advice *command_line, const char *via, bool via_has_login);

/* --proxy's URL is `label` (borrowed), without the user and password that it had. */
void advice_hide_login(struct advice *advice, const char *label, bool has_login);

/* The value of this option, "root"; NULL: it was not given. */
const char *advice_value(const struct advice *command_line, const char *name);

/* Can this command be told everything that the call says of where and how? */
bool advice_fits(const struct advice *command_line, const char *command);

/*
 * "trustfix install --root DIR --ca FILE", allocated: words[0] is the command, then come the call's
 * options, without those that the words have themselves or exclude, then the other words; NULL ends
 * them.  `call` may be NULL.  FAULT_SYSTEM: no memory.
 */
int advice_format(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why);

/*
 * The same with "run: " in front of it, or, where more must be known of it: "run as root, ...: ".
 */
int advice_run(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why);

/* What fmt makes of its arguments, and advice_run() behind it.  `*ret` as text_set() does. */
int advice_say(const struct advice *command_line, const char *const *words, char **ret,
	struct fault *why, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* As advice_run() the call again, all of it: words[0] is its command, its operands come last. */
int advice_again(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why);

#endif
