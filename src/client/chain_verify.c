/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/chain_verify.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>

#include "src/client/chain_search.h"
#include "src/x509/hostname.h"
#include "src/x509/ossl.h"

/* One question to one client.  Anchors are selected before anything is decoded. */
struct question {
	const struct verify_case *it;
	const struct client_row *client;
	struct certs anchors;
	struct cert *unseen; /* an anchor that this client cannot read from its file, or NULL */
};

/* Select anchors that are in the chain or match as an issuer in it, and the anchors above them. */
static int choose_anchors(struct question *question, struct fault *why)
{
	const struct certs *all = question->it->anchors, *chain = question->it->chain;
	struct certs *chosen = &question->anchors;

	for (size_t i = 0; i < chain->n + chosen->n; i++) {
		struct cert *cert = i < chain->n ? chain->at[i] : chosen->at[i - chain->n];

		for (size_t j = 0; j < all->n && chosen->n < LIMIT_VERIFY_ANCHORS_N; j++) {
			struct cert *anchor = all->at[j];

			if (!cert_same(anchor, cert) &&
				!chain_search_names_match(question->client, anchor, cert))
				continue;
			if (anchor->hidden_from & PEM_QUIRK_BIT(question->client->file))
				question->unseen = anchor;
			else if (!certs_hold(chosen, anchor) && certs_add(chosen, anchor, why) < 0)
				return -1;
		}
	}
	return 0;
}

static bool set_params(X509_STORE_CTX *ctx, const struct question *question)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	const struct client_row *client = question->client;
	const char *name = question->it->name;
	struct in6_addr address;

	X509_VERIFY_PARAM_set_time(param, question->it->at);
	X509_VERIFY_PARAM_set_auth_level(param, CLIENT_OPENSSL_LEVEL);
	if (!X509_STORE_CTX_set_default(ctx, "ssl_server") ||
		!X509_VERIFY_PARAM_set_flags(param, client->flags))
		return false;
	if (!name || client->own_host)
		return true;
	if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	X509_VERIFY_PARAM_set_hostflags(param, client->host);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

static int ask_openssl(
	const struct question *question, X509 *leaf, struct verification *ret, struct fault *why)
{
	auto_X509_STORE store = X509_STORE_new();
	auto_X509_STORE_CTX ctx = X509_STORE_CTX_new();
	auto_borrowed sent = sk_X509_new_null();
	const struct certs *chain = question->it->chain, *anchors = &question->anchors;
	STACK_OF(X509) * path;
	X509 *x509;
	int rc, error;

	if (!store || !ctx || !sent)
		return fault_nomem(why);
	for (size_t i = 1; i < chain->n + anchors->n; i++) {
		struct cert *cert = i < chain->n ? chain->at[i] : anchors->at[i - chain->n];
		struct fault damage = FAULT_INIT;

		/* No client can use a certificate that cannot be decoded. */
		if (cert_parse(cert, &x509, &damage) < 0) {
			if (damage.kind == FAULT_SYSTEM)
				return fault_nomem(why);
			continue;
		}
		if (cert->is_trusted && !X509_get0_trust_objects(x509) &&
			X509_add1_trust_object(x509, OBJ_nid2obj(NID_server_auth)) != 1)
			return fault_nomem(why);
		if (i < chain->n ? sk_X509_push(sent, x509) <= 0
				 : X509_STORE_add_cert(store, x509) != 1)
			return fault_nomem(why);
	}
	if (X509_STORE_CTX_init(ctx, store, leaf, sent) != 1 || !set_params(ctx, question))
		return fault_nomem(why);
	rc = X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	if (rc != 1 && (rc < 0 || error == X509_V_ERR_OUT_OF_MEM))
		return fault_nomem(why);
	if (rc != 1) {
		verification_refuse(ret, error, X509_verify_cert_error_string(error),
			X509_STORE_CTX_get_current_cert(ctx));
		return 0;
	}
	*ret = (struct verification){.trusts = true};
	/* Find the highest anchor in the path: above a leaf that is an anchor, there may be sent
	 * certificates. */
	path = X509_STORE_CTX_get0_chain(ctx);
	for (int n = sk_X509_num(path) - 1; n >= 0 && !ret->anchor; n--)
		for (size_t i = 0; i < anchors->n && !ret->anchor; i++) {
			x509 = cert_x509(anchors->at[i]);
			if (x509 && X509_cmp(x509, sk_X509_value(path, n)) == 0)
				ret->anchor = anchors->at[i];
		}
	return 0;
}

