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

static struct keystore_source source_of(
	struct keystore_cache *keystore_cache, const struct buf *bytes)
{
	struct keystore_source source = keystore_source_make(bytes->bytes, bytes->len,
		keystore_cache->passwords.n ? &keystore_cache->passwords : &usual);

	source.crypt = &keystore_cache->crypt;
	return source;
}

struct keystore_source keystore_cache_source(
	struct keystore_cache *keystore_cache, const struct keystore_cache_read *read)
{
	struct keystore_source source = source_of(keystore_cache, &read->bytes);

	source.opened_with = read->facts.opened_with;
	return source;
}

static bool holds(const struct keystore_cache_read *read, const struct buf *bytes)
{
	return read->bytes.len == bytes->len && bytes->len &&
	       memcmp(read->bytes.bytes, bytes->bytes, bytes->len) == 0;
}

/* The cached read of these bytes, or the slot for a new one. */
static struct keystore_cache_read *find(
	struct keystore_cache *keystore_cache, const struct buf *bytes)
{
	struct keystore_cache_read *large = NULL;

	for (size_t i = 0; i < KEYSTORE_CACHE_READS_N; i++) {
		struct keystore_cache_read *read = &keystore_cache->reads[i];

		if (holds(read, bytes))
			return read;
		if (read->bytes.len > LIMIT_KEYSTORE_CACHE_BYTES)
			large = read;
	}
	return large ? large
		     : &keystore_cache->reads[keystore_cache->next++ % KEYSTORE_CACHE_READS_N];
}

/* Record whether the given password opens a keystore that has one. */
static void client_verify(struct keystore_cache *keystore_cache, const struct keystore_facts *facts)
{
	bool fits = facts->opened_with && keystore_cache->passwords.n &&
		    strcmp(facts->opened_with, keystore_cache->passwords.at[0]) == 0;

	keystore_cache->fits |= fits;
	keystore_cache->fails |= !fits && facts->has_password && keystore_cache->passwords.n;
}

int keystore_cache_read(struct keystore_cache *keystore_cache, struct buf *bytes,
	const struct keystore_cache_read **ret, struct fault *why)
{
	CLEANUP(keystore_cache_read) struct keystore_cache_read read = {.bytes = *bytes};
	struct keystore_cache_read *slot = find(keystore_cache, bytes);
	struct keystore_source source = source_of(keystore_cache, &read.bytes);

	*bytes = buf_make(bytes->max);
	if (!holds(slot, &read.bytes)) {
		source.known = keystore_cache->latest ? &keystore_cache->latest->certs : NULL;
		if (keystore_read(&source, &read.facts, &read.certs, why) < 0) {
			keystore_cache->fails |=
				why->kind == FAULT_REFUSED && keystore_cache->passwords.n;
			return -1;
		}
		client_verify(keystore_cache, &read.facts);
		read_free(slot);
		*slot = read;
		read = (struct keystore_cache_read){0};
	}
	keystore_cache->latest = slot;
	*ret = slot;
	return 0;
}
