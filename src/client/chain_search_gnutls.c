/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/client/chain_search.h"
#include "src/x509/ossl.h"

/* The most certificates of the sent chain that are sorted and cut: DEFAULT_MAX_VERIFY_DEPTH. */
enum { SENT_MAX = 16 };

struct sent {
	struct cert *at[SENT_MAX];
	size_t n;
};

/* is_issuer(): compares names as text, and key identifiers if both exist; checks no signature. */
static bool could_issue(const struct chain_search *search, struct cert *above, struct cert *below)
{
	X509 *a = cert_x509(above), *b = cert_x509(below);

	return a && b && chain_search_names_match(search->client, above, below) &&
	       !chain_search_keys_differ(a, b);
}

/* GnuTLS finds anchors by the bytes of a name. */
static bool has_subject(const struct cert *cert, struct bytes name)
{
	return bytes_same(cert->subject.der, name);
}

/*
 * _gnutls_sort_clist(): moves the issuers of the certificate at `from` right after it, in order.
 * Returns the index after the last one.
 */
static size_t sort_from(const struct chain_search *search, struct sent *sent, size_t from)
{
	size_t sorted = from + 1;

	while (sorted < sent->n) {
		struct cert *top = sent->at[sorted - 1];
		size_t i = could_issue(search, top, top) ? sent->n : from + 1;

		while (i < sent->n &&
			(sent->at[i] == top || !could_issue(search, sent->at[i], top)))
			i++;
		if (i == sent->n || i < sorted)
			break;
		top = sent->at[i];
		memmove(&sent->at[sorted + 1], &sent->at[sorted], (i - sorted) * sizeof(top));
		sent->at[sorted++] = top;
	}
	return sorted;
}

/*
 * Drop the first certificate from `from` on and before `end` that also occurs before `from`: its
 * place is taken by the next one, which stays where it is as well, and the list loses its last.
 */
static bool drop_double(struct sent *sent, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++)
		for (size_t j = 0; j < from; j++) {
			if (!cert_same(sent->at[i], sent->at[j]))
				continue;
			if (i + 1 < sent->n)
				sent->at[i] = sent->at[i + 1];
			sent->n--;
			return true;
		}
	return false;
}

/* gnutls_x509_trust_list_verify_crt2(): sorts segment by segment, until an anchor is the issuer. */
static void sort(const struct chain_search *search, struct sent *sent)
{
	const struct certs *anchors = search->anchors;

	for (size_t i = 0; i < sent->n;) {
		size_t end = sort_from(search, sent, i);
		struct cert *top = sent->at[end - 1];

		if (drop_double(sent, i, end))
			continue;
		i = end;
		for (size_t a = 0; a < anchors->n; a++)
			if (has_subject(anchors->at[a], top->issuer.der) &&
				could_issue(search, anchors->at[a], top))
				sent->n = end;
	}
}

static void drop_self_signed_top(const struct chain_search *search, struct sent *sent)
{
	struct cert *top = sent->at[sent->n - 1];

	sent->n -= sent->n > 1 && could_issue(search, top, top);
}

/* _gnutls_check_if_same_key(): a leaf must be identical; a CA needs only the same name and key. */
static bool is_same(struct cert *anchor, struct cert *cert, bool is_leaf)
{
	return is_leaf ? cert_same(anchor, cert)
		       : has_subject(anchor, cert->subject.der) && cert_same_key(anchor, cert);
}

static bool is_valid(struct cert *cert, time_t at)
{
	time_t from, to;

	return cert_times(cert, &from, &to) && from <= at && at <= to;
}

/*
 * Cut the chain before the first certificate that matches an anchor of that name.  false: the
 * matching anchor is expired or not yet valid.
 */
static bool cut(struct chain_search *search, struct sent *sent, struct bytes name)
{
	for (size_t i = 0; i < sent->n; i++)
		for (size_t a = 0; a < search->anchors->n; a++) {
			struct cert *anchor = search->anchors->at[a];

			if (!has_subject(anchor, name) || !is_same(anchor, sent->at[i], i == 0))
				continue;
			if (!is_valid(anchor, search->it->at)) {
				chain_search_refuse(search, X509_V_ERR_CERT_HAS_EXPIRED,
					client_rules[RULE_EXPIRED].text, anchor);
				return false;
			}
			sent->n = i;
			break;
		}
	return true;
}

/* _gnutls_verify_crt_status() with the anchors of one name. */
static void verify(struct chain_search *search, struct sent sent, struct bytes name)
{
	struct cert *issuer = NULL;

	drop_self_signed_top(search, &sent);
	if (!cut(search, &sent, name))
		return;
	search->path[0] = search->it->chain->at[0];
	search->n = 1;
	if (sent.n == 0) {
		chain_search_holds(search);
		return;
	}
	/* find_issuer(): the first match, unless a later match is valid. */
	for (size_t i = 0; i < search->anchors->n; i++) {
		struct cert *anchor = search->anchors->at[i];

		if (has_subject(anchor, name) && could_issue(search, anchor, sent.at[sent.n - 1]) &&
			(!issuer || is_valid(anchor, search->it->at)))
			issuer = anchor;
	}
	if (!issuer)
		return;
	memcpy(search->path, sent.at, sent.n * sizeof(*sent.at));
	search->path[sent.n] = issuer;
	search->n = sent.n + 1;
	/* verify_crt(): the next certificate must match as the issuer and have signed this one. */
	for (size_t i = 0; i + 1 < search->n; i++) {
		if (!could_issue(search, search->path[i + 1], search->path[i]))
			return;
		if (cert_issued(search->path[i + 1], search->path[i]))
			continue;
		chain_search_refuse(search, X509_V_ERR_CERT_SIGNATURE_FAILURE,
			"the signature does not verify with the issuer's key", search->path[i]);
		return;
	}
	chain_search_holds(search);
}

void chain_search_gnutls(struct chain_search *search)
{
	const struct certs *chain = search->it->chain;
	struct sent sent = {.n = chain->n < SENT_MAX ? chain->n : SENT_MAX};
	struct bytes issuer, subject;

	memcpy(sent.at, chain->at, sent.n * sizeof(*chain->at));
	sort(search, &sent);
	/* shorten_clist() looks a certificate up by its issuer, so it finds only self-issued ones.
	 */
	drop_self_signed_top(search, &sent);
	for (size_t i = 1; i < sent.n; i++)
		if (certs_hold(search->anchors, sent.at[i]) &&
			has_subject(sent.at[i], sent.at[i]->issuer.der))
			sent.n = i + 1;
	issuer = sent.at[sent.n - 1]->issuer.der;
	subject = sent.at[sent.n - 1]->subject.der;
	verify(search, sent, issuer);
	/* SIGNER_OLD_OR_UNKNOWN: only after these errors GnuTLS tries the other name. */
	if ((search->ret->error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		    search->ret->error == X509_V_ERR_CERT_HAS_EXPIRED ||
		    search->ret->error == X509_V_ERR_CA_MD_TOO_WEAK ||
		    search->ret->error == X509_V_ERR_CA_KEY_TOO_SMALL) &&
		!bytes_same(issuer, subject))
		verify(search, sent, subject);
}
