/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/approve.h"

#include <string.h>

#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/json.h"

#define OF_CERT "sha256:"
#define OF_KEY "spki-sha256:"

struct approval {
	struct approval_options options;
	struct names pins, locked; /* "sha256:HEX" or "spki-sha256:HEX" each, in lower case */
};

/* Add a pin made from hexadecimal digits; false: they are not those of a SHA-256, or no memory. */
static bool add_pin(struct names *pins, const char *kind, const char *digits, struct fault *why)
{
	uint8_t sha256[DIGEST_SHA256_LEN];
	char hex[TEXT_SHA256_HEX_LEN];

	if (!digits || !text_unhex(digits, sha256, sizeof(sha256)))
		return false;
	text_hex(sha256, sizeof(sha256), hex);
	return names_addf(pins, why, "%s%s", kind, hex) == 0;
}

static int parse_pin(const char *text, struct names *ret, struct fault *why)
{
	const char *kind = text_starts(text, OF_KEY) ? OF_KEY : OF_CERT;
	const char *digits = text + strlen(kind);

	if (!text_starts(text, kind))
		return fault_set(
			why, FAULT_USAGE, "a pin is sha256:HEX or spki-sha256:HEX, not '%s'", text);
	if (add_pin(ret, kind, digits, why))
		return 0;
	return why->kind ? -1
			 : fault_set(why, FAULT_USAGE,
				   "--pin: '%s' is not a SHA-256 fingerprint (64 hex digits)",
				   digits);
}

static int read_lock(const char *path, struct names *ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_JSON_BYTES);
	auto_json json = NULL;
	const json_t *cas, *ca;
	size_t i;

	if (fd_read_file(path, &bytes, why) < 0 ||
		json_parse_object(bytes.bytes, bytes.len, path, &json, why) < 0)
		return fault_wrap(why, "lock file");
	cas = json_object_get(json, "cas");
	if (!json_is_array(cas) || json_array_size(cas) == 0)
		return fault_set(why, FAULT_FORMAT, "lock file '%s': no \"cas\"", path);
	json_array_foreach(cas, i, ca)
	{
		if (add_pin(ret, OF_CERT, json_member_text(ca, "sha256"), why))
			continue;
		return why->kind ? -1
				 : fault_set(why, FAULT_FORMAT,
					   "lock file '%s': entry %zu: no \"sha256\" of 64 hex "
					   "digits",
					   path, i + 1);
	}
	return 0;
}

int approval_read_lock(const char *path, struct cas *ret, struct fault *why)
{
	auto_names locked = NAMES_INIT;
	uint8_t sha256[DIGEST_SHA256_LEN];

	if (read_lock(path, &locked, why) < 0)
		return -1;
	for (size_t i = 0; i < locked.n; i++)
		if (!text_unhex(locked.at[i] + strlen(OF_CERT), sha256, sizeof(sha256)) ||
			cas_add_sha256(ret, sha256, why) < 0)
			return -1;
	return 0;
}

