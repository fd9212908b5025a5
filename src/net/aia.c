/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/aia.h"

#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/names.h"
#include "src/base/text.h"
#include "src/net/http.h"
#include "src/net/reach.h"
#include "src/x509/ossl.h"
#include "src/x509/pem.h"

struct fetch {
	const struct prober *prober; /* its options give the route */
	struct deadline deadline;
	bool near; /* loopback and private addresses are allowed */
};

/* ---- over HTTP ------------------------------------------------------------------------------- */

int aia_parse_url(const char *text, struct hostport *ret, char **ret_path, struct fault *why)
{
	static const struct url_scheme http[] = {{"http", 80}, {NULL, 0}};
	auto_hostport place = HOSTPORT_INIT;
	struct url url = {.rest = ""};
	char *path;
	const char *flaw = url_split(text, http, "not a plain http:// URL", &url);

	for (const char *at = text; *at && !flaw; at++)
		if (*at <= ' ' || *at > '~')
			flaw = "a URL with control or non-ASCII characters";
	if (!flaw && !text_starts(text, "http://"))
		flaw = "not a plain http:// URL";
	if (!flaw && url.login)
		flaw = "a URL with a user name";
	if (flaw)
		return fault_set(why, FAULT_FORMAT, "%s", flaw);
	if (hostport_parse(url.place, url.place_len, http[0].port, &place, why)) {
		why->kind = FAULT_FORMAT;
		return -1;
	}
	if (asprintf(&path, "%s%.*s", *url.rest == '/' ? "" : "/", (int)strcspn(url.rest, "#"),
		    url.rest) < 0)
		return fault_nomem(why);
	*ret_path = path;
	*ret = place;
	place.host = NULL;
	return 0;
}

/* Send one request and read the reply; skip the body of a redirect. */
static int get_once(
	const struct fetch *fetch, const char *url, struct http_reply *ret, struct fault *why)
{
	const struct probe_options *options = fetch->prober->options;
	auto_hostport place = HOSTPORT_INIT;
	auto_free char *path = NULL;
	auto_stream stream = {.fd = -1, .deadline = fetch->deadline};
	auto_proxy proxy = PROXY_INIT;

	if (aia_parse_url(url, &place, &path, why) ||
		route_find(options, place.host, place.is_ip, true, &proxy, why))
		return -1;
	struct reach reach = {
		.proxy = &proxy,
		.host = place.host,
		.port = place.port,
		.family = options->family,
		.least = fetch->near ? DIAL_NEAR : DIAL_ANYWHERE,
		.for_http = true,
	};
	/* A proxy looks names up itself, but we can check an IP literal here. */
	if (place.is_ip && dial_reach_of(place.host) < reach.least)
		return fault_set(why, FAULT_REFUSED,
			"'%s' is not an address that a peer may send us to", place.host);
	if (reach_open(&reach, &stream, why) || http_get(&stream, &proxy, &place, path, ret, why))
		return -1;
	if (ret->status / 100 == 3 && ret->location)
		return 0;
	if (ret->status == 407 && proxy.label) {
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
		char *next = NULL;

		if (get_once(fetch, at, &reply, why))
			return n ? fault_wrap(why, "after a redirect") : -1;
		if (reply.status == 200) {
			*ret = reply.body;
			reply.body = (struct buf){0};
			return 0;
		}
		/* A Location that starts with '/' is relative to the current URL (RFC 3986, 4.2).
		 */
		if (reply.location[0] != '/' || reply.location[1] == '/')
			next = steal(&reply.location);
		else if (asprintf(&next, "%.*s%s",
				 (int)(strlen("http://") + strcspn(at + strlen("http://"), "/?#")),
				 at, reply.location) < 0)
			next = NULL;
		free(at);
		at = next;
	}
	return at ? fault_set(why, FAULT_LIMIT, "more than %u redirects", LIMIT_AIA_REDIRECTS)
		  : fault_nomem(why);
}

/* ---- certificates ---------------------------------------------------------------------------- */

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
	if (pem_read(body.bytes, body.len, "answer", PEM_STRICT, &came, NULL, missed))
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

/* Does the peer have a near address, or is it behind a proxy, where it may have any address? */
static bool peer_is_near(const struct probe *probe)
{
	auto_hostport place = HOSTPORT_INIT;
	struct fault ignored = FAULT_INIT;

	return probe->via || (probe->address &&
				     hostport_parse(probe->address, strlen(probe->address), 0,
					     &place, &ignored) == 0 &&
				     dial_reach_of(place.host) == DIAL_NEAR);
}

int aia_fetch(const struct prober *prober, const struct probe *probe, struct cert *child,
	struct certs *ret, struct fault *missed, struct fault *why)
{
	struct fetch fetch = {
		.prober = prober,
		.deadline = deadline_in(probe->left_ms),
		.near = peer_is_near(probe),
	};
	struct fault unasked = FAULT_INIT;
	struct cert *at = child;

	if (!missed)
		missed = &unasked;
	for (size_t hop = 0; hop < LIMIT_AIA_HOPS && !cert_is_self_signed(at); hop++) {
		auto_names urls = NAMES_INIT;
		auto_cert issuer = NULL;

		if (find_urls(at, &urls, missed) && missed->kind == FAULT_SYSTEM) {
			*why = *missed;
			return -1;
		}
		if (urls.n == 0)
			fault_set(missed, FAULT_PEER, "the certificate names no URL of its issuer");
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
