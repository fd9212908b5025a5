/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_READERS_H
#define TRUSTFIX_READERS_H

/* How the readers of judge.h differ: one row each, for the verdict (judge.c) and the advice
 * (lint.c). */

#include "src/cert/judge.h"

/* How a reader looks for anchors. */
enum {
	ANCHOR_TOP_ONLY = 1 << 0, /* it must be, or must have issued, the top of the sent chain */
	ANCHOR_ANY_PATH = 1 << 1, /* with several of one name, each is tried */
	ANCHOR_NAME_BYTES = 1 << 2, /* names are compared byte for byte */
};

/* What a reader does not mind. */
enum {
	IGNORES_ANCHOR_PURPOSE = 1 << 0, /* extendedKeyUsage */
	IGNORES_ANCHOR_DATES = 1 << 1,
	IGNORES_ANCHOR_PATHLEN = 1 << 2,
	IGNORES_ANCHOR_NAMES = 1 << 3, /* nameConstraints */
	IGNORES_SHA1 = 1 << 4,
};

struct reader_row {
	const char *name;
	unsigned long flags; /* X509_V_FLAG_* */
	int level; /* OpenSSL's security level: 1 is 80 bits (RSA 1024), 2 is 112 (RSA 2048) */
	unsigned anchor; /* ANCHOR_* */
	unsigned ignores; /* IGNORES_* */
	unsigned host_flags; /* X509_CHECK_FLAG_* */
};

extern const struct reader_row readers[READERS];

#endif
