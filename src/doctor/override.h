/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OVERRIDE_H
#define TRUSTFIX_OVERRIDE_H

/* Find what in the user's environment chose a program's CAs, or turned off its verification. */

#include "src/doctor/doctor.h"

struct override {
	char *by; /* "SSL_CERT_FILE", "cert in '/etc/pip.conf'"; NULL: nothing */
	char *undo; /* how to remove the override */
	char *path;
	char *state; /* what is wrong with the file; NULL: nothing */
	char *mend; /* how to fix that; NULL: install the CA into it */
};

/*
 * Find the override that takes effect, and check with the target's chain whether the program would
 * trust it that way.  FAULT_SYSTEM: no memory.
 */
int override_find(const struct doctor *doctor, const struct doctor_program *it,
	struct override *ret, struct fault *why);
void override_free(struct override *override);
CLEANUP_VALUE(override, override_free)
#define auto_override CLEANUP(override) struct override

/* The setting that turned off the program's verification: "strict-ssl", allocated; NULL: none
 * that is known. */
int override_find_off(const struct doctor_program *it, char **ret, struct fault *why);

#endif
