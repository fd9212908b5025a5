/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/obj_mac.h>
#include <openssl/ssl.h>

#include "src/client/clients.h"
#include "src/client/hello.h"
#include "tests/unit/tf_cmocka.h"

static const struct handshake good = {.version = TLS1_2_VERSION,
	.cipher = "ECDHE-RSA-AES128-GCM-SHA256",
	.cipher_nid = NID_aes_128_gcm,
	.group = "X25519",
	.digest = "SHA256",
	.renegotiates_safely = true,
	.certs_len = 3000};

static void no_client_has_anything_against_a_good_handshake(void **state)
{
	static const struct handshake none;

	(void)state;
	assert_true(handshake_suits_all(&good));
	for (enum hello_kind i = 0; i < HELLOS; i++) {
		assert_int_equal(hello_flaws(&hellos[i], &good), 0);
		assert_int_equal(hello_flaws(&hellos[i], &none), 0);
	}
}

/* Which clients have what against a handshake that differs in one thing. */
static void each_flaw_stops_the_clients_that_were_measured(void **state)
{
	struct handshake old = good, sha1 = good, dh = good, legacy = good, large = good;
	const struct {
		const struct handshake *it;
		unsigned flaw;
		const char *by; /* the clients, by the first letter of their row: OPNTGgJjW */
	} rows[] = {
		{&old, FLAW_BIT(FLAW_VERSION), "OPNGgJjW"},
		{&sha1, FLAW_BIT(FLAW_SHA1), "OPNgjW"},
		{&dh, FLAW_BIT(FLAW_DH), "OPNTJj"},
		{&legacy, FLAW_BIT(FLAW_RENEGOTIATION), "OPN"},
		{&large, FLAW_BIT(FLAW_SIZE), "GgJjW"},
	};
	static const char letters[] = "-OPNTGgJjW";

	(void)state;
	old.version = TLS1_1_VERSION;
	sha1.digest = "SHA1";
	dh.dh_bits = 768;
	legacy.renegotiates_safely = false;
	large.certs_len = 70000;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (enum hello_kind k = HELLO_NONE + 1; k < HELLOS; k++)
			if (hello_flaws(&hellos[k], rows[i].it) !=
				(strchr(rows[i].by, letters[k]) ? rows[i].flaw : 0))
				fail_msg("row %zu, %c", i, letters[k]);
	assert_false(handshake_suits_all(&old));
	assert_false(handshake_suits_all(&sha1));
}

static void every_client_makes_handshakes(void **state)
{
	(void)state;
	for (enum client i = 0; i < CLIENTS; i++) {
		assert_true(clients[i].hello != HELLO_NONE);
		assert_true(!clients[i].new_from == (clients[i].hello_new == HELLO_NONE));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_client_has_anything_against_a_good_handshake),
		cmocka_unit_test(each_flaw_stops_the_clients_that_were_measured),
		cmocka_unit_test(every_client_makes_handshakes),
	};

	return run_group("hello", tests);
}
