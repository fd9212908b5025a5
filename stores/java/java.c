/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "java": the keystores that Java runtimes trust, and those named by path.
 *
 * There is one place per real file, no matter how many runtimes link to it.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/sys/clock.h"
#include "stores/bundle.h"
#include "stores/java/settings.h"
#include "stores/java/jdks.h"
#include "stores/java/keystore_cache.h"
#include "stores/kinds.h"
#include "stores/system/families.h"

#define CLIENTS_SHOWN_N 12

/* ca-certificates-java maintains this one from the links in /etc/ssl/certs. */
static const char debian_store[] = "/etc/ssl/certs/java/cacerts";

/* Variables with options for every Java program, or for every run of a build tool. */
static const char *const option_variables[] = {
	"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "MAVEN_OPTS", "GRADLE_OPTS"};

/* ---- reading --------------------------------------------------------------------------------- */

static int read_bytes(struct view *view, const char *path, struct buf *ret, struct fault *why)
{
	bool found = false;

	if (view_read(view, path, ret, &found, why) < 0)
		return -1;
	return found ? 0 : fault_set(why, FAULT_FORMAT, "'%s' is not there", path);
}

static int read_store(struct view *view, const char *path, struct keystore_cache *cache,
	struct keystore_facts *ret_facts, struct certs *ret_certs, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	size_t len;

	if (read_bytes(view, path, &bytes, why) < 0)
		return -1;
	if (keystore_cache_read(cache, &bytes, ret_facts, ret_certs, why) == 0)
		return 0;
	len = strlen(why->text);
	if (why->kind == FAULT_REFUSED)
		snprintf(why->text + len, sizeof(why->text) - len, ": %s",
			cache->passwords.n ? "the one in --storepass-file was tried, too"
					   : "name its password with --storepass-file");
	return -1;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* What separates the next part of a note from those before it. */
static const char *next_part(const struct buf *note)
{
	return note->len ? "; " : "";
}

static bool is_taken(const struct places *places, const char *path)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->at[i].ops == &store_java && strcmp(places->at[i].path, path) == 0)
			return true;
	return false;
}

/*
 * Add the place of a keystore, with a note on what reads and what generates it, and on what Java
 * does not see.  If it was not named, a file that is not a keystore, or that none of the usual
 * passwords opens (it may be damaged), is noted and left alone.
 */
static int take(
	struct view *view, const struct jdk_store *it, struct places *ret, struct fault *why)
{
	const struct names *clients = &it->clients;
	/* The only runtime need not be named if the file is its own. */
	bool is_own = clients->n == 1 && text_path_is_in(it->path, clients->at[0]);
	/* Outside the live tree no command will run. */
	const struct family *how = view->tree->is_live ? family_of_keystore(view, it->path) : NULL;
	struct place place = {
		.ops = &store_java,
		.path = it->path,
		.refresh = how ? how->refresh : NULL,
		.is_named = it->is_named,
		.is_remade = how,
		.detail = how,
	};
	auto_buf note = buf_make(LIMIT_MIB);
	auto_certs certs = CERTS_INIT;
	struct keystore_facts facts;
	struct fault seen = FAULT_INIT;

	if (is_taken(ret, it->path))
		return 0;
	if (read_store(view, it->path, ret->keystore_cache, &facts, &certs, &seen) < 0) {
		if (!it->is_named && seen.sys != ENOMEM)
			return names_addf(
				&ret->unread, why, "'%s' is left alone: %s", it->path, seen.text);
		*why = seen;
		return -1;
	}
	place.label = keystore_format_name(facts.format);
	for (size_t i = 0; !is_own && i < clients->n && i < CLIENTS_SHOWN_N; i++)
		buf_printf(&note, "%s%s", i ? ", " : "read by ", clients->at[i]);
	if (clients->n > CLIENTS_SHOWN_N)
		buf_printf(&note, " and %zu more", clients->n - CLIENTS_SHOWN_N);
	if (how)
		buf_printf(&note, "%s%s generates it from the system's anchors", next_part(&note),
			how->tool);
	if (it->is_default && facts.format == KEYSTORE_JCEKS)
		buf_printf(&note,
			"%sJava expects its default keystore to be JKS or PKCS#12 and cannot read "
			"this one without -Djavax.net.ssl.trustStoreType=jceks",
			next_part(&note));
	if (it->is_default && !facts.opens_without)
		buf_printf(&note,
			"%sJava opens its default keystore without a password and sees nothing in "
			"this one without -Djavax.net.ssl.trustStorePassword",
			next_part(&note));
	if (facts.lost_n)
		buf_printf(&note,
			"%sJava cannot find %zu of its certificates: their aliases have capital "
			"letters",
			next_part(&note), facts.lost_n);
	if (buf_check(&note, "note", why) < 0)
		return -1;
	return places_add(ret, &place, note.len ? buf_text(&note) : NULL, why);
}

