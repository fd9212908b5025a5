/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/keystore.h"

#include <string.h>

#include "src/base/text.h"

static const struct {
	const char *name;
	const char *magic; /* four bytes; NULL: none */
	int (*walk)(struct keystore_walk *walk, struct fault *why);
} formats[KEYSTORE_FORMATS] = {
	[KEYSTORE_JKS] = {"JKS", JKS_MAGIC, jks_walk},
	[KEYSTORE_JCEKS] = {"JCEKS", JCEKS_MAGIC, jks_walk},
	[KEYSTORE_PKCS12] = {"PKCS12", NULL, p12_walk},
};

const char *keystore_format_name(enum keystore_format format)
{
	return formats[format].name;
}

static void walk_close(struct keystore_walk *walk)
{
	buf_free(&walk->out);
	names_free(&walk->aliases);
}
CLEANUP_VALUE(keystore_walk, walk_close)

static int walk_it(struct keystore_walk *walk, struct fault *why)
{
	const struct keystore_source *source = walk->source;
	size_t i = 0;

	if (source->len == 0)
		return fault_set(why, FAULT_FORMAT, "not a keystore: it is empty");
	if (source->len > LIMIT_FILE_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "the keystore is larger than %u bytes", LIMIT_FILE_BYTES);
	while (i < KEYSTORE_FORMATS &&
		!(formats[i].magic ? source->len >= 4 &&
					     memcmp(source->bytes, formats[i].magic, 4) == 0
				   : p12_is(source->bytes, source->len)))
		i++;
	/* This includes BKS, UBER, BCFKS, DKS and macOS keychains: no JDK reads them by default. */
	if (i == KEYSTORE_FORMATS)
		return fault_set(why, FAULT_FORMAT,
			"not a keystore of a supported format (JKS, JCEKS or PKCS#12)");
	walk->facts.format = (enum keystore_format)i;
	walk->out = buf_make(LIMIT_FILE_BYTES);
	return formats[i].walk(walk, why) < 0 ? fault_wrap(why, "%s", formats[i].name) : 0;
}

int keystore_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	CLEANUP(keystore_walk)
	struct keystore_walk walk = {.source = source, .certs = ret_certs ? &certs : NULL};

	if (walk_it(&walk, why) < 0)
		return -1;
	if (ret_facts)
		*ret_facts = walk.facts;
	if (ret_certs) {
		certs_free(ret_certs);
		*ret_certs = certs;
		certs = (struct certs)CERTS_INIT;
	}
	return 0;
}

int keystore_change(const struct keystore_source *source, const struct keystore_edit *edit,
	struct buf *out, struct fault *why)
{
	CLEANUP(keystore_walk) struct keystore_walk walk = {.source = source, .edit = edit};

	if (walk_it(&walk, why) < 0 || buf_check(&walk.out, "keystore", why) < 0)
		return -1;
	buf_add(out, walk.out.bytes, walk.out.len);
	return buf_check(out, "keystore", why);
}

int keystore_take(struct keystore_walk *walk, struct bytes der, bool *ret_met, struct fault *why)
{
	uint8_t sha256[DIGEST_SHA256_LEN];
	auto_cert cert = NULL;

	*ret_met = false;
	if (walk->certs && (cert_make(der.at, der.left, &cert, why) < 0 ||
				   certs_add(walk->certs, cert, why) < 0))
		return -1;
	if (!walk->edit)
		return 0;
	digest_sha256(der.at, der.left, sha256);
	*ret_met = memcmp(sha256, walk->edit->sha256, sizeof(sha256)) == 0;
	return 0;
}

static bool is_taken(const struct names *taken, const char *alias)
{
	for (size_t i = 0; i < taken->n; i++)
		if (text_same(taken->at[i], alias))
			return true;
	return false;
}

int keystore_alias(struct keystore_walk *walk, char **ret, struct fault *why)
{
	struct names *taken = &walk->aliases;
	auto_free char *alias = NULL;

	names_sort(taken);
	for (size_t i = 1; i < taken->n; i++) {
		auto_free char *shown = NULL;

		if (strcmp(taken->at[i - 1], taken->at[i]) != 0)
			continue;
		shown = text_printable(taken->at[i], strlen(taken->at[i]), LIMIT_NAME_SHOWN);
		return !shown ? fault_nomem(why)
			      : fault_set(why, FAULT_FORMAT, "two entries have the alias '%s'",
					shown);
	}
	if (!walk->edit || !walk->edit->cert)
		return 0;
	if (text_set(&alias, why, "%s", walk->edit->alias) < 0)
		return -1;
	for (unsigned i = 1; is_taken(taken, alias); i++) {
		if (i > LIMIT_ALIAS_SUFFIX_N)
			return fault_set(why, FAULT_LIMIT, "the alias '%s' is taken %u times",
				walk->edit->alias, LIMIT_ALIAS_SUFFIX_N);
		if (text_set(&alias, why, "%s-%u", walk->edit->alias, i) < 0)
			return -1;
	}
	*ret = steal(&alias);
	return 0;
}
