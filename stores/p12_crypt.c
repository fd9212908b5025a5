/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/p12_crypt.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/cert/der.h"
#include "src/cert/ossl.h"

OSSL_CLEANUP(EVP_CIPHER, EVP_CIPHER_free)
OSSL_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
#define auto_EVP_CIPHER CLEANUP(EVP_CIPHER) EVP_CIPHER *
#define auto_EVP_CIPHER_CTX CLEANUP(EVP_CIPHER_CTX) EVP_CIPHER_CTX *

/* Object identifiers, without their header. */
#define PKCS5 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05 /* 1.2.840.113549.1.5 */
/* 1.2.840.113549.1.12.1 */
#define PKCS12_PBE 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01
#define RSADSI 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d /* 1.2.840.113549 */
#define NIST 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04 /* 2.16.840.1.101.3.4 */

struct known {
	const char *name;
	uint8_t oid[12];
	uint8_t oid_len;
	const char *cipher; /* OpenSSL's name of it */
	bool is_legacy; /* in OpenSSL's legacy provider */
	uint8_t key_len, iv_len; /* of a cipher */
	const EVP_MD *(*md)(void);
};

#define OID(...) .oid = {__VA_ARGS__}, .oid_len = sizeof((const uint8_t[]){__VA_ARGS__})

static const struct known pbes2 = {.name = "PBES2", OID(PKCS5, 13)};
static const struct known pbkdf2 = {.name = "PBKDF2", OID(PKCS5, 12)};
static const struct known pbmac1 = {.name = "PBMAC1", OID(PKCS5, 14)};

#define CIPHER(text, key, iv) .cipher = text, .key_len = key, .iv_len = iv

static const struct known pbes1[] = {
	{.name = "RC4-128", OID(PKCS12_PBE, 1), CIPHER("RC4", 16, 0), .is_legacy = true},
	{.name = "RC4-40", OID(PKCS12_PBE, 2), CIPHER("RC4-40", 5, 0), .is_legacy = true},
	{.name = "triple DES", OID(PKCS12_PBE, 3), CIPHER("DES-EDE3-CBC", 24, 8)},
	{.name = "double DES", OID(PKCS12_PBE, 4), CIPHER("DES-EDE-CBC", 16, 8)},
	{.name = "RC2-128", OID(PKCS12_PBE, 5), CIPHER("RC2-CBC", 16, 8), .is_legacy = true},
	{.name = "RC2-40", OID(PKCS12_PBE, 6), CIPHER("RC2-40-CBC", 5, 8), .is_legacy = true},
	{0},
};

static const struct known ciphers[] = {
	{.name = "AES-128", OID(NIST, 1, 2), CIPHER("AES-128-CBC", 16, 16)},
	{.name = "AES-192", OID(NIST, 1, 22), CIPHER("AES-192-CBC", 24, 16)},
	{.name = "AES-256", OID(NIST, 1, 42), CIPHER("AES-256-CBC", 32, 16)},
	{.name = "triple DES", OID(RSADSI, 3, 7), CIPHER("DES-EDE3-CBC", 24, 8)},
	{0},
};

static const struct known prfs[] = {
	{.name = "SHA-1", OID(RSADSI, 2, 7), .md = EVP_sha1},
	{.name = "SHA-224", OID(RSADSI, 2, 8), .md = EVP_sha224},
	{.name = "SHA-256", OID(RSADSI, 2, 9), .md = EVP_sha256},
	{.name = "SHA-384", OID(RSADSI, 2, 10), .md = EVP_sha384},
	{.name = "SHA-512", OID(RSADSI, 2, 11), .md = EVP_sha512},
	{0},
};

static const struct known digests[] = {
	{.name = "SHA-1", OID(0x2b, 14, 3, 2, 26), .md = EVP_sha1},
	{.name = "SHA-224", OID(NIST, 2, 4), .md = EVP_sha224},
	{.name = "SHA-256", OID(NIST, 2, 1), .md = EVP_sha256},
	{.name = "SHA-384", OID(NIST, 2, 2), .md = EVP_sha384},
	{.name = "SHA-512", OID(NIST, 2, 3), .md = EVP_sha512},
	{0},
};

