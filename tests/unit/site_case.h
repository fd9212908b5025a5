/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SITE_CASE_H
#define TRUSTFIX_SITE_CASE_H

/* A site of one tree in memory with all its stores, for the tests of jobs. */

#include "src/find/site.h"
#include "tests/unit/memory_tree.h"

/* A Debian with an empty system store, and a directory /srv. */
extern const struct memory_row site_case_debian[];
extern const size_t site_case_debian_n;

/* Into `*ret`, which must be zeroed; site_close() lets it go.  What fails ends the test. */
void site_case_make(struct site *ret, const struct memory_row *rows, size_t rows_n);

#endif
