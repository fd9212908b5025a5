/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/find/intermediates.h"
#include "src/journal/journal.h"
#include "tests/unit/json_memory.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/tf_cmocka.h"

/* The job's JSON with these of its own, the caller's; NULL: it failed, for want of memory. */
static char *report(struct job *job, const struct cas *intermediates, const struct records *records)
{
	struct fault why = FAULT_INIT;
	char *text = NULL;
	size_t len = 0;
	int rc = -1;

	job->out = open_memstream(&text, &len);
	if (report_member(job, "intermediates", capture_intermediates_json(intermediates, &why),
		    &why) == 0 &&
		report_member(job, "transactions", undo_records_json(records), &why) == 0)
		rc = report_json(job, NULL, &why);
	fclose(job->out);
	json_decref(steal(&job->own));
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
	auto_made ca = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	struct ca old = {.cert = ca.cert, .reason = "same name", .gone = true};
	struct ca capture = {
		.cert = ca.cert, .targets = names, .owners = names, .replaces = {&old, 1}};
	struct ca intermediate = {.cert = ca.cert, .targets = names};
	struct record record = {.action = (char *)"install", .stores = names};
	const struct cas intermediates = {&intermediate, 1};
	const struct records records = {&record, 1};
	struct job job = {
		.command = command_named("install"),
		.cas = {&capture, 1},
	};
	auto_free char *whole = report(&job, &intermediates, &records);
	bool failed = true;

	(void)state;
	assert_non_null(whole);
	assert_non_null(strstr(whole, "a.test:443"));
	for (size_t n = 1; failed; n++) {
		auto_free char *text = NULL;

		json_memory_fails(n);
		text = report(&job, &intermediates, &records);
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