int approval_write_lock(const struct approval *approval, const struct cas *cas, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	auto_json json = json_pack("{s:i, s:[]}", "trustfix", 1, "cas");

	if (!approval->options.update_lock || cas->n == 0)
		return 0;
	for (size_t i = 0; i < cas->n; i++) {
		auto_cert_facts facts = {0};
		char not_after[TEXT_TIME_LEN];

		if (cert_facts_make(cas->at[i].cert, &facts, why) < 0)
			return -1;
		text_time(facts.not_after, not_after);
		if (json_array_append_new(json_object_get(json, "cas"),
			    json_pack("{s:s, s:s, s:s, s:s, s:o}", "sha256", facts.sha256,
				    "spki_sha256", facts.spki_sha256, "subject", facts.subject,
				    "not_after", not_after, "targets",
				    json_names(&cas->at[i].targets))) < 0)
			return fault_nomem(why);
	}
	if (json_format(json, &text, why) < 0)
		return -1;
	return fd_write_file(approval->options.lock, 0644, text.bytes, text.len, why);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool is_pinned(const struct names *pins, const struct cert_facts *facts)
{
	char cert[sizeof(OF_CERT) + TEXT_SHA256_HEX_LEN], key[sizeof(OF_KEY) + TEXT_SHA256_HEX_LEN];

	snprintf(cert, sizeof(cert), OF_CERT "%s", facts->sha256);
	snprintf(key, sizeof(key), OF_KEY "%s", facts->spki_sha256);
	return names_holds(pins, cert) || names_holds(pins, key);
}

/* Describe a superseded CA for the user; allocated. */
static int name_replaced(const struct ca *it, char **ret, struct fault *why)
{
	auto_cert_facts facts = {0};

	if (cert_facts_make(it->cert, &facts, why) < 0)
		return -1;
	return text_set(ret, why, "'%s', sha256:%s, which trustfix installed (%s)", facts.subject,
		facts.sha256, it->reason);
}

static int ask_person(const struct approval_options *options, const struct ca *ca,
	const struct cert_facts *facts, struct fault *why)
{
	const struct names *notes[] = {&ca->advice, options->notes};
	auto_buf out = buf_make(16 * LIMIT_MIB);
	auto_free char *seen = NULL, *source = text_harmless(ca->source ? ca->source : "");
	char from[TEXT_TIME_LEN], to[TEXT_TIME_LEN];

	if (capture_seen(ca, options->targets_n, &seen, why) < 0)
		return -1;
	text_time(facts->not_before, from);
	text_time(facts->not_after, to);
	for (size_t i = 0; i < ca->findings.n; i++)
		buf_printf(&out, "%s\n", ca->findings.at[i]);
	if (ca->source)
		buf_printf(&out, "This public root, out of %s, is missing; its CA was %s:\n",
			source ? source : "?", seen);
	else
		buf_printf(&out, "This CA was %s:\n", seen);
	buf_printf(&out,
		"  subject  %s\n  issuer   %s\n  sha256   %s\n  key      %s, spki-sha256:%s\n"
		"  valid    %s to %s\n  vendor   %s\n",
		facts->subject, facts->issuer, facts->sha256, facts->key, facts->spki_sha256, from,
		to, ca->interceptor ? ca->interceptor->product : "-");
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; notes[i] && n < notes[i]->n; n++) {
			auto_free char *note = text_harmless(notes[i]->at[n]);

			buf_printf(&out, "  note     %s\n", note ? note : "?");
		}
	for (size_t i = 0; i < ca->replaces.n; i++) {
		auto_free char *old = NULL;

		if (name_replaced(&ca->replaces.at[i], &old, why) < 0)
			return -1;
		buf_printf(&out, "Saying yes also removes %s.\n", old);
	}
	buf_add_text(&out,
		"Whoever holds its key can read and change all TLS traffic of whoever trusts it.\n"
		"Compare the sha256 with what your administrator published. Trust it? [yes/no] ");
	if (buf_check(&out, "question", why) < 0)
		return -1;
	return options->ask(buf_text(&out))
		       ? 0
		       : fault_set(why, FAULT_UNAPPROVED, "the CA '%s' was not approved",
				 facts->subject);
}

