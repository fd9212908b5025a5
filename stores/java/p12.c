/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PFX is a list of ContentInfos that contain bags, some of them encrypted, and a MAC over all of
 * it (RFC 7292, 4).  We walk the bytes with der.h and do not decode them with OpenSSL's
 * d2i_PKCS12(): everything that is not ours must stay byte for byte, but OpenSSL sorts attributes
 * and decodes signed data into many times its size.  A bag is spliced in or cut out; only data that
 * is not DER is decoded and encoded first (ber.h).
 */
#include "stores/java/p12.h"

#include <openssl/pkcs12.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/der.h"
#include "stores/java/alias.h"
#include "stores/java/ber.h"
#include "stores/java/p12_crypt.h"

/* Object identifiers with their headers; a bag's is followed by one more byte, its type. */
static const char oid_data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
static const char oid_encrypted[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
static const char oid_bag[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";
static const char oid_x509[] = "\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
static const char oid_friendly_name[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
/* Oracle's; Java does not trust a certificate without it. */
static const char oid_trusted_key_usage[] =
	"\x06\x0c\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01";
static const char oid_any_usage[] = "\x06\x04\x55\x1d\x25\x00";

#define BEGINS(oid, wanted) \
	((oid).len >= sizeof(wanted) - 1 && memcmp((oid).at, wanted, sizeof(wanted) - 1) == 0)
#define IS(oid, wanted) ((oid).len == sizeof(wanted) - 1 && BEGINS(oid, wanted))
#define ADD(out, oid) buf_add(out, oid, sizeof(oid) - 1)

enum bag_type { KEY_BAG = 1, SHROUDED_KEY_BAG, CERT_BAG, CRL_BAG, SECRET_BAG };

/* OTHER, for example encrypted for a public key, is left alone. */
enum kind { PLAIN, ENCRYPTED, OTHER, KINDS };

/* A ContentInfo. */
struct part {
	enum kind kind;
	struct bytes algorithm; /* if encrypted */
	const char *password; /* the one that opened it */
};

struct p12 {
	const struct keystore_source *source;
	const struct keystore_edit *edit;
	struct keystore_facts *facts;
	struct certs *certs;
	struct p12_crypt crypt;
	const char *fits; /* the right password; NULL: not found yet */
	const char *mac_password; /* an empty one has two forms: p12_crypt.h */
	struct names aliases; /* of all entries */
	struct buf parts; /* the output, without the outer headers */
	size_t n_of[KINDS];
	size_t trusted_in[KINDS]; /* trusted certificates by kind of part */
	size_t met_n; /* entries that the edit adds or removes */
	struct part like; /* the model for a new part: the last with certificates, else the first
			     encrypted */
	bool has_like;
};

static void p12_close(struct p12 *p12)
{
	names_free(&p12->aliases);
	buf_free(&p12->parts);
	p12_crypt_close(&p12->crypt);
}
CLEANUP_VALUE(p12, p12_close)

bool p12_is(const uint8_t *bytes, size_t len)
{
	struct bytes in = bytes_make(bytes, len);
	uint64_t tag = bytes_be(&in, 1), first = bytes_be(&in, 1);

	if (first > 0x80)
		bytes_take(&in, first & 0x7f);
	return tag == DER_SEQUENCE && bytes_be(&in, 3) == 0x020103;
}

/* Find the friendlyName, and whether the certificate is trusted. */
static bool take_attributes(struct bytes in, struct bytes *ret_name, bool *ret_trusted)
{
	struct bytes set = der_enter(&in, DER_SET), one, values;
	struct der oid;

	while (set.left) {
		one = der_enter(&set, DER_SEQUENCE);
		if (!der_take_tag(&one, DER_OID, &oid))
			return false;
		values = der_enter(&one, DER_SET);
		if (IS(oid, oid_trusted_key_usage))
			*ret_trusted = true;
		if (IS(oid, oid_friendly_name))
			*ret_name = der_enter(&values, DER_BMP_STRING);
		if (values.failed || ret_name->left % 2)
			return false;
	}
	return !set.failed && !in.left;
}

/* Add the name as lower-case text: ASCII, with \XXXX for everything else. */
static int add_alias(struct p12 *p12, struct bytes name, struct fault *why)
{
	auto_buf text = buf_make(8 * LIMIT_KEYSTORE_ALIAS_BYTES);

	if (!name.at)
		return 0;
	if (name.left > 2 * LIMIT_KEYSTORE_ALIAS_BYTES)
		return fault_set(why, FAULT_LIMIT, "an alias of %zu characters, more than %u",
			name.left / 2, LIMIT_KEYSTORE_ALIAS_BYTES);
	while (name.left) {
		unsigned unit = (unsigned)bytes_be(&name, 2);

		if (unit >= 0x20 && unit < 0x7f && unit != '\\')
			buf_add_byte(&text, (uint8_t)text_lower((char)unit));
		else
			buf_printf(&text, "\\%04x", unit);
	}
	return buf_check(&text, "alias", why) < 0 ? -1
						  : names_add(&p12->aliases, buf_text(&text), why);
}

/*
 * Take the next bag, as Java does, which ignores bags inside bags.  `ret_cert` is the DER of a
 * trusted certificate, or empty.
 */
static int take_bag(struct p12 *p12, struct bytes *in, struct bytes *ret_cert, struct fault *why)
{
	struct bytes name = {0}, bag = der_enter(in, DER_SEQUENCE), value, cert = {0};
	struct der oid = {0};
	bool is_trusted = false;
	unsigned type = 0;

	if (der_take_tag(&bag, DER_OID, &oid) && oid.len == sizeof(oid_bag) && BEGINS(oid, oid_bag))
		type = oid.at[oid.len - 1];
	value = der_enter(&bag, DER_CONTEXT_0);
	if (value.failed || (bag.left && !take_attributes(bag, &name, &is_trusted)))
		return fault_set(why, FAULT_FORMAT, "a damaged bag");
	if (type == CERT_BAG && is_trusted) {
		value = der_enter(&value, DER_SEQUENCE);
		if (der_take_tag(&value, DER_OID, &oid) && IS(oid, oid_x509))
			cert = der_enter(&value, DER_CONTEXT_0);
		cert = der_enter(&cert, DER_OCTET_STRING);
		if (cert.failed)
			return fault_set(
				why, FAULT_FORMAT, "a trusted certificate that is not X.509");
		if (!der_is_whole(cert.at, cert.left))
			return fault_set(
				why, FAULT_FORMAT, "a trusted certificate that is not DER");
	}
	*ret_cert = cert;
	if (!cert.at && type != KEY_BAG && type != SHROUDED_KEY_BAG && type != SECRET_BAG)
		return 0;
	if (p12->facts->entries_n++ == LIMIT_KEYSTORE_ENTRIES_N)
		return fault_set(
			why, FAULT_LIMIT, "more than %u entries", LIMIT_KEYSTORE_ENTRIES_N);
	return add_alias(p12, name, why);
}

/* Set the i-th password to try; every second one is the other form of an empty password.  false:
 * skip this one. */
static bool set_password(struct p12 *p12, size_t i)
{
	const char *password = p12->source->passwords->at[i / 2];

	p12->crypt.password = i % 2 ? NULL : password;
	return (i % 2 == 0 || !*password) && (!p12->fits || strcmp(p12->fits, password) == 0);
}

/* Decrypt the bags of EncryptedData: SEQUENCE { version, SEQUENCE { data, algorithm, [0] text } }.
 */
static int decrypt(struct p12 *p12, struct bytes in, struct part *part, struct buf *room,
	struct bytes *ret, struct fault *why)
{
	struct bytes all = der_enter(&in, DER_SEQUENCE), info, pieces;
	auto_buf joined = buf_make(LIMIT_FILE_BYTES);
	struct der type, algorithm, text;
	uint64_t version;

	der_take_number(&all, &version);
	info = der_enter(&all, DER_SEQUENCE);
	if (!der_take_tag(&info, DER_OID, &type) || !IS(type, oid_data) ||
		!der_take_tag(&info, DER_SEQUENCE, &algorithm) || !der_take(&info, &text) ||
		(text.tag != DER_CONTEXT_0_BYTES && text.tag != DER_CONTEXT_0))
		return fault_set(why, FAULT_FORMAT, "RFC 5652: damaged EncryptedData");
	part->algorithm = bytes_make(algorithm.at, algorithm.len);
	if (text.tag == DER_CONTEXT_0) { /* in pieces */
		for (pieces = text.inside; der_take_tag(&pieces, DER_OCTET_STRING, &text);)
			buf_add(&joined, text.inside.at, text.inside.left);
		text.inside = bytes_make(joined.bytes, joined.len);
		if (buf_check(&joined, "keystore", why) < 0)
			return -1;
	}
	for (size_t i = 0; i < 2 * p12->source->passwords->n; i++) {
		struct fault bad = FAULT_INIT;
		bool fits = false;

		if (!set_password(p12, i))
			continue;
		buf_clear(room);
		if (p12_decrypt(&p12->crypt, part->algorithm, text.inside, room, &fits, why) < 0)
			return -1;
		in = bytes_make(room->bytes, room->len);
		/* With a wrong password, 1 in 256 has valid padding, but none has valid bags. */
		if (fits && ber_take(&in, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), room, ret, &bad) == 0 &&
			!in.left) {
			part->password = p12->crypt.password;
			p12->fits = p12->source->passwords->at[i / 2];
			return 0;
		}
		if (bad.kind == FAULT_SYSTEM)
			return fault_nomem(why);
	}
	return fault_set(why, FAULT_REFUSED, "no password fits its encryption, or it is damaged");
}

#define OCTETS "\x04"
#define SEQUENCE "\x30"
#define SET "\x31"
#define BMP_STRING "\x1e"
#define EXPLICIT "\xa0"

/* Put these headers in front of what `out` has from `from` on, the innermost first. */
static void wrap(struct buf *out, size_t from, const char *tags)
{
	for (; *tags; tags++)
		der_wrap(out, from, (uint8_t)*tags);
}

/* Append a ContentInfo with these bags. */
static int add_part(struct p12 *p12, const struct part *part, struct buf *bags, struct fault *why)
{
	auto_buf algorithm = buf_make(LIMIT_FILE_BYTES), text = buf_make(LIMIT_FILE_BYTES);
	struct buf *out = &p12->parts;
	size_t all = out->len, content = all + sizeof(oid_data) - 1, info;

	der_wrap(bags, 0, DER_SEQUENCE);
	if (buf_check(bags, "keystore", why) < 0)
		return -1;
	if (part->kind == PLAIN) {
		ADD(out, oid_data);
		buf_add(out, bags->bytes, bags->len);
		wrap(out, content, OCTETS EXPLICIT);
	} else {
		p12->crypt.password = part->password;
		buf_add(&algorithm, part->algorithm.at, part->algorithm.left);
		if (buf_check(&algorithm, "keystore", why) < 0 ||
			p12_encrypt(&p12->crypt, &algorithm, bags, &text, why) < 0)
			return -1;
		der_wrap(&text, 0, DER_CONTEXT_0_BYTES);
		ADD(out, oid_encrypted);
		buf_add(out, "\2\1", 3); /* version 0 */
		info = out->len;
		ADD(out, oid_data);
		buf_add(out, algorithm.bytes, algorithm.len);
		buf_add(out, text.bytes, text.len);
		wrap(out, info, SEQUENCE);
		wrap(out, content, SEQUENCE EXPLICIT);
	}
	wrap(out, all, SEQUENCE);
	return buf_check(&text, "keystore", why);
}

/*
 * Copy the next ContentInfo to the output, unchanged or without the removed entries.  The first of
 * its kind stays even if it becomes empty, because it records how to encrypt.
 */
static int take_part(struct p12 *p12, struct bytes *in, struct fault *why)
{
	auto_buf room = buf_make(LIMIT_FILE_BYTES), others = buf_make(LIMIT_FILE_BYTES);
	struct bytes content, octets, bags = {0}, cert = {0};
	struct part part = {.kind = OTHER};
	size_t trusted_n = 0, met_n = 0;
	struct der all, type;

	if (!der_take_tag(in, DER_SEQUENCE, &all) || !der_take_tag(&all.inside, DER_OID, &type))
		return fault_set(why, FAULT_FORMAT, "RFC 5652: a damaged ContentInfo");
	content = der_enter(&all.inside, DER_CONTEXT_0);
	if (IS(type, oid_encrypted)) {
		part.kind = ENCRYPTED;
		if (decrypt(p12, content, &part, &room, &bags, why) < 0)
			return -1;
	} else if (IS(type, oid_data)) {
		part.kind = PLAIN;
		octets = der_enter(&content, DER_OCTET_STRING);
		if (octets.failed)
			return fault_set(why, FAULT_FORMAT, "RFC 5652: a damaged ContentInfo");
		if (ber_take(&octets, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), &room, &bags, why) < 0)
			return -1;
	}
	while (bags.left) {
		const uint8_t *at = bags.at;

		if (take_bag(p12, &bags, &cert, why) < 0)
			return -1;
		trusted_n += cert.at != NULL;
		if (cert.at && p12->certs &&
			certs_add_der(p12->certs, p12->source->known, cert.at, cert.left, why) < 0)
			return fault_wrap(why, "entry %zu", p12->certs->n + 1);
		if (cert.at && keystore_is_met(p12->edit, cert.at, cert.left))
			met_n++;
		else
			buf_add(&others, at, (size_t)(bags.at - at));
	}
	if (trusted_n || (part.kind == ENCRYPTED && !p12->has_like)) {
		p12->like = part;
		p12->has_like = true;
	}
	p12->n_of[part.kind]++;
	p12->trusted_in[part.kind] += trusted_n;
	p12->met_n += met_n;
	if (p12->edit && (met_n == 0 || p12->edit->cert))
		buf_add(&p12->parts, all.at, all.len);
	else if (p12->edit && (others.len > 0 || p12->n_of[part.kind] == 1))
		return add_part(p12, &part, &others, why);
	return 0;
}

/* Append the bag of a trusted certificate, its attributes in Java's order. */
static void add_bag(struct buf *out, const struct cert *cert, const char *alias)
{
	size_t all = out->len, value, attributes, trust, at;

	ADD(out, oid_bag);
	buf_add_byte(out, CERT_BAG);
	value = out->len;
	ADD(out, oid_x509);
	at = out->len;
	buf_add(out, cert->der.at, cert->der.left);
	wrap(out, at, OCTETS EXPLICIT);
	wrap(out, value, SEQUENCE EXPLICIT);
	attributes = out->len;
	ADD(out, oid_friendly_name);
	at = out->len;
	for (; *alias; alias++) {
		buf_add_byte(out, 0);
		buf_add_byte(out, (uint8_t)*alias);
	}
	wrap(out, at, BMP_STRING SET);
	wrap(out, attributes, SEQUENCE);
	trust = out->len;
	ADD(out, oid_trusted_key_usage);
	at = out->len;
	ADD(out, oid_any_usage);
	wrap(out, at, SET);
	wrap(out, trust, SEQUENCE);
	wrap(out, attributes, SET);
	wrap(out, all, SEQUENCE);
}

/* Write the file around `p12->parts`; the salt and rounds of its MAC stay. */
static int write_all(struct p12 *p12, struct bytes mac_data, struct fault *why)
{
	auto_buf all = buf_make(LIMIT_FILE_BYTES);
	uint8_t made[P12_KEY_MOST];
	struct bytes there;
	size_t content, list;

	buf_add(&all, "\2\1\3", 3);
	content = all.len;
	ADD(&all, oid_data);
	list = all.len;
	buf_add(&all, p12->parts.bytes, p12->parts.len);
	der_wrap(&all, list, DER_SEQUENCE);
	if (buf_check(&p12->parts, "keystore", why) < 0 || buf_check(&all, "keystore", why) < 0)
		return -1;
	p12->crypt.password = p12->mac_password;
	if (mac_data.left &&
		p12_mac(&p12->crypt, mac_data, bytes_make(all.bytes + list, all.len - list), made,
			&there, why) < 0)
		return -1;
	wrap(&all, list, OCTETS EXPLICIT);
	wrap(&all, content, SEQUENCE);
	if (mac_data.left) {
		buf_add(&all, mac_data.at, (size_t)(there.at - mac_data.at));
		buf_add(&all, made, there.left);
		buf_add(&all, there.at + there.left,
			(size_t)(mac_data.at + mac_data.left - there.at) - there.left);
	}
	der_wrap(&all, 0, DER_SEQUENCE);
	buf_add(p12->edit->out, all.bytes, all.len);
	return buf_check(&all, "keystore", why);
}

/* Check that the MAC is right with one of the passwords. */
static int check_mac(struct p12 *p12, struct bytes mac_data, struct bytes text, struct fault *why)
{
	uint8_t made[P12_KEY_MOST];
	struct bytes there;

	for (size_t i = 0; i < 2 * p12->source->passwords->n; i++) {
		if (!set_password(p12, i))
			continue;
		if (p12_mac(&p12->crypt, mac_data, text, made, &there, why) < 0)
			return -1;
		if (memcmp(made, there.at, there.left) == 0) {
			p12->mac_password = p12->crypt.password;
			p12->fits = p12->source->passwords->at[i / 2];
			return 0;
		}
	}
	return fault_set(why, FAULT_REFUSED, "no password fits its MAC, or it is damaged");
}

static int walk(struct p12 *p12, struct fault *why)
{
	const struct keystore_source *source = p12->source;
	const struct keystore_edit *edit = p12->edit;
	auto_buf pfx_room = buf_make(LIMIT_FILE_BYTES), safes_room = buf_make(LIMIT_FILE_BYTES);
	auto_buf bag = buf_make(LIMIT_FILE_BYTES);
	struct bytes in = bytes_make(source->bytes, source->len), pfx, content, safes, list;
	auto_free char *name = NULL;
	struct der type;

	if (ber_take(&in, ASN1_ITEM_rptr(PKCS12), &pfx_room, &pfx, why) < 0)
		return -1;
	bytes_take(&pfx, 3); /* the version, checked by p12_is() */
	content = der_enter(&pfx, DER_SEQUENCE);
	if (der_take_tag(&content, DER_OID, &type) && !IS(type, oid_data))
		return fault_set(
			why, FAULT_FORMAT, "RFC 7292 4: signed instead of sealed with a password");
	safes = der_enter(&content, DER_CONTEXT_0);
	safes = der_enter(&safes, DER_OCTET_STRING);
	if (safes.failed)
		return fault_set(why, FAULT_FORMAT, "RFC 7292 4: damaged");
	if (pfx.left && check_mac(p12, pfx, safes, why) < 0)
		return -1;
	if (ber_take(&safes, ASN1_ITEM_rptr(PKCS12_AUTHSAFES), &safes_room, &list, why) < 0)
		return -1;
	for (size_t n = 0; list.left; n++) {
		if (n == LIMIT_KEYSTORE_PARTS_N)
			return fault_set(why, FAULT_LIMIT, "more than %u ContentInfos",
				LIMIT_KEYSTORE_PARTS_N);
		if (take_part(p12, &list, why) < 0)
			return -1;
	}
	if (alias_refuse_twice(&p12->aliases, why) < 0)
		return -1;
	p12->facts->has_password = pfx.left || p12->n_of[ENCRYPTED];
	p12->facts->opens_without = p12->trusted_in[ENCRYPTED] == 0 &&
				    (p12->trusted_in[PLAIN] || p12->n_of[ENCRYPTED] == 0);
	p12->facts->opened_with = p12->fits;
	if (!edit)
		return 0;
	if ((p12->met_n > 0) == (edit->cert != NULL)) {
		buf_add(edit->out, source->bytes, source->len);
		return buf_check(edit->out, "keystore", why);
	}
	if (edit->cert) {
		if (alias_make(edit->alias, &p12->aliases, &name, why) < 0)
			return -1;
		add_bag(&bag, edit->cert, name);
		if (add_part(p12, &p12->like, &bag, why) < 0)
			return -1;
	}
	if (write_all(p12, pfx, why) < 0)
		return -1;
	buf_add(edit->out, in.at, in.left); /* Java ignores bytes after the PFX */
	return buf_check(edit->out, "keystore", why);
}

int p12_walk(const struct keystore_source *source, const struct keystore_edit *edit,
	struct keystore_facts *ret_facts, struct certs *certs, struct fault *why)
{
	CLEANUP(p12)
	struct p12 p12 = {
		.source = source,
		.edit = edit,
		.facts = ret_facts,
		.certs = certs,
		.crypt = {.rounds_left = LIMIT_KEYSTORE_ROUNDS_ALL_N, .keys = source->keys},
		.parts = buf_make(LIMIT_FILE_BYTES),
	};

	return walk(&p12, why) < 0 ? fault_wrap(why, "PKCS12") : 0;
}
