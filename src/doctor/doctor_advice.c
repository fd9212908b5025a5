/* SPDX-License-Identifier: Apache-2.0 */
/* Explain what a program's failure means and what to do about it. */
#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/doctor/doctor.h"
#include "src/doctor/override.h"
#include "src/doctor/unmanaged.h"
#include "src/x509/chain_build.h"
#include "stores/system/families.h"

struct look {
	const struct finding *finding;
	const struct diagnosis *diagnosis; /* the finding's */
	struct view *view;
	const char *target; /* the target's label */
	struct advice command_line;
	/* How to name the CA to install: "--pin" and its digest, or "--ca" and FILE. */
	const char *ca[2];
};

/* ---- what to do ------------------------------------------------------------------------------ */

static int tell_uses(struct doctor_program *it, const struct override *override, struct fault *why)
{
	const char *reads = it->reads ? it->reads : it->program->reads;
	auto_free char *path = NULL;

	if (!override->by)
		return text_set(&it->uses, why, "%s", reads ? reads : PROGRAM_SYSTEM_STORE);
	path = text_printable(override->path, strlen(override->path), LIMIT_PATH_LEN);
	if (!path)
		return fault_nomem(why);
	return text_set(&it->uses, why, "%s: '%s'%s%s", override->by, path,
		override->state ? ", " : "", override->state ? override->state : "");
}

/* No change on this machine helps: the server, its certificate or the clock is at fault. */
static bool is_servers_fault(const struct look *look, const struct doctor_program *it)
{
	if (it->runs[DOCTOR_CLEAN].end == DOCTOR_OK)
		return false;
	switch (look->diagnosis->verdict) {
	case VERDICT_SELF_SIGNED:
	case VERDICT_INCOMPLETE:
	case VERDICT_EXPIRED:
	case VERDICT_NOT_YET_VALID:
	case VERDICT_WRONG_HOST:
	case VERDICT_UNPROVEN:
	case VERDICT_UNTRUSTED_BY_PROXY:
		return true;
	default:
		return false;
	}
}

static bool is_system(const char *path)
{
	if (strcmp(path, PROGRAM_SYSTEM_STORE) == 0)
		return true;
	for (size_t i = 0; family_bundles[i]; i++)
		if (strcmp(path, family_bundles[i]) == 0)
			return true;
	return false;
}

/* Advise an install into all stores, or into `store`; the sentence starts with `before`. */
static int say_install(const struct look *look, const char *store, const char *before, char **ret,
	struct fault *why)
{
	bool has_pin = strcmp(look->ca[0], "--pin") == 0;
	const char *words[8] = {"install", look->ca[0], look->ca[1]};
	size_t n = 3;

	if (store) {
		words[n++] = "--store";
		words[n++] = store;
	}
	if (strcmp(look->ca[0], "--ca") == 0)
		words[n++] = "--verify";
	words[n++] = look->target;
	return advice_say(&look->command_line, words, ret, why, "%s%s", before,
		has_pin ? "check the CA's SHA-256 and " : "");
}

static int fix_system(const struct look *look, struct doctor_program *it, struct fault *why)
{
	if (!look->diagnosis->trusted_here)
		return text_set(&it->todo, why, "%s", look->diagnosis->todo);
	if (program_is_java(it->program))
		return say_install(look, NULL, "", &it->todo, why);
	return advice_say(&look->command_line, ADVICE_WORDS("verify", look->target), &it->todo, why,
		"the system store makes it trusted; to see which clients are stricter, ");
}

static int fix(const struct look *look, struct doctor_program *it, const struct override *override,
	struct fault *why)
{
	const char *todo = look->diagnosis->todo;
	bool is_java = program_is_java(it->program);
	auto_free char *text = NULL;
	auto_free char *store = NULL;

