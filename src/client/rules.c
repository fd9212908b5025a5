/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/rules.h"

#include <string.h>

#include "src/x509/ossl.h"

static X509 *x509_of(struct cert *cert)
{
	struct fault why = FAULT_INIT;
	X509 *x509;

	return cert_parse(cert, &x509, &why) == 0 ? x509 : NULL;
}

static struct cert *cert_at(const struct step *step)
{
	return step->path[step->n - 1];
}

static X509 *self(const struct step *step)
{
	return x509_of(cert_at(step));
}

static uint32_t flags_of(const struct step *step)
{
	return X509_get_extension_flags(self(step));
}

static bool is_unsound(const struct step *step)
{
	X509 *x509 = self(step);

	return !x509 || (X509_get_extension_flags(x509) & EXFLAG_INVALID);
}

static bool has_expired(const struct step *step)
{
	time_t from, to;

	return !cert_times(cert_at(step), &from, &to) || step->at > to;
}

static bool is_early(const struct step *step)
{
	time_t from, to;

	return cert_times(cert_at(step), &from, &to) && step->at < from;
}

static bool is_old(const struct step *step)
{
	return X509_get_version(self(step)) != X509_VERSION_3;
}

static bool is_no_ca(const struct step *step)
{
	return !(flags_of(step) & EXFLAG_CA) || !(flags_of(step) & EXFLAG_BCONS);
}

static bool is_new_and_no_ca(const struct step *step)
{
	return !(flags_of(step) & EXFLAG_V1) && is_no_ca(step);
}

static bool is_new_issued_and_no_ca(const struct step *step)
{
	bool says_nothing = !(flags_of(step) & EXFLAG_BCONS) && (flags_of(step) & EXFLAG_SI);

	return !says_nothing && is_new_and_no_ca(step);
}

static bool is_ca(const struct step *step)
{
	return !is_no_ca(step);
}

/* X509_get_key_usage() gives all bits when there is no keyUsage. */
static bool lacks_cert_sign(const struct step *step)
{
	return !(X509_get_key_usage(self(step)) & KU_KEY_CERT_SIGN);
}

static bool lacks_signature(const struct step *step)
{
	return !(X509_get_key_usage(self(step)) & KU_DIGITAL_SIGNATURE);
}

static bool is_path_over(const struct step *step, size_t cas_n)
{
	long most = X509_get_pathlen(self(step));

	return most >= 0 && cas_n > (size_t)most;
}

static bool is_path_too_long(const struct step *step)
{
	return step->n >= 2 && is_path_over(step, step->n - 2);
}

static bool is_issued_path_too_long(const struct step *step)
{
	size_t cas_n = 0;

	for (size_t i = 1; i + 1 < step->n; i++)
		cas_n += !(X509_get_extension_flags(x509_of(step->path[i])) & EXFLAG_SI);
	return is_path_over(step, cas_n);
}

/* Is one of these purposes in the extendedKeyUsage, or is there none? */
static bool serves(const struct step *step, uint32_t purposes)
{
	return !(flags_of(step) & EXFLAG_XKUSAGE) ||
	       (X509_get_extended_key_usage(self(step)) & purposes);
}

static bool is_not_for_servers(const struct step *step)
{
	return !serves(step, XKU_SSL_SERVER);
}

static bool is_not_for_servers_or_any(const struct step *step)
{
	return !serves(step, XKU_SSL_SERVER | XKU_ANYEKU);
}

static bool is_not_for_servers_or_sgc(const struct step *step)
{
	return !serves(step, XKU_SSL_SERVER | XKU_SGC);
}

static bool is_not_for_servers_any_or_sgc(const struct step *step)
{
	return !serves(step, XKU_SSL_SERVER | XKU_ANYEKU | XKU_SGC);
}

static bool holds(const int *nids, int nid)
{
	while (*nids && *nids != nid)
		nids++;
	return *nids;
}

static bool has_unknown_critical(const struct step *step)
{
	static const int usual[] = {NID_basic_constraints, NID_key_usage, NID_subject_alt_name,
		NID_ext_key_usage, NID_name_constraints, 0};
	X509 *x509 = self(step);

	for (int i = 0; i < X509_get_ext_count(x509); i++) {
		X509_EXTENSION *extension = X509_get_ext(x509, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		if (X509_EXTENSION_get_critical(extension) &&
			(nid == NID_undef ||
				(!holds(usual, nid) && !holds(step->demands->extensions, nid))))
			return true;
	}
	return false;
}

static bool is_name_known(const GENERAL_SUBTREE *tree, bool with_uri)
{
	int type = tree->base->type;

	return type == GEN_DNS || type == GEN_IPADD || type == GEN_EMAIL ||
	       (with_uri && type == GEN_URI);
}

static bool has_strange_trees(const STACK_OF(GENERAL_SUBTREE) * trees)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
		if (!is_name_known(sk_GENERAL_SUBTREE_value(trees, i), true))
			return true;
	return false;
}

