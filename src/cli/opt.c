/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/opt.h"

#include <stddef.h>
#include <string.h>

#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/sys/fd.h"

/* What the value is, and is stored as. */
enum opt_kind {
	FLAG, /* none; a bool */
	FAMILY, /* none; an enum probe_family */
	TEXT, /* borrowed */
	LIST, /* a text that may be given more than once; struct names */
	SECRET, /* the first line of a file; a text */
	SECONDS, /* numbers: size_t */
	COUNT,
	DAYS,
	TIME, /* a time_t */
	CLIENT_SET,
	PROXY, /* the URL of a proxy */
	ADDRESS, /* HOST:PORT */
	NAME, /* HOST */
};

struct opt {
	const char *name;
	char letter; /* 0: none */
	enum opt_kind kind;
	const char *arg; /* what the help calls its argument; NULL: it takes none */
	size_t at; /* in struct options */
	unsigned commands; /* that take it, and STAYS */
	const char *help;
};

#define ALL (~0u >> 1) /* also before the command */
/* It says where or how to work, or what decides: the commands that we advise need it, too. */
#define STAYS (1u << 31)

#define PEER (CMD_PROBE | CMD_CAPTURE | CMD_INSTALL | CMD_VERIFY | CMD_CHECK | CMD_EXEC | STAYS)
#define ROUTE (PEER | CMD_DOCTOR)
#define DECIDING (PEER & ~CMD_CAPTURE)
#define APPROVE (CMD_CAPTURE | CMD_INSTALL | CMD_EXEC)
#define NEW_IMAGE (CMD_INSTALL | CMD_REMOVE | CMD_UNDO | STAYS)
#define IMAGE (NEW_IMAGE | CMD_PROBE | CMD_VERIFY | CMD_CHECK | CMD_LIST)
#define ROOT (IMAGE | CMD_CAPTURE | CMD_REAPPLY | CMD_ENV)
#define STORES (ROOT & ~(CMD_UNDO | CMD_ENV))

#define AT(member) offsetof(struct options, member)

