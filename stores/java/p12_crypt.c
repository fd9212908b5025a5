/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/p12_crypt.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/provider.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "src/x509/ossl.h"

OSSL_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
#define auto_EVP_CIPHER_CTX CLEANUP(EVP_CIPHER_CTX) EVP_CIPHER_CTX *

static const char unknown[] = "encrypted with an unsupported algorithm";
static const char lacking[] = "its encryption is not available here";

void p12_crypt_close(struct p12_crypt *crypt)
{
	for (size_t i = 0; i < 2; i++)
		OSSL_PROVIDER_unload(crypt->providers[i]);
	OSSL_LIB_CTX_free(crypt->legacy);
}

/*
 * Load RC2 and RC4 into a library context of our own, so that no other part of the program can use
 * them and OPENSSL_MODULES cannot choose the code.  The fault names the missing file; OpenSSL would
 * only say that it cannot load the provider.
 */
static int load_legacy(struct p12_crypt *crypt, const char *cipher, struct fault *why)
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
		fault_ossl(&cause, "%s", cipher);
		return cause.kind == FAULT_SYSTEM
			       ? fault_nomem(why)
			       : fault_set(why, FAULT_FORMAT,
					 "encrypted with %s, which needs OpenSSL's legacy "
					 "provider, and '%s/legacy.so' cannot be loaded",
					 cipher, dir);
	}
	return 0;
}

static int make_key(struct p12_crypt *crypt, const struct p12_recipe *recipe,
	uint8_t ret[static P12_KEY_MOST], struct fault *why)
{
	if (recipe->rounds == 0)
		return fault_set(why, FAULT_FORMAT, "no rounds of key derivation");
	if (recipe->rounds > LIMIT_KEYSTORE_ROUNDS_N)
		return fault_set(why, FAULT_LIMIT, "%ju rounds of key derivation, more than %u",
			(uintmax_t)recipe->rounds, LIMIT_KEYSTORE_ROUNDS_N);
	if (recipe->rounds > crypt->rounds_left)
		return fault_set(why, FAULT_LIMIT, "more than %u rounds of key derivation in all",
			LIMIT_KEYSTORE_ROUNDS_ALL_N);
	crypt->rounds_left -= recipe->rounds;
	return p12_key_make(crypt->keys, recipe, ret, why);
}

/* The parameters in an AlgorithmIdentifier, and the key derived from them and the password. */
struct scheme {
	struct p12_recipe recipe; /* for the key; its salt points into the AlgorithmIdentifier */
	struct bytes iv; /* points there too; empty: the IV is derived */
	uint64_t key_len; /* UINT64_MAX: the cipher's own */
	int cipher_nid;
	EVP_CIPHER *cipher;
	struct {
		uint8_t key[P12_KEY_MOST], iv[P12_KEY_MOST];
	} made;
};

static void scheme_free(struct scheme *scheme)
{
	EVP_CIPHER_free(scheme->cipher);
	explicit_bzero(&scheme->made, sizeof(scheme->made));
}
CLEANUP_VALUE(scheme, scheme_free)
#define auto_scheme CLEANUP(scheme) struct scheme

/* Take the next element as an OBJECT IDENTIFIER that OpenSSL knows. */
static int take_nid(struct bytes *in)
{
	ASN1_OBJECT *object;
	struct der it;
	int nid;

	if (!der_take_tag(in, DER_OID, &it))
		return NID_undef;
	object = d2i_ASN1_OBJECT(NULL, &it.at, (long)it.len);
	nid = OBJ_obj2nid(object);
	ASN1_OBJECT_free(object);
	return nid;
}

static bool take_salt(struct bytes *in, struct p12_recipe *ret)
{
	struct bytes salt = der_enter(in, DER_OCTET_STRING);

	ret->salt = salt.at;
	ret->salt_len = salt.left;
	return der_take_number(in, &ret->rounds) && ret->salt_len > 0;
}

