/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DN_H
#define TRUSTFIX_DN_H

/* Compares the names of certificates (DER Names, RFC 5280, 4.1.2.4) as programs that are not built
 * on OpenSSL do. */

#include "src/base/bytes.h"

enum dn_habit {
	DN_OPENSSL, /* X509_NAME_cmp(), used only by cert_names_match() */
	DN_BYTES, /* Go, webpki */
	/*
	 * X500Principal.equals() compares the text of UTF8String and PrintableString in attributes
	 * that RFC 2253 has a keyword for, ignoring case and the number of blanks, and everything
	 * else by its bytes.  Here only ASCII case is ignored; Java ignores the case of all
	 * letters, and also equates compatible characters.
	 */
	DN_JAVA,
	/*
	 * _gnutls_is_same_dn() compares the text of UTF8String, PrintableString, BMPString and an
	 * ASCII TeletexString in attributes that are DirectoryStrings, and everything else by its
	 * bytes.  GnuTLS finds trust anchors by the bytes of the whole name.
	 */
	DN_GNUTLS,
};

/* Are these two Names the same by that habit, which must not be DN_OPENSSL? */
bool dn_same(struct bytes a, struct bytes b, enum dn_habit habit);

#endif
