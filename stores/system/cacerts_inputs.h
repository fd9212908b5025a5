/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CACERTS_INPUTS_H
#define TRUSTFIX_CACERTS_INPUTS_H

/*
 * What update-ca-certificates makes a store from: the distribution's files that
 * /etc/ca-certificates.conf selects, in its order, then the administrator's, in byte order (the
 * script sorts in root's locale, which for package scripts is C).
 */

#include "stores/system/neighbour.h"

#define SOURCES_CONF "/etc/ca-certificates.conf"
#define SOURCES_SHIPPED "/usr/share/ca-certificates"
#define SOURCES_LOCAL "/usr/local/share/ca-certificates"
#define SOURCES_ASIDE "/usr/local/share" /* where no program looks for anchors */
#define SOURCES_TOOL "/usr/sbin/update-ca-certificates"
#define SOURCES_CERTS "/etc/ssl/certs"
#define SOURCES_BUNDLE_NAME "ca-certificates.crt"
#define SOURCES_BUNDLE SOURCES_CERTS "/" SOURCES_BUNDLE_NAME

/* How the two programs of that name differ. */
struct sources_rules {
	const char *suffix; /* of the administrator's files; "": any */
	enum anchor_depth depth;
	bool is_shell; /* conf is read by a shell: blanks around a line go, a last line without
			  newline too */
};

struct sources {
	struct anchor_files files;
	size_t local_from; /* the administrator's begin here */
	struct names deselected; /* conf lines with '!', without it */
	bool has_conf; /* conf is there and not empty */
};

#define SOURCES_INIT                                    \
	{                                               \
		ANCHOR_FILES_INIT, 0, NAMES_INIT, false \
	}

void sources_free(struct sources *sources);
CLEANUP_VALUE(sources, sources_free)
#define auto_sources CLEANUP(sources) struct sources

/* Read them all, each once.  A conf line whose file is not there is left out. */
int sources_read(struct view *view, const struct sources_rules *rules, struct sources *ret,
	struct fault *why);

/* Is it in one of the files? */
bool sources_hold(const struct sources *sources, const struct cert *cert);

/* Is the distribution's tool there, or its conf, not empty?  Then the bundle is the tool's. */
bool sources_have_tool(struct view *view);

/*
 * May the bundle be made anew from the sources?  Yes with sources_have_tool(), unless the tree is
 * still; else only if no certificate of it would be lost.
 */
int sources_make_all(
	struct view *view, const struct sources *sources, bool *ret, struct fault *why);

/*
 * Plan the administrator's file for `cert`, unless a file that counts holds exactly it.
 */
int sources_add(struct view *view, struct sources *sources, struct cert *cert, const char *name,
	struct fault *why);

/*
 * Plan every file of the administrator's without that certificate.  FAULT_REFUSED: the
 * distribution's selected files have it.
 */
int sources_drop(struct view *view, struct sources *sources,
	const uint8_t sha256[static DIGEST_SHA256_LEN], const char *right_way, bool *ret_found,
	struct fault *why);

/* Plan the bundle: every PEM file whole, a newline behind it where it has none; without
 * any file a bundle that is there becomes empty: links lead to it.  FAULT_REFUSED: one of them
 * would break it, or show a private key (neighbour_check()). */
int sources_put_bundle(struct view *view, const struct sources *sources, struct fault *why);

/*
 * Append what the administrator's files have, and those selected that are no public roots, which is
 * not in the bundle `now` and will be when that is made anew.  When it is not: what is not among
 * `linked`, since links to all files are made; NULL: none are.
 */
int sources_strangers(struct view *view, struct view *now, const struct sources_rules *rules,
	const struct certs *linked, struct strangers *ret, struct fault *why);

/* "PREFIX" NAME ".pem", where NAME is the path's last part without ".crt", ' ' and ',' as '_', '('
 * and ')' as '='. */
int sources_link_name(
	const char *path, const char *prefix, char *out, size_t out_len, struct fault *why);

/* A sentence about files that are left out of the bundle, or about a missing conf; NULL: nothing to
 * say. */
int sources_note(
	struct view *view, const struct sources_rules *rules, char **ret, struct fault *why);

#endif
