/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CA_OVERRIDE_H
#define TRUSTFIX_CA_OVERRIDE_H

/* What in the user's environment chose the anchors of a program, or had it verify nothing. */

#include "src/doctor/checkup.h"

struct choice {
	char *by; /* "SSL_CERT_FILE", "cert in '/etc/pip.conf'"; NULL: nothing did */
	char *undo; /* how to do without it */
	char *path;
	bool missing; /* nothing that can be read is there */
	bool is_relative; /* to wherever the program is started, or not expanded by a shell */
	bool is_dir;
	bool is_binary; /* certificates, but no PEM, which is all that programs read */
	char *state; /* what is wrong with what is there; NULL: it would do */
};

/* What wins is found, and held against the chain of the target.  FAULT_SYSTEM: no memory. */
int choice_find(const struct patient *patient, const struct finding *finding, struct choice *ret,
	struct fault *why);
void choice_free(struct choice *choice);
CLEANUP_VALUE(choice, choice_free)
#define auto_choice CLEANUP(choice) struct choice

/* What turned its verification off: "strict-ssl", allocated; NULL: nothing that is known. */
int choice_find_off(const struct patient *patient, char **ret, struct fault *why);

#endif
