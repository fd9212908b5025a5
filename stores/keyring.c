/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/keyring.h"

#include <string.h>

#include "src/base/limits.h"

static void read_free(struct keyring_read *read)
{
	free(read->bytes);
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

int keyring_set(struct keyring *keyring, const char *password, struct fault *why)
{
	keyring_free(keyring);
	return names_add(&keyring->passwords, password, why);
}

struct keystore_source keyring_source(struct keyring *keyring, const struct buf *bytes)
{
	static char changeit[] = "changeit", changeme[] = "changeme", none[] = "";
	static char *at[] = {changeit, changeme, none};
	static const struct names usual = {at, sizeof(at) / sizeof(at[0])};

	return (struct keystore_source){.bytes = bytes->bytes,
		.len = bytes->len,
		.passwords = keyring->passwords.n ? &keyring->passwords : &usual,
		.keys = &keyring->keys};
}

static const struct keyring_read *remembered(const struct keyring *keyring, const struct buf *bytes)
{
	for (size_t i = 0; i < KEYRING_READS_N; i++) {
		const struct keyring_read *read = &keyring->reads[i];

		if (read->bytes && read->len == bytes->len &&
			memcmp(read->bytes, bytes->bytes, bytes->len) == 0)
			return read;
	}
	return NULL;
}

int keyring_read(struct keyring *keyring, const struct buf *bytes, const struct keyring_read **ret,
	struct fault *why)
{
	struct keystore_source source = keyring_source(keyring, bytes);
	const struct keyring_read *known = remembered(keyring, bytes);
	struct keyring_read *slot = &keyring->reads[keyring->next];
	CLEANUP(keyring_read) struct keyring_read read = {.len = bytes->len};

	if (known) {
		*ret = known;
		return 0;
	}
	if (keystore_read(&source, &read.facts, &read.certs, why) < 0)
		return -1;
	if (bytes->len <= LIMIT_KEYRING_BYTES) {
		read.bytes = malloc(bytes->len);
		if (!read.bytes)
			return fault_nomem(why);
		memcpy(read.bytes, bytes->bytes, bytes->len);
	}
	read_free(slot);
	*slot = read;
	read = (struct keyring_read){0};
	keyring->next = (keyring->next + 1) % KEYRING_READS_N;
	*ret = slot;
	return 0;
}
