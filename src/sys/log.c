/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/clock.h"

static enum log_level level = LOG_NORMAL;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The progress line.  A thread shows it first, because the work that takes long does not return
 * here. */
static struct {
	pthread_t thread;
	pthread_cond_t ends;
	bool running; /* the thread has been started, and not been told to end */
	bool due; /* work has taken long: show each text at once */
	bool shown;
	char text[256];
} progress = {.ends = PTHREAD_COND_INITIALIZER};

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

void log_line(enum log_level least, const char *fmt, ...)
{
	auto_free char *text = NULL, *shown = NULL;
	struct fault why = FAULT_INIT;
	va_list args;

	if (level < least)
		return;
	va_start(args, fmt);
	if (text_vset(&text, &why, fmt, args) == 0)
		shown = text_harmless(text);
	va_end(args);
	pthread_mutex_lock(&lock);
	clear_line();
	fprintf(stderr, "trustfix: %s\n", shown ? shown : "out of memory");
	pthread_mutex_unlock(&lock);
}

static void show(void)
{
	auto_free char *shown = text_harmless(progress.text);

	clear_line();
	fprintf(stderr, "%s ...", shown ? shown : "");
	fflush(stderr);
	progress.shown = true;
}

static void *show_when_due(void *unused)
{
	struct deadline deadline = deadline_in(LIMIT_PROGRESS_MS);

	pthread_mutex_lock(&lock);
	while (progress.running && deadline_wait_cond(deadline, &progress.ends, &lock))
		;
	progress.due = progress.running;
	if (progress.due)
		show();
	pthread_mutex_unlock(&lock);
	return unused;
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
	if (progress.due) {
		show();
	} else if (!progress.running) {
		progress.running = pthread_create(&progress.thread, NULL, show_when_due, NULL) == 0;
	}
	pthread_mutex_unlock(&lock);
}

void log_progress_end(void)
{
	if (!progress.running)
		return;
	pthread_mutex_lock(&lock);
	progress.running = false;
	pthread_cond_signal(&progress.ends);
	pthread_mutex_unlock(&lock);
	pthread_join(progress.thread, NULL);
	progress.due = false;
	clear_line();
	fflush(stderr);
}
