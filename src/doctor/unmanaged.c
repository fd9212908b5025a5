/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/unmanaged.h"

#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/fs/glob.h"
#include "stores/system/families.h"

/* Below "/", NULL at the end. */
static const char *const node[] = {"usr/bin/node", "usr/local/bin/node", "opt/node*/bin/node",
	"usr/local/node*/bin/node", "root/.nvm/versions/node/*/bin/node",
	"home/*/.nvm/versions/node/*/bin/node", "usr/local/nvm/versions/node/*/bin/node", NULL};

#define PYTHONS(package)                                                                     \
	{                                                                                    \
		"usr/lib/python3*/*-packages/" package,                                      \
			"usr/lib64/python3*/site-packages/" package,                         \
			"usr/local/lib/python3*/*-packages/" package,                        \
			"opt/*/lib/python3*/site-packages/" package,                         \
			"opt/*/*/lib/python3*/site-packages/" package,                       \
			"venv/lib/python3*/site-packages/" package,                          \
			"*/.venv/lib/python3*/site-packages/" package,                       \
			"root/.local/lib/python3*/site-packages/" package,                   \
			"home/*/.local/lib/python3*/site-packages/" package,                 \
			"root/.pyenv/versions/*/lib/python3*/site-packages/" package,        \
			"home/*/.pyenv/versions/*/lib/python3*/site-packages/" package, NULL \
	}

static const char *const pip[] = PYTHONS("pip/_vendor/certifi/core.py");
static const char *const certifi[] = PYTHONS("certifi/core.py");

/* Where a distribution patched it, it names the system's bundle, and its own is not read. */
#define NAMES_SYSTEM "/etc/"

static const char *const uv[] = {"usr/bin/uv", "usr/local/bin/uv", "root/.local/bin/uv",
	"home/*/.local/bin/uv", "root/.cargo/bin/uv", "home/*/.cargo/bin/uv", NULL};

static const char *const conda[] = {"opt/*conda*/ssl/cacert.pem", "opt/*forge*/ssl/cacert.pem",
	"root/*conda*/ssl/cacert.pem", "root/*forge*/ssl/cacert.pem",
	"home/*/*conda*/ssl/cacert.pem", "home/*/*forge*/ssl/cacert.pem", NULL};

static const char *const firefox[] = {"usr/lib/firefox*/libxul.so", "usr/lib64/firefox*/libxul.so",
	"opt/firefox*/libxul.so", NULL};

static const char *const chromium[] = {"usr/bin/chromium", "usr/bin/chromium-browser",
	"opt/google/chrome*/chrome", "opt/microsoft/msedge*/msedge", "opt/brave.com/brave*/brave",
	NULL};

static const char *const snaps[] = {"snap/bin/*", "var/lib/snapd/snap/bin/*", NULL};

static const char *const flatpaks[] = {"var/lib/flatpak/app/*", "home/*/.local/share/flatpak/app/*",
	"root/.local/share/flatpak/app/*", NULL};

static const struct row {
	const char *name;
	const char *const *places;
	const char *unless; /* the file says so: then it does not count; NULL: nothing */
	const char *reads;
	const char *help; /* '@' stands for the tree's bundle */
} rows[] = {
	{
		.name = "Node.js",
		.places = node,
		.reads = "the roots compiled into it (a distribution's own build may read the "
			 "system store)",
		.help = "NODE_EXTRA_CA_CERTS=@",
	},
	{
		.name = "pip",
		.places = pip,
		.unless = NAMES_SYSTEM,
		.reads = "its own copy of certifi; from 24.2 on, with Python 3.10, the system "
			 "store too",
		.help = "pip --cert @, or PIP_CERT=@, or --use-feature=truststore from 22.2 on",
	},
	{
		.name = "requests, certifi",
		.places = certifi,
		.unless = NAMES_SYSTEM,
		.reads = "the bundle inside the package certifi",
		.help = "REQUESTS_CA_BUNDLE=@, or the package truststore",
	},
	{
		.name = "uv",
		.places = uv,
		.reads = "the roots compiled into it",
		.help = "UV_SYSTEM_CERTS=1 (UV_NATIVE_TLS=1 in older ones), or SSL_CERT_FILE=@",
	},
	{
		.name = "conda",
		.places = conda,
		.reads = "the bundle of its package ca-certificates, as Python, curl and git from "
			 "there do",
		.help = "conda config --set ssl_verify @, and for its programs SSL_CERT_FILE=@",
	},
	{
		.name = "Firefox",
		.places = firefox,
		.reads = "its own roots and the NSS database of each profile",
		.help = "in /etc/firefox/policies/policies.json: {\"policies\": "
			"{\"Certificates\": {\"Install\": [\"/path/to/CA.pem\"]}}}",
	},
	{
		.name = "Chromium",
		.places = chromium,
		.reads = "its own roots and the user's NSS database (~/.pki/nssdb if it is there, "
			 "else ~/.local/share/pki/nssdb)",
		.help = "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n NAME -i /path/to/CA.pem",
	},
	{
		.name = "snap programs",
		.places = snaps,
		.reads = "what their snap and its base hold",
		.help = "for snapd itself: snap set system store-certs.NAME=\"$(cat "
			"/path/to/CA.pem)\"; for a program in a snap its own setting",
	},
	{
		.name = "flatpak programs",
		.places = flatpaks,
		.reads = "what their runtime holds",
		.help = "flatpak override --filesystem=host-etc --env=SSL_CERT_FILE=/run/host@ APP",
	},
};

