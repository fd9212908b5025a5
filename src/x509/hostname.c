/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/hostname.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "src/x509/ossl.h"

/* A name in a certificate: bytes, not text. */
struct pattern {
	const char *at;
	size_t len;
};

struct address {
	uint8_t bytes[16];
	int len; /* 0: the name is no address */
};

static struct address address_of(const char *name)
{
	struct address ret = {.len = 0};

	if (inet_pton(AF_INET, name, ret.bytes) == 1)
		ret.len = 4;
	else if (inet_pton(AF_INET6, name, ret.bytes) == 1)
		ret.len = 16;
	return ret;
}

static bool same_text(const char *a, const char *b, size_t len)
{
	return strncasecmp(a, b, len) == 0;
}

static bool has_dot(const char *at, size_t len)
{
	return memchr(at, '.', len) != NULL;
}

/* The first label of a pattern has one star; what stands around it is in the host's label. */
static bool label_matches(struct pattern label, const char *host, size_t host_len, unsigned habits)
{
	const char *star = memchr(label.at, '*', label.len);
	size_t before = (size_t)(star - label.at);
	size_t behind = label.len - before - 1;

	if (label.len == 1)
		return host_len > 0;
	if (!(habits &
		    (before ? HOSTNAME_WILD_WITHIN : HOSTNAME_WILD_WITHIN | HOSTNAME_WILD_BEFORE)))
		return false;
	return host_len >= before + behind && same_text(label.at, host, before) &&
	       same_text(star + 1, host + host_len - behind, behind);
}

static bool glob_matches(struct pattern pattern, const char *host, unsigned habits)
{
	const char *dot = memchr(pattern.at, '.', pattern.len);
	const char *host_dot = strchr(host, '.');
	size_t rest;

	if (!dot || !host_dot)
		return false;
	rest = pattern.len - (size_t)(dot - pattern.at);
	if (!(habits & HOSTNAME_WILD_TOP) && !has_dot(dot + 1, rest - 1))
		return false;
	return rest == strlen(host_dot) && same_text(dot, host_dot, rest) &&
	       label_matches((struct pattern){pattern.at, pattern.len - rest}, host,
		       (size_t)(host_dot - host), habits);
}

static bool pattern_matches(struct pattern pattern, const char *host, unsigned habits)
{
	const char *dot;
	const char *star;

	if (pattern.len && pattern.at[pattern.len - 1] == '.' && (habits & HOSTNAME_LAST_DOT))
		pattern.len--;
	if (pattern.len == strlen(host) && same_text(pattern.at, host, pattern.len))
		return true;
	dot = memchr(pattern.at, '.', pattern.len);
	star = dot ? memchr(pattern.at, '*', (size_t)(dot - pattern.at)) : NULL;
	return star && glob_matches(pattern, host, habits);
}

static struct pattern pattern_of(const ASN1_STRING *text)
{
	return (struct pattern){
		(const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text)};
}

static bool common_name_matches(X509 *x509, const char *name, unsigned habits)
{
	const X509_NAME *subject = X509_get_subject_name(x509);
	int at = -1, last = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		last = at;
	return last >= 0 && pattern_matches(pattern_of(X509_NAME_ENTRY_get_data(
						    X509_NAME_get_entry(subject, last))),
				    name, habits);
}

static bool is_ldh(const char *name)
{
	return name[strspn(name,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")] == 0;
}

/* What a look through the subjectAltName finds. */
struct found {
	bool match, dns, address, uri;
};

static void look_at(
	const GENERAL_NAME *general, const char *name, unsigned habits, struct found *ret)
{
	const struct address address = address_of(name);
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(general, &type);

	if (type == GEN_DNS) {
		ret->dns = true;
		ret->match =
			ret->match || ((!address.len || (habits & HOSTNAME_IP_AS_DNS)) &&
					      pattern_matches(pattern_of(value), name, habits));
	} else if (type == GEN_IPADD) {
		ret->address = true;
		ret->match =
			ret->match || (address.len && ASN1_STRING_length(value) == address.len &&
					      memcmp(ASN1_STRING_get0_data(value), address.bytes,
						      (size_t)address.len) == 0);
	}
	ret->uri = ret->uri || type == GEN_URI;
}

static bool common_name_counts(X509 *x509, struct found found, unsigned habits)
{
	if (found.dns || (found.address && (habits & HOSTNAME_COMMON_NAME_ALONE)))
		return false;
	if ((habits & HOSTNAME_COMMON_NAME_SERVER) &&
		(found.uri || !(X509_get_extended_key_usage(x509) & (XKU_SSL_SERVER | XKU_ANYEKU))))
		return false;
	return habits & (HOSTNAME_COMMON_NAME | HOSTNAME_COMMON_NAME_ALONE);
}

bool hostname_matches(X509 *x509, const char *name, unsigned habits)
{
	int critical = -1;
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, NULL);
	bool is_address = address_of(name).len;
	struct found found = {.match = false};

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		look_at(sk_GENERAL_NAME_value(names, i), name, habits, &found);
	if (!names && critical != -1)
		return false;
	GENERAL_NAMES_free(names);
	if (!is_address && (habits & HOSTNAME_LDH_ONLY) && !is_ldh(name))
		return false;
	if (found.match)
		return true;
	if (is_address && !(habits & HOSTNAME_COMMON_NAME_IP))
		return false;
	return common_name_counts(x509, found, habits) && common_name_matches(x509, name, habits);
}
