/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/trust_env.h"

#include <string.h>

#include "src/client/programs.h"
#include "src/find/certfile.h"
#include "src/sys/fd.h"
#include "src/sys/log.h"
#include "stores/java/keystore.h"

void trust_env_free(struct trust_env *it)
{
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < it->paths.n; i++)
		if (unlink(it->paths.at[i]) < 0)
			fault_sys(&why, "cannot remove '%s'", it->paths.at[i]);
	if (it->dir && rmdir(it->dir) < 0)
		fault_sys(&why, "cannot remove '%s'", it->dir);
	if (why.kind)
		log_note("%s", why.text);
	names_free(&it->paths);
	free(steal(&it->dir));
}

/* Write a file of that name; its path becomes the last of it->paths. */
static int put(struct trust_env *it, const char *name, const struct buf *bytes, struct fault *why)
{
	if (names_addf(&it->paths, why, "%s/%s", it->dir, name) < 0)
		return -1;
	return fd_write_file(it->paths.at[it->paths.n - 1], 0600, bytes->bytes, bytes->len, why);
}

static int put_pem(
	struct trust_env *it, const char *name, const struct certs *certs, struct fault *why)
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
	log_detail("%s: the certificates of '%s' and the CA", variable->name, path);
	return true;
}

int trust_env_bundle(
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
static int format_java(const struct trust_env *it, const char *name, const char *path,
	struct names *ret, struct fault *why)
{
	static const char option[] = "-Djavax.net.ssl.trustStore=";
	const char *old = getenv(name);
	const char *quote = strpbrk(it->dir, " \t") ? "\"" : "";

	if (old && strstr(old, option))
		log_note("the trust store that %s names is left out", name);
	return names_addf(ret, why, "%s%s%s%s%s%s", old ? old : "", old && old[0] ? " " : "", quote,
		option, path, quote);
}

int trust_env_make(const struct certs *bundle, const struct certs *cas, time_t when,
	struct trust_env *ret, struct fault *why)
{
	/* in paths */
	static const size_t files[] = {
		[VARIABLE_CA] = 0, [VARIABLE_BUNDLE] = 1, [VARIABLE_JAVA] = 2};
	auto_trust_env it = {0};
	auto_buf keystore = buf_make(LIMIT_FILE_BYTES);

	if (fd_private_dir(&it.dir, why) < 0 || put_pem(&it, "ca.pem", cas, why) < 0 ||
		put_pem(&it, "bundle.pem", bundle, why) < 0 ||
		keystore_make(bundle, when, &keystore, why) < 0 ||
		put(&it, "java.jks", &keystore, why) < 0)
		return -1;
	for (const struct variable *at = variables; at->name; at++) {
		auto_names java = NAMES_INIT;
		auto_certs own = CERTS_INIT;
		const char *value = it.paths.at[files[at->kind]];

		if (at->kind == VARIABLE_JAVA) {
			if (format_java(&it, at->name, value, &java, why) < 0)
				return -1;
			value = java.at[0];
		} else if (at != variables && read_own(at, &own)) {
			/* A file of its own where the user has set the variable. */
			if (certs_add_new(&own, cas, why) < 0 ||
				put_pem(&it, at->name, &own, why) < 0)
				return -1;
			value = it.paths.at[it.paths.n - 1];
		}
		if (setenv(at->name, value, 1) < 0)
			return fault_nomem(why);
	}
	log_detail("the command's CA files are in '%s'", it.dir);
	*ret = it;
	it = (struct trust_env){0};
	return 0;
}
