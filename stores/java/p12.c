/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/p12.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "stores/java/alias.h"
#include "stores/java/p12_file.h"

bool p12_is(const uint8_t *bytes, size_t len)
{
	struct bytes in = bytes_make(bytes, len);
	uint64_t tag = bytes_be(&in, 1), first = bytes_be(&in, 1);

	if (first > 0x80)
		bytes_take(&in, first & 0x7f);
	return tag == DER_SEQUENCE && bytes_be(&in, 3) == 0x020103;
}

/* Where Java sees trusted certificates last, or else where it would put one. */
static const struct p12_part *find_like(const struct p12 *p12)
{
	const struct p12_part *like = NULL;

	for (size_t i = 0; i < p12->n; i++)
		if (p12->at[i].trusted_n || (!like && p12->at[i].kind == P12_ENCRYPTED))
			like = &p12->at[i];
	return like;
}

static struct keystore_facts facts_of(const struct p12 *p12)
{
	const struct p12_part *like = find_like(p12);
	struct keystore_facts facts = {
		.format = KEYSTORE_PKCS12,
		.has_password = p12->has_mac || p12->n_of[P12_ENCRYPTED],
		.opens_without = !like || like->kind == P12_PLAIN,
		.entries_n = p12->entries_n,
	};

	for (size_t i = 0; i < p12->n; i++)
		if (p12->at[i].kind == P12_ENCRYPTED && p12->at[i].trusted_n)
			facts.opens_without = false;
	if (facts.has_password)
		facts.opened_with = p12->passwords[0] ? p12->passwords[0] : "";
	return facts;
}

static int add_certs(const struct p12_part *part, const struct certs *known, struct certs *ret,
	struct fault *why)
{
	struct bytes in = part->bags;
	struct p12_bag bag;

	while (in.left) {
		if (p12_bag_take(&in, &bag, why) < 0)
			return -1;
		if (bag.der && certs_add_der(ret, known, bag.der, bag.der_len, why) < 0)
			return fault_wrap(why, "PKCS12: entry %zu", ret->n + 1);
	}
	return 0;
}

int p12_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_p12 p12 = {0};

	if (p12_open(source, &p12, why) < 0)
		return -1;
	for (size_t i = 0; ret_certs && i < p12.n; i++)
		if (add_certs(&p12.at[i], source->known, &certs, why) < 0)
			return -1;
	if (ret_facts)
		*ret_facts = facts_of(&p12);
	if (ret_certs) {
		certs_free(ret_certs);
		*ret_certs = certs;
		certs = (struct certs)CERTS_INIT;
	}
	return 0;
}

static bool is_cert(const struct p12_bag *bag, const uint8_t sha256[static DIGEST_SHA256_LEN])
{
	uint8_t made[DIGEST_SHA256_LEN];

	if (!bag->der)
		return false;
	digest_sha256(bag->der, bag->der_len, made);
	return memcmp(made, sha256, sizeof(made)) == 0;
}

/* The part's bags but that certificate's; returns how many of them are not there. */
static int without(const struct p12_part *part, const uint8_t sha256[static DIGEST_SHA256_LEN],
	struct buf *out, size_t *ret_n, struct fault *why)
{
	struct bytes in = part->bags;
	struct p12_bag bag;
	size_t n = 0;

	while (in.left) {
		if (p12_bag_take(&in, &bag, why) < 0)
			return -1;
		if (is_cert(&bag, sha256))
			n++;
		else
			buf_add(out, bag.at, bag.len);
	}
	*ret_n = n;
	return buf_check(out, "keystore", why);
}

int p12_add(const struct keystore_source *source, struct cert *cert, const char *alias, time_t when,
	struct buf *out, struct fault *why)
{
	auto_buf bag = buf_make(LIMIT_FILE_BYTES), others = buf_make(LIMIT_FILE_BYTES);
	auto_free char *name = NULL;
	auto_p12 p12 = {0};
	size_t n = 0;

	(void)when; /* a certificate has no date in a PKCS#12 */
	if (p12_open(source, &p12, why) < 0)
		return -1;
	for (size_t i = 0; i < p12.n && n == 0; i++)
		if (without(&p12.at[i], cert_sha256(cert), &others, &n, why) < 0)
			return -1;
	if (n > 0) {
		buf_add(out, source->bytes, source->len);
		return buf_check(out, "keystore", why);
	}
	if (alias_make(alias, &p12.aliases, &name, why) < 0)
		return -1;
	p12_bag_add(&bag, cert, name);
	return p12_add_part(&p12, find_like(&p12), &bag, why) < 0 ? -1 : p12_write(&p12, out, why);
}

/* The last part of a kind stays, empty: it says how to encrypt. */
int p12_remove(const struct keystore_source *source, const uint8_t sha256[static DIGEST_SHA256_LEN],
	struct buf *out, struct fault *why)
{
	auto_p12 p12 = {0};
	size_t gone_n = 0;

	if (p12_open(source, &p12, why) < 0)
		return -1;
	for (size_t i = 0; i < p12.n; i++) {
		auto_buf bags = buf_make(LIMIT_FILE_BYTES);
		struct p12_part *part = &p12.at[i];
		size_t n = 0;

		if (without(part, sha256, &bags, &n, why) < 0)
			return -1;
		gone_n += n;
		if (n > 0 && bags.len == 0 && p12.n_of[part->kind] > 1)
			p12_drop_part(&p12, part);
		else if (n > 0 && p12_fill_part(&p12, part, &bags, why) < 0)
			return -1;
	}
	if (gone_n > 0)
		return p12_write(&p12, out, why);
	buf_add(out, source->bytes, source->len);
	return buf_check(out, "keystore", why);
}
