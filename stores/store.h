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
#include "src/client/verify.h"
#include "src/fs/view.h"

struct store_ops;
struct keystore_cache;
struct strangers; /* system/anchors.h */

/* One store found in one tree. */
struct place {
	const struct store_ops *ops;
	char *path; /* the path people know it by: /etc/ssl/certs, .../lib/security/cacerts */
	char *label; /* "Debian", "PEM": what sort of store it is, for the report */
	char *note; /* a sentence the report must include ("no CA store found; ..."), or NULL */
	char *blocked; /* why it must be left alone and what to do instead, or NULL */
	bool is_named; /* found only because --store named its path */
	bool is_remade; /* its refresh hook regenerates it from the system store, so it gets no
			   edits of its own; work/site clears this where no such hook runs */
	struct keystore_cache *keystore_cache; /* how to open it (keystore_cache.h), borrowed; the
						  kind java needs it */
	size_t tree; /* the number of the tree it was found in */
	const void *detail; /* the store's own: a family's row, a format; static or inside `path` */
};

struct places {
	struct place *at;
	size_t n;
	struct names notes; /* findings that belong to no place */
	struct names unread; /* the notes about paths that could not be read or searched */
	struct keystore_cache *
		keystore_cache; /* for places added from now on, borrowed; the kind java needs it */
	size_t tree; /* for places added from now on */
};

#define PLACES_INIT                                      \
	{                                                \
		NULL, 0, NAMES_INIT, NAMES_INIT, NULL, 0 \
	}

void place_free(struct place *place);
void places_free(struct places *places);
CLEANUP_VALUE(places, places_free)
#define auto_places CLEANUP(places) struct places

/* Append one; takes the strings of `place` and frees them on failure. */
int places_take(struct places *places, struct place *place, struct fault *why);

/* Note a possible place that could not be read or searched. */
int places_note_unread(struct places *places, const char *text, struct fault *why);

/* Drop the notes that begin with that path in quotes: the user excluded it. */
void places_forget_unread(struct places *places, const char *path);

/* How an anchor is named where stores need a name. */
struct store_naming {
	const char
		*name; /* --name, checked by store_name_check(); NULL: made from the certificate */
};

/* One word of --store and --skip: "system", "java", "java:PATH", "pem:PATH". */
struct store_choice {
	const struct store_ops *ops;
	const char *path; /* NULL: every place of that kind */
};

struct store_ops {
	const char *kind; /* "system", "java", "pem" */
	bool by_path; /* it has no default places: --store must name the path */

	/*
	 * Append the places of this kind in the view's tree, or only that at `path` if given.
	 * Finding none is a fault only if `path` is given.
	 */
	int (*find)(struct view *view, const char *path, struct places *ret, struct fault *why);

	/* Append every certificate that a reader of that place would trust. */
	int (*anchors)(
		struct view *view, const struct place *place, struct certs *ret, struct fault *why);

	/* Make it trusted.  No edit if it already is and every derived file is right. */
	int (*add)(struct view *view, const struct place *place, struct cert *cert,
		const struct store_naming *naming, struct fault *why);

	/*
	 * Make it untrusted; no edit if it is not there.  FAULT_REFUSED: it belongs to the
	 * distribution or cannot be removed; the text says what to do instead.
	 */
	int (*remove)(struct view *view, const struct place *place,
		const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why);

	/*
	 * Append what a change of that place makes trusted although nobody asked for it.  May be
	 * called before or after the change is planned.  NULL: there is never any.
	 */
	int (*strangers)(struct view *view, const struct place *place, struct strangers *ret,
		struct fault *why);

	/* The clients that read this place: those that decide whether an install is proven, and
	 * those whose verdict is informational. */
	client_set (*deciding)(const struct place *place);
	client_set (*advising)(const struct place *place);

	/*
	 * The refresh hook (hooks/README.md) that must run after a commit on the live tree,
	 * "refresh-p11kit"; NULL: none.  A static string.
	 */
	const char *(*refresh)(const struct place *place);
};

/* stores/kinds.c: all kinds, ending with NULL; and one by name, or NULL. */
extern const struct store_ops *const store_kinds[];
const struct store_ops *store_kind_named(const char *kind, size_t len);

/* Parse "java:/path" (the path is borrowed from text).  FAULT_USAGE: unknown kind, a path that is
 * missing or does not begin with a slash, or a path for "system". */
int store_choice_parse(const char *text, struct store_choice *ret, struct fault *why);

/*
 * The anchor's file name without suffix, also the base of the alias.  It is naming->name, or else
 * is made from the common name and the first 8 hex digits of the SHA-256: lower case, [a-z0-9.-],
 * at most 64 bytes ("corp-root-3f2a91bc").  *ret is the caller's.
 */
int store_anchor_name(
	struct cert *cert, const struct store_naming *naming, char **ret, struct fault *why);

/* Check --name: [A-Za-z0-9._-], not empty, no leading dot or dash, at most 64 bytes.  FAULT_USAGE.
 */
int store_name_check(const char *name, struct fault *why);

#endif
