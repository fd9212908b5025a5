/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/opt.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "src/base/text.h"

enum opt_kind {
	OPT_FLAG,
	OPT_TEXT,
	OPT_TEXTS, /* may be given more than once */
};

struct opt {
	const char *name;
	char letter; /* 0: none */
	enum opt_kind kind;
	const char *arg; /* what the argument is, for the help */
	size_t at; /* in struct options */
	unsigned group;
	const char *help;
};

#define AT(member) offsetof(struct options, member)

static const struct opt table[] = {
	{"ca", 0, OPT_TEXT, "FILE", AT(ca), OPT_CA, "the CA out of FILE: PEM, DER or PKCS#7"},
	{"verify", 0, OPT_TEXTS, "TARGET", AT(verify), OPT_VERIFY,
		"with --ca: prove the install against TARGET; repeatable"},
	{"lock", 0, OPT_TEXT, "FILE", AT(lock), OPT_CHECK, "the CAs that are recorded in FILE"},
	{"verify", 0, OPT_TEXTS, "TARGET", AT(verify), OPT_CHECK,
		"and TARGET must be trusted; repeatable"},
	{"expires-within", 0, OPT_TEXT, "DAYS", AT(expires_within), OPT_CHECK,
		"and no CA may expire within DAYS"},
	{"fingerprint", 0, OPT_TEXT, "SHA256", AT(fingerprint), OPT_WHICH,
		"the certificate with this SHA-256"},
	{"installed", 0, OPT_FLAG, NULL, AT(installed), OPT_WHICH | OPT_CHECK,
		"every CA that trustfix installed"},
	{"require", 0, OPT_TEXT, "READER,...", AT(require), OPT_CLIENTS,
		"the readers that decide, instead of the store's own"},
	{"save", 0, OPT_TEXT, "FILE", AT(save), OPT_SAVE, "write the chain as sent, PEM"},
	{"output", 'o', OPT_TEXT, "FILE", AT(output), OPT_OUTPUT,
		"write to FILE instead of stdout"},
	{"to", 0, OPT_TEXT, "pem|der|p7b", AT(to), OPT_OUTPUT, "the encoding (default pem)"},
	{"intermediates", 0, OPT_FLAG, NULL, AT(intermediates), OPT_SERVER,
		"what the server left out, fetched and checked, instead of a CA"},
	{"public-root", 0, OPT_TEXT, "FILE", AT(public_root), OPT_PUBLIC,
		"take a missing public root out of FILE, a root or a bundle"},
	{"keep-old", 0, OPT_FLAG, NULL, AT(keep_old), OPT_ROTATE,
		"leave an installed CA of the same name or key beside the new one"},
	{"dry-run", 0, OPT_FLAG, NULL, AT(dry_run), OPT_DRY_RUN, "show the plan and touch nothing"},
	{"list", 0, OPT_FLAG, NULL, AT(list), OPT_HISTORY, "show what can be undone"},
	{"all", 0, OPT_FLAG, NULL, AT(all), OPT_EVERY, "public roots too"},
	{"shell", 0, OPT_TEXT, "KIND", AT(shell), OPT_SHELL,
		"lines for sh, bash, zsh (default), fish, powershell, docker or github"},

	{"proxy", 0, OPT_TEXT, "URL", AT(proxy), OPT_ROAD,
		"http://, https://, socks5:// or socks5h:// proxy, user:password@ in it"},
	{"proxy-auth-file", 0, OPT_TEXT, "FILE", AT(proxy_auth_file), OPT_ROAD,
		"user:password for the proxy, from the first line of FILE"},
	{"no-proxy", 0, OPT_FLAG, NULL, AT(no_proxy), OPT_ROAD,
		"ignore https_proxy, all_proxy and no_proxy of the environment"},
	{"connect", 0, OPT_TEXT, "ADDR:PORT", AT(connect), OPT_ROAD,
		"dial there; the target's name stays for SNI and verification"},
	{"servername", 0, OPT_TEXT, "NAME", AT(servername), OPT_PROBE,
		"SNI and the name to verify"},
	{"cert", 0, OPT_TEXT, "FILE", AT(cert), OPT_PROBE, "client certificate and its chain, PEM"},
	{"key", 0, OPT_TEXT, "FILE", AT(key), OPT_PROBE,
		"its private key, PEM (default: in --cert)"},
	{"key-pass-file", 0, OPT_TEXT, "FILE", AT(key_pass_file), OPT_PROBE,
		"passphrase of the key, from the first line of FILE"},
	{"timeout", 0, OPT_TEXT, "SECONDS", AT(timeout), OPT_ROAD,
		"one deadline from the name look-up to the last byte (default 10, doctor 30)"},
	{"no-aia", 0, OPT_FLAG, NULL, AT(no_aia), OPT_ROAD,
		"never fetch a missing issuer over HTTP"},
	{"chain", 0, OPT_TEXT, "FILE", AT(chain), OPT_PROBE,
		"judge this recorded chain (PEM) instead of dialling"},
	{"at", 0, OPT_TEXT, "TIME", AT(at), OPT_PROBE,
		"judge as of this time: RFC 3339 or seconds since 1970"},
	{"ipv4", '4', OPT_FLAG, NULL, AT(ipv4), OPT_PROBE, "IPv4 addresses only"},
	{"ipv6", '6', OPT_FLAG, NULL, AT(ipv6), OPT_PROBE, "IPv6 addresses only"},

	{"pin", 0, OPT_TEXTS, "PIN", AT(pins), OPT_APPROVE,
		"the CA must be sha256:HEX (certificate) or spki-sha256:HEX (key); repeatable"},
	{"lock", 0, OPT_TEXT, "FILE", AT(lock), OPT_APPROVE,
		"the CA must be the one recorded in FILE"},
	{"update-lock", 0, OPT_FLAG, NULL, AT(update_lock), OPT_APPROVE,
		"record the approved CA in the --lock file"},
	{"trust-on-first-use", 0, OPT_FLAG, NULL, AT(trust_on_first_use), OPT_APPROVE,
		"accept what the handshake shows, whoever answers it"},
	{"quorum", 0, OPT_TEXT, "N", AT(quorum), OPT_APPROVE,
		"the CA must be seen for targets of N different owners"},
	{"allow-intermediate", 0, OPT_FLAG, NULL, AT(allow_intermediate), OPT_APPROVE,
		"take the highest CA even if it is not self-signed; some programs refuse it"},

	{"root", 0, OPT_TEXT, "DIR", AT(root), OPT_ROOT,
		"a directory tree instead of the running system"},
	{"image", 0, OPT_TEXT, "FILE", AT(image), OPT_IMAGE,
		"a container image: docker-archive, OCI archive or layout (DIR, DIR:TAG), - is "
		"stdin"},
	{"platform", 0, OPT_TEXT, "OS/ARCH", AT(platform), OPT_IMAGE,
		"only this platform's image; OS/ARCH/VARIANT works too"},
	{"check-layers", 0, OPT_FLAG, NULL, AT(check_layers), OPT_IMAGE,
		"read every layer whole and compare its digest"},
	{"tag", 0, OPT_TEXT, "NAME", AT(tag), OPT_NEW_IMAGE,
		"name of the changed image (default: the names stay)"},
	{"store", 0, OPT_TEXTS, "KIND[:PATH]", AT(stores), OPT_STORES,
		"only these stores: system, java, java:PATH, pem:PATH; repeatable"},
	{"skip", 0, OPT_TEXTS, "KIND[:PATH]", AT(skips), OPT_STORES,
		"not these stores; repeatable"},
	{"storepass-file", 0, OPT_TEXT, "FILE", AT(storepass_file), OPT_STORES,
		"keystore password, from the first line of FILE"},
	{"name", 0, OPT_TEXT, "NAME", AT(name), OPT_NAMING,
		"file name of the anchor, without suffix"},
	{"output", 'o', OPT_TEXT, "FILE", AT(new_image), OPT_NEW_IMAGE,
		"write the changed image to FILE, - is stdout (default: in place)"},

	{"json", 0, OPT_FLAG, NULL, AT(json), OPT_ALL, "one JSON object on stdout"},
	{"quiet", 'q', OPT_FLAG, NULL, AT(quiet), OPT_ALL, "only errors and requested output"},
	{"verbose", 'v', OPT_FLAG, NULL, AT(verbose), OPT_ALL, "say what is being done"},
	{"color", 0, OPT_TEXT, "auto|always|never", AT(color), OPT_ALL,
		"color (NO_COLOR is honored)"},
	{"help", 'h', OPT_FLAG, NULL, AT(help), OPT_ALL, "this text"},
	{"version", 0, OPT_FLAG, NULL, AT(version), OPT_ALL, "the version of trustfix"},
};

