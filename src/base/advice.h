/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ADVICE_H
#define TRUSTFIX_ADVICE_H

/*
 * The trustfix commands that messages tell a person to run.
 *
 * They can be pasted into sh as printed, and act on what this run acted on: each option of the call
 * that says where or how to work is kept, if the advised command accepts it. src/cli/opt.c fills a
 * `struct advice` from the options; every other room passes it down and asks for a line.
 * Placeholders for the person to fill in are in capital letters.  A command always ends its
 * sentence.
 */

#include <stdbool.h>
#include <stddef.h>

#include "src/base/names.h"

struct advice_option {
	const char *name; /* "proxy" for --proxy */
	const char *value; /* NULL: it takes none */
	unsigned group; /* group of options, for `takes` */
	bool stays; /* it says where or how to work: other commands need it too */
};

/* The options of the call, borrowed from the command line.  All zero: no command line. */
struct advice {
	const char *command; /* "install" */
	struct advice_option *at;
	size_t n;
	const struct names *operands; /* NULL: none */
	char *const *behind; /* the words after "--", NULL at the end; NULL: there is no "--" */
	bool (*takes)(const char *command, unsigned group); /* NULL: each accepts all */
	bool hides_login; /* the password is omitted; ADVICE_LOGIN stands for a file with it */
	bool lacks_root; /* the user must become root for some commands */
	const char *via; /* the proxy that was used; NULL: none */
	bool via_has_login; /* that proxy's URL has a user and password */
};

#define ADVICE_FILE "FILE" /* a certificate file whose name is not known here */
#define ADVICE_LOGIN "PROXY-AUTH-FILE"
#define ADVICE_PIN "sha256:FINGERPRINT"

/* The words of a command, for the functions below. */
#define ADVICE_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

void advice_free(struct advice *advice);

/* The same command line (NULL: none), with `via` as the proxy that was used, or NULL. */
struct advice advice_through(
	const struct advice *command_line, const char *via, bool via_has_login);

/* Replace the URL of --proxy by `label` (borrowed), which omits its user and password. */
void advice_hide_login(struct advice *advice, const char *label, bool has_login);

/* The value of the option `name` ("root"); NULL: it was not given. */
const char *advice_value(const struct advice *command_line, const char *name);

/* Does this command accept every option of the call that says where or how to work? */
bool advice_fits(const struct advice *command_line, const char *command);

/*
 * Format "trustfix install --root DIR --ca FILE", allocated: words[0], which is the command; then
 * the options of the call, except those that the words contain or exclude; then the other words,
 * ended by NULL.  `command_line` may be NULL.  FAULT_SYSTEM: out of memory.
 */
int advice_format(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why);

/* The same after "run: " or, if the person must know more, "run as root, ...: ". */
int advice_run(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why);

/* Format the arguments with fmt, followed by advice_run().  Sets `*ret` as text_set() does. */
int advice_say(const struct advice *command_line, const char *const *words, char **ret,
	struct fault *why, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/*
 * Like advice_run(), but repeats the whole call: words[0] is its command, its operands come last.
 */
int advice_again(
	const struct advice *command_line, const char *const *words, char **ret, struct fault *why);

#endif