static const struct opt table[] = {
	{"ca", 0, TEXT, "FILE", AT(ca), CMD_INSTALL | CMD_CHECK | CMD_REMOVE | CMD_EXEC,
		"the CA certificate, in a PEM, DER or PKCS#7 file"},
	{"verify", 0, LIST, "TARGET", AT(verify), CMD_INSTALL | CMD_EXEC,
		"with --ca: prove that TARGET is trusted then; repeatable"},
	{"lock", 0, TEXT, "FILE", AT(approval.lock), CMD_CHECK, "the CAs recorded in FILE"},
	{"verify", 0, LIST, "TARGET", AT(verify), CMD_CHECK,
		"TARGET must be trusted as well; repeatable"},
	{"expires-within", 0, DAYS, "DAYS", AT(expires_within), CMD_CHECK,
		"no CA may expire within DAYS"},
	{"fingerprint", 0, TEXT, "SHA256", AT(fingerprint), CMD_REMOVE,
		"the certificate with this SHA-256 fingerprint"},
	{"installed", 0, FLAG, NULL, AT(installed), CMD_REMOVE | CMD_CHECK,
		"every CA that trustfix installed"},
	{"require", 0, CLIENT_SET, "CLIENT,...", AT(survey.require), DECIDING,
		"these clients decide, instead of each store's own"},
	{"save", 0, TEXT, "FILE", AT(save), CMD_PROBE, "save the chain as sent, in PEM"},
	{"output", 'o', TEXT, "FILE", AT(output), CMD_CAPTURE | CMD_CONVERT,
		"write to FILE instead of standard output"},
	{"to", 0, TEXT, "pem|der|p7b", AT(to), CMD_CAPTURE | CMD_CONVERT,
		"output encoding (default pem)"},
	{"intermediates", 0, FLAG, NULL, AT(intermediates), CMD_CAPTURE,
		"fetch the intermediates that the server omits, instead of a CA"},
	{"public-root", 0, TEXT, "FILE", AT(public_root), CMD_INSTALL | STAYS,
		"take a missing public root from FILE, a certificate or a bundle"},
	{"keep-old", 0, FLAG, NULL, AT(keep_old), CMD_INSTALL | CMD_CHECK | STAYS,
		"keep an installed CA that has the same name or key as the new one"},
	{"dry-run", 0, FLAG, NULL, AT(dry_run), CMD_INSTALL | CMD_REMOVE | CMD_REAPPLY,
		"show what would change, and change nothing"},
	{"list", 0, FLAG, NULL, AT(list), CMD_UNDO, "list what can be undone"},
	{"all", 0, FLAG, NULL, AT(all), CMD_LIST, "include public roots"},
	{"shell", 0, TEXT, "KIND", AT(shell), CMD_ENV,
		"sh (default; also bash and zsh), fish, powershell, docker or github"},

	{"proxy", 0, PROXY, "URL", AT(proxy), ROUTE,
		"http://, https://, socks5:// or socks5h:// proxy, with user:password@ if needed"},
	{"proxy-auth-file", 0, SECRET, "FILE", AT(survey.peer.proxy_auth), ROUTE,
		"read the proxy's user:password from the first line of FILE"},
	{"proxy-cacert", 0, TEXT, "FILE", AT(survey.peer.proxy_cacert), ROUTE,
		"send a password only to an https:// proxy that a CA in FILE vouches for"},
	{"no-proxy", 0, FLAG, NULL, AT(survey.peer.no_proxy), ROUTE,
		"ignore the proxy variables of the environment"},
	{"connect", 0, ADDRESS, "ADDR:PORT", AT(connect), ROUTE,
		"connect there, keep TARGET's name for SNI and verification"},
	{"servername", 0, NAME, "NAME", AT(servername), PEER, "name for SNI and verification"},
	{"cert", 0, TEXT, "FILE", AT(survey.peer.cert_file), PEER,
		"client certificate and its chain, in PEM"},
	{"key", 0, TEXT, "FILE", AT(survey.peer.key_file), PEER,
		"private key for --cert, in PEM (default: in the same file)"},
	{"key-pass-file", 0, SECRET, "FILE", AT(survey.peer.key_pass), PEER,
		"read the key's passphrase from the first line of FILE"},
	{"timeout", 0, SECONDS, "SECONDS", AT(timeout_s), ROUTE,
		"for everything from name lookup to the last byte (default 10, doctor 30)"},
	{"no-aia", 0, FLAG, NULL, AT(survey.peer.no_aia), ROUTE,
		"never fetch a missing issuer over HTTP"},
	{"chain", 0, TEXT, "FILE", AT(survey.chain_file), PEER,
		"judge this recorded chain (PEM) instead of connecting"},
	{"at", 0, TIME, "TIME", AT(survey.at), PEER,
		"judge as of this time: RFC 3339 or seconds since 1970"},
	{"ipv4", '4', FAMILY, NULL, AT(survey.peer.family), PEER, "use IPv4 addresses only"},
	{"ipv6", '6', FAMILY, NULL, AT(survey.peer.family), PEER, "use IPv6 addresses only"},

	{"pin", 0, LIST, "PIN", AT(pins), APPROVE,
		"the CA must match sha256:HEX (certificate) or spki-sha256:HEX (key); repeatable"},
	{"lock", 0, TEXT, "FILE", AT(approval.lock), APPROVE, "the CA must be recorded in FILE"},
	{"update-lock", 0, FLAG, NULL, AT(approval.update_lock), APPROVE,
		"record the approved CA in the --lock file"},
	{"trust-on-first-use", 0, FLAG, NULL, AT(approval.trust_on_first_use), APPROVE,
		"accept the CA that the handshake shows, whoever answers"},
	{"quorum", 0, COUNT, "N", AT(approval.quorum), APPROVE,
		"targets of N different owners must present the CA"},
	{"allow-intermediate", 0, FLAG, NULL, AT(capture.allow_intermediate), APPROVE,
		"take the highest CA even if it is not self-signed; some programs reject it"},

	{"root", 0, TEXT, "DIR", AT(site.root), ROOT,
		"a directory tree instead of the running system"},
	{"image", 0, TEXT, "FILE", AT(image.path), IMAGE,
		"a docker-archive, OCI archive or OCI layout (DIR or DIR:TAG); - is stdin"},
	{"platform", 0, TEXT, "OS/ARCH", AT(image.platform), IMAGE,
		"only the image for OS/ARCH or OS/ARCH/VARIANT"},
	{"check-layers", 0, FLAG, NULL, AT(image.check_layers), IMAGE,
		"read every layer in full and check its digest"},
	{"tag", 0, TEXT, "NAME", AT(image.tag), NEW_IMAGE,
		"name of the changed image (default: keep the names)"},
	{"store", 0, LIST, "KIND[:PATH]", AT(stores), STORES,
		"only these stores: system, java, java:PATH, pem:PATH; repeatable"},
	{"skip", 0, LIST, "KIND[:PATH]", AT(skips), STORES, "not these stores; repeatable"},
	{"storepass-file", 0, SECRET, "FILE", AT(site.storepass), STORES,
		"read the keystore password from the first line of FILE"},
	{"name", 0, TEXT, "NAME", AT(name), CMD_INSTALL | CMD_CHECK | STAYS,
		"file name of the anchor, without suffix"},
	{"output", 'o', TEXT, "FILE", AT(image.output), NEW_IMAGE,
		"write the changed image to FILE, - is stdout (default: in place)"},

	{"json", 0, FLAG, NULL, AT(json), ALL, "print one JSON object"},
	{"quiet", 'q', FLAG, NULL, AT(quiet), ALL, "only errors and requested output"},
	{"verbose", 'v', FLAG, NULL, AT(verbose), ALL, "say what is being done"},
	{"color", 0, TEXT, "auto|always|never", AT(color), ALL,
		"color the text (NO_COLOR is honored)"},
	{"help", 'h', FLAG, NULL, AT(help), ALL, "show this help"},
	{"version", 0, FLAG, NULL, AT(version), ALL, "show the version"},
};

