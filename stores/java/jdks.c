/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/jdks.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/fs/glob.h"
#include "stores/java/settings.h"

/* Homes of runtimes; wildcards do not match a leading dot. */
static const char *const system_homes[] = {"usr/lib/jvm/*", "usr/lib64/jvm/*",
	"usr/local/lib/jvm/*", "usr/java/*", "opt/*", "opt/*/*", "opt/*/*/jbr", "opt/*/lib/runtime",
	"opt/*/lib/jvm", "opt/*/envs/*/lib/jvm", "opt/hostedtoolcache/*/*/*", "usr/local/*",
	"usr/local/*/*", "usr/local/sdkman/candidates/java/*", "usr/share/*/jbr", "snap/*/current",
	"snap/*/current/jdk", "snap/*/current/jbr", "snap/*/current/usr/lib/jvm/*"};

/*
 * Where users' tools install runtimes: in every home (NULL: another row covers it), and for the
 * calling user in the directory named by that variable, as documented in the tools' manuals.
 */
static const struct {
	const char *variable, *dir, *below;
} user_homes[] = {
	{"SDKMAN_DIR", ".sdkman", "candidates/java/*"},
	{"SDKMAN_CANDIDATES_DIR", NULL, "java/*"},
	{"ASDF_DATA_DIR", ".asdf", "installs/java/*"},
	{"MISE_DATA_DIR", NULL, "installs/java/*"},
	{"MISE_INSTALLS_DIR", NULL, "java/*"},
	{"XDG_DATA_HOME", ".local/share", "mise/installs/java/*"},
	{NULL, ".local/share", "rtx/installs/java/*"},
	{"JENV_ROOT", ".jenv", "versions/*"},
	{"JABBA_HOME", ".jabba", "jdk/*"},
	{NULL, ".jdks", "*"},
	{"GRADLE_USER_HOME", ".gradle", "jdks/*"},
	{"GRADLE_USER_HOME", ".gradle", "jdks/*/*"},
	{NULL, ".m2", "jdks/*"},
	{NULL, ".m2", "jdks/*/*"},
	{"COURSIER_JVM_CACHE", NULL, "*"},
	{"COURSIER_ARCHIVE_CACHE", NULL, "https/*/*/*/*/*/*/*/*"},
	{"XDG_CACHE_HOME", ".cache", "coursier/jvm/*"},
	{"XDG_CACHE_HOME", ".cache", "coursier/arc/https/*/*/*/*/*/*/*/*"},
	{"XDG_CACHE_HOME", ".cache", "JetBrains/RemoteDev/dist/*/jbr"},
	{"XDG_DATA_HOME", ".local/share", "JetBrains/Toolbox/apps/*/jbr"},
	{"XDG_DATA_HOME", ".local/share", "JetBrains/Toolbox/apps/*/ch-*/*/jbr"},
	{"VSCODE_EXTENSIONS", NULL, "redhat.java-*/jre/*"},
	{NULL, "", ".vscode*/extensions/redhat.java-*/jre/*"},
	{NULL, "", ".cursor*/extensions/redhat.java-*/jre/*"},
	{NULL, "", "android-studio/jre"},
	{NULL, "", "*/jbr"},
	{NULL, "", "*conda*/lib/jvm"},
	{NULL, "", "*conda*/envs/*/lib/jvm"},
	{NULL, "", "*forge*/lib/jvm"},
	{NULL, "", "*forge*/envs/*/lib/jvm"},
	{NULL, ".linuxbrew", "opt/openjdk*/libexec"},
};

/* The program itself, where packages install links to it. */
static const char *const programs[] = {
	"/usr/bin/java", "/usr/local/bin/java", "/etc/alternatives/java"};

