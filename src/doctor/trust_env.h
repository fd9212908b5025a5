/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TRUST_ENV_H
#define TRUSTFIX_TRUST_ENV_H

/*
 * Trust that lasts only while one command runs: files in a private directory, and environment
 * variables that point programs to them.  Nothing is installed.
 *
 * A variable that the user has set still counts: the new file has the certificates of the user's
 * file, and the CAs.
 */

#include <time.h>

#include "src/base/names.h"
#include "src/x509/certs.h"

struct trust_env {
	char *dir; /* NULL: not made */
	struct names paths; /* our files in it */
};

/*
 * Make the bundle that the command uses instead of the system's: the certificates of the user's
 * SSL_CERT_FILE if it is set and can be read, else those of `system`; and the CAs.
 */
int trust_env_bundle(
	const struct certs *system, const struct certs *cas, struct certs *ret, struct fault *why);

/*
 * Make a directory (0700) in TMPDIR or /tmp, write `bundle`, the CAs alone and a keystore into it,
 * and set the variables.  `when` is the date of the keystore's entries.  FAULT_SYSTEM.
 */
int trust_env_make(const struct certs *bundle, const struct certs *cas, time_t when,
	struct trust_env *ret, struct fault *why);

/* Remove our files and the directory; a note says if it is not empty or cannot be removed. */
void trust_env_free(struct trust_env *it);
CLEANUP_VALUE(trust_env, trust_env_free)
#define auto_trust_env CLEANUP(trust_env) struct trust_env

#endif
