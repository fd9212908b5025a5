/* SPDX-License-Identifier: Apache-2.0 */
/* What a program's failure means, and what to do about it. */
#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/chain_build.h"
#include "src/doctor/ca_override.h"
#include "src/doctor/unmanaged.h"
#include "stores/system/families.h"

struct look {
	const struct finding *finding;
	struct view *view;
	const char *target; /* its label */
	struct advice command_line;
	const char
		*ca[2]; /* how an install is told the CA: "--pin" and which, or "--ca" and FILE */
};

static int tell_uses(
	struct patient *patient, const struct ca_override *ca_override, struct fault *why)
{
	auto_free char *path = NULL;

	if (!ca_override->by)
		return text_set(&patient->uses, why, "%s",
			patient->reads ? patient->reads : patient->program->reads);
	path = text_printable(ca_override->path, strlen(ca_override->path), LIMIT_PATH_LEN);
	if (!path)
		return fault_nomem(why);
	return text_set(&patient->uses, why, "%s: '%s'%s%s", ca_override->by, path,
		ca_override->state ? ", " : "", ca_override->state ? ca_override->state : "");
}

/* ---- what to do ------------------------------------------------------------------------------ */

/* Nothing on this side helps: the server, its certificate or the clock is at fault. */
static bool is_servers_fault(const struct look *look, const struct patient *patient)
{
	if (patient->runs[CHECKUP_CLEAN].end == CHECKUP_OK)
		return false;
	switch (look->finding->diagnosis.verdict) {
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

/* Into all stores, or into the file that was chosen; `before` it. */
static int say_install(const struct look *look, const char *store, const char *before, char **ret,
	struct fault *why)
{
	bool has_file = strcmp(look->ca[0], "--ca") == 0;
	bool has_pin = strcmp(look->ca[0], "--pin") == 0;
	const char *words[8] = {"install", look->ca[0], look->ca[1]};
	size_t n = 3;

	if (store) {
		words[n++] = "--store";
		words[n++] = store;
	}
	if (has_file)
		words[n++] = "--verify";
	words[n++] = look->target;
	return advice_say(&look->command_line, words, ret, why, "%s%s", before,
		has_pin ? "check the CA's SHA-256 and " : "");
}

static int fix_system(const struct look *look, struct patient *patient, struct fault *why)
{
	if (!look->finding->diagnosis.trusted_here)
		return text_set(&patient->todo, why, "%s", look->finding->diagnosis.todo);
	if (!patient->program->file)
		return say_install(look, NULL, "", &patient->todo, why);
	return advice_say(&look->command_line, ADVICE_WORDS("verify", look->target), &patient->todo,
		why, "the system store makes it trusted; to see which clients are stricter, ");
}

/* It has anchors of its own, and can be pointed to the system's. */
static int fix_elsewhere(const struct look *look, struct patient *patient, struct fault *why)
{
	const char *name = patient->program->unmanaged;
	bool trusted = look->finding->diagnosis.trusted_here;
	auto_free char *help = NULL;

	if ((name ? unmanaged_help(look->view, name, &help, why)
		  : text_set(&help, why, "SSL_CERT_FILE=%s", unmanaged_bundle(look->view))) < 0)
		return -1;
	return trusted ? text_set(&patient->todo, why, "%s", help)
		       : text_set(&patient->todo, why, "%s, once this is done: %s", help,
				 look->finding->diagnosis.todo);
}

/* Beside it, as the PEM that programs read. */
static int convert(const struct look *look, struct patient *patient,
	const struct ca_override *ca_override, struct fault *why)
{
	auto_free char *pem = NULL;
	auto_free char *shown = NULL;

	if (text_set(&pem, why, "%s.pem", ca_override->path) < 0)
		return -1;
	shown = text_printable(pem, strlen(pem), LIMIT_PATH_LEN);
	if (!shown)
		return fault_nomem(why);
	return advice_say(&look->command_line,
		ADVICE_WORDS("convert", "-o", pem, ca_override->path), &patient->todo, why,
		"let %s name '%s' instead; to make that, ", ca_override->by, shown);
}

/* No store of ours is a directory of files: it is OpenSSL's own. */
static int rehash(struct patient *patient, const struct ca_override *ca_override, struct fault *why)
{
	auto_free char *word = text_shell_word(ca_override->path);

	if (!word)
		return fault_nomem(why);
	return text_set(&patient->todo, why,
		"%s, or put the CA's PEM file into it and run: openssl rehash %s",
		ca_override->undo, word);
}

static int fix_choice(const struct look *look, struct patient *patient,
	const struct ca_override *ca_override, struct fault *why)
{
	const char *kind = patient->program->value_after ? "java" : "pem";
	const struct diagnosis *diagnosis = &look->finding->diagnosis;
	auto_free char *store = NULL;
	auto_free char *undo = NULL;

	if (is_system(ca_override->path))
		return fix_system(look, patient, why);
	if (ca_override->missing)
		return text_set(&patient->todo, why, "%s, or let it name a file that is there",
			ca_override->undo);
	if (ca_override->is_relative)
		return text_set(&patient->todo, why, "%s, or give it the whole path, from / on",
			ca_override->undo);
	if (ca_override->is_binary)
		return convert(look, patient, ca_override, why);
	if (ca_override->is_dir)
		return rehash(patient, ca_override, why);
	if (!diagnosis->trusted_here && !diagnosis->is_curable)
		return text_set(&patient->todo, why, "%s", diagnosis->todo);
	if (text_set(&store, why, "%s:%s", kind, ca_override->path) < 0 ||
		text_set(&undo, why, "%s, or ", ca_override->undo) < 0)
		return -1;
	return say_install(look, store, patient->runs[CHECKUP_CLEAN].end == CHECKUP_OK ? undo : "",
		&patient->todo, why);
}

static int fix(const struct look *look, struct patient *patient,
	const struct ca_override *ca_override, struct fault *why)
{
	const struct program *program = patient->program;

	if (is_servers_fault(look, patient))
		return text_set(&patient->todo, why, "%s", look->finding->diagnosis.todo);
	if (ca_override->by)
		return fix_choice(look, patient, ca_override, why);
	if (!program->file || (patient->reads ? is_system(patient->reads) : !program->unmanaged))
		return fix_system(look, patient, why);
	return fix_elsewhere(look, patient, why);
}

static int explain_untrusted(const struct look *look, struct patient *patient, struct fault *why)
{
	auto_ca_override ca_override = {0};

	if (ca_override_find(patient, look->finding, &ca_override, why) < 0 ||
		tell_uses(patient, &ca_override, why) < 0)
		return -1;
	if (text_set(&patient->why, why, "%s",
		    is_servers_fault(look, patient) ? look->finding->diagnosis.why
		    : ca_override.by
			    ? "it does not trust what is presented, with the anchors it was given"
			    : "it does not trust what is presented") < 0)
		return -1;
	return fix(look, patient, &ca_override, why);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static const struct {
	const char *why;
	const char *todo; /* NULL: none */
} others[] = {
	[CHECKUP_OK] = {NULL, NULL},
	[CHECKUP_UNTRUSTED] = {NULL, NULL},
	[CHECKUP_UNVERIFIED] = {NULL, NULL},
	[CHECKUP_CLIENT_CERT] =
		{"the server requires a client certificate: trust is not the problem",
			"give it the certificate and key that the server's owner issued"},
	[CHECKUP_PROXY_AUTH] =
		{"the proxy requires a user and password: no certificate was seen yet",
			"put them into https_proxy (http://user:password@proxy:port)"},
	[CHECKUP_PROXY_REFUSED] = {"the proxy refuses this target: no certificate is involved",
		"ask whoever runs the proxy to allow it"},
	[CHECKUP_NOT_TLS] = {"what answers does not speak TLS: a block page, a login page, or the "
			     "wrong port",
		NULL},
	[CHECKUP_NO_NAME] = {"the name is not known here: no certificate is involved",
		"check the name and the DNS, or set https_proxy where only the proxy knows it"},
	[CHECKUP_UNREACHABLE] = {"nobody answers there, or the connection was cut: no certificate "
				 "is involved",
		"check the port, the firewall, and whether https_proxy must be set"},
	[CHECKUP_TIMEOUT] = {"it timed out and was killed",
		"check the firewall, and whether https_proxy must be set"},
	[CHECKUP_FAILED] = {"it failed in a way that is not known here; see what it said", NULL},
	[CHECKUP_UNASKED] = {"it could not be asked", NULL},
};
static_assert(sizeof(others) / sizeof(others[0]) == CHECKUP_ENDS, "a row per end");

static int verify_java(const struct look *look, struct patient *patient, struct fault *why)
{
	auto_free char *store = NULL;

	return text_set(&store, why, "java:%s", patient->reads) < 0
		       ? -1
		       : advice_run(&look->command_line,
				 ADVICE_WORDS("verify", "--store", store, look->target),
				 &patient->todo, why);
}

static int explain_other(const struct look *look, struct patient *patient, struct fault *why)
{
	const struct diagnosis *diagnosis = &look->finding->diagnosis;
	enum checkup_end end = patient->runs[CHECKUP_YOURS].end;
	/* Our own probe came no further: its words are more exact. */
	bool same = !probe_is_proven(look->finding->probe) && end != CHECKUP_UNASKED;
	const char *todo = same ? diagnosis->todo : others[end].todo;

	if (text_set(&patient->why, why, "%s", same ? diagnosis->why : others[end].why) < 0)
		return -1;
	/* What cannot be asked can be predicted, for a Java runtime whose keystore is known. */
	if (end == CHECKUP_UNASKED && !patient->program->file)
		return verify_java(look, patient, why);
	if (!same && end == CHECKUP_NOT_TLS)
		return advice_say(&look->command_line, ADVICE_WORDS("probe", look->target),
			&patient->todo, why, "to see what answers, ");
	return todo ? text_set(&patient->todo, why, "%s", todo) : 0;
}

static int explain_off(
	const struct look *look, struct patient *patient, const char *off, struct fault *why)
{
	const struct ca_override none = {0};

	patient->runs[CHECKUP_YOURS].end = CHECKUP_UNVERIFIED;
	return text_set(&patient->why, why, "its verification is turned off: %s", off) < 0 ||
			       fix(look, patient, &none, why) < 0 ||
			       text_set(&patient->todo, why, "turn it on again%s%s",
				       look->finding->diagnosis.trusted_here
					       ? "; "
					       : ", once this is done: ",
				       patient->todo) < 0
		       ? -1
		       : 0;
}

/* It works for this user, and would not without what chose its anchors, or verifies nothing. */
static int explain_luck(const struct look *look, struct patient *patient, struct fault *why)
{
	auto_ca_override ca_override = {0};
	auto_free char *off = NULL;

	if (ca_override_find_off(patient, &off, why) < 0 ||
		ca_override_find(patient, look->finding, &ca_override, why) < 0)
		return -1;
	if (off && (!ca_override.by || ca_override.state))
		return explain_off(look, patient, off, why);
	if (tell_uses(patient, &ca_override, why) < 0)
		return -1;
	return text_set(&patient->why, why, "it trusts in your environment only");
}

static bool is_on_loopback(const struct probe *probe)
{
	return probe->address && !probe->via &&
	       (text_starts(probe->address, "127.") || text_starts(probe->address, "[::1]"));
}

static int note_all(struct checkup *checkup, const struct look *look, struct fault *why)
{
	const struct probe *probe = look->finding->probe;

	for (size_t i = 0; i < checkup->n; i++)
		if (checkup->at[i].program->skips_loopback && is_on_loopback(probe) &&
			names_addf(&checkup->notes, why, "%s does not verify peers on loopback",
				checkup->at[i].program->name) < 0)
			return -1;
	if (look->finding->diagnosis.verdict == VERDICT_INTERCEPTED && probe->completed &&
		!(probe->alpn && strcmp(probe->alpn, "h2") == 0))
		return names_add(&checkup->notes,
			"the interceptor speaks no HTTP/2: gRPC, and what else needs it, fails "
			"whether it trusts or not",
			why);
	return 0;
}

/* The same refusal for all that came through is a block page rather than their own doing. */
static int note_block_page(struct checkup *checkup, struct fault *why)
{
	size_t blocked = 0, told = 0;
	unsigned http = 0;

	for (size_t i = 0; i < checkup->n; i++) {
		unsigned one = checkup->at[i].runs[CHECKUP_YOURS].http;

		told += one != 0;
		if (one == 403 || one == 451 || one == 511 || one == 503) {
			blocked++;
			http = one;
		}
	}
	if (blocked == 0 || blocked < told)
		return 0;
	return names_addf(&checkup->notes, why,
		"HTTP %u for every program that trusts: a block page, or the server's own "
		"refusal; the certificates are fine",
		http);
}

/*
 * Go prints a bare "Forbidden", GnuTLS "a fatal alert", npm takes a proxy's refusal for an answer:
 * what they mean is known from our own probe, which went the same way.
 */
static void settle(
	const struct patient *patient, struct checkup_run *run, const struct probe *probe)
{
	static const enum checkup_end meant[] = {
		[PROBE_CLIENT_CERT_REQUIRED] = CHECKUP_CLIENT_CERT,
		[PROBE_PROXY_AUTH_REQUIRED] = CHECKUP_PROXY_AUTH,
		[PROBE_PROXY_REFUSED] = CHECKUP_PROXY_REFUSED,
		[PROBE_NOT_TLS] = CHECKUP_NOT_TLS,
	};
	enum probe_end end = probe->end;
	bool passed_on = run->end == CHECKUP_OK && run->http >= 400 && end == PROBE_PROXY_REFUSED;
	bool open = run->end == CHECKUP_FAILED || run->end == CHECKUP_UNREACHABLE || passed_on;

	if (open && end < sizeof(meant) / sizeof(meant[0]) && meant[end] != CHECKUP_OK)
		run->end = meant[end];
	/* It came through, and nothing was verified. */
	if (run->end == CHECKUP_OK && patient->program->skips_loopback && is_on_loopback(probe))
		run->end = CHECKUP_UNASKED;
}

/* How an install is told the CA above it; `*ret_pin` is what it borrows. */
static int name_ca(struct look *look, char **ret_pin, struct fault *why)
{
	const struct certs *path = &look->finding->path;
	auto_cert_facts top = {0};

	look->ca[0] = "--ca";
	look->ca[1] = ADVICE_FILE;
	if (look->finding->diagnosis.is_public) {
		look->ca[0] = "--public-root";
		look->ca[1] = unmanaged_bundle(look->view);
	}
	if (path->n == 0 || look->finding->diagnosis.is_public)
		return 0;
	if (cert_facts_make(path_top(path), &top, why) < 0)
		return -1;
	if (!top.is_self_signed)
		return 0;
	look->ca[0] = "--pin";
	if (text_set(ret_pin, why, "sha256:%s", top.sha256) < 0)
		return -1;
	look->ca[1] = *ret_pin;
	return 0;
}

int checkup_explain(struct checkup *checkup, const struct finding *finding, struct view *view,
	struct fault *why)
{
	auto_free char *pin = NULL;
	struct look look = {.finding = finding, .view = view, .target = finding->target->label};

	if (name_ca(&look, &pin, why) < 0)
		return -1;
	look.command_line = advice_through(
		view->tree->advice, finding->probe->via, finding->probe->via_has_login);
	for (size_t i = 0; i < checkup->n; i++) {
		struct patient *patient = &checkup->at[i];
		enum checkup_end yours;
		int rc = 0;

		for (int world = 0; world < CHECKUP_WORLDS; world++)
			settle(patient, &patient->runs[world], finding->probe);
		yours = patient->runs[CHECKUP_YOURS].end;
		if (yours == CHECKUP_UNTRUSTED)
			rc = explain_untrusted(&look, patient, why);
		else if (yours != CHECKUP_OK)
			rc = explain_other(&look, patient, why);
		else if (patient->runs[CHECKUP_CLEAN].end == CHECKUP_UNTRUSTED)
			rc = explain_luck(&look, patient, why);
		if (rc < 0)
			return -1;
	}
	return note_all(checkup, &look, why) < 0 || note_block_page(checkup, why) < 0 ? -1 : 0;
}
