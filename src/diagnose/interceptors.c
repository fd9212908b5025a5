/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/interceptors.h"

#include <fnmatch.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/ossl.h"

/*
 * One matching pattern is enough, and earlier rows win.  "O=PATTERN" is a case-insensitive
 * fnmatch(3) pattern; "O~WORD" matches a whole word.
 */
static const struct row {
	struct interceptor shown;
	const char *patterns[5]; /* NULL at the end */
} rows[] = {
	{{"Zscaler", INTERCEPTOR_ENTERPRISE,
		 "Zscaler leaves its root out: export 'Zscaler Root CA' from the ZIA admin portal, "
		 "or from a browser that trusts it"},
		{"O=Zscaler Inc.", "OU=Zscaler Inc.", "CN=Zscaler Intermediate Root CA (*",
			"CN=Zscaler Root CA"}},
	{{"Netskope", INTERCEPTOR_ENTERPRISE,
		 "the Netskope client keeps its root in /opt/netskope/stagent/data/nscacert.pem; "
		 "the administrator finds it under Settings, Certificates"},
		{"CN=*.goskope.com", "emailAddress=certadmin@netskope.com",
			"CN=caadmin.netskope.com", "CN=Netskope Tenant Authority (FedRAMP *"}},
	{{"Blue Coat ProxySG", INTERCEPTOR_ENTERPRISE, NULL}, {"O=Blue Coat*"}},
	{{"Cisco Umbrella", INTERCEPTOR_ENTERPRISE,
		 "'Cisco Umbrella Root CA' is not sent: download it from the Umbrella dashboard, "
		 "Deployments, Root Certificate"},
		{"CN=Cisco Umbrella Root CA", "CN=Cisco Umbrella Primary SubCA",
			"CN=Cisco Umbrella Secondary SubCA *"}},
	{{"Forcepoint", INTERCEPTOR_ENTERPRISE,
		 "download the root from the Forcepoint cloud portal, or ask the administrator"},
		{"CN=Forcepoint Cloud CA", "O=Forcepoint LLC"}},
	{{"Fortinet FortiGate", INTERCEPTOR_ENTERPRISE,
		 "the administrator finds it on the FortiGate under System, Certificates, "
		 "'Fortinet_CA_SSL'"},
		{"CN=FortiGate CA", "O=Fortinet", "O=Fortinet Ltd."}},
	{{"Sophos UTM", INTERCEPTOR_ENTERPRISE, NULL}, {"CN=sophosutm Proxy CA", "O=sophosutm"}},
	{{"Sophos Firewall", INTERCEPTOR_ENTERPRISE, NULL},
		{"CN=Sophos SSL CA_*", "CN=Sophos_CA_*"}},
	{{"Sophos Web Appliance", INTERCEPTOR_ENTERPRISE, NULL},
		{"CN=*Sophos Web Appliance*", "O=*Sophos Web Appliance*", "O=Sophos Plc"}},
	{{"SonicWall DPI-SSL", INTERCEPTOR_ENTERPRISE, NULL},
		{"CN=SonicWALL Firewall DPI-SSL", "O=SonicWALL Inc.",
			"O=*HTTPS Management Certificate for SonicWALL*"}},
	{{"McAfee Web Gateway", INTERCEPTOR_ENTERPRISE, NULL}, {"CN=*McAfee Web Gateway*"}},
	{{"Trend Micro IWSS", INTERCEPTOR_ENTERPRISE, NULL}, {"CN=*IWSS.TREND*"}},
	{{"Cyberoam", INTERCEPTOR_ENTERPRISE, NULL}, {"O=*Cyberoam Certificate Authority*"}},
	{{"ContentKeeper", INTERCEPTOR_ENTERPRISE, NULL},
		{"CN=ContentKeeper Appliance CA (*", "O=ContentKeeper Technologies"}},
	{{"Smoothwall", INTERCEPTOR_ENDPOINT, NULL},
		{"CN=Smoothwall-default-root-certificate-authority"}},
	{{"NetSpark", INTERCEPTOR_ENDPOINT, NULL}, {"CN=*www.netspark.com*", "O=NetSpark"}},
	{{"iboss", INTERCEPTOR_ENTERPRISE, NULL}, {"CN~iboss", "O~iboss"}},
	{{"Menlo Security", INTERCEPTOR_ENTERPRISE,
		 "Menlo leaves its root out: the administrator finds it in the Menlo admin "
		 "console"},
		{"CN=Menlo Security Intermediate CA", "O=Menlo Security Inc."}},
	{{"Cloudflare Gateway", INTERCEPTOR_ENTERPRISE,
		 "the Cloudflare WARP client keeps it in "
		 "/var/lib/cloudflare-warp/installed_cert.pem; the Zero Trust dashboard offers it, "
		 "too"},
		{"CN=Gateway CA - Cloudflare Managed G1*"}},
	{{"WatchGuard Firebox", INTERCEPTOR_ENTERPRISE, NULL},
		{"O=WatchGuard", "O=WatchGuard_Technologies", "OU=Fireware"}},
	{{"Untangle / Arista NG Firewall", INTERCEPTOR_ENTERPRISE, NULL},
		{"O=Untangle", "O=Arista"}},
	{{"Palo Alto PAN-OS", INTERCEPTOR_ENTERPRISE, NULL},
		{"CN=*palo alto*", "CN=*paloalto*", "O=*palo alto*", "CN=*pan-os*"}},
	{{"Check Point", INTERCEPTOR_ENTERPRISE, NULL}, {"O=Check Point"}},
	{{"Barracuda", INTERCEPTOR_ENTERPRISE, NULL}, {"CN=*barracuda*", "O=*barracuda*"}},
	{{"Securly", INTERCEPTOR_ENDPOINT, NULL}, {"CN=[*].securly.com", "O=Securly, Inc*"}},
	{{"Kaspersky", INTERCEPTOR_ENDPOINT, NULL},
		{"CN=Kaspersky Anti-Virus Personal Root*", "O=AO Kaspersky Lab"}},
	{{"ESET", INTERCEPTOR_ENDPOINT, NULL}, {"CN=ESET SSL Filter CA"}},
	{{"Avast", INTERCEPTOR_ENDPOINT, NULL},
		{"CN=avast! Web/Mail Shield Root", "CN=Avast Web/Mail Shield Root"}},
	{{"AVG", INTERCEPTOR_ENDPOINT, NULL}, {"CN=AVG Web/Mail Shield Root"}},
	{{"Norton", INTERCEPTOR_ENDPOINT, NULL}, {"CN=Norton Web/Mail Shield Root"}},
	{{"Bitdefender", INTERCEPTOR_ENDPOINT, NULL},
		{"CN=*Bitdefender Personal CA.Net-Defender*", "O=Bitdefender"}},
	{{"AdGuard", INTERCEPTOR_ENDPOINT, "AdGuard serves it at http://local.adguard.org/cert"},
		{"CN=Adguard Personal CA"}},
	{{"mitmproxy", INTERCEPTOR_DEBUG,
		 "mitmproxy keeps it as ~/.mitmproxy/mitmproxy-ca-cert.pem of the user who runs "
		 "it, and serves it at http://mitm.it"},
		{"CN=mitmproxy", "O=mitmproxy"}},
	{{"Charles", INTERCEPTOR_DEBUG,
		 "in Charles: Help, SSL Proxying, Save Charles Root Certificate"},
		{"O=XK72 Ltd", "CN=Charles Proxy CA*",
			"CN=Charles Proxy Custom Root Certificate*"}},
	{{"Fiddler", INTERCEPTOR_DEBUG, NULL},
		{"CN=DO_NOT_TRUST_FiddlerRoot*",
			"CN=Fiddler Everywhere Root Certificate Authority"}},
	{{"Burp Suite", INTERCEPTOR_DEBUG,
		 "Burp serves it at http://burpsuite/cert, through Burp itself"},
		{"CN=PortSwigger CA", "O=PortSwigger"}},
	{{"OWASP ZAP", INTERCEPTOR_DEBUG, NULL},
		{"CN=OWASP Zed Attack Proxy Root CA", "CN=Zed Attack Proxy Root CA",
			"O=ZAP Root CA", "O=OWASP Root CA"}},
	{{"Proxyman", INTERCEPTOR_DEBUG, NULL},
		{"CN=Proxyman CA (*", "O=Proxyman LLC", "O=Proxyman Inc"}},
	{{"HTTP Toolkit", INTERCEPTOR_DEBUG, NULL}, {"CN=HTTP Toolkit CA*"}},
	{{"squid ssl-bump", INTERCEPTOR_ENTERPRISE, NULL}, {"CN~squid", "O~squid", "OU~squid"}},
	{{"Docker Sandboxes", INTERCEPTOR_SANDBOX,
		 "the sandbox has it in its own environment, base64 coded: PROXY_CA_CERT_B64"},
		{"CN=Docker Sandboxes Proxy CA"}},
	{{"BadSSL test", INTERCEPTOR_DEBUG, NULL}, {"CN=*BadSSL MITM Software Test*"}},
};

