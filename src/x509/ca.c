/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/ca.h"

#include <stdlib.h>
#include <string.h>

static void ca_free(struct ca *ca)
{
	cert_free(ca->cert);
	free(ca->name);
	names_free(&ca->stores);
	names_free(&ca->targets);
	names_free(&ca->owners);
	names_free(&ca->findings);
	names_free(&ca->advice);
	cas_free(&ca->replaces);
}

void cas_free(struct cas *cas)
{
	for (size_t i = 0; i < cas->n; i++)
		ca_free(&cas->at[i]);
	free(cas->at);
	*cas = (struct cas){0};
}

void cas_prune(struct cas *cas)
{
	size_t n = 0;

	for (size_t i = 0; i < cas->n; i++) {
		if (cas->at[i].stores.n)
			cas->at[n++] = cas->at[i];
		else
			ca_free(&cas->at[i]);
	}
	cas->n = n;
}

struct ca *cas_find(const struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	for (size_t i = 0; i < cas->n; i++)
		if (memcmp(cas->at[i].sha256, sha256, DIGEST_SHA256_LEN) == 0)
			return &cas->at[i];
	return NULL;
}

int cas_append(struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN], struct cert *cert,
	struct ca **ret, struct fault *why)
{
	struct ca *at = realloc(cas->at, (cas->n + 1) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	cas->at = at;
	at += cas->n++;
	*at = (struct ca){.cert = cert ? cert_ref(cert) : NULL};
	memcpy(at->sha256, sha256, DIGEST_SHA256_LEN);
	if (ret)
		*ret = at;
	return 0;
}

int cas_add_sha256(
	struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	return cas_find(cas, sha256) ? 0 : cas_append(cas, sha256, NULL, NULL, why);
}

int cas_add(struct cas *cas, struct cert *cert, struct ca **ret, struct fault *why)
{
	struct ca *at = cas_find(cas, cert->sha256);

	if (!at)
		return cas_append(cas, cert->sha256, cert, ret, why);
	if (!at->cert)
		at->cert = cert_ref(cert);
	if (ret)
		*ret = at;
	return 0;
}

bool ca_is(const struct ca *ca, struct cert *anchor)
{
	return cert_same(ca->cert, anchor) ||
	       (cert_subjects_match(ca->cert, anchor) && cert_same_key(ca->cert, anchor));
}

int cas_certs(const struct cas *cas, struct certs *ret, struct fault *why)
{
	for (size_t i = 0; i < cas->n; i++)
		if (certs_add(ret, cas->at[i].cert, why) < 0)
			return -1;
	return 0;
}
