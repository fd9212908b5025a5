/* SPDX-License-Identifier: Apache-2.0 */
/* Explain what a program's failure means and what to do about it. */
#include <string.h>
#include <sys/stat.h>

#include "src/base/text.h"
#include "src/doctor/doctor.h"
#include "src/doctor/unmanaged.h"
#include "src/sys/fd.h"
#include "src/x509/chain_build.h"
#include "src/x509/pem.h"
#include "stores/system/families.h"

/* ---- what chose its CAs ---------------------------------------------------------------------- */

struct override {
	char *by; /* "SSL_CERT_FILE", "cert in '/etc/pip.conf'"; NULL: nothing */
	char *undo; /* how to remove the override */
	char *path;
	char *state; /* what is wrong with the file; NULL: nothing */
	char *mend; /* how to fix that; NULL: install the CA into it */
};

static void override_free(struct override *override)
{
	free(override->by);
	free(override->undo);
	free(override->path);
	free(override->state);
	free(override->mend);
}
CLEANUP_VALUE(override, override_free)

/* Set `state` and `mend`: can the program use the path, and would it trust the target with it? */
static int judge_path(const struct doctor *doctor, const struct program *program,
	struct override *it, struct fault *why)
{
	const struct probe *probe = doctor->finding->probe;
	auto_free char *word = text_shell_word(it->path);
	auto_free char *pem = NULL;
	auto_free char *shown = NULL;
	auto_certs anchors = CERTS_INIT;
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
	struct verify_case verify = {&probe->chain, &anchors, probe->host, time(NULL)};
	struct verification verification = {0};
	struct fault seen = FAULT_INIT;
	struct stat st;
	int rc = 0;

	if (!word)
		return fault_nomem(why);
	/* Doctor starts the programs in the home directory, the user does not. */
	if (*it->path != '/') {
		rc |= text_set(&it->state, why, "%s",
			strchr("~$", *it->path)
				? "which no shell expanded"
				: "a relative path, which works in one directory only");
		rc |= text_set(
			&it->mend, why, "%s, or give it the whole path, from / on", it->undo);
		return rc;
	}
	if (access(it->path, R_OK) < 0) {
		rc |= text_set(&it->state, why, "which does not exist or cannot be read");
		rc |= text_set(&it->mend, why, "%s, or make it name an existing file", it->undo);
		return rc;
	}
	/* No store of ours is such a directory: it is OpenSSL's own format. */
	if (stat(it->path, &st) == 0 && S_ISDIR(st.st_mode))
		return text_set(&it->mend, why,
			"%s, or put the CA's PEM file into it and run: openssl rehash %s", it->undo,
			word);
	if (program_is_java(program))
		return 0;
	if (fd_read_file(it->path, &bytes, &seen) < 0 ||
		pem_read(bytes.bytes, bytes.len, it->path, PEM_LENIENT, &anchors, &seen) < 0)
		return text_set(&it->state, why, "which cannot be used: %s", seen.text);
	if (anchors.n && !memmem(bytes.bytes, bytes.len, "CERTIFICATE-----", 16)) {
		/* Advise to convert it, next to the original. */
		rc |= text_set(&it->state, why, "which is not PEM, the only format it reads");
		rc |= text_set(&pem, why, "%s.pem", it->path);
		shown = rc < 0 ? NULL : text_printable(pem, strlen(pem), LIMIT_PATH_LEN);
		if (!shown)
			return fault_nomem(why);
		rc |= advice_say(&doctor->command_line,
			ADVICE_WORDS("convert", "-o", pem, it->path), &it->mend, why,
			"make %s name '%s' instead; to create that, ", it->by, shown);
		return rc;
	}
	if (!probe_is_proven(probe))
		return 0;
	if (client_verify(&verify, program->rules, &verification, why) < 0)
		return -1;
	return verification.trusts
		       ? 0
		       : text_set(&it->state, why, "which does not make '%s' trusted: %s",
				 probe->host, verification.why);
}

/* The value of "key = value", "key: value", "key value" or "key" in any line; allocated or NULL. */
static char *value_in(const char *text, const char *key)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line + strspn(line, " \t-");
		const char *value = at + strlen(key);

		if (!text_starts(at, key) || !strchr(" \t=:\r\n", *value))
			continue;
		value += strspn(value, " \t=:\"'");
		return strndup(value, strcspn(value, "\r\n\"' "));
	}
	return NULL;
}

/* The key's value in a file ("~/" is the home directory).  *ret_path: the file, if it has a
 * value. */
