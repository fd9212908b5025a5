/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/jks.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/der.h"
#include "stores/java/alias.h"
#include "stores/java/sealed_object.h"

enum { HEADER_LEN = 12, ENTRY_LEAST = 14, VERSION_1 = 1, VERSION_2 = 2 };
enum tag { TAG_KEY = 1, TAG_CERT = 2, TAG_SECRET = 3 };

static const uint8_t magic_jks[] = {0xfe, 0xed, 0xfe, 0xed};
static const uint8_t magic_jceks[] = {0xce, 0xce, 0xce, 0xce};

/* JavaKeyStore.java, getPreKeyedHash(): between the password and the bytes. */
static const char whitener[] = "Mighty Aphrodite";

struct entry {
	const uint8_t *at; /* all of it */
	size_t len;
	uint32_t tag;
	bool is_lost; /* no look-up finds its alias */
	const uint8_t *der; /* of a TAG_CERT */
	size_t der_len;
};

struct jks {
	const struct keystore_source *source;
	const char *name;
	enum keystore_format format;
	uint32_t version;
	struct entry *at;
	size_t n;
	struct names aliases;
	size_t end; /* of the last entry: the digest begins there */
	const char *password;
};

static void jks_close(struct jks *jks)
{
	free(jks->at);
	names_free(&jks->aliases);
}
CLEANUP_VALUE(jks, jks_close)
#define auto_jks CLEANUP(jks) struct jks

static bool begins(const uint8_t *bytes, size_t len, const uint8_t magic[static 4])
{
	return len >= 4 && memcmp(bytes, magic, 4) == 0;
}

bool jks_is(const uint8_t *bytes, size_t len)
{
	return begins(bytes, len, magic_jks);
}

bool jks_is_jceks(const uint8_t *bytes, size_t len)
{
	return begins(bytes, len, magic_jceks);
}

/* What DataOutput.writeUTF() writes: sequences of one to three bytes, surrogates among them; NUL
 * has two. */
static bool is_modified_utf8(const uint8_t *at, size_t len)
{
	while (len > 0) {
		size_t n = at[0] == 0         ? 0
			   : at[0] < 0x80     ? 1
			   : at[0] >> 5 == 6  ? 2
			   : at[0] >> 4 == 14 ? 3
					      : 0;

		if (n == 0 || n > len)
			return false;
		for (size_t i = 1; i < n; i++)
			if (at[i] >> 6 != 2)
				return false;
		at += n;
		len -= n;
	}
	return true;
}

static int take_alias(struct jks *jks, struct bytes *in, struct fault *why)
{
	size_t len = bytes_be(in, 2);
	const uint8_t *alias = bytes_take(in, len);

	if (!alias)
		return fault_set(why, FAULT_FORMAT, "cut off in its alias");
	if (len > LIMIT_KEYSTORE_ALIAS_BYTES)
		return fault_set(why, FAULT_LIMIT, "an alias of %zu bytes, more than %u", len,
			LIMIT_KEYSTORE_ALIAS_BYTES);
	if (!is_modified_utf8(alias, len))
		return fault_set(why, FAULT_FORMAT, "the alias is not UTF-8 as Java writes it");
	return names_addf(&jks->aliases, why, "%.*s", (int)len, (const char *)alias);
}

static bool is_x509(const uint8_t *type, size_t len)
{
	return (len == 5 && memcmp(type, "X.509", 5) == 0) ||
	       (len == 4 && memcmp(type, "X509", 4) == 0); /* written in Go, and read by Java */
}

static int take_cert(struct bytes *in, uint32_t version, struct entry *ret, struct fault *why)
{
	size_t type_len = version == VERSION_1 ? 0 : bytes_be(in, 2);
	const uint8_t *type = bytes_take(in, type_len);

	ret->der_len = bytes_be(in, 4);
	ret->der = bytes_take(in, ret->der_len);
	if (!ret->der)
		return fault_set(why, FAULT_FORMAT, "cut off in a certificate");
	if (version != VERSION_1 && !is_x509(type, type_len))
		return fault_set(why, FAULT_FORMAT, "a certificate that is not X.509");
	if (!der_is_whole(ret->der, ret->der_len))
		return fault_set(why, FAULT_FORMAT, "a certificate that is not DER");
	return 0;
}

