/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/dn.h"

#include <openssl/asn1.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/der.h"

/* Attributes of one RDN, mostly one; a name with more is no other's. */
#define ATTRIBUTES_MAX 8

struct attribute {
	struct der oid;
	struct der value;
};

/* Is the text of that attribute compared?  2.5.4.N and 0.9.2342.19200300.100.1.N */
static bool has_text(const struct bytes *oid, enum dn_habit habit)
{
	static const uint8_t x520[] = {0x55, 0x04};
	static const uint8_t pilot[] = {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01};
	/* AVAKeyword.java: CN C L ST STREET O OU; lib/x509/common.c, _oid2str */
	static const uint8_t java[] = {3, 6, 7, 8, 9, 10, 11};
	static const uint8_t gnutls[] = {3, 4, 7, 8, 9, 10, 11, 12, 13, 15, 17, 41, 42, 43, 44, 65};
	uint8_t last = oid->left ? oid->at[oid->left - 1] : 0;

	if (oid->left == sizeof(x520) + 1 && memcmp(oid->at, x520, sizeof(x520)) == 0)
		return habit == DN_JAVA ? memchr(java, last, sizeof(java)) != NULL
					: memchr(gnutls, last, sizeof(gnutls)) != NULL;
	return oid->left == sizeof(pilot) + 1 && memcmp(oid->at, pilot, sizeof(pilot)) == 0 &&
	       (last == 1 || (last == 25 && habit == DN_JAVA)); /* UID; DC */
}

/* Case and the number of blanks do not count; at the ends no control does (String.trim()). */
static void add_folded(struct buf *out, const struct bytes *text)
{
	size_t from = 0, to = text->left;

	while (from < to && text->at[from] <= ' ')
		from++;
	while (to > from && text->at[to - 1] <= ' ')
		to--;
	for (; from < to; from++)
		if (text->at[from] != ' ' || text->at[from - 1] != ' ')
			buf_add_byte(out, (uint8_t)text_lower((char)text->at[from]));
}

static bool add_bmp(struct buf *out, struct bytes text)
{
	while (text.left) {
		unsigned c = (unsigned)bytes_be(&text, 2);

		if (c < 0x80) {
			buf_add_byte(out, (uint8_t)c);
			continue;
		}
		if (c < 0x800) {
			buf_add_byte(out, (uint8_t)(0xc0 | c >> 6));
		} else {
			buf_add_byte(out, (uint8_t)(0xe0 | c >> 12));
			buf_add_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		}
		buf_add_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
	}
	return !bytes_failed(&text);
}

static bool is_ascii(const struct bytes *text)
{
	for (size_t i = 0; i < text->left; i++)
		if (text->at[i] >= 0x80)
			return false;
	return true;
}

/* The text as it is compared; false: that type is compared by its bytes. */
static bool add_text(struct buf *out, const struct der *value, enum dn_habit habit)
{
	const struct bytes *text = &value->inside;

	if (value->tag == V_ASN1_UTF8STRING || value->tag == V_ASN1_PRINTABLESTRING) {
		if (habit == DN_JAVA)
			add_folded(out, text);
		else
			buf_add(out, text->at, text->left);
		return true;
	}
	if (habit != DN_GNUTLS)
		return false;
	if (value->tag == V_ASN1_BMPSTRING)
		return add_bmp(out, *text);
	buf_add(out, text->at, text->left);
	return value->tag == V_ASN1_T61STRING && is_ascii(text);
}

static bool same_attribute(
	const struct attribute *a, const struct attribute *b, enum dn_habit habit)
{
	auto_buf one = buf_make(LIMIT_CERT_BYTES * 2), other = buf_make(LIMIT_CERT_BYTES * 2);
	struct fault ignored = FAULT_INIT;

	if (a->oid.len != b->oid.len || memcmp(a->oid.at, b->oid.at, a->oid.len) != 0)
		return false;
	if (a->value.len == b->value.len && memcmp(a->value.at, b->value.at, a->value.len) == 0)
		return true;
	return has_text(&a->oid.inside, habit) && add_text(&one, &a->value, habit) &&
	       add_text(&other, &b->value, habit) && buf_check(&one, "name", &ignored) == 0 &&
	       buf_check(&other, "name", &ignored) == 0 && one.len == other.len &&
	       (!one.len || memcmp(one.bytes, other.bytes, one.len) == 0);
}

static bool take_attribute(struct bytes *rdn, struct attribute *ret)
{
	struct der pair;

	return der_take_tag(rdn, DER_SEQUENCE, &pair) &&
	       der_take_tag(&pair.inside, DER_OID, &ret->oid) &&
	       der_take(&pair.inside, &ret->value);
}

/* Java sorts the attributes of an RDN. */
static bool same_rdn(struct bytes a, struct bytes b, enum dn_habit habit)
{
	struct attribute others[ATTRIBUTES_MAX], it;
	size_t n = 0, i;

	while (b.left && n < ATTRIBUTES_MAX && take_attribute(&b, &others[n]))
		n++;
	for (; a.left && n && take_attribute(&a, &it); n--) {
		for (i = 0; i < n && !same_attribute(&it, &others[i], habit); i++)
			if (habit != DN_JAVA)
				return false;
		if (i == n)
			return false;
		memmove(&others[i], &others[i + 1], (n - i - 1) * sizeof(*others));
	}
	return !n && !a.left && !b.left;
}

bool dn_same(struct bytes a, struct bytes b, enum dn_habit habit)
{
	struct der one, other;

	if (a.left == b.left && memcmp(a.at, b.at, a.left) == 0)
		return true;
	if (habit == DN_BYTES || !der_take_tag(&a, DER_SEQUENCE, &one) ||
		!der_take_tag(&b, DER_SEQUENCE, &other))
		return false;
	while (one.inside.left && other.inside.left) {
		struct der rdn, same;

		if (!der_take_tag(&one.inside, DER_SET, &rdn) ||
			!der_take_tag(&other.inside, DER_SET, &same) ||
			!same_rdn(rdn.inside, same.inside, habit))
			return false;
	}
	return !one.inside.left && !other.inside.left;
}
