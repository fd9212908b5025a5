/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/neighbour.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cert/armor.h"
#include "src/cert/pem.h"

/* Any certificate, to be put before and behind the file: does everybody still see both? */
static const char witness[] = "-----BEGIN CERTIFICATE-----\n"
			      "MIHSMIGFAhQNX+a8Fq7im0dDLSC8y9Rlb6dvnzAFBgMrZXAwDDEKMAgGA1UEAwwB\n"
			      "YTAeFw0yNjExMzAxNDU2NThaFw0yNjEyMDExNDU2NThaMAwxCjAIBgNVBAMMAWEw\n"
			      "KjAFBgMrZXADIQC7wh4GuyP6LX4uB4l34XudV+wGYlsRod1eKoxTR8qdhzAFBgMr\n"
			      "ZXADQQDd2kKv4pvUDGi2GGXVzsf+19zMRZo4OH9HNXxmmfBHWa0zDxXNmwZQAR/w\n"
			      "7+Q4rkVUDVm7h60mE37PTVjfavwC\n"
			      "-----END CERTIFICATE-----\n";

void strangers_free(struct strangers *strangers)
{
	names_free(&strangers->paths);
	certs_free(&strangers->certs);
}

int strangers_add(struct strangers *strangers, const struct anchor_file *file,
	const struct certs *bundle, struct fault *why)
{
	for (size_t i = 0; i < file->certs.n; i++) {
		struct cert *cert = file->certs.at[i];

		if (certs_hold(bundle, cert) || certs_hold(&strangers->certs, cert))
			continue;
		if (names_add(&strangers->paths, file->path, why) < 0 ||
			certs_add(&strangers->certs, cert, why) < 0)
			return -1;
	}
	return 0;
}

static bool has(const struct buf *bytes, const char *text)
{
	return bytes->len && memmem(bytes->bytes, bytes->len, text, strlen(text)) != NULL;
}

/* The bundle that has nothing but the file between two witnesses. */
static int make_bundle(const struct buf *bytes, struct buf *ret, struct fault *why)
{
	buf_add_text(ret, witness);
	buf_add(ret, bytes->bytes, bytes->len);
	if (bytes->len && bytes->bytes[bytes->len - 1] != '\n')
		buf_add_byte(ret, '\n');
	buf_add_text(ret, witness);
	return buf_check(ret, "bundle", why);
}

static int check_witnesses(const struct buf *bytes, bool *ret, struct fault *why)
{
	auto_buf bundle = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;
	auto_certs alone = CERTS_INIT;

	if (make_bundle(bytes, &bundle, why) < 0 ||
		pem_read(bundle.bytes, bundle.len, "bundle", PEM_LENIENT, &certs, NULL, why) < 0 ||
		pem_read(witness, strlen(witness), "witness", PEM_LENIENT, &alone, NULL, why) < 0)
		return -1;
	*ret = certs.n >= 2 && cert_same(certs.at[0], alone.at[0]) &&
	       cert_same(certs.at[certs.n - 1], alone.at[0]) && !cert_blind(certs.at[0]) &&
	       !cert_blind(certs.at[certs.n - 1]);
	return 0;
}

/* GnuTLS takes these words for the begin of a certificate wherever and whatever they belong to. */
static size_t count_begins(const struct buf *bytes)
{
	static const char *const words[] = {
		ARMOR_BEGIN "CERTIFICATE", ARMOR_BEGIN "X509 CERTIFICATE"};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (const uint8_t *at = bytes->bytes, *stop = at + bytes->len;
			at < stop &&
			(at = memmem(at, (size_t)(stop - at), words[i], strlen(words[i])));
			at++)
			n++;
	return n;
}

static bool is_label(struct armor_span label, const char *text)
{
	return label.len == strlen(text) && armor_starts(label, text);
}

