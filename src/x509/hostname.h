/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOSTNAME_H
#define TRUSTFIX_HOSTNAME_H

/*
 * Is a certificate for this name?  As programs answer that do not leave it to OpenSSL (RFC 6125,
 * section 6.4); what each of them does differently is a habit.
 */

#include <openssl/types.h>
#include <stdbool.h>

enum {
	HOSTNAME_COMMON_NAME = 1 << 0, /* the common name counts where there is no DNS name */
	HOSTNAME_COMMON_NAME_ALONE = 1 << 1, /* ... and neither a DNS name nor an address */
	HOSTNAME_COMMON_NAME_SERVER = 1 << 9, /* ... nor a URI, and its purpose is a server's */
	HOSTNAME_COMMON_NAME_IP = 1 << 2, /* ... and it may be an address */
	HOSTNAME_IP_AS_DNS = 1 << 3, /* a DNS name may be the address's text */
	HOSTNAME_WILD_TOP = 1 << 4, /* *.test is for a.test */
	HOSTNAME_WILD_BEFORE = 1 << 5, /* *o.a.test is for foo.a.test */
	HOSTNAME_WILD_WITHIN = 1 << 6, /* f*.a.test is for foo.a.test, as *o.a.test is */
	HOSTNAME_LAST_DOT = 1 << 7, /* a.test. is for a.test */
	HOSTNAME_LDH_ONLY = 1 << 8, /* a name with other than letters, digits and hyphens is none */
};

/* `name`: a DNS name (A-labels) or an address's text. */
bool hostname_matches(X509 *x509, const char *name, unsigned habits);

#endif