/* Does it have a name that a runtime reads by default? */
static bool is_default(const char *path)
{
	static const char *const ends[] = {
		"/lib/security/cacerts", "/lib/security/jssecacerts", "/java/cacerts"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (text_ends(path, ends[i]))
			return true;
	return false;
}

/* --store java:PATH */
static int take_named(struct view *view, const char *path, struct places *ret, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	struct jdk_store it = {.is_named = true};

	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (!real || entry.kind != ENTRY_FILE)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a keystore: %s", path,
			entry.kind == ENTRY_NONE ? "no such file" : "it is not a file");
	it.path = real;
	it.is_default = is_default(path) || is_default(real);
	return take(view, &it, ret, why) < 0 ? fault_wrap(why, "'%s'", path) : 0;
}

/* Note -Djavax.net.ssl.trustStore=PATH in a variable: those programs read another file. */
static int note_options(
	struct view *view, const char *variable, struct places *ret, struct fault *why)
{
	const char *options = getenv(variable);
	struct fault ignored = FAULT_INIT;
	auto_buf note = buf_make(LIMIT_MIB), store = buf_make(LIMIT_MIB);
	auto_entry entry = ENTRY_INIT;
	auto_free char *path = NULL;
	auto_free char *real = NULL;
	auto_free char *shown = NULL;

	if (options && settings_trust_store(options, &path, why) < 0)
		return -1;
	if (!path || (*path == '/' &&
			     view_entry(view, path, VIEW_FOLLOW, &entry, &real, &ignored) == 0 &&
			     real && is_taken(ret, real)))
		return 0;
	shown = text_printable(path, strlen(path), LIMIT_PATH_LEN);
	if (!shown)
		return fault_nomem(why);
	buf_printf(&note, "%s makes Java programs read '%s' instead", variable, shown);
	/* Not "NONE", or a file relative to the directory that the program will run in. */
	if (*path == '/') {
		buf_printf(&store, "java:%s", path);
		buf_add_text(&note, "; to change that one, use --store ");
		text_add_shell_word(&note, buf_text(&store));
	}
	if (buf_check(&store, "note", why) < 0 || buf_check(&note, "note", why) < 0)
		return -1;
	return names_add(&ret->notes, buf_text(&note), why);
}