#define ROWS_N (sizeof(rows) / sizeof(rows[0]))

void unmanaged_free(struct unmanaged *unmanaged)
{
	for (size_t i = 0; i < unmanaged->n; i++) {
		free(unmanaged->at[i].path);
		free(unmanaged->at[i].help);
	}
	free(unmanaged->at);
	*unmanaged = (struct unmanaged){0};
}

const char *unmanaged_bundle(struct view *view)
{
	for (size_t i = 0; family_bundles[i]; i++)
		if (view_is_file(view, family_bundles[i]))
			return family_bundles[i];
	return family_bundles[0];
}

static int make_help(struct view *view, const struct row *row, char **ret, struct fault *why)
{
	const char *bundle = unmanaged_bundle(view);
	auto_buf help = buf_make(LIMIT_PATH_LEN);
	size_t len;

	for (const char *at = row->help; *at; at++)
		if (*at == '@')
			buf_add_text(&help, bundle);
		else
			buf_add_byte(&help, (uint8_t)*at);
	if (buf_check(&help, row->name, why) < 0)
		return -1;
	*ret = (char *)buf_take(&help, &len);
	return 0;
}

int unmanaged_help(struct view *view, const char *name, char **ret, struct fault *why)
{
	const struct row *row = rows;

	while (strcmp(row->name, name) != 0) {
		row++;
		assert(row < rows + ROWS_N);
	}
	return make_help(view, row, ret, why);
}

struct search {
	struct view *view;
	const struct row *row;
	struct unmanaged_program *program;
};

static bool does_say(struct view *view, const char *path, const char *text)
{
	auto_buf bytes = buf_make(LIMIT_MIB);
	struct fault seen = FAULT_INIT;
	bool found = false;

	return view_read(view, path, &bytes, &found, &seen) == 0 && found &&
	       strstr(buf_text(&bytes), text);
}

/* A name without wildcards need not be there. */
static int take_match(void *arg, const char *path, struct fault *why)
{
	struct search *it = arg;
	struct fault seen = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;

	if (view_entry(it->view, path, VIEW_FOLLOW, &entry, NULL, &seen) < 0 ||
		entry.kind == ENTRY_NONE ||
		(it->row->unless && does_say(it->view, path, it->row->unless)))
		return 0;
	if (it->program->path) {
		it->program->more_n++;
		return 0;
	}
	it->program->path = text_printable(path, strlen(path), LIMIT_PATH_LEN);
	return it->program->path ? 0 : fault_nomem(why);
}

int unmanaged_find(struct view *view, struct unmanaged *ret, struct fault *why)
{
	struct unmanaged_program *at = realloc(ret->at, (ret->n + ROWS_N) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	ret->at = at;
	for (const struct row *row = rows; row < rows + ROWS_N; row++) {
		struct unmanaged_program *program = &at[ret->n++];
		struct search it = {view, row, program};

		*program = (struct unmanaged_program){
			.tree = view->tree->label, .name = row->name, .reads = row->reads};
		for (size_t i = 0; row->places[i]; i++)
			if (glob_each(view, "", row->places[i], take_match, &it, why) < 0)
				return -1;
		if (!program->path)
			ret->n--;
		else if (make_help(view, row, &program->help, why) < 0)
			return -1;
	}
	return 0;
}
