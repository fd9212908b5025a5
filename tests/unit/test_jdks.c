/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdlib.h>

#include "stores/java/jdks.h"
#include "tests/unit/memory_tree.h"

#define PASSWD                                    \
	"+\n"                                     \
	"root:x:0:0:root:/root:/bin/bash\n"       \
	"daemon:x:1:1:daemon:/usr/sbin:/bin/sh\n" \
	"short:x:1\n"                             \
	"nobody:x:65534:65534::/:/bin/sh\n"       \
	"ann:x:1000:1000:Ann:/home/ann:/bin/sh\n" \
	"bob:x:1001:1001::/home/bob"

static struct tree *tree;
static struct jdks jdks;

static int make_tree(void **state)
{
	static const struct memory_row rows[] = {{"/etc/passwd", ENTRY_FILE, PASSWD, 0}};

	(void)state;
	tree = memory_tree_make(rows, 1);
	return 0;
}

static int free_tree(void **state)
{
	(void)state;
	jdks_free(&jdks);
	tree_close(tree);
	return 0;
}

static void put(const char *path, enum entry_kind kind, const char *text)
{
	memory_tree_set(tree, path, kind, text, strlen(text), 0644);
}

static void find(void)
{
	struct fault why = FAULT_INIT;
	auto_view view = view_make(tree, NULL);

	jdks_free(&jdks);
	assert_ok(jdks_find(&view, &jdks, &why), &why);
}

static void one_is_found(const char *path, const char *client)
{
	find();
	if (jdks.n != 1 || strcmp(jdks.at[0].path, path) != 0)
		fail_msg("%s: %zu found, the first is %s", path, jdks.n,
			jdks.n ? jdks.at[0].path : "none");
	assert_int_equal(jdks.notes.n, 0);
	assert_int_equal(jdks.at[0].clients.n, client ? 1 : 0);
	if (client)
		assert_string_equal(jdks.at[0].clients.at[0], client);
}

/* A tree that knows of one file that nobody would look for, and of two that are no runtime's. */
static int find_known(
	struct tree *ignored, const char *name, size_t max, struct names *ret, struct fault *why)
{
	(void)ignored;
	assert_true(max > 3);
	if (strcmp(name, "cacerts") != 0)
		return 0;
	return names_add(ret, "/etc/keys/cacerts", why) < 0 ||
			       names_add(ret, "/layers/a/b/jre/lib/security/cacerts", why) < 0 ||
			       names_add(ret, "/x-lib/security/cacerts", why) < 0
		       ? -1
		       : 0;
}

static void a_tree_that_knows_its_files_is_asked(void **state)
{
	static struct tree_ops ops; /* until the tree is closed */

	(void)state;
	ops = *tree->ops;
	ops.find = find_known;
	put("/etc/keys/cacerts", ENTRY_FILE, "");
	put("/x-lib/security/cacerts", ENTRY_FILE, "");
	put("/layers/a/b/jre/lib/security/cacerts", ENTRY_FILE, "");
	find();
	assert_int_equal(jdks.n, 0);
	tree->ops = &ops;
	one_is_found("/layers/a/b/jre/lib/security/cacerts", "/layers/a/b");
}

static void one_note_says(const char *text)
{
	find();
	assert_int_equal(jdks.notes.n, 1);
	if (!strstr(jdks.notes.at[0], text))
		fail_msg("'%s' does not say '%s'", jdks.notes.at[0], text);
}

