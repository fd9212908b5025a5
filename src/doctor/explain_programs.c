/* SPDX-License-Identifier: Apache-2.0 */
/* Whose message it is, and which store that program reads. */
#include "src/doctor/explain.h"

#include <stddef.h>

#define ENV_HELPS "after trustfix install give it the variables of trustfix env"

const struct program_row explain_programs[] = {
	{"yarn, pnpm",
		"yarn and pnpm read Node's own list of CAs and no system store: " ENV_HELPS
		" (NODE_EXTRA_CA_CERTS)",
		{"yarnpkg.com/en/docs", "yarn install v", "yarn add v", "ERR_PNPM_"}},
	{"npm",
		"npm reads Node's own list of CAs and no system store: " ENV_HELPS
		" (NODE_EXTRA_CA_CERTS)",
		{"npm error", "npm ERR!", "npm WARN", "registry.npmjs.org"}},
	{"Node.js",
		"Node.js reads its own list of CAs and no system store: " ENV_HELPS
		" (NODE_EXTRA_CA_CERTS), before it starts",
		{"node:internal", "Node.js v", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
			"SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_",
			"DEPTH_ZERO_SELF", "Warning: Ignoring extra certs"}},
	{"AWS CLI", "the AWS CLI reads a bundle of its own: " ENV_HELPS " (AWS_CA_BUNDLE)",
		{"botocore", "SSL validation failed for https"}},
	{"pip",
		"pip reads a bundle of its own (certifi) unless it is 24.2 or later, or a "
		"distribution's: " ENV_HELPS " (PIP_CERT)",
		{"pip._vendor", "confirming the ssl certificate", "No matching distribution found",
			"pip install", "WARNING: Retrying (Retry("}},
	{"Python requests",
		"requests reads a bundle of its own (certifi) unless it is a "
		"distribution's: " ENV_HELPS " (REQUESTS_CA_BUNDLE)",
		{"HTTPSConnectionPool(", "requests.exceptions",
			"suitable TLS CA certificate bundle"}},
	{"conda",
		"conda reads the bundle of its package ca-certificates: after trustfix install "
		"give "
		"it the system's with conda config --set ssl_verify FILE",
		{"CondaSSLError", "CondaHTTPError"}},
	{"Chromium",
		"Chromium reads roots of its own and the user's NSS database, which trustfix does "
		"not write: trustfix verify tells the line that helps",
		{"net::ERR_", "ERR_CERT_"}},
	{"Firefox",
		"Firefox reads roots of its own and the NSS database of its profile, which "
		"trustfix "
		"does not write: trustfix verify tells the line that helps",
		{"SEC_ERROR_", "MOZILLA_PKIX_ERROR_", "SSL_ERROR_BAD_CERT_DOMAIN"}},
	{"Ruby", "Ruby reads OpenSSL's default store, another one where rbenv or RVM built it",
		{"OpenSSL::SSL::SSLError", "SSL_connect returned=", ".rb:"}},
	{"Python",
		"Python reads OpenSSL's default store, another one where pyenv, uv or conda built "
		"it; from 3.13 on it demands more of a CA",
		{"_ssl.c:", "urllib.error", "SSLCertVerificationError", "Traceback (most recent"}},
	{"Maven",
		"Maven reads the keystore of the Java it runs in, which trustfix install writes; "
		"mvn -v names it",
		{"Could not transfer artifact", "Non-resolvable",
			"[ERROR] Failed to execute goal"}},
	{"Gradle",
		"Gradle reads the keystore of the Java its daemon runs in, which trustfix install "
		"writes: gradle --stop afterwards",
		{"Could not GET 'https", "Could not resolve all",
			"* What went wrong:", "org.gradle"}},
	{"Java", "each Java reads a keystore of its own; trustfix install writes all it finds",
		{"PKIX ", "javax.net.ssl", "sun.security", "java.security", "java.net.",
			"java.io.IOException"}},
	{"uv",
		"uv has a list of CAs of its own unless it is told to read the system's: " ENV_HELPS
		" (SSL_CERT_FILE), or give it --native-tls (now --system-certs)",
		{"uv pip", "uv sync", "uv self update", "--native-tls", "`uv ", "uv tool",
			"uv venv", "UV_"}},
	{"cargo",
		"cargo reads the system's store, another one where rustup put it: " ENV_HELPS
		" (CARGO_HTTP_CAINFO)",
		{"spurious network error", "crates.io", "Cargo.toml", "cargo",
			"failed to query replaced source", "Updating `"}},
	{"a Rust program (rustls)",
		"rustls reads what the program gives it, often a list of its own, and is stricter "
		"than OpenSSL: " ENV_HELPS " (SSL_CERT_FILE)",
		{"invalid peer certificate", "rustls"}},
	{".NET",
		"on Linux .NET reads the system's store (SSL_CERT_DIR and SSL_CERT_FILE before it)",
		{"System.Net.", "System.Security.Authentication", "NU1301", "RemoteCertificate",
			"The SSL connection could not be established",
			"remote certificate is invalid"}},
	{"podman",
		"podman, buildah and skopeo read the system's store and /etc/containers/certs.d "
		"at every run; builds need the CA in their image, see trustfix install --image",
		{"pinging container registry", "source docker://", "podman", "buildah", "skopeo"}},
	{"Docker",
		"the daemon reads the system's store when it starts: restart it after trustfix "
		"install; builds inside it need the CA in their image, see trustfix install "
		"--image",
		{"Error response from daemon", "error during connect", "docker:", "docker pull",
			"containerd", "error pulling image", "registry-1.docker.io"}},
	{"gRPC",
		"gRPC has a list of CAs of its own: " ENV_HELPS
		" (GRPC_DEFAULT_SSL_ROOTS_FILE_PATH)",
		{"grpc", "ALPN property"}},
	{"Go", NULL, {"x509: ", "tls: ", "proxyconnect tcp", "dial tcp", "Get \"https"}},
	{"apt", NULL,
		{"W: Failed to fetch", "E: Failed to fetch", "InRelease", "apt-get", "Err:1 "}},
	{"git", NULL, {"fatal: unable to access", "verification failed. CAfile"}},
	{"wget", NULL,
		{"ERROR: cannot verify", "ERROR: The certificate of",
			"certificate's owner does not", "Unable to establish SSL connection",
			"Proxy tunneling failed"}},
	{"gnutls-cli", NULL,
		{"PKI verification of server certificate", "- Status: The cert",
			"CA certificate(s)."}},
	{"curl", NULL, {"curl: (", "schannel:", "curl failed to verify"}},
	{"PHP",
		"PHP reads OpenSSL's default store unless php.ini names a file (openssl.cafile, "
		"curl.cainfo)",
		{"PHP Warning", "file_get_contents(", "curl error 60 while downloading",
			"CurlDownloader.php"}},
	{"Perl",
		"Perl reads OpenSSL's default store, or the package Mozilla::CA where CPAN "
		"brought LWP: PERL_LWP_SSL_CA_FILE",
		{"SSL connect attempt failed", "/LWP/Protocol", "599 SSL connection failed"}},
	{"Subversion", NULL, {"svn: E"}},
	{"aria2", NULL, {"[SocketCore.cc:"}},
	{"openssl s_client", NULL,
		{"Verify return code", "verify error:num", "CONNECTED(0", "s_client"}},
	{"a Cisco endpoint",
		"it has a list of CAs of its own and no shell: write the CA with trustfix capture "
		"-o ca.pem, and add it under Security, Certificates of its web interface",
		{"HttpClient", "RoomOS", "xConfiguration", "CUCM", "Webex"}},
	{"OpenSSL", NULL, {"SSL routines", "error:0A", "error:1416F086", "BIO_connect"}},
	{0},
};
