/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/families.h"

#include <string.h>

#include "stores/bundle.h"
#include "stores/system/certpaths.h"

#define OS_RELEASE "/etc/os-release"
#define OS_RELEASE_VENDOR "/usr/lib/os-release"

#define DEBIAN_ROW                                                                       \
	.shown = UPDATE_CA_CERTS, .layout = &layout_debian, .anchors = UPDATE_CA_LOCAL,  \
	.shipped = {UPDATE_CA_SHIPPED}, .bundles = {{UPDATE_CA_BUNDLE, BUNDLE_SERVERS}}, \
	.hash_dir = UPDATE_CA_CERTS,                                                     \
	.openssl_files = {"/usr/lib/ssl/cert.pem", "/etc/ssl/cert.pem"},                 \
	.java = "/etc/ssl/certs/java/cacerts", .refresh = "refresh-debian",              \
	.tool = "update-ca-certificates", .aside = UPDATE_CA_ASIDE

#define CA_TRUST "/etc/pki/ca-trust"
#define P11KIT_ROW                                                                               \
	.shown = CA_TRUST, .layout = &layout_p11kit, .anchors = CA_TRUST "/source/anchors",      \
	.shipped = {"/usr/share/pki/ca-trust-source", "/usr/share/pki/ca-trust-source/anchors"}, \
	.distrusted = {CA_TRUST "/source/blocklist", CA_TRUST "/source/blacklist"},              \
	.bundles = {{CA_TRUST "/extracted/pem/tls-ca-bundle.pem", BUNDLE_SERVERS},               \
		{CA_TRUST "/extracted/pem/email-ca-bundle.pem", BUNDLE_EMAIL},                   \
		{CA_TRUST "/extracted/pem/objsign-ca-bundle.pem", BUNDLE_CODE},                  \
		{CA_TRUST "/extracted/openssl/ca-bundle.trust.crt", BUNDLE_TRUSTED}},            \
	.has_comments = true, .hash_dir = CA_TRUST "/extracted/pem/directory-hash",              \
	.link_dir = "/etc/pki/tls/certs", .edk2 = CA_TRUST "/extracted/edk2/cacerts.bin",        \
	.java = CA_TRUST "/extracted/java/cacerts", .openssl_files = {"/etc/pki/tls/cert.pem"},  \
	.tool = "update-ca-trust", .aside = CA_TRUST, .refresh = "refresh-p11kit"

