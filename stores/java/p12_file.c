/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/p12_file.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "src/x509/der.h"
#include "src/x509/ossl.h"
#include "stores/java/alias.h"

/*
 * As in RFC 7292, but that what is in a ContentInfo is not looked into: OpenSSL's PKCS12 and PKCS7
 * would decode signed data, too, into many times its size.
 */
struct p12_content {
	ASN1_OBJECT *type;
	ASN1_TYPE *value;
};

struct p12_pfx {
	ASN1_INTEGER *version;
	struct p12_content *safes;
	struct p12_mac *mac;
};

/* What is declared behind it, again, lets it end as a statement. */
#define SEQUENCE_END(name, item) static_ASN1_SEQUENCE_END_name(struct name, item) struct name

ASN1_SEQUENCE(CONTENT) = {
	ASN1_SIMPLE(struct p12_content, type, ASN1_OBJECT),
	ASN1_EXP_OPT(struct p12_content, value, ASN1_ANY, 0),
} SEQUENCE_END(p12_content, CONTENT);

ASN1_SEQUENCE(MAC) = {
	ASN1_SIMPLE(struct p12_mac, digest, X509_SIG),
	ASN1_SIMPLE(struct p12_mac, salt, ASN1_OCTET_STRING),
	ASN1_OPT(struct p12_mac, rounds, ASN1_INTEGER),
} SEQUENCE_END(p12_mac, MAC);

ASN1_SEQUENCE(PFX) = {
	ASN1_SIMPLE(struct p12_pfx, version, ASN1_INTEGER),
	ASN1_SIMPLE(struct p12_pfx, safes, CONTENT),
	ASN1_OPT(struct p12_pfx, mac, MAC),
} SEQUENCE_END(p12_pfx, PFX);

/* What is in a ContentInfo of data; NULL: it is another. */
static ASN1_OCTET_STRING *octets_of(const struct p12_content *content)
{
	return OBJ_obj2nid(content->type) == NID_pkcs7_data && content->value &&
			       content->value->type == V_ASN1_OCTET_STRING
		       ? content->value->value.octet_string
		       : NULL;
}

static int add_item(struct buf *out, const ASN1_ITEM *item, const void *it, struct fault *why)
{
	uint8_t *made = NULL;
	int len = ASN1_item_i2d(it, &made, item);

	if (len < 0)
		return fault_ossl_lacks(why, "cannot be written as DER");
	buf_add(out, made, (size_t)len);
	OPENSSL_free(made);
	return buf_check(out, "keystore", why);
}

static int open_pfx(struct p12 *p12, struct fault *why)
{
	const uint8_t *at = p12->source->bytes;

	ERR_clear_error();
	p12->pfx = (struct p12_pfx *)ASN1_item_d2i(
		NULL, &at, (long)p12->source->len, ASN1_ITEM_rptr(PFX));
	if (!p12->pfx)
		return fault_ossl(why, "RFC 7292 4: damaged");
	if (!octets_of(p12->pfx->safes))
		return fault_set(
			why, FAULT_FORMAT, "RFC 7292 4: signed instead of sealed with a password");
	p12->end = (size_t)(at - p12->source->bytes);
	p12->has_mac = p12->pfx->mac != NULL;
	return 0;
}

/* The next part, of this ContentInfo, which is taken; NULL: there was none. */
static int take_content(struct p12 *p12, void *content, struct fault *why)
{
	struct p12_part *part = &p12->at[p12->n];
	bool is_good = content;

	if (is_good) {
		p12->n++;
		*part = (struct p12_part){.content = content,
			.kind = P12_OTHER,
			.opened = buf_make(LIMIT_FILE_BYTES)};
		if (OBJ_obj2nid(part->content->type) == NID_pkcs7_data) {
			part->kind = P12_PLAIN;
			is_good = octets_of(part->content);
		} else if (OBJ_obj2nid(part->content->type) == NID_pkcs7_encrypted) {
			part->kind = P12_ENCRYPTED;
			part->secret = ASN1_TYPE_unpack_sequence(
				ASN1_ITEM_rptr(PKCS7_ENCRYPT), part->content->value);
			is_good =
				part->secret && part->secret->enc_data->enc_data &&
				OBJ_obj2nid(part->secret->enc_data->content_type) == NID_pkcs7_data;
		}
		p12->n_of[part->kind]++;
	}
	return is_good ? 0 : fault_ossl(why, "RFC 5652: a damaged ContentInfo");
}

