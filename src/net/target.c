/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/hostport.h"

static const struct url_scheme schemes[] = {
	[TARGET_TLS] = {"https", 443},
	[TARGET_SMTP] = {"smtp", 25},
	[TARGET_IMAP] = {"imap", 143},
	[TARGET_POP3] = {"pop3", 110},
	[TARGET_FTP] = {"ftp", 21},
	[TARGET_LDAP] = {"ldap", 389},
	[TARGET_POSTGRES] = {"postgres", 5432},
	[TARGET_MYSQL] = {"mysql", 3306},
	[TARGET_XMPP] = {"xmpp", 5222},
	[TARGET_SCHEMES] = {NULL, 0},
};

void target_free(struct target *target)
{
	free(target->host);
	free(target->label);
	*target = (struct target)TARGET_INIT;
}

int target_parse(const char *text, struct target *ret, struct fault *why)
{
	auto_hostport place = HOSTPORT_INIT;
	struct url url = {.place = text};
	const char *flaw = url_split(text, schemes,
		text_starts(text, "http://")
			? "http:// is not TLS; did you mean https://?"
			: "unknown scheme; known are https smtp imap pop3 ftp ldap postgres mysql "
			  "xmpp; where TLS comes first, as for imaps, write HOST:PORT",
		&url);
	char *label;

	if (!flaw && url.login)
		flaw = "a user name does not belong in a target";
	/* A path after a bare HOST is a mistake, such as a file name. */
	if (!flaw && url.place == text && *url.rest)
		flaw = "a path needs https:// before the host";
	if (flaw) {
		/* Do not show the text before '@': it may be a password. */
		const char *at = strrchr(text, '@');
		const char *safe = at ? at + 1 : text;
		auto_free char *shown = text_printable(safe, strlen(safe), LIMIT_NAME_SHOWN);

		return fault_set(why, FAULT_USAGE, "target '%s': %s", shown ? shown : "", flaw);
	}
	if (hostport_parse(url.place, url.place_len, schemes[url.scheme].port, &place, why))
		return fault_wrap(why, "target");
	label = url.scheme == TARGET_TLS
			? hostport_label(place.host, place.port)
			: url_label(schemes[url.scheme].name, place.host, place.port);
	if (!label)
		return fault_nomem(why);
	*ret = (struct target){
		.scheme = url.scheme, .port = place.port, .is_ip = place.is_ip, .label = label};
	ret->host = steal(&place.host);
	return 0;
}
