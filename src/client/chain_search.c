/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "src/client/chain_search.h"
#include "src/x509/ossl.h"

void verification_refuse(struct verification *ret, int error, const char *reason, X509 *whom)
{
	auto_free char *name = whom ? ossl_name_text(X509_get_subject_name(whom)) : NULL;

	*ret = (struct verification){.error = error};
	snprintf(ret->why, sizeof(ret->why), "%s%s%s%s", reason, name ? ": '" : "",
		name ? name : "", name ? "'" : "");
}

bool chain_search_keys_differ(X509 *above, X509 *below)
{
	const ASN1_OCTET_STRING *have = above ? X509_get0_subject_key_id(above) : NULL;
	const ASN1_OCTET_STRING *want = below ? X509_get0_authority_key_id(below) : NULL;

	return have && want && ASN1_OCTET_STRING_cmp(have, want) != 0;
}

bool chain_search_names_match(
	const struct client_row *client, struct cert *above, struct cert *below)
{
	/* Names that match for any client also match for OpenSSL, whose check is faster. */
	return cert_names_match(above, below) &&
	       (client->names == DN_OPENSSL ||
		       dn_same(above->subject.der, below->issuer.der, client->names));
}

/* Does the name match, and is the signature good?  Counts signature checks. */
static bool issued(struct chain_search *search, struct cert *above, struct cert *below)
{
	if (search->checks_left == 0 || !chain_search_names_match(search->client, above, below))
		return false;
	search->checks_left--;
	return cert_issued(above, below);
}

void chain_search_refuse(
	struct chain_search *search, int error, const char *reason, struct cert *whom)
{
	if (search->ret->error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
		verification_refuse(search->ret, error, reason, cert_x509(whom));
}

bool chain_search_holds(struct chain_search *search)
{
	const struct client_row *client = search->client;
	struct step step = {
		.path = search->path, .at = search->it->at, .demands = &client->demands};

	while (step.n < search->n) {
		size_t i = step.n++;
		rule_set set = search->n == 1       ? client->alone
			       : i == 0             ? client->leaf
			       : step.n < search->n ? client->middle
			       : search->n > 2      ? client->anchor | search->anchor_too
						    : client->anchor;
		enum rule broken = rules_broken(set, &step);

		if (broken == RULES)
			continue;
		chain_search_refuse(search, client_rules[broken].error, client_rules[broken].text,
			search->path[i]);
		return false;
	}
	*search->ret = (struct verification){.trusts = true, .anchor = search->path[search->n - 1]};
	return true;
}

/* Go considers two certificates with the same name and key equal (alreadyInChain). */
static bool is_on_path(const struct chain_search *search, struct cert *cert)
{
	for (size_t i = 0; i < search->n; i++)
		if (bytes_same(cert->subject.der, search->path[i]->subject.der) &&
			cert_same_key(cert, search->path[i]))
			return true;
	return false;
}

/* Does the path with this anchor at its end satisfy the rules? */
static bool ends_at(struct chain_search *search, struct cert *anchor)
{
	bool does;

	search->path[search->n++] = anchor;
	does = chain_search_holds(search);
	search->n--;
	return does;
}

static bool climb(struct chain_search *search)
{
	struct cert *top = search->path[search->n - 1];
	const struct certs *chain = search->it->chain;
	bool there = false;

	if (search->n == LIMIT_VERIFY_DEPTH)
		return false;
	if (search->client->cas_max && search->n - 1 > search->client->cas_max) {
		chain_search_refuse(search, X509_V_ERR_CERT_CHAIN_TOO_LONG,
			X509_verify_cert_error_string(X509_V_ERR_CERT_CHAIN_TOO_LONG), top);
		return false;
	}
	for (size_t i = 0; i < search->anchors->n && !there; i++)
		there = issued(search, search->anchors->at[i], top) &&
			ends_at(search, search->anchors->at[i]);
	for (size_t i = 1; i < chain->n && !there; i++) {
		if (is_on_path(search, chain->at[i]) || !issued(search, chain->at[i], top))
			continue;
		search->path[search->n++] = chain->at[i];
		there = climb(search);
		search->n--;
	}
	return there;
}

void chain_search_webpki(struct chain_search *search)
{
	search->path[0] = search->it->chain->at[0];
	search->n = 1;
	climb(search);
}

/* The leaf is itself an anchor. */
static void hold_alone(struct chain_search *search)
{
	search->path[0] = search->it->chain->at[0];
	search->n = 1;
	chain_search_holds(search);
}

void chain_search_go(struct chain_search *search)
{
	if (certs_hold(search->anchors, search->it->chain->at[0]))
		hold_alone(search);
	else
		chain_search_webpki(search);
}

/* ---- Java ------------------------------------------------------------------------------------ */

/* Is it an anchor, or does it have an anchor's name and key? */
static bool is_trusted(const struct chain_search *search, struct cert *cert)
{
	for (size_t i = 0; i < search->anchors->n; i++) {
		struct cert *anchor = search->anchors->at[i];

		if (cert_same(anchor, cert) ||
			(cert_same_key(anchor, cert) &&
				dn_same(anchor->subject.der, cert->subject.der, DN_JAVA)))
			return true;
	}
	return false;
}

/*
 * AdaptableX509CertSelector compares the key identifiers if both certificates have one, and the
 * serial number if the child names it and the anchor has version 3.
 */
static bool is_selected(struct cert *anchor, struct cert *below)
{
	X509 *above = cert_x509(anchor), *child = cert_x509(below);
	const ASN1_INTEGER *serial = child ? X509_get0_authority_serial(child) : NULL;

	return above && !chain_search_keys_differ(above, child) &&
	       (!serial || X509_get_version(above) < X509_VERSION_3 ||
		       ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(above)) == 0);
}

