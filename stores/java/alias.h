/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ALIAS_H
#define TRUSTFIX_ALIAS_H

/* The names of keystore entries, which Java compares in lower case. */

#include "src/base/names.h"

/*
 * `alias`, or, when one of `taken` is the same in lower case, the first of "alias-1", "alias-2",
 * ... that is not; allocated.  FAULT_LIMIT: LIMIT_ALIAS_SUFFIX_N are taken.
 */
int alias_make(const char *alias, const struct names *taken, char **ret, struct fault *why);

/*
 * Sorts `aliases`.  FAULT_FORMAT: one stands there twice; Java keeps the last of such entries and
 * loses the others when it writes.
 */
int alias_refuse_twice(struct names *aliases, struct fault *why);

#endif
