/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TEXT_H
#define TRUSTFIX_TEXT_H

/*
 * Text that is shown, compared or parsed: making hostile strings harmless, hex, numbers, times.
 * Results called "allocated" are malloc'd and the caller's; NULL means no memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "src/base/fault.h"

#define TEXT_SHA256_HEX_LEN 65 /* 64 digits and the NUL */
#define TEXT_TIME_LEN 21 /* 2026-01-31T23:59:59Z and the NUL; years 0000 to 9999 */

/*
 * A copy that is safe on a terminal and in a log, allocated: C0 and C1 controls, DEL, newlines,
 * bytes that are not UTF-8, bidirectional controls (U+061C, U+200E-200F, U+202A-202E, U+2066-2069),
 * zero width and line separators (U+200B-200D, U+2028-2029, U+2060, U+FEFF) and noncharacters
 * become \xHH per byte.  A backslash becomes two.  At most `max` source bytes are shown, then
 * "...".
 */
char *text_printable(const char *text, size_t len, size_t max);

/* A sentence of ours that may have such texts in it: the same, but backslashes stay, all of it. */
char *text_harmless(const char *sentence);

/* Print into a text of its own; what `*ret` held is freed, after it was used. */
int text_set(char **ret, struct fault *why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A word as it can be pasted into sh(1): as it is, or in single quotes where it must.  One with
 * something in it that harms a terminal (text_printable()) becomes "$(printf '...')", which loses
 * newlines at its end and nothing else.  Allocated; NULL: no memory.
 */
char *text_shell_word(const char *word);

/* The directory that a path is in, allocated: "/a" of "/a/b", "/" of "/a", "." of "a". */
char *text_parent(const char *path);

/* Is the path that directory, or something in it?  Byte for byte. */
bool text_path_is_in(const char *path, const char *dir);

/* The name behind its last slash, borrowed: "b" of "/a/b", "a" of "a". */
const char *text_base(const char *path);

/* "ab12..": two lower-case digits per byte, NUL-terminated; `out` has 2 * len + 1 bytes. */
void text_hex(const uint8_t *bytes, size_t len, char *out);

/* The reverse.  Colons and spaces between digits are skipped, any case.  false: not exactly `len`
 * bytes. */
bool text_unhex(const char *text, uint8_t *out, size_t len);

/* A whole decimal number without sign or blanks, at most `max`.  false: it is not one. */
bool text_number(const char *text, uint64_t max, uint64_t *ret);

/* RFC 3339, UTC, whole seconds; a time that does not fit is shown as its nearest end. */
void text_time(time_t when, char out[static TEXT_TIME_LEN]);

/* RFC 3339 (Z or +hh:mm offset; parts of a second are dropped) or whole seconds since 1970.
 * FAULT_USAGE: neither. */
int text_parse_time(const char *text, time_t *ret, struct fault *why);

/*
 * UTF-8 as UTF-16, big-endian, into `out`, which has 2 * strlen(text) bytes.  false: it is not
 * UTF-8.
 */
bool text_utf16(const char *text, uint8_t *out, size_t *ret_len);

/* ASCII case-insensitive helpers, free of the locale. */
bool text_same(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_contains(const char *text, const char *part);
char text_lower(char c);

/*
 * "Did you mean": offer the candidates one after the other; `best` is then the nearest to `word`,
 * or NULL.  Near is: the same first letter, and one letter added, left out, wrong or swapped with
 * the next; two in words of six letters and more.
 */
struct text_guess {
	const char *word;
	const char *best; /* borrowed from the candidates */
	size_t cost; /* of the best */
};

void text_guess(struct text_guess *guess, const char *candidate);

/* %XX decoded, allocated; NULL also when it holds %00 or a cut-off escape. */
char *text_percent_decoded(const char *text, size_t len);

#endif
