/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/limits.h"
#include "src/cert/pem.h"
#include "src/cmd/cmds.h"
#include "src/sys/fd.h"

static int read_one(const char *path, struct certs *ret, struct fault *why)
{
	const char *what = path[0] == '-' && !path[1] ? "standard input" : path;
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;

	if (fd_read_file(path, LIMIT_PEM_BYTES, &bytes, why) < 0 ||
		pem_read(bytes.bytes, bytes.len, what, PEM_STRICT, &certs, NULL, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n; i++)
		if (certs_add(ret, certs.at[i], why) < 0)
			return -1;
	return 0;
}

int cmd_convert(struct job *job, struct fault *why)
{
	const struct names *files = &job->options->operands;
	auto_certs certs = CERTS_INIT;

	if (job_set_encoding(job, why) < 0)
		return -1;
	if (files->n == 0 && read_one("-", &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < files->n; i++)
		if (read_one(files->at[i], &certs, why) < 0)
			return -1;
	return job_write_certs(job, &certs, why);
}