	if (is_servers_fault(look, it))
		return text_set(&it->todo, why, "%s", todo);
	if (override->by ? is_system(override->path)
			 : is_java ||
				   (it->reads ? is_system(it->reads) : it->program->store != NULL))
		return fix_system(look, it, why);
	if (!override->by) {
		/* It has its own anchors, and can be pointed to the system's. */
		if (unmanaged_help(look->view, it->program, &text, why) < 0)
			return -1;
		return look->diagnosis->trusted_here
			       ? text_set(&it->todo, why, "%s", text)
			       : text_set(&it->todo, why, "%s, once this is done: %s", text, todo);
	}
	if (override->mend)
		return text_set(&it->todo, why, "%s", override->mend);
	if (!look->diagnosis->trusted_here && !look->diagnosis->is_curable)
		return text_set(&it->todo, why, "%s", todo);
	/* Advise to install into that file, or to remove the override. */
	if (text_set(&store, why, "%s:%s", is_java ? "java" : "pem", override->path) < 0 ||
		text_set(&text, why, "%s, or ", override->undo) < 0)
		return -1;
	return say_install(
		look, store, it->runs[DOCTOR_CLEAN].end == DOCTOR_OK ? text : "", &it->todo, why);
}

static int advise_untrusted(const struct look *look, struct doctor_program *it, struct fault *why)
{
	auto_override override = {0};

	if (override_find(it, look->finding, &look->command_line, &override, why) < 0 ||
		tell_uses(it, &override, why) < 0)
		return -1;
	if (text_set(&it->why, why, "%s",
		    is_servers_fault(look, it) ? look->diagnosis->why
		    : override.by ? "it does not trust what is presented, with the CAs it was given"
				  : "it does not trust what is presented") < 0)
		return -1;
	return fix(look, it, &override, why);
}

/* It works only in this user's environment: a variable or setting chose its CAs, or turned
 * verification off. */
