/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/neighbour.h"

#include <string.h>
#include <sys/stat.h>

#include "src/base/advice.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem_quirks.h"

/* Those that load a system's bundle; rustls is nobody's who decides. */
#define BUNDLE_CLIENTS                                                            \
	(PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL) |       \
		PEM_QUIRK_BIT(PEM_QUIRK_NODE) | PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS) | \
		PEM_QUIRK_BIT(PEM_QUIRK_GO))

void strangers_free(struct strangers *strangers)
{
	names_free(&strangers->paths);
	certs_free(&strangers->certs);
}

int strangers_add(struct strangers *strangers, const struct anchor_file *file,
	const struct certs *bundle, struct fault *why)
{
	for (size_t i = 0; i < file->certs.n; i++) {
		struct cert *cert = file->certs.at[i];

		if (certs_hold(bundle, cert) || certs_hold(&strangers->certs, cert))
			continue;
		if (names_add(&strangers->paths, file->path, why) < 0 ||
			certs_add(&strangers->certs, cert, why) < 0)
			return -1;
	}
	return 0;
}

static bool has(const struct buf *bytes, const char *text)
{
	return bytes->len && memmem(bytes->bytes, bytes->len, text, strlen(text)) != NULL;
}

/* Why it must not go into a bundle, into `ret`; else that stays empty. */
static int find_damage(
	struct view *view, const struct anchor_file *file, struct fault *ret, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *shown = text_printable(file->path, strlen(file->path), LIMIT_NAME_SHOWN);
	const struct buf *bytes = &file->bytes;
	char said[PEM_QUIRK_WHY_LEN];

	if (!shown)
		return fault_nomem(why);
	if (view_entry(view, file->path, VIEW_NOFOLLOW, &entry, NULL, why) < 0)
		return -1;
	if (has(bytes, "PRIVATE KEY-----"))
		fault_set(ret, FAULT_REFUSED,
			"'%s' holds a private key, which everybody could read in the bundle",
			shown);
	else if (bytes->len && memchr(bytes->bytes, '\0', bytes->len))
		fault_set(ret, FAULT_REFUSED,
			"'%s' would break the bundle: it is not text (UTF-16, or binary)", shown);
	else if (pem_quirk_file_says(file->certs.file,
			 pem_quirk_file_spoils(file->certs.file) & BUNDLE_CLIENTS, said))
		fault_set(ret, FAULT_REFUSED, "the bundle would break: %s", said);
	else if (!file->certs.n && (entry.kind == ENTRY_SYMLINK || !(entry.mode & S_IROTH)))
		fault_set(ret, FAULT_REFUSED,
			"'%s' holds no certificate, and everybody could read it in the bundle",
			shown);
	return 0;
}

int neighbour_check(
	struct view *view, const struct anchor_file *file, const char *aside, struct fault *why)
{
	struct fault damage = FAULT_INIT;
	auto_free char *move = NULL;

	if (find_damage(view, file, &damage, why) < 0)
		return -1;
	if (damage.kind == FAULT_NONE)
		return 0;
	if (neighbour_move(view, file->path, aside, &move, why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED, "%s; move it away first: %s", damage.text, move);
}

int neighbour_check_kinds(struct view *view, const char *dir, const char *aside, struct fault *why)
{
	auto_names names = NAMES_INIT;

	if (!view->tree->is_live)
		return 0;
	if (view_list(view, dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_entry entry = ENTRY_INIT;
		auto_free char *path = NULL;
		auto_free char *move = NULL;
		auto_free char *shown = NULL;

		if (text_set(&path, why, "%s/%s", dir, names.at[i]) < 0 ||
			view_entry(view, path, VIEW_FOLLOW, &entry, NULL, why) < 0)
			return -1;
		if (entry.kind != ENTRY_OTHER)
			continue;
		shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
		if (!shown)
			return fault_nomem(why);
		if (neighbour_move(view, path, aside, &move, why) < 0)
			return -1;
		return fault_set(why, FAULT_REFUSED,
			"'%s' is a FIFO or a device, at which 'trust' would wait for ever; move it "
			"away first: %s",
			shown, move);
	}
	return 0;
}

int neighbour_move(
	struct view *view, const char *path, const char *aside, char **ret, struct fault *why)
{
	const char *dir = advice_value(view->tree->advice, "root");
	const char *root = dir ? dir : "";
	auto_free char *from = NULL;
	auto_free char *to = NULL;
	auto_free char *from_word = NULL;
	auto_free char *to_word = NULL;

	if (text_set(&from, why, "%s%s", root, path) < 0 ||
		text_set(&to, why, "%s%s/", root, aside) < 0)
		return -1;
	from_word = text_shell_word(from);
	to_word = text_shell_word(to);
	if (!from_word || !to_word)
		return fault_nomem(why);
	return text_set(
		ret, why, "%smv %s %s", view->tree->is_still ? "RUN " : "", from_word, to_word);
}
