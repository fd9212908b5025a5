/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/find/certfile.h"

static int read_one(const char *path, struct certs *ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;

	if (certfile_read(path, PEM_STRICT, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n; i++)
		if (certs_add(ret, certs.at[i], why) < 0)
			return -1;
	return 0;
}

int cmd_convert(struct job *job, struct fault *why)
{
	const struct names *files = &job->options.operands;
	auto_certs certs = CERTS_INIT;

	if (files->n == 0 && read_one("-", &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < files->n; i++)
		if (read_one(files->at[i], &certs, why) < 0)
			return -1;
	return job_write_certs(job, &certs, job->options.output, why);
}