static void runtimes_are_found_where_they_are_put(void **state)
{
	static const char *const homes[] = {
		"/usr/lib/jvm/java-17-openjdk-amd64",
		"/usr/lib64/jvm/java-11",
		"/usr/java/jdk-21",
		"/opt/jdk",
		"/opt/java/openjdk",
		"/opt/JetBrains/idea/jbr",
		"/opt/android-studio/jbr",
		"/opt/packaged/lib/runtime",
		"/opt/hostedtoolcache/Java_Temurin-Hotspot_jdk/17.0.9-9/x64",
		"/opt/conda/lib/jvm",
		"/usr/local/openjdk-8",
		"/usr/local/lib/jvm/jdk",
		"/usr/local/sdkman/candidates/java/17",
		"/.sdkman/candidates/java/21-tem",
		"/root/.sdkman/candidates/java/21-tem",
		"/home/ann/.sdkman/candidates/java/21-tem",
		"/home/bob/.asdf/installs/java/temurin-17",
		"/home/ann/.local/share/mise/installs/java/21",
		"/home/ann/.jenv/versions/17",
		"/home/ann/.jdks/corretto-17",
		"/home/ann/.gradle/jdks/adoptium-17",
		"/home/ann/.gradle/jdks/adoptium-17/jdk-17.0.1",
		"/home/ann/.local/share/JetBrains/Toolbox/apps/intellij/jbr",
		"/home/ann/.local/share/JetBrains/Toolbox/apps/IDEA-U/ch-0/231.1/jbr",
		"/home/ann/android-studio/jbr",
		"/home/ann/idea-IC-242/jbr",
		"/home/ann/miniforge3/envs/build/lib/jvm",
		"/home/of-a-directory-service/.jdks/17",
		"/home/linuxbrew/.linuxbrew/opt/openjdk@17/libexec",
		"/home/ann/.cursor-server/extensions/redhat.java-1.30-linux-x64/jre/17.0.10",
		"/home/ann/.vscode-insiders/extensions/redhat.java-1.30-linux-x64/jre/17.0.10",
		"/home/ann/.vscode/extensions/redhat.java-1.30-linux-x64/jre/17.0.10",
		"/home/ann/.cache/coursier/jvm/temurin@17",
		"/home/ann/.cache/coursier/arc/https/github.com/ad/t17/releases/download/17/tgz/17",
	};
	static const char *const below[] = {"lib/security", "jre/lib/security"};

	for (size_t i = 0; i < 2 * sizeof(homes) / sizeof(homes[0]); i++) {
		char path[512];

		free_tree(state);
		make_tree(state);
		snprintf(path, sizeof(path), "%s/%s/cacerts", homes[i / 2], below[i % 2]);
		put(path, ENTRY_FILE, "x");
		one_is_found(path, homes[i / 2]);
	}
}

static void nothing_is_found_elsewhere(void **state)
{
	(void)state;
	put("/srv/home/eve/.jdks/17/lib/security/cacerts", ENTRY_FILE, "x");
	put("/opt/a/b/c/lib/security/cacerts", ENTRY_FILE, "x");
	put("/usr/lib/security/cacerts", ENTRY_FILE, "x");
	put("/usr/sbin/app/jbr/lib/security/cacerts", ENTRY_FILE, "x"); /* daemon's home */
	put("/usr/local/bin/tool", ENTRY_FILE, "x");
	put("/opt/pam/lib/security/pam_x.so", ENTRY_FILE, "x");
	find();
	assert_int_equal(jdks.n, 0);
	assert_int_equal(jdks.notes.n, 0);
}

static void jssecacerts_wins(void **state)
{
	(void)state;
	put("/opt/jdk/lib/security/cacerts", ENTRY_FILE, "x");
	put("/opt/jdk/lib/security/jssecacerts", ENTRY_FILE, "x");
	one_is_found("/opt/jdk/lib/security/jssecacerts", "/opt/jdk");
}

static void a_jssecacerts_that_leads_nowhere_hides_nothing(void **state)
{
	(void)state;
	put("/opt/jdk/lib/security/cacerts", ENTRY_FILE, "x");
	put("/opt/jdk/lib/security/jssecacerts", ENTRY_SYMLINK, "nowhere");
	one_note_says("broken symbolic link");
	assert_int_equal(jdks.n, 1);
}

static void ten_that_link_to_one_file_are_one(void **state)
{
	(void)state;
	put("/etc/ssl/certs/java/cacerts", ENTRY_FILE, "x");
	for (int i = 0; i < 10; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/usr/lib/jvm/jdk%d/lib/security/cacerts", i);
		put(path, ENTRY_SYMLINK, "/etc/ssl/certs/java/cacerts");
	}
	put("/usr/lib/jvm/default", ENTRY_SYMLINK, "jdk3");
	find();
	assert_int_equal(jdks.n, 1);
	assert_string_equal(jdks.at[0].path, "/etc/ssl/certs/java/cacerts");
	assert_int_equal(jdks.at[0].clients.n, 10);
	assert_true(names_holds(&jdks.at[0].clients, "/usr/lib/jvm/jdk9"));
	assert_false(names_holds(&jdks.at[0].clients, "/usr/lib/jvm/default"));
}

