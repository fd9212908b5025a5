/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_KINDS_H
#define TRUSTFIX_KINDS_H

/* The kinds of stores, one file each; the table is in kinds.c. */

#include "stores/store.h"

extern const struct store_ops store_system; /* system.c */
extern const struct store_ops store_java; /* java.c */
extern const struct store_ops store_pem; /* pemfile.c */

#endif
