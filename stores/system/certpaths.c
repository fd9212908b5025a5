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

/* Who reads the directory, too; curl only where it can read the bundle. */
#define IN_DIR                                                              \
	(PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL) | \
		PEM_QUIRK_BIT(PEM_QUIRK_GO) | PEM_QUIRK_BIT(PEM_QUIRK_WEBPKI))

struct look {
	struct view *view;
	const struct certpaths *paths;
	struct names names; /* in the directory, sorted */
	struct certs bundle;
	uint32_t *seen; /* hashes of those of the bundle that the directory has */
	size_t seen_n;
	unsigned blind; /* who sees nothing of the directory */
};

static void look_free(struct look *look)
{
	names_free(&look->names);
	certs_free(&look->bundle);
	free(look->seen);
}
CLEANUP_VALUE(look, look_free)

/* Does OpenSSL's default file lead somewhere?  Debian's has been a link to the bundle since 12. */
static bool has_default_file(struct view *view)
{
	return view_is_file(view, "/usr/lib/ssl/cert.pem") ||
	       view_is_file(view, "/etc/ssl/cert.pem");
}

static bool curl_reads(const struct certs *bundle)
{
	for (size_t i = 0; i < bundle->n; i++)
		if (!(cert_blind(bundle->at[i]) & PEM_QUIRK_BIT(PEM_QUIRK_CURL)))
			return true;
	return false;
}

static int add_bundle(struct look *look, struct certs *ret, struct fault *why)
{
	bool has_default = has_default_file(look->view);

	look->seen = calloc(look->bundle.n + 1, sizeof(*look->seen));
	if (!look->seen)
		return fault_nomem(why);
	for (size_t i = 0; i < look->bundle.n; i++) {
		struct cert *cert = look->bundle.at[i];
		struct fault ignored = FAULT_INIT;

		if (hashdir_sees(look->view, look->paths->dir, &look->names, cert)) {
			cert_set_blind(cert, cert_blind(cert) & ~(IN_DIR & ~look->blind));
			look->seen_n +=
				cert_subject_hash(cert, &look->seen[look->seen_n], &ignored) == 0;
		} else if (!has_default) {
			cert_set_blind(cert, cert_blind(cert) | PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL));
		}
		if (certs_add(ret, cert, why) < 0)
			return -1;
	}
	return 0;
}

/* HHHHHHHH.N, and every number below it is there, as OpenSSL goes on from one to the next. */
static bool is_reached(const struct look *look, const char *name, uint32_t *hash, unsigned *number)
{
	if (!hashdir_is_hash_name(name) || sscanf(name, "%8x.%u", hash, number) != 2 ||
		*number >= LIMIT_HASH_LINKS_N)
		return false;
	for (unsigned below = 0; below < *number; below++) {
		char other[24];

		snprintf(other, sizeof(other), "%08x.%u", *hash, below);
		if (!names_sorted_hold(&look->names, other))
			return false;
	}
	return true;
}

static int add_link(
	struct look *look, const char *name, uint32_t hash, struct certs *ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;
	struct fault ignored = FAULT_INIT;
	char path[LIMIT_PATH_LEN];
	bool found = false;

	if (snprintf(path, sizeof(path), "%s/%s", look->paths->dir, name) >= (int)sizeof(path) ||
		view_read(look->view, path, &text, &found, &ignored) < 0 || !found ||
		pem_read(text.bytes, text.len, path, PEM_LENIENT, &certs, NULL, &ignored) < 0)
		return ignored.kind == FAULT_SYSTEM && ignored.sys == ENOMEM ? fault_nomem(why) : 0;
	for (size_t i = 0; i < certs.n; i++) {
		struct cert *cert = certs.at[i];
		uint32_t own = ~hash;

		if (cert_subject_hash(cert, &own, &ignored) < 0 || own != hash ||
			certs_hold(ret, cert))
			continue;
		cert_set_blind(cert, cert_blind(cert) | look->blind);
		if (certs_add(ret, cert, why) < 0)
			return -1;
	}
	return 0;
}

/* How many links of that hash lead to what the bundle has as well. */
static unsigned count_seen(const struct look *look, uint32_t hash)
{
	unsigned n = 0;

	for (size_t i = 0; i < look->seen_n; i++)
		n += look->seen[i] == hash;
	return n;
}

static int add_links(struct look *look, struct certs *ret, struct fault *why)
{
	size_t read_n = 0;

	for (size_t i = 0; i < look->names.n && read_n < LIMIT_STRAY_LINKS_N; i++) {
		uint32_t hash;
		unsigned number;

		if (!is_reached(look, look->names.at[i], &hash, &number) ||
			number < count_seen(look, hash))
			continue;
		read_n++;
		if (add_link(look, look->names.at[i], hash, ret, why) < 0)
			return -1;
	}
	return 0;
}

int certpaths_anchors(
	struct view *view, const struct certpaths *paths, struct certs *ret, struct fault *why)
{
	CLEANUP(look) struct look look = {.view = view, .paths = paths};

	if (bundle_certs(view, paths->bundle, &look.bundle, why) < 0 ||
		view_list(view, paths->dir, &look.names, why) < 0)
		return -1;
	look.blind = PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS) | PEM_QUIRK_BIT(PEM_QUIRK_NODE) |
		     (curl_reads(&look.bundle) ? 0 : PEM_QUIRK_BIT(PEM_QUIRK_CURL));
	if (add_bundle(&look, ret, why) < 0 || add_links(&look, ret, why) < 0)
		return -1;
	certs_take_file(ret, &look.bundle, IN_DIR & ~look.blind);
	return 0;
}