/*
 * Issuer names with which a proxy says that it does not trust the server.  Other products block the
 * connection, present a self-signed leaf (Forcepoint NGFW), or pass the server's own certificate
 * through (Zscaler).
 */
static const char *const refusals[] = {
	/* squid, src/ssl/gadgets.cc: the name of squid's own CA follows */
	"CN=Not trusted by \"*",
	/* FortiOS, ssl-ssh-profile: the default of untrusted-caname, and that CA's common name */
	"CN=Fortinet_CA_Untrusted",
	"CN=Fortinet Untrusted CA",
	/* Avast, AVG, Norton: their usual CA is "... Web/Mail Shield Root" */
	"CN=*Web/Mail Shield Untrusted Root",
	/* PAN-OS, Configure SSL Forward Proxy: the administrator names the forward untrust
	 * certificate, usually like this.  "Untrusted" alone could be anyone's. */
	"CN~untrust",
	"CN=*untrust",
	"CN=*untrustca*",
	"CN=*forwarduntrust*",
	"CN=*forward untrust*",
	"CN=*forward-untrust*",
	"CN=*forward_untrust*",
	NULL,
};

#define ROWS_N (sizeof(rows) / sizeof(rows[0]))

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

static bool fits(const char *const *patterns, const char *field, const char *value)
{
	for (; *patterns; patterns++) {
		size_t len = strcspn(*patterns, "=~");
		const char *wanted = *patterns + len + 1;

		if (strlen(field) == len && strncmp(*patterns, field, len) == 0 &&
			((*patterns)[len] == '~' ? holds_word(value, wanted)
						 : fnmatch(wanted, value, FNM_CASEFOLD) == 0))
			return true;
	}
	return false;
}

