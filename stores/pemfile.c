/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "pem": a certificate file, named by its path, that some program is configured to trust.
 */
#include "stores/bundle.h"
#include "stores/kinds.h"

static int pem_find(struct view *view, const char *path, struct places *ret, struct fault *why)
{
	struct place place = {.ops = &store_pem,
		.path = (char *)(uintptr_t)path,
		.label = "PEM",
		.is_named = true};
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;

	if (!path)
		return 0;
	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (!real || (entry.kind != ENTRY_FILE && entry.kind != ENTRY_NONE))
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file of certificates", path);
	return places_add(ret, &place, entry.kind == ENTRY_NONE ? "a new file" : NULL, why);
}

static int pem_anchors(
	struct view *view, const struct place *place, struct certs *ret, struct fault *why)
{
	return bundle_certs(view, place->path, ret, why);
}

static int pem_change(struct view *view, const struct place *place,
	const struct store_change *change, struct fault *why)
{
	return bundle_change(view, place->path, change, NULL, why);
}

const struct store_ops store_pem = {
	.kind = "pem",
	.by_path = true,
	.deciding = CLIENT_BIT(CLIENT_OPENSSL),
	.advising = CLIENT_BIT(CLIENT_OPENSSL_STRICT) | CLIENT_BIT(CLIENT_CURL) |
		    CLIENT_BIT(CLIENT_PYTHON) | CLIENT_BIT(CLIENT_RUBY) | CLIENT_BIT(CLIENT_NODE) |
		    CLIENT_BIT(CLIENT_GNUTLS) | CLIENT_BIT(CLIENT_GO) | CLIENT_BIT(CLIENT_WEBPKI),
	.find = pem_find,
	.anchors = pem_anchors,
	.change = pem_change,
};
