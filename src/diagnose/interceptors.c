/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/interceptors.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/ossl.h"

enum field {
	CN = NID_commonName,
	O = NID_organizationName,
	OU = NID_organizationalUnitName,
	EMAIL = NID_pkcs9_emailAddress
};

enum how { SAME, STARTS, ENDS, HOLDS, WORD };

#define RULES_N 4

struct rule {
	enum field field;
	enum how how;
	const char *text; /* NULL: no more rules */
};

/* Any one rule is enough.  Earlier rows win. */
struct row {
	struct interceptor shown;
	struct rule rules[RULES_N];
};

static const struct row rows[] = {
	{{"Zscaler", INTERCEPTOR_ENTERPRISE,
		 "Zscaler leaves its root out: export 'Zscaler Root CA' from the "
		 "ZIA admin portal, or from a browser that trusts it"},
		{{O, SAME, "Zscaler Inc."}, {OU, SAME, "Zscaler Inc."},
			{CN, STARTS, "Zscaler Intermediate Root CA ("},
			{CN, SAME, "Zscaler Root CA"}}},
	{{"Netskope", INTERCEPTOR_ENTERPRISE,
		 "the Netskope client keeps its root in "
		 "/opt/netskope/stagent/data/nscacert.pem; the administrator finds "
		 "it under Settings, Certificates"},
		{{CN, ENDS, ".goskope.com"}, {EMAIL, SAME, "certadmin@netskope.com"},
			{CN, SAME, "caadmin.netskope.com"},
			{CN, STARTS, "Netskope Tenant Authority (FedRAMP "}}},
	{{"Blue Coat ProxySG", INTERCEPTOR_ENTERPRISE, NULL}, {{O, STARTS, "Blue Coat"}}},
	{{"Cisco Umbrella", INTERCEPTOR_ENTERPRISE,
		 "'Cisco Umbrella Root CA' is not sent: download it from the "
		 "Umbrella dashboard, Deployments, Root Certificate"},
		{{CN, SAME, "Cisco Umbrella Root CA"}, {CN, SAME, "Cisco Umbrella Primary SubCA"},
			{CN, STARTS, "Cisco Umbrella Secondary SubCA "}}},
	{{"Forcepoint", INTERCEPTOR_ENTERPRISE,
		 "download the root from the Forcepoint cloud portal, or ask the "
		 "administrator"},
		{{CN, SAME, "Forcepoint Cloud CA"}, {O, SAME, "Forcepoint LLC"}}},
	{{"Fortinet FortiGate", INTERCEPTOR_ENTERPRISE,
		 "the administrator finds it on the FortiGate under System, "
		 "Certificates, 'Fortinet_CA_SSL'"},
		{{CN, SAME, "FortiGate CA"}, {O, SAME, "Fortinet"}, {O, SAME, "Fortinet Ltd."}}},
	{{"Sophos UTM", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, SAME, "sophosutm Proxy CA"}, {O, SAME, "sophosutm"}}},
	{{"Sophos Firewall", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, STARTS, "Sophos SSL CA_"}, {CN, STARTS, "Sophos_CA_"}}},
	{{"Sophos Web Appliance", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, HOLDS, "Sophos Web Appliance"}, {O, HOLDS, "Sophos Web Appliance"},
			{O, SAME, "Sophos Plc"}}},
	{{"SonicWall DPI-SSL", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, SAME, "SonicWALL Firewall DPI-SSL"}, {O, SAME, "SonicWALL Inc."},
			{O, HOLDS, "HTTPS Management Certificate for SonicWALL"}}},
	{{"McAfee Web Gateway", INTERCEPTOR_ENTERPRISE, NULL}, {{CN, HOLDS, "McAfee Web Gateway"}}},
	{{"Trend Micro IWSS", INTERCEPTOR_ENTERPRISE, NULL}, {{CN, HOLDS, "IWSS.TREND"}}},
	{{"Cyberoam", INTERCEPTOR_ENTERPRISE, NULL},
		{{O, HOLDS, "Cyberoam Certificate Authority"}}},
	{{"ContentKeeper", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, STARTS, "ContentKeeper Appliance CA ("},
			{O, SAME, "ContentKeeper Technologies"}}},
	{{"Smoothwall", INTERCEPTOR_ENDPOINT, NULL},
		{{CN, SAME, "Smoothwall-default-root-certificate-authority"}}},
	{{"NetSpark", INTERCEPTOR_ENDPOINT, NULL},
		{{CN, HOLDS, "www.netspark.com"}, {O, SAME, "NetSpark"}}},
	{{"iboss", INTERCEPTOR_ENTERPRISE, NULL}, {{CN, WORD, "iboss"}, {O, WORD, "iboss"}}},
	{{"Menlo Security", INTERCEPTOR_ENTERPRISE,
		 "Menlo leaves its root out: the administrator finds it in the "
		 "Menlo admin console"},
		{{CN, SAME, "Menlo Security Intermediate CA"}, {O, SAME, "Menlo Security Inc."}}},
	{{"Cloudflare Gateway", INTERCEPTOR_ENTERPRISE,
		 "the Cloudflare WARP client keeps it in "
		 "/var/lib/cloudflare-warp/installed_cert.pem; the Zero Trust "
		 "dashboard offers it, too"},
		{{CN, STARTS, "Gateway CA - Cloudflare Managed G1"}}},
	{{"WatchGuard Firebox", INTERCEPTOR_ENTERPRISE, NULL},
		{{O, SAME, "WatchGuard"}, {O, SAME, "WatchGuard_Technologies"},
			{OU, SAME, "Fireware"}}},
	{{"Untangle / Arista NG Firewall", INTERCEPTOR_ENTERPRISE, NULL},
		{{O, SAME, "Untangle"}, {O, SAME, "Arista"}}},
	{{"Palo Alto PAN-OS", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, HOLDS, "palo alto"}, {CN, HOLDS, "paloalto"}, {O, HOLDS, "palo alto"},
			{CN, HOLDS, "pan-os"}}},
	{{"Check Point", INTERCEPTOR_ENTERPRISE, NULL}, {{O, SAME, "Check Point"}}},
	{{"Barracuda", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, HOLDS, "barracuda"}, {O, HOLDS, "barracuda"}}},
	{{"Securly", INTERCEPTOR_ENDPOINT, NULL},
		{{CN, SAME, "*.securly.com"}, {O, STARTS, "Securly, Inc"}}},
	{{"Kaspersky", INTERCEPTOR_ENDPOINT, NULL},
		{{CN, STARTS, "Kaspersky Anti-Virus Personal Root"},
			{O, SAME, "AO Kaspersky Lab"}}},
	{{"ESET", INTERCEPTOR_ENDPOINT, NULL}, {{CN, SAME, "ESET SSL Filter CA"}}},
	{{"Avast", INTERCEPTOR_ENDPOINT, NULL}, {{CN, SAME, "avast! Web/Mail Shield Root"},
							{CN, SAME, "Avast Web/Mail Shield Root"}}},
	{{"AVG", INTERCEPTOR_ENDPOINT, NULL}, {{CN, SAME, "AVG Web/Mail Shield Root"}}},
	{{"Norton", INTERCEPTOR_ENDPOINT, NULL}, {{CN, SAME, "Norton Web/Mail Shield Root"}}},
	{{"Bitdefender", INTERCEPTOR_ENDPOINT, NULL},
		{{CN, HOLDS, "Bitdefender Personal CA.Net-Defender"}, {O, SAME, "Bitdefender"}}},
	{{"AdGuard", INTERCEPTOR_ENDPOINT, "AdGuard serves it at http://local.adguard.org/cert"},
		{{CN, SAME, "Adguard Personal CA"}}},
	{{"mitmproxy", INTERCEPTOR_DEBUG,
		 "mitmproxy keeps it as ~/.mitmproxy/mitmproxy-ca-cert.pem of the "
		 "user who runs it, and serves it at http://mitm.it"},
		{{CN, SAME, "mitmproxy"}, {O, SAME, "mitmproxy"}}},
	{{"Charles", INTERCEPTOR_DEBUG,
		 "in Charles: Help, SSL Proxying, Save Charles Root Certificate"},
		{{O, SAME, "XK72 Ltd"}, {CN, STARTS, "Charles Proxy CA"},
			{CN, STARTS, "Charles Proxy Custom Root Certificate"}}},
	{{"Fiddler", INTERCEPTOR_DEBUG, NULL},
		{{CN, STARTS, "DO_NOT_TRUST_FiddlerRoot"},
			{CN, SAME, "Fiddler Everywhere Root Certificate Authority"}}},
	{{"Burp Suite", INTERCEPTOR_DEBUG,
		 "Burp serves it at http://burpsuite/cert, through Burp itself"},
		{{CN, SAME, "PortSwigger CA"}, {O, SAME, "PortSwigger"}}},
	{{"OWASP ZAP", INTERCEPTOR_DEBUG, NULL},
		{{CN, SAME, "OWASP Zed Attack Proxy Root CA"},
			{CN, SAME, "Zed Attack Proxy Root CA"}, {O, SAME, "ZAP Root CA"},
			{O, SAME, "OWASP Root CA"}}},
	{{"Proxyman", INTERCEPTOR_DEBUG, NULL},
		{{CN, STARTS, "Proxyman CA ("}, {O, SAME, "Proxyman LLC"},
			{O, SAME, "Proxyman Inc"}}},
	{{"HTTP Toolkit", INTERCEPTOR_DEBUG, NULL}, {{CN, STARTS, "HTTP Toolkit CA"}}},
	{{"squid ssl-bump", INTERCEPTOR_ENTERPRISE, NULL},
		{{CN, WORD, "squid"}, {O, WORD, "squid"}, {OU, WORD, "squid"}}},
	{{"Docker Sandboxes", INTERCEPTOR_SANDBOX,
		 "the sandbox has it in its own environment, base64 coded: "
		 "PROXY_CA_CERT_B64"},
		{{CN, SAME, "Docker Sandboxes Proxy CA"}}},
	{{"BadSSL test", INTERCEPTOR_DEBUG, NULL}, {{CN, HOLDS, "BadSSL MITM Software Test"}}},
};

