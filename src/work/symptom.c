/* SPDX-License-Identifier: Apache-2.0 */
#include "src/work/symptom.h"

#include <string.h>

/* In the order they are looked for: a proxy's refusal may quote what the proxy itself met. */
static const struct {
	const char *text;
	enum symptom symptom;
} rows[] = {
	{"Proxy Authentication Required", SYMPTOM_PROXY_AUTH}, /* RFC 9110, 15.5.8 */
	{"response 407", SYMPTOM_PROXY_AUTH}, /* curl, git, cargo, the probe of Node.js */
	{"returns \"HTTP/1.1 407", SYMPTOM_PROXY_AUTH}, /* Java */
	{"Net::HTTPClientException: 407", SYMPTOM_PROXY_AUTH}, /* Ruby: only for the tunnel */
	{"Net::HTTPClientException", SYMPTOM_PROXY_REFUSED},
	{"Net::HTTPServerException", SYMPTOM_PROXY_REFUSED}, /* its name before Ruby 2.6 */
	{"Net::HTTPFatalError", SYMPTOM_PROXY_REFUSED},
	{"CONNECT tunnel failed", SYMPTOM_PROXY_REFUSED}, /* curl 7.88 and later */
	{"HTTP code 403 from proxy", SYMPTOM_PROXY_REFUSED}, /* older ones */
	{"Proxy tunneling failed", SYMPTOM_PROXY_REFUSED}, /* wget */
	{"Tunnel connection failed", SYMPTOM_PROXY_REFUSED}, /* Python */
	{"Unable to tunnel through proxy", SYMPTOM_PROXY_REFUSED}, /* Java */
	{"certificate required", SYMPTOM_CLIENT_CERT}, /* the alert's name in RFC 8446, 6.2 */
	{"certificate_required", SYMPTOM_CLIENT_CERT},
	{"CERTIFICATE_VERIFY_FAILED", SYMPTOM_UNTRUSTED}, /* Python */
	{"certificate verif", SYMPTOM_UNTRUSTED}, /* Ruby, git with GnuTLS */
	{"certificate problem", SYMPTOM_UNTRUSTED}, /* curl, git, cargo */
	{"peer certificate or SSH remote key", SYMPTOM_UNTRUSTED}, /* the same, status 60 */
	{"error setting certificate", SYMPTOM_UNTRUSTED}, /* curl, status 77 */
	{"problem with the SSL CA cert", SYMPTOM_UNTRUSTED}, /* git with libcurl, likewise */
	{"x509: ", SYMPTOM_UNTRUSTED}, /* Go */
	{"PKIX path", SYMPTOM_UNTRUSTED}, /* Java */
	{"trustAnchors parameter must be non-empty", SYMPTOM_UNTRUSTED},
	{"self-signed certificate", SYMPTOM_UNTRUSTED}, /* OpenSSL 3 */
	{"self signed certificate", SYMPTOM_UNTRUSTED}, /* OpenSSL 1 */
	{"SELF_SIGNED_CERT", SYMPTOM_UNTRUSTED}, /* Node.js */
	{"local issuer certificate", SYMPTOM_UNTRUSTED},
	{"UNABLE_TO_", SYMPTOM_UNTRUSTED},
	{"CERT_HAS_EXPIRED", SYMPTOM_UNTRUSTED},
	{"ERR_TLS_CERT_ALTNAME_INVALID", SYMPTOM_UNTRUSTED},
	{"is not trusted", SYMPTOM_UNTRUSTED}, /* wget with GnuTLS */
	{"invalid peer certificate", SYMPTOM_UNTRUSTED}, /* rustls */
	{"UnknownIssuer", SYMPTOM_UNTRUSTED},
	{"suitable TLS CA certificate bundle", SYMPTOM_UNTRUSTED}, /* requests: no such file */
	{"wrong version number", SYMPTOM_NOT_TLS}, /* OpenSSL */
	{"packet length", SYMPTOM_NOT_TLS},
	{"unexpected TLS packet", SYMPTOM_NOT_TLS}, /* GnuTLS */
	{"does not look like a TLS handshake", SYMPTOM_NOT_TLS}, /* Go */
	{"Unsupported or unrecognized SSL", SYMPTOM_NOT_TLS}, /* Java */
	{"Could not resolve", SYMPTOM_NO_NAME}, /* libcurl */
	{"unable to resolve", SYMPTOM_NO_NAME}, /* wget */
	{"Name or service not known", SYMPTOM_NO_NAME}, /* getaddrinfo(3) */
	{"name resolution", SYMPTOM_NO_NAME},
	{"No address associated", SYMPTOM_NO_NAME},
	{"getaddrinfo", SYMPTOM_NO_NAME},
	{"no such host", SYMPTOM_NO_NAME}, /* Go */
	{"dial tcp: lookup ", SYMPTOM_NO_NAME}, /* the same, when no DNS server answers */
	{"UnknownHostException", SYMPTOM_NO_NAME},
	{"refused", SYMPTOM_UNREACHABLE},
	{"Couldn't connect", SYMPTOM_UNREACHABLE},
	{"Could not connect", SYMPTOM_UNREACHABLE},
	{"unreachable", SYMPTOM_UNREACHABLE},
	{"No route to host", SYMPTOM_UNREACHABLE},
	{"reset by peer", SYMPTOM_UNREACHABLE},
	{"ECONNRESET", SYMPTOM_UNREACHABLE},
	{"socket hang up", SYMPTOM_UNREACHABLE},
	{"timed out", SYMPTOM_TIMEOUT},
	{"ETIMEDOUT", SYMPTOM_TIMEOUT},
	{"timeout", SYMPTOM_TIMEOUT},
};

enum symptom symptom_find(const char *text, const char **ret_line, size_t *ret_len)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = strcasestr(text, rows[i].text);

		if (!at)
			continue;
		while (at > text && at[-1] != '\n')
			at--;
		*ret_line = at;
		*ret_len = strcspn(at, "\n");
		return rows[i].symptom;
	}
	return SYMPTOM_NONE;
}
