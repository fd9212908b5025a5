/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JAVA_OPTIONS_H
#define TRUSTFIX_JAVA_OPTIONS_H

#include "src/base/fault.h"

/*
 * The file that -Djavax.net.ssl.trustStore= in the options of a variable makes programs read,
 * allocated; the last one counts, NULL when there is none.  FAULT_SYSTEM: no memory.  FAULT_LIMIT.
 */
int java_options_find(const char *options, char **ret, struct fault *why);

#endif
