/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/p12_crypt.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "src/x509/ossl.h"

OSSL_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
OSSL_CLEANUP(X509_ALGOR, X509_ALGOR_free)
#define auto_EVP_CIPHER_CTX CLEANUP(EVP_CIPHER_CTX) EVP_CIPHER_CTX *
#define auto_X509_ALGOR CLEANUP(X509_ALGOR) X509_ALGOR *

static const char unknown[] = "encrypted with an unsupported algorithm";
static const char lacking[] = "its encryption is not available";

void p12_crypt_close(struct p12_crypt *crypt)
{
	for (size_t i = 0; i < P12_KEYS_N; i++)
		EVP_CIPHER_CTX_free(crypt->keys[i].cipher);
	OSSL_PROVIDER_unload(crypt->provider);
	OSSL_LIB_CTX_free(crypt->legacy);
	explicit_bzero(crypt, sizeof(*crypt));
}

/*
 * Load RC2 and RC4 into a library context of our own, so that no other part of the program can use
 * them and OPENSSL_MODULES cannot choose the code.  The fault names the missing file; OpenSSL would
 * only say that it cannot load the provider.
 */
static int load_legacy(struct p12_crypt *crypt, int nid, struct fault *why)
{
	const char *dir = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
	struct fault cause = FAULT_INIT;

	if (!crypt->legacy)
		crypt->legacy = OSSL_LIB_CTX_new();
	if (!crypt->legacy)
		return fault_nomem(why);
	OSSL_PROVIDER_set_default_search_path(crypt->legacy, dir);
	if (!crypt->provider)
		crypt->provider = OSSL_PROVIDER_try_load(crypt->legacy, "legacy", 1);
	if (crypt->provider)
		return 0;
	fault_ossl(&cause, "legacy");
	return cause.kind == FAULT_SYSTEM
		       ? fault_nomem(why)
		       : fault_set(why, FAULT_FORMAT,
				 "encrypted with %s, which needs OpenSSL's legacy provider, and "
				 "'%s/legacy.so' cannot be loaded",
				 OBJ_nid2sn(nid), dir);
}

/* What a key is derived from, besides the password. */
struct scheme {
	struct bytes algorithm; /* the AlgorithmIdentifier; the next two point into it */
	struct bytes salt;
	struct bytes iv; /* of a cipher of PBES2 */
	uint64_t rounds;
	OSSL_LIB_CTX *library; /* of a cipher */
	const EVP_MD *md; /* of a MAC */
};

enum use { DECRYPTS, ENCRYPTS, MAKES_MAC };

/* Did OpenSSL refuse the algorithm?  Else memory ran out, which it does not always tell. */
static bool is_refused(void)
{
	unsigned long code = ERR_peek_error();

	switch (ERR_GET_REASON(code)) {
	case ERR_R_UNSUPPORTED:
	case EVP_R_CIPHER_PARAMETER_ERROR:
	case EVP_R_DECODE_ERROR:
	case EVP_R_UNKNOWN_CIPHER:
	case EVP_R_UNSUPPORTED_CIPHER:
	case EVP_R_UNSUPPORTED_KEYLENGTH:
	case EVP_R_UNSUPPORTED_PRF:
		return true;
	default:
		return ERR_GET_LIB(code) == ERR_LIB_ASN1;
	}
}

static int derive(const struct p12_crypt *crypt, const struct scheme *scheme, enum use use,
	struct p12_key *ret, struct fault *why)
{
	/* OpenSSL's parameter type is not const, but it never writes there. */
	uint8_t *salt = (uint8_t *)(uintptr_t)scheme->salt.at;
	const uint8_t *at = scheme->algorithm.at;
	auto_X509_ALGOR algorithm = NULL;
	auto_EVP_CIPHER_CTX cipher = NULL;

	if (use == MAKES_MAC)
		return PKCS12_key_gen_utf8_ex(crypt->password, -1, salt, (int)scheme->salt.left,
			       PKCS12_MAC_ID, (int)scheme->rounds, EVP_MD_get_size(scheme->md),
			       ret->mac, scheme->md, NULL, NULL)
			       ? 0
			       : fault_ossl_lacks(why, "cannot derive its key");
	algorithm = d2i_X509_ALGOR(NULL, &at, (long)scheme->algorithm.left);
	cipher = EVP_CIPHER_CTX_new();
	if (!algorithm || !cipher ||
		!EVP_PBE_CipherInit_ex(algorithm->algorithm, crypt->password, -1,
			algorithm->parameter, cipher, use == ENCRYPTS, scheme->library, NULL))
		return is_refused() ? fault_ossl(why, unknown) : fault_nomem(why);
	if (scheme->iv.at && EVP_CIPHER_CTX_get_mode(cipher) != EVP_CIPH_CBC_MODE)
		return fault_set(why, FAULT_FORMAT, unknown);
	ret->cipher = steal(&cipher);
	return 0;
}