#define TABLE_END (table + sizeof(table) / sizeof(table[0]))

void options_free(struct options *options)
{
	struct names *const lists[] = {&options->pins, &options->stores, &options->skips,
		&options->verify, &options->operands, &options->secrets};

	for (size_t i = 0; i < options->secrets.n; i++)
		explicit_bzero(options->secrets.at[i], strlen(options->secrets.at[i]));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		names_free(lists[i]);
	url_free(&options->proxy);
	url_free(&options->connect);
	url_free(&options->servername);
	advice_free(&options->advice);
}

bool options_have(const struct options *options, const char *name)
{
	for (size_t i = 0; i < options->advice.n; i++)
		if (strcmp(options->advice.at[i].name, name) == 0)
			return true;
	return false;
}

/* ---- values ---------------------------------------------------------------------------------- */

static int read_secret(const char *path, struct names *secrets, const char **ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_PASSWORD_BYTES);
	const char *text;
	int rc = fd_read_file(path, &bytes, why);

	text = buf_text(&bytes);
	if (rc == 0)
		rc = names_addf(secrets, why, "%.*s", (int)strcspn(text, "\r\n"), text);
	if (rc == 0)
		*ret = secrets->at[secrets->n - 1];
	if (bytes.bytes)
		explicit_bzero(bytes.bytes, bytes.len);
	return rc;
}