/* Refuse, and give the same command line with a --pin for every CA it would take. */
static int refuse(const struct approval *approval, const struct cas *cas, size_t i,
	const struct cert_facts *facts, struct fault *why)
{
	auto_free char *old = NULL;
	auto_names pins = NAMES_INIT;
	auto_free const char **words = calloc(2 * cas->n + 2, sizeof(*words));
	auto_free char *run = NULL;

	if (!words)
		return fault_nomem(why);
	words[0] = approval->options.advice->command;
	for (size_t c = 0; c < cas->n; c++) {
		char hex[TEXT_SHA256_HEX_LEN];

		text_hex(cas->at[c].cert->sha256, DIGEST_SHA256_LEN, hex);
		if (names_addf(&pins, why, "sha256:%s", hex) < 0)
			return -1;
		words[2 * c + 1] = "--pin";
		words[2 * c + 2] = pins.at[c];
	}
	if (advice_again(approval->options.advice, words, &run, why) < 0)
		return -1;
	/* With very many CAs the command would be truncated. */
	if (strlen(run) > FAULT_TEXT_LEN / 2 &&
		text_set(&run, why, "give --pin %s", pins.at[0]) < 0)
		return -1;
	if (approval->options.trust_on_first_use)
		return name_replaced(cas->at[i].replaces.at, &old, why) < 0
			       ? -1
			       : fault_set(why, FAULT_UNAPPROVED,
					 "the CA '%s' would replace %s, which --trust-on-first-use "
					 "does not approve; add --keep-old to keep both, or check "
					 "its "
					 "fingerprint with your administrator, then %s",
					 facts->subject, old, run);
	return fault_set(why, FAULT_UNAPPROVED,
		"the CA '%s' is not approved; nothing was changed. Check its fingerprint with your "
		"administrator, then %s",
		facts->subject, run);
}

/* Check the CA against quorum, pins and lock file, or (`asks`, once all are checked) decide. */
static int approve(const struct approval *approval, const struct cas *cas, size_t i, bool asks,
	struct fault *why)
{
	const struct approval_options *options = &approval->options;
	bool is_locked = options->lock && !options->update_lock;
	const struct ca *ca = &cas->at[i];
	auto_cert_facts facts = {0};

	if (cert_facts_make(ca->cert, &facts, why) < 0)
		return -1;
	if (!asks && ca->owners.n < options->quorum)
		return fault_set(why, FAULT_UNAPPROVED,
			"the CA '%s', sha256:%s, was seen for targets of %zu %s only, and --quorum "
			"demands %zu",
			facts.subject, facts.sha256, ca->owners.n,
			ca->owners.n == 1 ? "owner" : "owners", options->quorum);
	if (!asks && approval->pins.n && !is_pinned(&approval->pins, &facts))
		return fault_set(why, FAULT_UNAPPROVED,
			"the CA %s, '%s' (sha256:%s), matches none of the --pin values",
			ca->targets.n ? "presented" : "in the file", facts.subject, facts.sha256);
	if (!asks && is_locked && !is_pinned(&approval->locked, &facts))
		return fault_set(why, FAULT_UNAPPROVED,
			"the CA '%s', sha256:%s, is not the one recorded in lock file '%s'",
			facts.subject, facts.sha256, options->lock);
	if (!asks || approval->pins.n || is_locked ||
		(options->trust_on_first_use && ca->replaces.n == 0))
		return 0;
	/* A dry run needs no approval, but one that is given must match. */
	if (options->dry_run && (options->ask || !options->trust_on_first_use))
		return 0;
	return options->ask ? ask_person(options, ca, &facts, why)
			    : refuse(approval, cas, i, &facts, why);
}

int approval_ask(const struct approval *approval, const struct cas *cas, struct fault *why)
{
	for (int asks = 0; asks < 2; asks++)
		for (size_t i = 0; i < cas->n; i++)
			if (approve(approval, cas, i, asks, why) < 0)
				return -1;
	return 0;
}

int approval_make(const struct approval_options *options, struct approval **ret, struct fault *why)
{
	auto_approval approval = calloc(1, sizeof(*approval));

	if (!approval)
		return fault_nomem(why);
	approval->options = *options;
	if (options->update_lock && !options->lock)
		return fault_set(why, FAULT_USAGE, "--update-lock needs --lock FILE");
	for (size_t i = 0; i < options->pins->n; i++)
		if (parse_pin(options->pins->at[i], &approval->pins, why) < 0)
			return -1;
	if (options->lock && !options->update_lock &&
		read_lock(options->lock, &approval->locked, why) < 0)
		return -1;
	*ret = steal(&approval);
	return 0;
}

void approval_free(struct approval *approval)
{
	if (!approval)
		return;
	names_free(&approval->pins);
	names_free(&approval->locked);
	free(approval);
}
