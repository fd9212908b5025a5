/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "src/diagnose/interceptors.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/tf_cmocka.h"

static const struct {
	const char *issuer;
	const char *product; /* NULL: unknown */
} rows[] = {
	{"Zscaler Intermediate Root CA (zscalerthree.net) (t) ", "Zscaler"},
	{"zscaler root ca", "Zscaler"},
	{"ca.corp.eu.goskope.com", "Netskope"},
	{"Cisco Umbrella Secondary SubCA ams-SG", "Cisco Umbrella"},
	{"Gateway CA - Cloudflare Managed G1 0123456789abcdef", "Cloudflare Gateway"},
	{"FortiGate CA", "Fortinet FortiGate"},
	{"ESET SSL Filter CA", "ESET"},
	{"avast! Web/Mail Shield Root", "Avast"},
	{"mitmproxy", "mitmproxy"},
	{"Charles Proxy CA (1 Jan 2026, host)", "Charles"},
	{"DO_NOT_TRUST_FiddlerRoot", "Fiddler"},
	{"PortSwigger CA", "Burp Suite"},
	{"Docker Sandboxes Proxy CA", "Docker Sandboxes"},
	{"iboss Network Security", "iboss"},
	{"Giboss CA", NULL},
	{"squid.local", "squid ssl-bump"},
	{"not mitmproxy at all", NULL},
	{"Corporate Root", NULL},
};

static void issuers_get_their_label(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_made root = make_cert(&(struct recipe){.cn = rows[i].issuer, .is_ca = true});
		auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
		auto_certs chain = make_certs(leaf.cert, NULL);
		const struct interceptor *found = interceptor_of(&chain);

		if (!found != !rows[i].product ||
			(found && strcmp(found->product, rows[i].product) != 0))
			fail_msg("'%s': %s", rows[i].issuer, found ? found->product : "none");
	}
}

static void the_leafs_own_name_does_not_count(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "mitmproxy", .issuer = &root});
	auto_certs chain = make_certs(leaf.cert, root.cert, NULL);

	(void)state;
	assert_null(interceptor_of(&chain));
}

static void debugging_proxies_are_marked(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "mitmproxy", .is_ca = true});
	auto_certs chain = make_certs(root.cert, NULL);

	(void)state;
	assert_int_equal(interceptor_of(&chain)->class, INTERCEPTOR_DEBUG);
	assert_non_null(interceptor_of(&chain)->root_hint);
}

static void a_proxy_that_distrusts_the_server_is_a_refusal(void **state)
{
	static const struct {
		const char *issuer;
		bool refuses;
	} names[] = {
		{"Fortinet Untrusted CA", true},
		{"fortinet_ca_untrusted", true},
		{"Forward-Untrust-CA", true},
		{"Forward UnTrust", true},
		{"SSLProxyUntrust", true},
		{"PA-Untrust-CA", true},
		{"Norton Web/Mail Shield Untrusted Root", true},
		{"Corp Untrusted CA", true},
		{"PA-Untrusted", true},
		{"decrypt_untrusted_ca", true},
		{"SSL Forward Proxy Untrusted Cert", true},
		{"Untrusted Issuer CA", true},
		{"Inspection CA (untrusted)", true},
		{"Corp NotTrusted CA", true},
		{"Corp Not-Trusted CA", true},
		{"Fwd UnTrust Cert 2025", true},
		{"Untrusting Parties CA", false},
		{"Fortinet_CA_SSL", false},
		{"Forward-Trust-CA", false},
		{"Norton Web/Mail Shield Root", false},
		{"BadSSL Untrusted Root Certificate Authority", false},
		{"DO_NOT_TRUST_FiddlerRoot", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_made root = make_cert(&(struct recipe){.cn = names[i].issuer, .is_ca = true});
		auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
		auto_certs chain = make_certs(leaf.cert, NULL);
		struct fault why = FAULT_INIT;

		if ((interceptor_check_refusal(&chain, &why) < 0) != names[i].refuses)
			fail_msg("'%s'", names[i].issuer);
	}
}

static void squids_distrust_is_a_refusal(void **state)
{
	auto_made no = make_cert(&(struct recipe){.cn = "Not trusted by \"Corp\"", .is_ca = true});
	auto_made yes = make_cert(&(struct recipe){.cn = "Trusted by \"Corp\"", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &no});
	auto_certs bad = make_certs(leaf.cert, NULL);
	auto_certs good = make_certs(yes.cert, NULL);
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(interceptor_check_refusal(&bad, &why), &why, FAULT_REFUSED,
		"Not trusted by \"Corp\"");
	assert_ok(interceptor_check_refusal(&good, &why), &why);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(issuers_get_their_label),
		cmocka_unit_test(the_leafs_own_name_does_not_count),
		cmocka_unit_test(debugging_proxies_are_marked),
		cmocka_unit_test(a_proxy_that_distrusts_the_server_is_a_refusal),
		cmocka_unit_test(squids_distrust_is_a_refusal),
	};

	return run_group("interceptors", tests);
}
