/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STORE_CAS_H
#define TRUSTFIX_STORE_CAS_H

/* The CAs that the tests of stores put in and take out, made once per program. */

#include "tests/unit/make_cert.h"
#include "tests/unit/tf_cmocka.h"

extern struct made shipped, other; /* "Shipped", "Other" */
extern struct made corp, corp2, corp3; /* three keys, each "Corp Root" */
extern char *shipped_pem, *corp_pem;

int store_cas_make(void **state);
int store_cas_free(void **state);

/* run_group() with them. */
#define run_store_group(name, tests) \
	_cmocka_run_group_tests(     \
		name, tests, sizeof(tests) / sizeof((tests)[0]), store_cas_make, store_cas_free)

#endif