/*
 * By whom a proxy says that it does not trust the server.  Others block, make a self-signed leaf
 * (Forcepoint NGFW), or hand the server's own certificate through (Zscaler).
 */
static const struct rule refusals[] = {
	/* squid, src/ssl/gadgets.cc: its own CA's name follows */
	{CN, STARTS, "Not trusted by \""},
	/* FortiOS, ssl-ssh-profile: the default of untrusted-caname, and what that one is called */
	{CN, SAME, "Fortinet_CA_Untrusted"},
	{CN, SAME, "Fortinet Untrusted CA"},
	/* Avast, AVG, Norton: beside "... Web/Mail Shield Root" */
	{CN, ENDS, "Web/Mail Shield Untrusted Root"},
	/* PAN-OS, Configure SSL Forward Proxy: the administrator names the forward untrust
	 * certificate, and mostly so.  "Untrusted" alone may be anybody's. */
	{CN, WORD, "untrust"},
	{CN, ENDS, "untrust"},
	{CN, HOLDS, "untrustca"},
	{CN, HOLDS, "forwarduntrust"},
	{CN, HOLDS, "forward untrust"},
	{CN, HOLDS, "forward-untrust"},
	{CN, HOLDS, "forward_untrust"},
};

const char *const interceptor_agent_files[] = {
	"/opt/netskope/stagent/data/nscacert.pem",
	"/opt/netskope/stagent/data/nstenantcert.pem",
	"/var/lib/cloudflare-warp/installed_cert.pem",
	NULL,
};

