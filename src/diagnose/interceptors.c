/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/interceptors.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/ossl.h"

/*
 * A pattern is fnmatch(3)'s, without regard to case, for "CN=Corp Root" or "CN~ Corp Root ":
 * "CN~" WORD("iboss") fits "iboss Network Security", but not "Giboss".
 */
#define WORD(word) "*[- .,_]" word "[- .,_]*"

/* Earlier rows win. */
static const struct interceptor products[] = {
	{"Zscaler",
		.names = {"O=Zscaler Inc.", "OU=Zscaler Inc.", "CN=Zscaler Intermediate Root CA (*",
			"CN=Zscaler Root CA"},
		.root_hint = "Zscaler leaves its root out: export 'Zscaler Root CA' from the ZIA "
			     "admin portal, or from a browser that trusts it"},
	{"Netskope",
		.names = {"CN=*.goskope.com", "emailAddress=certadmin@netskope.com",
			"CN=caadmin.netskope.com", "CN=Netskope Tenant Authority (FedRAMP *"},
		.root_hint = "the Netskope client keeps its root in "
			     "/opt/netskope/stagent/data/nscacert.pem; the administrator finds it "
			     "under Settings, Certificates"},
	{"Blue Coat ProxySG", .names = {"O=Blue Coat*"}},
	{"Cisco Umbrella",
		.names = {"CN=Cisco Umbrella Root CA", "CN=Cisco Umbrella Primary SubCA",
			"CN=Cisco Umbrella Secondary SubCA *"},
		.root_hint = "'Cisco Umbrella Root CA' is not sent: download it from the Umbrella "
			     "dashboard, Deployments, Root Certificate"},
	{"Forcepoint", .names = {"CN=Forcepoint Cloud CA", "O=Forcepoint LLC"},
		.root_hint = "download the root from the Forcepoint cloud portal, or ask the "
			     "administrator"},
	{"Fortinet FortiGate", .names = {"CN=FortiGate CA", "O=Fortinet", "O=Fortinet Ltd."},
		.root_hint = "the administrator finds it on the FortiGate under System, "
			     "Certificates, 'Fortinet_CA_SSL'"},
	{"Sophos UTM", .names = {"CN=sophosutm Proxy CA", "O=sophosutm"}},
	{"Sophos Firewall", .names = {"CN=Sophos SSL CA_*", "CN=Sophos_CA_*"}},
	{"Sophos Web Appliance",
		.names = {"CN=*Sophos Web Appliance*", "O=*Sophos Web Appliance*", "O=Sophos Plc"}},
	{"SonicWall DPI-SSL", .names = {"CN=SonicWALL Firewall DPI-SSL", "O=SonicWALL Inc.",
				      "O=*HTTPS Management Certificate for SonicWALL*"}},
	{"McAfee Web Gateway", .names = {"CN=*McAfee Web Gateway*"}},
	{"Trend Micro IWSS", .names = {"CN=*IWSS.TREND*"}},
	{"Cyberoam", .names = {"O=*Cyberoam Certificate Authority*"}},
	{"ContentKeeper",
		.names = {"CN=ContentKeeper Appliance CA (*", "O=ContentKeeper Technologies"}},
	{"Smoothwall", .names = {"CN=Smoothwall-default-root-certificate-authority"},
		.class = INTERCEPTOR_ENDPOINT},
	{"NetSpark", .names = {"CN=*www.netspark.com*", "O=NetSpark"},
		.class = INTERCEPTOR_ENDPOINT},
	{"iboss", .names = {"CN~" WORD("iboss"), "O~" WORD("iboss")}},
	{"Menlo Security", .names = {"CN=Menlo Security Intermediate CA", "O=Menlo Security Inc."},
		.root_hint = "Menlo leaves its root out: the administrator finds it in the Menlo "
			     "admin console"},
	{"Cloudflare Gateway", .names = {"CN=Gateway CA - Cloudflare Managed G1*"},
		.root_hint = "the Cloudflare WARP client keeps it in "
			     "/var/lib/cloudflare-warp/installed_cert.pem; the Zero Trust "
			     "dashboard offers it, too"},
	{"WatchGuard Firebox",
		.names = {"O=WatchGuard", "O=WatchGuard_Technologies", "OU=Fireware"}},
	{"Untangle / Arista NG Firewall", .names = {"O=Untangle", "O=Arista"}},
	{"Palo Alto PAN-OS",
		.names = {"CN=*palo alto*", "CN=*paloalto*", "O=*palo alto*", "CN=*pan-os*"}},
	{"Check Point", .names = {"O=Check Point"}},
	{"Barracuda", .names = {"CN=*barracuda*", "O=*barracuda*"}},
	{"Securly", .names = {"CN=[*].securly.com", "O=Securly, Inc*"},
		.class = INTERCEPTOR_ENDPOINT},
	{"Kaspersky", .names = {"CN=Kaspersky Anti-Virus Personal Root*", "O=AO Kaspersky Lab"},
		.class = INTERCEPTOR_ENDPOINT},
	{"ESET", .names = {"CN=ESET SSL Filter CA"}, .class = INTERCEPTOR_ENDPOINT},
	{"Avast", .names = {"CN=avast! Web/Mail Shield Root", "CN=Avast Web/Mail Shield Root"},
		.class = INTERCEPTOR_ENDPOINT},
	{"AVG", .names = {"CN=AVG Web/Mail Shield Root"}, .class = INTERCEPTOR_ENDPOINT},
	{"Norton", .names = {"CN=Norton Web/Mail Shield Root"}, .class = INTERCEPTOR_ENDPOINT},
	{"Bitdefender", .names = {"CN=*Bitdefender Personal CA.Net-Defender*", "O=Bitdefender"},
		.class = INTERCEPTOR_ENDPOINT},
	{"AdGuard", .names = {"CN=Adguard Personal CA"}, .class = INTERCEPTOR_ENDPOINT,
		.root_hint = "AdGuard serves it at http://local.adguard.org/cert"},
	{"mitmproxy", .names = {"CN=mitmproxy", "O=mitmproxy"}, .class = INTERCEPTOR_DEBUG,
		.root_hint = "mitmproxy keeps it as ~/.mitmproxy/mitmproxy-ca-cert.pem of the user "
			     "who runs it, "
			     "and serves it at http://mitm.it"},
	{"Charles",
		.names = {"O=XK72 Ltd", "CN=Charles Proxy CA*",
			"CN=Charles Proxy Custom Root Certificate*"},
		.class = INTERCEPTOR_DEBUG,
		.root_hint = "in Charles: Help, SSL Proxying, Save Charles Root Certificate"},
	{"Fiddler",
		.names = {"CN=DO_NOT_TRUST_FiddlerRoot*",
			"CN=Fiddler Everywhere Root Certificate Authority"},
		.class = INTERCEPTOR_DEBUG},
	{"Burp Suite", .names = {"CN=PortSwigger CA", "O=PortSwigger"}, .class = INTERCEPTOR_DEBUG,
		.root_hint = "Burp serves it at http://burpsuite/cert, through Burp itself"},
	{"OWASP ZAP",
		.names = {"CN=OWASP Zed Attack Proxy Root CA", "CN=Zed Attack Proxy Root CA",
			"O=ZAP Root CA", "O=OWASP Root CA"},
		.class = INTERCEPTOR_DEBUG},
	{"Proxyman", .names = {"CN=Proxyman CA (*", "O=Proxyman LLC", "O=Proxyman Inc"},
		.class = INTERCEPTOR_DEBUG},
	{"HTTP Toolkit", .names = {"CN=HTTP Toolkit CA*"}, .class = INTERCEPTOR_DEBUG},
	{"squid ssl-bump", .names = {"CN~" WORD("squid"), "O~" WORD("squid"), "OU~" WORD("squid")}},
	{"Docker Sandboxes", .names = {"CN=Docker Sandboxes Proxy CA"},
		.class = INTERCEPTOR_SANDBOX,
		.root_hint = "the sandbox has it in its own environment, base64 coded: "
			     "PROXY_CA_CERT_B64"},
	{"BadSSL test", .names = {"CN=*BadSSL MITM Software Test*"}, .class = INTERCEPTOR_DEBUG},
};

