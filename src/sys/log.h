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

/* Print one line "trustfix: text" if the level is at least `least`, harmless and always one: a file
 * name may contain a newline or an escape.  LOG_QUIET: always. */
void log_line(enum log_level least, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_note(...) log_line(LOG_NORMAL, __VA_ARGS__)
#define log_detail(...) log_line(LOG_VERBOSE, __VA_ARGS__)

/* Set the text of the progress line, shown and overwritten once work takes long; log_progress_end()
 * removes the line. */
void log_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_progress_end(void);

#endif
