/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CACERTS_INPUTS_H
#define TRUSTFIX_CACERTS_INPUTS_H

/*
 * What update-ca-certificates makes a store from: the distribution's files that
 * /etc/ca-certificates.conf selects, in its order, then the administrator's, in byte order (the
 * script sorts in root's locale, which for package scripts is C).
 */

#include "stores/system/neighbour.h"

#define CACERTS_INPUTS_CONF "/etc/ca-certificates.conf"
#define CACERTS_INPUTS_SHIPPED "/usr/share/ca-certificates"
#define CACERTS_INPUTS_LOCAL "/usr/local/share/ca-certificates"
#define CACERTS_INPUTS_ASIDE "/usr/local/share" /* where no program looks for anchors */
#define CACERTS_INPUTS_TOOL "/usr/sbin/update-ca-certificates"
#define CACERTS_INPUTS_CERTS "/etc/ssl/certs"
#define CACERTS_INPUTS_BUNDLE_NAME "ca-certificates.crt"
#define CACERTS_INPUTS_BUNDLE CACERTS_INPUTS_CERTS "/" CACERTS_INPUTS_BUNDLE_NAME

/* How the two programs of that name differ. */
struct cacerts_inputs_rules {
	const char *suffix; /* of the administrator's files; "": any */
	enum anchor_depth depth;
	bool is_shell; /* conf is read by a shell: blanks around a line go, a last line without
			  newline too */
};

struct cacerts_inputs {
	struct anchor_files files;
	size_t local_from; /* the administrator's begin here */
	struct names deselected; /* conf lines with '!', without it */
	bool has_conf; /* conf is there and not empty */
};

#define CACERTS_INPUTS_INIT                             \
	{                                               \
		ANCHOR_FILES_INIT, 0, NAMES_INIT, false \
	}

void cacerts_inputs_free(struct cacerts_inputs *cacerts_inputs);
CLEANUP_VALUE(cacerts_inputs, cacerts_inputs_free)
#define auto_cacerts_inputs CLEANUP(cacerts_inputs) struct cacerts_inputs

/* Read them all, each once.  A conf line whose file is not there is left out. */
int cacerts_inputs_read(struct view *view, const struct cacerts_inputs_rules *rules,
	struct cacerts_inputs *ret, struct fault *why);

/* Is it in one of the files? */
bool cacerts_inputs_hold(const struct cacerts_inputs *cacerts_inputs, const struct cert *cert);

/* Is the distribution's tool there, or its conf, not empty?  Then the bundle is the tool's. */
bool cacerts_inputs_have_tool(struct view *view);

/*
 * May the bundle be made anew from the sources?  Yes with sources_have_tool(), unless the tree is
 * still; else only if no certificate of it would be lost.
 */
int cacerts_inputs_make_all(struct view *view, const struct cacerts_inputs *cacerts_inputs,
	bool *ret, struct fault *why);

/*
 * Plan the administrator's file for `cert`, unless a file that counts holds exactly it.
 */
int cacerts_inputs_add(struct view *view, struct cacerts_inputs *cacerts_inputs, struct cert *cert,
	const char *name, struct fault *why);

/*
 * Plan every file of the administrator's without that certificate.  FAULT_REFUSED: the
 * distribution's selected files have it.
 */
int cacerts_inputs_drop(struct view *view, struct cacerts_inputs *cacerts_inputs,
	const uint8_t sha256[static DIGEST_SHA256_LEN], const char *right_way, bool *ret_found,
	struct fault *why);

/* Plan the bundle: every PEM file whole, a newline behind it where it has none; without
 * any file a bundle that is there becomes empty: links lead to it.  FAULT_REFUSED: one of them
 * would break it, or show a private key (neighbour_check()). */
int cacerts_inputs_put_bundle(
	struct view *view, const struct cacerts_inputs *cacerts_inputs, struct fault *why);

/*
 * Append what the administrator's files have, and those selected that are no public roots, which is
 * not in the bundle `now` and will be when that is made anew.  When it is not: what is not among
 * `linked`, since links to all files are made; NULL: none are.
 */
int cacerts_inputs_strangers(struct view *view, struct view *now,
	const struct cacerts_inputs_rules *rules, const struct certs *linked, struct strangers *ret,
	struct fault *why);

/* "PREFIX" NAME ".pem", where NAME is the path's last part without ".crt", ' ' and ',' as '_', '('
 * and ')' as '='. */
int cacerts_inputs_link_name(
	const char *path, const char *prefix, char *out, size_t out_len, struct fault *why);

/* A sentence about files that are left out of the bundle, or about a missing conf; NULL: nothing to
 * say. */
int cacerts_inputs_note(
	struct view *view, const struct cacerts_inputs_rules *rules, char **ret, struct fault *why);

#endif
