/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/connect.h"
#include "tests/unit/tf_cmocka.h"

/* Where a peer's certificate may send us: IANA's special-purpose registries of both families. */
static void each_address_has_its_reach(void **state)
{
	static const struct {
		const char *ip;
		enum connect_reach reach;
	} rows[] = {
		{"0.1.2.3", CONNECT_NEVER},
		{"169.253.255.255", CONNECT_ANYWHERE},
		{"169.254.169.254", CONNECT_NEVER},
		{"224.0.0.1", CONNECT_NEVER},
		{"255.255.255.255", CONNECT_NEVER},
		{"127.255.0.1", CONNECT_LOOPBACK},
		{"localhost", CONNECT_LOOPBACK},
		{"x.LOCALHOST", CONNECT_LOOPBACK},
		{"notlocalhost", CONNECT_ANYWHERE},
		{"10.0.0.1", CONNECT_PRIVATE},
		{"11.0.0.1", CONNECT_ANYWHERE},
		{"172.15.255.255", CONNECT_ANYWHERE},
		{"172.31.255.255", CONNECT_PRIVATE},
		{"192.168.1.1", CONNECT_PRIVATE},
		{"192.169.1.1", CONNECT_ANYWHERE},
		{"100.64.0.1", CONNECT_PRIVATE},
		{"100.128.0.1", CONNECT_ANYWHERE},
		{"192.0.2.1", CONNECT_ANYWHERE},
		{"::", CONNECT_NEVER},
		{"::1", CONNECT_LOOPBACK},
		{"::2", CONNECT_NEVER},
		{"fe80::1", CONNECT_NEVER},
		{"febf::1", CONNECT_NEVER},
		{"fec0::1", CONNECT_PRIVATE},
		{"ff02::1", CONNECT_NEVER},
		{"fd12::1", CONNECT_PRIVATE},
		{"2001:db8::1", CONNECT_ANYWHERE},
		{"::ffff:169.254.169.254", CONNECT_NEVER},
		{"::ffff:127.0.0.1", CONNECT_LOOPBACK},
		{"::ffff:192.0.2.1", CONNECT_ANYWHERE},
		{"64:ff9b::10.0.0.1", CONNECT_PRIVATE},
		{"64:ff9b:1::10.0.0.1", CONNECT_PRIVATE},
		{"64:ff9b::192.0.2.1", CONNECT_ANYWHERE},
		{"::10.0.0.1", CONNECT_PRIVATE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (connect_reach_of(rows[i].ip) != rows[i].reach)
			fail_msg("'%s': %u", rows[i].ip, connect_reach_of(rows[i].ip));
}

static void an_address_is_looked_up_as_itself(void **state)
{
	static const char *const ips[] = {"192.0.2.1", "2001:db8::1"};
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct addresses found = {.n = 0};
		enum probe_family other = i ? PROBE_IPV4 : PROBE_IPV6;
		struct url of = {.host = (char *)ips[i], .port = 443};
		char text[CONNECT_IP_LEN];

		assert_ok(connect_lookup(
				  &of, PROBE_ANY, CONNECT_NEVER, deadline_in(1000), &found, &why),
			&why);
		assert_int_equal(found.n, 1);
		connect_ip(&found.at[0], text);
		assert_string_equal(text, ips[i]);
		assert_fault(
			connect_lookup(&of, other, CONNECT_NEVER, deadline_in(1000), &found, &why),
			&why, FAULT_PEER, "cannot look up");
		fault_clear(&why);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_its_reach),
		cmocka_unit_test(an_address_is_looked_up_as_itself),
	};

	return run_group("connect", tests);
}
