/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "pem": a certificate file, named by its path, that some program is configured to trust.
 */
#include <string.h>

#include "src/base/limits.h"
#include "stores/bundle.h"
#include "stores/kinds.h"

static const char whose[] = "pem";

static int pem_find(struct view *view, const char *path, struct places *ret, struct fault *why)
{
	struct place place = {.ops = &store_pem, .is_named = true};
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;

	if (!path)
		return 0;
	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (!real || (entry.kind != ENTRY_FILE && entry.kind != ENTRY_NONE))
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file of certificates", path);
	place.path = strdup(path);
	place.label = strdup("PEM");
	if (entry.kind == ENTRY_NONE)
		place.note = strdup("a new file");
	if (!place.path || !place.label || (entry.kind == ENTRY_NONE && !place.note)) {
		place_free(&place);
		return fault_nomem(why);
	}
	return places_take(ret, &place, why);
}

static int pem_anchors(
	struct view *view, const struct place *place, struct certs *ret, struct fault *why)
{
	return bundle_certs(view, place->path, ret, why);
}

static int pem_add(struct view *view, const struct place *place, struct cert *cert,
	const struct store_naming *naming, struct fault *why)
{
	(void)naming;
	return bundle_add(view, place->path, cert, whose, why);
}

static int pem_remove(struct view *view, const struct place *place,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	return bundle_drop(view, place->path, sha256, BUNDLE_BLOCK, whose, why);
}

static client_set pem_deciding(const struct place *place)
{
	(void)place;
	return CLIENT_BIT(CLIENT_OPENSSL);
}

static client_set pem_advising(const struct place *place)
{
	(void)place;
	return CLIENT_BIT(CLIENT_OPENSSL_STRICT) | CLIENT_BIT(CLIENT_CURL) |
	       CLIENT_BIT(CLIENT_PYTHON) | CLIENT_BIT(CLIENT_RUBY) | CLIENT_BIT(CLIENT_NODE) |
	       CLIENT_BIT(CLIENT_GNUTLS) | CLIENT_BIT(CLIENT_GO) | CLIENT_BIT(CLIENT_WEBPKI);
}

static const char *pem_refresh(const struct place *place)
{
	(void)place;
	return NULL;
}

const struct store_ops store_pem = {
	.kind = whose,
	.by_path = true,
	.find = pem_find,
	.anchors = pem_anchors,
	.add = pem_add,
	.remove = pem_remove,
	.deciding = pem_deciding,
	.advising = pem_advising,
	.refresh = pem_refresh,
};
