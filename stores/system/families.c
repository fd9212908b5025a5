/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/families.h"

#include <string.h>

#include "src/base/text.h"
#include "stores/bundle.h"
#include "stores/system/certpaths.h"
#include "stores/system/hashdir.h"

#define OS_RELEASE "/etc/os-release"
#define OS_RELEASE_VENDOR "/usr/lib/os-release"

/* OpenSSL's default file, and Debian's. */
#define OPENSSL_DEFAULT "/etc/ssl/cert.pem"
#define OPENSSL_DEBIAN "/usr/lib/ssl/cert.pem"

#define UPDATE_CA_ROW(how, hook, ...)                                                    \
	.shown = UPDATE_CA_CERTS, .layout = how, .anchors = UPDATE_CA_LOCAL,             \
	.shipped = {UPDATE_CA_SHIPPED}, .bundles = {{UPDATE_CA_BUNDLE, BUNDLE_SERVERS}}, \
	.hash_dir = UPDATE_CA_CERTS, .openssl_files = {__VA_ARGS__},                     \
	.java = "/etc/ssl/certs/java/cacerts", .tool = "update-ca-certificates",         \
	.aside = UPDATE_CA_ASIDE, .refresh = hook
#define DEBIAN_ROW UPDATE_CA_ROW(&layout_debian, "refresh-debian", OPENSSL_DEBIAN, OPENSSL_DEFAULT)
#define ALPINE_ROW UPDATE_CA_ROW(&layout_alpine, "refresh-alpine", OPENSSL_DEFAULT)