static bool is_oid(const uint8_t *oid, size_t len, const struct known *known)
{
	return len == known->oid_len && memcmp(oid, known->oid, len) == 0;
}

static const struct known *find(const struct known *table, const uint8_t *oid, size_t len)
{
	for (; table->name; table++)
		if (is_oid(oid, len, table))
			return table;
	return NULL;
}

static const struct known *find_der(const struct known *table, const struct der *oid)
{
	return find(table, oid->inside.at, oid->inside.left);
}

void p12_crypt_close(struct p12_crypt *crypt)
{
	for (size_t i = 2; i-- > 0;)
		if (crypt->providers[i])
			OSSL_PROVIDER_unload(crypt->providers[i]);
	OSSL_LIB_CTX_free(crypt->legacy);
}

/* Its file is what is missing; OpenSSL would only say that it could not load it. */
static int no_provider(const char *name, const char *dir, struct fault *why)
{
	struct fault cause = FAULT_INIT;

	fault_ossl(&cause, "%s", name);
	return cause.kind == FAULT_SYSTEM
		       ? fault_nomem(why)
		       : fault_set(why, FAULT_FORMAT,
				 "encrypted with %s, which needs OpenSSL's legacy provider, and "
				 "'%s/legacy.so' cannot be loaded",
				 name, dir);
}

/* A context of our own: no other part of the program gets to know RC2.  OPENSSL_MODULES may not
 * name the code. */
static int need_legacy(struct p12_crypt *crypt, const char *name, struct fault *why)
{
	static const char *const wanted[] = {"default", "legacy"};
	const char *dir = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);

	if (crypt->providers[1])
		return 0;
	ERR_clear_error();
	if (!crypt->legacy)
		crypt->legacy = OSSL_LIB_CTX_new();
	if (!crypt->legacy)
		return fault_nomem(why);
	OSSL_PROVIDER_set_default_search_path(crypt->legacy, dir);
	for (size_t i = 0; i < 2; i++) {
		if (!crypt->providers[i])
			crypt->providers[i] = OSSL_PROVIDER_load(crypt->legacy, wanted[i]);
		if (!crypt->providers[i])
			return no_provider(name, dir, why);
	}
	return 0;
}

static int spend(struct p12_crypt *crypt, uint64_t rounds, struct fault *why)
{
	if (rounds == 0)
		return fault_set(why, FAULT_FORMAT, "no rounds of key derivation");
	if (rounds > LIMIT_KEYSTORE_ROUNDS_N)
		return fault_set(why, FAULT_LIMIT, "%ju rounds of key derivation, more than %u",
			(uintmax_t)rounds, LIMIT_KEYSTORE_ROUNDS_N);
	if (rounds > crypt->rounds_left)
		return fault_set(why, FAULT_LIMIT, "more than %u rounds of key derivation in all",
			LIMIT_KEYSTORE_ROUNDS_ALL_N);
	crypt->rounds_left -= rounds;
	return 0;
}

/* What is in an AlgorithmIdentifier. */
struct scheme {
	const struct known *cipher;
	const struct known *prf; /* of PBES2; NULL: one of PKCS#12's own */
	struct bytes salt;
	struct bytes iv; /* of PBES2; the others derive it */
	uint64_t rounds;
};

/* SaltAndRounds: PKCS12PbeParams, and how PBKDF2-params begins. */
static bool take_salt(struct bytes *in, struct scheme *ret)
{
	struct der salt;

	if (!der_take_tag(in, DER_OCTET_STRING, &salt) || !der_take_number(in, &ret->rounds))
		return false;
	ret->salt = salt.inside;
	return salt.inside.left > 0;
}

/* Nothing, or NULL. */
static bool is_null(const struct bytes *in)
{
	return in->left == 0 || (in->left == 2 && in->at[0] == 0x05 && in->at[1] == 0);
}

