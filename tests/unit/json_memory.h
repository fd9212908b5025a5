/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JSON_MEMORY_H
#define TRUSTFIX_JSON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The nth allocation of jansson from now on fails; then: had it come so far?  What was allocated
 * before is freed after. */
void json_memory_fails(size_t nth);
bool json_memory_failed(void);

#endif
