/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/rules.h"

#include <string.h>

#include "src/x509/ossl.h"

static bool holds(const int *nids, int nid)
{
	while (*nids && *nids != nid)
		nids++;
	return *nids;
}

/* Counts the CAs between this certificate and the leaf. */
static bool is_path_too_long(const struct step *step, X509 *x509)
{
	long most = X509_get_pathlen(x509), cas_n = 0;

	for (size_t i = 1; i + 1 < step->n; i++)
		cas_n += !step->demands->skips_self_issued ||
			 !(X509_get_extension_flags(cert_x509(step->path[i])) & EXFLAG_SI);
	return most >= 0 && cas_n > most;
}

static bool has_unknown_critical(const struct step *step, X509 *x509)
{
	static const int usual[] = {NID_basic_constraints, NID_key_usage, NID_subject_alt_name,
		NID_ext_key_usage, NID_name_constraints, 0};

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

/* The first subtree that is not for DNS names, addresses, mail (or URIs, `with_uri`); -1: none. */
static int find_strange_tree(const STACK_OF(GENERAL_SUBTREE) * trees, bool with_uri)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		int type = sk_GENERAL_SUBTREE_value(trees, i)->base->type;

		if (type != GEN_DNS && type != GEN_IPADD && type != GEN_EMAIL &&
			!(with_uri && type == GEN_URI))
			return i;
	}
	return -1;
}

static void drop_strange_trees(STACK_OF(GENERAL_SUBTREE) * trees)
{
	for (int i; (i = find_strange_tree(trees, false)) >= 0;)
		GENERAL_SUBTREE_free(sk_GENERAL_SUBTREE_delete(trees, i));
}

static bool has_strange_name_types(X509 *x509)
{
	int critical = 0;
	NAME_CONSTRAINTS *names = X509_get_ext_d2i(x509, NID_name_constraints, &critical, NULL);
	bool strange = names && critical > 0 &&
		       (find_strange_tree(names->permittedSubtrees, true) >= 0 ||
			       find_strange_tree(names->excludedSubtrees, true) >= 0);

	NAME_CONSTRAINTS_free(names);
	return strange;
}

/* For example, "*.a.test" is in the leaf, and x.a.test is excluded. */
static bool wildcard_covers_excluded(X509 *leaf, const NAME_CONSTRAINTS *constraints)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	const STACK_OF(GENERAL_SUBTREE) *excluded = constraints->excludedSubtrees;
	bool covers = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type, len;
		const ASN1_STRING *name =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
		const uint8_t *text;

		if (type != GEN_DNS || ASN1_STRING_length(name) < 2 ||
			ASN1_STRING_get0_data(name)[0] != '*')
			continue;
		text = ASN1_STRING_get0_data(name) + 1;
		len = ASN1_STRING_length(name) - 1;
		for (int j = 0; j < sk_GENERAL_SUBTREE_num(excluded); j++) {
			const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(excluded, j)->base;
			const ASN1_STRING *dns = GENERAL_NAME_get0_value(base, &type);

			covers |= type == GEN_DNS && ASN1_STRING_length(dns) >= len &&
				  memcmp(ASN1_STRING_get0_data(dns) + ASN1_STRING_length(dns) - len,
					  text, (size_t)len) == 0;
		}
	}
	GENERAL_NAMES_free(names);
	return covers;
}

static bool names_are_outside(const struct step *step, NAME_CONSTRAINTS *constraints)
{
	unsigned how = step->demands->names;
	X509 *leaf = cert_x509(step->path[0]);

	if (how & NAMES_FEW) {
		drop_strange_trees(constraints->permittedSubtrees);
		drop_strange_trees(constraints->excludedSubtrees);
	}
	for (size_t i = 0; i + 1 < step->n && (i == 0 || (how & NAMES_CAS)); i++)
		if (NAME_CONSTRAINTS_check(cert_x509(step->path[i]), constraints) != X509_V_OK)
			return true;
	if ((how & NAMES_COMMON_NAME) && NAME_CONSTRAINTS_check_CN(leaf, constraints) != X509_V_OK)
		return true;
	return (how & NAMES_WILDCARDS) && wildcard_covers_excluded(leaf, constraints);
}

