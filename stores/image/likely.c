/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/likely.h"

#include <stddef.h>
#include <string.h>

#include "src/base/text.h"

/* Everything below these. */
static const char *const below[] = {
	"/etc/ssl/",
	"/etc/pki/",
	"/etc/ca-certificates/",
	"/usr/lib/ssl/",
	"/usr/share/ca-certificates/",
	"/usr/share/pki/",
	"/usr/local/share/ca-certificates/",
	"/var/lib/ca-certificates/",
	"/var/lib/trustfix/",
};

/* Anything else of these names: what is in them, and what tells which system or program it is. */
static const char *const names[] = {
	"cacerts",
	"jssecacerts",
	"java",
	"node",
	"os-release",
	"toolchains.xml",
	"update-ca-certificates",
	"update-ca-trust",
	"cert9.db",
	"key4.db",
	"pkcs11.txt",
	"libxul.so",
	"chrome",
	"chromium",
	"msedge",
	"brave",
};

static const char *const suffixes[] = {
	".pem",
	".crt",
	".cer",
	".der",
	".p7b",
	".jks",
	".p12",
	".pfx",
	".keystore",
	".truststore",
	".bundle",
	"/certifi/core.py",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Marks of a distribution stand in / or in /etc. */
static bool is_in_etc(const char *path)
{
	const char *rest = strncmp(path, "/etc/", 5) == 0 ? path + 5 : path + 1;

	return !strchr(rest, '/');
}

bool likely(const char *path)
{
	const char *base = strrchr(path, '/') + 1;

	if (is_in_etc(path))
		return true;
	for (size_t i = 0; i < LENGTH(below); i++)
		if (strncmp(path, below[i], strlen(below[i])) == 0)
			return true;
	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcmp(base, names[i]) == 0)
			return true;
	for (size_t i = 0; i < LENGTH(suffixes); i++)
		if (text_ends(path, suffixes[i]))
			return true;
	return false;
}