/* RFC 8018, A.2: SEQUENCE { salt, rounds, length of the key?, { prf, NULL }? }. */
static bool take_pbkdf2_params(struct bytes in, struct scheme *ret, uint64_t *ret_key_len)
{
	struct der prf, oid;

	if (!take_salt(&in, ret))
		return false;
	if (der_is_next(&in, DER_INTEGER) && !der_take_number(&in, ret_key_len))
		return false;
	ret->prf = &prfs[0]; /* SHA-1 is the default */
	if (in.left == 0)
		return true;
	if (!der_take_tag(&in, DER_SEQUENCE, &prf) || in.left ||
		!der_take_tag(&prf.inside, DER_OID, &oid))
		return false;
	ret->prf = find_der(prfs, &oid);
	return ret->prf && is_null(&prf.inside);
}

static bool take_pbkdf2(struct bytes *in, struct scheme *ret, uint64_t *ret_key_len)
{
	struct der kdf, oid, params;

	return der_take_tag(in, DER_SEQUENCE, &kdf) && der_take_tag(&kdf.inside, DER_OID, &oid) &&
	       is_oid(oid.inside.at, oid.inside.left, &pbkdf2) &&
	       der_take_tag(&kdf.inside, DER_SEQUENCE, &params) && kdf.inside.left == 0 &&
	       take_pbkdf2_params(params.inside, ret, ret_key_len);
}

static bool take_pbes2(struct bytes *in, struct scheme *ret)
{
	struct der cipher, oid, iv;
	uint64_t key_len = 0;

	if (!take_pbkdf2(in, ret, &key_len) || !der_take_tag(in, DER_SEQUENCE, &cipher) ||
		!der_take_tag(&cipher.inside, DER_OID, &oid) ||
		!der_take_tag(&cipher.inside, DER_OCTET_STRING, &iv) || cipher.inside.left)
		return false;
	ret->cipher = find_der(ciphers, &oid);
	ret->iv = iv.inside;
	return ret->cipher && iv.inside.left == ret->cipher->iv_len &&
	       (key_len == 0 || key_len == ret->cipher->key_len);
}

static int take_scheme(const struct p12_secret *secret, struct scheme *ret, struct fault *why)
{
	struct bytes in = bytes_make(secret->algorithm, secret->algorithm_len);
	struct scheme scheme = {0};
	struct der all, oid, params;
	bool ok = der_take_tag(&in, DER_SEQUENCE, &all) &&
		  der_take_tag(&all.inside, DER_OID, &oid) &&
		  der_take_tag(&all.inside, DER_SEQUENCE, &params);

	if (ok && is_oid(oid.inside.at, oid.inside.left, &pbes2)) {
		ok = take_pbes2(&params.inside, &scheme);
	} else if (ok) {
		scheme.cipher = find_der(pbes1, &oid);
		ok = scheme.cipher && take_salt(&params.inside, &scheme);
	}
	if (!ok || params.inside.left || all.inside.left || in.left)
		return fault_set(why, FAULT_FORMAT, "encrypted in a way that is not known");
	*ret = scheme;
	return 0;
}

struct key {
	uint8_t key[P12_KEY_MOST];
	uint8_t iv[P12_KEY_MOST];
};

static void key_free(struct key *key)
{
	explicit_bzero(key, sizeof(*key));
}
CLEANUP_VALUE(key, key_free)

static int make_key(struct p12_crypt *crypt, const struct scheme *scheme, const char *password,
	struct key *ret, struct fault *why)
{
	struct p12_recipe recipe = {.kdf = scheme->prf ? P12_KDF_PBKDF2 : P12_KDF_KEY,
		.md = scheme->prf ? scheme->prf->md() : EVP_sha1(),
		.password = password,
		.salt = scheme->salt.at,
		.salt_len = scheme->salt.left,
		.rounds = scheme->rounds,
		.len = scheme->cipher->key_len};

	ERR_clear_error();
	if (spend(crypt, scheme->rounds, why) < 0 ||
		p12_key_make(crypt->keys, &recipe, ret->key, why) < 0)
		return -1;
	if (scheme->prf) {
		memcpy(ret->iv, scheme->iv.at, scheme->iv.left);
		return 0;
	}
	recipe.kdf = P12_KDF_IV;
	recipe.len = scheme->cipher->iv_len;
	return recipe.len ? p12_key_make(crypt->keys, &recipe, ret->iv, why) : 0;
}