static int set_value(const struct opt *opt, const char *arg, struct options *ret, struct fault *why)
{
	static const struct {
		uint64_t min, max;
	} ranges[] = {
		[SECONDS] = {1, LIMIT_TIMEOUT_S},
		[COUNT] = {1, LIMIT_TARGETS_N},
		[DAYS] = {0, LIMIT_EXPIRY_DAYS},
	};
	void *at = (char *)ret + opt->at;
	uint64_t n;

	switch (opt->kind) {
	case FLAG:
		*(bool *)at = true;
		return 0;
	case FAMILY:
		*(enum probe_family *)at = opt->letter == '4' ? PROBE_IPV4 : PROBE_IPV6;
		return 0;
	case TEXT:
		*(const char **)at = arg;
		return 0;
	case LIST:
		return names_add(at, arg, why);
	case SECRET:
		return read_secret(arg, &ret->secrets, at, why);
	case SECONDS:
	case COUNT:
	case DAYS:
		if (!text_number(arg, ranges[opt->kind].max, &n) || n < ranges[opt->kind].min)
			return fault_set(why, FAULT_USAGE, "'%s' is not a number from %u to %u",
				arg, (unsigned)ranges[opt->kind].min,
				(unsigned)ranges[opt->kind].max);
		*(size_t *)at = (size_t)n;
		return 0;
	case TIME:
		return text_parse_time(arg, at, why);
	case CLIENT_SET:
		return client_set_parse(arg, at, why);
	case PROXY:
		if (url_parse(arg, URL_PROXY, at, why) < 0)
			return -1;
		ret->survey.peer.proxy = arg;
		advice_hide_login(&ret->advice, ret->proxy.label, ret->proxy.user != NULL);
		return 0;
	case ADDRESS:
		return url_parse_place(arg, 0, at, why);
	case NAME:
		if (strchr(arg, ':') && !text_ends(arg, "]"))
			return fault_set(why, FAULT_USAGE,
				"give a name without a port, or an address like [::1]");
		return url_parse_place(arg, 1, at, why);
	}
	return 0;
}

