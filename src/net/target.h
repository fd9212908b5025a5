/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TARGET_H
#define TRUSTFIX_TARGET_H

/*
 * A target to probe: HOST, HOST:PORT, [V6]:PORT, https://HOST[:PORT][/...], or one of smtp://
 * imap:// pop3:// ftp:// ldap:// postgres:// mysql:// xmpp://, which start with STARTTLS.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

enum target_scheme {
	TARGET_TLS, /* TLS from the first byte: a bare HOST, https:// */
	TARGET_SMTP,
	TARGET_IMAP,
	TARGET_POP3,
	TARGET_FTP,
	TARGET_LDAP,
	TARGET_POSTGRES,
	TARGET_MYSQL,
	TARGET_XMPP,
	TARGET_SCHEMES
};

struct target {
	enum target_scheme scheme;
	char *host; /* A-labels or an IP literal, lower case, no brackets, no trailing dot */
	uint16_t port;
	bool is_ip;
	char *label; /* as shown to people: "host:port" or "smtp://host:port" */
};

#define TARGET_INIT                              \
	{                                        \
		TARGET_TLS, NULL, 0, false, NULL \
	}

/*
 * Parse a target of at most LIMIT_URL_LEN bytes.  The caller owns `*ret` (target_free()); a failure
 * leaves it untouched.
 * FAULT_USAGE names the rule that was broken.
 */
int target_parse(const char *text, struct target *ret, struct fault *why);
void target_free(struct target *target);
CLEANUP_VALUE(target, target_free)
#define auto_target CLEANUP(target) struct target

#endif
