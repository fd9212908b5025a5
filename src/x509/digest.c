/* SPDX-License-Identifier: Apache-2.0 */
/* SHA256_Init() and similar functions are deprecated, but they allocate nothing and cannot fail;
 * EVP can. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "src/x509/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

void digest_sha256(const void *bytes, size_t len, uint8_t out[static DIGEST_SHA256_LEN])
{
	struct digest digest;

	digest_begin(&digest);
	digest_add(&digest, bytes, len);
	digest_end(&digest, out);
}

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct digest), "struct digest is too small");

void digest_begin(struct digest *digest)
{
	SHA256_Init((SHA256_CTX *)digest);
}

void digest_add(struct digest *digest, const void *bytes, size_t len)
{
	SHA256_Update((SHA256_CTX *)digest, bytes, len);
}

void digest_end(struct digest *digest, uint8_t out[static DIGEST_SHA256_LEN])
{
	SHA256_Final(out, (SHA256_CTX *)digest);
}

char *digest_base64(const uint8_t *bytes, size_t len)
{
	char *out = malloc((len + 2) / 3 * 4 + 1);

	if (out)
		EVP_EncodeBlock((uint8_t *)out, bytes, (int)len);
	return out;
}
