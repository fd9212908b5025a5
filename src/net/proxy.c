/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/proxy.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/probe.h"

/* Is `name` the domain or a name below it?  A dot at either end of the domain is ignored. */
static bool domain_holds(char *domain, const char *name)
{
	size_t len = strlen(domain);
	size_t name_len = strlen(name);

	if (len && domain[len - 1] == '.')
		domain[--len] = '\0';
	if (*domain == '.') {
		domain++;
		len--;
	}
	return len && len <= name_len && text_ends(name, domain) &&
	       (len == name_len || name[name_len - len - 1] == '.');
}

bool proxy_is_excluded(const char *list, const char *host, bool is_ip)
{
	static const char separators[] = ", \t";
	char entry[LIMIT_HOST_LEN + 3];

	if (strcmp(list, "*") == 0)
		return true;
	while (*(list += strspn(list, separators))) {
		size_t len = strcspn(list, separators);

		if (len < sizeof(entry)) {
			memcpy(entry, list, len);
			entry[len] = '\0';
			if (is_ip ? url_network_holds(entry, host) : domain_holds(entry, host))
				return true;
		}
		list += len;
	}
	return false;
}

/* The name of the first variable that is set and not empty, or NULL. */
static const char *first_set(const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);
		if (value && *value)
			return *names;
	}
	return NULL;
}

int proxy_find(const struct probe_options *options, const struct url *to, bool for_http,
	struct url *ret, struct fault *why)
{
	/* As curl 7.88 (lib/url.c, lib/noproxy.c) reads them.  Not HTTP_PROXY: a CGI server sets
	 * that from a client's "Proxy:" header. */
	static const char *const https[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const none[] = {"no_proxy", "NO_PROXY", NULL};
	const char *variable = first_set(for_http ? http : https);
	const char *list = first_set(none);
	auto_url it = URL_INIT;

	if (options->proxy) {
		if (url_parse(options->proxy, URL_PROXY, &it, why))
			return fault_wrap(why, "--proxy");
	} else if (!options->no_proxy && variable &&
		   !(list && proxy_is_excluded(getenv(list), to->host, to->is_ip))) {
		if (url_parse(getenv(variable), URL_PROXY, &it, why))
			return fault_wrap(why, "environment variable '%s'", variable);
	}
	if (it.host && !it.user && options->proxy_auth &&
		url_set_login(&it, options->proxy_auth, why))
		return -1;
	*ret = it;
	it = (struct url)URL_INIT;
	return 0;
}