#define CERTDIR_ROW(bundle)                                                               \
	.shown = UPDATE_CA_CERTS, .layout = &layout_certdir, .hash_dir = UPDATE_CA_CERTS, \
	.bundles = {{bundle, BUNDLE_SERVERS}}, .openssl_files = {OPENSSL_DEFAULT}

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
	{.label = "NixOS",
		.marks = {"/etc/NIXOS"},
		.ids = {"nixos"},
		.shown = UPDATE_CA_CERTS,
		.blocked = "NixOS makes /etc from its configuration: put the file into "
			   "security.pki.certificateFiles and run nixos-rebuild switch"},
	{.label = "Guix",
		.ids = {"guix"},
		.shown = UPDATE_CA_CERTS,
		.blocked = "Guix builds /etc/ssl from packages: add a package with the certificate "
			   "in etc/ssl/certs to the operating-system declaration and run guix "
			   "system reconfigure, or rebuild the image with it",
		.in_images = true},
	{.label = "Clear Linux",
		.marks = {"/usr/share/ca-certs/trusted"},
		.ids = {"clear-linux-os"},
		.shown = "/var/cache/ca-certs",
		.bundles = {{"/var/cache/ca-certs/compat/ca-roots.pem", BUNDLE_SERVERS}},
		.blocked = "Clear Linux generates /var/cache/ca-certs: run clrtrust add FILE",
		.in_images = true},
	{.label = "NetBSD",
		.marks = {"/etc/openssl/certs.conf"},
		.ids = {"netbsd"},
		.shown = "/etc/openssl/certs",
		.bundles = {{"/etc/openssl/certs/ca-certificates.crt", BUNDLE_SERVERS}},
		.blocked = "NetBSD generates /etc/openssl/certs: put the file into a directory "
			   "that /etc/openssl/certs.conf names and run certctl rehash",
		.in_images = true},
	{.label = "Bottlerocket",
		.ids = {"bottlerocket"},
		.shown = UPDATE_CA_CERTS,
		.blocked = "Bottlerocket takes certificates through its API: set "
			   "settings.pki.NAME.data (base64 of the PEM) and "
			   "settings.pki.NAME.trusted=true"},
	{.label = "Talos",
		.ids = {"talos"},
		.shown = UPDATE_CA_CERTS,
		.blocked =
			"Talos takes certificates in its machine configuration: add a document of "
			"kind TrustedRootsConfig"},
	{.label = "Flatcar",
		.ids = {"flatcar", "coreos"},
		.shown = UPDATE_CA_CERTS,
		.blocked =
			"Flatcar is set up by Ignition: write the file to /etc/ssl/certs/NAME.pem "
			"there and run update-ca-certificates"},
	{.label = "SUSE transactional",
		.ids = {"opensuse-microos", "opensuse-aeon", "opensuse-kalpa",
			"opensuse-leap-micro", "sle-micro", "sl-micro", "suse-microos"},
		.shown = "/etc/pki/trust",
		.blocked = "this SUSE system changes only in snapshots: put the file into "
			   "/etc/pki/trust/anchors, run transactional-update shell -c "
			   "update-ca-certificates, and reboot"},
	{.label = "SUSE",
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
		.openssl_files = {OPENSSL_DEFAULT},
		.tool = "update-ca-certificates",
		.aside = "/etc/pki",
		.refresh = "refresh-suse"},
	{.label = "Arch",
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
		.openssl_files = {OPENSSL_DEFAULT},
		.tool = "update-ca-trust",
		.aside = "/etc/ca-certificates",
		.refresh = "refresh-arch"},
	{.label = "Fedora CoreOS",
		.marks = {"/run/ostree-booted"},
		P11KIT_ROW,
		.note = "this system is image-based: files in /etc persist, but a newly "
			"provisioned "
			"machine needs the anchor in its Ignition or container configuration too"},
	{.label = "p11-kit",
		.marks = {"/etc/pki/ca-trust", "/usr/bin/update-ca-trust",
			"/usr/share/pki/ca-trust-source"},
		.ids = {"rhel", "fedora", "centos", "amzn", "rocky", "almalinux", "ol",
			"azurelinux", "mariner"},
		P11KIT_ROW},
	{.label = "Photon",
		.ids = {"photon"},
		CERTDIR_ROW("/etc/pki/tls/certs/ca-bundle.crt"),
		.anchors = UPDATE_CA_CERTS,
		.suffix = ".pem"},
	{.label = "OpenWrt",
		.ids = {"openwrt"},
		CERTDIR_ROW(UPDATE_CA_BUNDLE),
		.anchors = UPDATE_CA_CERTS,
		.suffix = ".crt"},
	{.label = "FreeBSD",
		.marks = {"/usr/sbin/certctl", "/usr/share/certs/trusted"},
		.ids = {"freebsd"},
		CERTDIR_ROW(OPENSSL_DEFAULT),
		.anchors = "/usr/local/share/certs",
		.suffix = ".crt",
		.shipped = {"/usr/share/certs/trusted"},
		.distrusted = {"/usr/share/certs/untrusted", "/etc/ssl/untrusted"},
		.tool = "certctl rehash"},
	{.label = "Alpine",
		.marks = {"/etc/alpine-release"},
		.ids = {"alpine", "wolfi", "chainguard", "postmarketos"},
		ALPINE_ROW},
	{.label = "Chimera", .ids = {"chimera"}, ALPINE_ROW},
	{.label = "Gentoo", .marks = {"/etc/gentoo-release"}, .ids = {"gentoo"}, DEBIAN_ROW},
	{.label = "Void",
		.marks = {"/etc/xbps.d", "/usr/share/xbps.d"},
		.ids = {"void"},
		DEBIAN_ROW},
	{.label = "Debian", .ids = {"debian", "ubuntu"}, DEBIAN_ROW},
};

