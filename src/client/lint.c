/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/lint.h"

#include <openssl/obj_mac.h>

#include "src/base/text.h"
#include "src/x509/ossl.h"
#include "src/client/clients.h"

enum { RSA_BITS_MIN = 1024, EC_BITS_MIN = 224 };

static int refuse(struct fault *why, const char *reason)
{
	return fault_set(why, FAULT_REFUSED, "certificate cannot become an anchor: %s", reason);
}

static int check_key(X509 *x509, struct fault *why)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	int bits = key ? EVP_PKEY_get_bits(key) : 0;
	int least = 0;

	if (!key)
		return refuse(why, "its public key cannot be decoded");
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		least = RSA_BITS_MIN;
	if (EVP_PKEY_is_a(key, "EC"))
		least = EC_BITS_MIN;
	if (bits >= least && bits <= (int)LIMIT_PUBLIC_KEY_BITS)
		return 0;
	return fault_set(why, FAULT_REFUSED,
		"certificate cannot become an anchor: its key has %d bits, %s than %d", bits,
		bits < least ? "fewer" : "more", bits < least ? least : (int)LIMIT_PUBLIC_KEY_BITS);
}

int lint_anchor(struct cert *cert, enum lint_issuer issuer, time_t at, struct fault *why)
{
	char text[TEXT_TIME_LEN];
	int digest = NID_undef;
	time_t from, to;
	uint32_t flags;
	X509 *x509;

	if (cert_parse(cert, &x509, why) < 0)
		return -1;
	flags = X509_get_extension_flags(x509);
	if (flags & EXFLAG_INVALID)
		return refuse(why, "it has an extension that is damaged, or there twice");
	if (!(flags & EXFLAG_BCONS))
		return refuse(why, "RFC 5280 4.2.1.9: basicConstraints missing");
	if (!(flags & EXFLAG_CA))
		return refuse(why, "RFC 5280 4.2.1.9: it is no CA (basicConstraints cA is false)");
	if (!cert_is_ca(cert))
		return refuse(why, "RFC 5280 4.2.1.3: keyUsage lacks keyCertSign");
	if (!cert_times(cert, &from, &to))
		return refuse(why, "its dates cannot be decoded");
	if (at < from || at > to) {
		text_time(at < from ? from : to, text);
		return fault_set(why, FAULT_REFUSED,
			"certificate cannot become an anchor: it %s %s",
			at < from ? "is not valid before" : "expired at", text);
	}
	if (check_key(x509, why) < 0)
		return -1;
	/* Take the digest from the OID, so it is known even if OpenSSL cannot verify with it. */
	OBJ_find_sigid_algs(X509_get_signature_nid(x509), &digest, NULL);
	if (digest == NID_md2 || digest == NID_md4 || digest == NID_md5)
		return refuse(why, "it is signed with MD2, MD4 or MD5");
	if (issuer == LINT_SELF_SIGNED_ONLY && !cert_is_self_signed(cert))
		return refuse(why, cert_names_match(cert, cert)
					   ? "its own signature is bad"
					   : "it is an intermediate, not self-signed");
	return 0;
}

/* The clients whose rules for anchors say this one, which the certificate breaks. */
static client_set who_minds(struct cert *cert, enum rule rule)
{
	/* Dates were checked before; name constraints and path lengths depend on the chain. */
	const rule_set passed_over = RULES_OF_DATES | RULE_BIT(RULE_NAMES) | RULE_BIT(RULE_PATHLEN);
	client_set set = 0;

	for (enum client client = 0; client < CLIENTS; client++) {
		const struct client_row *row = &clients[client];
		struct step step = {.path = &cert, .n = 1, .demands = &row->demands};

		if ((row->anchor & RULE_BIT(rule) & ~passed_over) && rule_is_broken(rule, &step))
			set |= CLIENT_BIT(client);
	}
	return set;
}

/* Add "Ruby and Node.js will refuse this CA: ..." for the clients of `set`, unless it is empty. */
static int object(client_set set, const char *sentence, const char *reason, struct names *ret,
	struct fault *why)
{
	auto_buf text = buf_make(FAULT_TEXT_LEN);
	client_set left = set;

	if (!set)
		return 0;
	for (enum client client = 0; client < CLIENTS; client++) {
		if (!(left & CLIENT_BIT(client)))
			continue;
		left &= ~CLIENT_BIT(client);
		buf_printf(&text, "%s%s", clients[client].people,
			!left               ? ""
			: left & (left - 1) ? ", "
					    : " and ");
	}
	if (buf_check(&text, "list of clients", why) < 0)
		return -1;
	return names_addf(ret, why, "%s will refuse %s%s", buf_text(&text), sentence, reason);
}

/* Add the refusals that hold for every chain under this CA. */
static int refusals(struct cert *cert, client_set asked, struct names *ret, struct fault *why)
{
	client_set whole = 0; /* clients that require a path up to a self-signed certificate */

	for (enum client client = 0; client < CLIENTS; client++)
		if (!clients[client].search && !(clients[client].flags & X509_V_FLAG_PARTIAL_CHAIN))
			whole |= CLIENT_BIT(client);
	if (!cert_is_self_signed(cert) &&
		object(asked & whole, "this CA: ", "it is not self-signed", ret, why) < 0)
		return -1;
	for (enum rule rule = 0; rule < RULES; rule++)
		if (object(asked & who_minds(cert, rule), "this CA: ", client_rules[rule].text, ret,
			    why) < 0)
			return -1;
	return 0;
}

int lint_clients(struct cert *cert, struct names *ret, struct fault *why)
{
	client_set obey_names = 0;
	X509 *x509;

	if (cert_parse(cert, &x509, why) < 0 || refusals(cert, CLIENTS_ALL, ret, why) < 0)
		return -1;
	if (!cert_is_self_signed(cert) &&
		object(CLIENT_BIT(CLIENT_GNUTLS), "this CA unless it is the highest that is sent: ",
			"it is not self-signed", ret, why) < 0)
		return -1;
	if (X509_get_ext_by_NID(x509, NID_name_constraints, -1) < 0)
		return 0;
	for (enum client client = 0; client < CLIENTS; client++)
		if (clients[client].anchor & RULE_BIT(RULE_NAMES))
			obey_names |= CLIENT_BIT(client);
	return object(obey_names, "names outside of its nameConstraints, ", "RFC 5280 4.2.1.10",
		ret, why);
}

int lint_required(struct cert *cert, client_set required, struct fault *why)
{
	auto_names sentences = NAMES_INIT;

	if (refusals(cert, required, &sentences, why) < 0)
		return -1;
	return sentences.n ? fault_set(why, FAULT_REFUSED, "%s", sentences.at[0]) : 0;
}