/* RFC 8018, A.2 and A.4. */
static bool take_pbes2(struct bytes *in, struct scheme *ret)
{
	struct bytes params = der_enter(in, DER_SEQUENCE);
	struct bytes function = der_enter(&params, DER_SEQUENCE);
	struct bytes cipher = der_enter(&params, DER_SEQUENCE), values, prf;
	int prf_nid = NID_hmacWithSHA1, md_nid; /* the default */

	if (take_nid(&function) != NID_id_pbkdf2)
		return false;
	values = der_enter(&function, DER_SEQUENCE);
	if (!take_salt(&values, &ret->recipe))
		return false;
	if (der_is_next(&values, DER_INTEGER))
		der_take_number(&values, &ret->key_len);
	if (values.left) {
		prf = der_enter(&values, DER_SEQUENCE);
		prf_nid = take_nid(&prf);
	}
	ret->cipher_nid = take_nid(&cipher);
	ret->iv = der_enter(&cipher, DER_OCTET_STRING);
	if (values.failed || ret->iv.failed || ret->cipher_nid == NID_undef ||
		!EVP_PBE_find(EVP_PBE_TYPE_PRF, prf_nid, NULL, &md_nid, NULL))
		return false;
	ret->recipe.kdf = P12_KDF_PBKDF2;
	ret->recipe.md = EVP_get_digestbynid(md_nid);
	return true;
}

/* RFC 7292, appendix C. */
static bool take_pbes1(struct bytes *in, int nid, struct scheme *ret)
{
	struct bytes params = der_enter(in, DER_SEQUENCE);
	int md_nid;

	if (nid < NID_pbe_WithSHA1And128BitRC4 || nid > NID_pbe_WithSHA1And40BitRC2_CBC ||
		!take_salt(&params, &ret->recipe) ||
		!EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &ret->cipher_nid, &md_nid, NULL))
		return false;
	ret->recipe.kdf = P12_KDF_KEY;
	ret->recipe.md = EVP_get_digestbynid(md_nid);
	return true;
}

static int open_scheme(
	struct p12_crypt *crypt, struct bytes algorithm, struct scheme *ret, struct fault *why)
{
	struct bytes in = der_enter(&algorithm, DER_SEQUENCE);
	struct p12_recipe *recipe = &ret->recipe;
	size_t iv_len;
	bool is_pbes2;
	int nid;

	ERR_clear_error();
	nid = take_nid(&in);
	is_pbes2 = nid == NID_pbes2;
	*ret = (struct scheme){.recipe.password = crypt->password, .key_len = UINT64_MAX};
	if (!(is_pbes2 ? take_pbes2(&in, ret) : take_pbes1(&in, nid, ret)))
		return fault_ossl(why, unknown);
	if (!is_pbes2 && ret->cipher_nid != NID_des_ede3_cbc &&
		ret->cipher_nid != NID_des_ede_cbc &&
		load_legacy(crypt, OBJ_nid2sn(ret->cipher_nid), why) < 0)
		return -1;
	ret->cipher = EVP_CIPHER_fetch(crypt->legacy, OBJ_nid2sn(ret->cipher_nid), NULL);
	if (!ret->cipher)
		return fault_ossl_lacks(why, lacking);
	recipe->len = (size_t)EVP_CIPHER_get_key_length(ret->cipher);
	iv_len = (size_t)EVP_CIPHER_get_iv_length(ret->cipher);
	if (!recipe->md || (ret->key_len != UINT64_MAX && ret->key_len != recipe->len) ||
		(is_pbes2 && (EVP_CIPHER_get_mode(ret->cipher) != EVP_CIPH_CBC_MODE ||
				     ret->iv.left != iv_len)))
		return fault_set(why, FAULT_FORMAT, unknown);
	if (make_key(crypt, recipe, ret->made.key, why) < 0)
		return -1;
	if (is_pbes2) {
		memcpy(ret->made.iv, ret->iv.at, iv_len);
		return 0;
	}
	recipe->kdf = P12_KDF_IV;
	recipe->len = iv_len;
	return iv_len ? p12_key_make(crypt->keys, recipe, ret->made.iv, why) : 0;
}

/* *ret: did it work?  When decrypting: is the padding right? */
static int run_cipher(const struct scheme *scheme, bool encrypts, struct bytes text,
	struct buf *out, bool *ret, struct fault *why)
{
	auto_EVP_CIPHER_CTX ctx = EVP_CIPHER_CTX_new();
	uint8_t *room = buf_extend(out, text.left + EVP_MAX_BLOCK_LENGTH);
	int len = 0, rest = 0;