/*
 * Issuer names with which a proxy says that it does not trust the server.  Other products block the
 * connection, present a self-signed leaf (Forcepoint NGFW), or pass the server's own certificate
 * through (Zscaler).
 */
static const struct interceptor refusal = {
	.names = {
		/* squid, src/ssl/gadgets.cc: Not trusted by "the name of squid's own CA" */
		"CN=*not[-_ ]trusted*",
		"CN=*nottrusted*",
		/* Avast, AVG, Norton: their usual CA is "... Web/Mail Shield Root" */
		"CN=*Web/Mail Shield Untrusted Root",
		/* FortiOS has Fortinet_CA_Untrusted and Fortinet Untrusted CA.  On PAN-OS and
		   others the administrator names the forward untrust certificate, usually like
		   this. "Untrusted" alone could be anyone's. */
		"CN~" WORD("untrust"),
		"CN=*untrust",
		"CN=*untrustca*",
		"CN=*forward*untrust*",
		"CN=*untrusted",
		"CN=*(untrusted)*",
		"CN=*untrusted*ca",
		"CN=*untrusted[-_ ]cert*",
		"CN=*untrusted[-_ ]issuer*",
	}};

const char *const interceptor_agent_files[] = {
	"/opt/netskope/stagent/data/nscacert.pem",
	"/opt/netskope/stagent/data/nstenantcert.pem",
	"/var/lib/cloudflare-warp/installed_cert.pem",
	NULL,
};

