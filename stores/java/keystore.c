/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/keystore.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "stores/java/jks.h"
#include "stores/java/p12.h"

struct format {
	const char *name;
	bool (*is)(const uint8_t *bytes, size_t len);
	int (*read)(const struct keystore_source *source, struct keystore_facts *ret_facts,
		struct certs *ret_certs, struct fault *why);
	int (*add)(const struct keystore_source *source, struct cert *cert, const char *alias,
		time_t when, struct buf *out, struct fault *why);
	int (*remove)(const struct keystore_source *source,
		const uint8_t sha256[static DIGEST_SHA256_LEN], struct buf *out, struct fault *why);
};

static const struct format formats[KEYSTORE_FORMATS] = {
	[KEYSTORE_JKS] = {"JKS", jks_is, jks_read, jks_add, jks_remove},
	[KEYSTORE_JCEKS] = {"JCEKS", jks_is_jceks, jks_read, jks_add, jks_remove},
	[KEYSTORE_PKCS12] = {"PKCS12", p12_is, p12_read, p12_add, p12_remove},
};

const char *keystore_format_name(enum keystore_format format)
{
	return formats[format].name;
}

/*
 * Bouncy Castle's BKS and UBER (BcKeyStoreSpi.java): u32 version 1 or 2, u32 length of the salt and
 * the salt, which has 20 bytes, u32 rounds.  Then UBER is encrypted; BKS has its entries in clear.
 */
static bool is_bouncy(const uint8_t *bytes, size_t len, struct bytes *ret)
{
	uint64_t version, salt_len, rounds;

	*ret = bytes_make(bytes, len);
	version = bytes_be(ret, 4);
	salt_len = bytes_be(ret, 4);
	bytes_take(ret, 20);
	rounds = bytes_be(ret, 4);
	return !bytes_failed(ret) && (version == 1 || version == 2) && salt_len == 20 &&
	       rounds > 0 && rounds <= LIMIT_KEYSTORE_ROUNDS_N;
}

static bool is_bks(const uint8_t *bytes, size_t len)
{
	struct bytes in;
	uint64_t type, alias_len;

	if (!is_bouncy(bytes, len, &in))
		return false;
	type = bytes_be(&in, 1);
	if (type == 0) /* no more entries, a digest */
		return in.left == DIGEST_SHA1_LEN;
	alias_len = bytes_be(&in, 2);
	bytes_take(&in, alias_len);
	/* The date's highest bytes: zero until the year 10889. */
	return type <= 4 && bytes_be(&in, 2) == 0 && !bytes_failed(&in);
}

static bool is_uber(const uint8_t *bytes, size_t len)
{
	struct bytes in;

	return is_bouncy(bytes, len, &in);
}

static bool starts_sequence(struct bytes *in)
{
	uint64_t tag = bytes_be(in, 1), first = bytes_be(in, 1);

	if (first > 0x80)
		bytes_take(in, first & 0x7f);
	return !bytes_failed(in) && tag == 0x30;
}

/*
 * ObjectStore of Bouncy Castle, encrypted: SEQUENCE { SEQUENCE { SEQUENCE { OID ..., where a
 * certificate has an INTEGER or [0] in the third, and a PKCS#12 an INTEGER in the first.
 */
static bool is_bcfks(const uint8_t *bytes, size_t len)
{
	struct bytes in = bytes_make(bytes, len);

	return starts_sequence(&in) && starts_sequence(&in) && starts_sequence(&in) &&
	       bytes_be(&in, 1) == 0x06;
}

/* DomainKeyStore.java: text; blanks and comments, then "domain". */
static bool is_dks(const uint8_t *bytes, size_t len)
{
	static const char word[] = "domain";
	const uint8_t *end = bytes + len;

	while (bytes < end && (strchr(" \t\r\n", *bytes) || *bytes == '/' || *bytes == '#')) {
		bool is_block = end - bytes > 1 && bytes[0] == '/' && bytes[1] == '*';
		const uint8_t *to;

		if (strchr(" \t\r\n", *bytes)) {
			bytes++;
			continue;
		}
		to = is_block ? memmem(bytes, (size_t)(end - bytes), "*/", 2)
			      : memchr(bytes, '\n', (size_t)(end - bytes));
		bytes = to ? to + (is_block ? 2 : 1) : end;
	}
	return (size_t)(end - bytes) > strlen(word) && memcmp(bytes, word, strlen(word)) == 0 &&
	       strchr(" \t", bytes[strlen(word)]);
}

/* A macOS keychain, which Java's KeychainStore reads through the system alone. */
static bool is_keychain(const uint8_t *bytes, size_t len)
{
	return len >= 4 && memcmp(bytes, "kych", 4) == 0;
}

static const struct {
	const char *name;
	bool (*is)(const uint8_t *bytes, size_t len);
} refused[] = {
	{"BKS keystore of Bouncy Castle", is_bks},
	{"UBER keystore of Bouncy Castle", is_uber},
	{"BCFKS keystore of Bouncy Castle", is_bcfks},
	{"DKS, a list of other keystores", is_dks},
	{"macOS keychain (KeychainStore)", is_keychain},
};

static int find_format(
	const struct keystore_source *source, const struct format **ret, struct fault *why)
{
	if (source->len == 0)
		return fault_set(why, FAULT_FORMAT, "not a keystore: it is empty");
	if (source->len > LIMIT_FILE_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "the keystore is larger than %u bytes", LIMIT_FILE_BYTES);
	for (size_t i = 0; i < KEYSTORE_FORMATS; i++) {
		if (formats[i].is(source->bytes, source->len)) {
			*ret = &formats[i];
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i].is(source->bytes, source->len))
			return fault_set(why, FAULT_FORMAT,
				"a %s: only JKS, JCEKS and PKCS#12 are written", refused[i].name);
	return fault_set(why, FAULT_FORMAT, "not a keystore: neither JKS, JCEKS nor PKCS#12");
}

int keystore_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why)
{
	const struct format *format = NULL;

	return find_format(source, &format, why) < 0
		       ? -1
		       : format->read(source, ret_facts, ret_certs, why);
}

int keystore_add(const struct keystore_source *source, struct cert *cert, const char *alias,
	time_t when, struct buf *out, struct fault *why)
{
	const struct format *format = NULL;

	return find_format(source, &format, why) < 0
		       ? -1
		       : format->add(source, cert, alias, when, out, why);
}

int keystore_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why)
{
	return jks_make(certs, when, out, why);
}

int keystore_remove(const struct keystore_source *source,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct buf *out, struct fault *why)
{
	const struct format *format = NULL;

	return find_format(source, &format, why) < 0 ? -1
						     : format->remove(source, sha256, out, why);
}
