/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOSTNAME_H
#define TRUSTFIX_HOSTNAME_H

/*
 * Is a certificate valid for this name?  Answers as programs do that do not leave this to OpenSSL
 * (RFC 6125, section 6.4); each of their differences is a habit.
 */

#include <openssl/types.h>
#include <stdbool.h>

enum {
	HOSTNAME_COMMON_NAME = 1 << 0, /* the common name counts if there is no DNS name */
	HOSTNAME_COMMON_NAME_ALONE = 1 << 1, /* ... and if there is no address either */
	HOSTNAME_COMMON_NAME_SERVER = 1 << 9, /* ... and no URI, and it is valid for servers */
	HOSTNAME_COMMON_NAME_IP = 1 << 2, /* ... and it may match an address */
	HOSTNAME_IP_AS_DNS = 1 << 3, /* a DNS name may contain the address as text */
	HOSTNAME_WILD_TOP = 1 << 4, /* *.test matches a.test */
	HOSTNAME_WILD_BEFORE = 1 << 5, /* *o.a.test matches foo.a.test */
	HOSTNAME_WILD_WITHIN = 1 << 6, /* f*.a.test matches foo.a.test, and so does *o.a.test */
	HOSTNAME_LAST_DOT = 1 << 7, /* a.test. matches a.test */
	HOSTNAME_LDH_ONLY = 1 << 8, /* a name with anything but letters, digits, hyphens fails */
};

/* `name`: a DNS name (A-labels) or an address as text. */
bool hostname_matches(X509 *x509, const char *name, unsigned habits);

#endif
