/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/incomplete.h"

#include <string.h>

#include "src/base/text.h"
#include "src/x509/chain_build.h"
#include "src/x509/ossl.h"

bool incomplete_has_scts(struct cert *cert)
{
	X509 *x509 = cert_x509(cert);

	return x509 && X509_get_ext_by_NID(x509, NID_ct_precert_scts, -1) >= 0;
}

/*
 * The private root that is trusted here and has the name of the missing issuer up to the common
 * name, which is of an organization; or NULL.  What calls itself a root is none of its
 * intermediates.
 */
static struct cert *relative_of(const struct certs *anchors, struct cert *child)
{
	X509 *x509 = cert_x509(child);
	auto_free char *issuer = x509 ? ossl_name_text(X509_get_issuer_name(x509)) : NULL;
	const char *name = issuer ? strstr(issuer, "CN = ") : NULL;

	if (!name || strcasestr(name, "root") ||
		(!text_starts(issuer, "DC = ") &&
			!memmem(issuer, (size_t)(name - issuer), "O = ", 4)))
		return NULL;
	for (size_t i = 0; i < anchors->n; i++) {
		X509 *root = anchors->at[i]->is_public_root ? NULL : cert_x509(anchors->at[i]);
		auto_free char *subject = root ? ossl_name_text(X509_get_subject_name(root)) : NULL;

		if (subject && strncmp(subject, issuer, (size_t)(name - issuer) + 5) == 0)
			return anchors->at[i];
	}
	return NULL;
}

void incomplete_find(const struct certs *sent, const struct certs *path,
	const struct certs *anchors, bool is_public, struct incomplete *ret)
{
	struct cert *top = path_top(path);

	for (size_t i = 1; i < path->n; i++)
		if (!cert_is_self_signed(path->at[i]) && !certs_hold(sent, path->at[i])) {
			ret->child = path->at[i - 1];
			ret->is_all = is_public || certs_hold(anchors, top);
			return;
		}
	if (is_public || cert_is_self_signed(top))
		return;
	for (size_t i = 0; i < sent->n; i++)
		for (size_t a = 0; a < anchors->n && cert_is_ca(sent->at[i]); a++)
			if (!anchors->at[a]->is_public_root && !cert_is_self_signed(sent->at[i]) &&
				!certs_hold(path, sent->at[i]) &&
				cert_issued(anchors->at[a], sent->at[i]))
				ret->is_all = true;
	ret->relative = ret->is_all ? NULL : relative_of(anchors, top);
	ret->is_all = ret->is_all || ret->relative;
	if (ret->is_all || (path->n == 1 && incomplete_has_scts(top)))
		ret->child = top;
}

int incomplete_say(const struct incomplete *it, char **ret, struct fault *why)
{
	auto_cert_facts child = {0}, root = {0};

	if (cert_facts_make(it->child, &child, why) < 0 ||
		(it->relative && cert_facts_make(it->relative, &root, why) < 0))
		return -1;
	return text_set(ret, why,
		"the server left out the intermediate '%s'%s%s, which issued '%s'%s%s%s",
		child.issuer, *child.authority_key_id ? ", key identifier " : "",
		child.authority_key_id, child.subject,
		it->relative ? "; by its name it belongs to '" : "",
		it->relative ? root.subject : "", it->relative ? "', which is trusted here" : "");
}
