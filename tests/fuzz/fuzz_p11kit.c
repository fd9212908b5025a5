/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the layout of p11-kit reads: three parts behind their lengths (two bytes each), the bundle,
 * the list for UEFI and a file of the administrator's; what is left is a certificate to add, if it
 * is one.
 */
#include "src/base/bytes.h"
#include "stores/store.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define TRUST "/etc/pki/ca-trust"
#define HASHED TRUST "/extracted/pem/directory-hash"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const paths[] = {TRUST "/extracted/pem/tls-ca-bundle.pem",
		TRUST "/extracted/edk2/cacerts.bin", TRUST "/source/anchors/theirs.crt"};
	struct bytes in = bytes_make(bytes, len);
	auto_fuzz_tree it = {0};
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(&it.tree, &plan);
	auto_places places = PLACES_INIT;
	auto_certs certs = CERTS_INIT;
	auto_cert cert = NULL;
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < 3; i++) {
		size_t part_len = (size_t)bytes_be(&in, 2);
		const uint8_t *part = bytes_take(&in, part_len);

		fuzz_tree_add(&it, 'f', paths[i], part, part ? part_len : 0);
	}
	fuzz_tree_add(&it, 'f', HASHED "/x.pem", "", 0);
	fuzz_tree_add(&it, 'l', HASHED "/00000001.0", "x.pem", 5);
	fuzz_tree_add(
		&it, 'l', "/etc/pki/tls/certs/00000001.0", HASHED "/x.pem", 6 + sizeof(HASHED) - 1);
	if (in.failed || cert_make(in.at, in.left, &cert, &why) < 0)
		cert = fuzz_cert();
	fault_clear(&why);
	if (store_kinds[0]->find(&view, NULL, &places, &why) < 0)
		return 0;
	store_kinds[0]->anchors(&view, &places.at[0], &certs, &why);
	fault_clear(&why);
	store_add(&view, &places.at[0], cert, "corp", &why);
	fault_clear(&why);
	store_remove(&view, &places.at[0], cert->sha256, &why);
	fuzz_check_plan(&plan);
	return 0;
}
