/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/verify.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/hostname.h"
#include "src/x509/ossl.h"
#include "src/client/chain_search.h"

/* One judging: the anchors that can matter are chosen before anything is decoded. */
struct judging {
	const struct verify_case *it;
	const struct client_row *client;
	struct certs anchors;
	struct cert *unseen; /* one that stands in a file which this reader cannot read, or NULL */
};

/* Add the anchors that are `cert` or could have issued it. */
static int add_anchors(struct judging *judging, struct cert *cert, struct fault *why)
{
	const struct certs *all = judging->it->anchors;

	for (size_t i = 0; i < all->n && judging->anchors.n < LIMIT_VERIFY_ANCHORS_N; i++) {
		struct cert *anchor = all->at[i];

		if (!cert_same(anchor, cert) &&
			!chain_search_names_match(judging->client, anchor, cert))
			continue;
		if (cert_blind(anchor) & PEM_QUIRK_BIT(judging->client->file)) {
			judging->unseen = anchor;
			continue;
		}
		if (!certs_hold(&judging->anchors, anchor) &&
			certs_add(&judging->anchors, anchor, why) < 0)
			return -1;
	}
	return 0;
}

static int choose_anchors(struct judging *judging, struct fault *why)
{
	const struct certs *chain = judging->it->chain;

	for (size_t i = 0; i < chain->n; i++)
		if (add_anchors(judging, chain->at[i], why) < 0)
			return -1;
	/* The list grows while we go: an anchor may need another above it. */
	for (size_t i = 0; i < judging->anchors.n; i++)
		if (add_anchors(judging, judging->anchors.at[i], why) < 0)
			return -1;
	return 0;
}

static bool set_name(X509_VERIFY_PARAM *param, const char *name, unsigned host_flags)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	X509_VERIFY_PARAM_set_hostflags(param, host_flags);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

static bool set_params(X509_STORE_CTX *ctx, const struct judging *judging)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	const struct client_row *client = judging->client;

	X509_VERIFY_PARAM_set_time(param, judging->it->at);
	X509_VERIFY_PARAM_set_auth_level(param, client->level);
	return X509_STORE_CTX_set_default(ctx, "ssl_server") &&
	       X509_VERIFY_PARAM_set_flags(param, client->flags) &&
	       (!judging->it->name || client->own_host ||
		       set_name(param, judging->it->name, client->host));
}

/* Decoded and pushed, borrowed; what cannot be decoded is left out, as no reader can use it. */
static int push(STACK_OF(X509) * stack, struct cert *cert, struct fault *why)
{
	struct fault damage = FAULT_INIT;
	X509 *x509;

	if (cert_parse(cert, &x509, &damage) < 0)
		return damage.kind == FAULT_SYSTEM ? fault_nomem(why) : 0;
	if (cert_is_trusted(cert) && !X509_get0_trust_objects(x509) &&
		X509_add1_trust_object(x509, OBJ_nid2obj(NID_server_auth)) != 1)
		return fault_nomem(why);
	return sk_X509_push(stack, x509) > 0 ? 0 : fault_nomem(why);
}

/* The highest anchor of the path that OpenSSL built: below a leaf that is one stands what was sent.
 */
static struct cert *anchor_of(X509_STORE_CTX *ctx, const struct certs *anchors)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);

	for (int n = sk_X509_num(path) - 1; n >= 0; n--)
		for (size_t i = 0; i < anchors->n; i++)
			if (X509_cmp(chain_search_x509(anchors->at[i]), sk_X509_value(path, n)) ==
				0)
				return anchors->at[i];
	return NULL;
}

static int run(X509_STORE_CTX *ctx, const struct certs *anchors, struct verification *ret,
	struct fault *why)
{
	int rc = X509_verify_cert(ctx);

	*ret = (struct verification){.trusts = rc == 1};
	if (ret->trusts) {
		ret->anchor = anchor_of(ctx, anchors);
	} else {
		ret->error = X509_STORE_CTX_get_error(ctx);
		if (ret->error == X509_V_ERR_OUT_OF_MEM || rc < 0)
			return fault_nomem(why);
		verification_refuse(ret, ret->error, X509_verify_cert_error_string(ret->error),
			X509_STORE_CTX_get_current_cert(ctx));
	}
	return 0;
}

static int push_all(
	STACK_OF(X509) * stack, const struct certs *certs, size_t from, struct fault *why)
{
	for (size_t i = from; i < certs->n; i++)
		if (push(stack, certs->at[i], why) < 0)
			return -1;
	return 0;
}

