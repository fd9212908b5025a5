/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 3, 0)))
write_text(struct fault *why, enum fault_kind kind, const char *fmt, va_list args)
{
	if (why->kind != FAULT_NONE)
		return;
	why->kind = kind;
	vsnprintf(why->text, sizeof(why->text), fmt, args);
}

int fault_set(struct fault *why, enum fault_kind kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_text(why, kind, fmt, args);
	va_end(args);
	return -1;
}

/* The errors that are common during an installation get a plain sentence. */
static const char *reason(int sys)
{
	switch (sys) {
	case EROFS:
		return "the file system is read-only";
	case ENOSPC:
		return "the disk is full";
	case EDQUOT:
		return "the disk quota is used up";
	default:
		return strerror(sys);
	}
}

int fault_sys(struct fault *why, const char *fmt, ...)
{
	int sys = errno;
	bool first = why->kind == FAULT_NONE;
	size_t used;
	va_list args;

	va_start(args, fmt);
	write_text(why, FAULT_SYSTEM, fmt, args);
	va_end(args);
	if (!first)
		return -1;
	why->sys = sys;
	used = strlen(why->text);
	snprintf(why->text + used, sizeof(why->text) - used, ": %s", reason(sys));
	return -1;
}

int fault_nomem(struct fault *why)
{
	if (why->kind != FAULT_NONE)
		return -1;
	fault_set(why, FAULT_SYSTEM, "out of memory");
	why->sys = ENOMEM;
	return -1;
}

int fault_wrap(struct fault *why, const char *fmt, ...)
{
	const struct fault cause = *why;
	size_t room = sizeof(why->text) - strlen(cause.text), len;
	va_list args;

	if (room < sizeof(": "))
		return -1;
	va_start(args, fmt);
	vsnprintf(why->text, room - strlen(": "), fmt, args);
	va_end(args);
	len = strlen(why->text);
	snprintf(why->text + len, sizeof(why->text) - len, ": %s", cause.text);
	return -1;
}

void fault_clear(struct fault *why)
{
	*why = (struct fault)FAULT_INIT;
}

const char *fault_kind_name(enum fault_kind kind)
{
	static const char *const names[FAULT_KINDS] = {
		[FAULT_NONE] = "none",
		[FAULT_SYSTEM] = "system",
		[FAULT_FORMAT] = "format",
		[FAULT_LIMIT] = "limit",
		[FAULT_USAGE] = "usage",
		[FAULT_PEER] = "peer",
		[FAULT_REFUSED] = "refused",
		[FAULT_UNAPPROVED] = "unapproved",
		[FAULT_UNTRUSTED] = "untrusted",
		[FAULT_BROKEN] = "broken",
	};

	return kind < FAULT_KINDS ? names[kind] : "unknown";
}