static void the_shared_store_needs_no_client(void **state)
{
	(void)state;
	put("/etc/pki/ca-trust/extracted/java/cacerts", ENTRY_FILE, "x");
	put("/etc/pki/java/cacerts", ENTRY_SYMLINK, "/etc/pki/ca-trust/extracted/java/cacerts");
	one_is_found("/etc/pki/ca-trust/extracted/java/cacerts", NULL);
}

static void the_program_leads_to_its_home(void **state)
{
	(void)state;
	put("/srv/odd/jdk8/jre/bin/java", ENTRY_FILE, "x");
	put("/srv/odd/jdk8/jre/lib/security/cacerts", ENTRY_FILE, "x");
	put("/etc/alternatives/java", ENTRY_SYMLINK, "/srv/odd/jdk8/jre/bin/java");
	put("/usr/bin/java", ENTRY_SYMLINK, "/etc/alternatives/java");
	one_is_found("/srv/odd/jdk8/jre/lib/security/cacerts", "/srv/odd/jdk8");
}

static void a_script_named_java_is_no_runtime(void **state)
{
	(void)state;
	put("/usr/bin/java", ENTRY_FILE, "#!/bin/sh\n");
	put("/opt/wrapped/bin/java", ENTRY_FILE, "#!/bin/sh\nexec /srv/jdk/bin/java \"$@\"\n");
	find();
	assert_int_equal(jdks.n, 0);
	assert_int_equal(jdks.notes.n, 0);
}

static void toolchains_name_homes(void **state)
{
	(void)state;
	put("/srv/jdk/lib/security/cacerts", ENTRY_FILE, "x");
	put("/home/bob/.m2/toolchains.xml", ENTRY_FILE,
		"<toolchains><!-- <jdkHome>/srv/old</jdkHome> --><jdkHomes>/x</jdkHomes>"
		"<jdkHome>\n\t/srv/jdk\n</jdkHome><jdkHome>${env.JDK}</jdkHome><jdkHome>");
	one_is_found("/srv/jdk/lib/security/cacerts", "/srv/jdk");
	put("/home/bob/.m2/toolchains.xml", ENTRY_FILE, "<jdkHome>/srv/gone</jdkHome>");
	one_note_says("'/srv/gone' is named in a toolchains.xml");
	put("/srv/a & b/lib/security/cacerts", ENTRY_FILE, "x");
	put("/home/bob/.m2/toolchains.xml", ENTRY_FILE,
		"<jdkHome combine.self='override' > /srv/a &amp; b </jdkHome><jdkHome");
	one_is_found("/srv/a & b/lib/security/cacerts", "/srv/a & b");
}