static int take_key(struct bytes *in, uint32_t version, struct fault *why)
{
	struct entry ignored;
	uint64_t chain_n;

	bytes_take(in, bytes_be(in, 4));
	chain_n = bytes_be(in, 4);
	if (bytes_failed(in))
		return fault_set(why, FAULT_FORMAT, "cut off in a private key");
	for (uint64_t i = 0; i < chain_n; i++)
		if (take_cert(in, version, &ignored, why) < 0)
			return -1;
	return 0;
}

static int take_content(
	const struct jks *jks, struct bytes *in, struct entry *it, struct fault *why)
{
	if (it->tag == TAG_CERT)
		return take_cert(in, jks->version, it, why);
	if (it->tag == TAG_KEY)
		return take_key(in, jks->version, why);
	if (!sealed_object_skip(in))
		return fault_set(why, FAULT_FORMAT,
			"cut off in a secret key, or one of a kind that "
			"is not known");
	return 0;
}

/* engineGetCertificate() and its kin look for the alias in lower case, whatever stands in the file.
 */
static bool has_capitals(const char *alias)
{
	for (; *alias; alias++)
		if (text_lower(*alias) != *alias)
			return true;
	return false;
}

static int take_entry(struct jks *jks, struct bytes *in, struct entry *ret, struct fault *why)
{
	struct entry it = {.at = in->at, .tag = (uint32_t)bytes_be(in, 4)};

	if (bytes_failed(in))
		return fault_set(why, FAULT_FORMAT, "cut off");
	if (it.tag != TAG_KEY && it.tag != TAG_CERT &&
		!(it.tag == TAG_SECRET && jks->format == KEYSTORE_JCEKS))
		return fault_set(why, FAULT_FORMAT, "unknown tag %u", it.tag);
	if (take_alias(jks, in, why) < 0)
		return -1;
	it.is_lost = has_capitals(jks->aliases.at[jks->aliases.n - 1]);
	bytes_take(in, 8); /* its date */
	if (take_content(jks, in, &it, why) < 0)
		return -1;
	it.len = (size_t)(in->at - it.at);
	*ret = it;
	return 0;
}

static int take_entries(struct jks *jks, struct bytes *in, uint64_t n, struct fault *why)
{
	if (n > LIMIT_KEYSTORE_ENTRIES_N)
		return fault_set(why, FAULT_LIMIT, "%s: %ju entries, more than %u", jks->name,
			(uintmax_t)n, LIMIT_KEYSTORE_ENTRIES_N);
	if (n > in->left / ENTRY_LEAST)
		return fault_set(why, FAULT_FORMAT, "%s: cut off: %ju entries have no room in it",
			jks->name, (uintmax_t)n);
	jks->at = calloc(n ? n : 1, sizeof(*jks->at));
	if (!jks->at)
		return fault_nomem(why);
	for (; jks->n < n; jks->n++)
		if (take_entry(jks, in, &jks->at[jks->n], why) < 0)
			return fault_wrap(why, "%s: entry %zu", jks->name, jks->n + 1);
	return alias_refuse_twice(&jks->aliases, why) < 0 ? fault_wrap(why, "%s", jks->name) : 0;
}

static int take_all(struct jks *jks, struct fault *why)
{
	struct bytes in = bytes_make(jks->source->bytes, jks->source->len);
	uint64_t n;

	bytes_take(&in, 4);
	jks->version = (uint32_t)bytes_be(&in, 4);
	n = bytes_be(&in, 4);
	if (bytes_failed(&in))
		return fault_set(why, FAULT_FORMAT, "%s: cut off in its header", jks->name);
	if (jks->version != VERSION_1 && jks->version != VERSION_2)
		return fault_set(
			why, FAULT_FORMAT, "%s: unknown version %u", jks->name, jks->version);
	if (take_entries(jks, &in, n, why) < 0)
		return -1;
	jks->end = (size_t)(in.at - jks->source->bytes);
	if (in.left < DIGEST_SHA1_LEN)
		return fault_set(why, FAULT_FORMAT, "%s: cut off in its digest", jks->name);
	return 0;
}

