/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ALIAS_H
#define TRUSTFIX_ALIAS_H

/* The aliases of keystore entries, which Java compares in lower case. */

#include "src/base/names.h"

/*
 * Choose `alias`, or, if `taken` has it (compared in lower case), the first free one of "alias-1",
 * "alias-2", ...; allocated.  FAULT_LIMIT: LIMIT_ALIAS_SUFFIX_N are taken.
 */
int alias_make(const char *alias, const struct names *taken, char **ret, struct fault *why);

/*
 * Refuse duplicate aliases; sorts `aliases`.  FAULT_FORMAT: a duplicate; of such entries, Java
 * keeps the last and loses the rest when it writes the file.
 */
int alias_refuse_twice(struct names *aliases, struct fault *why);

#endif
