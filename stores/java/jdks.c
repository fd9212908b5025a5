/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/jdks.h"

#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/fs/glob.h"
#include "stores/homes.h"
#include "stores/java/toolchains.h"

/* Homes of runtimes; a name may have wildcards, which do not match a leading dot. */
static const char *const system_homes[] = {
	"usr/lib/jvm/*",
	"usr/lib64/jvm/*",
	"usr/local/lib/jvm/*",
	"usr/java/*",
	"opt/*",
	"opt/*/*",
	"opt/*/*/jbr",
	"opt/*/lib/runtime",
	"opt/*/lib/jvm",
	"opt/*/envs/*/lib/jvm",
	"opt/hostedtoolcache/*/*/*",
	"usr/local/*",
	"usr/local/*/*",
	"usr/local/sdkman/candidates/java/*",
	"usr/share/*/jbr",
	"snap/*/current",
	"snap/*/current/jdk",
	"snap/*/current/jbr",
	"snap/*/current/usr/lib/jvm/*",
};

static const char *const user_homes[] = {
	".sdkman/candidates/java/*",
	".asdf/installs/java/*",
	".local/share/mise/installs/java/*",
	".local/share/rtx/installs/java/*",
	".jenv/versions/*",
	".jabba/jdk/*",
	".jdks/*",
	".gradle/jdks/*",
	".gradle/jdks/*/*",
	".m2/jdks/*",
	".m2/jdks/*/*",
	".cache/coursier/jvm/*",
	".cache/coursier/arc/https/*/*/*/*/*/*/*/*",
	".local/share/JetBrains/Toolbox/apps/*/jbr",
	".local/share/JetBrains/Toolbox/apps/*/ch-*/*/jbr",
	".cache/JetBrains/RemoteDev/dist/*/jbr",
	"android-studio/jre",
	"*/jbr",
	"*conda*/lib/jvm",
	"*conda*/envs/*/lib/jvm",
	"*forge*/lib/jvm",
	"*forge*/envs/*/lib/jvm",
	".vscode*/extensions/redhat.java-*/jre/*",
	".cursor*/extensions/redhat.java-*/jre/*",
	".linuxbrew/opt/openjdk*/libexec",
};

/* Where the calling user has those directories instead, as the tools' own manuals name it. */
static const struct {
	const char *variable, *below;
} moved_homes[] = {
	{"SDKMAN_DIR", "candidates/java/*"},
	{"SDKMAN_CANDIDATES_DIR", "java/*"},
	{"ASDF_DATA_DIR", "installs/java/*"},
	{"MISE_DATA_DIR", "installs/java/*"},
	{"MISE_INSTALLS_DIR", "java/*"},
	{"JENV_ROOT", "versions/*"},
	{"JABBA_HOME", "jdk/*"},
	{"GRADLE_USER_HOME", "jdks/*"},
	{"GRADLE_USER_HOME", "jdks/*/*"},
	{"COURSIER_JVM_CACHE", "*"},
	{"COURSIER_ARCHIVE_CACHE", "https/*/*/*/*/*/*/*/*"},
	{"VSCODE_EXTENSIONS", "redhat.java-*/jre/*"},
	{"XDG_DATA_HOME", "mise/installs/java/*"},
	{"XDG_DATA_HOME", "JetBrains/Toolbox/apps/*/jbr"},
	{"XDG_DATA_HOME", "JetBrains/Toolbox/apps/*/ch-*/*/jbr"},
	{"XDG_CACHE_HOME", "coursier/jvm/*"},
	{"XDG_CACHE_HOME", "coursier/arc/https/*/*/*/*/*/*/*/*"},
	{"XDG_CACHE_HOME", "JetBrains/RemoteDev/dist/*/jbr"},
};

/* The program itself, as packages link it. */
static const char *const programs[] = {
	"/usr/bin/java", "/usr/local/bin/java", "/etc/alternatives/java"};

