/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/dial.h"
#include "tests/unit/tf_cmocka.h"

/* Where a peer's certificate may send us: IANA's special-purpose registries of both families. */
static void each_address_has_its_reach(void **state)
{
	static const struct {
		const char *ip;
		enum dial_reach reach;
	} rows[] = {
		{"0.1.2.3", DIAL_NEVER},
		{"169.253.255.255", DIAL_ANYWHERE},
		{"169.254.169.254", DIAL_NEVER},
		{"224.0.0.1", DIAL_NEVER},
		{"255.255.255.255", DIAL_NEVER},
		{"127.255.0.1", DIAL_NEAR},
		{"10.0.0.1", DIAL_NEAR},
		{"11.0.0.1", DIAL_ANYWHERE},
		{"172.15.255.255", DIAL_ANYWHERE},
		{"172.31.255.255", DIAL_NEAR},
		{"192.168.1.1", DIAL_NEAR},
		{"192.169.1.1", DIAL_ANYWHERE},
		{"100.64.0.1", DIAL_NEAR},
		{"100.128.0.1", DIAL_ANYWHERE},
		{"192.0.2.1", DIAL_ANYWHERE},
		{"::", DIAL_NEVER},
		{"::1", DIAL_NEAR},
		{"::2", DIAL_NEVER},
		{"fe80::1", DIAL_NEVER},
		{"febf::1", DIAL_NEVER},
		{"fec0::1", DIAL_NEAR},
		{"ff02::1", DIAL_NEVER},
		{"fd12::1", DIAL_NEAR},
		{"2001:db8::1", DIAL_ANYWHERE},
		{"::ffff:169.254.169.254", DIAL_NEVER},
		{"::ffff:127.0.0.1", DIAL_NEAR},
		{"::ffff:192.0.2.1", DIAL_ANYWHERE},
		{"64:ff9b::10.0.0.1", DIAL_NEAR},
		{"64:ff9b::192.0.2.1", DIAL_ANYWHERE},
		{"::10.0.0.1", DIAL_NEAR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (dial_reach_of(rows[i].ip) != rows[i].reach)
			fail_msg("'%s': %u", rows[i].ip, dial_reach_of(rows[i].ip));
}

static void an_address_is_looked_up_as_itself(void **state)
{
	static const char *const ips[] = {"192.0.2.1", "2001:db8::1"};
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct dial_addresses found = {.n = 0};
		enum probe_family other = i ? PROBE_IPV4 : PROBE_IPV6;
		char text[DIAL_ADDRESS_LEN];

		assert_ok(
			dial_lookup(ips[i], 443, PROBE_ANY, deadline_in(1000), &found, &why), &why);
		assert_int_equal(found.n, 1);
		dial_address_text(&found.at[0], text);
		assert_string_equal(text, ips[i]);
		assert_fault(dial_lookup(ips[i], 443, other, deadline_in(1000), &found, &why), &why,
			FAULT_PEER, "cannot look up");
		fault_clear(&why);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_its_reach),
		cmocka_unit_test(an_address_is_looked_up_as_itself),
	};

	return run_group("dial", tests);
}