static int digest(const char *password, const uint8_t *at, size_t len,
	uint8_t ret[static DIGEST_SHA1_LEN], struct fault *why)
{
	size_t front_len = 0, most = 2 * strlen(password) + strlen(whitener);
	auto_free uint8_t *front = malloc(most);
	bool is_text;

	if (!front)
		return fault_nomem(why);
	is_text = text_utf16(password, front, &front_len);
	memcpy(front + front_len, whitener, strlen(whitener));
	digest_sha1(front, front_len + strlen(whitener), at, len, ret);
	explicit_bzero(front, most);
	return is_text ? 0 : fault_set(why, FAULT_REFUSED, "a password is not UTF-8");
}

static int find_password(struct jks *jks, struct fault *why)
{
	const struct names *passwords = jks->source->passwords;
	const uint8_t *bytes = jks->source->bytes;
	uint8_t made[DIGEST_SHA1_LEN];

	jks->password = jks->source->opened_with;
	for (size_t i = 0; i < passwords->n && !jks->password; i++) {
		if (digest(passwords->at[i], bytes, jks->end, made, why) < 0)
			return -1;
		if (memcmp(made, bytes + jks->end, sizeof(made)) == 0)
			jks->password = passwords->at[i];
	}
	if (!jks->password)
		return fault_set(why, FAULT_REFUSED,
			"%s: no password fits its digest, or it is damaged", jks->name);
	return 0;
}

static int jks_open(const struct keystore_source *source, struct jks *ret, struct fault *why)
{
	ret->source = source;
	ret->format = jks_is(source->bytes, source->len) ? KEYSTORE_JKS : KEYSTORE_JCEKS;
	ret->name = keystore_format_name(ret->format);
	return take_all(ret, why) < 0 ? -1 : find_password(ret, why);
}

/* The digest over what `out` has from `start` on; then what the file has behind its own. */
static int close_with_digest(
	const struct jks *jks, size_t start, struct buf *out, struct fault *why)
{
	size_t from = jks->end + DIGEST_SHA1_LEN;
	uint8_t made[DIGEST_SHA1_LEN];

	if (buf_check(out, jks->name, why) < 0 ||
		digest(jks->password, out->bytes + start, out->len - start, made, why) < 0)
		return -1;
	buf_add(out, made, sizeof(made));
	buf_add(out, jks->source->bytes + from, jks->source->len - from);
	return buf_check(out, jks->name, why);
}

static void add_be(struct buf *out, uint64_t value, size_t n)
{
	while (n-- > 0)
		buf_add_byte(out, (uint8_t)(value >> (8 * n)));
}

static void add_utf(struct buf *out, const char *text)
{
	add_be(out, strlen(text), 2);
	buf_add_text(out, text);
}

/* The header as it was, but for the count. */
static void add_header(const struct jks *jks, size_t n, struct buf *out)
{
	buf_add(out, jks->source->bytes, HEADER_LEN - 4);
	add_be(out, n, 4);
}

static bool is_anchor(const struct entry *it)
{
	return it->tag == TAG_CERT && !it->is_lost;
}