static bool has_strange_name_types(const struct step *step)
{
	int critical = 0;
	NAME_CONSTRAINTS *names =
		X509_get_ext_d2i(self(step), NID_name_constraints, &critical, NULL);
	bool strange = names && critical > 0 &&
		       (has_strange_trees(names->permittedSubtrees) ||
			       has_strange_trees(names->excludedSubtrees));

	NAME_CONSTRAINTS_free(names);
	return strange;
}

static void keep_known_trees(STACK_OF(GENERAL_SUBTREE) * trees)
{
	for (int i = sk_GENERAL_SUBTREE_num(trees) - 1; i >= 0; i--)
		if (!is_name_known(sk_GENERAL_SUBTREE_value(trees, i), false))
			GENERAL_SUBTREE_free(sk_GENERAL_SUBTREE_delete(trees, i));
}

static bool ends_in(const ASN1_STRING *text, const ASN1_STRING *end)
{
	int len = ASN1_STRING_length(text), end_len = ASN1_STRING_length(end);

	return end_len <= len && memcmp(ASN1_STRING_get0_data(text) + len - end_len,
					 ASN1_STRING_get0_data(end), (size_t)end_len) == 0;
}

/* "*.a.test", and x.a.test is excluded? */
static bool covers_excluded(const GENERAL_NAME *name, const NAME_CONSTRAINTS *constraints)
{
	ASN1_STRING *rest;
	bool covers = false;

	if (name->type != GEN_DNS || ASN1_STRING_length(name->d.dNSName) < 2 ||
		ASN1_STRING_get0_data(name->d.dNSName)[0] != '*')
		return false;
	rest = ASN1_STRING_dup(name->d.dNSName);
	if (!rest || !ASN1_STRING_set(rest, ASN1_STRING_get0_data(name->d.dNSName) + 1,
			     ASN1_STRING_length(name->d.dNSName) - 1)) {
		ASN1_STRING_free(rest);
		return true;
	}
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees); i++) {
		GENERAL_NAME *base =
			sk_GENERAL_SUBTREE_value(constraints->excludedSubtrees, i)->base;

		covers = covers || (base->type == GEN_DNS && ends_in(base->d.dNSName, rest));
	}
	ASN1_STRING_free(rest);
	return covers;
}

static bool wildcard_covers_excluded(X509 *leaf, const NAME_CONSTRAINTS *constraints)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	bool covers = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		covers = covers || covers_excluded(sk_GENERAL_NAME_value(names, i), constraints);
	GENERAL_NAMES_free(names);
	return covers;
}

static bool names_are_outside(const struct step *step, NAME_CONSTRAINTS *constraints)
{
	unsigned how = step->demands->names;
	X509 *leaf = x509_of(step->path[0]);

	if (how & NAMES_FEW) {
		keep_known_trees(constraints->permittedSubtrees);
		keep_known_trees(constraints->excludedSubtrees);
	}
	for (size_t i = 0; i + 1 < step->n && (i == 0 || (how & NAMES_CAS)); i++)
		if (NAME_CONSTRAINTS_check(x509_of(step->path[i]), constraints) != X509_V_OK)
			return true;
	if ((how & NAMES_COMMON_NAME) && NAME_CONSTRAINTS_check_CN(leaf, constraints) != X509_V_OK)
		return true;
	return (how & NAMES_WILDCARDS) && wildcard_covers_excluded(leaf, constraints);
}

/* Constraints that are there and cannot be decoded allow nothing. */
static bool has_names_outside(const struct step *step)
{
	int critical = -1;
	NAME_CONSTRAINTS *constraints =
		X509_get_ext_d2i(self(step), NID_name_constraints, &critical, NULL);
	bool outside = constraints ? names_are_outside(step, constraints) : critical != -1;

	NAME_CONSTRAINTS_free(constraints);
	return outside;
}

