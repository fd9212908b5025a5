/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STARTTLS_H
#define TRUSTFIX_STARTTLS_H

/*
 * The plain talk that comes before TLS: smtp (RFC 3207), imap (RFC 3501), pop3 (RFC 2595), ftp (RFC
 * 4217), ldap (RFC 4511, section 4.14), postgres, mysql, xmpp (RFC 6120).
 *
 * A pure machine that is fed byte by byte, so that nothing behind the peer's go-ahead is ever read:
 *
 *     starttls_begin(&it, scheme, host);            then, as it.want says:
 *     STARTTLS_SEND     send it.out, then starttls_sent()
 *     STARTTLS_MORE     read one byte, then starttls_feed()
 *     STARTTLS_GO       TLS starts now
 *     STARTTLS_REFUSED  it.why says why
 */

#include "src/base/buf.h"
#include "src/net/target.h"
#include "src/net/stream.h"

enum starttls_want {
	STARTTLS_SEND,
	STARTTLS_MORE,
	STARTTLS_GO,
	STARTTLS_REFUSED,
};

struct starttls {
	enum target_scheme scheme;
	const char *host; /* borrowed; xmpp names it */
	enum starttls_want want;
	unsigned step; /* of the dialect: how many of its answers have come */
	bool inside; /* of a reply of several lines */
	size_t total; /* bytes fed so far */
	struct buf in; /* the line or packet that is being fed */
	struct buf out;
	struct fault why;
};

void starttls_begin(struct starttls *it, enum target_scheme scheme, const char *host);
void starttls_sent(struct starttls *it);
void starttls_feed(struct starttls *it, uint8_t byte);
void starttls_free(struct starttls *it);
CLEANUP_VALUE(starttls, starttls_free)
#define auto_starttls CLEANUP(starttls) struct starttls

/*
 * The whole talk on a wire; nothing for TARGET_TLS.  Bytes behind the go-ahead are refused:
 * somebody may have put them there (CVE-2021-23222 and its kin).  FAULT_PEER, FAULT_LIMIT.
 */
int starttls_run(
	struct stream *stream, enum target_scheme scheme, const char *host, struct fault *why);

#endif