	if (!ctx || !room ||
		!EVP_CipherInit_ex2(
			ctx, scheme->cipher, scheme->made.key, scheme->made.iv, encrypts, NULL))
		return fault_ossl_lacks(why, lacking);
	*ret = EVP_CipherUpdate(ctx, room, &len, text.at, (int)text.left) &&
	       EVP_CipherFinal_ex(ctx, room + len, &rest);
	out->len -= text.left + EVP_MAX_BLOCK_LENGTH - (*ret ? (size_t)(len + rest) : 0);
	ERR_clear_error();
	return 0;
}

int p12_decrypt(struct p12_crypt *crypt, struct bytes algorithm, struct bytes text, struct buf *out,
	bool *ret, struct fault *why)
{
	auto_scheme scheme = {0};

	return open_scheme(crypt, algorithm, &scheme, why) < 0
		       ? -1
		       : run_cipher(&scheme, false, text, out, ret, why);
}

/*
 * The new salt and IV are derived from the plaintext with the key that encrypted the old one.  So
 * they cannot be predicted, differ for different texts, and are the same if the run is repeated,
 * which makes an image's layer reproducible (the idea is from RFC 5297).
 */
int p12_encrypt(struct p12_crypt *crypt, struct buf *algorithm, const struct buf *plain,
	struct buf *out, struct fault *why)
{
	const struct bytes it = bytes_make(algorithm->bytes, algorithm->len);
	auto_scheme old = {0}, new = {0};
	uint8_t from[1 + DIGEST_SHA256_LEN];
	bool is_done = false;

	if (open_scheme(crypt, it, &old, why) < 0)
		return -1;
	digest_sha256(plain->bytes, plain->len, from + 1);
	for (int i = 0; i < (old.iv.at ? 2 : 1); i++) {
		const uint8_t *at = i ? old.iv.at : old.recipe.salt;
		size_t len = i ? old.iv.left : old.recipe.salt_len;

		from[0] = i ? 'i' : 's';
		if (!PKCS5_PBKDF2_HMAC((const char *)&old.made, sizeof(old.made), from,
			    sizeof(from), 1, EVP_sha256(), (int)len,
			    algorithm->bytes + (at - it.at)))
			return fault_ossl_lacks(why, "a new salt cannot be made here");
	}
	if (open_scheme(crypt, it, &new, why) < 0 ||
		run_cipher(&new, true, bytes_make(plain->bytes, plain->len), out, &is_done, why) <
			0)
		return -1;
	return is_done ? 0 : fault_ossl_lacks(why, lacking);
}

int p12_mac(struct p12_crypt *crypt, struct bytes mac_data, struct bytes text,
	uint8_t ret[static P12_KEY_MOST], struct bytes *ret_there, struct fault *why)
{
	struct bytes all = der_enter(&mac_data, DER_SEQUENCE);
	struct bytes info = der_enter(&all, DER_SEQUENCE);
	struct bytes algorithm = der_enter(&info, DER_SEQUENCE);
	struct bytes digest, salt = der_enter(&all, DER_OCTET_STRING);
	struct p12_recipe recipe = {.kdf = P12_KDF_MAC, .rounds = 1};
	uint8_t key[P12_KEY_MOST];
	bool is_done;
	int nid;

	ERR_clear_error();
	nid = take_nid(&algorithm);
	digest = der_enter(&info, DER_OCTET_STRING);
	if (all.left)
		der_take_number(&all, &recipe.rounds);
	if (nid == NID_pbmac1)
		return fault_set(why, FAULT_FORMAT,
			"sealed with PBMAC1 (RFC 9579): only the MAC of RFC 7292 is supported");
	recipe.md = EVP_get_digestbynid(nid);
	recipe.password = crypt->password;
	recipe.salt = salt.at;
	recipe.salt_len = salt.left;
	recipe.len = digest.left;
	if (all.failed || salt.left == 0 || digest.failed)
		return fault_set(why, FAULT_FORMAT, "RFC 7292 4: damaged MacData");
	if (!recipe.md || digest.left != (size_t)EVP_MD_get_size(recipe.md))
		return fault_ossl(why, "sealed with an unsupported digest");
	if (make_key(crypt, &recipe, key, why) < 0)
		return -1;
	is_done = HMAC(recipe.md, key, (int)digest.left, text.at, text.left, ret, NULL);
	explicit_bzero(key, sizeof(key));
	*ret_there = digest;
	return is_done ? 0 : fault_ossl_lacks(why, "its MAC cannot be made");
}
