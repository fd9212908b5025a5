/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/keystore_cache.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

static void read_free(struct keyring_read *read)
{
	buf_free(&read->bytes);
	certs_free(&read->certs);
	*read = (struct keyring_read){0};
}
CLEANUP_VALUE(keyring_read, read_free)

void keyring_free(struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->passwords.n; i++)
		explicit_bzero(keyring->passwords.at[i], strlen(keyring->passwords.at[i]));
	names_free(&keyring->passwords);
	for (size_t i = 0; i < KEYRING_READS_N; i++)
		read_free(&keyring->reads[i]);
	p12_keys_clear(&keyring->keys);
	*keyring = (struct keyring){0};
}

static char changeit[] = "changeit", changeme[] = "changeme", none[] = "";
static char *usual_at[] = {changeit, changeme, none};
static const struct names usual = {usual_at, sizeof(usual_at) / sizeof(usual_at[0])};

static int check_text(const char *password, struct fault *why)
{
	size_t len = 0, most = 2 * strlen(password) + 1;
	auto_free uint8_t *wide = malloc(most);
	bool is_text;

	if (!wide)
		return fault_nomem(why);
	is_text = text_utf16(password, wide, &len);
	explicit_bzero(wide, most);
	return is_text ? 0
		       : fault_set(why, FAULT_REFUSED,
				 "the password of --storepass-file is not UTF-8");
}

int keyring_set(struct keyring *keyring, const char *password, struct fault *why)
{
	keyring_free(keyring);
	if (check_text(password, why) < 0)
		return -1;
	if (names_add(&keyring->passwords, password, why) < 0)
		return -1;
	for (size_t i = 0; i < usual.n; i++)
		if (names_add(&keyring->passwords, usual.at[i], why) < 0)
			return -1;
	return 0;
}

int keyring_check(const struct keyring *keyring, struct fault *why)
{
	return keyring->fits || !keyring->fails
		       ? 0
		       : fault_set(why, FAULT_REFUSED,
				 "no keystore opens with the password of --storepass-file");
}

static struct keystore_source source_of(struct keyring *keyring, const struct buf *bytes)
{
	struct keystore_source source = keystore_source_make(
		bytes->bytes, bytes->len, keyring->passwords.n ? &keyring->passwords : &usual);

	source.keys = &keyring->keys;
	return source;
}

struct keystore_source keyring_source(struct keyring *keyring, const struct keyring_read *read)
{
	struct keystore_source source = source_of(keyring, &read->bytes);

	source.opened_with = read->facts.opened_with;
	return source;
}

static bool holds(const struct keyring_read *read, const struct buf *bytes)
{
	return read->bytes.len == bytes->len && bytes->len &&
	       memcmp(read->bytes.bytes, bytes->bytes, bytes->len) == 0;
}

/* The read of these bytes, or the place for a new one. */
static struct keyring_read *find(struct keyring *keyring, const struct buf *bytes)
{
	struct keyring_read *large = NULL;

	for (size_t i = 0; i < KEYRING_READS_N; i++) {
		struct keyring_read *read = &keyring->reads[i];

		if (holds(read, bytes))
			return read;
		if (read->bytes.len > LIMIT_KEYRING_BYTES)
			large = read;
	}
	return large ? large : &keyring->reads[keyring->next++ % KEYRING_READS_N];
}

/* Does the given password open what has one? */
static void judge(struct keyring *keyring, const struct keystore_facts *facts)
{
	bool fits = facts->opened_with && keyring->passwords.n &&
		    strcmp(facts->opened_with, keyring->passwords.at[0]) == 0;

	keyring->fits |= fits;
	keyring->fails |= !fits && facts->has_password && keyring->passwords.n;
}

int keyring_read(struct keyring *keyring, struct buf *bytes, const struct keyring_read **ret,
	struct fault *why)
{
	CLEANUP(keyring_read) struct keyring_read read = {.bytes = *bytes};
	struct keyring_read *slot = find(keyring, bytes);
	struct keystore_source source = source_of(keyring, &read.bytes);

	*bytes = buf_make(bytes->max);
	if (!holds(slot, &read.bytes)) {
		source.known = keyring->latest ? &keyring->latest->certs : NULL;
		if (keystore_read(&source, &read.facts, &read.certs, why) < 0) {
			keyring->fails |= why->kind == FAULT_REFUSED && keyring->passwords.n;
			return -1;
		}
		judge(keyring, &read.facts);
		read_free(slot);
		*slot = read;
		read = (struct keyring_read){0};
	}
	keyring->latest = slot;
	*ret = slot;
	return 0;
}
