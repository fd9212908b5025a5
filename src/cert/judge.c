/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cert/judge.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/cert/ossl.h"
#include "src/cert/readers.h"

/* One judging: the anchors that can matter are chosen before anything is decoded. */
struct judging {
	const struct judge_case *it;
	const struct reader_row *reader;
	struct certs anchors;
};

static bool names_match(const struct reader_row *reader, struct cert *anchor, struct cert *child)
{
	size_t subject_len, issuer_len;
	const uint8_t *subject = cert_subject_der(anchor, &subject_len);
	const uint8_t *issuer = cert_issuer_der(child, &issuer_len);

	if (!(reader->anchor & ANCHOR_NAME_BYTES))
		return cert_names_match(anchor, child);
	return subject_len == issuer_len && memcmp(subject, issuer, subject_len) == 0;
}

/* Add the anchors that are `cert` or could have issued it. */
static int add_anchors(struct judging *judging, struct cert *cert, struct fault *why)
{
	const struct certs *all = judging->it->anchors;

	for (size_t i = 0; i < all->n && judging->anchors.n < LIMIT_JUDGE_ANCHORS_N; i++) {
		struct cert *anchor = all->at[i];

		if (!cert_same(anchor, cert) && !names_match(judging->reader, anchor, cert))
			continue;
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

static bool is_valid(struct cert *cert, time_t at)
{
	time_t from, to;

	return cert_times(cert, &from, &to) && from <= at && at <= to;
}

/* X509_check_issued() also compares the key identifiers, where both have them. */
static bool could_issue(const struct reader_row *reader, struct cert *anchor, struct cert *child)
{
	struct fault why = FAULT_INIT;
	X509 *above, *below;

	return names_match(reader, anchor, child) && cert_parse(anchor, &above, &why) == 0 &&
	       cert_parse(child, &below, &why) == 0 && X509_check_issued(above, below) == X509_V_OK;
}

/*
 * The top of the chain as sent, a self-signed one not counted: of each certificate the first in the
 * list that could have issued it (GnuTLS 3.7, lib/x509/common.c, _gnutls_sort_clist()).
 */
static struct cert *top_as_sent(const struct judging *judging)
{
	const struct certs *chain = judging->it->chain;
	struct cert *top = chain->at[0];

	for (size_t depth = 1; depth < chain->n; depth++) {
		size_t i = 1;

		while (i < chain->n &&
			(chain->at[i] == top || !could_issue(judging->reader, chain->at[i], top)))
			i++;
		if (i == chain->n || cert_is_self_signed(chain->at[i]))
			break;
		top = chain->at[i];
	}
	return top;
}

/*
 * The one anchor of a reader that asks who issued the top of the sent chain: the top itself, else
 * of several the last one, be its key the right one or not.
 */
static int keep_top_anchor(struct judging *judging, struct fault *why)
{
	auto_certs anchors = judging->anchors;
	struct cert *top = top_as_sent(judging);
	struct cert *kept = NULL;
	time_t at = judging->it->at;

	judging->anchors = (struct certs)CERTS_INIT;
	for (size_t i = 0; i < anchors.n; i++) {
		struct cert *anchor = anchors.at[i];

		if (could_issue(judging->reader, anchor, top) &&
			(!kept || is_valid(anchor, at) || !is_valid(kept, at)))
			kept = anchor;
	}
	if (certs_hold(&anchors, top))
		kept = top;
	return kept ? certs_add(&judging->anchors, kept, why) : 0;
}

static bool is_name_violation(int error)
{
	return error == X509_V_ERR_PERMITTED_VIOLATION || error == X509_V_ERR_EXCLUDED_VIOLATION;
}

/* Has only the last certificate of the path name constraints? */
static bool names_bound_by_anchor_only(const STACK_OF(X509) * path)
{
	for (int i = 0; i + 1 < sk_X509_num(path); i++)
		if (X509_get_ext_by_NID(sk_X509_value(path, i), NID_name_constraints, -1) >= 0)
			return false;
	return true;
}

static bool is_ignored(X509_STORE_CTX *ctx, unsigned ignores)
{
	const STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	int error = X509_STORE_CTX_get_error(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	bool at_anchor = depth > 0 && depth == sk_X509_num(path) - 1;
	int digest = NID_undef;

	if (is_name_violation(error))
		return (ignores & IGNORES_ANCHOR_NAMES) && names_bound_by_anchor_only(path);
	if (error == X509_V_ERR_CA_MD_TOO_WEAK)
		return (ignores & IGNORES_SHA1) &&
		       X509_get_signature_info(
			       X509_STORE_CTX_get_current_cert(ctx), &digest, NULL, NULL, NULL) &&
		       digest == NID_sha1;
	if (!at_anchor)
		return false;
	if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)
		return ignores & IGNORES_ANCHOR_DATES;
	if (error == X509_V_ERR_PATH_LENGTH_EXCEEDED)
		return ignores & IGNORES_ANCHOR_PATHLEN;
	return error == X509_V_ERR_INVALID_PURPOSE && (ignores & IGNORES_ANCHOR_PURPOSE);
}

static int on_error(int ok, X509_STORE_CTX *ctx)
{
	const struct reader_row *reader = X509_STORE_CTX_get_app_data(ctx);

	return ok || is_ignored(ctx, reader->ignores);
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
	const struct reader_row *reader = judging->reader;

	X509_STORE_CTX_set_app_data(ctx, (void *)reader);
	X509_STORE_CTX_set_verify_cb(ctx, on_error);
	X509_VERIFY_PARAM_set_time(param, judging->it->at);
	X509_VERIFY_PARAM_set_auth_level(param, reader->level);
	return X509_STORE_CTX_set_default(ctx, "ssl_server") &&
	       X509_VERIFY_PARAM_set_flags(param, reader->flags) &&
	       (!judging->it->name || set_name(param, judging->it->name, reader->host_flags));
}

/* Decoded and pushed, borrowed; what cannot be decoded is left out, as no reader can use it. */
static int push(STACK_OF(X509) * stack, struct cert *cert, struct fault *why)
{
	struct fault damage = FAULT_INIT;
	X509 *x509;

	if (cert_parse(cert, &x509, &damage) < 0)
		return damage.kind == FAULT_SYSTEM ? fault_nomem(why) : 0;
	return sk_X509_push(stack, x509) > 0 ? 0 : fault_nomem(why);
}

/*
 * What was sent behind the leaf.  OpenSSL takes the first issuer that fits and never another, so
 * for a reader that tries each anchor those below `first` stand in front.
 */
static int push_sent(
	STACK_OF(X509) * stack, const struct certs *chain, struct cert *first, struct fault *why)
{
	for (int below = 1; below >= 0; below--)
		for (size_t i = 1; i < chain->n; i++)
			if (cert_names_match(first, chain->at[i]) == below &&
				push(stack, chain->at[i], why) < 0)
				return -1;
	return 0;
}

static void set_why(struct judgment *ret, X509 *x509)
{
	auto_free char *name = x509 ? ossl_name_text(X509_get_subject_name(x509)) : NULL;

	snprintf(ret->why, sizeof(ret->why), "%s%s%s%s", X509_verify_cert_error_string(ret->error),
		name ? ": '" : "", name ? name : "", name ? "'" : "");
}

static int run(X509_STORE_CTX *ctx, struct judgment *ret, struct fault *why)
{
	int rc = X509_verify_cert(ctx);

	*ret = (struct judgment){.trusts = rc == 1};
	if (!ret->trusts) {
		ret->error = X509_STORE_CTX_get_error(ctx);
		if (ret->error == X509_V_ERR_OUT_OF_MEM || rc < 0)
			return fault_nomem(why);
		set_why(ret, X509_STORE_CTX_get_current_cert(ctx));
	}
	return 0;
}

/* One verification with these `n` anchors, at least one of them or none. */
static int verify(const struct judging *judging, struct cert *const *anchors, size_t n,
	struct judgment *ret, struct fault *why)
{
	const struct certs *chain = judging->it->chain;
	auto_X509_STORE store = X509_STORE_new();
	auto_X509_STORE_CTX ctx = X509_STORE_CTX_new();
	auto_borrowed sent = sk_X509_new_null();
	auto_borrowed trusted = sk_X509_new_null();
	X509 *leaf;

	if (!store || !ctx || !sent || !trusted)
		return fault_nomem(why);
	if (push_sent(sent, chain, n ? anchors[0] : chain->at[0], why) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (push(trusted, anchors[i], why) < 0)
			return -1;
	for (int i = 0; i < sk_X509_num(trusted); i++)
		if (X509_STORE_add_cert(store, sk_X509_value(trusted, i)) != 1)
			return fault_nomem(why);
	if (cert_parse(chain->at[0], &leaf, why) < 0)
		return -1;
	if (X509_STORE_CTX_init(ctx, store, leaf, sent) != 1 || !set_params(ctx, judging))
		return fault_nomem(why);
	return run(ctx, ret, why);
}

/* The first anchor with which it verifies; what the first of all said when there is none. */
static int verify_any(const struct judging *judging, struct judgment *ret, struct fault *why)
{
	struct judgment next;

	if (verify(judging, judging->anchors.at, judging->anchors.n ? 1 : 0, ret, why) < 0)
		return -1;
	for (size_t i = 1; i < judging->anchors.n && !ret->trusts; i++) {
		if (verify(judging, &judging->anchors.at[i], 1, &next, why) < 0)
			return -1;
		if (next.trusts)
			*ret = next;
	}
	return 0;
}

static int judge_decoded(struct judging *judging, struct judgment *ret, struct fault *why)
{
	unsigned anchor = judging->reader->anchor;

	if (choose_anchors(judging, why) < 0)
		return -1;
	if ((anchor & ANCHOR_TOP_ONLY) && keep_top_anchor(judging, why) < 0)
		return -1;
	if (anchor & ANCHOR_ANY_PATH)
		return verify_any(judging, ret, why);
	return verify(judging, judging->anchors.at, judging->anchors.n, ret, why);
}

static struct judgment refusal(const char *text)
{
	struct judgment ret = {.error = X509_V_ERR_UNSPECIFIED};

	snprintf(ret.why, sizeof(ret.why), "%s", text);
	return ret;
}

int judge(const struct judge_case *it, enum reader reader, struct judgment *ret, struct fault *why)
{
	struct judging judging = {.it = it, .reader = &readers[reader], .anchors = CERTS_INIT};
	struct fault damage = FAULT_INIT;
	struct judgment judgment = {0};
	X509 *leaf;
	int rc = 0;

	if (it->chain->n == 0)
		judgment = refusal("no certificate was sent");
	else if (cert_parse(it->chain->at[0], &leaf, &damage) == 0)
		rc = judge_decoded(&judging, &judgment, why);
	else if (damage.kind == FAULT_SYSTEM)
		rc = fault_nomem(why);
	else
		judgment = refusal(damage.text);
	certs_free(&judging.anchors);
	ERR_clear_error();
	if (rc == 0)
		*ret = judgment;
	return rc;
}
