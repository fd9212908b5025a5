/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/p12_bag.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/der.h"

/* 1.2.840.113549.1.12.10.1.x, x last; with their headers, as all here. */
static const uint8_t oid_bag[] = {
	0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01};
enum bag_type { KEY_BAG = 1, SHROUDED_KEY_BAG, CERT_BAG, CRL_BAG, SECRET_BAG, SAFE_CONTENTS_BAG };

/* 1.2.840.113549.1.9.22.1 and .20. */
static const uint8_t oid_x509[] = {
	0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01};
static const uint8_t oid_friendly_name[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x14};
static const uint8_t oid_trusted_key_usage[] = {
	0x06, 0x0c, 0x60, 0x86, 0x48, 0x01, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 0x01, 0x01};
static const uint8_t oid_any_usage[] = {0x06, 0x04, 0x55, 0x1d, 0x25, 0x00};

#define IS(oid, wanted) \
	((oid)->len == sizeof(wanted) && memcmp((oid)->at, wanted, sizeof(wanted)) == 0)

/* 0: none of RFC 7292's. */
static unsigned type_of(const struct der *oid)
{
	if (oid->len != sizeof(oid_bag) + 1 || memcmp(oid->at, oid_bag, sizeof(oid_bag)) != 0)
		return 0;
	return oid->at[sizeof(oid_bag)];
}

struct attributes {
	const uint8_t *alias;
	size_t alias_len;
	bool is_trusted;
};

static bool take_attributes(struct bytes *in, struct attributes *ret)
{
	struct der set, one, oid, values, value;

	if (in->left == 0)
		return true;
	if (!der_take_tag(in, DER_SET, &set) || in->left)
		return false;
	while (set.inside.left) {
		if (!der_take_tag(&set.inside, DER_SEQUENCE, &one) ||
			!der_take_tag(&one.inside, DER_OID, &oid) ||
			!der_take_tag(&one.inside, DER_SET, &values))
			return false;
		if (IS(&oid, oid_trusted_key_usage))
			ret->is_trusted = true;
		if (!IS(&oid, oid_friendly_name))
			continue;
		if (!der_take_tag(&values.inside, DER_BMP_STRING, &value) || value.inside.left % 2)
			return false;
		ret->alias = value.inside.at;
		ret->alias_len = value.inside.left;
	}
	return true;
}

/* CertBag: SEQUENCE { x509Certificate, [0] { OCTET STRING } }. */
static int take_cert(struct bytes in, struct p12_bag *ret, struct fault *why)
{
	struct der bag, oid, explicit, string;

	if (!der_take_tag(&in, DER_SEQUENCE, &bag) || !der_take_tag(&bag.inside, DER_OID, &oid) ||
		!IS(&oid, oid_x509) || !der_take_tag(&bag.inside, DER_CONTEXT_0, &explicit) ||
		!der_take_tag(&explicit.inside, DER_OCTET_STRING, &string))
		return fault_set(why, FAULT_FORMAT, "a trusted certificate that is not X.509");
	ret->der = string.inside.at;
	ret->der_len = string.inside.left;
	if (!der_is_whole(ret->der, ret->der_len))
		return fault_set(why, FAULT_FORMAT, "a trusted certificate that is not DER");
	return 0;
}

struct raw_bag {
	struct der all;
	struct der oid;
	struct der value;
};

static int take_raw(struct bytes *in, struct raw_bag *ret, struct fault *why)
{
	if (!der_take_tag(in, DER_SEQUENCE, &ret->all) ||
		!der_take_tag(&ret->all.inside, DER_OID, &ret->oid) ||
		!der_take_tag(&ret->all.inside, DER_CONTEXT_0, &ret->value))
		return fault_set(why, FAULT_FORMAT, "a damaged bag");
	return 0;
}

static int check_depth(struct bytes in, unsigned depth, struct fault *why)
{
	struct der list;
	struct raw_bag bag;

	if (depth == LIMIT_KEYSTORE_DEPTH)
		return fault_set(
			why, FAULT_LIMIT, "bags in bags, more than %u deep", LIMIT_KEYSTORE_DEPTH);
	if (!der_take_tag(&in, DER_SEQUENCE, &list))
		return fault_set(why, FAULT_FORMAT, "a damaged bag of bags");
	while (list.inside.left) {
		if (take_raw(&list.inside, &bag, why) < 0)
			return -1;
		if (type_of(&bag.oid) == SAFE_CONTENTS_BAG &&
			check_depth(bag.value.inside, depth + 1, why) < 0)
			return -1;
	}
	return 0;
}