/* Derive the key that the scheme and the password make, or find it; `*ret` is borrowed. */
static int make_key(struct p12_crypt *crypt, const struct scheme *scheme, enum use use,
	const struct p12_key **ret, struct fault *why)
{
	const uint64_t front[] = {
		use, scheme->rounds, scheme->salt.left, scheme->algorithm.left, !crypt->password};
	struct p12_key made = {{0}, NULL, {0}}, *oldest = &crypt->keys[crypt->keys_n % P12_KEYS_N];
	struct digest all;

	if (scheme->rounds == 0)
		return fault_set(why, FAULT_FORMAT, "a key derivation of 0 rounds");
	if (scheme->rounds > LIMIT_KEYSTORE_ROUNDS_N)
		return fault_set(why, FAULT_LIMIT, "%ju rounds of key derivation, more than %u",
			(uintmax_t)scheme->rounds, LIMIT_KEYSTORE_ROUNDS_N);
	if (scheme->rounds > crypt->rounds_left)
		return fault_set(why, FAULT_LIMIT, "more than %u rounds of key derivation in all",
			LIMIT_KEYSTORE_ROUNDS_ALL_N);
	crypt->rounds_left -= scheme->rounds;
	digest_begin(&all);
	digest_add(&all, front, sizeof(front));
	digest_add(&all, scheme->salt.at, scheme->salt.left);
	digest_add(&all, scheme->algorithm.at, scheme->algorithm.left);
	digest_add(&all, crypt->password, crypt->password ? strlen(crypt->password) : 0);
	digest_end(&all, made.of);
	explicit_bzero(&all, sizeof(all));
	for (size_t i = 0; i < P12_KEYS_N && i < crypt->keys_n; i++)
		if (memcmp(crypt->keys[i].of, made.of, sizeof(made.of)) == 0) {
			*ret = &crypt->keys[i];
			return 0;
		}
	if (scheme->rounds > LIMIT_RUN_ROUNDS_N - crypt->rounds_n)
		return fault_set(why, FAULT_LIMIT,
			"the keystores of this run need more than %u rounds of key derivation",
			LIMIT_RUN_ROUNDS_N);
	if (derive(crypt, scheme, use, &made, why) < 0)
		return -1;
	crypt->rounds_n += scheme->rounds;
	crypt->keys_n++;
	EVP_CIPHER_CTX_free(oldest->cipher);
	*oldest = made;
	explicit_bzero(&made, sizeof(made));
	*ret = oldest;
	return 0;
}

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

/* PBES2 (RFC 8018, A.2 and A.4), or a scheme of RFC 7292, appendix C. */
static int take_scheme(
	struct p12_crypt *crypt, struct bytes algorithm, struct scheme *ret, struct fault *why)
{
	struct bytes in, params, function, cipher;
	int nid;

	ERR_clear_error();
	*ret = (struct scheme){.algorithm = algorithm};
	in = der_enter(&algorithm, DER_SEQUENCE);
	nid = take_nid(&in);
	params = der_enter(&in, DER_SEQUENCE);
	if (nid == NID_pbes2) {
		function = der_enter(&params, DER_SEQUENCE);
		cipher = der_enter(&params, DER_SEQUENCE);
		if (take_nid(&function) != NID_id_pbkdf2 || take_nid(&cipher) == NID_undef)
			return fault_ossl(why, unknown);
		ret->iv = der_enter(&cipher, DER_OCTET_STRING);
		params = der_enter(&function, DER_SEQUENCE);
	} else if (nid < NID_pbe_WithSHA1And128BitRC4 || nid > NID_pbe_WithSHA1And40BitRC2_CBC) {
		return fault_ossl(why, unknown);
	}
	ret->salt = der_enter(&params, DER_OCTET_STRING);
	if (!der_take_number(&params, &ret->rounds) || !ret->salt.left || ret->iv.failed)
		return fault_ossl(why, unknown);
	if (nid == NID_pbes2 || nid == NID_pbe_WithSHA1And3_Key_TripleDES_CBC ||
		nid == NID_pbe_WithSHA1And2_Key_TripleDES_CBC)
		return 0;
	if (load_legacy(crypt, nid, why) < 0)
		return -1;
	ret->library = crypt->legacy;
	return 0;
}

/* Append what the cipher makes of `text`.  *ret: did it work?  When decrypting: is the padding
 * right? */
