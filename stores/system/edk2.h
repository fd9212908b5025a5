/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EDK2_H
#define TRUSTFIX_EDK2_H

/*
 * The list of CAs for UEFI HTTPS boot, as `trust extract --format=edk2-cacerts` writes it: one
 * EFI_SIGNATURE_LIST per certificate, with one signature each (UEFI 2.10, 32.4.1).  Other lists in
 * the file are kept.
 */

#include "src/x509/cert.h"
#include "src/fs/view.h"

/*
 * Plan the file at `path` with the certificate appended.  No edit if the file is missing or already
 * holds the certificate.  FAULT_FORMAT: the file is not such a list.
 */
int edk2_add(struct view *view, const char *path, const struct cert *cert, const char *whose,
	struct fault *why);

/* Plan the file without that certificate; no edit if the file is missing. */
int edk2_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	const char *whose, struct fault *why);

#endif
