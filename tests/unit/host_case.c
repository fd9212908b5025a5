/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/host_case.h"

#include <sys/mount.h>

#include "src/fs/disk.h"
#include "src/fs/view.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tf_cmocka.h"

int host_case_setup(void **state)
{
	*state = scratch_make();
	scratch_write(*state, "etc/ssl/certs/a.pem", "A", 0640);
	scratch_write(*state, "etc/ssl/b.pem", "B", 0644);
	scratch_link(*state, "etc/ssl/certs/l.0", "a.pem");
	return 0;
}

int host_case_teardown(void **state)
{
	umount2(*state, MNT_DETACH); /* where a test made it a mount point */
	scratch_remove(*state);
	return 0;
}

struct tree *host_case_open(const char *dir)
{
	struct fault why = FAULT_INIT;
	struct tree *tree = NULL;

	assert_ok(host_open(dir, &tree, &why), &why);
	return tree;
}

int host_open_walking(const char *dir, struct tree **ret, struct fault *why)
{
	if (host_open(dir, ret, why) < 0)
		return -1;
	disk_of(*ret)->walks = true;
	return 0;
}

void host_case_plan(struct tree *tree, struct plan *plan)
{
	struct fault why = FAULT_INIT;
	auto_view view = view_make(tree, plan);

	assert_ok(view_put_file(&view, "/etc/ssl/certs/l.0", "new A", 5, 0644, &why), &why);
	assert_ok(view_put_file(&view, "/new/dir/n", "N", 1, 0600, &why), &why);
	assert_ok(view_put_link(&view, "/etc/ssl/certs/l.0", "b.pem", &why), &why);
	assert_ok(view_put_link(&view, "/etc/ssl/certs/m.0", "m", &why), &why);
	assert_ok(view_remove(&view, "/etc/ssl/b.pem", &why), &why);
}