static const char *const shared_stores[] = {"/etc/ssl/certs/java/cacerts", "/etc/pki/java/cacerts"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct search {
	struct view *view;
	struct jdks found;
	struct names seen; /* canonical homes that were looked into */
	size_t looked_n;
	bool is_full; /* of keystores, and that is said */
};

void jdks_free(struct jdks *jdks)
{
	for (size_t i = 0; i < jdks->n; i++) {
		free(jdks->at[i].path);
		names_free(&jdks->at[i].clients);
	}
	free(jdks->at);
	names_free(&jdks->notes);
	names_free(&jdks->unread);
	*jdks = (struct jdks){0};
}

static void search_free(struct search *it)
{
	jdks_free(&it->found);
	names_free(&it->seen);
}
CLEANUP_VALUE(search, search_free)

/* What cannot be looked at is not there; only memory is a reason to stop. */
static int pass_over(const struct fault *seen, struct fault *why)
{
	return seen->kind == FAULT_SYSTEM && seen->sys == ENOMEM ? fault_nomem(why) : 0;
}

static int look(
	struct view *view, const char *path, struct entry *ret, char **ret_real, struct fault *why)
{
	struct fault seen = FAULT_INIT;

	if (view_entry(view, path, VIEW_FOLLOW, ret, ret_real, &seen) < 0)
		return pass_over(&seen, why);
	return 0;
}

static const char odd_name[] = "has a name that cannot be shown, and is left alone";

static int add_note(struct search *it, const char *what, const char *path, struct fault *why)
{
	auto_free char *shown = text_printable(path, strlen(path), LIMIT_PATH_LEN);

	if (!shown)
		return fault_nomem(why);
	return names_addf(&it->found.notes, why, "'%s' %s", shown, what);
}

/* Names come from other people's directories, and go to reports as they are. */
static int is_showable(const char *path, bool *ret, struct fault *why)
{
	auto_free char *shown = text_printable(path, strlen(path), LIMIT_PATH_LEN);

	if (!shown)
		return fault_nomem(why);
	*ret = strcmp(shown, path) == 0;
	return 0;
}

/* ---- one runtime ----------------------------------------------------------------------------- */

/* `*ret` stays NULL when there is room for no more. */
static int add_store(struct search *it, const char *path, struct jdk_store **ret, struct fault *why)
{
	struct jdks *jdks = &it->found;
	struct jdk_store *at;

	for (size_t i = 0; i < jdks->n; i++)
		if (strcmp(jdks->at[i].path, path) == 0) {
			*ret = &jdks->at[i];
			return 0;
		}
	if (jdks->n == LIMIT_JDK_STORES_N) {
		if (it->is_full)
			return 0;
		it->is_full = true;
		return names_addf(&jdks->unread, why,
			"more than %u Java keystores: the rest was not looked into",
			LIMIT_JDK_STORES_N);
	}
	at = realloc(jdks->at, (jdks->n + 1) * sizeof(*at));
	if (!at)
		return fault_nomem(why);
	jdks->at = at;
	at[jdks->n] = (struct jdk_store){.path = strdup(path)};
	if (!at[jdks->n].path)
		return fault_nomem(why);
	*ret = &at[jdks->n++];
	return 0;
}

/* A mounted file system that is never written. */
static bool is_in_snap(const char *path)
{
	return strncmp(path, "/snap/", 6) == 0 || strncmp(path, "/var/lib/snapd/snap/", 20) == 0;
}

/* The keystore `path`, read by the runtime `home` (NULL: nobody known); is anything there? */
static int look_at_store(
	struct search *it, const char *path, const char *home, bool *ret_there, struct fault *why)
{
	struct fault seen = FAULT_INIT;
	auto_entry name = ENTRY_INIT;
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	struct jdk_store *store = NULL;
	bool showable;

	if (view_entry(it->view, path, VIEW_NOFOLLOW, &name, NULL, &seen) < 0)
		return pass_over(&seen, why);
	if (name.kind == ENTRY_NONE)
		return 0;
	*ret_there = true;
	if (look(it->view, path, &entry, &real, why) < 0)
		return -1;
	if (entry.kind == ENTRY_NONE)
		return add_note(it, "is a broken symbolic link", path, why);
	if (entry.kind != ENTRY_FILE)
		return add_note(it, "is not a file, and not a keystore", path, why);
	if (is_showable(real, &showable, why) < 0)
		return -1;
	if (!showable)
		return add_note(it, odd_name, real, why);
	if (is_in_snap(real))
		return add_note(it, "belongs to a snap, which cannot be changed", path, why);
	if (add_store(it, real, &store, why) < 0)
		return -1;
	if (!store || !home || names_holds(&store->clients, home))
		return 0;
	return names_add(&store->clients, home, why);
}

static int look_at_security(
	struct search *it, const char *home, const char *below, bool *ret_there, struct fault *why)
{
	static const char *const names[] = {"jssecacerts", "cacerts"};

	for (size_t i = 0; i < LENGTH(names); i++) {
		char path[LIMIT_PATH_LEN];

		snprintf(path, sizeof(path), "%s/%s/%s", home, below, names[i]);
		if (look_at_store(it, path, home, ret_there, why) < 0)
			return -1;
		/* JSSE asks whether it exists: a link that leads nowhere does not hide cacerts. */
		if (view_is_file(it->view, path))
			return 0;
	}
	return 0;
}

/* What starts a runtime that is elsewhere: a wrapper, a version manager's shim. */
static bool is_script(struct view *view, const char *path)
{
	auto_buf text = buf_make(LIMIT_MIB);
	struct fault ignored = FAULT_INIT;
	bool found;

	return view_read(view, path, &text, &found, &ignored) == 0 &&
	       strncmp(buf_text(&text), "#!", 2) == 0;
}

static bool has_program(struct search *it, const char *home)
{
	static const char *const below[] = {"bin/java", "jre/bin/java"};
	bool found = false;

	for (size_t i = 0; i < LENGTH(below) && !found; i++) {
		char path[LIMIT_PATH_LEN];

		snprintf(path, sizeof(path), "%s/%s", home, below[i]);
		found = view_is_file(it->view, path) && !is_script(it->view, path);
	}
	return found;
}

static bool is_prefix(const char *home)
{
	return strcmp(home, "/") == 0 || strcmp(home, "/usr") == 0 ||
	       strcmp(home, "/usr/local") == 0;
}

/* A home as it is called, canonical; the jre of a JDK is the JDK. */
static int home_of(struct search *it, const char *path, char **ret, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	size_t len;

	if (look(it->view, path, &entry, &real, why) < 0)
		return -1;
	if (entry.kind != ENTRY_DIR || strlen(real) + 40 > LIMIT_PATH_LEN)
		return 0;
	len = strlen(real);
	if (len > 4 && strcmp(real + len - 4, "/jre") == 0)
		real[len - 4] = '\0';
	*ret = steal(&real);
	return 0;
}

/* Is `path` the home of a runtime?  Then what it reads. */
static int look_at_home(struct search *it, const char *path, bool *ret_there, struct fault *why)
{
	auto_free char *home = NULL;
	bool showable;

	*ret_there = false;
	if (it->looked_n++ >= LIMIT_JDK_DIRS_N)
		return it->looked_n == LIMIT_JDK_DIRS_N + 1
			       ? names_addf(&it->found.unread, why,
					 "more than %u directories may be Java runtimes: the rest "
					 "was not looked into",
					 LIMIT_JDK_DIRS_N)
			       : 0;
	if (home_of(it, path, &home, why) < 0 || (home && is_showable(home, &showable, why) < 0))
		return -1;
	if (!home)
		return 0;
	if (!showable)
		return has_program(it, home) ? add_note(it, odd_name, home, why) : 0;
	if (names_holds(&it->seen, home)) {
		*ret_there = true;
		return 0;
	}
	if (look_at_security(it, home, "jre/lib/security", ret_there, why) < 0 ||
		look_at_security(it, home, "lib/security", ret_there, why) < 0)
		return -1;
	if (!*ret_there && !is_prefix(home) && has_program(it, home)) {
		*ret_there = true;
		if (add_note(it, "is a Java runtime without a keystore (lib/security/cacerts)",
			    home, why) < 0)
			return -1;
	}
	return *ret_there ? names_add(&it->seen, home, why) : 0;
}

/* ---- where they are -------------------------------------------------------------------------- */

static int look_at_match(void *arg, const char *path, struct fault *why)
{
	bool there;

	return look_at_home(arg, path, &there, why);
}

/* What a tree that knows all its files tells of runtimes that are kept elsewhere. */
static int look_at_known(struct search *it, struct fault *why)
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
			bool there;

			if (!text_ends(path, stores[i]))
				continue;
			path[strlen(path) - strlen(stores[i])] = '\0';
			if (look_at_home(it, *path ? path : "/", &there, why) < 0)
				return -1;
		}
	}
	return 0;
}

