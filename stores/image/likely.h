/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LIKELY_H
#define TRUSTFIX_LIKELY_H

/*
 * Which regular files of an image somebody is likely to ask for.
 *
 * The contents of these are kept when a packed layer is read, and their names even if the image has
 * more files than are kept in memory.  A file that is missed here costs another pass over the
 * layers, and nothing else.
 */

#include <stdbool.h>

/* `path` is canonical. */
bool likely(const char *path);

#endif