/* What is wrong with the way its blocks are written, into `ret`; else it stays empty. */
static void look_at_blocks(const struct anchor_file *file, struct fault *ret)
{
	struct armor_text in = {.rest = {(const char *)file->bytes.bytes, file->bytes.len}};
	struct armor_block block;
	size_t certs_n = 0;

	while (armor_next(&in, &block)) {
		certs_n += is_label(block.label, "CERTIFICATE") ||
			   is_label(block.label, "X509 CERTIFICATE");
		if (block.unusual & (ARMOR_BEHIND_END | ARMOR_BEFORE_BEGIN))
			fault_set(
				ret, FAULT_FORMAT, "line %zu: two blocks share a line", block.line);
		else if (block.unusual & ARMOR_BLANK_LINES)
			fault_set(ret, FAULT_FORMAT, "line %zu: blank lines inside a block",
				block.line);
	}
	if (certs_n < count_begins(&file->bytes))
		fault_set(ret, FAULT_FORMAT, "it has the marks of a certificate, and is none");
}

/* Why it would break a bundle, into `ret`; else that stays empty. */
static int find_damage(const struct anchor_file *file, struct fault *ret, struct fault *why)
{
	auto_free char *shown = text_printable(file->path, strlen(file->path), LIMIT_NAME_SHOWN);
	const struct buf *bytes = &file->bytes;
	struct fault odd = FAULT_INIT;
	auto_certs certs = CERTS_INIT;
	bool survives;

	if (!shown)
		return fault_nomem(why);
	if (has(bytes, "PRIVATE KEY-----")) {
		fault_set(ret, FAULT_REFUSED,
			"'%s' holds a private key, which everybody could read in the bundle",
			shown);
		return 0;
	}
	if (bytes->len && memchr(bytes->bytes, '\0', bytes->len)) {
		fault_set(ret, FAULT_REFUSED,
			"this file would break the bundle: '%s' is not text (UTF-16, or binary)",
			shown);
		return 0;
	}
	look_at_blocks(file, &odd);
	if (check_witnesses(bytes, &survives, why) < 0)
		return -1;
	if (survives && odd.kind == FAULT_NONE)
		return 0;
	if (pem_read(bytes->bytes, bytes->len, shown, PEM_STRICT, &certs, NULL, ret) == 0)
		fault_set(ret, FAULT_REFUSED, "'%s': %s", shown,
			odd.text[0] ? odd.text : "it is no PEM that all programs read");
	if (ret->kind == FAULT_SYSTEM) {
		*why = *ret;
		return -1;
	}
	fault_wrap(ret, "this file would break the bundle");
	return 0;
}

int neighbour_check(
	struct view *view, const struct anchor_file *file, const char *aside, struct fault *why)
{
	struct fault damage = FAULT_INIT;
	auto_free char *move = NULL;

	if (find_damage(file, &damage, why) < 0)
		return -1;
	if (damage.kind == FAULT_NONE)
		return 0;
	if (neighbour_move(view, file->path, aside, &move, why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED, "%s; move it away first: %s", damage.text, move);
}

int neighbour_check_kinds(struct view *view, const char *dir, const char *aside, struct fault *why)
{
	auto_names names = NAMES_INIT;

	if (!view->tree->is_live)
		return 0;
	if (view_list(view, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_entry entry = ENTRY_INIT;
		auto_free char *path = NULL;
		auto_free char *move = NULL;
		auto_free char *shown = NULL;

		if (text_set(&path, why, "%s/%s", dir, names.at[i]) < 0 ||
			view_entry(view, path, VIEW_FOLLOW, &entry, NULL, why) < 0)
			return -1;
		if (entry.kind != ENTRY_OTHER)
			continue;
		shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
		if (!shown)
			return fault_nomem(why);
		if (neighbour_move(view, path, aside, &move, why) < 0)
			return -1;
		return fault_set(why, FAULT_REFUSED,
			"'%s' is a FIFO or a device, at which 'trust' would wait for ever; move it "
			"away first: %s",
			shown, move);
	}
	return 0;
}

int neighbour_move(
	struct view *view, const char *path, const char *aside, char **ret, struct fault *why)
{
	const char *root = view->tree->root ? view->tree->root : "";
	auto_free char *from = NULL;
	auto_free char *to = NULL;
	auto_free char *from_word = NULL;
	auto_free char *to_word = NULL;

	if (text_set(&from, why, "%s%s", root, path) < 0 ||
		text_set(&to, why, "%s%s/", root, aside) < 0)
		return -1;
	from_word = text_shell_word(from);
	to_word = text_shell_word(to);
	if (!from_word || !to_word)
		return fault_nomem(why);
	return text_set(
		ret, why, "%smv %s %s", view->tree->is_still ? "RUN " : "", from_word, to_word);
}