#define TABLE_N (sizeof(table) / sizeof(table[0]))
#define FIRST_LONG 256

void options_free(struct options *options)
{
	names_free(&options->pins);
	names_free(&options->stores);
	names_free(&options->skips);
	names_free(&options->verify);
	names_free(&options->operands);
}

/* getopt_long(3)'s view of these groups alone. */
static void make_getopt(unsigned groups, struct option longs[static TABLE_N + 1],
	char letters[static 2 * TABLE_N + 2])
{
	size_t longs_n = 0;
	size_t n = 0;

	letters[n++] = ':'; /* a missing argument is told as ':' */
	for (size_t i = 0; i < TABLE_N; i++) {
		const struct opt *opt = &table[i];

		if (!(opt->group & groups))
			continue;
		longs[longs_n++] = (struct option){opt->name,
			opt->kind == OPT_FLAG ? no_argument : required_argument, NULL,
			FIRST_LONG + (int)i};
		if (!opt->letter)
			continue;
		letters[n++] = opt->letter;
		if (opt->kind != OPT_FLAG)
			letters[n++] = ':';
	}
	longs[longs_n] = (struct option){0};
	letters[n] = 0;
}

static const struct opt *opt_of(int code, unsigned groups)
{
	if (code >= FIRST_LONG)
		return &table[code - FIRST_LONG];
	for (size_t i = 0; i < TABLE_N; i++)
		if (code && table[i].letter == code && (table[i].group & groups))
			return &table[i];
	return NULL;
}

