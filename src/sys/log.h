/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LOG_H
#define TRUSTFIX_LOG_H

/*
 * Messages for people on stderr: notes, which -q silences; details, which -v enables; and one
 * progress line, which appears only on a terminal and only once work has taken LIMIT_PROGRESS_MS.
 */

enum log_level {
	LOG_QUIET = 0,
	LOG_NORMAL,
	LOG_VERBOSE,
};

void log_set_level(enum log_level level);

/* Print one line "trustfix: text", unless -q is given. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, only with -v. */
void log_detail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print the fault that ends the program; always shown. */
void log_fault(const char *text);

/* Set the text of the progress line, shown and overwritten once work takes long; log_progress_end()
 * removes the line. */
void log_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_progress_end(void);

#endif