/*
 * Call `look` for each field of every issuer and of every CA's subject, without leading and
 * trailing spaces (Zscaler's "(t) " ends with one).
 */
static void each_field(const struct certs *chain,
	void (*look)(const char *field, const char *value, void *arg), void *arg)
{
	for (size_t i = 0; i < 2 * chain->n; i++) {
		struct cert *cert = chain->at[i / 2];
		struct fault unread = FAULT_INIT;
		X509 *x509 = NULL;

		if (cert_parse(cert, &x509, &unread) || (i % 2 && !cert_is_ca(cert)))
			continue;
		const X509_NAME *name =
			i % 2 ? X509_get_subject_name(x509) : X509_get_issuer_name(x509);
		for (int e = 0; e < X509_NAME_entry_count(name); e++) {
			const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, e);
			unsigned char *utf8 = NULL;
			int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
			const char *at = (const char *)utf8;
			const char *field =
				OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));

			for (; len > 0 && *at == ' '; at++)
				len--;
			while (len > 0 && at[len - 1] == ' ')
				len--;
			auto_free char *value = len < 0 ? NULL : strndup(at, (size_t)len);
			OPENSSL_free(utf8);
			if (value)
				look(field, value, arg);
		}
	}
}

static void find_row(const char *field, const char *value, void *arg)
{
	const struct row **found = arg;

	for (const struct row *row = rows; row < (*found ? *found : rows + ROWS_N); row++)
		if (fits(row->patterns, field, value))
			*found = row;
}

const struct interceptor *interceptor_of(const struct certs *chain)
{
	const struct row *found = NULL;

	each_field(chain, find_row, &found);
	return found ? &found->shown : NULL;
}

static void find_refusal(const char *field, const char *value, void *arg)
{
	if (!fits(refusals, field, value))
		return;
	auto_free char *shown = text_printable(value, strlen(value), LIMIT_NAME_SHOWN);
	fault_set(arg, FAULT_REFUSED,
		"the proxy itself does not trust the server and says so with the issuer '%s'; the "
		"proxy's administrator must look into it",
		shown ? shown : "");
}

int interceptor_check_refusal(const struct certs *chain, struct fault *why)
{
	struct fault found = FAULT_INIT;

	each_field(chain, find_refusal, &found);
	if (found.kind == FAULT_NONE)
		return 0;
	*why = found;
	return -1;
}
