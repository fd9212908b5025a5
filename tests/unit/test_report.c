/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/cli/report.h"
#include "tests/unit/json_memory.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/tf_cmocka.h"

/* The job's JSON, the caller's; NULL: it failed, which must be for want of memory. */
static char *report(const struct job *job)
{
	struct fault why = FAULT_INIT;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc = report_json(out, job, NULL, &why);

	fclose(out);
	if (rc == 0)
		return text;
	assert_int_equal(why.sys, ENOMEM);
	free(text);
	return NULL;
}

static void without_memory_nothing_is_left_out(void **state)
{
	const char *labels[] = {"a.test:443", "b.test:443"};
	const struct names names = {.at = (char **)labels, .n = 2};
	const struct options options = {0};
	auto_made ca = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	struct capture capture = {.ca = ca.cert, .targets = names, .owners = names};
	struct intermediate intermediate = {.cert = ca.cert, .targets = names};
	struct record record = {.action = (char *)"install", .stores = names};
	struct replacement replacement = {
		.old = ca.cert, .by = ca.cert, .reason = "same name", .done = true};
	const struct job job = {
		.options = &options,
		.command = "install",
		.captures = {&capture, 1},
		.intermediates = {&intermediate, 1},
		.records = {&record, 1},
		.outcome = {.replacements = {.at = &replacement, .n = 1}},
	};
	auto_free char *whole = report(&job);
	bool failed = true;

	(void)state;
	assert_non_null(whole);
	for (size_t n = 1; failed; n++) {
		auto_free char *text = NULL;

		json_memory_fails(n);
		text = report(&job);
		failed = json_memory_failed();
		if (text)
			assert_string_equal(text, whole);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_nothing_is_left_out),
	};

	return run_group("report", tests);
}
