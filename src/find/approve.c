/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/approve.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/json.h"

struct pin {
	bool of_key; /* spki-sha256 */
	uint8_t sha256[DIGEST_SHA256_LEN];
};

struct pins {
	struct pin *at;
	size_t n;
};

struct approval {
	struct approval_options options;
	struct pins pins;
	struct pins locked;
};

static int add_pin(struct pins *pins, struct pin pin, struct fault *why)
{
	struct pin *at = realloc(pins->at, (pins->n + 1) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	pins->at = at;
	pins->at[pins->n++] = pin;
	return 0;
}

static int parse_pin(const char *text, struct pin *ret, struct fault *why)
{
	static const char cert_prefix[] = "sha256:";
	static const char key_prefix[] = "spki-sha256:";

	ret->of_key = text_starts(text, key_prefix);
	if (!ret->of_key && !text_starts(text, cert_prefix))
		return fault_set(
			why, FAULT_USAGE, "a pin is sha256:HEX or spki-sha256:HEX, not '%s'", text);
	text += ret->of_key ? strlen(key_prefix) : strlen(cert_prefix);
	if (!text_unhex(text, ret->sha256, sizeof(ret->sha256)))
		return fault_set(why, FAULT_USAGE,
			"--pin: '%s' is not a SHA-256 fingerprint (64 hex digits)", text);
	return 0;
}

/* ---- the lock file --------------------------------------------------------------------------- */

static int parse_lock(const json_t *json, const char *path, struct pins *ret, struct fault *why)
{
	const json_t *cas = json_object_get(json, "cas");
	const json_t *ca;
	size_t i;

	if (!json_is_array(cas) || json_array_size(cas) == 0)
		return fault_set(why, FAULT_FORMAT, "lock file '%s': no \"cas\"", path);
	json_array_foreach(cas, i, ca)
	{
		const char *sha256 = json_member_text(ca, "sha256");
		struct pin pin = {0};

		if (!sha256 || !text_unhex(sha256, pin.sha256, sizeof(pin.sha256)))
			return fault_set(why, FAULT_FORMAT,
				"lock file '%s': entry %zu: no \"sha256\" of 64 hex digits", path,
				i + 1);
		if (add_pin(ret, pin, why) < 0)
			return -1;
	}
	return 0;
}

static int read_lock(const char *path, struct pins *ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_JSON_BYTES);
	auto_json json = NULL;

	if (fd_read_file(path, LIMIT_JSON_BYTES, &bytes, why) < 0 ||
		json_parse_object(bytes.bytes, bytes.len, path, &json, why) < 0)
		return fault_wrap(why, "lock file");
	return parse_lock(json, path, ret, why);
}

int approval_read_lock(const char *path, struct cas *ret, struct fault *why)
{
	struct pins pins = {0};
	int rc = read_lock(path, &pins, why);

	for (size_t i = 0; rc == 0 && i < pins.n; i++)
		rc = cas_add_sha256(ret, pins.at[i].sha256, why);
	free(pins.at);
	return rc;
}

static json_t *lock_entry(const struct ca *ca, const struct cert_facts *facts)
{
	char not_after[TEXT_TIME_LEN];

	text_time(facts->not_after, not_after);
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "sha256", facts->sha256, "spki_sha256",
		facts->spki_sha256, "subject", facts->subject, "not_after", not_after, "targets",
		json_names(&ca->targets));
}

