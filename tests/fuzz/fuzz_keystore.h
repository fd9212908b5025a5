/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FUZZ_KEYSTORE_H
#define TRUSTFIX_FUZZ_KEYSTORE_H

/* What both keystore fuzzers do: one certificate added, all read, one taken out. */

#include <stdlib.h>

#include "src/base/limits.h"
#include "stores/java/keystore.h"

static const uint8_t der[] = {0x30, 0x19, 0x30, 0x13, 0x02, 0x01, 0x01, 0x30, 0x00, 0x30, 0x00,
	0x30, 0x00, 0x30, 0x00, 0x30, 0x06, 0x30, 0x00, 0x03, 0x02, 0x00, 0x00, 0x30, 0x00, 0x03,
	0x00};

/* `crypt` may be NULL. */
static inline void work_on(
	const uint8_t *bytes, size_t len, const struct names *passwords, struct p12_crypt *crypt)
{
	struct keystore_source source = (struct keystore_source){bytes, len, passwords, NULL};
	struct keystore_edit edit = {.alias = "one"};
	struct keystore_source again;
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	auto_certs certs = CERTS_INIT;
	auto_cert cert = NULL;
	struct fault why = FAULT_INIT;

	if (cert_make(der, sizeof(der), &cert, &why) < 0)
		abort();
	source.crypt = crypt;
	edit.cert = cert;
	edit.sha256 = cert->sha256;
	if (keystore_change(&source, &edit, &out, &why) < 0)
		return;
	again = (struct keystore_source){out.bytes, out.len, passwords, NULL};
	again.crypt = crypt;
	if (keystore_read(&again, NULL, NULL, &why) < 0) {
		if (why.kind != FAULT_LIMIT)
			abort();
		return;
	}
	if (keystore_read(&source, NULL, &certs, &why) < 0)
		return;
	buf_clear(&out);
	if (!certs.n)
		return;
	edit = (struct keystore_edit){.sha256 = certs.at[0]->sha256};
	if (keystore_change(&source, &edit, &out, &why) < 0 && why.kind != FAULT_LIMIT)
		abort();
}

#endif
