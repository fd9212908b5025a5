/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/aia.h"

#include <string.h>

#include "src/base/text.h"
#include "src/net/connect.h"
#include "src/net/http.h"
#include "src/net/proxy.h"
#include "src/x509/ossl.h"
#include "src/x509/pem.h"

struct fetch {
	const struct prober *prober; /* its options give the route */
	const struct probe *peer;
	struct deadline deadline;
};

/*
 * The nearest address that a fetch through `proxy` (its host is NULL: directly) may go to: none
 * nearer than the peer's.  Behind a proxy the peer may have any address there, but none here.
 */
static enum connect_reach nearest(const struct probe *peer, const struct url *proxy)
{
	auto_url at = URL_INIT;
	struct fault ignored = FAULT_INIT;
	enum connect_reach reach = CONNECT_NEVER;

	if (peer->via)
		return proxy->label && strcmp(proxy->label, peer->via) == 0 ? CONNECT_LOOPBACK
									    : CONNECT_ANYWHERE;
	if (peer->address && url_parse_place(peer->address, 0, &at, &ignored) == 0)
		reach = connect_reach_of(at.host);
	return reach == CONNECT_NEVER ? CONNECT_ANYWHERE : reach;
}

/* Send one request and read the reply; skip the body of a redirect. */
static int get_once(
	const struct fetch *fetch, const char *text, struct http_reply *ret, struct fault *why)
{
	auto_stream stream = {.fd = -1, .deadline = fetch->deadline};
	const struct probe_options *options = fetch->prober->options;
	auto_url url = URL_INIT, proxy = URL_INIT;
	auto_probe road = {0};
	struct route route = {
		&url, &proxy, options->family, CONNECT_ANYWHERE, true, fetch->prober, &road};

	if (url_parse(text, URL_ISSUER, &url, why) || proxy_find(options, &url, true, &proxy, why))
		return -1;
	route.least = nearest(fetch->peer, &proxy);
	/* A proxy looks names up itself, but we can check localhost and addresses here. */
	if (connect_reach_of(url.host) < route.least)
		return fault_set(why, FAULT_REFUSED,
			"'%s' is a local address, which a server elsewhere may not point to",
			url.host);
	if (connect_open(&route, &stream, why) || http_get(&stream, &proxy, &url, ret, why))
		return -1;
	if (ret->status / 100 == 3 && ret->location)
		return 0;
	if (ret->status == 407 && proxy.host) {
		http_auth_fault(ret, &proxy, why);
		return fault_wrap(why, "proxy '%s'", proxy.label);
	}
	if (ret->status != 200)
		return fault_set(why, FAULT_PEER, "the server answered '%s'", ret->line);
	return http_read_body(&stream, ret, LIMIT_AIA_BYTES, why);
}

/* Fetch the body of `url`, following at most LIMIT_AIA_REDIRECTS redirects. */
static int get(const struct fetch *fetch, const char *url, struct buf *ret, struct fault *why)
{
	auto_free char *at = strdup(url);

	for (size_t n = 0; at && n <= LIMIT_AIA_REDIRECTS; n++) {
		auto_http_reply reply = {0};
		int origin_len;

		if (get_once(fetch, at, &reply, why))
			return n ? fault_wrap(why, "after a redirect") : -1;
		if (reply.status == 200) {
			*ret = reply.body;
			reply.body = (struct buf){0};
			return 0;
		}
		/* A Location that starts with '/' is relative to the current URL (RFC 3986, 4.2).
		 */
		origin_len = reply.location[0] == '/' && reply.location[1] != '/'
				     ? 7 + (int)strcspn(at + 7, "/?#")
				     : 0;
		if (text_set(&at, why, "%.*s%s", origin_len, at, reply.location))
			return -1;
	}
	return at ? fault_set(why, FAULT_LIMIT, "more than %u redirects", LIMIT_AIA_REDIRECTS)
		  : fault_nomem(why);
}

/* Find the caIssuers URLs of a certificate, at most LIMIT_AIA_URLS. */
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
		/* Skip a URL that contains a NUL: as a C string it would be cut short. */
		if (strlen((const char *)ASN1_STRING_get0_data(uri)) ==
			(size_t)ASN1_STRING_length(uri))
			rc = names_add(ret, (const char *)ASN1_STRING_get0_data(uri), why);
	}
	AUTHORITY_INFO_ACCESS_free(access);
	return rc;
}

/*
 * Fetch the certificate whose key signed the child; if several did, prefer a self-signed one over a
 * cross-signed one.
 */
static int get_issuer(const struct fetch *fetch, const char *url, struct cert *child,
	struct cert **ret, struct fault *missed)
{
	auto_buf body = {0};
	auto_certs came = CERTS_INIT;
	struct cert *issuer = NULL;

	if (get(fetch, url, &body, missed))
		return -1;
	if (pem_read(body.bytes, body.len, "answer", PEM_STRICT, &came, missed))
		return fault_wrap(missed, "no certificate in the answer");
	for (size_t i = 0; i < came.n; i++)
		if (cert_issued(came.at[i], child) && (!issuer || cert_is_self_signed(came.at[i])))
			issuer = came.at[i];
	if (!issuer)
		return fault_set(
			missed, FAULT_PEER, "the fetched certificate did not sign this one");
	*ret = cert_ref(issuer);
	return 0;
}

int aia_fetch(const struct prober *prober, const struct probe *probe, struct cert *child,
	struct certs *ret, struct fault *missed, struct fault *why)
{
	struct fetch fetch = {
		.prober = prober,
		.peer = probe,
		.deadline = deadline_in(probe->left_ms),
	};
	struct cert *at = child;

	for (size_t hop = 0; hop < LIMIT_AIA_HOPS && !cert_is_self_signed(at); hop++) {
		auto_names urls = NAMES_INIT;
		auto_cert issuer = NULL;

		if (find_urls(at, &urls, missed) && missed->kind == FAULT_SYSTEM) {
			*why = *missed;
			return -1;
		}
		if (urls.n == 0)
			fault_set(missed, FAULT_PEER, "the certificate has no URL for its issuer");
		for (size_t i = 0; i < urls.n && !issuer; i++) {
			struct fault one = FAULT_INIT;
			auto_free char *shown = NULL;

			if (get_issuer(&fetch, urls.at[i], at, &issuer, &one) == 0 ||
				missed->kind != FAULT_NONE)
				continue;
			shown = text_printable(urls.at[i], strlen(urls.at[i]), LIMIT_NAME_SHOWN);
			*missed = one;
			fault_wrap(missed, "'%s'", shown ? shown : "");
		}
		/* Two certificates that signed each other would make an endless loop. */
		if (!issuer || certs_hold(ret, issuer) || cert_same(issuer, child))
			break;
		if (certs_add(ret, issuer, why))
			return -1;
		at = ret->at[ret->n - 1];
	}
	return 0;
}
