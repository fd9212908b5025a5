/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STARTTLS_H
#define TRUSTFIX_STARTTLS_H

/*
 * The plaintext dialogue before TLS: smtp (RFC 3207), imap (RFC 3501), pop3 (RFC 2595), ftp (RFC
 * 4217), ldap (RFC 4511, section 4.14), postgres, mysql, xmpp (RFC 6120).
 *
 * This never reads past the server's go-ahead.  If more bytes are already waiting, it fails:
 * someone may have injected them (CVE-2021-23222 and similar).
 */

#include "src/net/stream.h"
#include "src/net/url.h"

/*
 * Run the dialogue up to where TLS starts; does nothing for URL_HTTPS.  XMPP sends `host`.  Reads
 * at most LIMIT_STARTTLS_BYTES, and LIMIT_STARTTLS_LINE per line or packet.
 * FAULT_PEER, FAULT_LIMIT.
 */
int starttls_run(
	struct stream *stream, enum url_scheme scheme, const char *host, struct fault *why);

#endif
