/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/doctor/checkup.h"

const char *checkup_end_name(enum checkup_end end)
{
	static const char *const names[] = {
		[CHECKUP_OK] = "ok",
		[CHECKUP_UNTRUSTED] = "not-trusted",
		[CHECKUP_UNVERIFIED] = "not-verified",
		[CHECKUP_CLIENT_CERT] = "client-cert-required",
		[CHECKUP_PROXY_AUTH] = "proxy-auth-required",
		[CHECKUP_PROXY_REFUSED] = "proxy-refused",
		[CHECKUP_NOT_TLS] = "not-tls",
		[CHECKUP_NO_NAME] = "no-such-host",
		[CHECKUP_UNREACHABLE] = "unreachable",
		[CHECKUP_TIMEOUT] = "timeout",
		[CHECKUP_FAILED] = "failed",
		[CHECKUP_UNASKED] = "not-asked",
	};

	static_assert(sizeof(names) / sizeof(names[0]) == CHECKUP_ENDS, "a name per end");
	return names[end];
}

/* What has no end of its own is a matter of certificates. */
static enum checkup_end end_of(enum cause cause)
{
	switch (cause) {
	case CAUSE_CLIENT_CERT:
		return CHECKUP_CLIENT_CERT;
	case CAUSE_PROXY_AUTH:
		return CHECKUP_PROXY_AUTH;
	case CAUSE_PROXY_REFUSED:
		return CHECKUP_PROXY_REFUSED;
	case CAUSE_NOT_TLS:
		return CHECKUP_NOT_TLS;
	case CAUSE_NO_NAME:
		return CHECKUP_NO_NAME;
	case CAUSE_UNREACHABLE:
	case CAUSE_CLOSED:
		return CHECKUP_UNREACHABLE;
	case CAUSE_TIMEOUT:
		return CHECKUP_TIMEOUT;
	case CAUSE_HTTP2_GONE:
	case CAUSE_PROTOCOL:
	case CAUSE_ALERT:
	case CAUSE_TRUSTED:
	case CAUSES:
		return CHECKUP_FAILED;
	default:
		return CHECKUP_UNTRUSTED;
	}
}

static bool holds_one(const char *output, const char *const *parts)
{
	for (size_t i = 0; i < PROGRAM_LIST_N && parts[i]; i++)
		if (strstr(output, parts[i]))
			return true;
	return false;
}

/* The last place counts: what comes first may be said of a proxy, or by the program itself. */
static unsigned http_of(const struct program *program, const char *output)
{
	unsigned http = 0;

	if (!program->http_after)
		return 0;
	for (const char *at = output; (at = strstr(at, program->http_after));) {
		const char *digits = at += strlen(program->http_after);

		if (strspn(digits, "0123456789") == 3)
			http = (unsigned)(digits[0] - '0') * 100 +
			       (unsigned)(digits[1] - '0') * 10 + (unsigned)(digits[2] - '0');
	}
	return http >= 100 && http < 600 ? http : 0;
}

/* The last line with something in it. */
static const char *last_line(const char *output, size_t *ret_len)
{
	const char *end = output + strlen(output);
	const char *begin;

	while (end > output && strchr("\n\r\t ", end[-1]))
		end--;
	begin = end;
	while (begin > output && begin[-1] != '\n')
		begin--;
	*ret_len = (size_t)(end - begin);
	return begin;
}

static enum checkup_end find_end(const struct program *program, const char *output,
	const struct fault *failed, struct checkup_run *run, const char **line, size_t *len)
{
	enum cause cause;

	if (!failed || holds_one(output, program->good))
		return run->http == 407 ? CHECKUP_PROXY_AUTH : CHECKUP_OK;
	if (failed->kind == FAULT_SYSTEM || holds_one(output, program->unable))
		return CHECKUP_UNASKED;
	cause = explain_cause(output, line, len);
	if (cause == CAUSES && failed->kind == FAULT_LIMIT)
		return CHECKUP_TIMEOUT;
	return end_of(cause);
}

int checkup_read(const struct program *program, const char *output, const struct fault *failed,
	struct checkup_run *ret, struct fault *why)
{
	struct checkup_run run = {.http = http_of(program, output)};
	size_t len;
	const char *line = last_line(output, &len);

	run.end = find_end(program, output, failed, &run, &line, &len);
	if (run.end != CHECKUP_OK) {
		if (failed && (!len || failed->kind == FAULT_SYSTEM)) {
			line = failed->text;
			len = strlen(line);
		}
		while (len && strchr(" \t", *line)) {
			line++;
			len--;
		}
		run.said = text_printable(line, len, LIMIT_SAID_SHOWN);
		if (!run.said)
			return fault_nomem(why);
	}
	*ret = run;
	return 0;
}