/* In the order they are tried: first those that must be left alone, the most general ones last. */
static const struct family families[] = {
	{
		.label = "NixOS",
		.marks = {"/etc/NIXOS"},
		.ids = {"nixos"},
		.shown = UPDATE_CA_CERTS,
		.blocked = "NixOS makes /etc from its configuration: put the file into "
			   "security.pki.certificateFiles and run nixos-rebuild switch",
	},
	{
		.label = "Bottlerocket",
		.ids = {"bottlerocket"},
		.shown = UPDATE_CA_CERTS,
		.blocked = "Bottlerocket takes certificates through its API: set "
			   "settings.pki.NAME.data (base64 of the PEM) and "
			   "settings.pki.NAME.trusted=true",
	},
	{
		.label = "Talos",
		.ids = {"talos"},
		.shown = UPDATE_CA_CERTS,
		.blocked =
			"Talos takes certificates in its machine configuration: add a document of "
			"kind TrustedRootsConfig",
	},
	{
		.label = "Flatcar",
		.ids = {"flatcar", "coreos"},
		.shown = UPDATE_CA_CERTS,
		.blocked =
			"Flatcar is set up by Ignition: write the file to /etc/ssl/certs/NAME.pem "
			"there and run update-ca-certificates",
	},
	{
		.label = "SUSE transactional",
		.ids = {"opensuse-microos", "opensuse-aeon", "opensuse-kalpa",
			"opensuse-leap-micro", "sle-micro", "sl-micro", "suse-microos"},
		.shown = "/etc/pki/trust",
		.blocked = "this SUSE system changes only in snapshots: put the file into "
			   "/etc/pki/trust/anchors, run transactional-update shell -c "
			   "update-ca-certificates, and reboot",
	},
	{
		.label = "SUSE",
		.marks = {"/etc/pki/trust/anchors", "/usr/share/pki/trust"},
		.ids = {"suse", "opensuse", "sles", "sled", "opensuse-leap", "opensuse-tumbleweed"},
		.shown = "/etc/pki/trust",
		.layout = &layout_p11kit,
		.anchors = "/etc/pki/trust/anchors",
		.shipped = {"/usr/share/pki/trust", "/usr/share/pki/trust/anchors"},
		.distrusted = {"/etc/pki/trust/blocklist", "/etc/pki/trust/blacklist"},
		.bundles = {{"/var/lib/ca-certificates/ca-bundle.pem", BUNDLE_SERVERS}},
		.hash_dir = "/var/lib/ca-certificates/pem",
		.trusted_dir = "/var/lib/ca-certificates/openssl",
		.java = "/var/lib/ca-certificates/java-cacerts",
		.openssl_files = {"/etc/ssl/cert.pem"},
		.tool = "update-ca-certificates",
		.aside = "/etc/pki",
		.refresh = "refresh-suse",
	},
	{
		.label = "Arch",
		.marks = {"/etc/ca-certificates/trust-source", "/etc/arch-release"},
		.ids = {"arch", "archarm", "manjaro", "endeavouros", "artix"},
		.shown = "/etc/ca-certificates/trust-source",
		.layout = &layout_p11kit,
		.anchors = "/etc/ca-certificates/trust-source/anchors",
		.shipped = {"/usr/share/ca-certificates/trust-source",
			"/usr/share/ca-certificates/trust-source/anchors"},
		.distrusted = {"/etc/ca-certificates/trust-source/blocklist",
			"/etc/ca-certificates/trust-source/blacklist"},
		.bundles = {{"/etc/ca-certificates/extracted/tls-ca-bundle.pem", BUNDLE_SERVERS},
			{"/etc/ca-certificates/extracted/email-ca-bundle.pem", BUNDLE_EMAIL},
			{"/etc/ca-certificates/extracted/objsign-ca-bundle.pem", BUNDLE_CODE},
			{"/etc/ca-certificates/extracted/ca-bundle.trust.crt", BUNDLE_TRUSTED}},
		.has_comments = true,
		.hash_dir = "/etc/ca-certificates/extracted/cadir",
		.link_dir = UPDATE_CA_CERTS,
		.edk2 = "/etc/ca-certificates/extracted/edk2-cacerts.bin",
		.java = "/etc/ssl/certs/java/cacerts",
		.openssl_files = {"/etc/ssl/cert.pem"},
		.tool = "update-ca-trust",
		.aside = "/etc/ca-certificates",
		.refresh = "refresh-arch",
	},
	{
		.label = "Fedora CoreOS",
		.marks = {"/run/ostree-booted"},
		P11KIT_ROW,
		.note = "this system is image-based: files in /etc persist, but a newly "
			"provisioned "
			"machine needs the anchor in its Ignition or container configuration too",
	},
	{
		.label = "p11-kit",
		.marks = {"/etc/pki/ca-trust", "/usr/bin/update-ca-trust",
			"/usr/share/pki/ca-trust-source"},
		.ids = {"rhel", "fedora", "centos", "amzn", "rocky", "almalinux", "ol"},
		P11KIT_ROW,
	},
	{
		.label = "Alpine",
		.marks = {"/etc/alpine-release", "/etc/apk", "/lib/apk/db", "/usr/lib/apk/db"},
		.ids = {"alpine", "wolfi", "chainguard", "postmarketos"},
		.shown = UPDATE_CA_CERTS,
		.layout = &layout_alpine,
		.anchors = UPDATE_CA_LOCAL,
		.shipped = {UPDATE_CA_SHIPPED},
		.bundles = {{UPDATE_CA_BUNDLE, BUNDLE_SERVERS}},
		.java = "/etc/ssl/certs/java/cacerts",
		.tool = "update-ca-certificates",
		.aside = UPDATE_CA_ASIDE,
		.refresh = "refresh-alpine",
	},
	{
		.label = "Gentoo",
		.marks = {"/etc/gentoo-release"},
		.ids = {"gentoo"},
		DEBIAN_ROW,
	},
	{
		.label = "Void",
		.marks = {"/etc/xbps.d", "/usr/share/xbps.d"},
		.ids = {"void"},
		DEBIAN_ROW,
	},
	{
		.label = "Debian",
		.marks = {UPDATE_CA_CONF, UPDATE_CA_TOOL},
		.ids = {"debian", "ubuntu"},
		DEBIAN_ROW,
	},
};

/* No known family, just a bundle, as in distroless images. */
static const struct family bundle_only = {
	.label = "bundle",
	.shown = UPDATE_CA_BUNDLE,
};

/* Go 1.19, crypto/x509/root_linux.go; the last is OpenSSL's on Debian. */
const char *const family_bundles[] = {
	UPDATE_CA_BUNDLE,
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
	"/usr/lib/ssl/cert.pem",
	NULL,
};

#define FAMILIES_N (sizeof(families) / sizeof(*families))

/* A blocked family's advice is for a running system; it does not apply to an image built from it.
 */
static bool counts(struct view *view, const struct family *family)
{
	return !family->blocked || !view->tree->is_still;
}

