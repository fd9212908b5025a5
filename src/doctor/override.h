/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OVERRIDE_H
#define TRUSTFIX_OVERRIDE_H

/* What in the user's environment chose the CAs of a program, or had it verify nothing. */

#include "src/doctor/doctor.h"

struct override {
	char *by; /* "SSL_CERT_FILE", "cert in '/etc/pip.conf'"; NULL: nothing did */
	char *undo; /* how to do without it */
	char *path;
	char *state; /* what is wrong with what is there; NULL: it would do */
	char *mend; /* what to do about that; NULL: install the CA into it */
};

/*
 * What wins is found, and judged by the target's chain as that program would; `command_line`: the
 * call, for what to run.  FAULT_SYSTEM: no memory.
 */
int override_find(const struct doctor_program *it, const struct finding *finding,
	const struct advice *command_line, struct override *ret, struct fault *why);
void override_free(struct override *override);
CLEANUP_VALUE(override, override_free)
#define auto_override CLEANUP(override) struct override

/* What turned its verification off: "strict-ssl", allocated; NULL: nothing that is known. */
int override_find_off(const struct doctor_program *it, char **ret, struct fault *why);

#endif
