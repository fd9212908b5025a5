/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/chain_search.h"

#include <stdio.h>
#include <string.h>

#include "src/x509/ossl.h"

X509 *walk_x509(struct cert *cert)
{
	struct fault why = FAULT_INIT;
	X509 *x509;

	return cert_parse(cert, &x509, &why) == 0 ? x509 : NULL;
}

void judgment_refuse(struct judgment *ret, int error, const char *reason, X509 *whom)
{
	auto_free char *name = whom ? ossl_name_text(X509_get_subject_name(whom)) : NULL;

	*ret = (struct judgment){.error = error};
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

bool walk_names_match(const struct reader_row *reader, struct cert *above, struct cert *below)
{
	/* What is the same to any of them is the same to OpenSSL, which knows it faster. */
	return cert_names_match(above, below) &&
	       (reader->names == DN_OPENSSL ||
		       dn_same(subject_of(above), issuer_of(below), reader->names));
}

/* The name fits and the signature is good; counted. */
static bool issued(struct walk *walk, struct cert *above, struct cert *below)
{
	if (walk->checks_left == 0 || !walk_names_match(walk->reader, above, below))
		return false;
	walk->checks_left--;
	return cert_issued(above, below);
}

void walk_refuse(struct walk *walk, int error, const char *reason, struct cert *whom)
{
	if (walk->ret->error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
		judgment_refuse(walk->ret, error, reason, whom ? walk_x509(whom) : NULL);
}

static rule_set rules_at(const struct walk *walk, size_t i)
{
	if (walk->n == 1)
		return walk->reader->alone;
	if (i == 0)
		return walk->reader->leaf;
	if (i + 1 < walk->n)
		return walk->reader->middle;
	return walk->reader->anchor | (walk->n > 2 ? walk->anchor_too : 0);
}

bool walk_holds(struct walk *walk)
{
	struct step step = {
		.path = walk->path, .at = walk->it->at, .demands = &walk->reader->demands};

	for (size_t i = 0; i < walk->n; i++) {
		enum rule broken;

		step.n = i + 1;
		broken = rules_broken(rules_at(walk, i), &step);
		if (broken == RULES)
			continue;
		walk_refuse(walk, rule_error(broken), rule_text(broken), walk->path[i]);
		return false;
	}
	*walk->ret = (struct judgment){.trusts = true, .anchor = walk->path[walk->n - 1]};
	return true;
}

/* Go counts the same name with the same key as the same (alreadyInChain). */
static bool is_on_way(const struct walk *walk, struct cert *cert)
{
	size_t len, other_len;
	const uint8_t *subject = cert_subject_der(cert, &len);

	for (size_t i = 0; i < walk->n; i++) {
		const uint8_t *other = cert_subject_der(walk->path[i], &other_len);

		if (len == other_len && memcmp(subject, other, len) == 0 &&
			cert_same_key(cert, walk->path[i]))
			return true;
	}
	return false;
}

static bool ends_at(struct walk *walk, struct cert *anchor)
{
	bool does;

	walk->path[walk->n++] = anchor;
	does = walk_holds(walk);
	walk->n--;
	return does;
}

static bool climb(struct walk *walk)
{
	struct cert *top = walk->path[walk->n - 1];
	const struct certs *chain = walk->it->chain;
	bool there = false;

	if (walk->n == LIMIT_JUDGE_DEPTH)
		return false;
	if (walk->reader->cas_max && walk->n - 1 > walk->reader->cas_max) {
		walk_refuse(walk, X509_V_ERR_CERT_CHAIN_TOO_LONG,
			X509_verify_cert_error_string(X509_V_ERR_CERT_CHAIN_TOO_LONG), top);
		return false;
	}
	for (size_t i = 0; i < walk->anchors->n && !there; i++)
		there = issued(walk, walk->anchors->at[i], top) &&
			ends_at(walk, walk->anchors->at[i]);
	for (size_t i = 1; i < chain->n && !there; i++) {
		if (is_on_way(walk, chain->at[i]) || !issued(walk, chain->at[i], top))
			continue;
		walk->path[walk->n++] = chain->at[i];
		there = climb(walk);
		walk->n--;
	}
	return there;
}

void walk_start(struct walk *walk)
{
	walk->path[0] = walk->it->chain->at[0];
	walk->n = 1;
}

void walk_go(struct walk *walk)
{
	walk_start(walk);
	if (certs_hold(walk->anchors, walk->path[0]))
		walk_holds(walk);
	else
		climb(walk);
}

void walk_webpki(struct walk *walk)
{
	walk_start(walk);
	climb(walk);
}

/* One that is trusted, or has the name and the key of one. */
static bool is_trusted(const struct walk *walk, struct cert *cert)
{
	for (size_t i = 0; i < walk->anchors->n; i++) {
		struct cert *anchor = walk->anchors->at[i];

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
	X509 *above = walk_x509(anchor), *child = walk_x509(below);
	const ASN1_OCTET_STRING *have = above ? X509_get0_subject_key_id(above) : NULL;
	const ASN1_OCTET_STRING *want = child ? X509_get0_authority_key_id(child) : NULL;
	const ASN1_INTEGER *serial = child ? X509_get0_authority_serial(child) : NULL;

	if (have && want && ASN1_OCTET_STRING_cmp(have, want) != 0)
		return false;
	return above && (!serial || X509_get_version(above) < X509_VERSION_3 ||
				ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(above)) == 0);
}

/* The chain as sent, up to `n`, with the anchors above it. */
static void validate(struct walk *walk, size_t n)
{
	const struct certs *chain = walk->it->chain;
	bool signatures = n < LIMIT_JUDGE_DEPTH;

	for (size_t i = 0; i < n && signatures; i++) {
		walk->path[i] = chain->at[i];
		signatures = i == 0 || cert_issued(chain->at[i], chain->at[i - 1]);
	}
	walk->n = n;
	for (size_t i = 0; i < walk->anchors->n && signatures; i++) {
		struct cert *anchor = walk->anchors->at[i];

		if (is_selected(anchor, chain->at[n - 1]) &&
			issued(walk, anchor, chain->at[n - 1]) && ends_at(walk, anchor))
			return;
	}
	walk_refuse(walk, X509_V_ERR_CERT_SIGNATURE_FAILURE, "no trust anchor signed it",
		chain->at[n - 1]);
}

static bool has_issuer_name(const struct walk *walk, struct cert *cert)
{
	for (size_t i = 0; i < walk->anchors->n; i++)
		if (walk_names_match(walk->reader, walk->anchors->at[i], cert))
			return true;
	return false;
}

/*
 * sun.security.provider.certpath.ForwardBuilder, getMatchingCACerts(): the selector has no date
 * when it is first asked for anchors, those of the leaf, and keeps the one it is given then.
 */
static void build(struct walk *walk)
{
	walk->anchor_too = RULES_OF_DATES;
	climb(walk);
}

void walk_java(struct walk *walk)
{
	const struct certs *chain = walk->it->chain;

	walk_start(walk);
	if (is_trusted(walk, chain->at[0])) {
		walk_holds(walk);
		return;
	}
	for (size_t i = 1; i < chain->n; i++) {
		if (!walk_names_match(walk->reader, chain->at[i], chain->at[i - 1])) {
			build(walk);
			return;
		}
		if (is_trusted(walk, chain->at[i])) {
			validate(walk, i);
			return;
		}
	}
	if (has_issuer_name(walk, chain->at[chain->n - 1]))
		validate(walk, chain->n);
	else
		build(walk);
}
