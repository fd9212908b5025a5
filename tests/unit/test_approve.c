/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/text.h"
#include "src/find/approve.h"
#include "tests/unit/make_cert.h"

static const char *asked;
static bool answer;

static bool ask(const char *question)
{
	free((char *)(uintptr_t)asked);
	asked = strdup(question);
	return answer;
}

/* One capture of `cert`, seen for one target. */
static struct cas capture_of(struct cert *cert)
{
	struct cas captures = {0};
	struct fault why = FAULT_INIT;

	assert_ok(cas_add(&captures, cert, NULL, &why), &why);
	assert_ok(names_add(&captures.at->targets, "a.test:443", &why), &why);
	return captures;
}

static int approve(const struct approval_options *options, struct cert *cert, struct fault *why)
{
	auto_cas captures = capture_of(cert);
	auto_approval approval = NULL;

	if (approval_make(options, &approval, why) < 0 ||
		approval_ask(approval, &captures, why) < 0)
		return -1;
	return approval_write_lock(approval, &captures, why);
}

static char *pin_of(struct cert *cert, bool of_key)
{
	char hex[TEXT_SHA256_HEX_LEN];
	uint8_t key[DIGEST_SHA256_LEN];
	char *pin = NULL;

	cert_spki_sha256(cert, key);
	text_hex(of_key ? key : cert->sha256, DIGEST_SHA256_LEN, hex);
	assert_true(asprintf(&pin, "%s:%s", of_key ? "spki-sha256" : "sha256", hex) > 0);
	return pin;
}

static void a_pin_of_the_certificate_or_its_key_approves(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});

	(void)state;
	for (int of_key = 0; of_key < 2; of_key++) {
		auto_free char *pin = pin_of(root.cert, of_key);
		struct names pins = {&pin, 1};
		struct approval_options options = {.pins = &pins, .trust_on_first_use = true};
		struct fault why = FAULT_INIT;

		assert_ok(approve(&options, root.cert, &why), &why);
		assert_fault(approve(&options, other.cert, &why), &why, FAULT_UNAPPROVED,
			"matches none of the --pin values");
	}
}

static void a_pin_fits_to_its_last_digit(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (int of_key = 0; of_key < 2; of_key++) {
		auto_free char *pin = pin_of(root.cert, of_key);
		struct names pins = {&pin, 1};
		struct approval_options options = {.pins = &pins};
		struct fault why = FAULT_INIT;
		char *last = pin + strlen(pin) - 1;

		*last = *last == '0' ? '1' : '0';
		assert_fault(approve(&options, root.cert, &why), &why, FAULT_UNAPPROVED,
			"matches none of the --pin values");
	}
}

static void every_ca_needs_a_yes_of_its_own(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});
	struct ca two[] = {{.cert = root.cert}, {.cert = other.cert}};
	const struct cas captures = {two, 2};
	auto_free char *pin = pin_of(root.cert, false);
	struct names pins = {&pin, 1};
	struct approval_options options = {.pins = &pins};
	auto_approval approval = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(approval_make(&options, &approval, &why), &why);
	assert_fault(approval_ask(approval, &captures, &why), &why, FAULT_UNAPPROVED,
		"the CA in the file, 'O = Trustfix Test, CN = Other'");
}

static void a_pin_that_is_none_is_a_usage_fault(void **state)
{
	static const char *const bad[] = {"", "sha1:00", "sha256:", "sha256:zz", "spki-sha256:0011",
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *pin = (char *)(uintptr_t)bad[i];
		struct names pins = {&pin, 1};
		struct approval_options options = {.pins = &pins};
		struct fault why = FAULT_INIT;

		assert_fault(approve(&options, root.cert, &why), &why, FAULT_USAGE, "pin");
	}
}

static void without_anybody_to_ask_nothing_is_approved(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_free char *pin = pin_of(root.cert, false);
	auto_free char *run = NULL;
	char target[] = "app.test";
	char *operand = target;
	const struct names operands = {&operand, 1};
	const struct advice command_line = {.command = "install", .operands = &operands};
	struct names none = NAMES_INIT;
	struct approval_options options = {.pins = &none, .advice = &command_line};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(text_set(&run, &why, "run: trustfix install --pin %s app.test", pin), &why);
	assert_fault(approve(&options, root.cert, &why), &why, FAULT_UNAPPROVED, run);
	options.trust_on_first_use = true;
	assert_ok(approve(&options, root.cert, &why), &why);
}