int p12_bag_take(struct bytes *in, struct p12_bag *ret, struct fault *why)
{
	struct attributes attributes = {0};
	struct p12_bag bag = {0};
	struct raw_bag raw;
	unsigned type;

	if (take_raw(in, &raw, why) < 0)
		return -1;
	if (!take_attributes(&raw.all.inside, &attributes))
		return fault_set(why, FAULT_FORMAT, "a bag with damaged attributes");
	type = type_of(&raw.oid);
	if (type == SAFE_CONTENTS_BAG && check_depth(raw.value.inside, 1, why) < 0)
		return -1;
	if (type == CERT_BAG && attributes.is_trusted && take_cert(raw.value.inside, &bag, why) < 0)
		return -1;
	bag.at = raw.all.at;
	bag.len = raw.all.len;
	bag.is_entry = bag.der || type == KEY_BAG || type == SHROUDED_KEY_BAG || type == SECRET_BAG;
	bag.alias = bag.is_entry ? attributes.alias : NULL;
	bag.alias_len = attributes.alias_len;
	if (bag.alias && bag.alias_len > 2 * LIMIT_KEYSTORE_ALIAS_BYTES)
		return fault_set(why, FAULT_LIMIT, "an alias of %zu characters, more than %u",
			bag.alias_len / 2, LIMIT_KEYSTORE_ALIAS_BYTES);
	*ret = bag;
	return 0;
}

int p12_bag_alias(const struct p12_bag *bag, struct names *ret, struct fault *why)
{
	auto_buf text = buf_make(8 * LIMIT_KEYSTORE_ALIAS_BYTES);

	if (!bag->alias)
		return 0;
	for (size_t i = 0; i < bag->alias_len; i += 2) {
		unsigned unit = (unsigned)bag->alias[i] << 8 | bag->alias[i + 1];

		if (unit >= 0x20 && unit < 0x7f && unit != '\\')
			buf_add_byte(&text, (uint8_t)text_lower((char)unit));
		else
			buf_printf(&text, "\\%04x", unit);
	}
	return buf_check(&text, "alias", why) < 0 ? -1 : names_add(ret, buf_text(&text), why);
}

static void add_name(struct buf *out, const char *alias)
{
	size_t all = out->len, values, text;

	buf_add(out, oid_friendly_name, sizeof(oid_friendly_name));
	values = out->len;
	text = out->len;
	for (; *alias; alias++) {
		buf_add_byte(out, 0);
		buf_add_byte(out, (uint8_t)*alias);
	}
	der_wrap(out, text, DER_BMP_STRING);
	der_wrap(out, values, DER_SET);
	der_wrap(out, all, DER_SEQUENCE);
}

static void add_trust(struct buf *out)
{
	size_t all = out->len, values;

	buf_add(out, oid_trusted_key_usage, sizeof(oid_trusted_key_usage));
	values = out->len;
	buf_add(out, oid_any_usage, sizeof(oid_any_usage));
	der_wrap(out, values, DER_SET);
	der_wrap(out, all, DER_SEQUENCE);
}

void p12_bag_add(struct buf *out, const struct cert *cert, const char *alias)
{
	size_t len, all = out->len, value, string, attributes;
	const uint8_t *der = cert_der(cert, &len);

	buf_add(out, oid_bag, sizeof(oid_bag));
	buf_add_byte(out, CERT_BAG);
	value = out->len;
	buf_add(out, oid_x509, sizeof(oid_x509));
	string = out->len;
	buf_add(out, der, len);
	der_wrap(out, string, DER_OCTET_STRING);
	der_wrap(out, string, DER_CONTEXT_0);
	der_wrap(out, value, DER_SEQUENCE);
	der_wrap(out, value, DER_CONTEXT_0);
	attributes = out->len;
	add_name(out, alias); /* in the order of Java */
	add_trust(out);
	der_wrap(out, attributes, DER_SET);
	der_wrap(out, all, DER_SEQUENCE);
}
