/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/x509/ossl.h"
#include "src/client/chain_search.h"

/* The sent chain while it is sorted and cut: DEFAULT_MAX_VERIFY_DEPTH. */
enum { SENT_MAX = 16 };

struct sent {
	struct cert *at[SENT_MAX];
	size_t n;
};

/* is_issuer(): names as texts, and key identifiers where both are there; no signature. */
static bool could_issue(const struct chain_search *search, struct cert *above, struct cert *below)
{
	X509 *a = chain_search_x509(above), *b = chain_search_x509(below);
	const ASN1_OCTET_STRING *have = a ? X509_get0_subject_key_id(a) : NULL;
	const ASN1_OCTET_STRING *want = b ? X509_get0_authority_key_id(b) : NULL;

	return a && b && chain_search_names_match(search->client, above, below) &&
	       (!have || !want || ASN1_OCTET_STRING_cmp(have, want) == 0);
}

/* Where behind `from` the issuer of `child` stands, or n. */
static size_t find_sent(
	const struct chain_search *search, const struct sent *sent, size_t from, struct cert *child)
{
	size_t i = from + 1;

	while (i < sent->n && (sent->at[i] == child || !could_issue(search, sent->at[i], child)))
		i++;
	return i;
}

/* _gnutls_sort_clist(): the issuers of the one at `from` come next to it; returns how many. */
static size_t sort_from(const struct chain_search *search, struct sent *sent, size_t from)
{
	size_t sorted = from + 1;

	while (sorted < sent->n) {
		struct cert *top = sent->at[sorted - 1];
		size_t i = could_issue(search, top, top) ? sent->n
							 : find_sent(search, sent, from, top);

		if (i == sent->n || i < sorted)
			break;
		top = sent->at[i];
		memmove(&sent->at[sorted + 1], &sent->at[sorted], (i - sorted) * sizeof(*sent->at));
		sent->at[sorted++] = top;
	}
	return sorted - from;
}

static bool drop_double(struct sent *sent, size_t from, size_t n)
{
	for (size_t i = from + 1; i < from + n; i++)
		for (size_t j = 0; j < from; j++) {
			if (!cert_same(sent->at[i], sent->at[j]))
				continue;
			memmove(&sent->at[i], &sent->at[i + 1],
				(sent->n - i - 1) * sizeof(*sent->at));
			sent->n--;
			return true;
		}
	return false;
}

/* Anchors are found by the bytes of a name. */
static bool has_subject(const struct cert *cert, const uint8_t *name, size_t len)
{
	size_t subject_len;
	const uint8_t *subject = cert_subject_der(cert, &subject_len);

	return subject_len == len && memcmp(subject, name, len) == 0;
}

static bool is_issuer_known(const struct chain_search *search, struct cert *cert)
{
	size_t len;
	const uint8_t *name = cert_issuer_der(cert, &len);

	for (size_t i = 0; i < search->anchors->n; i++)
		if (has_subject(search->anchors->at[i], name, len) &&
			could_issue(search, search->anchors->at[i], cert))
			return true;
	return false;
}

/* gnutls_x509_trust_list_verify_crt2(): segment by segment, until an issuer is known. */
static void sort(const struct chain_search *search, struct sent *sent)
{
	for (size_t i = 0; i < sent->n;) {
		size_t n = sort_from(search, sent, i);

		if (drop_double(sent, i, n))
			continue;
		i += n;
		if (is_issuer_known(search, sent->at[i - 1]))
			sent->n = i;
	}
}

static void drop_self_signed_top(const struct chain_search *search, struct sent *sent)
{
	struct cert *top = sent->at[sent->n - 1];

	if (sent->n > 1 && could_issue(search, top, top))
		sent->n--;
}

/* shorten_clist(): it looks a certificate up by its issuer, so finds only self-issued ones. */
static void shorten(const struct chain_search *search, struct sent *sent)
{
	drop_self_signed_top(search, sent);
	for (size_t i = 1; i < sent->n; i++) {
		size_t len;
		const uint8_t *name = cert_issuer_der(sent->at[i], &len);

		if (certs_hold(search->anchors, sent->at[i]) && has_subject(sent->at[i], name, len))
			sent->n = i + 1;
	}
}

