/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CA_OVERRIDE_H
#define TRUSTFIX_CA_OVERRIDE_H

/* What in the user's environment chose the anchors of a program, or had it verify nothing. */

#include "src/doctor/checkup.h"

struct ca_override {
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
int ca_override_find(const struct patient *patient, const struct finding *finding,
	struct ca_override *ret, struct fault *why);
void ca_override_free(struct ca_override *ca_override);
CLEANUP_VALUE(ca_override, ca_override_free)
#define auto_ca_override CLEANUP(ca_override) struct ca_override

/* What turned its verification off: "strict-ssl", allocated; NULL: nothing that is known. */
int ca_override_find_off(const struct patient *patient, char **ret, struct fault *why);

#endif
