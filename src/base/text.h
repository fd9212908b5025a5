/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TEXT_H
#define TRUSTFIX_TEXT_H

/*
 * Text to show, compare or parse: making untrusted strings harmless, hex, numbers, times.  Results
 * called "allocated" are malloc'd and belong to the caller; NULL means out of memory.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "src/base/buf.h"
#include "src/base/fault.h"

#define TEXT_SHA256_HEX_LEN 65 /* 64 digits and the NUL */
#define TEXT_TIME_LEN 21 /* 2026-01-31T23:59:59Z and the NUL; years 0000 to 9999 */

/*
 * A copy that is safe on a terminal and in a log, allocated.  These become \xHH per byte: control
 * characters, bytes that are not UTF-8, code points that are invisible or that Unicode does not
 * define, blanks other than the space, right-to-left letters and bidirectional controls, which
 * could reorder the line, and combining marks with no letter or more than three of them on one.  A
 * backslash is doubled.  At most `max` source bytes are shown, then "...".
 */
char *text_printable(const char *text, size_t len, size_t max);

/* The same for a sentence of ours that may contain such text: backslashes stay, and all of it is
 * shown. */
char *text_harmless(const char *sentence);

/* Format a new text into `*ret`; the old value is freed afterwards, so it may be an argument. */
int text_set(char **ret, struct fault *why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int text_vset(char **ret, struct fault *why, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

/*
 * Append a word that can be pasted into sh(1): unchanged, or in single quotes if necessary.  A word
 * that could harm a terminal becomes "$(printf '...')", which loses only newlines at its end.
 */
void text_add_shell_word(struct buf *out, const char *word);
char *text_shell_word(const char *word); /* the same, allocated */

/* Is it UTF-8 without control characters, on one line? */
bool text_is_line(const char *text);

/* The parent directory of a path, allocated: "/a" for "/a/b", "/" for "/a", "." for "a". */
char *text_parent(const char *path);

/* Is the path that directory, or something below it?  Compares bytes. */
bool text_path_is_in(const char *path, const char *dir);

/* Write "ab12..": two lower-case digits per byte, NUL-terminated; `out` must have 2 * len + 1
 * bytes. */
void text_hex(const uint8_t *bytes, size_t len, char *out);

/* Parse hex digits in either case, skipping colons and spaces between them. false: not exactly
 * `len` bytes. */
bool text_unhex(const char *text, uint8_t *out, size_t len);

/* Parse a whole decimal number without sign or blanks, at most `max`. false: it is not one. */
bool text_number(const char *text, uint64_t max, uint64_t *ret);

/* Format a time as in RFC 3339, UTC, whole seconds; a time out of range is shown as the nearest one
 * that fits. */
void text_time(time_t when, char out[static TEXT_TIME_LEN]);

/* Parse an RFC 3339 time (Z or +hh:mm offset; fractions of a second are dropped) or whole seconds
 * since 1970.  FAULT_USAGE: it is neither. */
int text_parse_time(const char *text, time_t *ret, struct fault *why);

bool text_is_utf8(const char *text);

/* Comparisons that ignore ASCII case, whatever the locale. */
bool text_same(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
char text_lower(char c);

/*
 * "Did you mean": call text_guess() for each candidate; `best` is then the nearest to `word`, or
 * NULL.  Near means: the same first letter, and one letter added, left out, wrong or swapped with
 * the next; two in words of six letters or more.
 */
struct text_guess {
	const char *word;
	const char *best; /* borrowed from the candidates */
	size_t cost; /* cost of `best` */
};

void text_guess(struct text_guess *guess, const char *candidate);

/* Decode %XX, allocated; NULL also if the text contains %00 or a truncated escape. */
char *text_percent_decoded(const char *text, size_t len);

#endif
