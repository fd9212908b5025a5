/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/clock.h"

static enum log_level level = LOG_NORMAL;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool line_shown;
static int64_t work_began_ms;

void log_set_level(enum log_level wanted)
{
	level = wanted;
}

static void clear_line(void)
{
	if (line_shown)
		fputs("\r\033[K", stderr);
	line_shown = false;
}

static void write_line(const char *fmt, va_list args)
{
	pthread_mutex_lock(&lock);
	clear_line();
	fputs("trustfix: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	pthread_mutex_unlock(&lock);
}

void log_note(const char *fmt, ...)
{
	va_list args;

	if (level < LOG_NORMAL)
		return;
	va_start(args, fmt);
	write_line(fmt, args);
	va_end(args);
}

void log_detail(const char *fmt, ...)
{
	va_list args;

	if (level < LOG_VERBOSE)
		return;
	va_start(args, fmt);
	write_line(fmt, args);
	va_end(args);
}

void log_fault(const char *text)
{
	pthread_mutex_lock(&lock);
	clear_line();
	fprintf(stderr, "trustfix: %s\n", text);
	pthread_mutex_unlock(&lock);
}

void log_progress(const char *fmt, ...)
{
	va_list args;

	if (level < LOG_NORMAL || !isatty(STDERR_FILENO))
		return;
	pthread_mutex_lock(&lock);
	if (work_began_ms == 0)
		work_began_ms = clock_ms();
	if (clock_ms() - work_began_ms >= LIMIT_PROGRESS_MS) {
		clear_line();
		va_start(args, fmt);
		vfprintf(stderr, fmt, args);
		va_end(args);
		fflush(stderr);
		line_shown = true;
	}
	pthread_mutex_unlock(&lock);
}

void log_progress_end(void)
{
	pthread_mutex_lock(&lock);
	clear_line();
	work_began_ms = 0;
	pthread_mutex_unlock(&lock);
}