static void what_is_broken_is_told_and_stops_nothing(void **state)
{
	static const struct {
		const char *path;
		enum entry_kind kind;
		const char *text, *note;
	} rows[] = {
		{"/opt/half/bin/java", ENTRY_FILE, "x", "'/opt/half' is a Java runtime without"},
		{"/opt/a/lib/security/cacerts", ENTRY_DIR, "", "is not a regular file"},
		{"/opt/a/lib/security/cacerts", ENTRY_OTHER, "", "is not a regular file"},
		{"/opt/a/lib/security/cacerts", ENTRY_SYMLINK, "gone", "broken symbolic link"},
		{"/opt/a/lib/security/cacerts", ENTRY_SYMLINK, "cacerts", "broken symbolic link"},
		{"/snap/jdk/current/lib/security/cacerts", ENTRY_FILE, "x", "belongs to a snap"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		free_tree(state);
		make_tree(state);
		put("/opt/good/lib/security/cacerts", ENTRY_FILE, "x");
		put(rows[i].path, rows[i].kind, rows[i].text);
		one_note_says(rows[i].note);
		assert_int_equal(jdks.n, 1);
	}
}

static void names_that_would_act_on_a_terminal_are_passed_over(void **state)
{
	(void)state;
	put("/home/bob/.jdks/\033[31m/lib/security/cacerts", ENTRY_FILE, "x");
	find();
	assert_int_equal(jdks.n, 0);
	put("/home/bob/.jdks/\033[31m/bin/java", ENTRY_FILE, "x");
	one_note_says("/home/bob/.jdks/\\x1b[31m' has unprintable characters in its name");
	assert_int_equal(jdks.n, 0);
}

static void the_environment_counts_on_the_live_tree_alone(void **state)
{
	(void)state;
	put("/srv/a/lib/security/cacerts", ENTRY_FILE, "x");
	put("/srv/b/lib/security/cacerts", ENTRY_FILE, "x");
	put("/srv/b/bin/java", ENTRY_FILE, "x");
	put("/srv/c/.jdks/17/lib/security/cacerts", ENTRY_FILE, "x");
	setenv("JAVA_HOME", "/srv/a", 1);
	setenv("PATH", "/nowhere::/srv/b/bin", 1);
	setenv("HOME", "/srv/c", 1);
	find();
	assert_int_equal(jdks.n, 0);
	tree->is_live = true;
	find();
	assert_int_equal(jdks.n, 3);
	assert_int_equal(jdks.notes.n, 0);
	setenv("JAVA_HOME", "/srv/gone", 1);
	one_note_says("'/srv/gone' is JAVA_HOME");
	unsetenv("JAVA_HOME");
}

static void directories_that_the_caller_moved_are_looked_into(void **state)
{
	static const char *const rows[][2] = {
		{"SDKMAN_DIR", "candidates/java/17"},
		{"SDKMAN_CANDIDATES_DIR", "java/17"},
		{"ASDF_DATA_DIR", "installs/java/17"},
		{"MISE_DATA_DIR", "installs/java/17"},
		{"MISE_INSTALLS_DIR", "java/17"},
		{"JENV_ROOT", "versions/17"},
		{"JABBA_HOME", "jdk/17"},
		{"GRADLE_USER_HOME", "jdks/17"},
		{"GRADLE_USER_HOME", "jdks/17/jdk-17.0.1"},
		{"COURSIER_JVM_CACHE", "temurin@17"},
		{"COURSIER_ARCHIVE_CACHE", "https/github.com/ad/t17/releases/download/17/tgz/17"},
		{"VSCODE_EXTENSIONS", "redhat.java-1.30-linux-x64/jre/17.0.10"},
		{"XDG_DATA_HOME", "mise/installs/java/17"},
		{"XDG_DATA_HOME", "JetBrains/Toolbox/apps/intellij/jbr"},
		{"XDG_CACHE_HOME", "coursier/jvm/temurin@17"},
		{"XDG_CACHE_HOME", "JetBrains/RemoteDev/dist/idea/jbr"},
	};

	setenv("PATH", "", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char home[256], path[512];

		free_tree(state);
		make_tree(state);
		snprintf(home, sizeof(home), "/srv/moved/%s", rows[i][1]);
		snprintf(path, sizeof(path), "%s/lib/security/cacerts", home);
		put(path, ENTRY_FILE, "x");
		setenv(rows[i][0], "/srv/moved", 1);
		find();
		assert_int_equal(jdks.n, 0);
		tree->is_live = true;
		one_is_found(path, home);
		setenv(rows[i][0], "srv/moved", 1);
		find();
		assert_int_equal(jdks.n, 0);
		unsetenv(rows[i][0]);
	}
}

static void what_cannot_be_read_is_passed_over(void **state)
{
	(void)state;
	put("/opt/good/lib/security/cacerts", ENTRY_FILE, "x");
	memory_tree_fail(tree, MEMORY_LIST, 1);
	find();
	memory_tree_fail(tree, MEMORY_READ, 1);
	one_is_found("/opt/good/lib/security/cacerts", "/opt/good");
}

#define with_tree(test) cmocka_unit_test_setup_teardown(test, make_tree, free_tree)

static const struct CMUnitTest tests[] = {
	with_tree(a_tree_that_knows_its_files_is_asked),
	with_tree(runtimes_are_found_where_they_are_put),
	with_tree(nothing_is_found_elsewhere),
	with_tree(jssecacerts_wins),
	with_tree(a_jssecacerts_that_leads_nowhere_hides_nothing),
	with_tree(ten_that_link_to_one_file_are_one),
	with_tree(the_shared_store_needs_no_client),
	with_tree(the_program_leads_to_its_home),
	with_tree(a_script_named_java_is_no_runtime),
	with_tree(toolchains_name_homes),
	with_tree(what_is_broken_is_told_and_stops_nothing),
	with_tree(names_that_would_act_on_a_terminal_are_passed_over),
	with_tree(the_environment_counts_on_the_live_tree_alone),
	with_tree(directories_that_the_caller_moved_are_looked_into),
	with_tree(what_cannot_be_read_is_passed_over),
};

int main(void)
{
	return run_group("jdks", tests);
}
