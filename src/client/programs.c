/* SPDX-License-Identifier: Apache-2.0 */
#include "src/client/programs.h"

#include <stddef.h>

#define PROGRAM(of_name, of_rules, of_store) .name = of_name, .rules = of_rules, .store = of_store
#define OPENSSL_VARIABLES "SSL_CERT_FILE", "SSL_CERT_DIR"
#define OPENSSL_STORE "OpenSSL's default store"
#define SET(variable) "after trustfix install, set " variable " as trustfix env prints it"
#define IN_IMAGES "builds need the CA in their image, see trustfix install --image"
#define NO_SOCKS "knows no SOCKS", "dependencies for SOCKS"
/* hooks/probe-* print these lines, and "reads " with the library's bundle. */
#define PROBE_PRINTS .version_after = "version ", .http_after = "http "

/* ---- where to find programs that read no managed store --------------------------------------- */

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
/* A distribution's patched certifi names the system bundle and does not read its own. */
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

/* ---- the programs ---------------------------------------------------------------------------- */

const struct program programs[] = {
	{PROGRAM("yarn, pnpm", CLIENT_NODE, NULL),
		.words = {"yarnpkg.com/en/docs", "yarn install v", "yarn add v", "ERR_PNPM_"},
		.reads = "the roots compiled into Node.js and no system store",
		.how = SET("NODE_EXTRA_CA_CERTS")},
	{PROGRAM("npm", CLIENT_NODE, NULL),
		.words = {"npm error", "npm ERR!", "npm WARN", "registry.npmjs.org"},
		.reads = "the roots compiled into Node.js and no system store",
		.how = SET("NODE_EXTRA_CA_CERTS"),
		.variables = {"npm_config_cafile", "NPM_CONFIG_CAFILE"},
		.ask = {"config", "get", "cafile", "strict-ssl"}, .asked = "cafile",
		.shown_by = "npm config list", .variables_then = {"NODE_EXTRA_CA_CERTS"},
		.off = {{"$NODE_TLS_REJECT_UNAUTHORIZED", NULL, "0"}, {"", "strict-ssl", "false"}},
		.help = "NODE_EXTRA_CA_CERTS=@", .command = "npm",
		.argv = {"ping", "--registry={url}", "--fetch-retries=0", "--loglevel=info",
			"--logs-max=0", "--no-update-notifier", "?--userconfig={dir}/user",
			"?--globalconfig={dir}/global"},
		.env = {"npm_config_cache=/dev/null/none"}, .version_after = "npm@",
		.http_after = "code E", .good = {"code E4", "code E5"}},
	{PROGRAM("Node.js", CLIENT_NODE, NULL),
		.words = {"node:internal", "Node.js v", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
			"SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_",
			"DEPTH_ZERO_SELF", "Warning: Ignoring extra certs"},
		.reads = "the roots compiled into it (a distribution's own build may read the "
			 "system store)",
		.how = SET("NODE_EXTRA_CA_CERTS"), .restart = "running programs",
		.variables = {"NODE_EXTRA_CA_CERTS"},
		.off = {{"$NODE_TLS_REJECT_UNAUTHORIZED", NULL, "0"}}, .places = node,
		.help = "NODE_EXTRA_CA_CERTS=@", .command = "node",
		.argv = {"{probe-node.js}", "{url}"}, PROBE_PRINTS, .unable = {NO_SOCKS}},
	{PROGRAM("AWS CLI", CLIENT_PYTHON, NULL),
		.words = {"botocore", "SSL validation failed for https"},
		.reads = "a bundle of its own", .how = SET("AWS_CA_BUNDLE")},
	{PROGRAM("pip", CLIENT_PYTHON, NULL),
		.words = {"pip._vendor", "confirming the ssl certificate",
			"No matching distribution found", "pip install",
			"WARNING: Retrying (Retry("},
		.reads = "its own copy of certifi; from 24.2 on, with Python 3.10, the system "
			 "store too",
		.how = SET("PIP_CERT") ", unless it is a distribution's",
		/* The library that pip uses (requests) reads its own variables as well. */
		.variables = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"},
		.settings = {{"~/.config/pip/pip.conf", "cert"}, {"~/.pip/pip.conf", "cert"},
			{"/etc/pip.conf", "cert"}},
		.off = {{"$PIP_TRUSTED_HOST", NULL, NULL},
			{"~/.config/pip/pip.conf", "trusted-host", NULL},
			{"~/.pip/pip.conf", "trusted-host", NULL},
			{"/etc/pip.conf", "trusted-host", NULL}},
		.places = pip, .unless = NAMES_SYSTEM,
		.help = "pip --cert @, or PIP_CERT=@, or --use-feature=truststore from 22.2 on",
		.command = "pip", .file = "python3", .argv = {"{probe-python.py}", "pip", "{url}"},
		.env = {"?PIP_CONFIG_FILE=/dev/null"}, .version_after = "version ",
		.good = {"Client Error: ", "Server Error: ", "error responses", "Skipping page "},
		.absent = "No module named 'pip",
		.unable = {"unknown command \"index\"", NO_SOCKS}},
	{PROGRAM("Python requests", CLIENT_PYTHON, NULL),
		.words = {"HTTPSConnectionPool(", "requests.exceptions",
			"suitable TLS CA certificate bundle"},
		.reads = "the bundle inside the package certifi",
		.how = SET("REQUESTS_CA_BUNDLE") ", unless it is a distribution's",
		.variables = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}, .places = certifi,
		.unless = NAMES_SYSTEM, .found_as = "requests, certifi",
		.help = "REQUESTS_CA_BUNDLE=@, or the package truststore", .command = "requests",
		.file = "python3", .argv = {"{probe-python.py}", "requests", "{url}"}, PROBE_PRINTS,
		.absent = "No module named 'requests'", .unable = {NO_SOCKS}},
	{PROGRAM("Ansible", CLIENT_PYTHON, "system"),
		.words = {"Failed to validate the SSL certificate"},
		.reads = OPENSSL_STORE " of the managed machine"},
	{PROGRAM("conda", CLIENT_PYTHON, NULL), .words = {"CondaSSLError", "CondaHTTPError"},
		.reads = "the bundle of its package ca-certificates, as Python, curl and git from "
			 "there do",
		.how = "after trustfix install, point it to the system's: conda config --set "
		       "ssl_verify FILE",
		.places = conda,
		.help = "conda config --set ssl_verify @, and for its programs SSL_CERT_FILE=@"},
	{PROGRAM("Chromium", CLIENTS, NULL), .words = {"net::ERR_", "ERR_CERT_"},
		.reads = "its own roots and the user's NSS database (~/.pki/nssdb if it is there, "
			 "else ~/.local/share/pki/nssdb)",
		.how = "that is not written by trustfix; trustfix verify prints the line that "
		       "helps",
		.restart = "the browser", .places = chromium,
		.help = "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n NAME -i /path/to/CA.pem"},
	{PROGRAM("Firefox", CLIENTS, NULL),
		.words = {"SEC_ERROR_", "MOZILLA_PKIX_ERROR_", "SSL_ERROR_BAD_CERT_DOMAIN"},
		.reads = "its own roots and the NSS database of each profile",
		.how = "that is not written by trustfix; trustfix verify prints the line that "
		       "helps",
		.restart = "the browser", .places = firefox,
		.help = "in /etc/firefox/policies/policies.json: {\"policies\": "
			"{\"Certificates\": {\"Install\": [\"/path/to/CA.pem\"]}}}"},
	{PROGRAM("Ruby", CLIENT_RUBY, "system"),
		.words = {"OpenSSL::SSL::SSLError", "SSL_connect returned=", ".rb:"},
		.reads = OPENSSL_STORE ", another one where rbenv or RVM built it",
		.variables = {OPENSSL_VARIABLES}, .command = "ruby",
		.argv = {"{probe-ruby.rb}", "{url}"}, PROBE_PRINTS, .unable = {NO_SOCKS}},
	{PROGRAM("Python", CLIENT_PYTHON, "system"),
		.words = {"_ssl.c:", "urllib.error", "SSLCertVerificationError",
			"Traceback (most recent"},
		.reads = OPENSSL_STORE ", another one where pyenv, uv or conda built it",
		.how = "from 3.13 on it demands more of a CA", .variables = {OPENSSL_VARIABLES},
		.command = "python3", .argv = {"{probe-python.py}", "urllib", "{url}"},
		PROBE_PRINTS},
	{PROGRAM("Maven", CLIENT_JAVA, "java"),
		.words = {"Could not transfer artifact", "Non-resolvable",
			"[ERROR] Failed to execute goal"},
		.reads = "the keystore of the Java it runs in, which trustfix install writes",
		.how = "it is the one that mvn -v names"},
	{PROGRAM("Gradle", CLIENT_JAVA, "java"),
		.words = {"Could not GET 'https", "Could not resolve all",
			"* What went wrong:", "org.gradle"},
		.reads = "the keystore of the Java its daemon runs in, which trustfix install "
			 "writes",
		.restart = "its daemon (gradle --stop)"},
	{PROGRAM("Java", CLIENT_JAVA, "java"),
		.words = {"PKIX ", "javax.net.ssl", "sun.security", "java.security", "java.net.",
			"java.io.IOException"},
		.reads = "its runtime's keystore", .how = "all runtimes that are found get the CA",
		.restart = "running programs",
		.variables = {"JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"},
		.value_after = "-Djavax.net.ssl.trustStore=", .command = "java",
		/* Start fast: only the first compiler tier, and no collector threads. */
		.argv = {"-XX:+IgnoreUnrecognizedVMOptions", "-XX:TieredStopAtLevel=1",
			"-XX:+UseSerialGC", "{probe-java.java}", "{url}"},
		PROBE_PRINTS,
		/* Java 8; a runtime without a compiler. */
		.unable = {"Could not find or load main class", "jdk.compiler"}},
	{PROGRAM("uv", CLIENT_WEBPKI, NULL),
		.words = {"uv pip", "uv sync", "uv self update", "--native-tls", "`uv ", "uv tool",
			"uv venv", "UV_"},
		.reads = "the roots compiled into it",
		.how = SET("SSL_CERT_FILE") ", or let it read the system's with --native-tls (now "
					    "--system-certs)",
		.variables = {OPENSSL_VARIABLES}, .places = uv,
		.help = "UV_SYSTEM_CERTS=1 (UV_NATIVE_TLS=1 in older ones), or SSL_CERT_FILE=@",
		.command = "uv",
		/* Install and build nothing: a build would run code that the target sends. */
		.argv = {"pip", "install", "--dry-run", "--no-cache", "--only-binary",
			":all:", "?--no-config", "--target", "{dir}/uv", "--index-url", "{url}",
			"trustfix-doctor"},
		.env = {"UV_HTTP_RETRIES=0"}, .version = "--version", .version_after = "uv ",
		.good = {"not found in the package registry", "HTTP status client error",
			"HTTP status server error"}},
	{PROGRAM("cargo", CLIENT_CURL, "system"),
		.words = {"spurious network error", "crates.io", "Cargo.toml", "cargo",
			"failed to query replaced source", "Updating `"},
		.reads = PROGRAM_SYSTEM_STORE ", another one where rustup put it",
		.how = SET("CARGO_HTTP_CAINFO"), .variables = {"CARGO_HTTP_CAINFO"},
		.variables_then = {OPENSSL_VARIABLES},
		.settings = {{"~/.cargo/config.toml", "cainfo"}, {"~/.cargo/config", "cainfo"}},
		.command = "cargo", .argv = {"search", "--index", "sparse+{url}", "trustfix"},
		.env = {"CARGO_HOME={dir}", "CARGO_NET_RETRY=0", "CARGO_TERM_COLOR=never"},
		.version = "--version", .version_after = "cargo ", .http_after = "got ",
		.good = {"got 4", "got 5", "config.json not found", "authenticated registries",
			"expected value"},
		.unable = {"usage of sparse registries requires"},
		/* before 1.68 */},
	{PROGRAM("a Rust program (rustls)", CLIENT_WEBPKI, NULL),
		.words = {"invalid peer certificate", "rustls"},
		.reads = "what the program gives it, often a list of its own, and is stricter than "
			 "OpenSSL",
		.how = SET("SSL_CERT_FILE")},
	{PROGRAM(".NET", CLIENT_OPENSSL, "system"),
		.words = {"System.Net.", "System.Security.Authentication", "NU1301",
			"RemoteCertificate", "The SSL connection could not be established",
			"remote certificate is invalid"},
		.reads = PROGRAM_SYSTEM_STORE
		" on Linux (SSL_CERT_DIR and SSL_CERT_FILE before it)"},
	{PROGRAM("podman", CLIENT_GO, "system"),
		.words = {"pinging container registry", "source docker://", "podman", "buildah",
			"skopeo"},
		.reads = PROGRAM_SYSTEM_STORE " and /etc/containers/certs.d at every run, as "
					      "buildah and skopeo do",
		.how = IN_IMAGES},
	{PROGRAM("Docker", CLIENT_GO, "system"),
		.words = {"Error response from daemon", "error during connect", "docker:",
			"docker pull", "containerd", "error pulling image", "registry-1.docker.io"},
		.reads = PROGRAM_SYSTEM_STORE " and /etc/docker/certs.d", .how = IN_IMAGES,
		.restart = "the daemon", .variables = {OPENSSL_VARIABLES}, .command = "docker",
		.argv = {"?--config", "?{dir}", "manifest", "inspect", "--",
			"{place}/trustfix/doctor:latest"},
		.version = "--version", .version_after = "Docker version ", .skips_loopback = true,
		.good = {"manifest unknown", "no such manifest", "unsupported manifest",
			"unsupported registry version", "unauthorized", "denied:", "unknown: "}},
	{PROGRAM("gRPC", CLIENTS, NULL), .words = {"grpc", "ALPN property"},
		.reads = "a list of CAs of its own",
		.how = SET("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH")},
	{PROGRAM("Go", CLIENT_GO, "system"),
		.words = {"x509: ", "tls: ", "proxyconnect tcp", "dial tcp", "Get \"https"},
		.variables = {OPENSSL_VARIABLES}, .command = "go",
		.argv = {"list", "-m", "-versions", "trustfix.invalid/doctor"},
		.env = {"GOPROXY={url}", "GOMODCACHE=/dev/null/none", "GOFLAGS=-mod=mod",
			"GOSUMDB=off", "GONOPROXY=none", "GO111MODULE=on", "GOWORK=off",
			"GOTOOLCHAIN=local", "?GOENV=off"},
		.version = "version", .version_after = "go version go",
		.good = {": reading https://"}},
	{PROGRAM("apt", CLIENT_GNUTLS, "system"),
		.words = {"W: Failed to fetch", "E: Failed to fetch", "InRelease", "apt-get",
			"Err:1 ", "No system certificates available"}},
	{PROGRAM("git", CLIENT_GNUTLS, "system"),
		.words = {"fatal: unable to access", "verification failed. CAfile"},
		.variables = {"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"},
		.ask = {"config", "--get-urlmatch", "http", "{url}"}, .asked = "http.sslCAInfo",
		.shown_by = "git config --show-origin --get-regexp http",
		.off = {{"$GIT_SSL_NO_VERIFY", NULL, NULL}, {"", "http.sslVerify", "false"},
			{"", "http.sslVerify", "0"}},
		.command = "git",
		.argv = {"-c", "credential.helper=", "ls-remote", "{url}trustfix-doctor.git"},
		.env = {"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=/bin/true",
			"?GIT_CONFIG_GLOBAL=/dev/null", "?GIT_CONFIG_NOSYSTEM=1"},
		.version = "--version", .version_after = "git version ",
		.http_after = "returned error: ",
		.good = {"' not found", "not valid", "returned error: ", "Authentication failed",
			"could not read", "unable to update url base"}},
	{PROGRAM("wget", CLIENT_GNUTLS, "system"),
		.words = {"ERROR: cannot verify", "ERROR: The certificate of",
			"certificate's owner does not", "Unable to establish SSL connection",
			"Proxy tunneling failed"},
		.settings = {{"~/.wgetrc", "ca_certificate"}, {"/etc/wgetrc", "ca_certificate"}},
		.off = {{"~/.wgetrc", "check_certificate", "off"},
			{"/etc/wgetrc", "check_certificate", "off"}},
		.command = "wget",
		.argv = {"?--no-config", "-nv", "--tries=1", "--max-redirect=0", "-O", "/dev/null",
			"{url}"},
		.version = "--version", .version_after = "Wget ", .http_after = "ERROR ",
		.good = {"ERROR 3", "ERROR 4", "ERROR 5", "redirections exceeded"},
		.unable = {"Unsupported scheme"},
		/* SOCKS */},
	{PROGRAM("gnutls-cli", CLIENT_GNUTLS, "system"),
		.words = {"PKI verification of server certificate", "- Status: The cert",
			"CA certificate(s)."}},
	{PROGRAM("curl", CLIENT_CURL, "system"),
		.words = {"curl: (", "schannel:", "curl failed to verify"},
		/* With SSL_CERT_DIR set, curl 7.88 ignores SSL_CERT_FILE. */
		.variables_then = {"CURL_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"},
		.settings = {{"~/.curlrc", "cacert"}, {"~/.config/curlrc", "cacert"}},
		.off = {{"~/.curlrc", "insecure", NULL}, {"~/.config/curlrc", "insecure", NULL}},
		.command = "curl",
		.argv = {"?-q", "-sS", "-o", "/dev/null", "-w", "http %{http_code}\\n",
			"@--connect-to", "@::{connect}", "{url}"},
		.version = "--version", .version_after = "curl ", .http_after = "http "},
	{PROGRAM("PHP", CLIENT_OPENSSL, "system"),
		.words = {"PHP Warning", "file_get_contents(", "curl error 60 while downloading",
			"CurlDownloader.php"},
		.reads =
			OPENSSL_STORE " unless php.ini names a file (openssl.cafile, curl.cainfo)"},
	{PROGRAM("Perl", CLIENT_OPENSSL, "system"),
		.words = {"SSL connect attempt failed", "/LWP/Protocol",
			"599 SSL connection failed"},
		.reads = OPENSSL_STORE ", or the package Mozilla::CA where CPAN brought LWP "
				       "(PERL_LWP_SSL_CA_FILE)"},
	{PROGRAM("Subversion", CLIENT_OPENSSL, "system"), .words = {"svn: E"}},
	{PROGRAM("aria2", CLIENT_GNUTLS, "system"), .words = {"[SocketCore.cc:"}},
	{PROGRAM("openssl s_client", CLIENT_OPENSSL, "system"),
		.words = {"Verify return code", "verify error:num", "CONNECTED(0", "s_client"}},
	{PROGRAM("a Cisco endpoint", CLIENTS, NULL),
		.words = {"HttpClient", "RoomOS", "xConfiguration", "CUCM", "Webex"},
		.reads = "a list of CAs of its own, and has no shell",
		.how = "write the CA with trustfix capture -o ca.pem, and add it under Security, "
		       "Certificates of its web interface"},
	{PROGRAM("OpenSSL", CLIENT_OPENSSL, "system"),
		.words = {"SSL routines", "error:0A", "error:1416F086", "BIO_connect"}},
	{PROGRAM("snap programs", CLIENTS, NULL), .reads = "what their snap and its base hold",
		.places = snaps,
		.help = "for snapd itself: snap set system store-certs.NAME=\"$(cat "
			"/path/to/CA.pem)\"; for a program in a snap its own setting"},
	{PROGRAM("flatpak programs", CLIENTS, NULL), .reads = "what their runtime holds",
		.places = flatpaks,
		.help = "flatpak override --filesystem=host-etc --env=SSL_CERT_FILE=/run/host@ "
			"APP"},
};
const size_t programs_n = sizeof(programs) / sizeof(programs[0]);

