/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOST_CASE_H
#define TRUSTFIX_HOST_CASE_H

/* A directory as a tree, for unit tests: two files and a link to one of them. */

#include "src/fs/host.h"
#include "src/fs/plan.h"

#define HOST_CASE_KEEP "/var/lib/trustfix/journal/1"

/* For cmocka: `*state` is the directory (scratch.h). */
int host_case_setup(void **state);
int host_case_teardown(void **state);

struct tree *host_case_open(const char *dir);

/* Like host_open(), but without openat2(2). */
int host_open_walking(const char *dir, struct tree **ret, struct fault *why);

/* The plan that most tests commit: one of each kind of edit. */
void host_case_plan(struct tree *tree, struct plan *plan);

#endif
