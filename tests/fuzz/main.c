/* SPDX-License-Identifier: Apache-2.0 */
/* Replays the files named on the command line, where the compiler has no fuzzer. */
#include <stdint.h>
#include <stdio.h>

#include "src/base/buf.h"
#include "src/base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int replay(const char *path)
{
	auto_file in = fopen(path, "rb");
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	uint8_t block[4096];
	size_t n;

	while (in && (n = fread(block, 1, sizeof(block), in)) > 0)
		buf_add(&bytes, block, n);
	if (!in || ferror(in)) {
		perror(path);
		return 1;
	}
	LLVMFuzzerTestOneInput(bytes.bytes ? bytes.bytes : block, bytes.len);
	return 0;
}

int main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++)
		rc |= replay(argv[i]);
	return rc;
}