static int run_cipher(const struct p12_key *key, bool pads, struct bytes text, struct buf *out,
	bool *ret, struct fault *why)
{
	auto_EVP_CIPHER_CTX cipher = EVP_CIPHER_CTX_new();
	uint8_t *room = buf_extend(out, text.left + EVP_MAX_BLOCK_LENGTH);
	int len = 0, rest = 0;

	if (!cipher || !room || !EVP_CIPHER_CTX_copy(cipher, key->cipher) ||
		!EVP_CIPHER_CTX_set_padding(cipher, pads))
		return fault_ossl_lacks(why, lacking);
	*ret = EVP_CipherUpdate(cipher, room, &len, text.at, (int)text.left) &&
	       EVP_CipherFinal_ex(cipher, room + len, &rest);
	out->len -= text.left + EVP_MAX_BLOCK_LENGTH - (*ret ? (size_t)(len + rest) : 0);
	ERR_clear_error();
	return 0;
}

int p12_decrypt(struct p12_crypt *crypt, struct bytes algorithm, struct bytes text, struct buf *out,
	bool *ret, struct fault *why)
{
	const struct p12_key *key;
	struct scheme scheme;

	if (take_scheme(crypt, algorithm, &scheme, why) < 0 ||
		make_key(crypt, &scheme, DECRYPTS, &key, why) < 0)
		return -1;
	return run_cipher(key, true, text, out, ret, why);
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
	auto_buf secret = buf_make(LIMIT_MIB);
	uint8_t of[DIGEST_SHA256_LEN];
	const struct p12_key *key;
	struct scheme scheme;
	bool is_done;

	digest_sha256(plain->bytes, plain->len, of);
	if (take_scheme(crypt, it, &scheme, why) < 0 ||
		make_key(crypt, &scheme, DECRYPTS, &key, why) < 0 ||
		run_cipher(key, false, bytes_make(of, sizeof(of)), &secret, &is_done, why) < 0)
		return -1;
	for (int i = 0; i < (scheme.iv.left ? 2 : 1); i++) {
		const struct bytes *at = i ? &scheme.iv : &scheme.salt;

		if (!PKCS5_PBKDF2_HMAC(buf_text(&secret), (int)secret.len,
			    (uint8_t *)(i ? "i" : "s"), 1, 1, EVP_sha256(), (int)at->left,
			    algorithm->bytes + (at->at - it.at)))
			return fault_ossl_lacks(why, "cannot derive a new salt");
	}
	if (make_key(crypt, &scheme, ENCRYPTS, &key, why) < 0 ||
		run_cipher(key, true, bytes_make(plain->bytes, plain->len), out, &is_done, why) < 0)
		return -1;
	return is_done ? 0 : fault_ossl_lacks(why, lacking);
}

int p12_mac(struct p12_crypt *crypt, struct bytes mac_data, struct bytes text,
	uint8_t ret[static P12_MAC_MOST], struct bytes *ret_there, struct fault *why)
{
	struct bytes all = der_enter(&mac_data, DER_SEQUENCE);
	struct bytes info = der_enter(&all, DER_SEQUENCE), algorithm, digest;
	struct scheme scheme = {.rounds = 1};
	const struct p12_key *key;
	struct der it = {0};
	int nid;

	ERR_clear_error();
	der_take_tag(&info, DER_SEQUENCE, &it);
	scheme.algorithm = bytes_make(it.at, it.len);
	algorithm = it.inside;
	nid = take_nid(&algorithm);
	digest = der_enter(&info, DER_OCTET_STRING);
	scheme.salt = der_enter(&all, DER_OCTET_STRING);
	if (all.left)
		der_take_number(&all, &scheme.rounds);
	if (nid == NID_pbmac1)
		return fault_set(why, FAULT_FORMAT,
			"protected with PBMAC1 (RFC 9579): only the MAC of RFC 7292 is supported");
	scheme.md = EVP_get_digestbynid(nid);
	if (all.failed || scheme.salt.left == 0 || digest.failed)
		return fault_set(why, FAULT_FORMAT, "RFC 7292 4: damaged MacData");
	if (!scheme.md || digest.left != (size_t)EVP_MD_get_size(scheme.md))
		return fault_ossl(why, "protected with an unsupported digest");
	if (make_key(crypt, &scheme, MAKES_MAC, &key, why) < 0)
		return -1;
	*ret_there = digest;
	return HMAC(scheme.md, key->mac, (int)digest.left, text.at, text.left, ret, NULL)
		       ? 0
		       : fault_ossl_lacks(why, "cannot compute its MAC");
}