static int value_of(
	const char *file, const char *key, char **ret_path, char **ret, struct fault *why)
{
	const char *home = getenv("HOME");
	auto_free char *path = NULL;
	auto_buf text = buf_make(LIMIT_MIB);
	struct fault seen = FAULT_INIT;

	if (*file == '~' && !home)
		return 0;
	if (text_set(&path, why, "%s%s", *file == '~' ? home : "", file + (*file == '~')) < 0)
		return -1;
	if (fd_read_file(path, &text, &seen) == 0)
		*ret = value_in(buf_text(&text), key);
	if (*ret)
		*ret_path = steal(&path);
	return 0;
}

static int by_variables(const struct program *program, const char *const *names,
	struct override *ret, struct fault *why)
{
	const char *after = program->value_after ? program->value_after : "";
	int rc = 0;

	for (size_t i = 0; i < PROGRAM_LIST_N && names[i] && !ret->by; i++) {
		const char *value = getenv(names[i]);

		value = value ? strstr(value, after) : NULL;
		if (!value || !value[strlen(after)])
			continue;
		value += strlen(after);
		rc |= text_set(&ret->path, why, "%.*s",
			(int)(*after ? strcspn(value, " \"'") : strlen(value)), value);
		rc |= text_set(&ret->by, why, "%s", names[i]);
		rc |= text_set(&ret->undo, why, "unset %s", names[i]);
	}
	return rc;
}

/*
 * Find the override that takes effect, and check with the target's chain whether the program would
 * trust it that way.
 */
static int find_override(const struct doctor *doctor, const struct doctor_program *it,
	struct override *ret, struct fault *why)
{
	const struct program *program = it->program;
	const char *key = program->asked;
	auto_free char *asked = it->settings ? value_in(it->settings, key) : NULL;
	int rc = by_variables(program, program->variables, ret, why);

	if (!ret->by && asked && *asked == '/') {
		ret->path = steal(&asked);
		rc |= text_set(&ret->by, why, "%s", key);
		rc |= text_set(&ret->undo, why, "remove %s (to see where it is set, run %s)", key,
			program->shown_by);
	}
	for (size_t i = 0; i < PROGRAM_LIST_N && program->settings[i].file && !ret->by; i++) {
		auto_free char *file = NULL;
		auto_free char *value = NULL;

		key = program->settings[i].key;
		rc |= value_of(program->settings[i].file, key, &file, &value, why);
		if (!value || *value != '/')
			continue;
		ret->path = steal(&value);
		rc |= text_set(&ret->by, why, "%s in '%s'", key, file);
		rc |= text_set(&ret->undo, why, "remove %s from '%s'", key, file);
	}
	if (!ret->by)
		rc |= by_variables(program, program->variables_then, ret, why);
	return rc == 0 && ret->by ? judge_path(doctor, program, ret, why) : rc;
}

/* The setting that turned off the program's verification: "strict-ssl", allocated; NULL: none that
 * is known. */
static int find_off(const struct doctor_program *it, char **ret, struct fault *why)
{
	for (size_t i = 0; i < PROGRAM_LIST_N && it->program->off[i].where; i++) {
		const char *where = it->program->off[i].where;
		const char *key = it->program->off[i].key;
		const char *wanted = it->program->off[i].value;
		auto_free char *file = NULL;
		auto_free char *value = NULL;

		if (*where == '$' && getenv(where + 1))
			value = strdup(getenv(where + 1));
		else if (!*where && it->settings)
			value = value_in(it->settings, key);
		else if (*where && *where != '$' && value_of(where, key, &file, &value, why) < 0)
			return -1;
		if (!value || (wanted && strcasecmp(value, wanted) != 0))
			continue;
		return file ? text_set(ret, why, "%s in '%s'", key, file)
			    : text_set(ret, why, "%s", key ? key : where + 1);
	}
	return 0;
}

/* ---- what to do ------------------------------------------------------------------------------ */

