/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/keystore_cache.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

static void read_free(struct keystore_cache_read *read)
{
	buf_free(&read->bytes);
	certs_free(&read->certs);
	*read = (struct keystore_cache_read){0};
}
CLEANUP_VALUE(keystore_cache_read, read_free)

void keystore_cache_free(struct keystore_cache *keystore_cache)
{
	for (size_t i = 0; i < keystore_cache->passwords.n; i++)
		explicit_bzero(
			keystore_cache->passwords.at[i], strlen(keystore_cache->passwords.at[i]));
	names_free(&keystore_cache->passwords);
	for (size_t i = 0; i < KEYSTORE_CACHE_READS_N; i++)
		read_free(&keystore_cache->reads[i]);
	p12_crypt_close(&keystore_cache->crypt);
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
			why, FAULT_REFUSED, "the password of --storepass-file is not UTF-8");
	if (names_add(&keystore_cache->passwords, password, why) < 0)
		return -1;
	for (size_t i = 0; i < usual.n; i++)
		if (names_add(&keystore_cache->passwords, usual.at[i], why) < 0)
			return -1;
	return 0;
}

int keystore_cache_check(const struct keystore_cache *keystore_cache, struct fault *why)
{
	return keystore_cache->fits || !keystore_cache->fails
		       ? 0
		       : fault_set(why, FAULT_REFUSED,
				 "no keystore opens with the password of --storepass-file");
}

struct keystore_source keystore_cache_source(
	struct keystore_cache *keystore_cache, const struct keystore_cache_read *read)
{
	const struct names *passwords = &keystore_cache->passwords;

	return (struct keystore_source){
		.bytes = read->bytes.bytes,
		.len = read->bytes.len,
		.passwords = passwords->n ? passwords : &usual,
		.crypt = &keystore_cache->crypt,
		.opened_with = read->facts.opened_with,
	};
}

int keystore_cache_read(struct keystore_cache *keystore_cache, struct buf *bytes,
	const struct keystore_cache_read **ret, struct fault *why)
{
	const char *given = keystore_cache->passwords.n ? keystore_cache->passwords.at[0] : NULL;
	CLEANUP(keystore_cache_read) struct keystore_cache_read read = {.bytes = *bytes};
	struct keystore_source source = keystore_cache_source(keystore_cache, &read);
	struct keystore_cache_read *slot = keystore_cache->reads;
	bool fits;

	*bytes = buf_make(bytes->max);
	for (size_t i = 0; i < KEYSTORE_CACHE_READS_N; i++, slot++)
		if (slot->bytes.len && slot->bytes.len == read.bytes.len &&
			memcmp(slot->bytes.bytes, read.bytes.bytes, read.bytes.len) == 0) {
			*ret = keystore_cache->latest = slot;
			return 0;
		}
	source.known = keystore_cache->latest ? &keystore_cache->latest->certs : NULL;
	if (keystore_read(&source, &read.facts, &read.certs, why) < 0) {
		keystore_cache->fails |= given && why->kind == FAULT_REFUSED;
		return -1;
	}
	fits = given && read.facts.opened_with && strcmp(read.facts.opened_with, given) == 0;
	keystore_cache->fits |= fits;
	keystore_cache->fails |= given && !fits && read.facts.has_password;
	slot = keystore_cache->reads;
	if (read.bytes.len <= LIMIT_KEYSTORE_CACHE_BYTES)
		slot += 1 + keystore_cache->next++ % (KEYSTORE_CACHE_READS_N - 1);
	read_free(slot);
	*slot = read;
	read = (struct keystore_cache_read){0};
	*ret = keystore_cache->latest = slot;
	return 0;
}