enum direction { DECRYPT, ENCRYPT };

/* *ret: is the padding of what was decrypted right? */
static int run_cipher(EVP_CIPHER_CTX *ctx, const struct p12_secret *secret,
	enum direction direction, struct buf *out, bool *ret, struct fault *why)
{
	uint8_t *room = buf_extend(out, secret->text_len + EVP_MAX_BLOCK_LENGTH);
	int len = 0, rest = 0;

	if (!room)
		return buf_check(out, "keystore", why);
	*ret = EVP_CipherUpdate(ctx, room, &len, secret->text, (int)secret->text_len) &&
	       EVP_CipherFinal_ex(ctx, room + len, &rest);
	if (!*ret && direction == ENCRYPT)
		return fault_ossl_lacks(why, "its encryption cannot be done here");
	ERR_clear_error();
	out->len -= secret->text_len + EVP_MAX_BLOCK_LENGTH - (*ret ? (size_t)(len + rest) : 0);
	return 0;
}

static int crypt_text(struct p12_crypt *crypt, const struct p12_secret *secret,
	const char *password, enum direction direction, struct buf *out, bool *ret,
	struct fault *why)
{
	auto_EVP_CIPHER_CTX ctx = NULL;
	auto_EVP_CIPHER cipher = NULL;
	struct scheme scheme = {0};
	CLEANUP(key) struct key key = {0};

	if (take_scheme(secret, &scheme, why) < 0 ||
		(scheme.cipher->is_legacy && need_legacy(crypt, scheme.cipher->name, why) < 0) ||
		make_key(crypt, &scheme, password, &key, why) < 0)
		return -1;
	cipher = EVP_CIPHER_fetch(crypt->legacy, scheme.cipher->cipher, NULL);
	ctx = EVP_CIPHER_CTX_new();
	if (!cipher || !ctx ||
		!EVP_CipherInit_ex2(ctx, cipher, key.key, key.iv, (int)direction, NULL))
		return fault_ossl_lacks(why, "its encryption cannot be done here");
	return run_cipher(ctx, secret, direction, out, ret, why);
}

int p12_decrypt(struct p12_crypt *crypt, const struct p12_secret *secret, const char *password,
	struct buf *out, bool *ret, struct fault *why)
{
	return crypt_text(crypt, secret, password, DECRYPT, out, ret, why);
}

/*
 * What a new salt and a new IV are made of: the text that they are for, under the key that it had.
 * So nobody can foresee them, another text has others, and the same done again gives the same
 * bytes, as an image's layer must (the idea is RFC 5297's).
 */
struct synthetic {
	struct key key;
	uint8_t text[DIGEST_SHA256_LEN];
};

static void synthetic_free(struct synthetic *it)
{
	key_free(&it->key);
}
CLEANUP_VALUE(synthetic, synthetic_free)

/* In a copy of the algorithm that the salt or IV was found in. */
static bool renew(const struct bytes *it, uint8_t what, const struct synthetic *from,
	const struct p12_secret *like, struct buf *copy)
{
	uint8_t front[5 + DIGEST_SHA256_LEN] = {what};
	uint8_t block[DIGEST_SHA256_LEN];
	uint8_t *at;

	if (it->left == 0)
		return true;
	at = copy->bytes + (it->at - like->algorithm);
	memcpy(front + 5, from->text, sizeof(from->text));
	for (size_t done = 0, n; done < it->left; done += n) {
		uint32_t number = htonl((uint32_t)(done / sizeof(block)));

		memcpy(front + 1, &number, sizeof(number));
		if (!HMAC(EVP_sha256(), from->key.key, sizeof(from->key.key), front, sizeof(front),
			    block, NULL))
			return false;
		n = it->left - done < sizeof(block) ? it->left - done : sizeof(block);
		memcpy(at + done, block, n);
	}
	return true;
}

