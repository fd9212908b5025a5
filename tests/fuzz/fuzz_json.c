/* SPDX-License-Identifier: Apache-2.0 */
/* A journal's record: JSON that a hostile tree may hold, and what we would do by it. */
#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/journal/record.h"
#include "src/sys/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	auto_record record = {0};
	auto_record again = {0};
	auto_free char *name = strndup((const char *)bytes, len);
	const struct names names = {&name, 1};
	auto_json shown = json_names(&names);
	struct fault why = FAULT_INIT;

	assert(json_is_string(json_array_get(shown, 0)));
	if (record_parse(bytes, len, 7, &record, &why) < 0)
		return 0;
	for (size_t i = 0; i < record.undo->n; i++)
		assert(record.undo->at[i].path[0] == '/');
	assert(record_format(&record, &text, &why) == 0);
	assert(record_parse(text.bytes, text.len, 7, &again, &why) == 0);
	return 0;
}
