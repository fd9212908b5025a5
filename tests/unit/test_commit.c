/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps in a tree that counts as the running system: hooks run, and whatever fails, all is put
 * back.  The tree is a directory; /etc, where the hooks are, is one of this program alone.
 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "src/fs/host.h"
#include "src/install/install.h"
#include "src/journal/hooks.h"
#include "src/journal/journal.h"
#include "src/sys/fd.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/scratch.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

struct fixture {
	char *dir; /* relative */
	char root[PATH_MAX]; /* the same, for the hooks */
	struct site site;
	struct made ca;
	struct cas cas;
	struct change change;
	struct outcome outcome;
	struct fault why;
};

/* As a new run of the program, which does not hold the lock yet. */
static void reopen_tree(struct fixture *it)
{
	struct site_tree *at = &it->site.trees[0];

	tree_close(at->tree);
	assert_ok(host_open(it->dir, &at->tree, &it->why), &it->why);
	at->tree->is_live = true;
}

static int setup(void **state)
{
	static const struct names none = NAMES_INIT;
	static char *words[] = {(char *)"system"};
	static const struct names chosen = {words, 1};
	struct fixture *it = calloc(1, sizeof(*it));

	it->dir = scratch_make();
	assert_non_null(realpath(it->dir, it->root));
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_true(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 || errno == EINVAL);
	assert_int_equal(mount("none", "/etc", "tmpfs", 0, "mode=0755"), 0);
	assert_int_equal(mkdir("/etc/trustfix", 0755), 0);
	assert_int_equal(mkdir(TRUSTFIX_ETC_HOOKDIR, 0755), 0);
	scratch_write(it->dir, "etc/os-release", "ID=debian\n", 0644);
	scratch_write(it->dir, "etc/ca-certificates.conf", "", 0644);
	scratch_write(it->dir, "usr/local/share/ca-certificates/README", "", 0644);
	scratch_write(it->dir, "etc/ssl/certs/ca-certificates.crt", "", 0644);
	scratch_write(it->dir, "etc/ssl/certs/java/cacerts", "derived", 0640);
	it->site.trees = calloc(1, sizeof(*it->site.trees));
	it->site.trees_n = 1;
	reopen_tree(it);
	it->site.options = (struct site_options){.stores = &chosen, .skips = &none};
	it->ca = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	assert_ok(cas_add(&it->cas, it->ca.cert, NULL, &it->why), &it->why);
	it->change = (struct change){.cas = &it->cas, .at = time(NULL)};
	*state = it;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *it = *state;

	outcome_free(&it->outcome);
	site_close(&it->site);
	cas_free(&it->cas);
	made_free(&it->ca);
	scratch_remove(it->dir);
	free(it);
	return umount2("/etc", MNT_DETACH);
}

/* A hook that writes down what it was called for and then does `text` in the tree. */
static void hook(const struct fixture *it, const char *name, const char *text)
{
	auto_free char *path = NULL, *script = NULL;
	struct fault why = FAULT_INIT;

	assert_true(asprintf(&path, "%s/%s", TRUSTFIX_ETC_HOOKDIR, name) > 0);
	assert_true(
		asprintf(&script, "#!/bin/sh\ncd '%s'\necho %s $TRUSTFIX_ACTION >>/etc/told\n%s\n",
			it->root, name, text) > 0);
	assert_ok(fd_write_file(path, 0755, script, strlen(script), &why), &why);
}

static void told(const char *wanted)
{
	auto_buf got = buf_make(10000);
	struct fault why = FAULT_INIT;

	assert_ok(fd_read_file("/etc/told", &got, &why), &why);
	assert_string_equal(buf_text(&got), wanted);
	unlink("/etc/told");
}

static int run(struct fixture *it)
{
	outcome_free(&it->outcome);
	it->outcome = (struct outcome){0};
	fault_clear(&it->why);
	reopen_tree(it);
	return site_replan(&it->site, &it->why) < 0
		       ? -1
		       : install(&it->site, &it->change, &it->outcome, &it->why);
}

/* All but the journal, which is removed. */
static char *dump(const struct fixture *it)
{
	if (access(scratch_path(it->dir, "var"), F_OK) == 0)
		scratch_remove(strdup(scratch_path(it->dir, "var")));
	return scratch_dump(it->dir, false);
}

static void the_hooks_run_in_their_order_and_undo_runs_them_too(void **state)
{
	struct fixture *it = *state;
	auto_free char *before = dump(it), *after = NULL;
	auto_records records = {0};

	hook(it, "refresh-debian", "cat ." BUNDLE " >etc/ssl/certs/java/cacerts");
	hook(it, "10-notify", "grep -q '\"done\"' var/lib/trustfix/1/record.json || exit 1");
	assert_ok(run(it), &it->why);
	assert_int_equal(it->outcome.at[0].state, STORE_ADDED);
	assert_int_equal(it->outcome.notes.n, 0);
	told("refresh-debian install\n10-notify install\n");
	assert_ok(journal_read(it->site.trees[0].tree, &records, &it->why), &it->why);
	assert_int_equal(records.n, 1);
	assert_int_equal(records.at[0].state, RECORD_DONE);
	hook(it, "10-notify", "");
	hook(it, "refresh-debian", "");
	reopen_tree(it);
	assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why);
	told("10-notify undo\nrefresh-debian undo\n");
	after = dump(it);
	assert_string_equal(after, before);
}

/* Each fails the run after the commit, or spoils what was put back, or both. */
static void whatever_a_hook_does_everything_is_put_back(void **state)
{
	static const struct {
		const char *refresh, *notify, *told;
		enum fault_kind kind;
		const char *why;
	} rows[] = {
		{"exit 1", "", "refresh-debian install\nrefresh-debian revert\n", FAULT_REFUSED,
			"hook 'refresh-debian' failed"},
		{": >." BUNDLE "; : >etc/ssl/certs/java/cacerts", "",
			"refresh-debian install\nrefresh-debian revert\n", FAULT_UNTRUSTED,
			"does not hold"},
		{"rm ." BUNDLE " etc/ssl/certs/java/cacerts; exit 1", "",
			"refresh-debian install\nrefresh-debian revert\n", FAULT_REFUSED, "failed"},
		{"rm -r etc/ssl/certs/java; exit 1", "",
			"refresh-debian install\nrefresh-debian revert\n", FAULT_REFUSED, "failed"},
		{"", ": >." BUNDLE,
			"refresh-debian install\n10-notify install\n10-notify revert\n"
			"refresh-debian revert\n",
			FAULT_UNTRUSTED, "does not hold"},
		{"chmod 600 ." BUNDLE "; exit 1", "",
			"refresh-debian install\nrefresh-debian revert\n", FAULT_REFUSED, "failed"},
	};
	struct fixture *it = *state;
	auto_free char *before = dump(it);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *after = NULL;
		auto_records records = {0};

		hook(it, "refresh-debian", rows[i].refresh);
		hook(it, "10-notify", rows[i].notify);
		assert_fault(run(it), &it->why, rows[i].kind, rows[i].why);
		assert_int_equal(it->outcome.at[0].state, STORE_REVERTED);
		told(rows[i].told);
		assert_ok(journal_read(it->site.trees[0].tree, &records, &it->why), &it->why);
		assert_int_equal(records.n, 0);
		after = dump(it);
		assert_string_equal(after, before);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_hooks_run_in_their_order_and_undo_runs_them_too),
		TEST(whatever_a_hook_does_everything_is_put_back),
	};

	signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return run_group("commit", tests);
}
