/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/clock.h"

static enum log_level level = LOG_NORMAL;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The progress line.  Its own thread shows it, because the work that takes long does not return
 * here. */
static struct {
	pthread_t thread;
	pthread_cond_t news;
	bool running; /* the thread is running */
	bool ended; /* the thread has been told to end */
	bool shown;
	char text[256];
} progress;

void log_set_level(enum log_level wanted)
{
	level = wanted;
}

static void clear_line(void)
{
	if (progress.shown)
		fputs("\r\033[K", stderr);
	progress.shown = false;
}

static void __attribute__((format(printf, 1, 0))) write_line(const char *fmt, va_list args)
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

/* Always one line: a file name may contain a newline or an escape. */
void log_fault(const char *text)
{
	auto_free char *shown = text_harmless(text);

	pthread_mutex_lock(&lock);
	clear_line();
	fprintf(stderr, "trustfix: %s\n", shown ? shown : "out of memory");
	pthread_mutex_unlock(&lock);
}

static void *show_progress(void *unused)
{
	struct deadline deadline = deadline_in(LIMIT_PROGRESS_MS);

	pthread_mutex_lock(&lock);
	while (!progress.ended && deadline_wait_cond(deadline, &progress.news, &lock))
		;
	while (!progress.ended) {
		clear_line();
		fprintf(stderr, "%s ...", progress.text);
		fflush(stderr);
		progress.shown = true;
		pthread_cond_wait(&progress.news, &lock);
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

static void start_thread(void)
{
	deadline_init_cond(&progress.news);
	progress.ended = false;
	progress.running = pthread_create(&progress.thread, NULL, show_progress, NULL) == 0;
}

void log_progress(const char *fmt, ...)
{
	va_list args;

	if (level < LOG_NORMAL || !isatty(STDERR_FILENO))
		return;
	pthread_mutex_lock(&lock);
	va_start(args, fmt);
	vsnprintf(progress.text, sizeof(progress.text), fmt, args);
	va_end(args);
	if (progress.running)
		pthread_cond_signal(&progress.news);
	else
		start_thread();
	pthread_mutex_unlock(&lock);
}

void log_progress_end(void)
{
	if (!progress.running)
		return;
	pthread_mutex_lock(&lock);
	progress.ended = true;
	pthread_cond_signal(&progress.news);
	pthread_mutex_unlock(&lock);
	pthread_join(progress.thread, NULL);
	progress.running = false;
	pthread_cond_destroy(&progress.news);
	clear_line();
	fflush(stderr);
}
