/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/survey.h"

#include <string.h>
#include <sys/stat.h>

#include "src/base/text.h"
#include "src/x509/chain_build.h"
#include "src/diagnose/owner.h"
#include "src/sys/log.h"
#include "src/find/certfile.h"
#include "src/find/intermediates.h"

/* Probe every target or, with --chain, read the chain as if each had just presented it. */
static int ask(struct survey *survey, struct probe *ret, struct fault *why)
{
	const struct survey_options *options = survey->options;

	if (survey->prober)
		return probe_all(survey->prober, survey->targets, survey->n, ret, why);
	for (size_t i = 0; i < survey->n; i++) {
		ret[i] = (struct probe){.end = PROBE_CHAIN, .completed = true};
		probe_set_host(&options->peer, &survey->targets[i], &ret[i]);
		if (certfile_read(options->chain_file, PEM_STRICT, &ret[i].chain, why) < 0)
			return -1;
	}
	return 0;
}

static void again_free(struct survey *survey)
{
	for (size_t i = 0; survey->again && i < survey->n; i++) {
		survey->at[i].latest = survey->at[i].probe;
		probe_free(&survey->again[i]);
	}
	free(survey->again);
	survey->again = NULL;
}

int survey_again(struct survey *survey, struct fault *why)
{
	again_free(survey);
	survey->again = calloc(survey->n + 1, sizeof(*survey->again));
	if (!survey->again)
		return fault_nomem(why);
	if (ask(survey, survey->again, why) < 0)
		return -1;
	for (size_t i = 0; i < survey->n; i++)
		survey->at[i].latest = &survey->again[i];
	return 0;
}

/* ---- what the peers' trust comes from -------------------------------------------------------- */

void survey_forget_ends(struct survey *survey)
{
	for (size_t i = 0; i < survey->n; i++) {
		struct prove_end *end = &survey->at[i].end;

		obstacles_free(survey->at[i].obstacles);
		cert_free(end->other);
		certs_free(&end->used);
		*end = (struct prove_end){0};
	}
}

bool finding_is_usable(const struct finding *finding)
{
	return finding->diagnosis.trusted_here && !obstacles_first(finding->obstacles);
}

bool finding_is_proven(const struct finding *finding)
{
	return finding->end.uses_ca && !obstacles_first(finding->obstacles);
}

enum verdict finding_verdict(const struct finding *finding)
{
	const struct obstacle *obstacle = obstacles_first(finding->obstacles);
	enum verdict verdict = finding->diagnosis.verdict;
	bool is_first = verdict == VERDICT_INTERCEPTED || verdict == VERDICT_UNTRUSTED_BY_PROXY;

	return obstacle && !is_first ? obstacle->verdict : verdict;
}

size_t survey_proven_n(const struct survey *survey)
{
	size_t n = 0;

	for (size_t i = 0; i < survey->n; i++)
		n += finding_is_proven(&survey->at[i]);
	return n;
}

bool survey_proves(const struct survey *survey, const struct cert *ca)
{
	for (size_t i = 0; i < survey->n; i++)
		if (certs_hold(&survey->at[i].end.used, ca))
			return true;
	return false;
}

/* ---- the same CA for unrelated hosts --------------------------------------------------------- */

int survey_fault(const struct finding *finding, struct fault *why)
{
	return fault_set(
		why, FAULT_PEER, "%s; %s", finding->diagnosis.why, finding->diagnosis.todo);
}

const char *survey_owner(const struct probe *probe)
{
	return owner_of(probe->host, probe->host_is_ip);
}

/* Only servers of owners that cannot share a private CA say something about it. */
static size_t count_same_ca(const struct survey *survey, const struct finding *finding)
{
	const struct cert *top = path_top(&finding->path);
	const char *owner = survey_owner(finding->probe);
	size_t n = 0;

	for (size_t i = 0; i < survey->n && owner != owner_private; i++) {
		const struct finding *other = &survey->at[i];
		const char *others = other->path.n ? survey_owner(other->probe) : owner_private;

		n += others != owner_private && !text_same(others, owner) &&
		     cert_same_key(path_top(&other->path), top);
	}
	return n;
}

/* ---- diagnosing ------------------------------------------------------------------------------ */

