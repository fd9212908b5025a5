/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/keystore.h"

#include <string.h>

#include "src/base/limits.h"
#include "stores/java/jks.h"
#include "stores/java/p12.h"

static const struct {
	const char *name;
	bool (*is)(const uint8_t *bytes, size_t len);

	/*
	 * Read the whole keystore and fill in the facts, except the format, which is known;
	 * `certs` and `edit` may be NULL.
	 */
	int (*walk)(const struct keystore_source *source, const struct keystore_edit *edit,
		struct keystore_facts *ret_facts, struct certs *certs, struct fault *why);
} formats[KEYSTORE_FORMATS] = {
	[KEYSTORE_JKS] = {"JKS", jks_is, jks_walk},
	[KEYSTORE_JCEKS] = {"JCEKS", jks_is_jceks, jks_walk},
	[KEYSTORE_PKCS12] = {"PKCS12", p12_is, p12_walk},
};

const char *keystore_format_name(enum keystore_format format)
{
	return formats[format].name;
}

bool keystore_is_met(const struct keystore_edit *edit, const uint8_t *der, size_t len)
{
	uint8_t made[DIGEST_SHA256_LEN];
	const uint8_t *wanted;
	size_t wanted_len;

	if (!edit)
		return false;
	if (edit->cert) {
		wanted_len = edit->cert->der.left;
		wanted = edit->cert->der.at;
		return len == wanted_len && memcmp(der, wanted, len) == 0;
	}
	digest_sha256(der, len, made);
	return memcmp(made, edit->sha256, sizeof(made)) == 0;
}

static int walk(const struct keystore_source *source, const struct keystore_edit *edit,
	struct keystore_facts *ret_facts, struct certs *certs, struct fault *why)
{
	if (source->len == 0)
		return fault_set(why, FAULT_FORMAT, "not a keystore: it is empty");
	if (source->len > LIMIT_FILE_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "the keystore is larger than %u bytes", LIMIT_FILE_BYTES);
	for (size_t i = 0; i < KEYSTORE_FORMATS; i++) {
		if (!formats[i].is(source->bytes, source->len))
			continue;
		*ret_facts = (struct keystore_facts){.format = (enum keystore_format)i};
		return formats[i].walk(source, edit, ret_facts, certs, why);
	}
	/* This includes BKS, UBER, BCFKS, DKS and macOS keychains: no JDK reads them by default. */
	return fault_set(
		why, FAULT_FORMAT, "not a keystore of a supported format (JKS, JCEKS or PKCS#12)");
}

int keystore_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why)
{
	struct keystore_facts facts;
	auto_certs certs = CERTS_INIT;

	if (walk(source, NULL, &facts, ret_certs ? &certs : NULL, why) < 0)
		return -1;
	if (ret_facts)
		*ret_facts = facts;
	if (ret_certs) {
		certs_free(ret_certs);
		*ret_certs = certs;
		certs = (struct certs)CERTS_INIT;
	}
	return 0;
}

int keystore_add(const struct keystore_source *source, struct cert *cert, const char *alias,
	time_t when, struct buf *out, struct fault *why)
{
	const struct keystore_edit edit = {.cert = cert, .alias = alias, .when = when, .out = out};
	struct keystore_facts facts;

	return walk(source, &edit, &facts, NULL, why);
}

int keystore_remove(const struct keystore_source *source,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct buf *out, struct fault *why)
{
	const struct keystore_edit edit = {.sha256 = sha256, .out = out};
	struct keystore_facts facts;

	return walk(source, &edit, &facts, NULL, why);
}

int keystore_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why)
{
	return jks_make(certs, when, out, why);
}