/* Try the first `n` certificates of the chain, as sent, with each anchor above them. */
static void validate(struct chain_search *search, size_t n)
{
	const struct certs *chain = search->it->chain;
	bool signatures = n < LIMIT_VERIFY_DEPTH;

	for (size_t i = 0; i < n && signatures; i++) {
		search->path[i] = chain->at[i];
		signatures = i == 0 || cert_issued(chain->at[i], chain->at[i - 1]);
	}
	search->n = n;
	for (size_t i = 0; i < search->anchors->n && signatures; i++) {
		struct cert *anchor = search->anchors->at[i];

		if (is_selected(anchor, chain->at[n - 1]) &&
			issued(search, anchor, chain->at[n - 1]) && ends_at(search, anchor))
			return;
	}
	chain_search_refuse(search, X509_V_ERR_CERT_SIGNATURE_FAILURE, "no trust anchor signed it",
		chain->at[n - 1]);
}

void chain_search_java(struct chain_search *search)
{
	const struct client_row *client = search->client;
	const struct certs *chain = search->it->chain, *anchors = search->anchors;
	size_t n = 1;

	if (is_trusted(search, chain->at[0])) {
		hold_alone(search);
		return;
	}
	while (n < chain->n && chain_search_names_match(client, chain->at[n], chain->at[n - 1]) &&
		!is_trusted(search, chain->at[n]))
		n++;
	if (n < chain->n && chain_search_names_match(client, chain->at[n], chain->at[n - 1])) {
		validate(search, n);
		return;
	}
	for (size_t i = 0; i < anchors->n && n == chain->n; i++)
		if (chain_search_names_match(client, anchors->at[i], chain->at[n - 1])) {
			validate(search, n);
			return;
		}
	/*
	 * sun.security.provider.certpath.ForwardBuilder, getMatchingCACerts(): for its first query,
	 * the anchors that issued the leaf, the selector has no date.  It gets one then, and keeps
	 * it for all later queries.
	 */
	search->anchor_too = RULES_OF_DATES;
	chain_search_webpki(search);
}