/* "iboss" in "iboss Network Security", but not in "Giboss". */
static bool holds_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; *at; at++) {
		bool starts = at == text || strchr(" .,-_", at[-1]);
		if (starts && text_starts(at, word) && (!at[len] || strchr(" .,-_", at[len])))
			return true;
	}
	return false;
}

static bool text_fits(const char *text, enum how how, const char *wanted)
{
	switch (how) {
	case SAME:
		return text_same(text, wanted);
	case STARTS:
		return text_starts(text, wanted);
	case ENDS:
		return text_ends(text, wanted);
	case HOLDS:
		return text_contains(text, wanted);
	case WORD:
		return holds_word(text, wanted);
	}
	return false;
}

/* One value of a name as UTF-8 without blanks around it (Zscaler's "(t) " has one), allocated. */
static char *entry_text(const X509_NAME_ENTRY *entry)
{
	unsigned char *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
	const char *at = (const char *)utf8;
	char *text = NULL;

	if (len < 0)
		return NULL;
	for (; len && *at == ' '; at++)
		len--;
	for (; len && at[len - 1] == ' '; len--)
		;
	text = strndup(at, (size_t)len);
	OPENSSL_free(utf8);
	return text;
}

static bool row_fits(const struct row *row, int nid, const char *text)
{
	for (size_t i = 0; i < RULES_N && row->rules[i].text; i++)
		if ((int)row->rules[i].field == nid &&
			text_fits(text, row->rules[i].how, row->rules[i].text))
			return true;
	return false;
}

