/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERTFILE_H
#define TRUSTFIX_CERTFILE_H

/* Read certificates from a file that the user named, on the command line or in a variable. */

#include "src/x509/pem.h"

/*
 * Read with fd_read_file() and parse with pem_read(); at most LIMIT_PEM_BYTES.  `path` "-" is
 * standard input.  `*ret` must be empty.
 */
int certfile_read(const char *path, enum pem_damage damage, struct certs *ret, struct fault *why);

#endif
