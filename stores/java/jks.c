/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JKS and JCEKS, as the JDK's JavaKeyStore.java and JceKeyStore.java read and write them.
 *
 *     u32 magic, u32 version (1 or 2), u32 count, entries,
 *     SHA-1(password in UTF-16BE, "Mighty Aphrodite", all the bytes before)
 *
 *     entry        u32 tag, UTF alias, u64 date in ms, then by its tag:
 *     1 key        u32 length, bytes, u32 count, certificates
 *     2 trusted    certificate
 *     3 secret     a serialized Java object, only in JCEKS
 *     certificate  UTF type (from version 2 on), u32 length, DER
 *     UTF          u16 length, bytes (DataOutput.writeUTF)
 *
 * SHA1_Init() and similar functions are deprecated, but they allocate nothing and cannot fail.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "stores/java/keystore.h"

#include <openssl/pkcs12.h>
#include <openssl/sha.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/der.h"

enum { HEADER_LEN = 12, ENTRY_LEAST = 14, VERSION_1 = 1, VERSION_2 = 2 };
enum tag { TAG_KEY = 1, TAG_CERT = 2, TAG_SECRET = 3 };

/* JavaKeyStore.java, getPreKeyedHash(): hashed between the password and the bytes. */
static const char whitener[] = "Mighty Aphrodite";

/* ---- secret keys ----------------------------------------------------------------------------- */

enum { STREAM_HEADER = 0xaced0005, SC_SERIALIZABLE = 2 };
enum type {
	TC_NULL = 0x70,
	TC_REFERENCE = 0x71,
	TC_CLASSDESC = 0x72,
	TC_OBJECT = 0x73,
	TC_STRING = 0x74,
	TC_ARRAY = 0x75,
	TC_ENDBLOCKDATA = 0x78,
};

static void skip_text(struct bytes *in)
{
	bytes_take(in, bytes_be(in, 2));
}

/*
 * Skip one element of a stream that holds a javax.crypto.SealedObject, which has no length field
 * (Java Object Serialization Specification, 6.4).  We know only what such an object consists of:
 * fields that are strings or byte arrays, in classes without a writeObject() of their own.
 * `*fields_n` grows by the number of fields of a class and its superclasses.
 *
 * A reference is the number of an earlier element.  It is skipped unchecked: it takes four bytes
 * whatever it refers to, nothing is looked up by it, and the cursor cannot leave the file.  Where
 * that is not all a reference stands for, the entries do not end at the digest of all of them, and
 * the keystore is refused.
 */
static void skip_element(struct bytes *in, unsigned depth, size_t *fields_n)
{
	uint64_t type = bytes_be(in, 1);
	size_t n = 0, ignored = 0;

	if (type == TC_STRING) {
		skip_text(in);
	} else if (type == TC_REFERENCE) {
		bytes_take(in, 4);
	} else if (type == TC_CLASSDESC && depth < LIMIT_SEALED_DEPTH) {
		skip_text(in); /* name */
		bytes_take(in, 8); /* serialVersionUID */
		in->failed |= bytes_be(in, 1) != SC_SERIALIZABLE;
		n = bytes_be(in, 2);
		*fields_n += n;
		for (; n > 0 && !in->failed; n--) {
			uint64_t of = bytes_be(in, 1);

			in->failed |= of != 'L' && of != '[';
			skip_text(in); /* name */
			skip_element(in, LIMIT_SEALED_DEPTH, &ignored); /* name of its class */
		}
		in->failed |= bytes_be(in, 1) != TC_ENDBLOCKDATA;
		skip_element(in, depth + 1, fields_n); /* its superclass */
	} else if (type == TC_ARRAY && depth < LIMIT_SEALED_DEPTH) {
		skip_element(in, depth + 1, &ignored);
		bytes_take(in, bytes_be(in, 4));
	} else if (type == TC_OBJECT && depth == 0) {
		skip_element(in, 1, &n);
		for (; n > 0 && !in->failed; n--)
			skip_element(in, 1, &ignored);
	} else if (type != TC_NULL) {
		in->failed = true;
	}
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
		return fault_set(why, FAULT_FORMAT, "truncated in a certificate");
	/* Programs in Go write "X509", which Java accepts. */
	if (version != VERSION_1 && !(type_len == 5 && memcmp(type, "X.509", 5) == 0) &&
		!(type_len == 4 && memcmp(type, "X509", 4) == 0))
		return fault_set(why, FAULT_FORMAT, "a certificate that is not X.509");
	if (!der_is_whole(der, len))
		return fault_set(why, FAULT_FORMAT, "a certificate that is not DER");
	*ret = bytes_make(der, len);
	return 0;
}