/* The home of a runtime whose program stands, or is linked, at `path`. */
static int look_at_program(struct search *it, const char *path, struct fault *why)
{
	static const char tail[] = "/bin/java";
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	size_t len;
	bool there;

	if (look(it->view, path, &entry, &real, why) < 0)
		return -1;
	len = real ? strlen(real) : 0;
	if (entry.kind != ENTRY_FILE || len < sizeof(tail) ||
		strcmp(real + len - strlen(tail), tail) != 0)
		return 0;
	real[len - strlen(tail)] = '\0';
	return look_at_home(it, real, &there, why);
}

static int look_on_path(struct search *it, const char *path, struct fault *why)
{
	for (const char *at = path; *at;) {
		size_t len = strcspn(at, ":");
		char file[LIMIT_PATH_LEN];

		if (*at == '/' &&
			snprintf(file, sizeof(file), "%.*s/java", (int)len, at) <
				(int)sizeof(file) &&
			look_at_program(it, file, why) < 0)
			return -1;
		at += len + (at[len] == ':');
	}
	return 0;
}

static int look_at_toolchains(struct search *it, const char *user_home, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_MIB);
	auto_names homes = NAMES_INIT;
	struct fault seen = FAULT_INIT;
	char path[LIMIT_PATH_LEN];
	bool found = false;

	snprintf(path, sizeof(path), "%s/.m2/toolchains.xml", user_home);
	if (view_read(it->view, path, &text, &found, &seen) < 0)
		return pass_over(&seen, why);
	if (toolchains_homes(buf_text(&text), &homes, why) < 0)
		return -1;
	for (size_t i = 0; i < homes.n; i++) {
		bool there;

		if (look_at_home(it, homes.at[i], &there, why) < 0)
			return -1;
		if (!there && add_note(it, "is named in a toolchains.xml and is not a Java runtime",
				      homes.at[i], why) < 0)
			return -1;
	}
	return 0;
}

