/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/aia.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/names.h"
#include "src/base/text.h"
#include "src/x509/ossl.h"
#include "src/x509/pem.h"
#include "src/net/dial.h"
#include "src/net/http_get.h"

/* The caIssuers addresses of a certificate; those that are no http:// are of no use. */
static int find_urls(struct cert *cert, struct names *ret, struct fault *why)
{
	X509 *x509 = NULL;
	AUTHORITY_INFO_ACCESS *access = NULL;
	int rc = 0;

	if (cert_parse(cert, &x509, why))
		return -1;
	access = X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);
	for (int i = 0; rc == 0 && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
		const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(access, i);
		const ASN1_IA5STRING *uri = one->location->d.uniformResourceIdentifier;

		if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers ||
			one->location->type != GEN_URI || ret->n >= LIMIT_AIA_URLS)
			continue;
		/* No NUL inside, or it would be read as something shorter. */
		if (strlen((const char *)ASN1_STRING_get0_data(uri)) ==
			(size_t)ASN1_STRING_length(uri))
			rc = names_add(ret, (const char *)ASN1_STRING_get0_data(uri), why);
	}
	AUTHORITY_INFO_ACCESS_free(access);
	return rc;
}

/* Of what came, the one whose key really signed the child; a self-signed one before a cross-signed.
 */
static struct cert *find_issuer(const struct certs *came, struct cert *child)
{
	struct cert *found = NULL;

	for (size_t i = 0; i < came->n; i++)
		if (cert_issued(came->at[i], child) && (!found || cert_is_self_signed(came->at[i])))
			found = came->at[i];
	return found;
}

/* Was the peer itself reached at a near address, or through a proxy, which lies between? */
static bool peer_is_near(const struct probe *probe, struct deadline deadline)
{
	auto_hostport place = HOSTPORT_INIT;
	struct dial_addresses addresses = {.n = 0};
	struct fault ignored = FAULT_INIT;

	if (probe->via)
		return true;
	if (!probe->address ||
		hostport_parse(probe->address, strlen(probe->address), 0, &place, &ignored) ||
		dial_lookup(place.host, place.port, PROBE_ANY, deadline, &addresses, &ignored))
		return false;
	return dial_reach_of(&addresses.at[0]) == DIAL_NEAR;
}

static int http_get_from(const struct fetch *fetch, const char *url, struct cert *child,
	struct cert **ret, struct fault *missed)
{
	auto_buf body = buf_make(LIMIT_AIA_BYTES);
	auto_certs came = CERTS_INIT;
	struct cert *issuer = NULL;

	if (http_get_get(fetch, url, &body, missed))
		return -1;
	if (pem_read(body.bytes, body.len, "answer", PEM_STRICT, &came, NULL, missed))
		return fault_wrap(missed, "no certificate came");
	issuer = find_issuer(&came, child);
	if (!issuer)
		return fault_set(missed, FAULT_PEER, "what came did not sign the certificate");
	*ret = cert_ref(issuer);
	return 0;
}

/* 0 and *ret NULL when nothing could be fetched. */
static int http_get_issuer(const struct fetch *fetch, struct cert *child, struct cert **ret,
	struct fault *missed, struct fault *why)
{
	auto_names urls = NAMES_INIT;

	if (find_urls(child, &urls, missed) && missed->kind == FAULT_SYSTEM) {
		*why = *missed;
		return -1;
	}
	if (urls.n == 0)
		fault_set(missed, FAULT_PEER, "the certificate names no address of its issuer");
	for (size_t i = 0; i < urls.n && !*ret; i++) {
		struct fault one = FAULT_INIT;
		auto_free char *shown = NULL;

		if (http_get_from(fetch, urls.at[i], child, ret, &one) == 0)
			break;
		shown = text_printable(urls.at[i], strlen(urls.at[i]), LIMIT_NAME_SHOWN);
		if (missed->kind == FAULT_NONE) {
			*missed = one;
			fault_wrap(missed, "'%s'", shown ? shown : "");
		}
	}
	return 0;
}

int aia_fetch(const struct prober *prober, const struct probe *probe, struct cert *child,
	struct certs *ret, struct fault *missed, struct fault *why)
{
	struct fetch fetch = {.prober = prober, .deadline = deadline_in(probe->left_ms)};
	struct fault unasked = FAULT_INIT;
	struct cert *at = child;

	fetch.near = peer_is_near(probe, fetch.deadline);
	if (!missed)
		missed = &unasked;
	for (size_t hop = 0; hop < LIMIT_AIA_HOPS && !cert_is_self_signed(at); hop++) {
		auto_cert issuer = NULL;

		if (http_get_issuer(&fetch, at, &issuer, missed, why))
			return -1;
		/* Two that signed each other would go on for ever. */
		if (!issuer || certs_hold(ret, issuer) || cert_same(issuer, child))
			break;
		if (certs_add(ret, issuer, why))
			return -1;
		at = ret->at[ret->n - 1];
	}
	return 0;
}