int p12_encrypt(struct p12_crypt *crypt, const struct p12_secret *like, const char *password,
	const struct buf *plain, struct buf *out, struct fault *why)
{
	auto_buf algorithm = buf_make(LIMIT_FILE_BYTES);
	CLEANUP(synthetic) struct synthetic source = {0};
	struct scheme scheme = {0};
	struct p12_secret it;
	bool is_done = false;
	size_t from;

	buf_add(&algorithm, like->algorithm, like->algorithm_len);
	if (buf_check(&algorithm, "keystore", why) < 0 || take_scheme(like, &scheme, why) < 0 ||
		make_key(crypt, &scheme, password, &source.key, why) < 0)
		return -1;
	digest_sha256(plain->bytes, plain->len, source.text);
	ERR_clear_error();
	if (!renew(&scheme.salt, 's', &source, like, &algorithm) ||
		!renew(&scheme.iv, 'i', &source, like, &algorithm))
		return fault_ossl_lacks(why, "a new salt cannot be made here");
	it = (struct p12_secret){algorithm.bytes, algorithm.len, plain->bytes, plain->len};
	buf_add(out, algorithm.bytes, algorithm.len);
	from = out->len;
	if (crypt_text(crypt, &it, password, ENCRYPT, out, &is_done, why) < 0)
		return -1;
	der_wrap(out, from, DER_CONTEXT_0_BYTES);
	return buf_check(out, "keystore", why);
}

int p12_mac_key(
	struct p12_crypt *crypt, struct p12_mac *mac, const char *password, struct fault *why)
{
	const struct known *digest = find(digests, mac->oid, mac->oid_len);

	if (is_oid(mac->oid, mac->oid_len, &pbmac1))
		return fault_set(why, FAULT_FORMAT,
			"sealed with PBMAC1 (RFC 9579): only the MAC of RFC 7292 is written");
	if (!digest || mac->digest_len != (size_t)EVP_MD_get_size(digest->md()))
		return fault_set(why, FAULT_FORMAT, "sealed with a digest that is not known");
	if (mac->salt_len == 0)
		return fault_set(why, FAULT_FORMAT, "sealed without a salt");
	struct p12_recipe recipe = {.kdf = P12_KDF_MAC,
		.md = digest->md(),
		.password = password,
		.salt = mac->salt,
		.salt_len = mac->salt_len,
		.rounds = mac->rounds,
		.len = mac->digest_len};

	ERR_clear_error();
	return spend(crypt, mac->rounds, why) < 0
		       ? -1
		       : p12_key_make(crypt->keys, &recipe, mac->key, why);
}

int p12_mac_make(const struct p12_mac *mac, const uint8_t *at, size_t len,
	uint8_t ret[static P12_MAC_MOST], struct fault *why)
{
	const struct known *digest = find(digests, mac->oid, mac->oid_len);

	ERR_clear_error();
	if (!HMAC(digest->md(), mac->key, (int)mac->digest_len, at, len, ret, NULL))
		return fault_ossl_lacks(why, "its MAC cannot be made");
	return 0;
}

int p12_make_definite(enum p12_item item, const uint8_t *at, size_t len, struct buf *out,
	size_t *ret_len, struct fault *why)
{
	const ASN1_ITEM *const items[] = {
		[P12_PFX] = ASN1_ITEM_rptr(PKCS12),
		[P12_SAFES] = ASN1_ITEM_rptr(PKCS12_AUTHSAFES),
		[P12_BAGS] = ASN1_ITEM_rptr(PKCS12_SAFEBAGS),
	};
	const uint8_t *from = at;
	ASN1_VALUE *decoded;
	uint8_t *made = NULL;
	int made_len;

	ERR_clear_error();
	decoded = ASN1_item_d2i(NULL, &at, (long)len, items[item]);
	if (!decoded)
		return fault_ossl(why, "damaged or cut off");
	made_len = ASN1_item_i2d(decoded, &made, items[item]);
	ASN1_item_free(decoded, items[item]);
	if (made_len < 0)
		return fault_ossl(why, "cannot be written as DER");
	buf_add(out, made, (size_t)made_len);
	OPENSSL_free(made);
	*ret_len = (size_t)(at - from);
	return buf_check(out, "keystore", why);
}
