/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STORE_H
#define TRUSTFIX_STORE_H

/*
 * A store: a way of keeping trust inside a tree (the system store, a keystore, a PEM file).
 *
 * A store is pure.  It reads through a view and writes edits into the view's plan; it knows nothing
 * of disks, archives, processes or peers.  find() gives the places where its kind of trust is kept
 * in that tree; the other functions work on one place.  The table of kinds is stores/kinds.c.
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
	char *path; /* what people know it by: /etc/ssl/certs, .../lib/security/cacerts */
	char *label; /* "Debian", "PEM": the sort of this one, for the report */
	char *note; /* a sentence the report must say ("there was no store: ..."), or NULL */
	char *blocked; /* why it is recognized but must be left alone, and the right way; or NULL */
	bool is_named; /* --store named its path, and must again to find it */
	bool is_remade; /* its refresh makes it from the system store: it gets no edits of its own;
			   work/site takes that back where no such hook runs */
	struct keystore_cache *keystore_cache; /* what opens it (keystore_cache.h), borrowed; the
						  kind java needs it */
	size_t tree; /* which tree of several it was found in */
	const void *detail; /* the store's own: a family's row, a format; static or inside `path` */
};

struct places {
	struct place *at;
	size_t n;
	struct names notes; /* what was noticed on the way, and belongs to no place */
	struct names unread; /* of the notes: what could not be read or searched */
	struct keystore_cache
		*keystore_cache; /* for the places to come, borrowed; the kind java needs it */
	size_t tree; /* for the places to come */
};

#define PLACES_INIT                                      \
	{                                                \
		NULL, 0, NAMES_INIT, NAMES_INIT, NULL, 0 \
	}

void place_free(struct place *place);
void places_free(struct places *places);
CLEANUP_VALUE(places, places_free)
#define auto_places CLEANUP(places) struct places

/* Append one; takes the strings of `place`, freed on failure as well. */
int places_take(struct places *places, struct place *place, struct fault *why);

/* Note that there may be a place, which could not be read or searched. */
int places_note_unread(struct places *places, const char *text, struct fault *why);

/* Forget the notes that begin with that path in quotes: it was not to be looked at. */
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
	bool by_path; /* it has no places of its own: --store must name the path */

	/*
	 * The places of this kind in the view's tree, appended; with `path` that one alone.  None
	 * is not a fault, unless `path` is given.
	 */
	int (*find)(struct view *view, const char *path, struct places *ret, struct fault *why);

	/* What a reader of that place would trust: every certificate in it. */
	int (*anchors)(
		struct view *view, const struct place *place, struct certs *ret, struct fault *why);

	/* Make it trusted.  Already so, and every derived file right: no edit. */
	int (*add)(struct view *view, const struct place *place, struct cert *cert,
		const struct store_naming *naming, struct fault *why);

	/*
	 * Make it untrusted; not there: no edit.  FAULT_REFUSED: it belongs to the distribution or
	 * cannot be taken out, with the right way in the text.
	 */
	int (*remove)(struct view *view, const struct place *place,
		const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why);

	/*
	 * What a change of that place makes trusted although nobody asked for it: read it before
	 * the change is planned or after.  NULL: never anything.
	 */
	int (*strangers)(struct view *view, const struct place *place, struct strangers *ret,
		struct fault *why);

	/* Who reads this place: those that decide whether an install is proven, and those that
	 * advise. */
	client_set (*deciding)(const struct place *place);
	client_set (*advising)(const struct place *place);

	/*
	 * The refresh hook (hooks/README.md) that must run after a commit on the live tree,
	 * "refresh-p11kit"; NULL: none.  A static string.
	 */
	const char *(*refresh)(const struct place *place);
};

/* stores/kinds.c: all kinds, NULL at the end; and one by name or NULL. */
extern const struct store_ops *const store_kinds[];
const struct store_ops *store_kind_named(const char *kind, size_t len);

/* "java:/path" into a choice (path borrowed from text).  FAULT_USAGE: unknown kind, or a path that
 * is missing or does not begin with a slash. */
int store_choice_parse(const char *text, struct store_choice *ret, struct fault *why);

/*
 * The anchor's file name without suffix and the alias's base: naming->name, or made of the common
 * name and the first 8 hex digits of the SHA-256: lower case, [a-z0-9.-], at most 64 bytes
 * ("corp-root-3f2a91bc").
 */
int store_anchor_name(
	struct cert *cert, const struct store_naming *naming, char **ret, struct fault *why);

/* --name: [A-Za-z0-9._-], not empty, no leading dot or dash, at most 64 bytes.  FAULT_USAGE. */
int store_name_check(const char *name, struct fault *why);

#endif
