/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JDKS_H
#define TRUSTFIX_JDKS_H

/*
 * The Java runtimes of a tree, and the files they take their trust from.
 *
 * A runtime reads jssecacerts if it is there, else cacerts, in lib/security, or in jre/lib/security
 * up to JDK 8 (JSSE Reference Guide, "Creating an X509TrustManager").  Runtimes are looked for
 * where packages, version managers, build tools and editors put them, in the tree and in the home
 * directories of its /etc/passwd and below /home, and anywhere in a tree that knows all its files
 * (an image); on the running system the calling user's variables count too (JAVA_HOME, PATH, HOME,
 * and those that move a tool's directory, such as SDKMAN_DIR), and an unprivileged caller has only
 * the home that is his.
 */

#include "src/fs/view.h"

struct jdk_store {
	char *path; /* canonical */
	struct names clients; /* the runtimes' homes; may be none */
};

struct jdks {
	struct jdk_store *at;
	size_t n;
	struct names notes; /* what is broken, or leads elsewhere */
	struct names unread; /* what was not looked into */
};

/*
 * What is damaged or cannot be looked at is a note, or passed over; it never stops the rest.
 * FAULT_SYSTEM: no memory.
 */
int jdks_find(struct view *view, struct jdks *ret, struct fault *why);
void jdks_free(struct jdks *jdks);
CLEANUP_VALUE(jdks, jdks_free)
#define auto_jdks CLEANUP(jdks) struct jdks

#endif