/*
 * Take the next entry; `ret` is the certificate of a trusted entry, or empty.  Java cannot find an
 * alias with capital letters, because it always looks for the lower-case form
 * (engineGetCertificate() and similar functions).
 */
static int take_entry(struct keystore_walk *walk, uint64_t version, struct bytes *in,
	struct bytes *ret, bool *ret_lost, struct fault *why)
{
	uint64_t tag = bytes_be(in, 4), len, chain_n;
	size_t ignored_n = 0;
	struct bytes ignored;
	const uint8_t *alias;

	*ret = (struct bytes){0};
	*ret_lost = false;
	if (in->failed)
		return fault_set(why, FAULT_FORMAT, "truncated");
	if (tag != TAG_KEY && tag != TAG_CERT &&
		!(tag == TAG_SECRET && walk->facts.format == KEYSTORE_JCEKS))
		return fault_set(why, FAULT_FORMAT, "unknown tag %ju", (uintmax_t)tag);
	len = bytes_be(in, 2);
	alias = bytes_take(in, len);
	if (!alias)
		return fault_set(why, FAULT_FORMAT, "truncated in its alias");
	if (len > LIMIT_KEYSTORE_ALIAS_BYTES)
		return fault_set(why, FAULT_LIMIT, "an alias of %ju bytes, more than %u",
			(uintmax_t)len, LIMIT_KEYSTORE_ALIAS_BYTES);
	if (!is_modified_utf8(alias, len))
		return fault_set(why, FAULT_FORMAT, "the alias is not in Java's form of UTF-8");
	if (names_addf(&walk->aliases, why, "%.*s", (int)len, (const char *)alias) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		*ret_lost |= text_lower((char)alias[i]) != (char)alias[i];
	bytes_take(in, 8); /* its date */
	if (tag == TAG_CERT)
		return take_cert(in, version, ret, why);
	if (tag == TAG_SECRET) {
		in->failed |= bytes_be(in, 4) != STREAM_HEADER;
		skip_element(in, 0, &ignored_n);
		return !in->failed
			       ? 0
			       : fault_set(why, FAULT_FORMAT,
					 "truncated in a secret key, or one of an unknown kind");
	}
	bytes_take(in, bytes_be(in, 4));
	chain_n = bytes_be(in, 4);
	if (in->failed)
		return fault_set(why, FAULT_FORMAT, "truncated in a private key");
	for (uint64_t i = 0; i < chain_n; i++)
		if (take_cert(in, version, &ignored, why) < 0)
			return -1;
	return 0;
}

static int digest(const char *password, const uint8_t *at, size_t len,
	uint8_t ret[static SHA_DIGEST_LENGTH], struct fault *why)
{
	uint8_t *wide = NULL;
	int wide_len;
	SHA_CTX sha1;

	if (!text_is_utf8(password))
		return fault_set(why, FAULT_REFUSED, "a password is not UTF-8");
	if (!OPENSSL_utf82uni(password, -1, &wide, &wide_len))
		return fault_nomem(why);
	SHA1_Init(&sha1);
	SHA1_Update(&sha1, wide, (size_t)wide_len - 2); /* without the NUL */
	SHA1_Update(&sha1, whitener, strlen(whitener));
	SHA1_Update(&sha1, at, len);
	SHA1_Final(ret, &sha1);
	OPENSSL_clear_free(wide, (size_t)wide_len);
	return 0;
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
	add_be(out, TAG_CERT, 4);
	add_utf(out, alias);
	add_be(out, (uint64_t)when * 1000, 8);
	if (version != VERSION_1)
		add_utf(out, "X.509");
	add_be(out, cert->der.left, 4);
	buf_add(out, cert->der.at, cert->der.left);
}

/* Set the count in the header to `n` and append the digest of what `out` has from `start` on. */
static int seal(struct buf *out, size_t start, size_t n, const char *password, struct fault *why)
{
	uint8_t made[SHA_DIGEST_LENGTH];

	if (buf_check(out, "keystore", why) < 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		out->bytes[start + HEADER_LEN - 1 - i] = (uint8_t)(n >> (8 * i));
	if (digest(password, out->bytes + start, out->len - start, made, why) < 0)
		return -1;
	buf_add(out, made, sizeof(made));
	return buf_check(out, "keystore", why);
}

int keystore_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why)
{
	size_t start = out->len;

	buf_add_text(out, JKS_MAGIC);
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

int jks_walk(struct keystore_walk *walk, struct fault *why)
{
	const struct keystore_source *source = walk->source;
	const struct keystore_edit *edit = walk->edit;
	const char **fits = &walk->facts.opened_with;
	struct bytes in = bytes_make(source->bytes, source->len), cert;
	uint8_t made[SHA_DIGEST_LENGTH];
	auto_free char *alias = NULL;
	bool is_there = false, is_lost;
	uint64_t version;
	size_t n, end, kept_n = 0;

	bytes_take(&in, 4);
	version = bytes_be(&in, 4);
	n = bytes_be(&in, 4);
	if (in.failed)
		return fault_set(why, FAULT_FORMAT, "truncated in its header");
	if (version != VERSION_1 && version != VERSION_2)
		return fault_set(why, FAULT_FORMAT, "unknown version %ju", (uintmax_t)version);
	if (n > LIMIT_KEYSTORE_ENTRIES_N)
		return fault_set(
			why, FAULT_LIMIT, "%zu entries, more than %u", n, LIMIT_KEYSTORE_ENTRIES_N);
	if (n > in.left / ENTRY_LEAST)
		return fault_set(why, FAULT_FORMAT, "truncated: it has no room for %zu entries", n);
	buf_add(&walk->out, source->bytes, HEADER_LEN);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = in.at;
		bool is_met = false;

		if (take_entry(walk, version, &in, &cert, &is_lost, why) < 0 ||
			(cert.at && !(is_lost && !edit) &&
				keystore_take(walk, cert, &is_met, why) < 0))
			return fault_wrap(why, "entry %zu", i + 1);
		walk->facts.lost_n += cert.at && is_lost;
		is_there = is_there || (is_met && !is_lost);
		if (edit && !(is_met && !edit->cert)) {
			buf_add(&walk->out, at, (size_t)(in.at - at));
			kept_n++;
		}
	}
	if (keystore_alias(walk, &alias, why) < 0)
		return -1;
	end = source->len - in.left;
	if (!bytes_take(&in, SHA_DIGEST_LENGTH))
		return fault_set(why, FAULT_FORMAT, "truncated in its digest");
	for (size_t i = 0; i < source->passwords->n && !*fits; i++) {
		if (digest(source->passwords->at[i], source->bytes, end, made, why) < 0)
			return -1;
		if (memcmp(made, source->bytes + end, sizeof(made)) == 0)
			*fits = source->passwords->at[i];
	}
	if (!*fits)
		return fault_set(
			why, FAULT_REFUSED, "no password matches its digest, or it is damaged");
	walk->facts.entries_n = n;
	walk->facts.has_password = true;
	walk->facts.opens_without = true; /* without a password, Java ignores the digest */
	if (!edit)
		return 0;
	if (edit->cert && !is_there) {
		add_cert(version, edit->cert, alias, edit->when, &walk->out);
		kept_n++;
	}
	if (seal(&walk->out, 0, kept_n, *fits, why) < 0)
		return -1;
	buf_add(&walk->out, in.at, in.left);
	return 0;
}
