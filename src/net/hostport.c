/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/hostport.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

void hostport_free(struct hostport *it)
{
	free(it->host);
	it->host = NULL;
}

char *hostport_label(const char *host, uint16_t port)
{
	bool six = strchr(host, ':');
	char *text = NULL;
	int len = asprintf(&text, "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "", port);

	return len < 0 ? NULL : text;
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* What is wrong with a lower-case DNS name, or NULL. */
static const char *name_flaw(const char *name)
{
	size_t label = 0;

	for (const char *at = name; *at; at++) {
		if ((unsigned char)*at >= 0x80)
			return "write it in its ASCII form (xn--...)";
		if (*at != '.' && !is_host_char(*at))
			return "a host name has letters, digits, '-' and '_' only";
		label = *at == '.' ? 0 : label + 1;
		if (label > LABEL_MAX || (*at == '.' && (at == name || at[-1] == '.')))
			return "a label of a host name has 1 to 63 characters";
	}
	if (label == 0)
		return "a label of a host name has 1 to 63 characters";
	/* "10.1" and "0x7f.1" are addresses to inet_aton(3), and surprises to people. */
	const char *last = strrchr(name, '.');
	last = last ? last + 1 : name;
	return *last >= '0' && *last <= '9' ? "it looks like an IPv4 address, but is not one"
					    : NULL;
}

/* Bring `host` into its one form, or say what is wrong with it. */
static const char *host_settle(struct hostport *it, bool bracketed)
{
	size_t len = strlen(it->host);
	struct in6_addr six;
	struct in_addr four;

	for (char *at = it->host; *at; at++)
		*at = text_lower(*at);
	it->is_ip = true;
	if (bracketed)
		return inet_pton(AF_INET6, it->host, &six) == 1 &&
				       inet_ntop(AF_INET6, &six, it->host, INET6_ADDRSTRLEN)
			       ? NULL
			       : "no IPv6 address between the brackets";
	if (inet_pton(AF_INET, it->host, &four) == 1)
		return NULL;
	it->is_ip = false;
	if (len && it->host[len - 1] == '.')
		it->host[--len] = '\0';
	if (len == 0)
		return "the host is missing";
	return len > LIMIT_HOST_LEN ? "a host name has at most 253 characters"
				    : name_flaw(it->host);
}

/* Where host and port are in the text; NULL or what is wrong. */
static const char *split(const char *text, size_t len, size_t *host_len, const char **port)
{
	const char *end = text + len;
	const char *close = len && *text == '[' ? memchr(text, ']', len) : NULL;
	const char *colon = close ? close + 1 : memchr(text, ':', len);

	if (len && *text == '[' && !close)
		return "']' is missing";
	if (close && colon < end && *colon != ':')
		return "only a port may follow ']'";
	if (!close && colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		return "write an IPv6 address in brackets, [::1]:443";
	*host_len = close ? (size_t)(close - text - 1) : colon ? (size_t)(colon - text) : len;
	*port = colon && colon < end ? colon + 1 : NULL;
	return NULL;
}

static const char *port_parse(const char *text, size_t len, uint16_t *ret)
{
	char digits[8] = "";
	uint64_t number = 0;

	if (len < sizeof(digits))
		memcpy(digits, text, len);
	if (len >= sizeof(digits) || !text_number(digits, UINT16_MAX, &number) || number == 0)
		return "a port is a number from 1 to 65535";
	*ret = (uint16_t)number;
	return NULL;
}

static int refuse(const char *text, size_t len, const char *flaw, struct fault *why)
{
	auto_free char *shown = text_printable(text, len, LIMIT_NAME_SHOWN);

	return fault_set(why, FAULT_USAGE, "'%s': %s", shown ? shown : "", flaw);
}

int hostport_parse(
	const char *text, size_t len, uint16_t port, struct hostport *ret, struct fault *why)
{
	auto_hostport it = {.port = port};
	const char *port_text = NULL;
	size_t host_len = 0;
	const char *flaw = split(text, len, &host_len, &port_text);
	bool bracketed = len && *text == '[';

	if (!flaw && port_text)
		flaw = port_parse(port_text, (size_t)(text + len - port_text), &it.port);
	if (!flaw && it.port == 0)
		flaw = "the port is missing";
	if (!flaw && memchr(text, '\0', len))
		flaw = "a NUL byte inside";
	if (flaw)
		return refuse(text, len, flaw, why);
	/* Room for the longest form that inet_ntop() may write over it. */
	it.host = calloc(1, host_len + INET6_ADDRSTRLEN);
	if (!it.host)
		return fault_nomem(why);
	memcpy(it.host, text + bracketed, host_len);
	flaw = host_settle(&it, bracketed);
	if (flaw)
		return refuse(text, len, flaw, why);
	*ret = it;
	it.host = NULL;
	return 0;
}

bool hostport_scheme(const char *text, char name[static HOSTPORT_SCHEME_LEN], const char **rest)
{
	const char *mark = strstr(text, "://");
	size_t len = mark ? (size_t)(mark - text) : 0;

	*rest = mark ? mark + 3 : text;
	memset(name, 0, HOSTPORT_SCHEME_LEN);
	if (len < HOSTPORT_SCHEME_LEN)
		memcpy(name, text, len);
	return mark != NULL;
}
