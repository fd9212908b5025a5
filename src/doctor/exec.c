/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/exec.h"

#include <fcntl.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/client/programs.h"
#include "src/find/certfile.h"
#include "src/sys/fd.h"
#include "src/sys/log.h"
#include "stores/java/keystore.h"

int exec_files_remove(struct exec_files *it, struct fault *why)
{
	int rc = 0;

	for (size_t i = 0; i < it->paths.n; i++)
		if (unlink(it->paths.at[i]) < 0)
			rc = fault_sys(why, "cannot remove '%s'", it->paths.at[i]);
	if (it->dir && rmdir(it->dir) < 0)
		rc = fault_sys(why, "cannot remove '%s'", it->dir);
	names_free(&it->paths);
	free(it->dir);
	*it = (struct exec_files){0};
	return rc;
}

void exec_files_free(struct exec_files *it)
{
	struct fault ignored = FAULT_INIT;

	exec_files_remove(it, &ignored);
}

/* Write a new file of that name; its path becomes the last of it->paths. */
static int put(struct exec_files *it, const char *name, const struct buf *bytes, struct fault *why)
{
	const char *path;

	if (names_addf(&it->paths, why, "%s/%s", it->dir, name) < 0)
		return -1;
	path = it->paths.at[it->paths.n - 1];
	auto_fd fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_sys(why, "cannot make '%s'", path);
	return fd_write_all(fd, bytes->bytes, bytes->len, path, why);
}

static int put_pem(
	struct exec_files *it, const char *name, const struct certs *certs, struct fault *why)
{
	auto_buf text = buf_make(2 * LIMIT_PEM_BYTES);

	return pem_format_all(certs, PEM_TEXT, &text, why) < 0 ? -1 : put(it, name, &text, why);
}

/*
 * Read the certificates of the file that the variable names.  false: the variable is not set, or
 * its file cannot be read, which is noted.
 */
static bool read_own(const struct variable *variable, struct certs *ret)
{
	const char *path = getenv(variable->name);
	struct fault why = FAULT_INIT;

	if (!path || !path[0])
		return false;
	if (certfile_read(path, PEM_LENIENT, ret, &why) < 0) {
		log_note("%s is left out: %s", variable->name, why.text);
		return false;
	}
	log_detail("%s: what '%s' holds, and the CA", variable->name, path);
	return true;
}

int exec_bundle(
	const struct certs *system, const struct certs *cas, struct certs *ret, struct fault *why)
{
	auto_certs own = CERTS_INIT;
	bool has_own = read_own(&variables[0], &own);

	if (certs_add_new(ret, has_own ? &own : system, why) < 0)
		return -1;
	return certs_add_new(ret, cas, why);
}

/*
 * Append our option to the existing ones: the last one wins.  Java reads a quoted part as one word,
 * except Java 8.
 */
static int format_java(
	const char *name, const char *dir, const char *path, struct names *ret, struct fault *why)
{
	static const char option[] = "-Djavax.net.ssl.trustStore=";
	const char *old = getenv(name);
	const char *quote = strpbrk(dir, " \t") ? "\"" : "";

	if (old && strstr(old, option))
		log_note("the trust store that %s names is left out", name);
	return names_addf(ret, why, "%s%s%s%s%s%s", old ? old : "", old && old[0] ? " " : "", quote,
		option, path, quote);
}

int exec_files_make(const struct certs *bundle, const struct certs *cas, time_t when,
	struct exec_files *ret, struct fault *why)
{
	enum { CA, BUNDLE, JAVA }; /* in paths */
	auto_exec_files it = {0};
	auto_buf keystore = buf_make(LIMIT_FILE_BYTES);

	if (fd_private_dir(&it.dir, why) < 0 || put_pem(&it, "ca.pem", cas, why) < 0 ||
		put_pem(&it, "bundle.pem", bundle, why) < 0 ||
		keystore_make(bundle, when, &keystore, why) < 0 ||
		put(&it, "java.jks", &keystore, why) < 0)
		return -1;
	for (const struct variable *at = variables; at->name; at++) {
		auto_names value = NAMES_INIT;
		auto_certs own = CERTS_INIT;
		const char *path = it.paths.at[at->kind == VARIABLE_CA ? CA : BUNDLE];
		bool has_own = at->kind != VARIABLE_JAVA && at != variables && read_own(at, &own);

		/* A file of its own where the user has set the variable, else the one for all. */
		if (has_own) {
			if (certs_add_new(&own, cas, why) < 0 ||
				put_pem(&it, at->name, &own, why) < 0)
				return -1;
			path = it.paths.at[it.paths.n - 1];
		}
		if (at->kind == VARIABLE_JAVA) {
			if (format_java(at->name, it.dir, it.paths.at[JAVA], &value, why) < 0)
				return -1;
			path = value.at[0];
		}
		if (setenv(at->name, path, 1) < 0)
			return fault_nomem(why);
	}
	log_detail("the command's trust is in '%s'", it.dir);
	*ret = it;
	it = (struct exec_files){0};
	return 0;
}
