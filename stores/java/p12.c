/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS#12 (RFC 7292) as a Java truststore, as the JDK's PKCS12KeyStore.java reads and writes it.
 *
 * A PFX is a list of ContentInfos that contain bags, some of them encrypted, and a MAC over all of
 * it (RFC 7292, 4).  We walk the bytes with der.h and do not decode them with OpenSSL's
 * d2i_PKCS12(): everything that is not ours must stay byte for byte, but OpenSSL sorts attributes
 * and decodes signed data into many times its size.  A bag is spliced in or cut out; only what is
 * not DER is written anew (der_from_ber()).
 */
#include "stores/java/keystore.h"

#include <openssl/pkcs12.h>
#include <string.h>

#include "src/base/text.h"
#include "src/x509/der.h"
#include "stores/java/p12_crypt.h"

/* Object identifiers with their headers; a bag's is followed by one more byte, its type. */
static const char oid_data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
static const char oid_encrypted[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
static const char oid_bag[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";
static const char oid_x509[] = "\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
static const char oid_friendly_name[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
/* Oracle's attribute trustedKeyUsage, for any purpose; Java does not trust a certificate without
 * it. */
#define OID_TRUSTED "\x06\x0c\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01"
static const char oid_trusted[] = OID_TRUSTED;
static const char trusted[] = "\x30\x16" OID_TRUSTED "\x31\x06\x06\x04\x55\x1d\x25\x00";

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
	struct keystore_walk *walk;
	struct p12_crypt *crypt;
	const char *mac_password; /* an empty one has two forms: p12_crypt.h */
	struct buf *parts; /* the output, without the outer headers */
	size_t n_of[KINDS];
	size_t trusted_in[KINDS]; /* trusted certificates by kind of part */
	size_t met_n; /* entries that the edit adds or removes */
	struct part like; /* the model for a new part: the last with certificates, else the first
			     encrypted */
};

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
		if (IS(oid, oid_trusted))
			*ret_trusted = true;
		if (IS(oid, oid_friendly_name))
			*ret_name = der_enter(&values, DER_BMP_STRING);
		if (values.failed || ret_name->left % 2)
			return false;
	}
	return !set.failed && !in.left;
}

/* Take the contents of the next element, a SEQUENCE, as DER; they are in `room`. */
static int take_der(struct bytes *in, struct buf *room, struct bytes *ret, struct fault *why)
{
	struct bytes all;

	buf_clear(room);
	if (der_from_ber(in, room, why) < 0)
		return -1;
	all = bytes_make(room->bytes, room->len);
	*ret = der_enter(&all, DER_SEQUENCE);
	return ret->failed ? fault_set(why, FAULT_FORMAT, "damaged or truncated") : 0;
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
	char *alias;
	int rc;

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
	if (p12->walk->facts.entries_n++ == LIMIT_KEYSTORE_ENTRIES_N)
		return fault_set(
			why, FAULT_LIMIT, "more than %u entries", LIMIT_KEYSTORE_ENTRIES_N);
	if (!name.at)
		return 0;
	if (name.left > 2 * LIMIT_KEYSTORE_ALIAS_BYTES)
		return fault_set(why, FAULT_LIMIT, "an alias of %zu characters, more than %u",
			name.left / 2, LIMIT_KEYSTORE_ALIAS_BYTES);
	alias = OPENSSL_uni2utf8(name.at, (int)name.left);
	if (!alias)
		return fault_nomem(why);
	for (char *at = alias; *at; at++)
		*at = text_lower(*at);
	rc = names_add(&p12->walk->aliases, alias, why);
	OPENSSL_free(alias);
	return rc;
}

/* Set the i-th password to try; every second one is the other form of an empty password.  false:
 * skip this one. */
static bool set_password(struct p12 *p12, size_t i)
{
	const char *password = p12->walk->source->passwords->at[i / 2];
	const char *known = p12->walk->facts.opened_with;

	p12->crypt->password = i % 2 ? NULL : password;
	return (i % 2 == 0 || !*password) && (!known || strcmp(known, password) == 0);
}

/* Decrypt the bags of EncryptedData: SEQUENCE { version, SEQUENCE { data, algorithm, [0] text } }.
 */
