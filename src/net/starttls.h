/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STARTTLS_H
#define TRUSTFIX_STARTTLS_H

/*
 * The plaintext dialogue before TLS: smtp (RFC 3207), imap (RFC 3501), pop3 (RFC 2595), ftp (RFC
 * 4217), ldap (RFC 4511, section 4.14), postgres, mysql, xmpp (RFC 6120).
 *
 * Nothing past the server's go-ahead is ever read, and bytes that are already there are refused:
 * somebody may have injected them (CVE-2021-23222 and its kin).
 */

#include "src/net/stream.h"
#include "src/net/target.h"

/*
 * The whole dialogue; nothing for TARGET_TLS.  XMPP names `host`.  At most LIMIT_STARTTLS_BYTES,
 * LIMIT_STARTTLS_LINE per line or packet.  FAULT_PEER, FAULT_LIMIT.
 */
int starttls_run(
	struct stream *stream, enum target_scheme scheme, const char *host, struct fault *why);

#endif
