/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DN_H
#define TRUSTFIX_DN_H

/* Names of certificates (DER Names, RFC 5280, 4.1.2.4) as programs compare them that are not built
 * on OpenSSL. */

#include "src/base/bytes.h"

enum dn_habit {
	DN_OPENSSL, /* X509_NAME_cmp(), for cert_names_match() alone */
	DN_BYTES, /* Go, webpki */
	/*
	 * X500Principal.equals(): the text of UTF8String and PrintableString in attributes that RFC
	 * 2253 has a word for, without regard to case and to the number of blanks; all else by its
	 * bytes.  Case is that of ASCII here; Java folds all letters, and what is compatible.
	 */
	DN_JAVA,
	/*
	 * _gnutls_is_same_dn(): the text of UTF8String, PrintableString, BMPString and an ASCII
	 * TeletexString in attributes that are DirectoryStrings; all else by its bytes.  Anchors it
	 * finds by the bytes of the whole name.
	 */
	DN_GNUTLS,
};

/* Are these two Names the same by that habit, which is not DN_OPENSSL? */
bool dn_same(struct bytes a, struct bytes b, enum dn_habit habit);

#endif
