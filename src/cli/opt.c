/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/opt.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cli/cmds.h"

enum opt_kind {
	FLAG,
	TEXT,
	LIST, /* a text that may be given more than once */
};

struct opt {
	const char *name;
	char letter; /* 0: none */
	enum opt_kind kind;
	const char *arg; /* what the help calls its argument */
	size_t at; /* in struct options */
	unsigned group;
	const char *help;
};

#define AT(member) offsetof(struct options, member)

static const struct opt table[] = {
	{"ca", 0, TEXT, "FILE", AT(ca), OPT_CA, "the CA certificate, in a PEM, DER or PKCS#7 file"},
	{"verify", 0, LIST, "TARGET", AT(verify), OPT_VERIFY,
		"with --ca: prove that TARGET is trusted then; repeatable"},
	{"lock", 0, TEXT, "FILE", AT(lock), OPT_CHECK, "the CAs recorded in FILE"},
	{"verify", 0, LIST, "TARGET", AT(verify), OPT_CHECK,
		"TARGET must be trusted as well; repeatable"},
	{"expires-within", 0, TEXT, "DAYS", AT(expires_within), OPT_CHECK,
		"no CA may expire within DAYS"},
	{"fingerprint", 0, TEXT, "SHA256", AT(fingerprint), OPT_WHICH,
		"the certificate with this SHA-256 fingerprint"},
	{"installed", 0, FLAG, NULL, AT(installed), OPT_WHICH | OPT_CHECK,
		"every CA that trustfix installed"},
	{"require", 0, TEXT, "CLIENT,...", AT(require), OPT_CLIENTS,
		"these clients decide, instead of each store's own"},
	{"save", 0, TEXT, "FILE", AT(save), OPT_SAVE, "save the chain as sent, in PEM"},
	{"output", 'o', TEXT, "FILE", AT(output), OPT_OUTPUT,
		"write to FILE instead of standard output"},
	{"to", 0, TEXT, "pem|der|p7b", AT(to), OPT_OUTPUT, "output encoding (default pem)"},
	{"intermediates", 0, FLAG, NULL, AT(intermediates), OPT_SERVER,
		"fetch the intermediates that the server omits, instead of a CA"},
	{"public-root", 0, TEXT, "FILE", AT(public_root), OPT_PUBLIC,
		"take a missing public root from FILE, a certificate or a bundle"},
	{"keep-old", 0, FLAG, NULL, AT(keep_old), OPT_ROTATE,
		"keep an installed CA that has the same name or key as the new one"},
	{"dry-run", 0, FLAG, NULL, AT(dry_run), OPT_DRY_RUN,
		"show what would change, and change nothing"},
	{"list", 0, FLAG, NULL, AT(list), OPT_HISTORY, "list what can be undone"},
	{"all", 0, FLAG, NULL, AT(all), OPT_EVERY, "include public roots"},
	{"shell", 0, TEXT, "KIND", AT(shell), OPT_SHELL,
		"sh (default; also bash and zsh), fish, powershell, docker or github"},

	{"proxy", 0, TEXT, "URL", AT(proxy), OPT_ROUTE,
		"http://, https://, socks5:// or socks5h:// proxy, with user:password@ if needed"},
	{"proxy-auth-file", 0, TEXT, "FILE", AT(proxy_auth_file), OPT_ROUTE,
		"read the proxy's user:password from the first line of FILE"},
	{"no-proxy", 0, FLAG, NULL, AT(no_proxy), OPT_ROUTE,
		"ignore the proxy variables of the environment"},
	{"connect", 0, TEXT, "ADDR:PORT", AT(connect), OPT_ROUTE,
		"connect there, keep TARGET's name for SNI and verification"},
	{"servername", 0, TEXT, "NAME", AT(servername), OPT_PROBE, "name for SNI and verification"},
	{"cert", 0, TEXT, "FILE", AT(cert), OPT_PROBE, "client certificate and its chain, in PEM"},
	{"key", 0, TEXT, "FILE", AT(key), OPT_PROBE,
		"private key for --cert, in PEM (default: in the same file)"},
	{"key-pass-file", 0, TEXT, "FILE", AT(key_pass_file), OPT_PROBE,
		"read the key's passphrase from the first line of FILE"},
	{"timeout", 0, TEXT, "SECONDS", AT(timeout), OPT_ROUTE,
		"for everything from name lookup to the last byte (default 10, doctor 30)"},
	{"no-aia", 0, FLAG, NULL, AT(no_aia), OPT_ROUTE, "never fetch a missing issuer over HTTP"},
	{"chain", 0, TEXT, "FILE", AT(chain), OPT_PROBE,
		"judge this recorded chain (PEM) instead of connecting"},
	{"at", 0, TEXT, "TIME", AT(at), OPT_PROBE,
		"judge as of this time: RFC 3339 or seconds since 1970"},
	{"ipv4", '4', FLAG, NULL, AT(ipv4), OPT_PROBE, "use IPv4 addresses only"},
	{"ipv6", '6', FLAG, NULL, AT(ipv6), OPT_PROBE, "use IPv6 addresses only"},

	{"pin", 0, LIST, "PIN", AT(pins), OPT_APPROVE,
		"the CA must match sha256:HEX (certificate) or spki-sha256:HEX (key); repeatable"},
	{"lock", 0, TEXT, "FILE", AT(lock), OPT_APPROVE, "the CA must be recorded in FILE"},
	{"update-lock", 0, FLAG, NULL, AT(update_lock), OPT_APPROVE,
		"record the approved CA in the --lock file"},
	{"trust-on-first-use", 0, FLAG, NULL, AT(trust_on_first_use), OPT_APPROVE,
		"accept the CA that the handshake shows, whoever answers"},
	{"quorum", 0, TEXT, "N", AT(quorum), OPT_APPROVE,
		"targets of N different owners must present the CA"},
	{"allow-intermediate", 0, FLAG, NULL, AT(allow_intermediate), OPT_APPROVE,
		"take the highest CA even if it is not self-signed; some programs reject it"},

	{"root", 0, TEXT, "DIR", AT(root), OPT_ROOT,
		"a directory tree instead of the running system"},
	{"image", 0, TEXT, "FILE", AT(image), OPT_IMAGE,
		"a docker-archive, OCI archive or OCI layout (DIR or DIR:TAG); - is stdin"},
	{"platform", 0, TEXT, "OS/ARCH", AT(platform), OPT_IMAGE,
		"only the image for OS/ARCH or OS/ARCH/VARIANT"},
	{"check-layers", 0, FLAG, NULL, AT(check_layers), OPT_IMAGE,
		"read every layer in full and check its digest"},
	{"tag", 0, TEXT, "NAME", AT(tag), OPT_NEW_IMAGE,
		"name of the changed image (default: keep the names)"},
	{"store", 0, LIST, "KIND[:PATH]", AT(stores), OPT_STORES,
		"only these stores: system, java, java:PATH, pem:PATH; repeatable"},
	{"skip", 0, LIST, "KIND[:PATH]", AT(skips), OPT_STORES, "not these stores; repeatable"},
	{"storepass-file", 0, TEXT, "FILE", AT(storepass_file), OPT_STORES,
		"read the keystore password from the first line of FILE"},
	{"name", 0, TEXT, "NAME", AT(name), OPT_NAMING, "file name of the anchor, without suffix"},
	{"output", 'o', TEXT, "FILE", AT(new_image), OPT_NEW_IMAGE,
		"write the changed image to FILE, - is stdout (default: in place)"},

	{"json", 0, FLAG, NULL, AT(json), OPT_ALL, "print one JSON object"},
	{"quiet", 'q', FLAG, NULL, AT(quiet), OPT_ALL, "only errors and requested output"},
	{"verbose", 'v', FLAG, NULL, AT(verbose), OPT_ALL, "say what is being done"},
	{"color", 0, TEXT, "auto|always|never", AT(color), OPT_ALL,
		"color the text (NO_COLOR is honored)"},
	{"help", 'h', FLAG, NULL, AT(help), OPT_ALL, "show this help"},
	{"version", 0, FLAG, NULL, AT(version), OPT_ALL, "show the version"},
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

/* Make getopt_long(3)'s tables for these groups only. */
static void make_getopt(unsigned groups, struct option longs[static TABLE_N + 1],
	char letters[static 2 * TABLE_N + 3])
{
	size_t longs_n = 0;
	size_t n = 0;

	if (groups & OPT_FIRST)
		letters[n++] = '+'; /* stop at the first operand */
	letters[n++] = ':'; /* answer ':' for a missing argument */
	for (size_t i = 0; i < TABLE_N; i++) {
		const struct opt *opt = &table[i];

		if (!(opt->group & groups))
			continue;
		longs[longs_n++] = (struct option){opt->name,
			opt->kind == FLAG ? no_argument : required_argument, NULL,
			FIRST_LONG + (int)i};
		if (!opt->letter)
			continue;
		letters[n++] = opt->letter;
		if (opt->kind != FLAG)
			letters[n++] = ':';
	}
	longs[longs_n] = (struct option){0};
	letters[n] = 0;
}

/* The row for getopt_long()'s code; NULL: none in these groups. */
static const struct opt *opt_of(int code, unsigned groups)
{
	if (code >= FIRST_LONG)
		return &table[code - FIRST_LONG];
	for (size_t i = 0; i < TABLE_N; i++)
		if (code && table[i].letter == code && (table[i].group & groups))
			return &table[i];
	return NULL;
}

/* An option that this command does not take: another command's, ambiguous, or mistyped. */
static int unknown_option(char *const *argv, unsigned groups, struct fault *why)
{
	const char *word = argv[optind - 1];
	size_t len = strcspn(word, "=");
	auto_free char *name = strndup(word + (len > 2 ? 2 : 0), len - (len > 2 ? 2 : 0));
	const struct opt *other = optopt ? opt_of(optopt, ~0u) : NULL;
	struct text_guess guess = {.word = name};
	auto_buf likes = buf_make(LIMIT_MIB);
	size_t likes_n = 0;

	if (!name)
		return fault_nomem(why);
	for (const struct opt *opt = table; !optopt && opt < table + TABLE_N; opt++) {
		if (strcmp(opt->name, name) == 0)
			other = opt;
		if (!(opt->group & groups))
			continue;
		text_guess(&guess, opt->name);
		if (strncmp(opt->name, name, strlen(name)) == 0)
			buf_printf(&likes, "%s--%s", likes_n++ ? ", " : "", opt->name);
	}
	if (other && groups & OPT_FIRST) {
		const char *command = "COMMAND";

		for (char *const *at = argv + optind; *at; at++)
			if (command_named(*at)) {
				command = *at;
				break;
			}
		return fault_set(why, FAULT_USAGE,
			"--%s goes after the command: trustfix %s --%s%s%s", other->name, command,
			other->name, other->arg ? " " : "", other->arg ? other->arg : "");
	}
	if (other && optopt)
		return fault_set(why, FAULT_USAGE, "'%s' does not take -%c", argv[0], optopt);
	if (other)
		return fault_set(why, FAULT_USAGE, "'%s' does not take --%s", argv[0], name);
	if (optopt)
		return fault_set(why, FAULT_USAGE, "unknown option '-%c'", optopt);
	if (likes_n > 1)
		return buf_check(&likes, "options", why) < 0
			       ? -1
			       : fault_set(why, FAULT_USAGE, "'--%s' is ambiguous: %s", name,
					 buf_text(&likes));
	return fault_set(why, FAULT_USAGE, "unknown option '--%s'%s%s%s", name,
		guess.best ? "; did you mean --" : "", guess.best ? guess.best : "",
		guess.best ? "?" : "");
}

static int set_option(
	const struct opt *opt, const char *arg, struct options *ret, struct fault *why)
{
	void *at = (char *)ret + opt->at;

	if (opt->kind == LIST)
		return names_add(at, arg, why);
	if (opt->kind == FLAG)
		*(bool *)at = true;
	else if (*(const char **)at)
		return fault_set(why, FAULT_USAGE, "--%s is given twice", opt->name);
	else
		*(const char **)at = arg;
	return 0;
}

int opt_parse(int argc, char **argv, unsigned groups, struct options *ret, struct fault *why)
{
	struct option longs[TABLE_N + 1];
	char letters[2 * TABLE_N + 3];
	int code;

	/* Keep getopt_long() away from the other command's words. */
	for (int i = 1; groups & OPT_COMMAND && i < argc && !ret->command; i++)
		if (strcmp(argv[i], "--") == 0) {
			ret->command = argv + i + 1;
			argc = i;
		}
	make_getopt(groups, longs, letters);
	opterr = 0;
	optind = 0; /* glibc: start over */
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (code == ':')
			return fault_set(
				why, FAULT_USAGE, "'%s' needs an argument", argv[optind - 1]);
		if (code == '?' && optopt >= FIRST_LONG)
			return fault_set(why, FAULT_USAGE, "'--%s' takes no argument",
				table[optopt - FIRST_LONG].name);
		if (code == '?')
			return unknown_option(argv, groups, why);
		if (set_option(opt_of(code, groups), optarg, ret, why) < 0)
			return -1;
	}
	if (groups & OPT_FIRST)
		ret->command = argv + optind;
	for (; !(groups & OPT_FIRST) && optind < argc; optind++)
		if (names_add(&ret->operands, argv[optind], why) < 0)
			return -1;
	return 0;
}

int opt_advise(const struct options *options, unsigned groups, unsigned staying, struct advice *ret,
	struct fault *why)
{
	for (const struct opt *opt = table; opt < table + TABLE_N; opt++) {
		const void *at = (const char *)options + opt->at;
		const struct names *texts = at;
		const char *text = opt->kind == TEXT ? *(const char *const *)at : NULL;
		size_t n = opt->kind == LIST   ? texts->n
			   : opt->kind == FLAG ? *(const bool *)at
					       : text != NULL;
		struct advice_option *grown;

		if (!(opt->group & groups) || opt->group == OPT_ALL || n == 0)
			continue;
		grown = realloc(ret->at, (ret->n + n) * sizeof(*grown));
		if (!grown)
			return fault_nomem(why);
		ret->at = grown;
		for (size_t i = 0; i < n; i++)
			ret->at[ret->n++] = (struct advice_option){opt->name,
				opt->kind == LIST ? texts->at[i] : text, opt->group,
				opt->group & staying};
	}
	return 0;
}

/* The option's heading in the help, as named in the synopsis; "": the command's own options. */
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
