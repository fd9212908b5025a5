/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/keyring.h"

#include <string.h>

void keyring_free(struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->passwords.n; i++)
		explicit_bzero(keyring->passwords.at[i], strlen(keyring->passwords.at[i]));
	names_free(&keyring->passwords);
	for (size_t i = 0; i < KEYRING_READS_N; i++)
		certs_free(&keyring->reads[i].certs);
	*keyring = (struct keyring){0};
}

int keyring_set(struct keyring *keyring, const char *password, struct fault *why)
{
	keyring_free(keyring);
	return names_add(&keyring->passwords, password, why);
}

const struct names *keyring_passwords(const struct keyring *keyring)
{
	static char changeit[] = "changeit", changeme[] = "changeme", none[] = "";
	static char *at[] = {changeit, changeme, none};
	static const struct names usual = {at, sizeof(at) / sizeof(at[0])};

	return keyring->passwords.n ? &keyring->passwords : &usual;
}

int keyring_read(struct keyring *keyring, const struct buf *bytes, const struct keyring_read **ret,
	struct fault *why)
{
	struct keystore_source source = {bytes->bytes, bytes->len, keyring_passwords(keyring)};
	struct keyring_read *read = &keyring->reads[keyring->next];
	struct keystore_facts facts = {0};
	auto_certs certs = CERTS_INIT;
	uint8_t sha256[DIGEST_SHA256_LEN];

	digest_sha256(bytes->bytes, bytes->len, sha256);
	for (size_t i = 0; i < KEYRING_READS_N; i++)
		if (keyring->reads[i].is_used &&
			memcmp(keyring->reads[i].sha256, sha256, sizeof(sha256)) == 0) {
			*ret = &keyring->reads[i];
			return 0;
		}
	if (keystore_read(&source, &facts, &certs, why) < 0)
		return -1;
	certs_free(&read->certs);
	*read = (struct keyring_read){.facts = facts, .certs = certs, .is_used = true};
	memcpy(read->sha256, sha256, sizeof(sha256));
	certs = (struct certs)CERTS_INIT;
	keyring->next = (keyring->next + 1) % KEYRING_READS_N;
	*ret = read;
	return 0;
}