/* The option that a word of the command line names among those of `groups`, in full; NULL: none. */
static const struct opt *opt_named(const char *word, unsigned groups)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < TABLE_N; i++)
		if (strncmp(word, "--", 2) == 0 && (table[i].group & groups) &&
			strlen(table[i].name) == len - 2 &&
			strncmp(word + 2, table[i].name, len - 2) == 0)
			return &table[i];
	return NULL;
}

static int ambiguous(const char *word, int len, unsigned groups, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_MIB);
	size_t n = 0;

	for (size_t i = 0; i < TABLE_N; i++)
		if ((table[i].group & groups) &&
			strncmp(word + 2, table[i].name, (size_t)len - 2) == 0)
			buf_printf(&text, "%s--%s", n++ ? ", " : "", table[i].name);
	if (n < 2)
		return 0;
	if (buf_check(&text, "options", why) < 0)
		return -1;
	return fault_set(why, FAULT_USAGE, "'%.*s' is ambiguous: %s", len, word, buf_text(&text));
}

/* `word` begins with two dashes, and getopt_long() knows no such option in these groups. */
static int unknown_long(const char *word, unsigned groups, struct fault *why)
{
	int len = (int)strcspn(word, "=");
	auto_free char *name = strndup(word + 2, (size_t)len - 2);
	struct text_guess guess = {.word = name};

	if (!name)
		return fault_nomem(why);
	if (ambiguous(word, len, groups, why) < 0)
		return -1;
	for (size_t i = 0; i < TABLE_N; i++)
		if (table[i].group & groups)
			text_guess(&guess, table[i].name);
	return fault_set(why, FAULT_USAGE, "unknown option '%.*s'%s%s%s", len, word,
		guess.best ? "; did you mean --" : "", guess.best ? guess.best : "",
		guess.best ? "?" : "");
}

/* What getopt_long() answered with '?' or ':', `word` being the one that it looked at. */
static int bad_option(int code, const char *word, unsigned groups, struct fault *why)
{
	if (code == ':')
		return fault_set(why, FAULT_USAGE, "'%s' needs an argument", word);
	if (optopt >= FIRST_LONG)
		return fault_set(why, FAULT_USAGE, "'--%s' takes no argument",
			table[optopt - FIRST_LONG].name);
	if (optopt)
		return fault_set(why, FAULT_USAGE, "unknown option '-%c'", optopt);
	return unknown_long(word, groups, why);
}

static int set_option(
	const struct opt *opt, const char *arg, struct options *ret, struct fault *why)
{
	char *base = (char *)ret;

	if (opt->kind == OPT_FLAG) {
		*(bool *)(base + opt->at) = true;
		return 0;
	}
	if (opt->kind == OPT_TEXTS)
		return names_add((struct names *)(base + opt->at), arg, why);
	if (*(const char **)(base + opt->at))
		return fault_set(why, FAULT_USAGE, "--%s is given twice", opt->name);
	*(const char **)(base + opt->at) = arg;
	return 0;
}

/* getopt_long() would mix them with our operands, so it never sees them.  How many are ours. */
static int split_behind(int argc, char **argv, struct options *ret)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			ret->behind = argv + i + 1;
			return i;
		}
	}
	return argc;
}