/* ---- the variables --------------------------------------------------------------------------- */

/*
 * If the file is missing, a variable that adds CAs causes at most a warning; one that replaces them
 * makes the program trust nothing.
 */
const struct variable variables[] = {
	{"SSL_CERT_FILE", VARIABLE_BUNDLE, "OpenSSL, Go, uv, httpx, and what has its own OpenSSL"},
	{"CURL_CA_BUNDLE", VARIABLE_BUNDLE, "curl"},
	{"GIT_SSL_CAINFO", VARIABLE_BUNDLE, "git"},
	{"NPM_CONFIG_CAFILE", VARIABLE_BUNDLE, "npm, where its configuration names a file"},
	{"REQUESTS_CA_BUNDLE", VARIABLE_BUNDLE, "Python requests, poetry, Azure CLI"},
	{"PIP_CERT", VARIABLE_BUNDLE, "pip"},
	{"HTTPLIB2_CA_CERTS", VARIABLE_BUNDLE, "Python httplib2"},
	{"AWS_CA_BUNDLE", VARIABLE_BUNDLE, "AWS CLI, boto3"},
	{"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", VARIABLE_BUNDLE, "gcloud"},
	{"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", VARIABLE_BUNDLE, "gRPC"},
	{"CARGO_HTTP_CAINFO", VARIABLE_BUNDLE, "cargo"},
	{"NIX_SSL_CERT_FILE", VARIABLE_BUNDLE, "Nix"},
	{"PERL_LWP_SSL_CA_FILE", VARIABLE_BUNDLE, "Perl LWP"},
	{"NODE_EXTRA_CA_CERTS", VARIABLE_CA, "Node.js, npm, yarn, bun"},
	{"DENO_CERT", VARIABLE_CA, "Deno"},
	{"JAVA_TOOL_OPTIONS", VARIABLE_JAVA, "Java"},
	{0},
};
