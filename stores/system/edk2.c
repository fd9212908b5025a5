/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/edk2.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"

#define GUID_LEN 16
#define HEADER_LEN (GUID_LEN + 12)

/* EFI_CERT_X509_GUID, and p11-kit's own GUID as the owner of each signature. */
static const uint8_t x509_type[GUID_LEN] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87,
	0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
static const uint8_t owner[GUID_LEN] = {0x50, 0x3b, 0xdd, 0xdc, 0x05, 0xf4, 0xfd, 0x43, 0x96, 0xbe,
	0xbd, 0x33, 0xb1, 0x73, 0x47, 0x76};

static uint32_t take_le32(struct bytes *in)
{
	return __builtin_bswap32((uint32_t)bytes_be(in, 4));
}

static void add_le32(struct buf *out, size_t value)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		buf_add_byte(out, (uint8_t)(value >> shift));
}

/* The next list and its one certificate, which is empty if the list is of another kind. */
static bool take_list(struct bytes *in, struct bytes *ret_list, struct bytes *ret_cert)
{
	const uint8_t *at = bytes_take(in, GUID_LEN);
	uint32_t len = take_le32(in), header_len = take_le32(in), one_len = take_le32(in);

	if (bytes_failed(in) || len < HEADER_LEN || !bytes_take(in, len - HEADER_LEN))
		return false;
	*ret_list = bytes_make(at, len);
	*ret_cert = bytes_make(at, 0);
	if (memcmp(at, x509_type, GUID_LEN) == 0 && header_len == 0 && one_len > GUID_LEN &&
		one_len == len - HEADER_LEN)
		*ret_cert = bytes_make(at + HEADER_LEN + GUID_LEN, one_len - GUID_LEN);
	return true;
}

/* Copy all lists except those of that certificate to `out`; *ret_found: was there one? */
static int read_without(struct view *view, const char *path,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct buf *out, bool *ret_found,
	struct fault *why)
{
	auto_buf old = buf_make(LIMIT_PEM_BYTES);
	struct bytes in, list, cert;
	bool is_there;

	*ret_found = false;
	if (view_read(view, path, &old, &is_there, why) < 0)
		return -1;
	in = bytes_make(old.bytes, old.len);
	while (in.left) {
		uint8_t digest[DIGEST_SHA256_LEN];

		if (!take_list(&in, &list, &cert))
			return fault_set(
				why, FAULT_FORMAT, "'%s' is not a list of UEFI signatures", path);
		digest_sha256(cert.at, cert.left, digest);
		if (cert.left && memcmp(digest, sha256, sizeof(digest)) == 0)
			*ret_found = true;
		else
			buf_add(out, list.at, list.left);
	}
	return 0;
}

int edk2_add(struct view *view, const char *path, const struct cert *cert, const char *whose,
	struct fault *why)
{
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	size_t len = cert->der.left;
	const uint8_t *der = cert->der.at;
	bool found;

	if (!view_is_file(view, path))
		return 0;
	if (read_without(view, path, cert->sha256, &out, &found, why) < 0)
		return -1;
	if (found)
		return 0;
	buf_add(&out, x509_type, GUID_LEN);
	add_le32(&out, HEADER_LEN + GUID_LEN + len);
	add_le32(&out, 0);
	add_le32(&out, GUID_LEN + len);
	buf_add(&out, owner, GUID_LEN);
	buf_add(&out, der, len);
	return view_give_file(view, path, &out, 0444, whose, why);
}

int edk2_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	const char *whose, struct fault *why)
{
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	bool found;

	if (!view_is_file(view, path))
		return 0;
	if (read_without(view, path, sha256, &out, &found, why) < 0)
		return -1;
	return found ? view_give_file(view, path, &out, 0444, whose, why) : 0;
}