/* Constraints that cannot be decoded allow nothing. */
static bool has_names_outside(const struct step *step, X509 *x509)
{
	int critical = -1;
	NAME_CONSTRAINTS *constraints =
		X509_get_ext_d2i(x509, NID_name_constraints, &critical, NULL);
	bool outside = constraints ? names_are_outside(step, constraints) : critical != -1;

	NAME_CONSTRAINTS_free(constraints);
	return outside;
}

static bool is_rsa(const EVP_PKEY *key)
{
	return key && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"));
}

static bool has_unknown_key(const struct step *step, EVP_PKEY *key)
{
	int nid = key ? EVP_PKEY_get_base_id(key) : NID_undef;
	char curve[64];

	if (nid == EVP_PKEY_EC)
		nid = EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) ? OBJ_sn2nid(curve)
									       : NID_undef;
	return step->demands->keys && (nid == NID_undef || !holds(step->demands->keys, nid));
}

static bool has_names_not_ascii(X509 *x509)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_STRING *name =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

		for (int j = 0; type == GEN_DNS && j < ASN1_STRING_length(name); j++)
			found |= ASN1_STRING_get0_data(name)[j] >= 0x80;
	}
	GENERAL_NAMES_free(names);
	return found;
}

static bool lacks_critical_names(X509 *x509)
{
	int critical = -1;

	GENERAL_NAMES_free(X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, NULL));
	return critical != 1;
}

bool rule_is_broken(enum rule rule, const struct step *step)
{
	X509 *x509 = cert_x509(step->path[step->n - 1]);
	uint32_t flags = x509 ? X509_get_extension_flags(x509) : EXFLAG_INVALID;
	uint32_t old_cas = step->demands->old_cas;
	bool is_ca = (flags & EXFLAG_CA) && (flags & EXFLAG_BCONS);
	EVP_PKEY *key = x509 ? X509_get0_pubkey(x509) : NULL;
	time_t from, to;
	int digest = NID_undef;

	if (flags & EXFLAG_INVALID)
		return rule == RULE_SOUND;
	switch (rule) {
	case RULE_EXPIRED:
		return !cert_times(step->path[step->n - 1], &from, &to) || step->at > to;
	case RULE_EARLY:
		return cert_times(step->path[step->n - 1], &from, &to) && step->at < from;
	case RULE_VERSION_3:
		return X509_get_version(x509) != X509_VERSION_3;
	case RULE_CA:
		return !is_ca;
	case RULE_ANCHOR_CA:
		return !is_ca && !(flags & old_cas & EXFLAG_V1) &&
		       ((flags & EXFLAG_BCONS) || !(flags & old_cas & EXFLAG_SI));
	case RULE_NO_CA:
		return is_ca;
	case RULE_CERT_SIGN: /* without keyUsage OpenSSL returns all bits */
		return !(X509_get_key_usage(x509) & KU_KEY_CERT_SIGN);
	case RULE_SIGN:
		return !(X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE);
	case RULE_PATHLEN:
		return is_path_too_long(step, x509);
	case RULE_SERVER: /* without extendedKeyUsage any purpose is allowed */
		return (flags & EXFLAG_XKUSAGE) &&
		       !(X509_get_extended_key_usage(x509) & step->demands->purposes);
	case RULE_CRITICAL:
		return has_unknown_critical(step, x509);
	case RULE_NAME_TYPES:
		return has_strange_name_types(x509);
	case RULE_NAMES:
		return has_names_outside(step, x509);
	case RULE_MD5:
		X509_get_signature_info(x509, &digest, NULL, NULL, NULL);
		return digest == NID_md5 || digest == NID_md4 || digest == NID_md2;
	case RULE_SHA1:
		X509_get_signature_info(x509, &digest, NULL, NULL, NULL);
		return digest == NID_sha1;
	case RULE_KEY_SIZE:
		return is_rsa(key) && EVP_PKEY_get_bits(key) < step->demands->rsa_bits;
	case RULE_KEY_KIND:
		return !is_rsa(key) && has_unknown_key(step, key);
	case RULE_SUBJECT:
		return X509_NAME_entry_count(X509_get_subject_name(x509)) == 0 &&
		       lacks_critical_names(x509);
	case RULE_ASCII:
		return has_names_not_ascii(x509);
	case RULE_SERIAL:
		return ASN1_STRING_type(X509_get0_serialNumber(x509)) == V_ASN1_NEG_INTEGER;
	case RULE_BASIC_CRITICAL:
		return !(flags & EXFLAG_BCONS_CRITICAL);
	case RULE_KEY_USAGE:
		return !(flags & EXFLAG_KUSAGE);
	case RULE_KEY_ID:
		return !X509_get0_subject_key_id(x509);
	default:
		return false;
	}
}

