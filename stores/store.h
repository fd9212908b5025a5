/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STORE_H
#define TRUSTFIX_STORE_H

/*
 * A store: a way of keeping trust inside a tree (the system store, a keystore, a PEM file).
 *
 * A store is pure.  It reads through a view and writes edits into the view's plan; it knows nothing
 * of disks, archives, processes or peers.  find() returns the places in that tree where its kind of
 * trust is kept; the other functions work on one place.  The table of kinds is stores/kinds.c.
 */

#include <stdbool.h>

#include "src/base/names.h"
#include "src/x509/certs.h"
#include "src/client/chain_verify.h"
#include "src/fs/view.h"

struct store_ops;
struct keystore_cache;
struct cas;

/* One store found in one tree. */
struct place {
	const struct store_ops *ops;
	char *path; /* the path people know it by: /etc/ssl/certs, .../lib/security/cacerts */
	const char *label; /* "Debian", "PEM": what sort of store it is, for the report; static */
	char *note; /* a sentence the report must include ("no CA store found; ..."), or NULL */
	const char *blocked; /* why it must be left alone and what to do instead; static, or NULL */
	const char *refresh; /* the hook (hooks/README.md) that must run after a commit on the live
				tree, "refresh-p11kit"; static, or NULL */
	bool is_named; /* found only because --store named its path */
	bool is_remade; /* its refresh hook regenerates it from the system store, so it gets no
			   edits of its own; src/find clears this where no such hook runs */
	struct keystore_cache *keystore_cache; /* how to open it (keystore_cache.h), borrowed; the
						  kind java needs it */
	size_t tree; /* the number of the tree it was found in */
	const void *detail; /* the store's own, static: a family's row */
};

struct places {
	struct place *at;
	size_t n;
	struct names notes; /* findings that belong to no place */
	struct names unread; /* possible places that could not be read or searched, and why */
	struct keystore_cache *keystore_cache; /* for places added from now on */
	size_t tree; /* likewise */
};

#define PLACES_INIT                                      \
	{                                                \
		NULL, 0, NAMES_INIT, NAMES_INIT, NULL, 0 \
	}

void place_free(struct place *place);
void places_free(struct places *places);
CLEANUP_VALUE(places, places_free)
#define auto_places CLEANUP(places) struct places

/* Append a copy, with its own copies of the path and of `note` (NULL: none). */
int places_add(
	struct places *places, const struct place *place, const char *note, struct fault *why);

/* Drop what was said of that path, in quotes, in `unread`: the user excluded it. */
void places_forget_unread(struct places *places, const char *path);

/* One word of --store and --skip: "system", "java", "java:PATH", "pem:PATH". */
struct store_choice {
	const struct store_ops *ops;
	const char *path; /* NULL: every place of that kind */
};

/* What shall become of one certificate. */
struct store_change {
	struct cert *cert; /* to be trusted; NULL: to be removed */
	const uint8_t *sha256;
	const char *name; /* --name, checked by store_name_check(); NULL: from the certificate */
};

struct store_ops {
	const char *kind; /* "system", "java", "pem" */
	bool by_path; /* it has no default places: --store must name the path */

	/* The clients that read such a place: those that decide whether an install is proven, and
	 * those whose verdict is informational. */
	client_set deciding, advising;

	/*
	 * Append the places of this kind in the view's tree, or only that at `path` if given.
	 * Finding none is a fault only if `path` is given.
	 */
	int (*find)(struct view *view, const char *path, struct places *ret, struct fault *why);

	/* Append every certificate that a reader of that place would trust. */
	int (*anchors)(
		struct view *view, const struct place *place, struct certs *ret, struct fault *why);

	/*
	 * Plan the change; no edit if it is made already and every derived file is right.
	 * FAULT_REFUSED: the certificate to be removed belongs to the distribution, or the place
	 * cannot be changed; the text says what to do instead.
	 */
	int (*change)(struct view *view, const struct place *place,
		const struct store_change *change, struct fault *why);

	/* store_note_strangers(); NULL: there is never any. */
	int (*note_strangers)(struct view *view, const struct place *place, const struct cas *asked,
		bool is_done, struct names *ret, struct fault *why);
};

static inline int store_add(struct view *view, const struct place *place, struct cert *cert,
	const char *name, struct fault *why)
{
	const struct store_change change = {cert, cert->sha256, name};

	return place->ops->change(view, place, &change, why);
}

static inline int store_remove(struct view *view, const struct place *place,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	const struct store_change change = {.sha256 = sha256};

	return place->ops->change(view, place, &change, why);
}

/*
 * Append a sentence for each certificate that a change of that place makes trusted although it is
 * not among those `asked` for; no sentence twice.  It gives the command that keeps the certificate
 * out, or with `is_done` the one that takes it out again.  May be called before or after the change
 * is planned.
 */
static inline int store_note_strangers(struct view *view, const struct place *place,
	const struct cas *asked, bool is_done, struct names *ret, struct fault *why)
{
	return place->ops->note_strangers
		       ? place->ops->note_strangers(view, place, asked, is_done, ret, why)
		       : 0;
}

/* stores/kinds.c: all kinds, ending with NULL; and one by name, or NULL. */
extern const struct store_ops *const store_kinds[];
const struct store_ops *store_kind_named(const char *kind, size_t len);

/* Parse "java:/path" (the path is borrowed from text).  FAULT_USAGE: unknown kind, a path that is
 * missing or does not begin with a slash, or a path for "system". */
int store_choice_parse(const char *text, struct store_choice *ret, struct fault *why);

/*
 * Make an anchor's file name, without suffix, from the common name and the first 8 hex digits of
 * the SHA-256: lower case, [a-z0-9.-], at most 64 bytes ("corp-root-3f2a91bc").  *ret is the
 * caller's.
 */
int store_anchor_name(struct cert *cert, char **ret, struct fault *why);

/* Check --name: [A-Za-z0-9._-], not empty, no leading dot or dash, at most 64 bytes.  FAULT_USAGE.
 */
int store_name_check(const char *name, struct fault *why);

#endif
