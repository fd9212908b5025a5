/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/p12_crypt.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/x509/ossl.h"

void p12_crypt_close(struct p12_crypt *crypt)
{
	for (size_t i = 0; i < 2; i++)
		OSSL_PROVIDER_unload(crypt->providers[i]);
	OSSL_LIB_CTX_free(crypt->legacy);
}

/* A context of our own: no other part of the program gets to know RC2.  OPENSSL_MODULES may not
 * name the code.  Its file is what is missing; OpenSSL would only say that it could not load it. */
static int need_legacy(struct p12_crypt *crypt, const char *name, struct fault *why)
{
	static const char *const wanted[] = {"default", "legacy"};
	const char *dir = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
	struct fault cause = FAULT_INIT;

	if (!crypt->legacy)
		crypt->legacy = OSSL_LIB_CTX_new();
	if (!crypt->legacy)
		return fault_nomem(why);
	OSSL_PROVIDER_set_default_search_path(crypt->legacy, dir);
	for (size_t i = 0; i < 2; i++) {
		if (!crypt->providers[i])
			crypt->providers[i] = OSSL_PROVIDER_load(crypt->legacy, wanted[i]);
		if (crypt->providers[i])
			continue;
		fault_ossl(&cause, "%s", name);
		return cause.kind == FAULT_SYSTEM
			       ? fault_nomem(why)
			       : fault_set(why, FAULT_FORMAT,
					 "encrypted with %s, which needs OpenSSL's legacy "
					 "provider, and '%s/legacy.so' cannot be loaded",
					 name, dir);
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

/* What an AlgorithmIdentifier says, and what is made of it. */
struct scheme {
	PBE2PARAM *pbes2;
	PBKDF2PARAM *pbkdf2; /* of PBES2 */
	PBEPARAM *pbes1; /* or else, of PKCS#12's own */
	ASN1_OCTET_STRING *salt, *iv; /* in them; `iv` NULL: it is derived */
	uint64_t rounds;
	EVP_CIPHER *cipher;
	const EVP_MD *md;
	struct {
		uint8_t key[P12_KEY_MOST], iv[P12_KEY_MOST];
	} made;
};

static void scheme_free(struct scheme *scheme)
{
	PBE2PARAM_free(scheme->pbes2);
	PBKDF2PARAM_free(scheme->pbkdf2);
	PBEPARAM_free(scheme->pbes1);
	EVP_CIPHER_free(scheme->cipher);
	explicit_bzero(&scheme->made, sizeof(scheme->made));
}
CLEANUP_VALUE(scheme, scheme_free)
#define auto_scheme CLEANUP(scheme) struct scheme

static uint64_t number_of(const ASN1_INTEGER *it, uint64_t otherwise)
{
	uint64_t number = otherwise;

	if (it && !ASN1_INTEGER_get_uint64(&number, it))
		number = it->type == V_ASN1_NEG_INTEGER ? 0 : UINT64_MAX;
	return number;
}

/* The NID of the cipher, and that of the digest. */
static int open_pbes2(const X509_ALGOR *algorithm, struct scheme *ret, int *ret_md)
{
	PBE2PARAM *it = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	PBKDF2PARAM *kdf;
	const ASN1_TYPE *iv;
	int prf = NID_hmacWithSHA1; /* the default */

	ret->pbes2 = it;
	if (!it || OBJ_obj2nid(it->keyfunc->algorithm) != NID_id_pbkdf2)
		return NID_undef;
	kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), it->keyfunc->parameter);
	iv = it->encryption->parameter;
	ret->pbkdf2 = kdf;
	if (!kdf || kdf->salt->type != V_ASN1_OCTET_STRING || !iv ||
		iv->type != V_ASN1_OCTET_STRING)
		return NID_undef;
	ret->salt = kdf->salt->value.octet_string;
	ret->iv = iv->value.octet_string;
	ret->rounds = number_of(kdf->iter, 0);
	if (kdf->prf)
		prf = OBJ_obj2nid(kdf->prf->algorithm);
	return EVP_PBE_find(EVP_PBE_TYPE_PRF, prf, NULL, ret_md, NULL)
		       ? OBJ_obj2nid(it->encryption->algorithm)
		       : NID_undef;
}

