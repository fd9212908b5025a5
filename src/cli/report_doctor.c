/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "src/cli/report.h"

/* What a run came to, for people. */
static const char *const words[] = {
	[CHECKUP_OK] = "ok",
	[CHECKUP_UNTRUSTED] = "NOT TRUSTED",
	[CHECKUP_UNVERIFIED] = "NOT VERIFIED",
	[CHECKUP_CLIENT_CERT] = "client certificate",
	[CHECKUP_PROXY_AUTH] = "proxy password",
	[CHECKUP_PROXY_REFUSED] = "proxy refuses",
	[CHECKUP_NOT_TLS] = "no TLS",
	[CHECKUP_NO_NAME] = "no such host",
	[CHECKUP_UNREACHABLE] = "unreachable",
	[CHECKUP_TIMEOUT] = "time-out",
	[CHECKUP_FAILED] = "failed",
	[CHECKUP_UNASKED] = "-",
};
static_assert(sizeof(words) / sizeof(words[0]) == CHECKUP_ENDS, "words per end");

#define COLUMN_WIDTH 18

static void write_cell(FILE *out, bool color, const struct checkup_run *run)
{
	bool good = run->end == CHECKUP_OK;
	char cell[64];

	if (good && run->http)
		snprintf(cell, sizeof(cell), "%s, HTTP %u", words[run->end], run->http);
	else
		snprintf(cell, sizeof(cell), "%s", words[run->end]);
	fprintf(out, "  %s%-*s%s",
		!color ? ""
		: good ? "\033[32m"
		       : "\033[31m",
		COLUMN_WIDTH, cell, color ? "\033[0m" : "");
}

static void write_row(FILE *out, bool color, const struct patient *patient)
{
	fprintf(out, "%-10s  %-16s", patient->program->name,
		patient->version ? patient->version : "");
	for (int world = 0; world < CHECKUP_WORLDS; world++)
		write_cell(out, color, &patient->runs[world]);
	fprintf(out, "  %s\n", patient->path);
}

static void write_line(FILE *out, const char *word, const char *text)
{
	if (text)
		fprintf(out, "  %-5s %s\n", word, text);
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool shares_advice(const struct patient *a, const struct patient *b)
{
	const struct checkup_run *one = &a->runs[CHECKUP_YOURS], *other = &b->runs[CHECKUP_YOURS];

	return is_same(a->why, b->why) && is_same(a->uses, b->uses) && is_same(a->todo, b->todo) &&
	       (one->end != CHECKUP_UNASKED || is_same(one->said, other->said));
}

/* Once for all that fail in the same way; what the first of them said stands for all. */
static void write_advice(FILE *out, const struct checkup *checkup, size_t first)
{
	const struct patient *patient = &checkup->at[first];

	for (size_t i = 0; i < first; i++)
		if (shares_advice(&checkup->at[i], patient))
			return;
	for (size_t i = first; i < checkup->n; i++) {
		const struct patient *one = &checkup->at[i];

		if (shares_advice(one, patient))
			fprintf(out, "%s%s%s%s", i > first ? ", " : "", one->program->name,
				one->version ? " " : "", one->version ? one->version : "");
	}
	fprintf(out, ": %s\n", patient->why);
	write_line(out, "uses", patient->uses);
	write_line(out, "said", patient->runs[CHECKUP_YOURS].said);
	write_line(out, "do", patient->todo);
}

static void write_summary(FILE *out, const struct checkup *checkup)
{
	size_t trusting = 0, untrusting = 0, others = 0;

	for (size_t i = 0; i < checkup->n; i++)
		switch (checkup->at[i].runs[CHECKUP_YOURS].end) {
		case CHECKUP_OK:
			trusting++;
			break;
		case CHECKUP_UNTRUSTED:
		case CHECKUP_UNVERIFIED:
			untrusting++;
			break;
		default:
			others++;
		}
	fprintf(out, "%zu of %zu programs trust it, %zu do not", trusting, checkup->n, untrusting);
	if (others)
		fprintf(out, ", %zu failed otherwise or could not be asked", others);
	fputc('\n', out);
}

void report_checkup(FILE *out, const struct checkup *checkup, bool color)
{
	fprintf(out, "%-10s  %-16s  %-*s  %-*s\n", "program", "version", COLUMN_WIDTH,
		"your environment", COLUMN_WIDTH, "a clean one");
	for (size_t i = 0; i < checkup->n; i++)
		write_row(out, color, &checkup->at[i]);
	for (size_t i = 0; i < checkup->n; i++)
		if (checkup->at[i].why)
			write_advice(out, checkup, i);
	for (size_t i = 0; i < checkup->notes.n; i++)
		fprintf(out, "note: %s\n", checkup->notes.at[i]);
	write_summary(out, checkup);
}
