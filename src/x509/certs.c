/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/certs.h"

#include <stdlib.h>
#include <string.h>

void certs_free(struct certs *certs)
{
	for (size_t i = 0; i < certs->n; i++)
		cert_free(certs->at[i]);
	free(certs->at);
	pem_quirk_file_free(certs->file);
	*certs = (struct certs)CERTS_INIT;
}

int certs_add(struct certs *certs, struct cert *cert, struct fault *why)
{
	/* The capacity is a power of two from 8 on: grow only when n reaches it. */
	if (certs->n == 0 || (certs->n >= 8 && (certs->n & (certs->n - 1)) == 0)) {
		size_t room = certs->n ? certs->n * 2 : 8;
		struct cert **at = realloc(certs->at, sizeof(*at) * room);

		if (!at)
			return fault_nomem(why);
		certs->at = at;
	}
	certs->at[certs->n++] = cert_ref(cert);
	return 0;
}

int certs_add_new(struct certs *certs, const struct certs *more, struct fault *why)
{
	for (size_t i = 0; i < more->n; i++)
		if (!certs_hold(certs, more->at[i]) && certs_add(certs, more->at[i], why) < 0)
			return -1;
	return 0;
}

void certs_take_file(struct certs *certs, struct certs *from, unsigned elsewhere)
{
	struct pem_quirk_file *file = from->file;

	from->file = NULL;
	pem_quirk_file_free(certs->file);
	certs->file = file;
	if (file) {
		file->failed &= ~elsewhere;
		file->stopped &= ~elsewhere;
	}
}

int certs_share(struct certs *certs, struct certs *known, struct fault *why)
{
	for (size_t i = 0; i < certs->n; i++) {
		size_t at = certs_find(known, certs->at[i]);

		if (at < known->n) {
			cert_free(certs->at[i]);
			certs->at[i] = cert_ref(known->at[at]);
		} else if (at < LIMIT_SHARED_CERTS_N && certs_add(known, certs->at[i], why) < 0) {
			return -1;
		}
	}
	return 0;
}

size_t certs_find_sha256(const struct certs *certs, const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	for (size_t i = 0; i < certs->n; i++)
		if (memcmp(certs->at[i]->sha256, sha256, DIGEST_SHA256_LEN) == 0)
			return i;
	return certs->n;
}