int approval_write_lock(const struct approval *approval, const struct cas *cas, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	auto_json json = json_pack("{s:i, s:[]}", "trustfix", 1, "cas");

	if (!approval->options.update_lock || cas->n == 0)
		return 0;
	for (size_t i = 0; json && i < cas->n; i++) {
		auto_cert_facts facts = {0};

		if (cert_facts_make(cas->at[i].cert, &facts, why) < 0)
			return -1;
		if (json_array_append_new(
			    json_object_get(json, "cas"), lock_entry(&cas->at[i], &facts)) < 0)
			return fault_nomem(why);
	}
	if (!json)
		return fault_nomem(why);
	if (json_format(json, &text, why) < 0)
		return -1;
	return fd_write_file(approval->options.lock, 0644, text.bytes, text.len, why);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool pins_fit(const struct pins *pins, struct cert *cert)
{
	for (size_t i = 0; i < pins->n; i++) {
		const struct pin *pin = &pins->at[i];
		const uint8_t *have = pin->of_key ? cert_spki_sha256(cert) : cert_sha256(cert);

		if (memcmp(pin->sha256, have, sizeof(pin->sha256)) == 0)
			return true;
	}
	return false;
}

static void write_notes(const struct names *notes, struct buf *out)
{
	for (size_t i = 0; notes && i < notes->n; i++)
		buf_printf(out, "  note     %s\n", notes->at[i]);
}

/* Describe a superseded CA for the user; allocated. */
static int name_replaced(const struct superseded *it, char **ret, struct fault *why)
{
	auto_cert_facts facts = {0};

	if (cert_facts_make(it->cert, &facts, why) < 0)
		return -1;
	return text_set(ret, why, "'%s', sha256:%s, which trustfix installed (%s)", facts.subject,
		facts.sha256, it->reason);
}

static int write_question(const struct ca *ca, const struct cert_facts *facts,
	const struct approval_options *options, struct buf *out, struct fault *why)
{
	auto_free char *seen = NULL;
	char from[TEXT_TIME_LEN];
	char to[TEXT_TIME_LEN];

	if (capture_seen(ca, options->targets_n, &seen, why) < 0)
		return -1;
	text_time(facts->not_before, from);
	text_time(facts->not_after, to);
	for (size_t i = 0; i < ca->findings.n; i++)
		buf_printf(out, "%s\n", ca->findings.at[i]);
	if (ca->source)
		buf_printf(out, "This public root, out of %s, is missing; its CA was %s:\n",
			ca->source, seen);
	else
		buf_printf(out, "This CA was %s:\n", seen);
	buf_printf(out, "  subject  %s\n  issuer   %s\n", facts->subject, facts->issuer);
	buf_printf(out, "  sha256   %s\n  key      %s, spki-sha256:%s\n", facts->sha256, facts->key,
		facts->spki_sha256);
	buf_printf(out, "  valid    %s to %s\n", from, to);
	buf_printf(out, "  vendor   %s\n", ca->interceptor ? ca->interceptor->product : "-");
	write_notes(&ca->advice, out);
	write_notes(options->notes, out);
	for (size_t i = 0; i < ca->replaces_n; i++) {
		auto_free char *old = NULL;

		if (name_replaced(&ca->replaces[i], &old, why) < 0)
			return -1;
		buf_printf(out, "Saying yes also removes %s.\n", old);
	}
	buf_add_text(out,
		"Whoever holds its key can read and change all TLS traffic of whoever trusts it.\n"
		"Compare the sha256 with what your administrator published. Trust it? [yes/no] ");
	return buf_check(out, "question", why);
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

		text_hex(cert_sha256(cas->at[c].cert), DIGEST_SHA256_LEN, hex);
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
		return name_replaced(cas->at[i].replaces, &old, why) < 0
			       ? -1
			       : fault_set(why, FAULT_UNAPPROVED,
					 "the CA '%s' would replace %s, which --trust-on-first-use "
					 "does not "
					 "approve; add --keep-old to keep both, or check its "
					 "fingerprint with your "
					 "administrator, then %s",
					 facts->subject, old, run);
	return fault_set(why, FAULT_UNAPPROVED,
		"the CA '%s' is not approved; nothing was changed. Check its fingerprint with your "
		"administrator, then %s",
		facts->subject, run);
}

static int ask_person(const struct approval *approval, const struct ca *ca,
	const struct cert_facts *facts, struct fault *why)
{
	auto_buf question = buf_make(16 * LIMIT_MIB);

	if (write_question(ca, facts, &approval->options, &question, why) < 0)
		return -1;
	if (!approval->options.ask(buf_text(&question)))
		return fault_set(
			why, FAULT_UNAPPROVED, "the CA '%s' was not approved", facts->subject);
	return 0;
}

static int ask_one(
	const struct approval *approval, const struct cas *cas, size_t i, struct fault *why)
{
	const struct ca *ca = &cas->at[i];
	bool locked = approval->options.lock && !approval->options.update_lock;
	auto_cert_facts facts = {0};

	if (cert_facts_make(ca->cert, &facts, why) < 0)
		return -1;
	if (approval->pins.n && !pins_fit(&approval->pins, ca->cert))
		return fault_set(why, FAULT_UNAPPROVED,
			"the CA %s, '%s' (sha256:%s), matches none of the --pin values",
			ca->targets.n ? "presented" : "in the file", facts.subject, facts.sha256);
	if (locked && !pins_fit(&approval->locked, ca->cert))
		return fault_set(why, FAULT_UNAPPROVED,
			"the CA '%s', sha256:%s, is not the one recorded in lock file '%s'",
			facts.subject, facts.sha256, approval->options.lock);
	if (approval->pins.n || locked ||
		(approval->options.trust_on_first_use && ca->replaces_n == 0))
		return 0;
	/* A dry run needs no approval, but one that is given must match. */
	if (approval->options.dry_run &&
		(approval->options.ask || !approval->options.trust_on_first_use))
		return 0;
	if (!approval->options.ask)
		return refuse(approval, cas, i, &facts, why);
	return ask_person(approval, ca, &facts, why);
}

static int check_quorum(const struct approval *approval, const struct ca *ca, struct fault *why)
{
	auto_cert_facts facts = {0};

	if (ca->owners.n >= approval->options.quorum)
		return 0;
	if (cert_facts_make(ca->cert, &facts, why) < 0)
		return -1;
	return fault_set(why, FAULT_UNAPPROVED,
		"the CA '%s', sha256:%s, was seen for targets of %zu %s only, and --quorum "
		"demands %zu",
		facts.subject, facts.sha256, ca->owners.n, ca->owners.n == 1 ? "owner" : "owners",
		approval->options.quorum);
}

int approval_ask(const struct approval *approval, const struct cas *cas, struct fault *why)
{
	for (size_t i = 0; i < cas->n; i++)
		if (check_quorum(approval, &cas->at[i], why) < 0)
			return -1;
	for (size_t i = 0; i < cas->n; i++)
		if (ask_one(approval, cas, i, why) < 0)
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
	for (size_t i = 0; i < options->pins->n; i++) {
		struct pin pin;

		if (parse_pin(options->pins->at[i], &pin, why) < 0 ||
			add_pin(&approval->pins, pin, why) < 0)
			return -1;
	}
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
	free(approval->pins.at);
	free(approval->locked.at);
	free(approval);
}
