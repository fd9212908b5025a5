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

/* JavaKeyStore.java, getPreKeyedHash(): hashed between the password and the bytes. */
static const char whitener[] = "Mighty Aphrodite";

bool jks_is(const uint8_t *bytes, size_t len)
{
	return len >= 4 && memcmp(bytes, magic_jks, 4) == 0;
}

bool jks_is_jceks(const uint8_t *bytes, size_t len)
{
	return len >= 4 && memcmp(bytes, magic_jceks, 4) == 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Is it what DataOutput.writeUTF() writes?  One to three bytes each, including surrogates; NUL
 * takes two bytes. */
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

static int take_cert(struct bytes *in, uint64_t version, struct bytes *ret, struct fault *why)
{
	size_t type_len = version == VERSION_1 ? 0 : bytes_be(in, 2), len;
	const uint8_t *type = bytes_take(in, type_len), *der;

	len = bytes_be(in, 4);
	der = bytes_take(in, len);
	if (!der)
		return fault_set(why, FAULT_FORMAT, "cut off in a certificate");
	/* Programs in Go write "X509", which Java accepts. */
	if (version != VERSION_1 && !(type_len == 5 && memcmp(type, "X.509", 5) == 0) &&
		!(type_len == 4 && memcmp(type, "X509", 4) == 0))
		return fault_set(why, FAULT_FORMAT, "a certificate that is not X.509");
	if (!der_is_whole(der, len))
		return fault_set(why, FAULT_FORMAT, "a certificate that is not DER");
	*ret = bytes_make(der, len);
	return 0;
}

struct jks {
	const struct keystore_source *source;
	struct keystore_facts *facts;
	uint64_t version;
	struct names aliases;
};

static void jks_close(struct jks *jks)
{
	names_free(&jks->aliases);
}
CLEANUP_VALUE(jks, jks_close)

/*
 * Take the next entry; `ret` is the certificate of a trusted entry, or empty.  Java cannot find an
 * alias with capital letters, because it always looks for the lower-case form
 * (engineGetCertificate() and similar functions).
 */
static int take_entry(
	struct jks *jks, struct bytes *in, struct bytes *ret, bool *ret_lost, struct fault *why)
{
	uint64_t tag = bytes_be(in, 4), len, chain_n;
	struct bytes ignored;
	const uint8_t *alias;

	*ret = (struct bytes){0};
	*ret_lost = false;
	if (bytes_failed(in))
		return fault_set(why, FAULT_FORMAT, "cut off");
	if (tag != TAG_KEY && tag != TAG_CERT &&
		!(tag == TAG_SECRET && jks->facts->format == KEYSTORE_JCEKS))
		return fault_set(why, FAULT_FORMAT, "unknown tag %ju", (uintmax_t)tag);
	len = bytes_be(in, 2);
	alias = bytes_take(in, len);
	if (!alias)
		return fault_set(why, FAULT_FORMAT, "cut off in its alias");
	if (len > LIMIT_KEYSTORE_ALIAS_BYTES)
		return fault_set(why, FAULT_LIMIT, "an alias of %ju bytes, more than %u",
			(uintmax_t)len, LIMIT_KEYSTORE_ALIAS_BYTES);
	if (!is_modified_utf8(alias, len))
		return fault_set(why, FAULT_FORMAT, "the alias is not UTF-8 as Java writes it");
	if (names_addf(&jks->aliases, why, "%.*s", (int)len, (const char *)alias) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		*ret_lost |= text_lower((char)alias[i]) != (char)alias[i];
	bytes_take(in, 8); /* its date */
	if (tag == TAG_CERT)
		return take_cert(in, jks->version, ret, why);
	if (tag == TAG_SECRET)
		return sealed_object_skip(in) ? 0
					      : fault_set(why, FAULT_FORMAT,
							"cut off in a secret key, or one of an "
							"unknown kind");
	bytes_take(in, bytes_be(in, 4));
	chain_n = bytes_be(in, 4);
	if (bytes_failed(in))
		return fault_set(why, FAULT_FORMAT, "cut off in a private key");
	for (uint64_t i = 0; i < chain_n; i++)
		if (take_cert(in, jks->version, &ignored, why) < 0)
			return -1;
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

/* Find the password that gives the digest at the end of the bytes. */
static int find_password(
	const struct keystore_source *source, size_t len, const char **ret, struct fault *why)
{
	uint8_t made[DIGEST_SHA1_LEN];

	*ret = source->opened_with;
	for (size_t i = 0; i < source->passwords->n && !*ret; i++) {
		if (digest(source->passwords->at[i], source->bytes, len, made, why) < 0)
			return -1;
		if (memcmp(made, source->bytes + len, sizeof(made)) == 0)
			*ret = source->passwords->at[i];
	}
	return *ret ? 0
		    : fault_set(
			      why, FAULT_REFUSED, "no password fits its digest, or it is damaged");
}

/* ---- writing --------------------------------------------------------------------------------- */

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

static void add_cert(
	uint64_t version, const struct cert *cert, const char *alias, time_t when, struct buf *out)
{
	size_t len = cert->der.left;
	const uint8_t *der = cert->der.at;

	add_be(out, TAG_CERT, 4);
	add_utf(out, alias);
	add_be(out, (uint64_t)when * 1000, 8);
	if (version != VERSION_1)
		add_utf(out, "X.509");
	add_be(out, len, 4);
	buf_add(out, der, len);
}

/* Set the count in the header to `n` and append the digest of what `out` has from `start` on. */
static int seal(struct buf *out, size_t start, size_t n, const char *password, struct fault *why)
{
	uint8_t made[DIGEST_SHA1_LEN];

	if (buf_check(out, "keystore", why) < 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		out->bytes[start + HEADER_LEN - 1 - i] = (uint8_t)(n >> (8 * i));
	if (digest(password, out->bytes + start, out->len - start, made, why) < 0)
		return -1;
	buf_add(out, made, sizeof(made));
	return buf_check(out, "keystore", why);
}

int jks_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why)
{
	size_t start = out->len;

	buf_add(out, magic_jks, sizeof(magic_jks));
	add_be(out, VERSION_2, 4);
	add_be(out, certs->n, 4);
	for (size_t i = 0; i < certs->n; i++) {
		char alias[TEXT_SHA256_HEX_LEN];

		text_hex(certs->at[i]->sha256, DIGEST_SHA256_LEN, alias);
		add_cert(VERSION_2, certs->at[i], alias, when, out);
	}
	return seal(out, start, certs->n, "changeit", why);
}

/* ---- both ------------------------------------------------------------------------------------ */

static int walk(
	struct jks *jks, const struct keystore_edit *edit, struct certs *certs, struct fault *why)
{
	const struct keystore_source *source = jks->source;
	struct bytes in = bytes_make(source->bytes, source->len), cert;
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	auto_free char *name = NULL;
	size_t n, end, gone_n = 0;
	bool is_there = false, is_lost;

	bytes_take(&in, 4);
	jks->version = bytes_be(&in, 4);
	n = bytes_be(&in, 4);
	if (bytes_failed(&in))
		return fault_set(why, FAULT_FORMAT, "cut off in its header");
	if (jks->version != VERSION_1 && jks->version != VERSION_2)
		return fault_set(why, FAULT_FORMAT, "unknown version %ju", (uintmax_t)jks->version);
	if (n > LIMIT_KEYSTORE_ENTRIES_N)
		return fault_set(
			why, FAULT_LIMIT, "%zu entries, more than %u", n, LIMIT_KEYSTORE_ENTRIES_N);
	if (n > in.left / ENTRY_LEAST)
		return fault_set(why, FAULT_FORMAT, "cut off: %zu entries have no room in it", n);
	buf_add(&out, source->bytes, HEADER_LEN);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = in.at;

		if (take_entry(jks, &in, &cert, &is_lost, why) < 0 ||
			(certs && cert.at && !is_lost &&
				certs_add_der(certs, source->known, cert.at, cert.left, why) < 0))
			return fault_wrap(why, "entry %zu", i + 1);
		jks->facts->lost_n += cert.at && is_lost;
		if (edit && cert.at && keystore_is_met(edit, cert.at, cert.left)) {
			is_there |= !is_lost;
			gone_n += !edit->cert;
			if (!edit->cert)
				continue;
		}
		if (edit)
			buf_add(&out, at, (size_t)(in.at - at));
	}
	if (alias_refuse_twice(&jks->aliases, why) < 0)
		return -1;
	end = source->len - in.left;
	if (!bytes_take(&in, DIGEST_SHA1_LEN))
		return fault_set(why, FAULT_FORMAT, "cut off in its digest");
	if (find_password(source, end, &jks->facts->opened_with, why) < 0)
		return -1;
	jks->facts->entries_n = n;
	jks->facts->has_password = true;
	jks->facts->opens_without = true; /* without a password, Java ignores the digest */
	if (!edit)
		return 0;
	if (edit->cert && !is_there) {
		if (alias_make(edit->alias, &jks->aliases, &name, why) < 0)
			return -1;
		add_cert(jks->version, edit->cert, name, edit->when, &out);
		n++;
	}
	if (seal(&out, 0, n - gone_n, jks->facts->opened_with, why) < 0)
		return -1;
	buf_add(edit->out, out.bytes, out.len);
	buf_add(edit->out, in.at, in.left);
	return buf_check(edit->out, "keystore", why);
}

int jks_walk(const struct keystore_source *source, const struct keystore_edit *edit,
	struct keystore_facts *ret_facts, struct certs *certs, struct fault *why)
{
	CLEANUP(jks) struct jks jks = {.source = source, .facts = ret_facts};

	return walk(&jks, edit, certs, why) < 0
		       ? fault_wrap(why, "%s", keystore_format_name(ret_facts->format))
		       : 0;
}