static int look_below_user(struct search *it, const char *home, struct fault *why)
{
	if (*home != '/' || strlen(home) + 40 > LIMIT_PATH_LEN || !view_is_dir(it->view, home))
		return 0;
	home += strcmp(home, "/") == 0;
	for (size_t i = 0; i < LENGTH(user_homes); i++)
		if (glob_each(it->view, home, user_homes[i], look_at_match, it, why) < 0)
			return -1;
	return look_at_toolchains(it, home, why);
}

static int look_below_users(struct search *it, struct fault *why)
{
	auto_names homes = NAMES_INIT;

	if (homes_find(it->view, &homes, &it->found.unread, why) < 0)
		return -1;
	for (size_t i = 0; i < homes.n; i++)
		if (look_below_user(it, homes.at[i], why) < 0)
			return -1;
	return 0;
}

/* ---- what the environment says --------------------------------------------------------------- */

static int look_at_environment(struct search *it, struct fault *why)
{
	const char *home = getenv("JAVA_HOME");
	const char *path = getenv("PATH");
	bool there = true;

	if (home && *home == '/' && look_at_home(it, home, &there, why) < 0)
		return -1;
	if (!there && add_note(it, "is JAVA_HOME and is not a Java runtime", home, why) < 0)
		return -1;
	if (path && look_on_path(it, path, why) < 0)
		return -1;
	for (size_t i = 0; i < LENGTH(moved_homes); i++) {
		const char *dir = getenv(moved_homes[i].variable);

		if (dir && *dir == '/' &&
			glob_each(it->view, dir, moved_homes[i].below, look_at_match, it, why) < 0)
			return -1;
	}
	return 0;
}

int jdks_find(struct view *view, struct jdks *ret, struct fault *why)
{
	CLEANUP(search) struct search it = {.view = view};
	bool there;

	if (view->tree->is_live && look_at_environment(&it, why) < 0)
		return -1;
	for (size_t i = 0; i < LENGTH(system_homes); i++)
		if (glob_each(view, "", system_homes[i], look_at_match, &it, why) < 0)
			return -1;
	for (size_t i = 0; i < LENGTH(programs); i++)
		if (look_at_program(&it, programs[i], why) < 0)
			return -1;
	if (look_below_users(&it, why) < 0 || look_at_known(&it, why) < 0)
		return -1;
	for (size_t i = 0; i < LENGTH(shared_stores); i++)
		if (look_at_store(&it, shared_stores[i], NULL, &there, why) < 0)
			return -1;
	*ret = it.found;
	it.found = (struct jdks){0};
	return 0;
}
