/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/certfile.h"

#include <string.h>

#include "src/sys/fd.h"

int certfile_read(const char *path, enum pem_damage damage, struct certs *ret, struct fault *why)
{
	const char *what = strcmp(path, "-") == 0 ? "standard input" : path;
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);

	if (fd_read_file(path, &bytes, why) < 0)
		return -1;
	return pem_read(bytes.bytes, bytes.len, what, damage, ret, why);
}