static void search(const struct question *question, X509 *leaf, struct verification *ret)
{
	const struct client_row *client = question->client;
	struct chain_search search = {.it = question->it,
		.client = client,
		.anchors = &question->anchors,
		.checks_left = LIMIT_VERIFY_CHECKS_N,
		.ret = ret};
	bool is_long = client->sent_max && question->it->chain->n > client->sent_max;
	int error = is_long ? X509_V_ERR_CERT_CHAIN_TOO_LONG
			    : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

	verification_refuse(ret, error, X509_verify_cert_error_string(error), leaf);
	if (!is_long)
		client->search(&search);
}

static int answer(
	struct question *question, X509 *leaf, struct verification *ret, struct fault *why)
{
	const struct pem_quirk_file *file = question->it->anchors->file;
	const struct client_row *client = question->client;
	unsigned reader = PEM_QUIRK_BIT(client->file);
	const char *name = question->it->name;
	char said[PEM_QUIRK_WHY_LEN];

	if (choose_anchors(question, why) < 0)
		return -1;
	if (client->search)
		search(question, leaf, ret);
	else if (ask_openssl(question, leaf, ret, why) < 0)
		return -1;
	if (ret->trusts) {
		bool lacks_names =
			X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1) < 0 &&
			!(client->host & (HOSTNAME_COMMON_NAME | HOSTNAME_COMMON_NAME_ALONE));

		if (name && client->own_host && !hostname_matches(leaf, name, client->host))
			verification_refuse(ret, X509_V_ERR_HOSTNAME_MISMATCH,
				lacks_names ? "hostname mismatch: it has no subjectAltName, and "
					      "the common name does not count"
					    : X509_verify_cert_error_string(
						      X509_V_ERR_HOSTNAME_MISMATCH),
				leaf);
		return 0;
	}
	/* If the client cannot load the anchor's file, that is the reason. */
	if (file && (question->unseen || (file->failed & reader)) &&
		pem_quirk_file_says(file, reader, said))
		snprintf(ret->why, sizeof(ret->why), "%s", said);
	else if (question->unseen)
		verification_refuse(ret, ret->error,
			"this client does not see the anchor in its file, which is damaged, "
			"unusual, or not one that it reads",
			cert_x509(question->unseen));
	return 0;
}

struct verification verification_refusal(const char *text)
{
	struct verification ret = {.error = X509_V_ERR_UNSPECIFIED};

	snprintf(ret.why, sizeof(ret.why), "%s", text);
	return ret;
}

int client_verify(const struct verify_case *it, enum client client, struct verification *ret,
	struct fault *why)
{
	struct question question = {.it = it, .client = &clients[client], .anchors = CERTS_INIT};
	struct fault damage = FAULT_INIT;
	struct verification verification = {0};
	X509 *leaf;
	int rc = 0;

	if (it->chain->n == 0)
		verification = verification_refusal("no certificate was sent");
	else if (cert_parse(it->chain->at[0], &leaf, &damage) == 0)
		rc = answer(&question, leaf, &verification, why);
	else if (damage.kind == FAULT_SYSTEM)
		rc = fault_nomem(why);
	else
		verification = verification_refusal(damage.text);
	certs_free(&question.anchors);
	ERR_clear_error();
	if (rc == 0)
		*ret = verification;
	return rc;
}