/* No known family: a bundle somewhere, a directory of hash links, or both. */
static const struct family unknown = {
	.label = "bundle",
	.layout = &layout_certdir,
	.hash_dir = UPDATE_CA_CERTS,
	.openssl_files = {OPENSSL_DEBIAN, OPENSSL_DEFAULT},
	.anchors = UPDATE_CA_CERTS,
	.suffix = ".pem",
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

/* Most advice of blocked families is for a running system and does not apply to an image. */
static bool counts(struct view *view, const struct family *family)
{
	return !family->blocked || family->in_images || !view->tree->is_still;
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

/* The family that ID=word, or else ID_LIKE="word word", names; NULL: none; os-release(5). */
static int by_os_release(struct view *view, const struct family **ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	const char *path = view_is_file(view, OS_RELEASE) ? OS_RELEASE : OS_RELEASE_VENDOR;
	const struct family *like = NULL;
	bool found = false;
	char *rest = NULL;

	*ret = NULL;
	if (view_is_file(view, path) && view_read(view, path, &text, &found, why) < 0)
		return -1;
	for (char *line = text.len ? strtok_r((char *)text.bytes, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest)) {
		bool is_id = strncmp(line, "ID=", 3) == 0;
		const struct family **named = is_id ? ret : &like;
		char *words = NULL;

		if (!is_id && strncmp(line, "ID_LIKE=", 8) != 0)
			continue;
		line = strchr(line, '=') + 1;
		for (char *word = strtok_r(line, "\"' \t\r", &words); word && !*named;
			word = strtok_r(NULL, "\"' \t\r", &words))
			*named = by_id(view, word);
	}
	if (!*ret)
		*ret = like;
	return 0;
}

bool family_has_store(struct view *view)
{
	bool found = hashdir_is_used(view, UPDATE_CA_CERTS);

	for (size_t i = 0; !found && family_bundles[i]; i++) {
		struct fault ignored = FAULT_INIT;
		auto_entry entry = ENTRY_INIT;
		auto_free char *real = NULL;

		found = view_entry(view, family_bundles[i], VIEW_FOLLOW, &entry, &real, &ignored) <
				0 ||
			!real || entry.kind != ENTRY_NONE;
	}
	return found;
}

bool family_has_openssl_file(struct view *view, const struct family *family)
{
	/* Where nobody knows the family and there are no links, OpenSSL looks elsewhere. */
	bool found = family == &unknown && !hashdir_is_used(view, family->hash_dir);

	for (size_t i = 0; i < 2 && family->openssl_files[i]; i++)
		found |= view_is_file(view, family->openssl_files[i]);
	return found;
}

int family_find(struct view *view, const struct family **ret, bool *ret_is_new, struct fault *why)
{
	bool is_new = !family_has_store(view), fits = true;
	const struct family *family, *named;
	auto_entry bundle = ENTRY_INIT;
	auto_free char *real = NULL;

	if (by_os_release(view, &named, why) < 0 ||
		view_entry(view, UPDATE_CA_BUNDLE, VIEW_FOLLOW, &bundle, &real, why) < 0)
		return -1;
	family = named && named->blocked                       ? named
		 : real && text_path_is_in(real, "/gnu/store") ? by_id(view, "guix")
							       : by_marks(view);
	if (!family)
		family = named ? named : by_id(view, "debian");
	*ret_is_new = is_new && !family->blocked;
	/* A layout that makes the bundle must not lose certificates it has no file for, and not
	 * make one that programs find before the real one. */
	if (!is_new && update_ca_fits(view, family, &fits, why) < 0)
		return -1;
	*ret = fits ? family : &unknown;
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

const char *family_bundle(struct view *view, const struct family *family)
{
	const char *own = family->bundles[0].path;

	for (size_t i = 0; !(own && view_is_file(view, own)) && family_bundles[i]; i++)
		if (view_is_file(view, family_bundles[i]))
			return family_bundles[i];
	return own ? own : OPENSSL_DEFAULT;
}

int family_anchors(
	struct view *view, const struct family *family, struct certs *ret, struct fault *why)
{
	bool is_p11kit = family->layout == &layout_p11kit;
	struct certpaths paths = {
		.bundle = family_bundle(view, family),
		.dir = family->link_dir ? family->link_dir : family->hash_dir,
		.has_file = family_has_openssl_file(view, family),
		.in_dir = CERTPATHS_IN_DIR,
		.lost = PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL),
		.is_alone = !is_p11kit,
	};

	if (!paths.dir)
		return bundle_certs(view, paths.bundle, ret, why);
	/* curl is given the bundle's path, on Debian with the directory's, and on the families of
	 * p11-kit it takes OpenSSL's defaults.  Without any bundle all must read the directory. */
	if (is_p11kit || family->layout == &layout_debian)
		paths.in_dir |= PEM_QUIRK_BIT(PEM_QUIRK_CURL);
	if (family->layout == &layout_certdir && !view_is_file(view, paths.bundle))
		paths.in_dir = paths.lost = ~0U;
	else if (is_p11kit)
		paths.lost |= PEM_QUIRK_BIT(PEM_QUIRK_CURL);
	return certpaths_anchors(view, &paths, ret, why);
}
