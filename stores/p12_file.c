/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/p12_file.h"

#include <string.h>

#include "src/cert/der.h"
#include "stores/alias.h"

/* 1.2.840.113549.1.7.1 data and .6 encryptedData, with their headers. */
static const uint8_t oid_data[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t oid_encrypted[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06};
static const uint8_t version_0[] = {0x02, 0x01, 0x00};
static const uint8_t version_3[] = {0x02, 0x01, 0x03};

static bool take_oid(struct bytes *in, const uint8_t *oid, size_t len)
{
	struct der found;

	return der_take_tag(in, DER_OID, &found) && found.len == len &&
	       memcmp(found.at, oid, len) == 0;
}

/* MacData: SEQUENCE { SEQUENCE { SEQUENCE { OID ... }, digest }, salt, rounds }. */
static bool take_mac(struct bytes *in, struct p12_mac *ret)
{
	struct der all, info, algorithm, oid, digest, salt;

	if (in->left == 0)
		return true;
	if (!der_take_tag(in, DER_SEQUENCE, &all) || in->left ||
		!der_take_tag(&all.inside, DER_SEQUENCE, &info) ||
		!der_take_tag(&info.inside, DER_SEQUENCE, &algorithm) ||
		!der_take_tag(&algorithm.inside, DER_OID, &oid) ||
		!der_take_tag(&info.inside, DER_OCTET_STRING, &digest) ||
		!der_take_tag(&all.inside, DER_OCTET_STRING, &salt))
		return false;
	ret->rounds = 1; /* DEFAULT */
	if (all.inside.left && !der_take_number(&all.inside, &ret->rounds))
		return false;
	ret->at = all.at;
	ret->len = all.len;
	ret->oid = oid.inside.at;
	ret->oid_len = oid.inside.left;
	ret->digest = digest.inside.at;
	ret->digest_len = digest.inside.left;
	ret->salt = salt.inside.at;
	ret->salt_len = salt.inside.left;
	return true;
}

/* SEQUENCE { 3, SEQUENCE { data, [0] { OCTET STRING } }, MacData }; *ret_len: of the SEQUENCE. */
static bool take_pfx(struct p12 *p12, struct bytes in, size_t *ret_len)
{
	struct der all, version, info, explicit, safes;

	if (!der_take_tag(&in, DER_SEQUENCE, &all) ||
		!der_take_tag(&all.inside, DER_INTEGER, &version) ||
		!der_take_tag(&all.inside, DER_SEQUENCE, &info) ||
		!take_oid(&info.inside, oid_data, sizeof(oid_data)) ||
		!der_take_tag(&info.inside, DER_CONTEXT_0, &explicit) ||
		!der_take_tag(&explicit.inside, DER_OCTET_STRING, &safes) ||
		!take_mac(&all.inside, &p12->mac))
		return false;
	p12->safes_at = safes.inside.at;
	p12->safes_len = safes.inside.left;
	*ret_len = all.len;
	return true;
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

static int make_definite(
	enum p12_item item, struct bytes *it, struct buf *room, size_t *ret_used, struct fault *why)
{
	if (is_definite(it->at, it->left))
		return 0;
	if (p12_make_definite(item, it->at, it->left, room, ret_used, why) < 0)
		return -1;
	*it = bytes_make(room->bytes, room->len);
	return 0;
}

static int open_pfx(struct p12 *p12, struct fault *why)
{
	struct bytes in = bytes_make(p12->source->bytes, p12->source->len);
	size_t used = 0, len = 0;

	if (make_definite(P12_PFX, &in, &p12->pfx, &used, why) < 0)
		return -1;
	if (!take_pfx(p12, in, &len))
		return fault_set(why, FAULT_FORMAT,
			"RFC 7292 4: damaged, or signed instead of sealed with a password");
	p12->end = used ? used : len;
	return 0;
}

/* EncryptedData: SEQUENCE { version, SEQUENCE { data, algorithm, [0] text } }. */
static bool take_encrypted(struct bytes *in, struct p12_secret *ret)
{
	struct der explicit, all, version, info, algorithm, text;

	if (!der_take_tag(in, DER_CONTEXT_0, &explicit) ||
		!der_take_tag(&explicit.inside, DER_SEQUENCE, &all) ||
		!der_take_tag(&all.inside, DER_INTEGER, &version) ||
		!der_take_tag(&all.inside, DER_SEQUENCE, &info) ||
		!take_oid(&info.inside, oid_data, sizeof(oid_data)) ||
		!der_take_tag(&info.inside, DER_SEQUENCE, &algorithm) ||
		!der_take_tag(&info.inside, DER_CONTEXT_0_BYTES, &text) || info.inside.left ||
		all.inside.left)
		return false;
	*ret = (struct p12_secret){algorithm.at, algorithm.len, text.inside.at, text.inside.left};
	return true;
}

static bool take_plain(struct bytes *in, struct p12_part *ret)
{
	struct der explicit, octets;

	if (!der_take_tag(in, DER_CONTEXT_0, &explicit) ||
		!der_take_tag(&explicit.inside, DER_OCTET_STRING, &octets))
		return false;
	ret->octets = octets.inside.at;
	ret->octets_len = octets.inside.left;
	return true;
}

static bool take_part(struct bytes *in, struct p12_part *ret)
{
	struct p12_part part = {.kind = P12_OTHER,
		.opened = buf_make(LIMIT_FILE_BYTES),
		.definite = buf_make(LIMIT_FILE_BYTES)};
	struct der all;
	struct bytes inside;

	if (!der_take_tag(in, DER_SEQUENCE, &all))
		return false;
	part.at = all.at;
	part.len = all.len;
	inside = all.inside;
	if (take_oid(&inside, oid_data, sizeof(oid_data))) {
		part.kind = P12_PLAIN;
		if (!take_plain(&inside, &part))
			return false;
	}
	inside = all.inside;
	if (take_oid(&inside, oid_encrypted, sizeof(oid_encrypted))) {
		part.kind = P12_ENCRYPTED;
		if (!take_encrypted(&inside, &part.secret))
			return false;
	}
	*ret = part;
	return true;
}

static int open_parts(struct p12 *p12, struct fault *why)
{
	struct bytes in = bytes_make(p12->safes_at, p12->safes_len);
	struct der list;
	size_t used;

	if (make_definite(P12_SAFES, &in, &p12->safes, &used, why) < 0)
		return -1;
	if (!der_take_tag(&in, DER_SEQUENCE, &list) || in.left)
		return fault_set(why, FAULT_FORMAT, "RFC 7292 4.1: a damaged AuthenticatedSafe");
	p12->at = calloc(LIMIT_KEYSTORE_PARTS_N, sizeof(*p12->at));
	if (!p12->at)
		return fault_nomem(why);
	for (; list.inside.left; p12->n++) {
		if (p12->n == LIMIT_KEYSTORE_PARTS_N)
			return fault_set(why, FAULT_LIMIT, "more than %u ContentInfos",
				LIMIT_KEYSTORE_PARTS_N);
		if (!take_part(&list.inside, &p12->at[p12->n]))
			return fault_set(why, FAULT_FORMAT, "RFC 5652: a damaged ContentInfo");
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
	uint8_t made[P12_MAC_MOST];

	if (!p12->mac.at)
		return 0;
	for (size_t i = 0; i < p12->passwords_n; i++) {
		if (p12_mac_key(&p12->crypt, &p12->mac, p12->passwords[i], why) < 0 ||
			p12_mac_make(&p12->mac, p12->safes_at, p12->safes_len, made, why) < 0)
			return -1;
		if (memcmp(made, p12->mac.digest, p12->mac.digest_len) == 0) {
			keep_password(p12, p12->passwords[i]);
			return 0;
		}
	}
	return fault_set(why, FAULT_REFUSED, "no password fits its MAC, or it is damaged");
}

static int take_bags(struct p12_part *part, const uint8_t *at, size_t len, struct fault *why)
{
	struct bytes in = bytes_make(at, len);
	struct der list;
	size_t used;

	buf_clear(&part->definite);
	if (make_definite(P12_BAGS, &in, &part->definite, &used, why) < 0)
		return -1;
	if (!der_take_tag(&in, DER_SEQUENCE, &list) || in.left)
		return fault_set(why, FAULT_FORMAT, "RFC 7292 4.2: a damaged SafeContents");
	part->bags = list.inside;
	return 0;
}

/* What a wrong password decrypts to has good padding once in 256 times, and is no bags. */
static int try_password(
	struct p12 *p12, struct p12_part *part, const char *password, bool *ret, struct fault *why)
{
	struct fault bad = FAULT_INIT;

	buf_clear(&part->opened);
	if (p12_decrypt(&p12->crypt, &part->secret, password, &part->opened, ret, why) < 0)
		return -1;
	if (*ret && take_bags(part, part->opened.bytes, part->opened.len, &bad) < 0) {
		if (bad.kind == FAULT_SYSTEM)
			return fault_nomem(why);
		*ret = false;
	}
	return 0;
}

static int decrypt_part(struct p12 *p12, struct p12_part *part, struct fault *why)
{
	bool fits = false;

	for (size_t i = 0; i < p12->passwords_n; i++) {
		const char *password = p12->passwords[i];

		if (try_password(p12, part, password, &fits, why) < 0)
			return -1;
		if (fits) {
			part->password = password;
			keep_password(p12, password);
			return 0;
		}
	}
	return fault_set(why, FAULT_REFUSED, "no password fits its encryption, or it is damaged");
}

static int count_bags(struct p12 *p12, struct p12_part *part, struct fault *why)
{
	struct bytes in = part->bags;
	struct p12_bag bag;

	while (in.left) {
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

static int open_part(struct p12 *p12, struct p12_part *part, struct fault *why)
{
	if (part->kind == P12_OTHER)
		return 0;
	if (part->kind == P12_PLAIN && take_bags(part, part->octets, part->octets_len, why) < 0)
		return -1;
	if (part->kind == P12_ENCRYPTED && decrypt_part(p12, part, why) < 0)
		return -1;
	return count_bags(p12, part, why);
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
		.pfx = buf_make(LIMIT_FILE_BYTES),
		.safes = buf_make(LIMIT_FILE_BYTES),
	};
	return open_all(ret, why) < 0 ? fault_wrap(why, "PKCS12") : 0;
}

void p12_close(struct p12 *p12)
{
	for (size_t i = 0; i < p12->n; i++) {
		buf_free(&p12->at[i].opened);
		buf_free(&p12->at[i].definite);
	}
	free(p12->at);
	free(p12->passwords);
	buf_free(&p12->pfx);
	buf_free(&p12->safes);
	names_free(&p12->aliases);
	explicit_bzero(p12->mac.key, sizeof(p12->mac.key));
	p12_crypt_close(&p12->crypt);
}

static int add_encrypted(struct p12 *p12, const struct p12_part *like, const struct buf *bags,
	struct buf *out, struct fault *why)
{
	auto_buf plain = buf_make(LIMIT_FILE_BYTES);
	size_t content, info;

	buf_add(&plain, bags->bytes, bags->len);
	der_wrap(&plain, 0, DER_SEQUENCE);
	if (buf_check(&plain, "keystore", why) < 0)
		return -1;
	buf_add(out, oid_encrypted, sizeof(oid_encrypted));
	content = out->len;
	buf_add(out, version_0, sizeof(version_0));
	info = out->len;
	buf_add(out, oid_data, sizeof(oid_data));
	if (p12_encrypt(&p12->crypt, &like->secret, like->password, &plain, out, why) < 0)
		return -1;
	der_wrap(out, info, DER_SEQUENCE);
	der_wrap(out, content, DER_SEQUENCE);
	der_wrap(out, content, DER_CONTEXT_0);
	return 0;
}

static void add_plain(const struct buf *bags, struct buf *out)
{
	size_t content;

	buf_add(out, oid_data, sizeof(oid_data));
	content = out->len;
	buf_add(out, bags->bytes, bags->len);
	der_wrap(out, content, DER_SEQUENCE);
	der_wrap(out, content, DER_OCTET_STRING);
	der_wrap(out, content, DER_CONTEXT_0);
}

int p12_add_part(struct p12 *p12, const struct p12_part *like, const struct buf *bags,
	struct buf *out, struct fault *why)
{
	size_t all = out->len;

	if (buf_check(bags, "keystore", why) < 0)
		return -1;
	if (!like || like->kind == P12_PLAIN)
		add_plain(bags, out);
	else if (add_encrypted(p12, like, bags, out, why) < 0)
		return -1;
	der_wrap(out, all, DER_SEQUENCE);
	return buf_check(out, "keystore", why);
}

/*
 * The MacData as it was, with another digest in it: a MAC's key may serve two texts, so that salt
 * and rounds stay and no second key is derived.
 */
static int add_mac(
	const struct p12 *p12, const struct buf *safes, struct buf *out, struct fault *why)
{
	uint8_t made[P12_MAC_MOST];
	size_t at = out->len;

	buf_add(out, p12->mac.at, p12->mac.len);
	if (buf_check(out, "keystore", why) < 0 ||
		p12_mac_make(&p12->mac, safes->bytes, safes->len, made, why) < 0)
		return -1;
	memcpy(out->bytes + at + (p12->mac.digest - p12->mac.at), made, p12->mac.digest_len);
	return 0;
}

int p12_add_file(const struct p12 *p12, const struct buf *parts, struct buf *out, struct fault *why)
{
	auto_buf safes = buf_make(LIMIT_FILE_BYTES);
	size_t all = out->len, info, content;

	buf_add(&safes, parts->bytes, parts->len);
	der_wrap(&safes, 0, DER_SEQUENCE);
	if (buf_check(parts, "keystore", why) < 0 || buf_check(&safes, "keystore", why) < 0)
		return -1;
	buf_add(out, version_3, sizeof(version_3));
	info = out->len;
	buf_add(out, oid_data, sizeof(oid_data));
	content = out->len;
	buf_add(out, safes.bytes, safes.len);
	der_wrap(out, content, DER_OCTET_STRING);
	der_wrap(out, content, DER_CONTEXT_0);
	der_wrap(out, info, DER_SEQUENCE);
	if (p12->mac.at && add_mac(p12, &safes, out, why) < 0)
		return -1;
	der_wrap(out, all, DER_SEQUENCE);
	buf_add(out, p12->source->bytes + p12->end, p12->source->len - p12->end);
	return buf_check(out, "keystore", why);
}