static int decrypt(struct p12 *p12, struct bytes in, struct part *part, struct buf *room,
	struct bytes *ret, struct fault *why)
{
	struct bytes all = der_enter(&in, DER_SEQUENCE), info, pieces;
	auto_buf joined = buf_make(LIMIT_FILE_BYTES), plain = buf_make(LIMIT_FILE_BYTES);
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
	for (size_t i = 0; i < 2 * p12->walk->source->passwords->n; i++) {
		struct fault bad = FAULT_INIT;
		bool fits = false;

		if (!set_password(p12, i))
			continue;
		buf_clear(&plain);
		if (p12_decrypt(p12->crypt, part->algorithm, text.inside, &plain, &fits, why) < 0)
			return -1;
		in = bytes_make(plain.bytes, plain.len);
		/* With a wrong password, 1 in 256 has valid padding, but none has valid bags. */
		if (fits && take_der(&in, room, ret, &bad) == 0 && !in.left) {
			part->password = p12->crypt->password;
			p12->walk->facts.opened_with = p12->walk->source->passwords->at[i / 2];
			return 0;
		}
		if (bad.kind == FAULT_SYSTEM)
			return fault_nomem(why);
	}
	return fault_set(why, FAULT_REFUSED, "no password decrypts it, or it is damaged");
}

#define OCTETS "\x04"
#define BMP_STRING "\x1e"
#define SEQUENCE "\x30"
#define SET "\x31"
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
	struct buf *out = p12->parts;
	size_t all = out->len, content = all + sizeof(oid_data) - 1, info;

	der_wrap(bags, 0, DER_SEQUENCE);
	if (buf_check(bags, "keystore", why) < 0)
		return -1;
	if (part->kind == PLAIN) {
		ADD(out, oid_data);
		buf_add(out, bags->bytes, bags->len);
		wrap(out, content, OCTETS EXPLICIT);
	} else {
		p12->crypt->password = part->password;
		buf_add(&algorithm, part->algorithm.at, part->algorithm.left);
		if (buf_check(&algorithm, "keystore", why) < 0 ||
			p12_encrypt(p12->crypt, &algorithm, bags, &text, why) < 0)
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
		if (take_der(&octets, &room, &bags, why) < 0)
			return -1;
	}
	while (bags.left) {
		const uint8_t *at = bags.at;
		bool is_met = false;

		if (take_bag(p12, &bags, &cert, why) < 0)
			return -1;
		if (cert.at && keystore_take(p12->walk, cert, &is_met, why) < 0)
			return fault_wrap(why, "entry %zu", p12->walk->facts.entries_n);
		trusted_n += cert.at != NULL;
		met_n += is_met;
		if (!is_met)
			buf_add(&others, at, (size_t)(bags.at - at));
	}
	if (trusted_n ||
		(part.kind == ENCRYPTED && !p12->n_of[ENCRYPTED] && !p12->trusted_in[PLAIN]))
		p12->like = part;
	p12->n_of[part.kind]++;
	p12->trusted_in[part.kind] += trusted_n;
	p12->met_n += met_n;
	if (p12->walk->edit && (met_n == 0 || p12->walk->edit->cert))
		buf_add(p12->parts, all.at, all.len);
	else if (p12->walk->edit && (others.len > 0 || p12->n_of[part.kind] == 1))
		return add_part(p12, &part, &others, why);
	return 0;
}

/*
 * Append the bag of a trusted certificate, its attributes in Java's order.  OpenSSL's encoder
 * writes garbage into a SET if memory runs out, and does not tell.
 */
static void add_bag(struct buf *out, const struct cert *cert, const char *alias)
{
	size_t value, at, attributes;

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
	for (; *alias; alias++)
		buf_add(out, (uint8_t[]){0, (uint8_t)*alias}, 2);
	wrap(out, at, BMP_STRING SET);
	wrap(out, attributes, SEQUENCE);
	buf_add(out, trusted, sizeof(trusted) - 1);
	wrap(out, attributes, SET);
	wrap(out, 0, SEQUENCE);
}