/* _gnutls_check_if_same_key(): the leaf must be the very same, the others have name and key. */
static bool is_same(struct cert *anchor, struct cert *cert, bool is_leaf)
{
	size_t len;
	const uint8_t *name = cert_subject_der(cert, &len);

	if (is_leaf)
		return cert_same(anchor, cert);
	return has_subject(anchor, name, len) && cert_same_key(anchor, cert);
}

static bool is_valid(struct cert *cert, time_t at)
{
	time_t from, to;

	return cert_times(cert, &from, &to) && from <= at && at <= to;
}

/* find_issuer(): the first, but a later one that is valid before it. */
static struct cert *find_issuer(
	const struct chain_search *search, const uint8_t *name, size_t len, struct cert *child)
{
	struct cert *found = NULL;

	for (size_t i = 0; i < search->anchors->n; i++) {
		struct cert *anchor = search->anchors->at[i];

		if (has_subject(anchor, name, len) && could_issue(search, anchor, child) &&
			(!found || is_valid(anchor, search->it->at)))
			found = anchor;
	}
	return found;
}

/* Cut the chain at what the anchors of that name hold; false: the one that does is out of date. */
static bool cut(struct chain_search *search, struct sent *sent, const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < sent->n; i++)
		for (size_t a = 0; a < search->anchors->n; a++) {
			struct cert *anchor = search->anchors->at[a];

			if (!has_subject(anchor, name, len) ||
				!is_same(anchor, sent->at[i], i == 0))
				continue;
			if (!is_valid(anchor, search->it->at)) {
				chain_search_refuse(search, X509_V_ERR_CERT_HAS_EXPIRED,
					rule_text(RULE_EXPIRED), anchor);
				return false;
			}
			sent->n = i;
			break;
		}
	return true;
}

/* verify_crt(): each by the next, which must be known for its issuer. */
static bool is_signed(struct chain_search *search)
{
	for (size_t i = 0; i + 1 < search->n; i++) {
		if (!could_issue(search, search->path[i + 1], search->path[i]))
			return false;
		if (cert_issued(search->path[i + 1], search->path[i]))
			continue;
		chain_search_refuse(search, X509_V_ERR_CERT_SIGNATURE_FAILURE,
			"the signature does not verify with the issuer's key", search->path[i]);
		return false;
	}
	return true;
}

/* SIGNER_OLD_OR_UNKNOWN: another name is tried after these alone. */
static bool is_final(const struct verification *verification)
{
	switch (verification->error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CA_MD_TOO_WEAK:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		return false;
	default:
		return true;
	}
}

/* _gnutls_verify_crt_status() with the anchors of one name. */
static void verify(struct chain_search *search, struct sent sent, const uint8_t *name, size_t len)
{
	struct cert *anchor;

	drop_self_signed_top(search, &sent);
	if (!cut(search, &sent, name, len))
		return;
	chain_search_start(search);
	if (sent.n == 0) {
		chain_search_holds(search);
		return;
	}
	anchor = find_issuer(search, name, len, sent.at[sent.n - 1]);
	if (!anchor)
		return;
	memcpy(search->path, sent.at, sent.n * sizeof(*sent.at));
	search->path[sent.n] = anchor;
	search->n = sent.n + 1;
	if (is_signed(search))
		chain_search_holds(search);
}

void chain_search_gnutls(struct chain_search *search)
{
	const struct certs *chain = search->it->chain;
	struct sent sent = {.n = chain->n < SENT_MAX ? chain->n : SENT_MAX};
	const uint8_t *name;
	size_t len;

	memcpy(sent.at, chain->at, sent.n * sizeof(*chain->at));
	sort(search, &sent);
	shorten(search, &sent);
	name = cert_issuer_der(sent.at[sent.n - 1], &len);
	verify(search, sent, name, len);
	if (is_final(search->ret) || has_subject(sent.at[sent.n - 1], name, len))
		return;
	name = cert_subject_der(sent.at[sent.n - 1], &len);
	verify(search, sent, name, len);
}
