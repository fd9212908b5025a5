/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_GOLDEN_H
#define TRUSTFIX_GOLDEN_H

/* The keystores of tests/data/keystores. */

#include "stores/java/keystore.h"

struct golden {
	const char *name;
	enum keystore_format format;
	const char *password;
	bool has_password, opens_without;
	size_t entries_n, certs_n;
	bool is_slow; /* more than 20 ms of key derivation */
};

extern const struct golden goldens[]; /* name is NULL at the end */

/* A file's bytes, and what opens it. */
struct opened {
	struct buf bytes;
	struct names passwords;
	struct keystore_source source;
};

void golden_open(const char *name, const char *password, struct opened *ret);
void opened_free(struct opened *opened);
CLEANUP_VALUE(opened, opened_free)
#define auto_opened CLEANUP(opened) struct opened

/* The same password, other bytes (borrowed). */
struct keystore_source golden_source(const struct opened *opened, const struct buf *bytes);

static inline int golden_add(const struct keystore_source *source, struct cert *cert,
	const char *alias, time_t when, struct buf *out, struct fault *why)
{
	const struct keystore_edit edit = {cert, cert->sha256, alias, when};

	return keystore_change(source, &edit, out, why);
}

static inline int golden_remove(const struct keystore_source *source, const uint8_t *sha256,
	struct buf *out, struct fault *why)
{
	return keystore_change(source, &(struct keystore_edit){.sha256 = sha256}, out, why);
}

/* Is `part` somewhere in `whole`? */
bool golden_holds(const struct buf *whole, const void *part, size_t len);

#endif