/* Write the file around `p12->parts`; the salt and rounds of its MAC stay. */
static int write_all(struct p12 *p12, struct bytes mac_data, struct fault *why)
{
	auto_buf all = buf_make(LIMIT_FILE_BYTES);
	uint8_t made[P12_MAC_MOST];
	struct bytes there;
	size_t content, list;

	buf_add(&all, "\2\1\3", 3);
	content = all.len;
	ADD(&all, oid_data);
	list = all.len;
	buf_add(&all, p12->parts->bytes, p12->parts->len);
	der_wrap(&all, list, DER_SEQUENCE);
	if (buf_check(p12->parts, "keystore", why) < 0 || buf_check(&all, "keystore", why) < 0)
		return -1;
	p12->crypt->password = p12->mac_password;
	if (mac_data.left &&
		p12_mac(p12->crypt, mac_data, bytes_make(all.bytes + list, all.len - list), made,
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
	buf_add(&p12->walk->out, all.bytes, all.len);
	return buf_check(&all, "keystore", why);
}

/* Check that the MAC is right with one of the passwords. */
static int check_mac(struct p12 *p12, struct bytes mac_data, struct bytes text, struct fault *why)
{
	uint8_t made[P12_MAC_MOST];
	struct bytes there;

	for (size_t i = 0; i < 2 * p12->walk->source->passwords->n; i++) {
		if (!set_password(p12, i))
			continue;
		if (p12_mac(p12->crypt, mac_data, text, made, &there, why) < 0)
			return -1;
		if (memcmp(made, there.at, there.left) == 0) {
			p12->mac_password = p12->crypt->password;
			p12->walk->facts.opened_with = p12->walk->source->passwords->at[i / 2];
			return 0;
		}
	}
	return fault_set(why, FAULT_REFUSED, "no password matches its MAC, or it is damaged");
}

int p12_walk(struct keystore_walk *walk, struct fault *why)
{
	const struct keystore_source *source = walk->source;
	CLEANUP(p12_crypt) struct p12_crypt own = {0};
	auto_buf parts = buf_make(LIMIT_FILE_BYTES);
	struct p12 p12 = {
		.walk = walk,
		.crypt = source->crypt ? source->crypt : &own,
		.parts = &parts,
	};
	auto_buf pfx_room = buf_make(LIMIT_FILE_BYTES), safes_room = buf_make(LIMIT_FILE_BYTES);
	auto_buf bag = buf_make(LIMIT_FILE_BYTES);
	struct bytes in = bytes_make(source->bytes, source->len), pfx, content, safes, list;
	auto_free char *alias = NULL;
	struct der type;

	p12.crypt->rounds_left = LIMIT_KEYSTORE_ROUNDS_ALL_N;
	if (take_der(&in, &pfx_room, &pfx, why) < 0)
		return -1;
	bytes_take(&pfx, 3); /* the version, checked by p12_is() */
	content = der_enter(&pfx, DER_SEQUENCE);
	if (der_take_tag(&content, DER_OID, &type) && !IS(type, oid_data))
		return fault_set(why, FAULT_FORMAT,
			"RFC 7292 4: signed with a key, not protected with a password");
	safes = der_enter(&content, DER_CONTEXT_0);
	safes = der_enter(&safes, DER_OCTET_STRING);
	if (safes.failed)
		return fault_set(why, FAULT_FORMAT, "RFC 7292 4: damaged");
	if (pfx.left && check_mac(&p12, pfx, safes, why) < 0)
		return -1;
	if (take_der(&safes, &safes_room, &list, why) < 0)
		return -1;
	for (size_t n = 0; list.left; n++) {
		if (n == LIMIT_KEYSTORE_PARTS_N)
			return fault_set(why, FAULT_LIMIT, "more than %u ContentInfos",
				LIMIT_KEYSTORE_PARTS_N);
		if (take_part(&p12, &list, why) < 0)
			return -1;
	}
	if (keystore_alias(walk, &alias, why) < 0)
		return -1;
	walk->facts.has_password = pfx.left || p12.n_of[ENCRYPTED];
	walk->facts.opens_without = p12.trusted_in[ENCRYPTED] == 0 &&
				    (p12.trusted_in[PLAIN] || p12.n_of[ENCRYPTED] == 0);
	if (!walk->edit)
		return 0;
	if ((p12.met_n > 0) == (walk->edit->cert != NULL)) {
		buf_add(&walk->out, source->bytes, source->len);
		return 0;
	}
	if (walk->edit->cert) {
		add_bag(&bag, walk->edit->cert, alias);
		if (add_part(&p12, &p12.like, &bag, why) < 0)
			return -1;
	}
	if (write_all(&p12, pfx, why) < 0)
		return -1;
	buf_add(&walk->out, in.at, in.left); /* Java ignores bytes after the PFX */
	return 0;
}
