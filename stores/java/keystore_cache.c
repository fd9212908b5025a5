/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/keystore_cache.h"

#include <string.h>

#include "src/base/text.h"

void keystore_cache_free(struct keystore_cache *keystore_cache)
{
	struct names *passwords = &keystore_cache->passwords;

	for (size_t i = 0; i < passwords->n; i++)
		explicit_bzero(passwords->at[i], strlen(passwords->at[i]));
	names_free(passwords);
	p12_crypt_close(&keystore_cache->crypt);
	buf_free(&keystore_cache->bytes);
	certs_free(&keystore_cache->certs);
	*keystore_cache = (struct keystore_cache){0};
}

static char changeit[] = "changeit", changeme[] = "changeme", none[] = "";
static char *usual_at[] = {changeit, changeme, none};
static const struct names usual = {usual_at, sizeof(usual_at) / sizeof(usual_at[0])};

int keystore_cache_set(
	struct keystore_cache *keystore_cache, const char *password, struct fault *why)
{
	keystore_cache_free(keystore_cache);
	if (!text_is_utf8(password))
		return fault_set(
			why, FAULT_REFUSED, "the password in --storepass-file is not UTF-8");
	return names_add(&keystore_cache->passwords, password, why) < 0
		       ? -1
		       : names_add_all(&keystore_cache->passwords, &usual, why);
}

int keystore_cache_check(const struct keystore_cache *keystore_cache, struct fault *why)
{
	return keystore_cache->fits || !keystore_cache->fails
		       ? 0
		       : fault_set(why, FAULT_REFUSED,
				 "the password in --storepass-file opens none of the keystores");
}

struct keystore_source keystore_cache_source(struct keystore_cache *keystore_cache)
{
	const struct names *passwords = &keystore_cache->passwords;

	return (struct keystore_source){
		.bytes = keystore_cache->bytes.bytes,
		.len = keystore_cache->bytes.len,
		.passwords = passwords->n ? passwords : &usual,
		.crypt = &keystore_cache->crypt,
		.opened_with = keystore_cache->facts.opened_with,
	};
}

int keystore_cache_read(struct keystore_cache *keystore_cache, struct buf *bytes, struct fault *why)
{
	const char *given = keystore_cache->passwords.n ? keystore_cache->passwords.at[0] : NULL;
	auto_buf old = keystore_cache->bytes;
	auto_certs known = keystore_cache->certs;
	struct keystore_facts *facts = &keystore_cache->facts;
	struct keystore_source source;
	bool fits;

	keystore_cache->bytes = *bytes;
	*bytes = buf_make(bytes->max);
	if (old.len && old.len == keystore_cache->bytes.len &&
		memcmp(old.bytes, keystore_cache->bytes.bytes, old.len) == 0) {
		known = (struct certs)CERTS_INIT;
		return 0;
	}
	keystore_cache->certs = (struct certs)CERTS_INIT;
	facts->opened_with = NULL;
	source = keystore_cache_source(keystore_cache);
	source.known = &known;
	if (keystore_read(&source, facts, &keystore_cache->certs, why) < 0) {
		keystore_cache->fails |= given && why->kind == FAULT_REFUSED;
		buf_free(&keystore_cache->bytes);
		return -1;
	}
	fits = given && facts->opened_with && strcmp(facts->opened_with, given) == 0;
	keystore_cache->fits |= fits;
	keystore_cache->fails |= given && !fits && facts->has_password;
	return 0;
}
