/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EXEC_H
#define TRUSTFIX_EXEC_H

/*
 * Trust that lasts only while one command runs: files in a private directory, and variables that
 * point programs to them.  Nothing is installed.
 *
 * A variable that the user has set still counts: the new file has the certificates of the user's
 * file, and the CAs.
 */

#include <time.h>

#include "src/base/names.h"
#include "src/x509/certs.h"

struct exec_files {
	char *dir; /* NULL: not made */
	struct names paths; /* our files in it */
};

/*
 * Make the bundle that the command uses instead of the system's: the certificates of the user's
 * SSL_CERT_FILE if it is set and can be read, else those of `system`; and the CAs.
 */
int exec_bundle(
	const struct certs *system, const struct certs *cas, struct certs *ret, struct fault *why);

/*
 * Make a directory (0700) in TMPDIR or /tmp, write `bundle`, the CAs alone and a keystore into it,
 * and set the variables.  `when` is the date of the keystore's entries.  FAULT_SYSTEM.
 */
int exec_files_make(const struct certs *bundle, const struct certs *cas, time_t when,
	struct exec_files *ret, struct fault *why);

/* Remove our files and the directory.  FAULT_SYSTEM: for instance, the directory is not empty. */
int exec_files_remove(struct exec_files *it, struct fault *why);

/* Remove them, ignoring errors. */
void exec_files_free(struct exec_files *it);
CLEANUP_VALUE(exec_files, exec_files_free)
#define auto_exec_files CLEANUP(exec_files) struct exec_files

#endif
