/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROBER_H
#define TRUSTFIX_PROBER_H

/* The inside of a prober, for probe.c and aia.c alone. */

#include "src/net/probe.h"

struct prober {
	const struct probe_options *options;
	SSL_CTX *ctx;
};

#endif
