/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INCOMPLETE_H
#define TRUSTFIX_INCOMPLETE_H

/* Did the server leave out an intermediate that it should have sent?  A root need not be sent. */

#include "src/x509/certs.h"

struct incomplete {
	struct cert *child; /* its issuer is missing; NULL: nothing is, as far as anyone can tell */
	bool is_all; /* nothing else is missing: the root is trusted here, or public */
	struct cert *relative; /* the root trusted here, if only its name says so; or NULL */
};

/*
 * Compare what was sent with the path, leaf first, that was built from it and from all that is
 * known, and that is not trusted here.  Fills `*ret`, which must be zeroed, with certificates
 * borrowed from `path` and `anchors`.
 *
 * If the issuer was not fetched, three things show that it is an intermediate: the server sent
 * another intermediate of a root that is trusted here; its name is that of such a root up to the
 * common name; or a lone certificate has embedded SCTs, which only public CAs put there.
 */
void incomplete_find(const struct certs *sent, const struct certs *path,
	const struct certs *anchors, bool is_public, struct incomplete *ret);

/* Set `*ret`, as text_set() does: "the server left out the intermediate 'X', which issued 'Y'". */
int incomplete_say(const struct incomplete *it, char **ret, struct fault *why);

/* Does the certificate carry Signed Certificate Timestamps (RFC 6962)? */
bool incomplete_has_scts(struct cert *cert);

#endif