static bool fits(const struct interceptor *row, const char *plain, const char *padded)
{
	for (const char *const *pattern = row->names; *pattern; pattern++)
		if (fnmatch(*pattern, plain, FNM_CASEFOLD) == 0 ||
			fnmatch(*pattern, padded, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/*
 * The first row of the table (up to `stop`) that fits a field of an issuer or of a CA's subject, or
 * NULL.  `*ret_text` is then that field, "CN=Corp Root", allocated.
 */
static const struct interceptor *find(const struct certs *chain, const struct interceptor *row,
	const struct interceptor *stop, char **ret_text)
{
	const struct interceptor *found = NULL;

	for (size_t i = 0; i < 2 * chain->n; i++) {
		bool is_subject = i % 2;
		X509 *x509 = cert_x509(chain->at[i / 2]);

		if (!x509 || (is_subject && !cert_is_ca(chain->at[i / 2])))
			continue;
		const X509_NAME *name =
			is_subject ? X509_get_subject_name(x509) : X509_get_issuer_name(x509);
		for (int e = 0; e < X509_NAME_entry_count(name); e++) {
			const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, e);
			int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
			unsigned char *utf8 = NULL;
			int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
			const char *at = (const char *)utf8;
			auto_free char *plain = NULL, *padded = NULL;

			for (; len > 0 && *at == ' '; at++)
				len--;
			while (len > 0 && at[len - 1] == ' ') /* Zscaler's "(t) " ends with one */
				len--;
			if (len > 0 && asprintf(&plain, "%s=%.*s", OBJ_nid2sn(nid), len, at) < 0)
				plain = NULL;
			if (plain && asprintf(&padded, "%s~ %.*s ", OBJ_nid2sn(nid), len, at) < 0)
				padded = NULL;
			OPENSSL_free(utf8);
			for (const struct interceptor *it = row; padded && it < stop; it++) {
				if (!fits(it, plain, padded))
					continue;
				found = stop = it;
				free(*ret_text);
				*ret_text = steal(&plain);
				break;
			}
		}
	}
	return found;
}

const struct interceptor *interceptor_of(const struct certs *chain)
{
	auto_free char *text = NULL;

	return find(chain, products, products + sizeof(products) / sizeof(*products), &text);
}

int interceptor_check_refusal(const struct certs *chain, struct fault *why)
{
	auto_free char *text = NULL, *shown = NULL;

	if (!find(chain, &refusal, &refusal + 1, &text))
		return 0;
	shown = text_printable(text, strlen(text), LIMIT_NAME_SHOWN);
	return fault_set(why, FAULT_REFUSED,
		"the proxy itself does not trust the server and says so with the issuer '%s'; ask "
		"the proxy's administrator to look into it",
		shown ? shown : "");
}