/* One after the other, so that no more of them are in memory than there may be. */
static int open_parts(struct p12 *p12, struct fault *why)
{
	const ASN1_OCTET_STRING *safes = octets_of(p12->pfx->safes);
	const uint8_t *at = safes->data, *end = at + safes->length;
	long len = 0;
	int tag = 0, class = 0, form;

	ERR_clear_error();
	form = ASN1_get_object(&at, &len, &tag, &class, safes->length);
	if (form & 1)
		len = end - at - 2; /* of indefinite length: there are two zeros at the end */
	if (form & 0x80 || tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL || len < 0 ||
		at + len + (form & 1 ? 2 : 0) != end)
		return fault_ossl(why, "RFC 7292 4.1: a damaged AuthenticatedSafe");
	p12->at = calloc(LIMIT_KEYSTORE_PARTS_N + 1, sizeof(*p12->at));
	if (!p12->at)
		return fault_nomem(why);
	for (end = at + len; at < end;) {
		if (p12->n == LIMIT_KEYSTORE_PARTS_N)
			return fault_set(why, FAULT_LIMIT, "more than %u ContentInfos",
				LIMIT_KEYSTORE_PARTS_N);
		if (take_content(p12, ASN1_item_d2i(NULL, &at, end - at, ASN1_ITEM_rptr(CONTENT)),
			    why) < 0)
			return -1;
	}
	return 0;
}

static int list_passwords(struct p12 *p12, struct fault *why)
{
	const struct names *given = p12->source->passwords;

	p12->passwords = calloc(2 * given->n + 2, sizeof(*p12->passwords));
	if (!p12->passwords)
		return fault_nomem(why);
	for (size_t i = 0; i < given->n; i++) {
		p12->passwords[p12->passwords_n++] = given->at[i];
		if (!*given->at[i])
			p12->passwords[p12->passwords_n++] = NULL;
	}
	return 0;
}

/* Only this one is tried from now on, an empty one in both its ways. */
static void keep_password(struct p12 *p12, const char *password)
{
	p12->passwords_n = 0;
	p12->passwords[p12->passwords_n++] = password;
	if (!password || !*password)
		p12->passwords[p12->passwords_n++] = password ? NULL : "";
}

static int check_mac(struct p12 *p12, struct fault *why)
{
	struct p12_mac *mac = p12->pfx->mac;
	uint8_t made[P12_KEY_MOST];
	ASN1_OCTET_STRING *digest;

	if (!mac)
		return 0;
	X509_SIG_getm(mac->digest, NULL, &digest);
	for (size_t i = 0; i < p12->passwords_n; i++) {
		mac->password = p12->passwords[i];
		if (p12_mac_make(&p12->crypt, mac, octets_of(p12->pfx->safes), made, why) < 0)
			return -1;
		if (memcmp(made, digest->data, (size_t)digest->length) == 0) {
			keep_password(p12, mac->password);
			return 0;
		}
	}
	return fault_set(why, FAULT_REFUSED, "no password fits its MAC, or it is damaged");
}

/*
 * Is every length definite and every string in one piece?  Elements follow each other in depth,
 * so that a flat walk sees them all.
 */
static bool is_definite(const uint8_t *at, size_t len)
{
	struct bytes in = bytes_make(at, len);
	struct der it;

	while (in.left && der_take(&in, &it)) {
		if (!(it.tag & 0x20))
			continue;
		if (it.tag < 0x40 && it.tag != DER_SEQUENCE && it.tag != DER_SET)
			return false;
		in = bytes_make(it.inside.at, (size_t)(at + len - it.inside.at));
	}
	return !bytes_failed(&in);
}

/* Old exporters write indefinite lengths; DER has other bytes and says the same. */
static int take_bags(struct p12_part *part, const uint8_t *at, size_t len, struct fault *why)
{
	struct bytes in = bytes_make(at, len);
	struct der list;
	ASN1_VALUE *decoded;
	int rc;

	if (!is_definite(at, len)) {
		ERR_clear_error();
		decoded = ASN1_item_d2i(NULL, &at, (long)len, ASN1_ITEM_rptr(PKCS12_SAFEBAGS));
		if (!decoded)
			return fault_ossl(why, "damaged or cut off");
		buf_clear(&part->opened);
		rc = add_item(&part->opened, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), decoded, why);
		ASN1_item_free(decoded, ASN1_ITEM_rptr(PKCS12_SAFEBAGS));
		if (rc < 0)
			return -1;
		in = bytes_make(part->opened.bytes, part->opened.len);
	}
	if (!der_take_tag(&in, DER_SEQUENCE, &list) || in.left)
		return fault_set(why, FAULT_FORMAT, "RFC 7292 4.2: a damaged SafeContents");
	part->bags = list.inside;
	return 0;
}

/* What a wrong password decrypts to has good padding once in 256 times, and is no bags. */
static int decrypt_part(struct p12 *p12, struct p12_part *part, struct fault *why)
{
	for (size_t i = 0; i < p12->passwords_n; i++) {
		struct fault bad = FAULT_INIT;
		bool fits = false;

		part->password = p12->passwords[i];
		buf_clear(&part->opened);
		if (p12_decrypt(&p12->crypt, part->secret->enc_data, part->password, &part->opened,
			    &fits, why) < 0)
			return -1;
		if (fits && take_bags(part, part->opened.bytes, part->opened.len, &bad) == 0) {
			keep_password(p12, part->password);
			return 0;
		}
		if (bad.kind == FAULT_SYSTEM)
			return fault_nomem(why);
	}
	return fault_set(why, FAULT_REFUSED, "no password fits its encryption, or it is damaged");
}