static const struct row *row_of_name(const X509_NAME *name)
{
	const struct row *found = NULL;

	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
		auto_free char *text = entry_text(entry);
		int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));

		for (size_t n = 0; text && n < sizeof(rows) / sizeof(rows[0]); n++)
			if (row_fits(&rows[n], nid, text) && (!found || &rows[n] < found))
				found = &rows[n];
	}
	return found;
}

const struct interceptor *interceptor_of(const struct certs *chain)
{
	const struct row *found = NULL;

	for (size_t i = 0; i < chain->n; i++) {
		struct fault unread = FAULT_INIT;
		X509 *x509 = NULL;
		const struct row *row;

		if (cert_parse(chain->at[i], &x509, &unread))
			continue;
		row = row_of_name(X509_get_issuer_name(x509));
		if (row && (!found || row < found))
			found = row;
		row = cert_is_ca(chain->at[i]) ? row_of_name(X509_get_subject_name(x509)) : NULL;
		if (row && (!found || row < found))
			found = row;
	}
	return found ? &found->shown : NULL;
}

static bool refuses(int nid, const char *text)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if ((int)refusals[i].field == nid &&
			text_fits(text, refusals[i].how, refusals[i].text))
			return true;
	return false;
}

static int check_name(const X509_NAME *name, struct fault *why)
{
	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
		auto_free char *text = entry_text(entry);
		auto_free char *shown = NULL;

		if (!text || !refuses(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)), text))
			continue;
		shown = text_printable(text, strlen(text), LIMIT_NAME_SHOWN);
		return fault_set(why, FAULT_REFUSED,
			"the proxy itself does not trust the server and says so by the issuer "
			"'%s'; the proxy's administrator must look into it",
			shown ? shown : "");
	}
	return 0;
}

int interceptor_check_refusal(const struct certs *chain, struct fault *why)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct fault unread = FAULT_INIT;
		X509 *x509 = NULL;

		if (cert_parse(chain->at[i], &x509, &unread) == 0 &&
			(check_name(X509_get_issuer_name(x509), why) ||
				(cert_is_ca(chain->at[i]) &&
					check_name(X509_get_subject_name(x509), why))))
			return -1;
	}
	return 0;
}
