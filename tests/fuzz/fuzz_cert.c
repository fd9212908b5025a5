/* SPDX-License-Identifier: Apache-2.0 */
/* A chain as a peer may send it, one certificate behind the other, through everything that looks at
 * it. */
#include <stdlib.h>

#include "src/base/limits.h"
#include "src/client/chain_search.h"
#include "src/client/lint.h"
#include "src/x509/chain_build.h"
#include "src/x509/der.h"
#include "src/x509/hostname.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Two names are the same whichever is named first, and the same bytes are the same to everybody. */
static void compare(struct bytes a, struct bytes b)
{
	for (enum dn_habit habit = DN_BYTES; habit <= DN_GNUTLS; habit++) {
		bool same = dn_same(a, b, habit);

		if (same != dn_same(b, a, habit) || (dn_same(a, b, DN_BYTES) && !same))
			abort();
	}
}

static void match(X509 *x509)
{
	static const char *const names[] = {"a.test", "b.a.test", "test", "192.0.2.1", "a_b.test"};

	for (size_t i = 0; x509 && i < sizeof(names) / sizeof(names[0]); i++)
		for (unsigned habits = 0; habits < 1024; habits += 73)
			hostname_matches(x509, names[i], habits);
}

static void look_at(struct cert *cert)
{
	auto_free char *label = NULL;
	auto_cert_facts facts = {0};
	auto_names names = NAMES_INIT;
	struct fault why = FAULT_INIT;
	uint32_t hash;

	compare(cert->subject.der, cert->issuer.der);
	match(cert_x509(cert));
	cert_label(cert, 64, &label, &why);
	fault_clear(&why);
	cert_subject_hash(cert, &hash, &why);
	fault_clear(&why);
	cert_facts_make(cert, &facts, &why);
	fault_clear(&why);
	lint_anchor(cert, LINT_SELF_SIGNED_ONLY, 1800000000, &why);
	fault_clear(&why);
	lint_clients(cert, &names, &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct bytes in = bytes_make(bytes, len), numbers = in;
	auto_certs chain = CERTS_INIT;
	auto_certs path = CERTS_INIT;
	struct certs above = CERTS_INIT;
	struct verify_case it = {&chain, &chain, "a.test", 1800000000};
	struct verification verification;
	struct fault why = FAULT_INIT;
	struct der der;
	uint64_t number;

	while (numbers.left && der_take_number(&numbers, &number))
		continue;
	while (in.left && chain.n < LIMIT_CHAIN_N && der_take(&in, &der)) {
		auto_cert cert = NULL;

		if (cert_make(der.at, der.len, &cert, &why) < 0)
			fault_clear(&why);
		else if (certs_add(&chain, cert, &why) == 0)
			look_at(cert);
	}
	chain_build(&chain, NULL, it.at, &path, &why);
	fault_clear(&why);
	/* Where the leaf is an anchor itself, and where it is not. */
	if (chain.n)
		above = (struct certs){chain.at + 1, chain.n - 1, NULL};
	for (enum client client = 0; client < CLIENTS; client++) {
		it.anchors = &chain;
		client_verify(&it, client, &verification, &why);
		it.anchors = &above;
		client_verify(&it, client, &verification, &why);
	}
	return 0;
}
