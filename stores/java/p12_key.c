/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/p12_key.h"

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/ossl.h"

void p12_keys_clear(struct p12_keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

static int derive(const struct p12_recipe *recipe, uint8_t *ret, struct fault *why)
{
	const char *password = recipe->password;
	int password_len = password ? (int)strlen(password) : 0;
	int salt_len = (int)recipe->salt_len, rounds = (int)recipe->rounds, len = (int)recipe->len;
	/* OpenSSL's parameter type is not const, but it never writes there. */
	uint8_t *salt = (uint8_t *)(uintptr_t)recipe->salt;
	int done;

	if (recipe->kdf == P12_KDF_PBKDF2)
		done = PKCS5_PBKDF2_HMAC(
			password, password_len, salt, salt_len, rounds, recipe->md, len, ret);
	else
		done = PKCS12_key_gen_utf8_ex(password, password_len, salt, salt_len,
			(int)recipe->kdf, rounds, len, ret, recipe->md, NULL, NULL);
	return done ? 0 : fault_ossl_lacks(why, "its key cannot be derived");
}

int p12_key_make(struct p12_keys *keys, const struct p12_recipe *recipe,
	uint8_t ret[static P12_KEY_MOST], struct fault *why)
{
	const char *password = recipe->password ? recipe->password : "";
	const uint64_t front[] = {recipe->kdf, (uint64_t)EVP_MD_get_type(recipe->md),
		recipe->password != NULL, recipe->rounds, recipe->len, recipe->salt_len};
	struct digest all;
	uint8_t of[DIGEST_SHA256_LEN];
	size_t next;

	if (!keys)
		return derive(recipe, ret, why);
	digest_begin(&all);
	digest_add(&all, front, sizeof(front));
	digest_add(&all, recipe->salt, recipe->salt_len);
	digest_add(&all, password, strlen(password));
	digest_end(&all, of);
	explicit_bzero(&all, sizeof(all));
	for (size_t i = 0; i < P12_KEYS_N && i < keys->made_n; i++)
		if (memcmp(keys->at[i].of, of, sizeof(of)) == 0) {
			memcpy(ret, keys->at[i].key, recipe->len);
			return 0;
		}
	if (recipe->rounds > LIMIT_RUN_ROUNDS_N - keys->rounds_n)
		return fault_set(why, FAULT_LIMIT,
			"the keystores of this run need more than %u rounds of key derivation",
			LIMIT_RUN_ROUNDS_N);
	if (derive(recipe, ret, why) < 0)
		return -1;
	keys->rounds_n += recipe->rounds;
	next = keys->made_n++ % P12_KEYS_N;
	memcpy(keys->at[next].of, of, sizeof(of));
	memcpy(keys->at[next].key, ret, recipe->len);
	return 0;
}