static int open_pbes1(const X509_ALGOR *algorithm, struct scheme *ret, int *ret_md)
{
	int nid = OBJ_obj2nid(algorithm->algorithm), cipher = NID_undef;

	if (nid < NID_pbe_WithSHA1And128BitRC4 || nid > NID_pbe_WithSHA1And40BitRC2_CBC)
		return NID_undef;
	ret->pbes1 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
	if (!ret->pbes1)
		return NID_undef;
	ret->salt = ret->pbes1->salt;
	ret->rounds = number_of(ret->pbes1->iter, 0);
	EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &cipher, ret_md, NULL);
	return cipher;
}

/* Does the cipher of PBES2 take the IV and the key's length that it is given? */
static bool fits(const struct scheme *it)
{
	uint64_t key_len = (uint64_t)EVP_CIPHER_get_key_length(it->cipher);

	return EVP_CIPHER_get_mode(it->cipher) == EVP_CIPH_CBC_MODE &&
	       it->iv->length == EVP_CIPHER_get_iv_length(it->cipher) &&
	       number_of(it->pbkdf2->keylength, key_len) == key_len;
}

static int make_key(
	struct p12_crypt *crypt, struct scheme *scheme, const char *password, struct fault *why)
{
	struct p12_recipe recipe = {.kdf = scheme->pbes2 ? P12_KDF_PBKDF2 : P12_KDF_KEY,
		.md = scheme->md,
		.password = password,
		.salt = scheme->salt->data,
		.salt_len = (size_t)scheme->salt->length,
		.rounds = scheme->rounds,
		.len = (size_t)EVP_CIPHER_get_key_length(scheme->cipher)};

	if (spend(crypt, scheme->rounds, why) < 0 ||
		p12_key_make(crypt->keys, &recipe, scheme->made.key, why) < 0)
		return -1;
	recipe.kdf = P12_KDF_IV;
	recipe.len = (size_t)EVP_CIPHER_get_iv_length(scheme->cipher);
	if (!scheme->iv)
		return recipe.len ? p12_key_make(crypt->keys, &recipe, scheme->made.iv, why) : 0;
	memcpy(scheme->made.iv, scheme->iv->data, recipe.len);
	return 0;
}

/* With its key. */
static int open_scheme(struct p12_crypt *crypt, const X509_ALGOR *algorithm, const char *password,
	struct scheme *ret, struct fault *why)
{
	int md = NID_undef, cipher;

	ERR_clear_error();
	cipher = OBJ_obj2nid(algorithm->algorithm) == NID_pbes2 ? open_pbes2(algorithm, ret, &md)
								: open_pbes1(algorithm, ret, &md);
	ret->md = EVP_get_digestbynid(md);
	if (cipher == NID_undef || !ret->md || ret->salt->length == 0)
		return fault_ossl(why, "encrypted in a way that is not known");
	if (ret->pbes1 && cipher != NID_des_ede3_cbc && cipher != NID_des_ede_cbc &&
		need_legacy(crypt, OBJ_nid2sn(cipher), why) < 0)
		return -1;
	ret->cipher = EVP_CIPHER_fetch(crypt->legacy, OBJ_nid2sn(cipher), NULL);
	if (!ret->cipher)
		return fault_ossl_lacks(why, "its encryption cannot be done here");
	if (ret->pbes2 && !fits(ret))
		return fault_set(why, FAULT_FORMAT, "encrypted in a way that is not known");
	return make_key(crypt, ret, password, why);
}

OSSL_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
#define auto_EVP_CIPHER_CTX CLEANUP(EVP_CIPHER_CTX) EVP_CIPHER_CTX *

enum direction { DECRYPT, ENCRYPT };

/* *ret: did it work?  Decrypted, is the padding right? */
static int run_cipher(const struct scheme *scheme, enum direction direction, struct bytes text,
	struct buf *out, bool *ret, struct fault *why)
{
	auto_EVP_CIPHER_CTX ctx = EVP_CIPHER_CTX_new();
	uint8_t *room = buf_extend(out, text.left + EVP_MAX_BLOCK_LENGTH);
	int len = 0, rest = 0;

	if (!ctx || !room ||
		!EVP_CipherInit_ex2(ctx, scheme->cipher, scheme->made.key, scheme->made.iv,
			(int)direction, NULL))
		return fault_ossl_lacks(why, "its encryption cannot be done here");
	*ret = EVP_CipherUpdate(ctx, room, &len, text.at, (int)text.left) &&
	       EVP_CipherFinal_ex(ctx, room + len, &rest);
	out->len -= text.left + EVP_MAX_BLOCK_LENGTH - (*ret ? (size_t)(len + rest) : 0);
	return 0;
}

