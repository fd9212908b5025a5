/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/hostname.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "src/x509/ossl.h"

static bool pattern_matches(const ASN1_STRING *pattern, const char *host, unsigned habits)
{
	const char *at = (const char *)ASN1_STRING_get0_data(pattern), *dot, *star;
	size_t len = (size_t)ASN1_STRING_length(pattern), host_len = strlen(host);
	size_t label_len = strcspn(host, "."), before, behind;

	if (len && at[len - 1] == '.' && (habits & HOSTNAME_LAST_DOT))
		len--;
	if (len == host_len && strncasecmp(at, host, len) == 0)
		return true;
	dot = memchr(at, '.', len);
	star = dot ? memchr(at, '*', (size_t)(dot - at)) : NULL;
	if (!star || (!(habits & HOSTNAME_WILD_TOP) &&
			     !memchr(dot + 1, '.', len - (size_t)(dot + 1 - at))))
		return false;
	if (!host[label_len] || len - (size_t)(dot - at) != host_len - label_len ||
		strncasecmp(dot, host + label_len, host_len - label_len) != 0)
		return false;
	/* The text around the star must match the host's first label. */
	before = (size_t)(star - at);
	behind = (size_t)(dot - star) - 1;
	if (before + behind == 0)
		return label_len > 0;
	if (!(habits & HOSTNAME_WILD_WITHIN) && (before || !(habits & HOSTNAME_WILD_BEFORE)))
		return false;
	return label_len >= before + behind && strncasecmp(at, host, before) == 0 &&
	       strncasecmp(star + 1, host + label_len - behind, behind) == 0;
}

bool hostname_matches(X509 *x509, const char *name, unsigned habits)
{
	static const char ldh[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	const ASN1_STRING *common_name =
		ossl_last_attribute(X509_get_subject_name(x509), NID_commonName);
	int critical = -1;
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, NULL);
	uint8_t address[16];
	bool is_ip =
		inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
	bool match = is_ip && X509_check_ip_asc(x509, name, 0) == 1, has_dns = false,
	     has_address = false, has_uri = false;

	if (!names && critical != -1)
		return false;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_STRING *value =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

		if (type == GEN_DNS && (!is_ip || (habits & HOSTNAME_IP_AS_DNS)))
			match |= pattern_matches(value, name, habits);
		has_dns |= type == GEN_DNS;
		has_address |= type == GEN_IPADD;
		has_uri |= type == GEN_URI;
	}
	GENERAL_NAMES_free(names);
	if (!is_ip && (habits & HOSTNAME_LDH_ONLY) && name[strspn(name, ldh)])
		return false;
	if (match)
		return true;
	/* Does the common name count? */
	if (is_ip && !(habits & HOSTNAME_COMMON_NAME_IP))
		return false;
	if (has_dns || (has_address && (habits & HOSTNAME_COMMON_NAME_ALONE)))
		return false;
	if ((habits & HOSTNAME_COMMON_NAME_SERVER) &&
		(has_uri || !(X509_get_extended_key_usage(x509) & (XKU_SSL_SERVER | XKU_ANYEKU))))
		return false;
	return (habits & (HOSTNAME_COMMON_NAME | HOSTNAME_COMMON_NAME_ALONE)) && common_name &&
	       pattern_matches(common_name, name, habits);
}
