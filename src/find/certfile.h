/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERTFILE_H
#define TRUSTFIX_CERTFILE_H

/* Certificates out of a file that somebody named: on the command line, or in a variable. */

#include "src/x509/pem.h"

/*
 * As fd_read_file() and pem_read() do, at most LIMIT_PEM_BYTES; `path` "-" is stdin.  `*ret` must
 * be empty.
 */
int certfile_read(const char *path, enum pem_damage damage, struct certs *ret, struct fault *why);

#endif