int jks_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_jks jks = {0};
	size_t lost_n = 0;

	if (jks_open(source, &jks, why) < 0)
		return -1;
	for (size_t i = 0; i < jks.n; i++)
		lost_n += jks.at[i].tag == TAG_CERT && jks.at[i].is_lost;
	for (size_t i = 0; ret_certs && i < jks.n; i++)
		if (is_anchor(&jks.at[i]) && certs_add_der(&certs, source->known, jks.at[i].der,
						     jks.at[i].der_len, why) < 0)
			return fault_wrap(why, "%s: entry %zu", jks.name, i + 1);
	if (ret_facts)
		*ret_facts = (struct keystore_facts){
			.format = jks.format,
			.has_password = true,
			.opens_without = true, /* the digest is then not looked at */
			.opened_with = jks.password,
			.entries_n = jks.n,
			.lost_n = lost_n,
		};
	if (ret_certs) {
		certs_free(ret_certs);
		*ret_certs = certs;
		certs = (struct certs)CERTS_INIT;
	}
	return 0;
}

static bool holds(const struct jks *jks, const uint8_t *der, size_t len)
{
	for (size_t i = 0; i < jks->n; i++)
		if (is_anchor(&jks->at[i]) && jks->at[i].der_len == len &&
			memcmp(jks->at[i].der, der, len) == 0)
			return true;
	return false;
}

static void add_cert(
	uint32_t version, const struct cert *cert, const char *alias, time_t when, struct buf *out)
{
	size_t len;
	const uint8_t *der = cert_der(cert, &len);

	add_be(out, TAG_CERT, 4);
	add_utf(out, alias);
	add_be(out, (uint64_t)when * 1000, 8);
	if (version != VERSION_1)
		add_utf(out, "X.509");
	add_be(out, len, 4);
	buf_add(out, der, len);
}

int jks_add(const struct keystore_source *source, struct cert *cert, const char *alias, time_t when,
	struct buf *out, struct fault *why)
{
	auto_free char *name = NULL;
	auto_jks jks = {0};
	size_t len, start = out->len;
	const uint8_t *der = cert_der(cert, &len);

	if (jks_open(source, &jks, why) < 0)
		return -1;
	if (holds(&jks, der, len)) {
		buf_add(out, source->bytes, source->len);
		return buf_check(out, jks.name, why);
	}
	if (alias_make(alias, &jks.aliases, &name, why) < 0)
		return -1;
	add_header(&jks, jks.n + 1, out);
	buf_add(out, source->bytes + HEADER_LEN, jks.end - HEADER_LEN);
	add_cert(jks.version, cert, name, when, out);
	return close_with_digest(&jks, start, out, why);
}

static bool is_cert(const struct entry *it, const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	uint8_t made[DIGEST_SHA256_LEN];

	if (it->tag != TAG_CERT)
		return false;
	digest_sha256(it->der, it->der_len, made);
	return memcmp(made, sha256, sizeof(made)) == 0;
}

int jks_remove(const struct keystore_source *source, const uint8_t sha256[static DIGEST_SHA256_LEN],
	struct buf *out, struct fault *why)
{
	auto_jks jks = {0};
	size_t start = out->len, stay_n = 0;

	if (jks_open(source, &jks, why) < 0)
		return -1;
	for (size_t i = 0; i < jks.n; i++)
		stay_n += !is_cert(&jks.at[i], sha256);
	add_header(&jks, stay_n, out);
	for (size_t i = 0; i < jks.n; i++)
		if (!is_cert(&jks.at[i], sha256))
			buf_add(out, jks.at[i].at, jks.at[i].len);
	return close_with_digest(&jks, start, out, why);
}

int jks_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why)
{
	size_t start = out->len;
	uint8_t made[DIGEST_SHA1_LEN];

	buf_add(out, magic_jks, sizeof(magic_jks));
	add_be(out, VERSION_2, 4);
	add_be(out, certs->n, 4);
	for (size_t i = 0; i < certs->n; i++) {
		char alias[DIGEST_SHA256_LEN * 2 + 1];

		text_hex(cert_sha256(certs->at[i]), DIGEST_SHA256_LEN, alias);
		add_cert(VERSION_2, certs->at[i], alias, when, out);
	}
	if (buf_check(out, "JKS", why) < 0 ||
		digest("changeit", out->bytes + start, out->len - start, made, why) < 0)
		return -1;
	buf_add(out, made, sizeof(made));
	return buf_check(out, "JKS", why);
}