static void first_use_replaces_nothing_that_was_approved(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made old = make_cert(&(struct recipe){.cn = "Old", .is_ca = true});
	auto_free char *pin = pin_of(root.cert, false);
	auto_cas captures = capture_of(root.cert);
	struct names none = NAMES_INIT;
	const struct advice command_line = {.command = "install"};
	struct approval_options options = {
		.pins = &none, .advice = &command_line, .trust_on_first_use = true};
	auto_approval approval = NULL;
	auto_approval asking = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	captures.at->replaces.at = calloc(1, sizeof(*captures.at->replaces.at));
	captures.at->replaces.n = 1;
	captures.at->replaces.at->cert = cert_ref(old.cert);
	captures.at->replaces.at->reason = "same name";
	assert_ok(approval_make(&options, &approval, &why), &why);
	assert_fault(approval_ask(approval, &captures, &why), &why, FAULT_UNAPPROVED,
		"would replace 'O = Trustfix Test, CN = Old'");
	assert_fault(approval_ask(approval, &captures, &why), &why, FAULT_UNAPPROVED, pin);
	options.ask = ask;
	answer = true;
	assert_ok(approval_make(&options, &asking, &why), &why);
	assert_ok(approval_ask(asking, &captures, &why), &why);
	assert_non_null(strstr(asked, "also removes 'O = Trustfix Test, CN = Old'"));
	free((char *)(uintptr_t)asked);
	asked = NULL;
}

static void a_person_sees_the_fingerprint_and_decides(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_free char *pin = pin_of(root.cert, false);
	struct names none = NAMES_INIT;
	char note[] = "a file beside it goes in as well";
	char *notes[] = {note};
	const struct names more = {notes, 1};
	struct approval_options options = {
		.pins = &none, .ask = ask, .targets_n = 3, .notes = &more};
	struct fault why = FAULT_INIT;

	(void)state;
	answer = false;
	assert_fault(approve(&options, root.cert, &why), &why, FAULT_UNAPPROVED, "not approved");
	assert_non_null(strstr(asked, "1 of 3 targets"));
	assert_non_null(strstr(asked, pin + strlen("sha256:")));
	assert_non_null(strstr(asked, "CN = Root"));
	assert_non_null(strstr(asked, "  note     a file beside it goes in as well\n"));
	answer = true;
	assert_ok(approve(&options, root.cert, &why), &why);
	free((char *)(uintptr_t)asked);
	asked = NULL;
}

static void a_lock_file_is_written_and_then_compared(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	char path[] = "/tmp/trustfix-lock-XXXXXX";
	struct names none = NAMES_INIT;
	const struct advice command_line = {.command = "install"};
	struct approval_options options = {.pins = &none, .lock = path, .advice = &command_line};
	struct fault why = FAULT_INIT;

	(void)state;
	close(mkstemp(path));
	assert_fault(approve(&options, root.cert, &why), &why, FAULT_FORMAT, "lock file");
	options.update_lock = true;
	assert_fault(approve(&options, root.cert, &why), &why, FAULT_UNAPPROVED,
		"is not approved; nothing was changed");
	options.trust_on_first_use = true;
	assert_ok(approve(&options, root.cert, &why), &why);
	options.update_lock = false;
	options.trust_on_first_use = false;
	assert_ok(approve(&options, root.cert, &why), &why);
	assert_fault(approve(&options, other.cert, &why), &why, FAULT_UNAPPROVED, "is not the one");
	unlink(path);
}

static void a_quorum_counts_owners_and_no_pin_replaces_it(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_cas captures = capture_of(root.cert);
	struct names none = NAMES_INIT;
	struct approval_options options = {
		.pins = &none, .trust_on_first_use = true, .targets_n = 3, .quorum = 2};
	auto_approval approval = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(approval_make(&options, &approval, &why), &why);
	assert_ok(names_add(&captures.at->owners, "a.test", &why), &why);
	assert_fault(approval_ask(approval, &captures, &why), &why, FAULT_UNAPPROVED,
		"1 owner only, and --quorum demands 2");
	assert_ok(names_add(&captures.at->owners, "b.test", &why), &why);
	assert_ok(approval_ask(approval, &captures, &why), &why);
}

static void updating_a_lock_needs_a_lock(void **state)
{
	struct names none = NAMES_INIT;
	struct approval_options options = {.pins = &none, .update_lock = true};
	auto_approval approval = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(approval_make(&options, &approval, &why), &why, FAULT_USAGE, "--lock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pin_of_the_certificate_or_its_key_approves),
		cmocka_unit_test(a_pin_fits_to_its_last_digit),
		cmocka_unit_test(every_ca_needs_a_yes_of_its_own),
		cmocka_unit_test(a_pin_that_is_none_is_a_usage_fault),
		cmocka_unit_test(without_anybody_to_ask_nothing_is_approved),
		cmocka_unit_test(first_use_replaces_nothing_that_was_approved),
		cmocka_unit_test(a_person_sees_the_fingerprint_and_decides),
		cmocka_unit_test(a_lock_file_is_written_and_then_compared),
		cmocka_unit_test(a_quorum_counts_owners_and_no_pin_replaces_it),
		cmocka_unit_test(updating_a_lock_needs_a_lock),
	};

	return run_group("approve", tests);
}
