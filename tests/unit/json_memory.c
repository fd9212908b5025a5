/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static size_t left; /* allocations until the one that fails */

static void *json_malloc(size_t len)
{
	if (left > 0 && --left == 0)
		return NULL;
	return malloc(len);
}

void json_memory_fails(size_t nth)
{
	left = nth;
	json_set_alloc_funcs(json_malloc, free);
}

bool json_memory_failed(void)
{
	bool failed = left == 0;

	left = 0;
	json_set_alloc_funcs(malloc, free);
	return failed;
}
