/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/keystore_cache.h"

#include <string.h>

#include "src/base/text.h"

void keystore_cache_free(struct keystore_cache *cache)
{
	struct names *passwords = &cache->passwords;

	for (size_t i = 0; i < passwords->n; i++)
		explicit_bzero(passwords->at[i], strlen(passwords->at[i]));
	names_free(passwords);
	p12_crypt_close(&cache->crypt);
	*cache = (struct keystore_cache){0};
}

static char changeit[] = "changeit", changeme[] = "changeme", none[] = "";
static char *usual_at[] = {changeit, changeme, none};
static const struct names usual = {usual_at, sizeof(usual_at) / sizeof(usual_at[0])};

struct keystore_source keystore_cache_source(struct keystore_cache *cache, const struct buf *bytes)
{
	return (struct keystore_source){
		.bytes = bytes->bytes,
		.len = bytes->len,
		.passwords = cache->passwords.n ? &cache->passwords : &usual,
		.crypt = &cache->crypt,
	};
}

int keystore_cache_set(struct keystore_cache *cache, const char *password, struct fault *why)
{
	keystore_cache_free(cache);
	if (!text_is_utf8(password))
		return fault_set(
			why, FAULT_REFUSED, "the password in --storepass-file is not UTF-8");
	return names_add(&cache->passwords, password, why) < 0
		       ? -1
		       : names_add_all(&cache->passwords, &usual, why);
}

int keystore_cache_check(const struct keystore_cache *cache, struct fault *why)
{
	return cache->fits || !cache->fails
		       ? 0
		       : fault_set(why, FAULT_REFUSED,
				 "the password in --storepass-file opens none of the keystores");
}

int keystore_cache_read(struct keystore_cache *cache, const struct buf *bytes,
	struct keystore_facts *ret_facts, struct certs *ret_certs, struct fault *why)
{
	const char *given = cache->passwords.n ? cache->passwords.at[0] : NULL;
	const struct keystore_source source = keystore_cache_source(cache, bytes);
	bool fits;

	if (keystore_read(&source, ret_facts, ret_certs, why) < 0) {
		cache->fails |= given && why->kind == FAULT_REFUSED;
		return -1;
	}
	fits = given && ret_facts->opened_with == given;
	cache->fits |= fits;
	cache->fails |= given && !fits && ret_facts->has_password;
	return 0;
}