static int digest_of(const struct step *step)
{
	int digest = NID_undef;

	X509_get_signature_info(self(step), &digest, NULL, NULL, NULL);
	return digest;
}

static bool is_md5(const struct step *step)
{
	int digest = digest_of(step);

	return digest == NID_md5 || digest == NID_md4 || digest == NID_md2;
}

static bool is_sha1(const struct step *step)
{
	return digest_of(step) == NID_sha1;
}

static bool is_rsa(const EVP_PKEY *key)
{
	return key && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"));
}

static bool has_small_key(const struct step *step)
{
	const EVP_PKEY *key = X509_get0_pubkey(self(step));

	return is_rsa(key) && EVP_PKEY_get_bits(key) < step->demands->rsa_bits;
}

static bool has_strange_key(const struct step *step)
{
	EVP_PKEY *key = X509_get0_pubkey(self(step));
	char curve[64];
	int nid;

	if (!step->demands->keys || is_rsa(key))
		return false;
	nid = key ? EVP_PKEY_get_base_id(key) : NID_undef;
	if (nid == EVP_PKEY_EC)
		nid = EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) ? OBJ_sn2nid(curve)
									       : NID_undef;
	return nid == NID_undef || !holds(step->demands->keys, nid);
}

static bool has_negative_serial(const struct step *step)
{
	return X509_get0_serialNumber(self(step))->type == V_ASN1_NEG_INTEGER;
}

static bool has_no_subject(const struct step *step)
{
	X509 *x509 = self(step);
	int critical = -1;

	if (X509_NAME_entry_count(X509_get_subject_name(x509)))
		return false;
	GENERAL_NAMES_free(X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, NULL));
	return critical != 1;
}

static bool has_other_bytes(const ASN1_STRING *text)
{
	for (int i = 0; i < ASN1_STRING_length(text); i++)
		if (ASN1_STRING_get0_data(text)[i] & 0x80)
			return true;
	return false;
}

static bool has_names_not_ascii(const struct step *step)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(self(step), NID_subject_alt_name, NULL, NULL);
	bool other = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		other = other || (name->type == GEN_DNS && has_other_bytes(name->d.dNSName));
	}
	GENERAL_NAMES_free(names);
	return other;
}

static bool has_loose_constraints(const struct step *step)
{
	return !(flags_of(step) & EXFLAG_BCONS_CRITICAL);
}

static bool lacks_key_usage(const struct step *step)
{
	return !(flags_of(step) & EXFLAG_KUSAGE);
}

static bool lacks_key_id(const struct step *step)
{
	return !X509_get0_subject_key_id(self(step));
}