/* No change on this machine helps: the server, its certificate or the clock is at fault. */
static bool is_servers_fault(const struct doctor *doctor, const struct doctor_program *it)
{
	static const bool is_servers[VERDICTS] = {
		[VERDICT_SELF_SIGNED] = true,
		[VERDICT_INCOMPLETE] = true,
		[VERDICT_EXPIRED] = true,
		[VERDICT_NOT_YET_VALID] = true,
		[VERDICT_WRONG_HOST] = true,
		[VERDICT_UNPROVEN] = true,
		[VERDICT_UNTRUSTED_BY_PROXY] = true,
	};

	return it->runs[DOCTOR_CLEAN].end != DOCTOR_OK &&
	       is_servers[doctor->finding->diagnosis.verdict];
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
static int say_install(const struct doctor *doctor, const char *store, const char *before,
	char **ret, struct fault *why)
{
	const char *words[8] = {"install", doctor->ca[0], doctor->ca[1]};
	size_t n = 3;

	if (store) {
		words[n++] = "--store";
		words[n++] = store;
	}
	if (strcmp(doctor->ca[0], "--ca") == 0)
		words[n++] = "--verify";
	words[n++] = doctor->finding->target->label;
	return advice_say(&doctor->command_line, words, ret, why, "%s%s", before,
		strcmp(doctor->ca[0], "--pin") == 0 ? "check the CA's SHA-256 and " : "");
}

/* What to do about a program that does not trust what is presented. */
static int fix(const struct doctor *doctor, struct doctor_program *it,
	const struct override *override, struct fault *why)
{
	const char *todo = doctor->finding->diagnosis.todo;
	bool trusted_here = doctor->finding->diagnosis.trusted_here;
	bool is_java = program_is_java(it->program);
	bool in_system = override->by ? is_system(override->path)
			 : it->reads  ? is_java || is_system(it->reads)
				      : is_java || it->program->store;
	auto_free char *text = NULL;
	auto_free char *store = NULL;

	if (is_servers_fault(doctor, it) || (in_system && !trusted_here))
		return text_set(&it->todo, why, "%s", todo);
	if (in_system && is_java)
		return say_install(doctor, NULL, "", &it->todo, why);
	if (in_system)
		return advice_say(&doctor->command_line,
			ADVICE_WORDS("verify", doctor->finding->target->label), &it->todo, why,
			"the system store makes it trusted; to see which clients are stricter, ");
	if (!override->by) {
		/* It has its own anchors, and can be pointed to the system's. */
		if (unmanaged_help(doctor->view, it->program, &text, why) < 0)
			return -1;
		return text_set(&it->todo, why, "%s%s%s", text,
			trusted_here ? "" : ", once this is done: ", trusted_here ? "" : todo);
	}
	if (override->mend || (!trusted_here && !doctor->finding->diagnosis.is_curable))
		return text_set(&it->todo, why, "%s", override->mend ? override->mend : todo);
	/* Advise to install into that file, or to remove the override. */
	if (text_set(&store, why, "%s:%s", is_java ? "java" : "pem", override->path) < 0 ||
		text_set(&text, why, "%s, or ", override->undo) < 0)
		return -1;
	return say_install(
		doctor, store, it->runs[DOCTOR_CLEAN].end == DOCTOR_OK ? text : "", &it->todo, why);
}

/* It does not trust, or it does only in this user's environment: a variable or setting chose its
 * CAs, or turned verification off. */
static int advise_trust(const struct doctor *doctor, struct doctor_program *it, struct fault *why)
{
	bool trusts = it->runs[DOCTOR_YOURS].end == DOCTOR_OK;
	CLEANUP(override) struct override override = {0};
	const struct override none = {0};
	auto_free char *off = NULL;
	auto_free char *shown = NULL;
	const char *reads;
	int rc = find_override(doctor, it, &override, why);

	if (trusts && rc == 0)
		rc = find_off(it, &off, why);
	if (rc < 0)
		return -1;
	if (off && (!override.by || override.state)) {
		it->runs[DOCTOR_YOURS].end = DOCTOR_UNVERIFIED;
		rc |= text_set(&it->why, why, "its verification is turned off: %s", off);
		rc |= fix(doctor, it, &none, why);
		rc |= text_set(&it->todo, why, "turn it on again%s%s",
			doctor->finding->diagnosis.trusted_here ? "; " : ", once this is done: ",
			it->todo);
		return rc;
	}
	if (override.by) {
		shown = text_printable(override.path, strlen(override.path), LIMIT_PATH_LEN);
		if (!shown)
			return fault_nomem(why);
		rc |= text_set(&it->uses, why, "%s: '%s'%s%s", override.by, shown,
			override.state ? ", " : "", override.state ? override.state : "");
	} else {
		reads = it->reads ? it->reads : it->program->reads;
		rc |= text_set(&it->uses, why, "%s", reads ? reads : PROGRAM_SYSTEM_STORE);
	}
	rc |= text_set(&it->why, why, "%s",
		trusts                         ? "it trusts the server only in your environment"
		: is_servers_fault(doctor, it) ? doctor->finding->diagnosis.why
		: override.by ? "it does not trust the certificate, with the CAs it was given"
			      : "it does not trust the certificate");
	return trusts ? rc : rc | fix(doctor, it, &override, why);
}

static int advise_other(const struct doctor *doctor, struct doctor_program *it, struct fault *why)
{
	enum doctor_end end = it->runs[DOCTOR_YOURS].end;
	/* Our own probe failed too, and its words are more exact. */
	bool same = !probe_is_proven(doctor->finding->probe) && end != DOCTOR_UNASKED;
	const char *todo = same ? doctor->finding->diagnosis.todo : doctor_ends[end].todo;
	auto_free char *store = NULL;
	int rc = text_set(
		&it->why, why, "%s", same ? doctor->finding->diagnosis.why : doctor_ends[end].why);

	if (end == DOCTOR_UNASKED && program_is_java(it->program)) {
		/* Its keystore still tells what it would trust. */
		rc |= text_set(&store, why, "java:%s", it->reads);
		rc |= advice_run(&doctor->command_line,
			ADVICE_WORDS("verify", "--store", store, doctor->finding->target->label),
			&it->todo, why);
	} else if (!same && end == DOCTOR_NOT_TLS) {
		rc |= advice_say(&doctor->command_line,
			ADVICE_WORDS("probe", doctor->finding->target->label), &it->todo, why,
			"to see what answers, ");
	} else if (todo) {
		rc |= text_set(&it->todo, why, "%s", todo);
	}
	return rc;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static bool is_on_loopback(const struct probe *probe)
{
	return probe->address && !probe->via &&
	       (text_starts(probe->address, "127.") || text_starts(probe->address, "[::1]"));
}

static int note_all(struct doctor *doctor, struct fault *why)
{
	const struct probe *probe = doctor->finding->probe;
	size_t blocked = 0, told = 0;
	unsigned http = 0;

	for (size_t i = 0; i < doctor->n; i++) {
		const struct program *program = doctor->at[i].program;
		unsigned one = doctor->at[i].runs[DOCTOR_YOURS].http;

		told += one != 0;
		if (one == 403 || one == 451 || one == 511 || one == 503) {
			blocked++;
			http = one;
		}
		if (program->skips_loopback && is_on_loopback(probe) &&
			names_addf(&doctor->notes, why, "%s does not verify peers on loopback",
				program->command) < 0)
			return -1;
	}
	if (doctor->finding->diagnosis.verdict == VERDICT_INTERCEPTED && probe->completed &&
		!(probe->alpn && strcmp(probe->alpn, "h2") == 0) &&
		names_add(&doctor->notes,
			"the interceptor does not support HTTP/2: gRPC, and anything else that "
			"needs it, fails even with the CA trusted",
			why) < 0)
		return -1;
	/* If every program that got through was refused, it is a block page, not the programs. */
	if (blocked == 0 || blocked < told)
		return 0;
	return names_addf(&doctor->notes, why,
		"every program that trusts the server got HTTP %u: a block page, or the "
		"server's own refusal; the certificates are fine",
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

	_Static_assert(DOCTOR_OK == 0, "no meaning of its own");
	if (open && meant[probe->end])
		run->end = meant[probe->end];
	/* It connected without verifying anything. */
	if (run->end == DOCTOR_OK && program->skips_loopback && is_on_loopback(probe))
		run->end = DOCTOR_UNASKED;
}

int doctor_advise(struct doctor *doctor, struct fault *why)
{
	const struct finding *finding = doctor->finding;
	auto_cert_facts top = {0};
	int rc = 0;

	doctor->command_line = advice_through(
		doctor->view->tree->advice, finding->probe->via, finding->probe->via_has_login);
	doctor->ca[0] = "--ca";
	doctor->ca[1] = ADVICE_FILE;
	if (finding->path.n && cert_facts_make(path_top(&finding->path), &top, why) < 0)
		return -1;
	if (finding->diagnosis.is_public) {
		doctor->ca[0] = "--public-root";
		doctor->ca[1] = unmanaged_bundle(doctor->view);
	} else if (top.is_self_signed) {
		if (text_set(&doctor->pin, why, "sha256:%s", top.sha256) < 0)
			return -1;
		doctor->ca[0] = "--pin";
		doctor->ca[1] = doctor->pin;
	}
	for (size_t i = 0; i < doctor->n && rc == 0; i++) {
		struct doctor_program *it = &doctor->at[i];
		enum doctor_end end;

		for (int world = 0; world < DOCTOR_WORLDS; world++)
			settle(it->program, &it->runs[world], finding->probe);
		end = it->runs[DOCTOR_YOURS].end;
		if (end == DOCTOR_OK ? it->runs[DOCTOR_CLEAN].end == DOCTOR_UNTRUSTED
				     : end == DOCTOR_UNTRUSTED)
			rc = advise_trust(doctor, it, why);
		else if (end != DOCTOR_OK)
			rc = advise_other(doctor, it, why);
	}
	return rc < 0 ? -1 : note_all(doctor, why);
}
