/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JDKS_H
#define TRUSTFIX_JDKS_H

/*
 * The Java runtimes of a tree, and the keystores they trust.
 *
 * A runtime reads jssecacerts if it exists, else cacerts, in lib/security, or in jre/lib/security
 * up to JDK 8 (JSSE Reference Guide, "Creating an X509TrustManager").  We search where packages,
 * version managers, build tools and editors install runtimes: in the tree, in the home directories
 * in its /etc/passwd and below /home, and anywhere in a tree that knows all its files (an image).
 * On the running system we also use the caller's environment (JAVA_HOME, PATH, HOME, and variables
 * that move a tool's directory, such as SDKMAN_DIR); for an unprivileged caller we search only the
 * caller's own home.
 */

#include "src/fs/view.h"

struct jdk_store {
	char *path; /* canonical */
	struct names clients; /* homes of the runtimes that read it; may be empty */
	bool is_named; /* --store named it; not set here */
	bool is_default; /* runtimes read it without being told */
};

/* All zero at first. */
struct jdks {
	struct jdk_store *at;
	size_t n;
	struct names notes; /* findings that are broken or lead elsewhere */
	struct names unread; /* paths that could not be read or searched */

	/* of the search */
	struct view *view;
	struct names seen; /* canonical homes that were examined */
	struct names homes; /* of users, likewise */
	size_t looked_n;
	bool there; /* the home examined last is that of a runtime */
	bool is_full; /* the limit of keystores is reached and noted */
};

/*
 * Find all runtimes and their keystores.  Anything damaged or unreadable is noted or skipped; it
 * never stops the search.  FAULT_SYSTEM: out of memory; then `jdks` is incomplete.
 */
int jdks_find(struct view *view, struct jdks *jdks, struct fault *why);
void jdks_free(struct jdks *jdks);
CLEANUP_VALUE(jdks, jdks_free)
#define auto_jdks CLEANUP(jdks) struct jdks

#endif