static const struct {
	bool (*is_broken)(const struct step *step);
	int error;
	const char *text;
} rules[RULES] = {
	[RULE_SOUND] = {is_unsound, X509_V_ERR_INVALID_EXTENSION,
		"an extension is damaged, or there twice, RFC 5280 4.2"},
	[RULE_EXPIRED] = {has_expired, X509_V_ERR_CERT_HAS_EXPIRED,
		"it has expired, RFC 5280 4.1.2.5"},
	[RULE_EARLY] = {is_early, X509_V_ERR_CERT_NOT_YET_VALID,
		"it is not yet valid, RFC 5280 4.1.2.5"},
	[RULE_VERSION_3] = {is_old, X509_V_ERR_INVALID_EXTENSION,
		"it is not of version 3, RFC 5280 4.1.2.1"},
	[RULE_CA] = {is_no_ca, X509_V_ERR_INVALID_CA,
		"basicConstraints do not make it a CA, RFC 5280 4.2.1.9"},
	[RULE_CA_OR_V1] = {is_new_and_no_ca, X509_V_ERR_INVALID_CA,
		"basicConstraints do not make it a CA, RFC 5280 4.2.1.9"},
	[RULE_CA_OR_SELF_ISSUED] = {is_new_issued_and_no_ca, X509_V_ERR_INVALID_CA,
		"basicConstraints do not make it a CA, RFC 5280 4.2.1.9"},
	[RULE_NO_CA] = {is_ca, X509_V_ERR_INVALID_PURPOSE,
		"basicConstraints make the server's certificate a CA, RFC 5280 4.2.1.9"},
	[RULE_CERT_SIGN] = {lacks_cert_sign, X509_V_ERR_KEYUSAGE_NO_CERTSIGN,
		"keyUsage lacks keyCertSign, RFC 5280 4.2.1.3"},
	[RULE_SIGN] = {lacks_signature, X509_V_ERR_INVALID_PURPOSE,
		"keyUsage lacks digitalSignature, RFC 5280 4.2.1.3"},
	[RULE_PATHLEN] = {is_path_too_long, X509_V_ERR_PATH_LENGTH_EXCEEDED,
		"more CAs below it than pathLenConstraint allows, RFC 5280 4.2.1.9"},
	[RULE_PATHLEN_ISSUED] = {is_issued_path_too_long, X509_V_ERR_PATH_LENGTH_EXCEEDED,
		"more CAs below it than pathLenConstraint allows, RFC 5280 4.2.1.9"},
	[RULE_SERVER] = {is_not_for_servers, X509_V_ERR_INVALID_PURPOSE,
		"extendedKeyUsage lacks serverAuth, RFC 5280 4.2.1.12"},
	[RULE_SERVER_OR_ANY] = {is_not_for_servers_or_any, X509_V_ERR_INVALID_PURPOSE,
		"extendedKeyUsage lacks serverAuth, RFC 5280 4.2.1.12"},
	[RULE_SERVER_OR_SGC] = {is_not_for_servers_or_sgc, X509_V_ERR_INVALID_PURPOSE,
		"extendedKeyUsage lacks serverAuth, RFC 5280 4.2.1.12"},
	[RULE_SERVER_ANY_OR_SGC] = {is_not_for_servers_any_or_sgc, X509_V_ERR_INVALID_PURPOSE,
		"extendedKeyUsage lacks serverAuth, RFC 5280 4.2.1.12"},
	[RULE_CRITICAL] = {has_unknown_critical, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
		"a critical extension is unknown to it, RFC 5280 4.2"},
	[RULE_NAME_TYPES] = {has_strange_name_types, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
		"critical nameConstraints of a type unknown to it, RFC 5280 4.2.1.10"},
	[RULE_NAMES] = {has_names_outside, X509_V_ERR_PERMITTED_VIOLATION,
		"the name is outside of its nameConstraints, RFC 5280 4.2.1.10"},
	[RULE_MD5] = {is_md5, X509_V_ERR_CA_MD_TOO_WEAK, "it is signed with MD5, RFC 6151"},
	[RULE_SHA1] = {is_sha1, X509_V_ERR_CA_MD_TOO_WEAK, "it is signed with SHA-1, RFC 9155"},
	[RULE_KEY_SIZE] = {has_small_key, X509_V_ERR_CA_KEY_TOO_SMALL, "its key is too small"},
	[RULE_KEY_KIND] = {has_strange_key, X509_V_ERR_CA_KEY_TOO_SMALL,
		"its key is of a kind that is unknown to it"},
	[RULE_SUBJECT] = {has_no_subject, X509_V_ERR_INVALID_EXTENSION,
		"no subject, and subjectAltName is not critical, RFC 5280 4.1.2.6"},
	[RULE_ASCII] = {has_names_not_ascii, X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,
		"a DNS name is not ASCII, RFC 5280 4.2.1.6"},
	[RULE_SERIAL] = {has_negative_serial, X509_V_ERR_INVALID_EXTENSION,
		"its serial number is negative, RFC 5280 4.1.2.2"},
	[RULE_BASIC_CRITICAL] = {has_loose_constraints, X509_V_ERR_CA_BCONS_NOT_CRITICAL,
		"basicConstraints is not critical, RFC 5280 4.2.1.9"},
	[RULE_KEY_USAGE] = {lacks_key_usage, X509_V_ERR_CA_CERT_MISSING_KEY_USAGE,
		"keyUsage missing, RFC 5280 4.2.1.3"},
	[RULE_KEY_ID] = {lacks_key_id, X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER,
		"subjectKeyIdentifier missing, RFC 5280 4.2.1.2"},
};

_Static_assert(sizeof(rules) / sizeof(rules[0]) <= 32, "a rule_set has 32 bits");

const char *rule_text(enum rule rule)
{
	return rules[rule].text;
}

int rule_error(enum rule rule)
{
	return rules[rule].error;
}

bool rule_is_broken(enum rule rule, const struct step *step)
{
	if (rule != RULE_SOUND && is_unsound(step))
		return false;
	return rules[rule].is_broken(step);
}

enum rule rules_broken(rule_set set, const struct step *step)
{
	for (enum rule rule = 0; rule < RULES; rule++)
		if ((set & RULE_BIT(rule)) && rule_is_broken(rule, step))
			return rule;
	return RULES;
}
