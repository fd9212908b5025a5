/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/evidence.h"

#include <string.h>

#include "src/base/text.h"
#include "src/diagnose/owner.h"
#include "src/x509/ossl.h"
#include "src/x509/chain_build.h"

#define DAY_S ((time_t)86400)
#define FRESH_S (2 * DAY_S)
#define SHORT_S (31 * DAY_S)

bool evidence_is_public(const struct certs *path, const struct interceptor *label)
{
	/* A self-signed certificate that only shares a public root's name is an impostor. */
	bool by_name = !label && !cert_is_self_signed(path_top(path));

	for (size_t i = 0; i < path->n; i++)
		if (path->at[i]->is_public_root || (by_name && cert_issuer_is_public(path->at[i])))
			return true;
	return false;
}

bool evidence_has_scts(struct cert *cert)
{
	struct fault unread = FAULT_INIT;
	X509 *x509 = NULL;

	return cert_parse(cert, &x509, &unread) == 0 &&
	       X509_get_ext_by_NID(x509, NID_ct_precert_scts, -1) >= 0;
}

static bool in_list(const char *const *list, const char *text)
{
	for (; *list; list++)
		if (text_same(*list, text))
			return true;
	return false;
}

bool evidence_is_known_site(const char *host)
{
	static const char *const sites[] = {"amazonaws.com", "apple.com", "cloudflare.com",
		"debian.org", "docker.io", "github.com", "githubusercontent.com", "google.com",
		"googleapis.com", "maven.org", "microsoft.com", "mozilla.org", "npmjs.org",
		"pypi.org", "pythonhosted.org", "ubuntu.com", "wikipedia.org", NULL};

	for (const char *at = host; at; at = strchr(at, '.'), at = at ? at + 1 : NULL)
		if (in_list(sites, at))
			return true;
	return false;
}

/* Hosts (exact names) that support h2. */
static bool speaks_h2(const char *host)
{
	static const char *const sites[] = {"pypi.org", "files.pythonhosted.org", "github.com",
		"api.github.com", "registry.npmjs.org", "www.google.com", "www.cloudflare.com",
		"en.wikipedia.org", NULL};

	return in_list(sites, host);
}

int evidence_collect(const struct probe *probe, const struct diagnose_facts *facts,
	const struct interceptor *label, struct evidence *ret, struct fault *why)
{
	struct cert *leaf = facts->path->at[0];
	auto_cert_facts leaf_facts = {0};
	auto_cert_facts top = {0};
	struct names *told = &ret->told;
	struct fault refusal = FAULT_INIT;
	char when[TEXT_TIME_LEN];
	int rc = 0;

	if (cert_facts_make(leaf, &leaf_facts, why) ||
		cert_facts_make(path_top(facts->path), &top, why))
		return -1;
	if (label) {
		ret->strong++;
		rc |= names_addf(
			told, why, "vendor label: the issuer's name is that of %s", label->product);
	}
	if (interceptor_check_refusal(facts->path, &refusal)) {
		ret->strong++;
		rc |= names_addf(told, why,
			"the issuer's name says that the proxy does not trust the server");
	}
	if (facts->same_ca_n) {
		ret->strong++;
		rc |= names_addf(told, why, "same CA for unrelated hosts: %zu other %s",
			facts->same_ca_n,
			facts->same_ca_n == 1 ? "target presents the same CA key"
					      : "targets present the same CA key");
	}
	if (evidence_is_known_site(probe->host)) {
		ret->strong++;
		rc |= names_addf(told, why, "a private CA for '%s', a site that uses a public CA",
			probe->host);
	}
	rc |= names_addf(told, why, "no public root above it: it leads to '%s'", top.issuer);

	time_t age = facts->at - leaf_facts.not_before;
	time_t life = leaf_facts.not_after - leaf_facts.not_before;
	if ((age >= 0 && age < FRESH_S) || (life >= 0 && life <= SHORT_S)) {
		ret->weak++;
		text_time(leaf_facts.not_before, when);
		rc |= names_addf(told, why, "freshly minted leaf: valid since %s, for %lld days",
			when, (long long)(life / DAY_S));
	}
	if (owner_of(probe->host, probe->host_is_ip) != owner_private && !evidence_has_scts(leaf)) {
		ret->weak++;
		rc |= names_addf(told, why,
			"no embedded SCTs, which public CAs put into a certificate for '%s'",
			probe->host);
	}
	if (probe->completed && speaks_h2(probe->host) &&
		!(probe->alpn && text_same(probe->alpn, "h2"))) {
		ret->weak++;
		rc |= names_addf(told, why, "ALPN h2 gone: '%s' speaks it", probe->host);
	}
	return rc ? -1 : 0;
}
