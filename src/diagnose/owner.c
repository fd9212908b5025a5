/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/owner.h"

#include <ctype.h>
#include <libpsl.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

const char owner_private[] = "private names";

const char *owner_of(const char *host, bool is_ip)
{
	const psl_ctx_t *list = psl_builtin();
	char lower[LIMIT_HOST_LEN + 1];
	const char *domain, *suffix;
	size_t len = strlen(host);

	if (is_ip || len > LIMIT_HOST_LEN || text_ends(host, "."))
		return owner_private;
	for (size_t i = 0; i <= len; i++)
		lower[i] = (char)tolower((unsigned char)host[i]);
	domain = psl_registrable_domain(list, lower);
	suffix = domain ? strchr(domain, '.') : NULL;
	/* The list has home.arpa and onion, where nobody is registered. */
	if (!suffix || text_ends(domain, ".arpa") || text_ends(domain, ".onion") ||
		!psl_is_public_suffix2(list, suffix + 1, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE))
		return owner_private;
	return host + len - strlen(domain);
}