static int java_find(struct view *view, const char *path, struct places *ret, struct fault *why)
{
	auto_jdks jdks = {0};

	if (path)
		return take_named(view, path, ret, why);
	if (jdks_find(view, &jdks, why) < 0)
		return -1;
	if (names_add_all(&ret->notes, &jdks.notes, why) < 0 ||
		names_add_all(&ret->unread, &jdks.unread, why) < 0)
		return -1;
	for (size_t i = 0; i < jdks.n; i++)
		if (take(view, &jdks.at[i], ret, why) < 0)
			return -1;
	for (size_t i = 0;
		view->tree->is_live && i < sizeof(option_variables) / sizeof(option_variables[0]);
		i++)
		if (note_options(view, option_variables[i], ret, why) < 0)
			return -1;
	return 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The link in /etc/ssl/certs that the certificate's hash link leads to: "corp.pem"; NULL: none. */
static int linked_name(struct view *view, struct cert *cert, char **ret, struct fault *why)
{
	uint32_t hash;

	if (cert_subject_hash(cert, &hash, why) < 0)
		return -1;
	for (unsigned i = 0; i < LIMIT_HASH_LINKS_N && !*ret; i++) {
		auto_certs certs = CERTS_INIT;
		auto_entry entry = ENTRY_INIT;
		struct fault ignored = FAULT_INIT;
		char path[64];

		snprintf(path, sizeof(path), "/etc/ssl/certs/%08x.%u", hash, i);
		if (view_entry(view, path, VIEW_NOFOLLOW, &entry, NULL, why) < 0)
			return -1;
		if (entry.kind == ENTRY_NONE)
			return 0;
		if (entry.kind != ENTRY_SYMLINK || strchr(entry.link, '/') ||
			bundle_certs(view, path, &certs, &ignored) < 0 || !certs_hold(&certs, cert))
			continue;
		*ret = steal(&entry.link);
	}
	return 0;
}

/*
 * The alias: --name in lower case, or made from the fingerprint.  In Debian's managed keystore it
 * is the alias that Debian's own program uses (ca-certificates-java, UpdateCertificates.java), so
 * that this program finds nothing to do.  Java looks up JKS aliases in lower case and cannot find
 * any other.
 */
static int make_alias(struct view *view, const struct place *place, struct cert *cert,
	const char *name, char **ret, struct fault *why)
{
	char hex[TEXT_SHA256_HEX_LEN];
	auto_free char *link = NULL;
	auto_free char *alias = NULL;
	int rc;

	if (strcmp(place->path, debian_store) == 0 && linked_name(view, cert, &link, why) < 0)
		return -1;
	text_hex(cert->sha256, DIGEST_SHA256_LEN, hex);
	rc = link   ? text_set(&alias, why, "debian:%s", link)
	     : name ? text_set(&alias, why, "%s", name)
		    : text_set(&alias, why, "trustfix-%.16s", hex);
	if (rc < 0)
		return -1;
	for (char *at = alias; *at; at++)
		*at = text_lower(*at);
	*ret = steal(&alias);
	return 0;
}

/* Will the command regenerate it after the plan is committed? */
static bool is_changing(const struct view *view, const struct family *how)
{
	return view->plan && plan_find(view->plan, how->bundles[0].path);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static int java_anchors(
	struct view *view, const struct place *place, struct certs *ret, struct fault *why)
{
	const struct family *how = place->detail;
	struct keystore_facts facts;
	auto_certs certs = CERTS_INIT;

	if (place->is_remade && is_changing(view, how))
		return bundle_certs(view, how->bundles[0].path, ret, why);
	if (read_store(view, place->path, place->keystore_cache, &facts, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n; i++)
		if (certs_add(ret, certs.at[i], why) < 0)
			return -1;
	return 0;
}

static int java_change(struct view *view, const struct place *place,
	const struct store_change *change, struct fault *why)
{
	struct keystore_edit edit = {.cert = change->cert, .sha256 = change->sha256};
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES), out = buf_make(LIMIT_FILE_BYTES);
	const struct family *how = place->detail;
	struct keystore_source source;
	auto_certs certs = CERTS_INIT;
	auto_free char *alias = NULL;

	if (place->is_remade) { /* it changes with the system's anchors, or not at all */
		if (java_anchors(view, place, &certs, why) < 0)
			return -1;
		return is_changing(view, how) || (certs_find_sha256(&certs, change->sha256) <
							 certs.n) == (change->cert != NULL)
			       ? 0
			       : fault_set(why, FAULT_REFUSED,
					 "%s generates it from the system's anchors: choose the "
					 "store 'system' as well, or run %s",
					 how->tool, how->tool);
	}
	if (read_bytes(view, place->path, &bytes, why) < 0)
		return -1;
	if (change->cert && make_alias(view, place, change->cert, change->name, &alias, why) < 0)
		return -1;
	edit.alias = alias;
	edit.when = (time_t)clock_source_date(view->tree->has_date ? view->tree->date : time(NULL));
	source = keystore_cache_source(place->keystore_cache, &bytes);
	if (keystore_change(&source, &edit, &out, why) < 0)
		return -1;
	return view_give_file(view, place->path, &out, 0644, why);
}

const struct store_ops store_java = {
	.kind = "java",
	.deciding = CLIENT_BIT(CLIENT_JAVA),
	.find = java_find,
	.anchors = java_anchors,
	.change = java_change,
};