static bool has_mark(struct view *view, const struct family *family)
{
	for (size_t i = 0; i < FAMILY_LIST_N && family->marks[i]; i++)
		if (view_is_file(view, family->marks[i]) || view_is_dir(view, family->marks[i]))
			return true;
	return false;
}

static const struct family *by_marks(struct view *view)
{
	for (size_t i = 0; i < FAMILIES_N; i++)
		if (counts(view, &families[i]) && has_mark(view, &families[i]))
			return &families[i];
	return NULL;
}

static const struct family *by_id(struct view *view, const char *id)
{
	for (size_t i = 0; i < FAMILIES_N; i++)
		for (size_t j = 0; j < FAMILY_LIST_N && families[i].ids[j]; j++)
			if (counts(view, &families[i]) && strcmp(families[i].ids[j], id) == 0)
				return &families[i];
	return NULL;
}

/* The families that ID=word and ID_LIKE="word word" name, NULL for none; os-release(5). */
static int by_os_release(struct view *view, const struct family **ret_id,
	const struct family **ret_like, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	const char *path = view_is_file(view, OS_RELEASE) ? OS_RELEASE : OS_RELEASE_VENDOR;
	bool found = false;
	char *rest = NULL;

	*ret_id = *ret_like = NULL;
	if (view_is_file(view, path) && view_read(view, path, &text, &found, why) < 0)
		return -1;
	for (char *line = text.len ? strtok_r((char *)text.bytes, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest)) {
		bool is_id = strncmp(line, "ID=", 3) == 0;
		const struct family **ret = is_id ? ret_id : ret_like;
		char *words = NULL;

		if (!is_id && strncmp(line, "ID_LIKE=", 8) != 0)
			continue;
		line = strchr(line, '=') + 1;
		for (char *word = strtok_r(line, "\"' \t\r", &words); word && !*ret;
			word = strtok_r(NULL, "\"' \t\r", &words))
			*ret = by_id(view, word);
	}
	return 0;
}

/* Is there anything at a path where programs look for a bundle, or anything that blocks such a
 * path?  A broken symbolic link does not count. */
static bool has_bundle(struct view *view)
{
	for (size_t i = 0; family_bundles[i]; i++) {
		struct fault ignored = FAULT_INIT;
		auto_entry entry = ENTRY_INIT;
		auto_free char *real = NULL;

		if (view_entry(view, family_bundles[i], VIEW_FOLLOW, &entry, &real, &ignored) < 0 ||
			!real || entry.kind != ENTRY_NONE)
			return true;
	}
	return false;
}

int family_find(struct view *view, const struct family **ret, bool *ret_is_new, struct fault *why)
{
	const struct family *family, *id, *like;
	bool whole = true;

	if (by_os_release(view, &id, &like, why) < 0)
		return -1;
	family = id && id->blocked ? id : by_marks(view);
	if (!family)
		family = id ? id : like ? like : by_id(view, "debian");
	*ret_is_new = !family->blocked && !has_bundle(view);
	/* A layout that regenerates the bundle must not lose certificates it has no file for. */
	if (family->layout == &layout_debian && update_ca_loses_nothing(view, &whole, why) < 0)
		return -1;
	*ret = whole ? family : &bundle_only;
	return 0;
}

const struct family *family_refreshed(const char *name)
{
	for (size_t i = 0; name && i < FAMILIES_N; i++)
		if (families[i].refresh &&
			strcmp(families[i].refresh + strlen("refresh-"), name) == 0)
			return &families[i];
	return NULL;
}

const struct family *family_of_keystore(struct view *view, const char *path)
{
	for (size_t i = 0; i < FAMILIES_N; i++)
		if (families[i].layout == &layout_p11kit && strcmp(families[i].java, path) == 0 &&
			has_mark(view, &families[i]))
			return &families[i];
	return NULL;
}

/*
 * Where OpenSSL's file no longer exists (Fedora 44), it sees only the directory, and so does curl,
 * which is given the bundle's path on Debian.
 */
int family_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	bool is_debian = family->layout == &layout_debian;
	const struct certpaths paths = {family->bundles[0].path,
		family->link_dir ? family->link_dir : family->hash_dir, family->openssl_files,
		PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | (is_debian ? 0 : PEM_QUIRK_BIT(PEM_QUIRK_CURL)),
		is_debian};
	const char *bundle = family->bundles[0].path;

	for (size_t i = 0; !bundle && family_bundles[i]; i++)
		if (view_is_file(view, family_bundles[i]))
			bundle = family_bundles[i];
	if (paths.dir)
		return certpaths_anchors(view, &paths, ret, why);
	return bundle ? bundle_certs(view, bundle, ret, why) : 0;
}
