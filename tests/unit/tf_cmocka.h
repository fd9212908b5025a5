/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TF_CMOCKA_H
#define TRUSTFIX_TF_CMOCKA_H

/*
 * The only file that includes <cmocka.h>, with what it needs in front of it, and the project's own
 * assertions.  Every test program has one group, named like its module:
 *
 *     int main(void) { return run_group("pem", tests); }
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/fault.h"

#define run_group(name, tests) \
	_cmocka_run_group_tests(name, tests, sizeof(tests) / sizeof((tests)[0]), NULL, NULL)

/* The call went well; else the fault's text is the message. */
#define assert_ok(rc, why)                                                                     \
	do {                                                                                   \
		if ((rc) != 0)                                                                 \
			fail_msg("failed: %s: %s", fault_kind_name((why)->kind), (why)->text); \
	} while (0)

/* The call failed with this kind and a text that contains `part`; the fault is cleared. */
#define assert_fault(rc, why, wanted, part)                                  \
	do {                                                                 \
		if ((rc) != -1)                                              \
			fail_msg("did not fail, but was to: %s", part);      \
		if ((why)->kind != (wanted) || !strstr((why)->text, part))   \
			fail_msg("failed otherwise: %s: '%s', not %s: '%s'", \
				fault_kind_name((why)->kind), (why)->text,   \
				fault_kind_name(wanted), part);              \
		fault_clear(why);                                            \
	} while (0)

#define assert_bytes(got, got_len, wanted, wanted_len)        \
	do {                                                  \
		assert_int_equal(got_len, wanted_len);        \
		assert_memory_equal(got, wanted, wanted_len); \
	} while (0)

#endif
