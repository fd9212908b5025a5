/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/ephemeral.h"

#include <fcntl.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "src/sys/log.h"
#include "src/find/certfile.h"
#include "src/find/variables.h"
#include "stores/java/keystore.h"

#define TRUST_STORE "-Djavax.net.ssl.trustStore="

/* ---- the directory --------------------------------------------------------------------------- */

static int remove_file(const char *dir, const char *name, struct fault *why)
{
	auto_names path = NAMES_INIT;

	if (names_addf(&path, why, "%s/%s", dir, name) < 0)
		return -1;
	return unlink(path.at[0]) < 0 ? fault_sys(why, "cannot remove '%s'", path.at[0]) : 0;
}

int ephemeral_remove(struct ephemeral *it, struct fault *why)
{
	int rc = 0;

	for (size_t i = 0; i < it->files.n; i++)
		if (remove_file(it->dir, it->files.at[i], why) < 0)
			rc = -1;
	if (it->dir && rmdir(it->dir) < 0)
		rc = fault_sys(why, "cannot remove '%s'", it->dir);
	names_free(&it->files);
	free(it->dir);
	*it = (struct ephemeral){0};
	return rc;
}

void ephemeral_free(struct ephemeral *it)
{
	struct fault ignored = FAULT_INIT;

	ephemeral_remove(it, &ignored);
}

static int put(struct ephemeral *it, const char *name, const struct buf *bytes, struct fault *why)
{
	auto_names path = NAMES_INIT;

	if (names_addf(&path, why, "%s/%s", it->dir, name) < 0 ||
		names_add(&it->files, name, why) < 0)
		return -1;
	auto_fd fd = open(path.at[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_sys(why, "cannot make '%s'", path.at[0]);
	return fd_write_all(fd, bytes->bytes, bytes->len, path.at[0], why);
}

static int put_pem(
	struct ephemeral *it, const char *name, const struct certs *certs, struct fault *why)
{
	auto_buf text = buf_make(2 * LIMIT_PEM_BYTES);

	return pem_format_all(certs, PEM_TEXT, &text, why) < 0 ? -1 : put(it, name, &text, why);
}

/* ---- what the user has set ------------------------------------------------------------------- */

/*
 * The certificates of the file that the variable names.  false: it is not set, or names nothing
 * that can be read, which is said.
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

int ephemeral_bundle(
	const struct certs *system, const struct certs *cas, struct certs *ret, struct fault *why)
{
	auto_certs own = CERTS_INIT;
	bool has_own = read_own(&variables[0], &own);

	if (certs_add_new(ret, has_own ? &own : system, why) < 0)
		return -1;
	return certs_add_new(ret, cas, why);
}

/* ---- the variables --------------------------------------------------------------------------- */

static int set(const char *name, const char *value, struct fault *why)
{
	return setenv(name, value, 1) < 0 ? fault_nomem(why) : 0;
}

static int set_path(
	const struct ephemeral *it, const char *name, const char *file, struct fault *why)
{
	auto_names path = NAMES_INIT;

	return names_addf(&path, why, "%s/%s", it->dir, file) < 0 ? -1 : set(name, path.at[0], why);
}

/*
 * Behind the options that are there: of a property set twice the last counts.  Java takes quoted
 * parts for whole, Java 8 not.
 */
static int set_java(const struct ephemeral *it, const char *name, struct fault *why)
{
	const char *old = getenv(name);
	const char *quote = strpbrk(it->dir, " \t") ? "\"" : "";
	auto_names value = NAMES_INIT;

	if (old && strstr(old, TRUST_STORE))
		log_note("the trust store that %s names is left out", name);
	if (names_addf(&value, why, "%s%s%s" TRUST_STORE "%s/java.jks%s", old ? old : "",
		    old && old[0] ? " " : "", quote, it->dir, quote) < 0)
		return -1;
	return set(name, value.at[0], why);
}

/* A file of its own where the user has set the variable, else the one for all. */
static int set_pem(struct ephemeral *it, const struct variable *variable, const struct certs *cas,
	struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	const char *file = variable->kind == VARIABLE_CA ? "ca.pem" : "bundle.pem";

	if (variable == &variables[0] || !read_own(variable, &certs))
		return set_path(it, variable->name, file, why);
	if (certs_add_new(&certs, cas, why) < 0 || put_pem(it, variable->name, &certs, why) < 0)
		return -1;
	return set_path(it, variable->name, variable->name, why);
}

int ephemeral_make(const struct certs *bundle, const struct certs *cas, time_t when,
	struct ephemeral *ret, struct fault *why)
{
	auto_ephemeral it = {0};
	auto_buf keystore = buf_make(LIMIT_FILE_BYTES);

	if (fd_private_dir(&it.dir, why) < 0 || put_pem(&it, "ca.pem", cas, why) < 0 ||
		put_pem(&it, "bundle.pem", bundle, why) < 0 ||
		keystore_make(bundle, when, &keystore, why) < 0 ||
		put(&it, "java.jks", &keystore, why) < 0)
		return -1;
	for (const struct variable *variable = variables; variable->name; variable++)
		if ((variable->kind == VARIABLE_JAVA ? set_java(&it, variable->name, why)
						     : set_pem(&it, variable, cas, why)) < 0)
			return -1;
	log_detail("the command's trust is in '%s'", it.dir);
	*ret = it;
	it = (struct ephemeral){0};
	return 0;
}
