/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TOOLCHAINS_H
#define TRUSTFIX_TOOLCHAINS_H

/* Maven's toolchains.xml, which names Java runtimes by their homes. */

#include "src/base/names.h"

/*
 * Append what the <jdkHome> elements of `text` hold, as far as it is an absolute path: blanks
 * around it go, the five entities of XML are resolved, comments are passed over.  What is damaged
 * ends the list.  FAULT_SYSTEM: no memory.
 */
int toolchains_homes(const char *text, struct names *ret, struct fault *why);

#endif
