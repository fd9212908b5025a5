/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/dn.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/der.h"

#define ATTRIBUTES_MAX 8 /* in one RDN, usually one; a name with more never matches */

struct attribute {
	struct bytes oid;
	struct der value;
};

/* Is that attribute compared by its text? 2.5.4.N and 0.9.2342.19200300.100.1.N */
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

/*
 * Ignore case and the number of blanks, and trim control characters at both ends (String.trim()).
 */
static int fold(uint8_t *text, int len)
{
	int from = 0, folded = 0;

	while (len && text[len - 1] <= ' ')
		len--;
	while (from < len && text[from] <= ' ')
		from++;
	for (int i = from; i < len; i++)
		if (text[i] != ' ' || text[i - 1] != ' ')
			text[folded++] = (uint8_t)text_lower((char)text[i]);
	return folded;
}

/* The text to compare, for OPENSSL_free(); returns its length, or -1: compare the bytes instead. */
static int text_of(const struct der *value, enum dn_habit habit, uint8_t **ret)
{
	const struct bytes *inside = &value->inside;
	bool is_t61 = value->tag == V_ASN1_T61STRING;
	ASN1_STRING *string;
	int len = -1;

	if (value->tag != V_ASN1_UTF8STRING && value->tag != V_ASN1_PRINTABLESTRING &&
		(habit != DN_GNUTLS || (value->tag != V_ASN1_BMPSTRING && !is_t61)))
		return -1;
	string = ASN1_STRING_type_new(value->tag);
	if (string && ASN1_STRING_set(string, inside->at, (int)inside->left))
		len = ASN1_STRING_to_UTF8(ret, string);
	ASN1_STRING_free(string);
	if (is_t61 && len != (int)inside->left)
		return -1; /* not ASCII */
	return len > 0 && habit == DN_JAVA ? fold(*ret, len) : len;
}

static bool same_attribute(
	const struct attribute *a, const struct attribute *b, enum dn_habit habit)
{
	uint8_t *one = NULL, *other = NULL;
	bool same;
	int len;

	if (!bytes_same(a->oid, b->oid))
		return false;
	if (a->value.tag == b->value.tag && bytes_same(a->value.inside, b->value.inside))
		return true;
	if (!has_text(&a->oid, habit))
		return false;
	len = text_of(&a->value, habit, &one);
	same = len >= 0 && text_of(&b->value, habit, &other) == len &&
	       (!len || memcmp(one, other, (size_t)len) == 0);
	OPENSSL_free(one);
	OPENSSL_free(other);
	ERR_clear_error();
	return same;
}

static bool take_attribute(struct bytes *rdn, struct attribute *ret)
{
	struct bytes pair = der_enter(rdn, DER_SEQUENCE);

	ret->oid = der_enter(&pair, DER_OID);
	return der_take(&pair, &ret->value);
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
	bool is_equal = bytes_same(a, b);
	struct bytes one = der_enter(&a, DER_SEQUENCE), other = der_enter(&b, DER_SEQUENCE);
	bool same = habit != DN_BYTES && !one.failed && !other.failed;

	if (is_equal)
		return true;
	while (same && one.left && other.left) {
		struct bytes rdn = der_enter(&one, DER_SET), opposite = der_enter(&other, DER_SET);

		same = !one.failed && !other.failed && same_rdn(rdn, opposite, habit);
	}
	return same && !one.left && !other.left;
}