int opt_parse(int argc, char **argv, unsigned groups, struct options *ret, struct fault *why)
{
	struct option longs[TABLE_N + 1];
	char letters[2 * TABLE_N + 2];
	int code;

	if (groups & OPT_BEHIND)
		argc = split_behind(argc, argv, ret);
	make_getopt(groups, longs, letters);
	opterr = 0;
	optind = 0; /* glibc: start anew */
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (code != '?' && code != ':') {
			if (set_option(opt_of(code, groups), optarg, ret, why) < 0)
				return -1;
			continue;
		}
		if (code == '?' && !optopt && opt_named(word, ~0u))
			return fault_set(why, FAULT_USAGE, "'%s' does not take --%s", argv[0],
				opt_named(word, ~0u)->name);
		if (code == '?' && optopt < FIRST_LONG && opt_of(optopt, ~0u))
			return fault_set(
				why, FAULT_USAGE, "'%s' does not take -%c", argv[0], optopt);
		return bad_option(code, word, groups, why);
	}
	for (; optind < argc; optind++)
		if (names_add(&ret->operands, argv[optind], why) < 0)
			return -1;
	return 0;
}

static int add_advice(
	const struct opt *opt, const char *value, bool stays, struct advice *ret, struct fault *why)
{
	struct advice_option *at = realloc(ret->at, (ret->n + 1) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	ret->at = at;
	at[ret->n++] = (struct advice_option){opt->name, value, opt->group, stays};
	return 0;
}

int opt_advise(const struct options *options, unsigned groups, unsigned staying, struct advice *ret,
	struct fault *why)
{
	for (const struct opt *opt = table; opt < table + TABLE_N; opt++) {
		const void *at = (const char *)options + opt->at;
		const struct names *texts = at;
		bool stays = opt->group & staying;
		int rc = 0;

		if (!(opt->group & groups) || opt->group == OPT_ALL)
			continue;
		for (size_t i = 0; opt->kind == OPT_TEXTS && i < texts->n && rc == 0; i++)
			rc = add_advice(opt, texts->at[i], stays, ret, why);
		if (opt->kind == OPT_TEXT && *(const char *const *)at)
			rc = add_advice(opt, *(const char *const *)at, stays, ret, why);
		if (opt->kind == OPT_FLAG && *(const bool *)at)
			rc = add_advice(opt, NULL, stays, ret, why);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int opt_count_leading(int argc, char *const *argv, const char *command, int *ret, struct fault *why)
{
	struct option longs[TABLE_N + 1];
	char letters[2 * TABLE_N + 3] = "+"; /* stop at the command */
	int code;

	make_getopt(OPT_ALL, longs, letters + 1);
	opterr = 0;
	optind = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const char *word = argv[optind - 1];
		const struct opt *opt = NULL;

		if (code == '?')
			opt = optopt ? opt_of(optopt, ~0u) : opt_named(word, ~0u);
		if (opt && !(opt->group & OPT_ALL))
			return fault_set(why, FAULT_USAGE,
				"--%s goes after the command: trustfix %s --%s%s%s", opt->name,
				command, opt->name, opt->arg ? " " : "", opt->arg ? opt->arg : "");
		if (code == '?' || code == ':')
			return bad_option(code, word, OPT_ALL, why);
	}
	*ret = optind - 1;
	return 0;
}

/* The word for it in a command's synopsis, as a line; "": it is the command's own. */
static const char *heading_of(const struct opt *opt)
{
	return opt->group & OPT_PEER                                               ? "PEER:\n"
	       : opt->group & OPT_APPROVE                                          ? "APPROVE:\n"
	       : opt->group & (OPT_WHERE | OPT_IMAGE | OPT_NEW_IMAGE | OPT_NAMING) ? "WHERE:\n"
	       : opt->group & OPT_ALL ? "every command:\n"
				      : "";
}

void opt_help(FILE *out, unsigned groups)
{
	const char *above = NULL;

	for (size_t i = 0; i < TABLE_N; i++) {
		const struct opt *opt = &table[i];
		const char *heading = heading_of(opt);
		char left[48];

		if (!(opt->group & groups))
			continue;
		if (!above || strcmp(heading, above) != 0)
			fprintf(out, "\n%s", heading);
		above = heading;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", opt->letter ? '-' : ' ',
			opt->letter ? opt->letter : ' ', opt->letter ? ',' : ' ', opt->name,
			opt->arg ? " " : "", opt->arg ? opt->arg : "");
		fprintf(out, "  %-30s %s\n", left, opt->help);
	}
}
