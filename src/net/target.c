/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/target.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/hostport.h"

static const struct {
	const char *name;
	uint16_t port;
} schemes[] = {
	[TARGET_TLS] = {"https", 443},
	[TARGET_SMTP] = {"smtp", 25},
	[TARGET_IMAP] = {"imap", 143},
	[TARGET_POP3] = {"pop3", 110},
	[TARGET_FTP] = {"ftp", 21},
	[TARGET_LDAP] = {"ldap", 389},
	[TARGET_POSTGRES] = {"postgres", 5432},
	[TARGET_MYSQL] = {"mysql", 3306},
	[TARGET_XMPP] = {"xmpp", 5222},
};
static_assert(sizeof(schemes) / sizeof(schemes[0]) == TARGET_SCHEMES, "a row per scheme");

void target_free(struct target *target)
{
	free(target->host);
	free(target->label);
	*target = (struct target)TARGET_INIT;
}

/* What stands before an '@' may be a password. */
static int refuse(const char *text, const char *flaw, struct fault *why)
{
	const char *at = strrchr(text, '@');
	const char *safe = at ? at + 1 : text;
	auto_free char *shown = text_printable(safe, strlen(safe), LIMIT_NAME_SHOWN);

	return fault_set(why, FAULT_USAGE, "target '%s': %s", shown ? shown : "", flaw);
}

/* The scheme in front of "://", and what follows it; NULL or what is wrong. */
static const char *scheme_parse(const char *text, enum target_scheme *ret, const char **rest)
{
	char name[HOSTPORT_SCHEME_LEN];

	*ret = TARGET_TLS;
	if (!hostport_scheme(text, name, rest))
		return NULL;
	for (unsigned i = 0; i < TARGET_SCHEMES; i++)
		if (text_same(name, schemes[i].name)) {
			*ret = i;
			return NULL;
		}
	return text_same(name, "http") ? "http:// speaks no TLS; did you mean https://?"
				       : "unknown scheme; known are https smtp imap pop3 ftp ldap "
					 "postgres mysql xmpp; "
					 "where TLS comes first, as for imaps, write HOST:PORT";
}

static char *label_make(const struct target *target)
{
	char *address = hostport_label(target->host, target->port);
	char *label = NULL;

	if (target->scheme == TARGET_TLS || !address)
		return address;
	if (asprintf(&label, "%s://%s", schemes[target->scheme].name, address) < 0)
		label = NULL;
	free(address);
	return label;
}

int target_parse(const char *text, struct target *ret, struct fault *why)
{
	auto_target it = TARGET_INIT;
	struct hostport place = HOSTPORT_INIT;
	const char *rest = NULL;
	const char *flaw = NULL;

	if (strnlen(text, LIMIT_TARGET_LEN + 1) > LIMIT_TARGET_LEN)
		return refuse(text, "longer than 2048 bytes", why);
	flaw = scheme_parse(text, &it.scheme, &rest);
	size_t len = strcspn(rest, "/?#");
	if (!flaw && memchr(rest, '@', len))
		flaw = "a user name has no place in a target";
	/* A bare HOST is no URL: a path would be a typing error, such as a file's name. */
	if (!flaw && rest == text && rest[len])
		flaw = "a path needs https:// before the host";
	if (flaw)
		return refuse(text, flaw, why);
	if (hostport_parse(rest, len, schemes[it.scheme].port, &place, why))
		return fault_wrap(why, "target");
	it.host = place.host;
	it.port = place.port;
	it.is_ip = place.is_ip;
	it.label = label_make(&it);
	if (!it.label)
		return fault_nomem(why);
	*ret = it;
	it = (struct target)TARGET_INIT;
	return 0;
}
