/* SPDX-License-Identifier: Apache-2.0 */
/* A chain as a peer may send it, one certificate behind the other, through everything that looks at
 * it. */
#include "src/base/limits.h"
#include "src/x509/der.h"
#include "src/client/verify.h"
#include "src/client/lint.h"
#include "src/x509/chain_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void look_at(struct cert *cert)
{
	auto_cert_facts facts = {0};
	auto_names names = NAMES_INIT;
	struct fault why = FAULT_INIT;
	uint32_t hash;

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
	struct bytes in = bytes_make(bytes, len);
	auto_certs chain = CERTS_INIT;
	auto_certs path = CERTS_INIT;
	struct verify_case it = {&chain, &chain, "a.test", 1800000000};
	struct verification verification;
	struct fault why = FAULT_INIT;
	struct der der;

	while (in.left && chain.n < LIMIT_CHAIN_N && der_take(&in, &der)) {
		auto_cert cert = NULL;

		if (cert_make(der.at, der.len, &cert, &why) < 0)
			fault_clear(&why);
		else if (certs_add(&chain, cert, &why) == 0)
			look_at(cert);
	}
	chain_build(&chain, NULL, it.at, &path, &why);
	fault_clear(&why);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_verify(&it, (enum client)i, &verification, &why);
	return 0;
}