static int advise_luck(const struct look *look, struct doctor_program *it, struct fault *why)
{
	auto_override override = {0};
	const struct override none = {0};
	auto_free char *off = NULL;

	if (override_find_off(it, &off, why) < 0 ||
		override_find(it, look->finding, &look->command_line, &override, why) < 0)
		return -1;
	if (!off || (override.by && !override.state))
		return tell_uses(it, &override, why) < 0
			       ? -1
			       : text_set(&it->why, why, "it trusts in your environment only");
	it->runs[DOCTOR_YOURS].end = DOCTOR_UNVERIFIED;
	if (text_set(&it->why, why, "its verification is turned off: %s", off) < 0 ||
		fix(look, it, &none, why) < 0)
		return -1;
	return text_set(&it->todo, why, "turn it on again%s%s",
		look->diagnosis->trusted_here ? "; " : ", once this is done: ", it->todo);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static int advise_other(const struct look *look, struct doctor_program *it, struct fault *why)
{
	enum doctor_end end = it->runs[DOCTOR_YOURS].end;
	/* Our own probe failed too, and its words are more exact. */
	bool same = !probe_is_proven(look->finding->probe) && end != DOCTOR_UNASKED;
	const char *todo = same ? look->diagnosis->todo : doctor_ends[end].todo;
	auto_free char *store = NULL;

	if (text_set(&it->why, why, "%s", same ? look->diagnosis->why : doctor_ends[end].why) < 0)
		return -1;
	/* If a Java runtime cannot be run, its keystore still tells what it would trust. */
	if (end == DOCTOR_UNASKED && program_is_java(it->program))
		return text_set(&store, why, "java:%s", it->reads) < 0
			       ? -1
			       : advice_run(&look->command_line,
					 ADVICE_WORDS("verify", "--store", store, look->target),
					 &it->todo, why);
	if (!same && end == DOCTOR_NOT_TLS)
		return advice_say(&look->command_line, ADVICE_WORDS("probe", look->target),
			&it->todo, why, "to see what answers, ");
	return todo ? text_set(&it->todo, why, "%s", todo) : 0;
}

static bool is_on_loopback(const struct probe *probe)
{
	return probe->address && !probe->via &&
	       (text_starts(probe->address, "127.") || text_starts(probe->address, "[::1]"));
}

static int note_all(struct doctor_report *report, const struct look *look, struct fault *why)
{
	const struct probe *probe = look->finding->probe;
	size_t blocked = 0, told = 0;
	unsigned http = 0;

	for (size_t i = 0; i < report->n; i++) {
		const struct program *program = report->at[i].program;
		unsigned one = report->at[i].runs[DOCTOR_YOURS].http;

		told += one != 0;
		if (one == 403 || one == 451 || one == 511 || one == 503) {
			blocked++;
			http = one;
		}
		if (program->skips_loopback && is_on_loopback(probe) &&
			names_addf(&report->notes, why, "%s does not verify peers on loopback",
				program->command) < 0)
			return -1;
	}
	if (look->diagnosis->verdict == VERDICT_INTERCEPTED && probe->completed &&
		!(probe->alpn && strcmp(probe->alpn, "h2") == 0) &&
		names_add(&report->notes,
			"the interceptor speaks no HTTP/2: gRPC, and whatever else needs it, fails "
			"whether it trusts or not",
			why) < 0)
		return -1;
	/* If every program that got through was refused, it is a block page, not the programs. */
	if (blocked == 0 || blocked < told)
		return 0;
	return names_addf(&report->notes, why,
		"HTTP %u for every program that trusts: a block page, or the server's own "
		"refusal; the certificates are fine",
		http);
}

/*
 * Go prints a bare "Forbidden", GnuTLS "a fatal alert", and npm takes a proxy's refusal for the
 * server's answer.  Our own probe took the same route and knows what they mean.
 */
static void settle(const struct program *program, struct doctor_run *run, const struct probe *probe)
{
	static const enum doctor_end meant[PROBE_ENDS] = {
		[PROBE_CLIENT_CERT_REQUIRED] = DOCTOR_CLIENT_CERT,
		[PROBE_PROXY_AUTH_REQUIRED] = DOCTOR_PROXY_AUTH,
		[PROBE_PROXY_REFUSED] = DOCTOR_PROXY_REFUSED,
		[PROBE_NOT_TLS] = DOCTOR_NOT_TLS,
	};
	bool passed_on =
		run->end == DOCTOR_OK && run->http >= 400 && probe->end == PROBE_PROXY_REFUSED;
	bool open = run->end == DOCTOR_FAILED || run->end == DOCTOR_UNREACHABLE || passed_on;

	static_assert(DOCTOR_OK == 0, "no meaning of its own");
	if (open && meant[probe->end])
		run->end = meant[probe->end];
	/* It connected without verifying anything. */
	if (run->end == DOCTOR_OK && program->skips_loopback && is_on_loopback(probe))
		run->end = DOCTOR_UNASKED;
}

/* Set look->ca for this chain; `*ret_pin` owns a string it points to. */
static int name_ca(struct look *look, char **ret_pin, struct fault *why)
{
	const struct certs *path = &look->finding->path;
	auto_cert_facts top = {0};

	look->ca[0] = "--ca";
	look->ca[1] = ADVICE_FILE;
	if (look->diagnosis->is_public) {
		look->ca[0] = "--public-root";
		look->ca[1] = unmanaged_bundle(look->view);
	} else if (path->n) {
		if (cert_facts_make(path_top(path), &top, why) < 0)
			return -1;
		if (!top.is_self_signed)
			return 0;
		if (text_set(ret_pin, why, "sha256:%s", top.sha256) < 0)
			return -1;
		look->ca[0] = "--pin";
		look->ca[1] = *ret_pin;
	}
	return 0;
}

int doctor_advise(struct doctor_report *report, const struct finding *finding, struct view *view,
	struct fault *why)
{
	auto_free char *pin = NULL;
	struct look look = {.finding = finding,
		.diagnosis = &finding->diagnosis,
		.view = view,
		.target = finding->target->label,
		.command_line = advice_through(
			view->tree->advice, finding->probe->via, finding->probe->via_has_login)};

	if (name_ca(&look, &pin, why) < 0)
		return -1;
	for (size_t i = 0; i < report->n; i++) {
		struct doctor_program *it = &report->at[i];
		enum doctor_end yours;
		int rc = 0;

		for (int world = 0; world < DOCTOR_WORLDS; world++)
			settle(it->program, &it->runs[world], finding->probe);
		yours = it->runs[DOCTOR_YOURS].end;
		if (yours == DOCTOR_UNTRUSTED)
			rc = advise_untrusted(&look, it, why);
		else if (yours != DOCTOR_OK)
			rc = advise_other(&look, it, why);
		else if (it->runs[DOCTOR_CLEAN].end == DOCTOR_UNTRUSTED)
			rc = advise_luck(&look, it, why);
		if (rc < 0)
			return -1;
	}
	return note_all(report, &look, why);
}
