/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/certpaths.h"

#include <stdio.h>
#include <stdlib.h>

#include "stores/bundle.h"
#include "stores/system/hashdir.h"

#define CURL PEM_QUIRK_BIT(PEM_QUIRK_CURL)
#define ALL (PEM_QUIRK_BIT(PEM_QUIRK_KEYSTORE) - 1)

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

/* Append the certificates with that subject hash in the file that a hash link leads to. */
static int read_link(
	struct view *view, const char *path, uint32_t hash, struct certs *ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	struct fault seen = FAULT_INIT;

	if (bundle_certs(view, path, &certs, &seen) < 0)
		return view_skip(&seen, why);
	for (size_t i = 0; i < certs.n; i++) {
		uint32_t own;

		if (cert_subject_hash(certs.at[i], &own, &seen) == 0 && own == hash &&
			certs_add(ret, certs.at[i], why) < 0)
			return -1;
	}
	return 0;
}

int certpaths_anchors(
	struct view *view, const struct certpaths *paths, struct certs *ret, struct fault *why)
{
	/* The clients that do not read the directory. */
	unsigned blind = ALL & ~(paths->in_dir & ~(CURL & ~paths->lost));
	auto_certs bundle = CERTS_INIT;
	auto_names names = NAMES_INIT;
	auto_free struct {
		uint32_t hash;
		bool is_linked;
	} *known = NULL; /* of the certificates in the bundle */
	bool has_links = false;
	size_t strays_n = 0;

	if (bundle_certs(view, paths->bundle, &bundle, why) < 0 ||
		view_list(view, paths->dir, &names, why) < 0)
		return -1;
	known = calloc(bundle.n + 1, sizeof(*known));
	if (!known)
		return fault_nomem(why);
	for (size_t i = 0; i < bundle.n; i++) {
		struct fault ignored = FAULT_INIT;

		if (!(bundle.at[i]->hidden_from & CURL))
			blind &= ~(CURL & paths->in_dir);
		cert_subject_hash(bundle.at[i], &known[i].hash, &ignored);
		if (certs_add(ret, bundle.at[i], why) < 0)
			return -1;
	}
	for (size_t i = 0; i < names.n && strays_n < LIMIT_STRAY_LINKS_N; i++) {
		auto_certs linked = CERTS_INIT;
		bool is_public = true;
		char path[LIMIT_PATH_LEN];
		size_t n = 0; /* certificates in the bundle with that hash */
		unsigned number;
		uint32_t hash;

		if (!is_reached(&names, names.at[i], &hash, &number) ||
			snprintf(path, sizeof(path), "%s/%s", paths->dir, names.at[i]) >=
				(int)sizeof(path))
			continue;
		for (size_t j = 0; j < bundle.n; j++) {
			if (known[j].hash != hash)
				continue;
			n++;
			is_public &= bundle.at[j]->is_public_root;
		}
		has_links = true;
		/* The distribution maintains the links to public roots, and reading each would
		 * cost more than everything else a probe does. */
		if (is_public && number < n)
			for (size_t j = 0; j < bundle.n; j++)
				known[j].is_linked |= known[j].hash == hash;
		if (is_public && (number < n || !paths->is_alone))
			continue;
		strays_n += number >= n;
		if (read_link(view, path, hash, &linked, why) < 0)
			return -1;
		for (size_t j = 0; j < linked.n; j++) {
			size_t at = certs_find(&bundle, linked.at[j]);

			if (at < bundle.n)
				known[at].is_linked = true;
			if (!paths->is_alone || certs_hold(ret, linked.at[j]))
				continue;
			linked.at[j]->hidden_from |= blind;
			if (certs_add(ret, linked.at[j], why) < 0)
				return -1;
		}
	}
	for (size_t i = 0; i < bundle.n; i++) {
		if (known[i].is_linked)
			bundle.at[i]->hidden_from &= blind;
		else if (!paths->has_file && !bundle.at[i]->is_public_root)
			bundle.at[i]->hidden_from |= paths->lost;
	}
	certs_take_file(ret, &bundle, has_links ? ALL & ~blind : 0);
	return 0;
}