static int diagnose_one(struct survey *survey, struct site *site, const struct certs *anchors,
	struct finding *finding, struct fault *why)
{
	struct diagnose_facts facts = {.path = &finding->path,
		.anchors = &survey->anchors,
		.advice = site->options.advice,
		.at = survey->options->at};
	const struct prove_case it = {.findings = finding,
		.n = 1,
		.at = survey->options->at,
		.require = survey->options->require,
		.advice = finding->probe->proxy || finding->probe->is_refused,
		.command_line = site->options.advice};
	const struct probe *probe = finding->probe;
	const struct client_result *refusal = NULL;
	struct proof proof = {.holds = true};

	/* The first chosen store that refuses the peer decides. */
	for (size_t i = 0; finding->path.n && i < site->places.n && !refusal; i++) {
		if (prove_place(&site->places.at[i], &anchors[i], &it, &proof, why) < 0)
			return -1;
		refusal = proof_refusal(&proof);
	}
	if (finding->path.n) {
		facts.trusted_here = !refusal;
		facts.same_ca_n = count_same_ca(survey, finding);
	}
	if (refusal) {
		facts.untrusted_by = client_name(refusal->client);
		facts.untrusted_why = refusal->why;
		facts.error = refusal->error;
	}
	if (diagnose(probe, &facts, &finding->diagnosis, why) < 0)
		return -1;
	if (probe->end != PROBE_PROXY_UNTRUSTED)
		return 0;
	return obstacles_proxy_todo(probe->proxy, CLIENT_CURL, &survey->prober->anchors, it.at,
		it.command_line, &finding->diagnosis.todo, why);
}

int survey_split(const struct survey *survey, char **ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_MIB);

	if (survey->intercepted.n == 0 || survey->bypassed.n == 0)
		return 0;
	buf_printf(&text,
		"split tunnel: %zu of %zu targets bypass the interceptor, trusted under "
		"a public root: ",
		survey->bypassed.n, survey->n);
	for (size_t i = 0; i < survey->bypassed.n; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", survey->bypassed.at[i]);
	if (buf_check(&text, "note", why) < 0)
		return -1;
	*ret = (char *)buf_take(&text, NULL);
	return 0;
}

/* Fill `lists` with the anchors of each place, and survey->anchors with all of them. */
static int read_anchors(
	struct survey *survey, struct site *site, struct certs *lists, struct fault *why)
{
	for (size_t i = 0; i < site->places.n; i++) {
		const struct place *place = &site->places.at[i];

		if (place->ops->anchors(site_view(site, place), place, &lists[i], why) < 0)
			return fault_wrap(why, "%s", place->path);
		for (size_t c = 0; c < lists[i].n; c++)
			if (certs_add(&survey->anchors, lists[i].at[c], why) < 0)
				return -1;
	}
	return 0;
}

/* Find what each chain lacks, and what that means.  Each step is done for all findings first,
 * because the next one compares them. */
static int understand(
	struct survey *survey, struct site *site, const struct certs *lists, struct fault *why)
{
	time_t at = survey->options->at;

	for (size_t i = 0; i < survey->n; i++)
		if (probe_is_proven(survey->at[i].probe) &&
			chain_build(&survey->at[i].probe->chain, &survey->anchors, at,
				&survey->at[i].path, why) < 0)
			return -1;
	if (survey->prober && !survey->options->peer.no_aia &&
		issuers_fetch(survey, &survey->anchors, why) < 0)
		return -1;
	for (size_t i = 0; i < survey->n; i++) {
		struct finding *it = &survey->at[i];
		auto_certs known = CERTS_INIT;

		if (it->fetched.n == 0)
			continue;
		certs_free(&it->path);
		if (certs_add_new(&known, &survey->anchors, why) < 0 ||
			certs_add_new(&known, &it->fetched, why) < 0 ||
			chain_build(&it->probe->chain, &known, at, &it->path, why) < 0)
			return -1;
	}
	for (size_t i = 0; i < survey->n; i++) {
		struct diagnosis *is = &survey->at[i].diagnosis;
		const char *label = survey->at[i].target->label;

		if (diagnose_one(survey, site, lists, &survey->at[i], why) < 0)
			return -1;
		if (is->verdict == VERDICT_INTERCEPTED ||
			is->verdict == VERDICT_UNTRUSTED_BY_PROXY) {
			if (names_add(&survey->intercepted, label, why) < 0)
				return -1;
		} else if (is->trusted_here && is->is_public &&
			   names_add(&survey->bypassed, label, why) < 0) {
			return -1;
		}
	}
	return 0;
}

/*
 * A file of certificates belongs after --ca.  A name that only looks like a certificate file's may
 * still be a host, unless that host cannot be found.
 */
