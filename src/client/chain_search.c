/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/chain_search.h"

#include <stdio.h>
#include <string.h>

#include "src/x509/ossl.h"

X509 *chain_search_x509(struct cert *cert)
{
	struct fault why = FAULT_INIT;
	X509 *x509;

	return cert_parse(cert, &x509, &why) == 0 ? x509 : NULL;
}

void verification_refuse(struct verification *ret, int error, const char *reason, X509 *whom)
{
	auto_free char *name = whom ? ossl_name_text(X509_get_subject_name(whom)) : NULL;

	*ret = (struct verification){.error = error};
	snprintf(ret->why, sizeof(ret->why), "%s%s%s%s", reason, name ? ": '" : "",
		name ? name : "", name ? "'" : "");
}

static struct bytes subject_of(const struct cert *cert)
{
	size_t len;
	const uint8_t *at = cert_subject_der(cert, &len);

	return bytes_make(at, len);
}

static struct bytes issuer_of(const struct cert *cert)
{
	size_t len;
	const uint8_t *at = cert_issuer_der(cert, &len);

	return bytes_make(at, len);
}

bool chain_search_names_match(
	const struct client_row *client, struct cert *above, struct cert *below)
{
	/* What is the same to any of them is the same to OpenSSL, which knows it faster. */
	return cert_names_match(above, below) &&
	       (client->names == DN_OPENSSL ||
		       dn_same(subject_of(above), issuer_of(below), client->names));
}

/* The name fits and the signature is good; counted. */
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
		verification_refuse(
			search->ret, error, reason, whom ? chain_search_x509(whom) : NULL);
}

static rule_set rules_at(const struct chain_search *search, size_t i)
{
	if (search->n == 1)
		return search->client->alone;
	if (i == 0)
		return search->client->leaf;
	if (i + 1 < search->n)
		return search->client->middle;
	return search->client->anchor | (search->n > 2 ? search->anchor_too : 0);
}

bool chain_search_holds(struct chain_search *search)
{
	struct step step = {
		.path = search->path, .at = search->it->at, .demands = &search->client->demands};

	for (size_t i = 0; i < search->n; i++) {
		enum rule broken;

		step.n = i + 1;
		broken = rules_broken(rules_at(search, i), &step);
		if (broken == RULES)
			continue;
		chain_search_refuse(search, rule_error(broken), rule_text(broken), search->path[i]);
		return false;
	}
	*search->ret = (struct verification){.trusts = true, .anchor = search->path[search->n - 1]};
	return true;
}

/* Go counts the same name with the same key as the same (alreadyInChain). */
static bool is_on_way(const struct chain_search *search, struct cert *cert)
{
	size_t len, other_len;
	const uint8_t *subject = cert_subject_der(cert, &len);

	for (size_t i = 0; i < search->n; i++) {
		const uint8_t *other = cert_subject_der(search->path[i], &other_len);

		if (len == other_len && memcmp(subject, other, len) == 0 &&
			cert_same_key(cert, search->path[i]))
			return true;
	}
	return false;
}

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
		if (is_on_way(search, chain->at[i]) || !issued(search, chain->at[i], top))
			continue;
		search->path[search->n++] = chain->at[i];
		there = climb(search);
		search->n--;
	}
	return there;
}

void chain_search_start(struct chain_search *search)
{
	search->path[0] = search->it->chain->at[0];
	search->n = 1;
}

void chain_search_go(struct chain_search *search)
{
	chain_search_start(search);
	if (certs_hold(search->anchors, search->path[0]))
		chain_search_holds(search);
	else
		climb(search);
}

void chain_search_webpki(struct chain_search *search)
{
	chain_search_start(search);
	climb(search);
}

/* One that is trusted, or has the name and the key of one. */
static bool is_trusted(const struct chain_search *search, struct cert *cert)
{
	for (size_t i = 0; i < search->anchors->n; i++) {
		struct cert *anchor = search->anchors->at[i];

		if (cert_same(anchor, cert) ||
			(cert_same_key(anchor, cert) &&
				dn_same(subject_of(anchor), subject_of(cert), DN_JAVA)))
			return true;
	}
	return false;
}

/* AdaptableX509CertSelector: the key identifier where both have one, and the serial number where
 * the child names it; the last of version 3 only. */
static bool is_selected(struct cert *anchor, struct cert *below)
{
	X509 *above = chain_search_x509(anchor), *child = chain_search_x509(below);
	const ASN1_OCTET_STRING *have = above ? X509_get0_subject_key_id(above) : NULL;
	const ASN1_OCTET_STRING *want = child ? X509_get0_authority_key_id(child) : NULL;
	const ASN1_INTEGER *serial = child ? X509_get0_authority_serial(child) : NULL;

	if (have && want && ASN1_OCTET_STRING_cmp(have, want) != 0)
		return false;
	return above && (!serial || X509_get_version(above) < X509_VERSION_3 ||
				ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(above)) == 0);
}

/* The chain as sent, up to `n`, with the anchors above it. */
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

static bool has_issuer_name(const struct chain_search *search, struct cert *cert)
{
	for (size_t i = 0; i < search->anchors->n; i++)
		if (chain_search_names_match(search->client, search->anchors->at[i], cert))
			return true;
	return false;
}

/*
 * sun.security.provider.certpath.ForwardBuilder, getMatchingCACerts(): the selector has no date
 * when it is first asked for anchors, those of the leaf, and keeps the one it is given then.
 */
static void build(struct chain_search *search)
{
	search->anchor_too = RULES_OF_DATES;
	climb(search);
}

void chain_search_java(struct chain_search *search)
{
	const struct certs *chain = search->it->chain;

	chain_search_start(search);
	if (is_trusted(search, chain->at[0])) {
		chain_search_holds(search);
		return;
	}
	for (size_t i = 1; i < chain->n; i++) {
		if (!chain_search_names_match(search->client, chain->at[i], chain->at[i - 1])) {
			build(search);
			return;
		}
		if (is_trusted(search, chain->at[i])) {
			validate(search, i);
			return;
		}
	}
	if (has_issuer_name(search, chain->at[chain->n - 1]))
		validate(search, chain->n);
	else
		build(search);
}