static const char *const shared_stores[] = {"/etc/ssl/certs/java/cacerts", "/etc/pki/java/cacerts"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

void jdks_free(struct jdks *jdks)
{
	for (size_t i = 0; i < jdks->n; i++) {
		free(jdks->at[i].path);
		names_free(&jdks->at[i].clients);
	}
	free(jdks->at);
	names_free(&jdks->notes);
	names_free(&jdks->unread);
	names_free(&jdks->seen);
	names_free(&jdks->homes);
	*jdks = (struct jdks){0};
}

/* Look up a path; one that cannot be examined is skipped, but the view records what the disk
 * refused. */
static int look(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_real, struct fault *why)
{
	struct fault seen = FAULT_INIT;

	if (view_entry(view, path, follow, ret, ret_real, &seen) < 0 && seen.sys == ENOMEM)
		return fault_nomem(why);
	return 0;
}

static int add_note(struct jdks *it, const char *what, const char *path, struct fault *why)
{
	auto_free char *shown = text_printable(path, strlen(path), LIMIT_PATH_LEN);

	if (!shown)
		return fault_nomem(why);
	return names_addf(&it->notes, why, "'%s' %s", shown, what);
}

/* Names come from other users' directories. */
static const char odd_name[] = "has unprintable characters in its name and is left alone";

/* ---- one runtime ----------------------------------------------------------------------------- */

/* Add a keystore's canonical path, read by the runtime `home` (NULL: no known runtime). */
static int add_store(struct jdks *it, const char *path, const char *home, struct fault *why)
{
	struct jdk_store *at;
	size_t i = 0;

	while (i < it->n && strcmp(it->at[i].path, path) != 0)
		i++;
	if (i == LIMIT_JDK_STORES_N) {
		if (it->is_full)
			return 0;
		it->is_full = true;
		return names_addf(&it->unread, why,
			"more than %u Java keystores: the rest were skipped", LIMIT_JDK_STORES_N);
	}
	if (i == it->n) {
		at = realloc(it->at, (it->n + 1) * sizeof(*at));
		if (!at)
			return fault_nomem(why);
		it->at = at;
		at[i] = (struct jdk_store){.path = strdup(path), .is_default = true};
		if (!at[i].path)
			return fault_nomem(why);
		it->n++;
	}
	return !home || names_holds(&it->at[i].clients, home)
		       ? 0
		       : names_add(&it->at[i].clients, home, why);
}

/* Add `path` if it may be a keystore.  *ret_file: does the file exist and so hide later names? */
static int look_at_store(
	struct jdks *it, const char *path, const char *home, bool *ret_file, struct fault *why)
{
	auto_entry name = ENTRY_INIT;
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;

	if (look(it->view, path, VIEW_NOFOLLOW, &name, NULL, why) < 0 ||
		look(it->view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (name.kind == ENTRY_NONE)
		return 0;
	it->there = true;
	if (entry.kind == ENTRY_NONE)
		return add_note(it, "is a broken symbolic link", path, why);
	if (entry.kind != ENTRY_FILE)
		return add_note(it, "is not a regular file", path, why);
	*ret_file = true;
	if (!text_is_line(real))
		return add_note(it, odd_name, real, why);
	if (strncmp(real, "/snap/", 6) == 0 || strncmp(real, "/var/lib/snapd/snap/", 20) == 0)
		return add_note(it, "belongs to a snap, which is read-only", path, why);
	return add_store(it, real, home, why);
}

/* Does it have its own java program, not a wrapper or shim for one that is elsewhere? */
static bool has_program(struct jdks *it, const char *home)
{
	static const char *const below[] = {"bin/java", "jre/bin/java"};

	for (size_t i = 0; i < LENGTH(below); i++) {
		auto_buf text = buf_make(LIMIT_MIB);
		struct fault ignored = FAULT_INIT;
		char path[LIMIT_PATH_LEN];
		bool found;

		snprintf(path, sizeof(path), "%s/%s", home, below[i]);
		if (view_is_file(it->view, path) &&
			(view_read(it->view, path, &text, &found, &ignored) < 0 ||
				strncmp(buf_text(&text), "#!", 2) != 0))
			return true;
	}
	return false;
}

/* If `path` is the home of a runtime, add the keystores that it reads.  Called by glob_each(). */
static int look_at_home(void *arg, const char *path, struct fault *why)
{
	static const char *const dirs[] = {"jre/lib/security", "lib/security"};
	static const char *const names[] = {"jssecacerts", "cacerts"};
	struct jdks *it = arg;
	auto_entry entry = ENTRY_INIT;
	auto_free char *home = NULL;

	it->there = false;
	if (it->looked_n++ >= LIMIT_JDK_DIRS_N)
		return it->looked_n == LIMIT_JDK_DIRS_N + 1
			       ? names_addf(&it->unread, why,
					 "more than %u directories may be Java runtimes: the rest "
					 "were not searched",
					 LIMIT_JDK_DIRS_N)
			       : 0;
	if (look(it->view, path, VIEW_FOLLOW, &entry, &home, why) < 0)
		return -1;
	if (entry.kind != ENTRY_DIR || strlen(home) + 40 > LIMIT_PATH_LEN)
		return 0;
	if (strlen(home) > 4 && text_ends(home, "/jre"))
		home[strlen(home) - 4] = '\0'; /* report a JDK's jre as the JDK */
	if (!text_is_line(home))
		return has_program(it, home) ? add_note(it, odd_name, home, why) : 0;
	it->there = names_holds(&it->seen, home);
	if (it->there)
		return 0;
	for (size_t i = 0; i < LENGTH(dirs); i++) {
		bool is_file = false;

		/* JSSE checks whether jssecacerts exists: a broken link does not hide cacerts. */
		for (size_t k = 0; k < LENGTH(names) && !is_file; k++) {
			char store[LIMIT_PATH_LEN];

			snprintf(store, sizeof(store), "%s/%s/%s", home, dirs[i], names[k]);
			if (look_at_store(it, store, home, &is_file, why) < 0)
				return -1;
		}
	}
	if (!it->there && strcmp(home, "/") != 0 && strcmp(home, "/usr") != 0 &&
		strcmp(home, "/usr/local") != 0 && has_program(it, home)) {
		it->there = true;
		if (add_note(it, "is a Java runtime without a keystore (lib/security/cacerts)",
			    home, why) < 0)
			return -1;
	}
	return it->there ? names_add(&it->seen, home, why) : 0;
}

/* A home that a setting names. */
static int look_at_named(
	struct jdks *it, const char *home, const char *else_note, struct fault *why)
{
	if (look_at_home(it, home, why) < 0)
		return -1;
	return it->there ? 0 : add_note(it, else_note, home, why);
}

/* ---- where they are -------------------------------------------------------------------------- */

/* In a tree that knows all its files, find the runtimes in unusual places. */
static int look_at_known(struct jdks *it, struct fault *why)
{
	static const char *const stores[] = {"/lib/security/jssecacerts", "/lib/security/cacerts"};
	struct tree *tree = it->view->tree;

	for (size_t i = 0; tree->ops->find && i < LENGTH(stores); i++) {
		auto_names paths = NAMES_INIT;

		if (tree->ops->find(
			    tree, strrchr(stores[i], '/') + 1, LIMIT_JDK_DIRS_N, &paths, why) < 0)
			return -1;
		for (size_t k = 0; k < paths.n; k++) {
			char *path = paths.at[k];

			if (!text_ends(path, stores[i]))
				continue;
			path[strlen(path) - strlen(stores[i])] = '\0';
			if (look_at_home(it, *path ? path : "/", why) < 0)
				return -1;
		}
	}
	return 0;
}

/* Examine the home of a runtime whose program, or a link to it, is at `path`. */
static int look_at_program(struct jdks *it, const char *path, struct fault *why)
{
	static const char tail[] = "/bin/java";
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	size_t len;

	if (look(it->view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	len = real ? strlen(real) : 0;
	if (entry.kind != ENTRY_FILE || len < sizeof(tail) ||
		strcmp(real + len - strlen(tail), tail) != 0)
		return 0;
	real[len - strlen(tail)] = '\0';
	return look_at_home(it, real, why);
}

/* Examine what the tools of one user installed: below that home, or (NULL) where the caller's
 * variables say. */
static int look_at_user(struct jdks *it, const char *home, struct fault *why)
{
	for (size_t i = 0; i < LENGTH(user_homes); i++) {
		const char *variable = user_homes[i].variable, *dir = user_homes[i].dir;
		char path[LIMIT_PATH_LEN];

		if (home && dir)
			snprintf(path, sizeof(path), "%s%s%s", home, *dir ? "/" : "", dir);
		dir = home ? (dir ? path : NULL) : variable ? getenv(variable) : NULL;
		if (dir && (home || *dir == '/') &&
			glob_each(it->view, dir, user_homes[i].below, look_at_home, it, why) < 0)
			return -1;
	}
	return 0;
}

/* Examine one home directory, once: what tools installed, and what a toolchains.xml names.  Called
 * by glob_each(). */
static int look_below_home(void *arg, const char *home, struct fault *why)
{
	/* The homes of system users: nobody keeps a Java runtime there, and they are large. */
	static const char *const others[] = {"/bin", "/dev", "/sbin", "/usr/bin", "/usr/sbin"};
	struct jdks *it = arg;
	auto_buf text = buf_make(LIMIT_MIB);
	auto_names named = NAMES_INIT;
	struct fault seen = FAULT_INIT;
	char path[LIMIT_PATH_LEN];
	bool found;

	for (size_t i = 0; i < LENGTH(others); i++)
		if (strcmp(home, others[i]) == 0)
			return 0;
	if (*home != '/' || it->homes.n > LIMIT_HOMES_N || names_holds(&it->homes, home))
		return 0;
	if (names_add(&it->homes, home, why) < 0)
		return -1;
	if (it->homes.n > LIMIT_HOMES_N)
		return names_addf(&it->unread, why,
			"only the first %u home directories are searched", LIMIT_HOMES_N);
	if (strlen(home) + 40 > sizeof(path) || !view_is_dir(it->view, home))
		return 0;
	home += strcmp(home, "/") == 0;
	if (look_at_user(it, home, why) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/.m2/toolchains.xml", home);
	if (view_read(it->view, path, &text, &found, &seen) < 0 && seen.sys == ENOMEM)
		return fault_nomem(why);
	if (seen.kind == FAULT_NONE && settings_toolchains(buf_text(&text), &named, why) < 0)
		return -1;
	for (size_t i = 0; i < named.n; i++)
		if (look_at_named(it, named.at[i],
			    "is named in a toolchains.xml but is no Java runtime", why) < 0)
			return -1;
	return 0;
}

/*
 * Examine the home directories in /etc/passwd and those below /home, whose users may be known only
 * to a directory service.  On the running system $HOME comes first; an unprivileged caller gets no
 * other.
 */
static int look_below_homes(struct jdks *it, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_FILE_BYTES);
	bool is_live = it->view->tree->is_live, found = false;
	const char *own = is_live ? getenv("HOME") : NULL;
	struct fault seen = FAULT_INIT;
	const struct passwd *user;
	auto_file passwd = NULL;

	if (own && look_below_home(it, own, why) < 0)
		return -1;
	if (is_live && geteuid() != 0)
		return 0;
	if (view_read(it->view, "/etc/passwd", &text, &found, &seen) < 0 && seen.sys == ENOMEM)
		return fault_nomem(why);
	passwd = text.len ? fmemopen(text.bytes, text.len, "r") : NULL;
	if (text.len && !passwd)
		return fault_nomem(why);
	while (passwd && (user = fgetpwent(passwd)))
		/* A line for NIS ("+") has no home. */
		if (user->pw_dir && look_below_home(it, user->pw_dir, why) < 0)
			return -1;
	return glob_each(it->view, "", "home/*", look_below_home, it, why);
}

static int look_at_environment(struct jdks *it, struct fault *why)
{
	const char *home = getenv("JAVA_HOME");
	const char *path = getenv("PATH");

	if (home && *home == '/' &&
		look_at_named(it, home, "is JAVA_HOME but is no Java runtime", why) < 0)
		return -1;
	for (const char *at = path; at && *at;) {
		size_t len = strcspn(at, ":");
		char file[LIMIT_PATH_LEN];

		if (*at == '/' && len + sizeof("/java") <= sizeof(file)) {
			snprintf(file, sizeof(file), "%.*s/java", (int)len, at);
			if (look_at_program(it, file, why) < 0)
				return -1;
		}
		at += len + (at[len] == ':');
	}
	return look_at_user(it, NULL, why);
}

int jdks_find(struct view *view, struct jdks *jdks, struct fault *why)
{
	bool ignored;

	jdks->view = view;
	if (view->tree->is_live && look_at_environment(jdks, why) < 0)
		return -1;
	for (size_t i = 0; i < LENGTH(system_homes); i++)
		if (glob_each(view, "", system_homes[i], look_at_home, jdks, why) < 0)
			return -1;
	for (size_t i = 0; i < LENGTH(programs); i++)
		if (look_at_program(jdks, programs[i], why) < 0)
			return -1;
	if (look_below_homes(jdks, why) < 0 || look_at_known(jdks, why) < 0)
		return -1;
	for (size_t i = 0; i < LENGTH(shared_stores); i++)
		if (look_at_store(jdks, shared_stores[i], NULL, &ignored, why) < 0)
			return -1;
	return names_add_all(&jdks->unread, &view->passed_over, why);
}