int survey_check_file(
	const char *text, bool is_unknown, const struct advice *command_line, struct fault *why)
{
	static const char *const suffixes[] = {".pem", ".crt", ".cer", ".der", ".p7b"};
	bool runs = command_line && command_line->behind;
	bool looks = is_unknown || strchr(text, '/');
	auto_free char *run = NULL;
	auto_free char *shown = NULL;
	struct stat st;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		looks = looks || text_ends(text, suffixes[i]);
	if (!looks || stat(text, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	shown = text_printable(text, strlen(text), LIMIT_PATH_LEN);
	if (!shown)
		return fault_nomem(why);
	if ((runs ? advice_run(command_line, ADVICE_WORDS("exec", "--ca", text, "--", "COMMAND"),
			    &run, why)
		  : advice_run(command_line, ADVICE_WORDS("install", "--ca", text), &run, why)) < 0)
		return -1;
	return fault_set(why, FAULT_USAGE,
		"'%s' is a file; did you mean --ca FILE? to make programs trust it, %s", shown,
		run);
}

/* Parse the targets and ask each for its chain. */
static int ask_first(const struct names *targets, struct survey *ret, struct fault *why)
{
	const struct probe_options *peer = &ret->options->peer;
	auto_certs known = CERTS_INIT;

	if (targets->n > LIMIT_TARGETS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u targets", LIMIT_TARGETS_N);
	ret->targets = calloc(targets->n + 1, sizeof(*ret->targets));
	ret->probes = calloc(targets->n + 1, sizeof(*ret->probes));
	ret->at = calloc(targets->n + 1, sizeof(*ret->at));
	if (!ret->targets || !ret->probes || !ret->at)
		return fault_nomem(why);
	for (; ret->n < targets->n; ret->n++) {
		struct probe *probe = &ret->probes[ret->n];

		ret->at[ret->n] = (struct finding){
			.target = &ret->targets[ret->n], .probe = probe, .latest = probe};
		if (survey_check_file(targets->at[ret->n], false, ret->advice, why) < 0 ||
			url_parse(targets->at[ret->n], URL_TARGET, &ret->targets[ret->n], why) < 0)
			return -1;
	}
	if (!ret->options->chain_file &&
		(prober_make(peer, &ret->prober, why) < 0 ||
			(peer->proxy_cacert ? certfile_read(peer->proxy_cacert, PEM_STRICT,
						      &ret->prober->anchors, why)
					    : certs_add_new(&ret->prober->anchors, &ret->anchors,
						      why)) < 0))
		return -1;
	log_progress("asking %zu %s", ret->n, ret->n == 1 ? "target" : "targets");
	if (ask(ret, ret->probes, why) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++) {
		const struct probe *it = &ret->probes[i];
		bool is_unknown = it->end == PROBE_UNREACHABLE && !it->address && !it->via;

		if (survey_check_file(targets->at[i], is_unknown, ret->advice, why) < 0 ||
			certs_share(&ret->probes[i].chain, &known, why) < 0)
			return -1;
	}
	return 0;
}

int survey_make(const struct names *targets, const struct survey_options *options,
	struct site *site, struct survey *ret, struct fault *why)
{
	auto_free struct certs *lists = calloc(site->places.n + 1, sizeof(*lists));
	auto_survey survey = {.options = options, .advice = site->options.advice};
	int rc;

	if (!lists)
		return fault_nomem(why);
	rc = read_anchors(&survey, site, lists, why) < 0 || ask_first(targets, &survey, why) < 0 ||
			     understand(&survey, site, lists, why) < 0
		     ? -1
		     : 0;
	for (size_t i = 0; i < site->places.n; i++)
		certs_free(&lists[i]);
	log_progress_end();
	if (rc == 0) {
		*ret = survey;
		survey = (struct survey){0};
	}
	return rc;
}

void survey_free(struct survey *survey)
{
	again_free(survey);
	survey_forget_ends(survey);
	for (size_t i = 0; i < survey->n; i++) {
		probe_free(&survey->probes[i]);
		certs_free(&survey->at[i].fetched);
		free(survey->at[i].missed);
		certs_free(&survey->at[i].path);
		diagnosis_free(&survey->at[i].diagnosis);
		url_free(&survey->targets[i]);
	}
	certs_free(&survey->anchors);
	names_free(&survey->intercepted);
	names_free(&survey->bypassed);
	free(survey->at);
	free(survey->probes);
	free(survey->targets);
	prober_free(survey->prober);
	*survey = (struct survey){0};
}
