/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DIGEST_H
#define TRUSTFIX_DIGEST_H

/* SHA-256 without a sight of OpenSSL, for the rooms that may not include it. */

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_LEN 32

void digest_sha256(const void *bytes, size_t len, uint8_t out[static DIGEST_SHA256_LEN]);

#endif
