/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SETTINGS_H
#define TRUSTFIX_SETTINGS_H

/* What users' settings say of Java: where a runtime is, and which file programs trust. */

#include "src/base/names.h"

/*
 * Append what the <jdkHome> elements of Maven's toolchains.xml hold, as far as it is an absolute
 * path: blanks around it go, the five entities of XML are resolved, comments are passed over.  What
 * is damaged ends the list.  FAULT_SYSTEM: no memory.
 */
int settings_toolchains(const char *text, struct names *ret, struct fault *why);

/*
 * The file that -Djavax.net.ssl.trustStore= in options of the JVM names, allocated; the last one
 * counts, NULL when there is none.  FAULT_SYSTEM: no memory.
 */
int settings_trust_store(const char *options, char **ret, struct fault *why);

#endif
