/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SETTINGS_H
#define TRUSTFIX_SETTINGS_H

/* Read users' settings for Java: where a runtime is, and which truststore programs use. */

#include "src/base/names.h"

/*
 * Append the absolute paths in the <jdkHome> elements of Maven's toolchains.xml.  Surrounding
 * blanks are stripped, the five XML entities are resolved, and comments are skipped.  Reading stops
 * at damaged XML.  FAULT_SYSTEM: out of memory.
 */
int settings_toolchains(const char *text, struct names *ret, struct fault *why);

/*
 * The file named by -Djavax.net.ssl.trustStore= in JVM options, allocated; the last one counts.
 * NULL: none.  FAULT_SYSTEM: out of memory.
 */
int settings_trust_store(const char *options, char **ret, struct fault *why);

#endif