int p12_decrypt(struct p12_crypt *crypt, const PKCS7_ENC_CONTENT *secret, const char *password,
	struct buf *out, bool *ret, struct fault *why)
{
	const struct bytes text =
		bytes_make(secret->enc_data->data, (size_t)secret->enc_data->length);
	auto_scheme scheme = {0};
	int rc;

	if (open_scheme(crypt, secret->algorithm, password, &scheme, why) < 0)
		return -1;
	rc = run_cipher(&scheme, DECRYPT, text, out, ret, why);
	ERR_clear_error();
	return rc;
}

/*
 * A new salt or IV is made of the text that it is for, under the key that it had.  So nobody can
 * foresee it, another text has another, and the same done again gives the same bytes, as an image's
 * layer must (the idea is RFC 5297's).
 */
static bool renew(
	ASN1_OCTET_STRING *it, uint8_t what, const struct scheme *scheme, const struct buf *plain)
{
	uint8_t from[1 + DIGEST_SHA256_LEN] = {what};

	digest_sha256(plain->bytes, plain->len, from + 1);
	return !it || PKCS5_PBKDF2_HMAC((const char *)&scheme->made, sizeof(scheme->made), from,
			      sizeof(from), 1, EVP_sha256(), it->length, it->data);
}

static bool pack(const struct scheme *scheme, X509_ALGOR *algorithm)
{
	if (scheme->pbes1)
		return ASN1_TYPE_pack_sequence(
			ASN1_ITEM_rptr(PBEPARAM), scheme->pbes1, &algorithm->parameter);
	return ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), scheme->pbkdf2,
		       &scheme->pbes2->keyfunc->parameter) &&
	       ASN1_TYPE_pack_sequence(
		       ASN1_ITEM_rptr(PBE2PARAM), scheme->pbes2, &algorithm->parameter);
}

int p12_encrypt(struct p12_crypt *crypt, PKCS7_ENC_CONTENT *secret, const char *password,
	const struct buf *plain, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_FILE_BYTES);
	auto_scheme scheme = {0};
	bool is_done = false;

	if (open_scheme(crypt, secret->algorithm, password, &scheme, why) < 0)
		return -1;
	if (!renew(scheme.salt, 's', &scheme, plain) || !renew(scheme.iv, 'i', &scheme, plain) ||
		!pack(&scheme, secret->algorithm))
		return fault_ossl_lacks(why, "a new salt cannot be made here");
	if (make_key(crypt, &scheme, password, why) < 0 ||
		run_cipher(&scheme, ENCRYPT, bytes_make(plain->bytes, plain->len), &text, &is_done,
			why) < 0)
		return -1;
	return is_done && ASN1_OCTET_STRING_set(secret->enc_data, text.bytes, (int)text.len)
		       ? 0
		       : fault_ossl_lacks(why, "its encryption cannot be done here");
}

int p12_mac_make(struct p12_crypt *crypt, const struct p12_mac *mac, const ASN1_OCTET_STRING *text,
	uint8_t ret[static P12_KEY_MOST], struct fault *why)
{
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OCTET_STRING *digest = NULL;
	struct p12_recipe recipe = {.kdf = P12_KDF_MAC,
		.password = mac->password,
		.salt = mac->salt->data,
		.salt_len = (size_t)mac->salt->length,
		.rounds = number_of(mac->rounds, 1)};
	uint8_t key[P12_KEY_MOST];
	int done;
	int nid;

	ERR_clear_error();
	X509_SIG_get0(mac->digest, &algorithm, &digest);
	nid = OBJ_obj2nid(algorithm->algorithm);
	recipe.md = EVP_get_digestbynid(nid);
	recipe.len = (size_t)digest->length;
	if (nid == NID_pbmac1)
		return fault_set(why, FAULT_FORMAT,
			"sealed with PBMAC1 (RFC 9579): only the MAC of RFC 7292 is written");
	if (!recipe.md || digest->length != EVP_MD_get_size(recipe.md))
		return fault_set(why, FAULT_FORMAT, "sealed with a digest that is not known");
	if (recipe.salt_len == 0)
		return fault_set(why, FAULT_FORMAT, "sealed without a salt");
	if (spend(crypt, recipe.rounds, why) < 0 ||
		p12_key_make(crypt->keys, &recipe, key, why) < 0)
		return -1;
	done = HMAC(recipe.md, key, digest->length, text->data, (size_t)text->length, ret, NULL) !=
	       NULL;
	explicit_bzero(key, sizeof(key));
	return done ? 0 : fault_ossl_lacks(why, "its MAC cannot be made");
}
