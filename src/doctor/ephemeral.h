/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EPHEMERAL_H
#define TRUSTFIX_EPHEMERAL_H

/*
 * Trust that exists only while one command runs: files in a private directory, and variables that
 * lead programs to them.  Nothing is installed.
 *
 * A variable that the user has set keeps its meaning: its file's certificates, and the CAs.
 */

#include <time.h>

#include "src/base/names.h"
#include "src/x509/certs.h"

struct ephemeral {
	char *dir; /* NULL: there is none */
	struct names files; /* in it, of ours */
};

/*
 * What the command will trust in place of the system's bundle: the file of SSL_CERT_FILE, where the
 * user has set it and it can be read, else `system`; and the CAs.
 */
int ephemeral_bundle(
	const struct certs *system, const struct certs *cas, struct certs *ret, struct fault *why);

/*
 * Make a directory (0700) in TMPDIR or /tmp, write `bundle`, the CAs alone and a keystore into it,
 * and set the variables.  `when` is the date of the keystore's entries.  FAULT_SYSTEM.
 */
int ephemeral_make(const struct certs *bundle, const struct certs *cas, time_t when,
	struct ephemeral *ret, struct fault *why);

/* Remove our files and the directory.  FAULT_SYSTEM: it is not empty, say. */
int ephemeral_remove(struct ephemeral *it, struct fault *why);

/* Remove it, whatever comes of that. */
void ephemeral_free(struct ephemeral *it);
CLEANUP_VALUE(ephemeral, ephemeral_free)
#define auto_ephemeral CLEANUP(ephemeral) struct ephemeral

#endif