/* Set the value, and remember the option for advice. */
static int set_option(
	const struct opt *opt, const char *arg, struct options *ret, struct fault *why)
{
	struct advice *advice = &ret->advice;

	if (opt->commands != ALL && (opt->kind == LIST || !options_have(ret, opt->name))) {
		struct advice_option *grown = realloc(advice->at, (advice->n + 1) * sizeof(*grown));

		if (!grown)
			return fault_nomem(why);
		advice->at = grown;
		/* Standard input has been read: the image must be a file the next time. */
		grown[advice->n++] = (struct advice_option){opt->name,
			opt->at == AT(image.path) && strcmp(arg, "-") == 0 ? ADVICE_FILE : arg,
			opt->commands, opt->commands & STAYS};
	} else if (opt->commands != ALL && opt->arg) {
		return fault_set(why, FAULT_USAGE, "--%s is given twice", opt->name);
	}
	return set_value(opt, arg, ret, why) < 0 ? fault_wrap(why, "--%s", opt->name) : 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool takes(const struct command *command, const struct opt *opt)
{
	return opt->commands == ALL || (command && opt->commands & command->bit);
}

/* The option that `len` bytes name, a letter or a long name that may be shortened; NULL: the
 * command takes no such option.  `at` is the place in argv. */
static const struct opt *find_opt(char *const *at, const char *name, size_t len,
	const struct command *command, struct fault *why)
{
	bool is_long = (*at)[1] == '-';
	const struct opt *like = NULL, *other = NULL;
	auto_free char *word = strndup(name, len);
	struct text_guess guess = {.word = word};
	auto_buf likes = buf_make(LIMIT_MIB);
	size_t likes_n = 0;

	if (!word) {
		fault_nomem(why);
		return NULL;
	}
	for (const struct opt *opt = table; opt < TABLE_END; opt++) {
		bool is_it = is_long ? strcmp(opt->name, word) == 0 : opt->letter == *name;

		if (is_it && takes(command, opt))
			return opt;
		if (is_it)
			other = opt;
		if (!is_long || !takes(command, opt))
			continue;
		text_guess(&guess, opt->name);
		if (strncmp(opt->name, word, len) == 0) {
			buf_printf(&likes, "%s--%s", likes_n++ ? ", " : "", opt->name);
			like = opt;
		}
	}
	if (other && !command) {
		while (*at && !command_named(*at))
			at++;
		fault_set(why, FAULT_USAGE, "--%s goes after the command: trustfix %s --%s%s%s",
			other->name, *at ? *at : "COMMAND", other->name, other->arg ? " " : "",
			other->arg ? other->arg : "");
	} else if (other) {
		fault_set(why, FAULT_USAGE, "'%s' does not take -%s%s", command->name,
			is_long ? "-" : "", word);
	} else if (likes_n == 1) {
		return like;
	} else if (likes_n > 1 && buf_check(&likes, "options", why) == 0) {
		fault_set(why, FAULT_USAGE, "'--%s' is ambiguous: %s", word, buf_text(&likes));
	} else {
		fault_set(why, FAULT_USAGE, "unknown option '-%s%s'%s%s%s", is_long ? "-" : "",
			word, guess.best ? "; did you mean --" : "", guess.best ? guess.best : "",
			guess.best ? "?" : "");
	}
	return NULL;
}

/* The words after "--" are another command. */
static bool is_exec(const struct command *command)
{
	return command && command->bit == CMD_EXEC;
}

/* Parse "--name", "--name=value", "-o" or several letters; the argument may be the next word. */
static int parse_word(
	char ***at, const struct command *command, struct options *ret, struct fault *why)
{
	const char *word = **at;
	bool is_long = word[1] == '-';

	for (const char *name = word + 1 + is_long; name;) {
		size_t len = is_long ? strcspn(name, "=") : 1;
		const char *arg = name[len] ? name + len + is_long : NULL;
		const struct opt *opt = find_opt(*at, name, len, command, why);

		if (!opt)
			return -1;
		name = opt->arg || is_long ? NULL : arg;
		/* Another command's "--" is no argument. */
		if (opt->arg && !arg && (*at)[1] &&
			!(is_exec(command) && strcmp((*at)[1], "--") == 0))
			arg = *++*at;
		if (opt->arg && !arg)
			return fault_set(why, FAULT_USAGE, "'%s' needs an argument", word);
		if (set_option(opt, opt->arg ? arg : NULL, ret, why) < 0)
			return -1;
		if (!opt->arg && is_long && arg)
			return fault_set(why, FAULT_USAGE, "'--%s' takes no argument", opt->name);
	}
	return 0;
}

int opt_parse(char **argv, const struct command *command, struct options *ret, struct fault *why)
{
	bool ended = false;
	char **at = argv + 1;
	int rc = 0;

	for (; *at; at++) {
		bool is_end = !ended && strcmp(*at, "--") == 0;
		bool is_operand = ended || **at != '-' || !(*at)[1];

		if ((is_end && is_exec(command)) || (is_operand && !command))
			break;
		if (is_end)
			ended = true;
		else if ((is_operand ? names_add(&ret->operands, *at, why)
				     : parse_word(&at, command, ret, why)) < 0)
			rc = -1;
	}
	if (!command)
		ret->command = at;
	else if (*at)
		ret->command = at + 1;
	return rc;
}

/* ---- help ------------------------------------------------------------------------------------ */

void opt_help(FILE *out, const struct command *command)
{
	/* The sections of the table, by their first option. */
	static const char *const headings[][2] = {{"ca", ""}, {"proxy", "PEER:\n"},
		{"pin", "APPROVE:\n"}, {"root", "WHERE:\n"}, {"json", "every command:\n"}};
	const char *heading = NULL;

	for (const struct opt *opt = table; opt < TABLE_END; opt++) {
		char left[48];

		for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
			if (strcmp(opt->name, headings[i][0]) == 0)
				heading = headings[i][1];
		if (!takes(command, opt))
			continue;
		if (heading)
			fprintf(out, "\n%s", heading);
		heading = NULL;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", opt->letter ? '-' : ' ',
			opt->letter ? opt->letter : ' ', opt->letter ? ',' : ' ', opt->name,
			opt->arg ? " " : "", opt->arg ? opt->arg : "");
		fprintf(out, "  %-30s %s\n", left, opt->help);
	}
}