static int verify(
	const struct judging *judging, X509 *leaf, struct verification *ret, struct fault *why)
{
	auto_X509_STORE store = X509_STORE_new();
	auto_X509_STORE_CTX ctx = X509_STORE_CTX_new();
	auto_borrowed sent = sk_X509_new_null();
	auto_borrowed trusted = sk_X509_new_null();

	if (!store || !ctx || !sent || !trusted)
		return fault_nomem(why);
	if (push_all(sent, judging->it->chain, 1, why) < 0 ||
		push_all(trusted, &judging->anchors, 0, why) < 0)
		return -1;
	for (int i = 0; i < sk_X509_num(trusted); i++)
		if (X509_STORE_add_cert(store, sk_X509_value(trusted, i)) != 1)
			return fault_nomem(why);
	if (X509_STORE_CTX_init(ctx, store, leaf, sent) != 1 || !set_params(ctx, judging))
		return fault_nomem(why);
	return run(ctx, &judging->anchors, ret, why);
}

static void search(const struct judging *judging, X509 *leaf, struct verification *ret)
{
	struct chain_search search = {.it = judging->it,
		.client = judging->client,
		.anchors = &judging->anchors,
		.checks_left = LIMIT_VERIFY_CHECKS_N,
		.ret = ret};
	const int error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

	verification_refuse(ret, error, X509_verify_cert_error_string(error), leaf);
	if (judging->client->sent_max && judging->it->chain->n > judging->client->sent_max)
		verification_refuse(ret, X509_V_ERR_CERT_CHAIN_TOO_LONG,
			X509_verify_cert_error_string(X509_V_ERR_CERT_CHAIN_TOO_LONG), leaf);
	else
		judging->client->search(&search);
}

static const char *mismatch(X509 *leaf, unsigned habits)
{
	if (X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1) < 0 &&
		!(habits & (HOSTNAME_COMMON_NAME | HOSTNAME_COMMON_NAME_ALONE)))
		return "hostname mismatch, since it has no subjectAltName and the common name "
		       "does not count";
	return X509_verify_cert_error_string(X509_V_ERR_HOSTNAME_MISMATCH);
}

/* A file that the reader does not load is the reason, whatever else would be one. */
static void blame_file(const struct judging *judging, struct verification *ret)
{
	const struct pem_quirk_file *file = judging->it->anchors->file;
	unsigned client = PEM_QUIRK_BIT(judging->client->file);
	char said[PEM_QUIRK_WHY_LEN];

	if (file && (judging->unseen || (file->failed & client)) &&
		pem_quirk_file_says(file, client, said))
		snprintf(ret->why, sizeof(ret->why), "%s", said);
	else if (judging->unseen)
		verification_refuse(ret, ret->error,
			"this reader does not see the anchor where it stands, in a file that is "
			"damaged, oddly written, or none that it reads",
			chain_search_x509(judging->unseen));
}

static int judge_decoded(
	struct judging *judging, X509 *leaf, struct verification *ret, struct fault *why)
{
	const char *name = judging->it->name;

	if (choose_anchors(judging, why) < 0)
		return -1;
	if (judging->client->search)
		search(judging, leaf, ret);
	else if (verify(judging, leaf, ret, why) < 0)
		return -1;
	if (!ret->trusts)
		blame_file(judging, ret);
	if (ret->trusts && name && judging->client->own_host &&
		!hostname_matches(leaf, name, judging->client->host))
		verification_refuse(ret, X509_V_ERR_HOSTNAME_MISMATCH,
			mismatch(leaf, judging->client->host), leaf);
	return 0;
}

struct verification judgment_refusal(const char *text)
{
	struct verification ret = {.error = X509_V_ERR_UNSPECIFIED};

	snprintf(ret.why, sizeof(ret.why), "%s", text);
	return ret;
}

int client_verify(const struct verify_case *it, enum client client, struct verification *ret,
	struct fault *why)
{
	struct judging judging = {.it = it, .client = &clients[client], .anchors = CERTS_INIT};
	struct fault damage = FAULT_INIT;
	struct verification verification = {0};
	X509 *leaf;
	int rc = 0;

	if (it->chain->n == 0)
		verification = judgment_refusal("no certificate was sent");
	else if (cert_parse(it->chain->at[0], &leaf, &damage) == 0)
		rc = judge_decoded(&judging, leaf, &verification, why);
	else if (damage.kind == FAULT_SYSTEM)
		rc = fault_nomem(why);
	else
		verification = judgment_refusal(damage.text);
	certs_free(&judging.anchors);
	ERR_clear_error();
	if (rc == 0)
		*ret = verification;
	return rc;
}
