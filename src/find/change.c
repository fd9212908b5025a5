/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/change.h"

#include <string.h>

#include "src/journal/installed.h"

bool change_ca_is_for(const struct change_ca *ca, const struct place *place)
{
	return !ca->stores || installed_covers(ca->stores, place);
}

bool change_cas_hold(const struct change_ca *cas, size_t n, const struct cert *cert)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(cas[i].sha256, cert_sha256(cert), DIGEST_SHA256_LEN) == 0)
			return true;
	return false;
}

bool change_cas_are(const struct change_ca *cas, size_t n, struct cert *anchor)
{
	for (size_t i = 0; i < n; i++)
		if (cert_same(cas[i].cert, anchor) || (cert_subjects_match(cas[i].cert, anchor) &&
							      cert_same_key(cas[i].cert, anchor)))
			return true;
	return false;
}
