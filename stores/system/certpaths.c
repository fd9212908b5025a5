/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/certpaths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/pem.h"
#include "src/x509/pem_quirks.h"
#include "stores/bundle.h"
#include "stores/system/hashdir.h"

/* The clients that also read the directory; curl only if it can read the bundle. */
#define IN_DIR                                                              \
	(PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL) | \
		PEM_QUIRK_BIT(PEM_QUIRK_GO) | PEM_QUIRK_BIT(PEM_QUIRK_WEBPKI))

int certpaths_find(
	struct view *view, const char *dir, struct cert *cert, bool *ret, struct fault *why)
{
	auto_buf own = buf_make(LIMIT_PEM_BYTES);
	bool is_it = false;
	uint32_t hash;

	if (cert_subject_hash(cert, &hash, why) < 0 || pem_format(cert, &own, why) < 0 ||
		buf_check(&own, dir, why) < 0)
		return -1;
	for (unsigned number = 0; number < LIMIT_HASH_LINKS_N && !is_it; number++) {
		auto_buf text = buf_make(LIMIT_PEM_BYTES);
		auto_certs certs = CERTS_INIT;
		struct fault seen = FAULT_INIT;
		char path[LIMIT_PATH_LEN];
		bool found = false;

		if (snprintf(path, sizeof(path), "%s/%08x.%u", dir, hash, number) >=
			(int)sizeof(path))
			break;
		/* Usually the file is exactly this certificate's PEM, so try that before decoding.
		 */
		if (view_read(view, path, &text, &found, &seen) == 0 && found &&
			!(is_it = own.len == text.len &&
				  memcmp(own.bytes, text.bytes, own.len) == 0) &&
			pem_read(text.bytes, text.len, path, PEM_LENIENT, &certs, NULL, &seen) == 0)
			is_it = certs_hold(&certs, cert);
		if (seen.kind && view_skip(&seen, why) < 0)
			return -1;
		if (!found || seen.kind)
			break;
	}
	*ret = is_it;
	return 0;
}

/*
 * Can the certificate be found in the directory, whose sorted names are `names`?  For a public root
 * a link with its hash is enough: the distribution maintains those, and reading each would cost
 * more than everything else a probe does.
 */
static int sees(struct view *view, const char *dir, const struct names *names, struct cert *cert,
	bool *ret, struct fault *why)
{
	struct fault ignored = FAULT_INIT;
	char first[16];
	uint32_t hash;

	*ret = false;
	if (cert_subject_hash(cert, &hash, &ignored) < 0)
		return 0;
	snprintf(first, sizeof(first), "%08x.0", hash);
	*ret = names_sorted_hold(names, first);
	return !*ret || cert->is_public_root ? 0 : certpaths_find(view, dir, cert, ret, why);
}

/* Is the name HHHHHHHH.N, with every lower number present?  OpenSSL stops at the first gap. */
static bool is_reached(
	const struct names *names, const char *name, uint32_t *hash, unsigned *number)
{
	if (!hashdir_parse_name(name, hash, number) || *number >= LIMIT_HASH_LINKS_N)
		return false;
	for (unsigned below = 0; below < *number; below++) {
		char other[24];

		snprintf(other, sizeof(other), "%08x.%u", *hash, below);
		if (!names_sorted_hold(names, other))
			return false;
	}
	return true;
}

/* Append the certificates that the hash link leads to and `ret` lacks, marked as not seen by
 * `blind`. */
static int add_link(struct view *view, const char *path, uint32_t hash, unsigned blind,
	struct certs *ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;
	struct fault seen = FAULT_INIT;
	bool found = false;

	if (view_read(view, path, &text, &found, &seen) < 0 ||
		(found &&
			pem_read(text.bytes, text.len, path, PEM_LENIENT, &certs, NULL, &seen) < 0))
		return view_skip(&seen, why);
	for (size_t i = 0; i < certs.n; i++) {
		struct cert *cert = certs.at[i];
		uint32_t own = ~hash;

		if (cert_subject_hash(cert, &own, &seen) < 0 || own != hash ||
			certs_hold(ret, cert))
			continue;
		cert->hidden_from |= blind;
		if (certs_add(ret, cert, why) < 0)
			return -1;
	}
	return 0;
}

int certpaths_anchors(
	struct view *view, const struct certpaths *paths, struct certs *ret, struct fault *why)
{
	/* The clients that do not read the directory. */
	unsigned blind = PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS) | PEM_QUIRK_BIT(PEM_QUIRK_NODE) |
			 (PEM_QUIRK_BIT(PEM_QUIRK_CURL) & ~paths->lost);
	bool has_file = false;
	auto_certs bundle = CERTS_INIT;
	auto_names names = NAMES_INIT;
	auto_free uint32_t *seen =
		NULL; /* hashes of the bundle's certificates that are in the directory too */
	size_t seen_n = 0, read_n = 0;

	for (size_t i = 0; i < 2 && paths->files[i]; i++)
		has_file |= view_is_file(view, paths->files[i]);
	if (bundle_certs(view, paths->bundle, &bundle, why) < 0 ||
		(paths->dir && view_list(view, paths->dir, &names, why) < 0))
		return -1;
	for (size_t i = 0; i < bundle.n; i++)
		if (!(bundle.at[i]->hidden_from & PEM_QUIRK_BIT(PEM_QUIRK_CURL)))
			blind &= ~PEM_QUIRK_BIT(PEM_QUIRK_CURL);
	seen = calloc(bundle.n + 1, sizeof(*seen));
	if (!seen)
		return fault_nomem(why);
	for (size_t i = 0; i < bundle.n; i++) {
		struct cert *cert = bundle.at[i];
		struct fault ignored = FAULT_INIT;
		bool is_seen;

		if (sees(view, paths->dir, &names, cert, &is_seen, why) < 0)
			return -1;
		if (is_seen) {
			cert->hidden_from &= ~(IN_DIR & ~blind);
			seen_n += cert_subject_hash(cert, &seen[seen_n], &ignored) == 0;
		} else if (!has_file) {
			cert->hidden_from |= paths->lost;
		}
		if (certs_add(ret, cert, why) < 0)
			return -1;
	}
	for (size_t i = 0; paths->is_alone && i < names.n && read_n < LIMIT_STRAY_LINKS_N; i++) {
		char path[LIMIT_PATH_LEN];
		unsigned number, bundled = 0;
		uint32_t hash;

		if (!is_reached(&names, names.at[i], &hash, &number))
			continue;
		for (size_t j = 0; j < seen_n; j++)
			bundled += seen[j] == hash;
		if (number < bundled || snprintf(path, sizeof(path), "%s/%s", paths->dir,
						names.at[i]) >= (int)sizeof(path))
			continue;
		read_n++;
		if (add_link(view, path, hash, blind, ret, why) < 0)
			return -1;
	}
	certs_take_file(ret, &bundle, paths->dir ? IN_DIR & ~blind : 0);
	return 0;
}