static int open_part(struct p12 *p12, struct p12_part *part, struct fault *why)
{
	const ASN1_OCTET_STRING *octets = octets_of(part->content);
	struct bytes in;
	struct p12_bag bag;

	if (part->kind == P12_PLAIN &&
		take_bags(part, octets->data, (size_t)octets->length, why) < 0)
		return -1;
	if (part->kind == P12_ENCRYPTED && decrypt_part(p12, part, why) < 0)
		return -1;
	for (in = part->bags; in.left;) {
		if (p12_bag_take(&in, &bag, why) < 0 || p12_bag_alias(&bag, &p12->aliases, why) < 0)
			return -1;
		p12->entries_n += bag.is_entry;
		part->trusted_n += bag.der != NULL;
		if (p12->entries_n > LIMIT_KEYSTORE_ENTRIES_N)
			return fault_set(
				why, FAULT_LIMIT, "more than %u entries", LIMIT_KEYSTORE_ENTRIES_N);
	}
	return 0;
}

static int open_all(struct p12 *p12, struct fault *why)
{
	if (list_passwords(p12, why) < 0 || open_pfx(p12, why) < 0 || check_mac(p12, why) < 0 ||
		open_parts(p12, why) < 0)
		return -1;
	for (size_t i = 0; i < p12->n; i++)
		if (open_part(p12, &p12->at[i], why) < 0)
			return -1;
	return alias_refuse_twice(&p12->aliases, why);
}

int p12_open(const struct keystore_source *source, struct p12 *ret, struct fault *why)
{
	*ret = (struct p12){
		.source = source,
		.crypt = {.rounds_left = LIMIT_KEYSTORE_ROUNDS_ALL_N, .keys = source->keys},
	};
	return open_all(ret, why) < 0 ? fault_wrap(why, "PKCS12") : 0;
}

void p12_drop_part(struct p12 *p12, struct p12_part *part)
{
	p12->n_of[part->kind]--;
	ASN1_item_free((ASN1_VALUE *)part->content, ASN1_ITEM_rptr(CONTENT));
	part->content = NULL;
}

void p12_close(struct p12 *p12)
{
	for (size_t i = 0; i < p12->n; i++) {
		p12_drop_part(p12, &p12->at[i]);
		PKCS7_ENCRYPT_free(p12->at[i].secret);
		buf_free(&p12->at[i].opened);
	}
	free(p12->at);
	free(p12->passwords);
	ASN1_item_free((ASN1_VALUE *)p12->pfx, ASN1_ITEM_rptr(PFX));
	names_free(&p12->aliases);
	p12_crypt_close(&p12->crypt);
}

int p12_fill_part(struct p12 *p12, struct p12_part *part, struct buf *bags, struct fault *why)
{
	der_wrap(bags, 0, DER_SEQUENCE);
	if (buf_check(bags, "keystore", why) < 0)
		return -1;
	if (part->kind == P12_ENCRYPTED)
		return p12_encrypt(&p12->crypt, part->secret->enc_data, part->password, bags, why);
	return ASN1_OCTET_STRING_set(octets_of(part->content), bags->bytes, (int)bags->len)
		       ? 0
		       : fault_nomem(why);
}

/* Whatever is in the PFX, it is data, as a plain part is. */
int p12_add_part(struct p12 *p12, const struct p12_part *like, struct buf *bags, struct fault *why)
{
	struct p12_part *part = &p12->at[p12->n];

	ERR_clear_error();
	if (take_content(p12,
		    ASN1_item_dup(ASN1_ITEM_rptr(CONTENT), like ? like->content : p12->pfx->safes),
		    why) < 0)
		return -1;
	part->password = like ? like->password : NULL;
	return p12_fill_part(p12, part, bags, why);
}

/* Salt and rounds of the MAC stay, so that no second key is derived: it may serve two texts. */
int p12_write(struct p12 *p12, struct buf *out, struct fault *why)
{
	ASN1_OCTET_STRING *safes = octets_of(p12->pfx->safes), *digest;
	auto_buf list = buf_make(LIMIT_FILE_BYTES);

	for (struct p12_part *part = p12->at; part < p12->at + p12->n; part++) {
		if (!part->content)
			continue;
		if (part->secret && !ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PKCS7_ENCRYPT),
					    part->secret, &part->content->value))
			return fault_nomem(why);
		if (add_item(&list, ASN1_ITEM_rptr(CONTENT), part->content, why) < 0)
			return -1;
	}
	der_wrap(&list, 0, DER_SEQUENCE);
	if (buf_check(&list, "keystore", why) < 0)
		return -1;
	if (!ASN1_OCTET_STRING_set(safes, list.bytes, (int)list.len))
		return fault_nomem(why);
	if (p12->pfx->mac) {
		X509_SIG_getm(p12->pfx->mac->digest, NULL, &digest);
		if (p12_mac_make(&p12->crypt, p12->pfx->mac, safes, digest->data, why) < 0)
			return -1;
	}
	if (add_item(out, ASN1_ITEM_rptr(PFX), p12->pfx, why) < 0)
		return -1;
	buf_add(out, p12->source->bytes + p12->end, p12->source->len - p12->end);
	return buf_check(out, "keystore", why);
}
