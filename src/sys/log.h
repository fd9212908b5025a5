/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LOG_H
#define TRUSTFIX_LOG_H

/*
 * Chatter for a person, on stderr: notes that -q silences, details that -v asks for, and one
 * progress line that appears only on a terminal and only when work has taken LIMIT_PROGRESS_MS.
 */

enum log_level {
	LOG_QUIET = 0,
	LOG_NORMAL,
	LOG_VERBOSE,
};

void log_set_level(enum log_level level);

/* One line "trustfix: text".  Not shown with -q. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, shown with -v only. */
void log_detail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The program's one fault: always shown. */
void log_fault(const char *text);

/* What is being done now, shown and overwritten once it takes long; then take the line away. */
void log_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_progress_end(void);

#endif