const struct rule_row client_rules[RULES] = {
	[RULE_SOUND] = {X509_V_ERR_INVALID_EXTENSION,
		"an extension is damaged, or there twice, RFC 5280 4.2"},
	[RULE_EXPIRED] = {X509_V_ERR_CERT_HAS_EXPIRED, "it has expired, RFC 5280 4.1.2.5"},
	[RULE_EARLY] = {X509_V_ERR_CERT_NOT_YET_VALID, "it is not yet valid, RFC 5280 4.1.2.5"},
	[RULE_VERSION_3] = {X509_V_ERR_INVALID_EXTENSION,
		"it is not of version 3, RFC 5280 4.1.2.1"},
	[RULE_CA] = {X509_V_ERR_INVALID_CA,
		"basicConstraints do not make it a CA, RFC 5280 4.2.1.9"},
	[RULE_ANCHOR_CA] = {X509_V_ERR_INVALID_CA,
		"basicConstraints do not make it a CA, RFC 5280 4.2.1.9"},
	[RULE_NO_CA] = {X509_V_ERR_INVALID_PURPOSE,
		"basicConstraints make the server's certificate a CA, RFC 5280 4.2.1.9"},
	[RULE_CERT_SIGN] = {X509_V_ERR_KEYUSAGE_NO_CERTSIGN,
		"keyUsage lacks keyCertSign, RFC 5280 4.2.1.3"},
	[RULE_SIGN] = {X509_V_ERR_INVALID_PURPOSE,
		"keyUsage lacks digitalSignature, RFC 5280 4.2.1.3"},
	[RULE_PATHLEN] = {X509_V_ERR_PATH_LENGTH_EXCEEDED,
		"more CAs below it than pathLenConstraint allows, RFC 5280 4.2.1.9"},
	[RULE_SERVER] = {X509_V_ERR_INVALID_PURPOSE,
		"extendedKeyUsage lacks serverAuth, RFC 5280 4.2.1.12"},
	[RULE_CRITICAL] = {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
		"a critical extension is unknown to it, RFC 5280 4.2"},
	[RULE_NAME_TYPES] = {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
		"critical nameConstraints of a type unknown to it, RFC 5280 4.2.1.10"},
	[RULE_NAMES] = {X509_V_ERR_PERMITTED_VIOLATION,
		"the name is outside of its nameConstraints, RFC 5280 4.2.1.10"},
	[RULE_MD5] = {X509_V_ERR_CA_MD_TOO_WEAK, "it is signed with MD5, RFC 6151"},
	[RULE_SHA1] = {X509_V_ERR_CA_MD_TOO_WEAK, "it is signed with SHA-1, RFC 9155"},
	[RULE_KEY_SIZE] = {X509_V_ERR_CA_KEY_TOO_SMALL, "its key is too small"},
	[RULE_KEY_KIND] = {X509_V_ERR_CA_KEY_TOO_SMALL,
		"its key is of a kind that is unknown to it"},
	[RULE_SUBJECT] = {X509_V_ERR_INVALID_EXTENSION,
		"no subject, and subjectAltName is not critical, RFC 5280 4.1.2.6"},
	[RULE_ASCII] = {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,
		"a DNS name is not ASCII, RFC 5280 4.2.1.6"},
	[RULE_SERIAL] = {X509_V_ERR_INVALID_EXTENSION,
		"its serial number is negative, RFC 5280 4.1.2.2"},
	[RULE_BASIC_CRITICAL] = {X509_V_ERR_CA_BCONS_NOT_CRITICAL,
		"basicConstraints is not critical, RFC 5280 4.2.1.9"},
	[RULE_KEY_USAGE] = {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE,
		"keyUsage missing, RFC 5280 4.2.1.3"},
	[RULE_KEY_ID] = {X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER,
		"subjectKeyIdentifier missing, RFC 5280 4.2.1.2"},
};

_Static_assert(RULES <= 32, "a rule_set has 32 bits");

enum rule rules_broken(rule_set set, const struct step *step)
{
	for (enum rule rule = 0; rule < RULES; rule++)
		if ((set & RULE_BIT(rule)) && rule_is_broken(rule, step))
			return rule;
	return RULES;
}
