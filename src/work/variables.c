/* SPDX-License-Identifier: Apache-2.0 */
#include "src/work/variables.h"

#include <stddef.h>

/* Of the second kind a missing file is a warning at most; of the first it means no trust at all. */
const struct variable variables[] = {
	{"SSL_CERT_FILE", VARIABLE_BUNDLE, "OpenSSL, Go, uv, httpx, and what has its own OpenSSL"},
	{"CURL_CA_BUNDLE", VARIABLE_BUNDLE, "curl"},
	{"GIT_SSL_CAINFO", VARIABLE_BUNDLE, "git"},
	{"REQUESTS_CA_BUNDLE", VARIABLE_BUNDLE, "Python requests, poetry, Azure CLI"},
	{"PIP_CERT", VARIABLE_BUNDLE, "pip"},
	{"HTTPLIB2_CA_CERTS", VARIABLE_BUNDLE, "Python httplib2"},
	{"AWS_CA_BUNDLE", VARIABLE_BUNDLE, "AWS CLI, boto3"},
	{"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", VARIABLE_BUNDLE, "gcloud"},
	{"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", VARIABLE_BUNDLE, "gRPC"},
	{"CARGO_HTTP_CAINFO", VARIABLE_BUNDLE, "cargo"},
	{"NIX_SSL_CERT_FILE", VARIABLE_BUNDLE, "Nix"},
	{"NODE_EXTRA_CA_CERTS", VARIABLE_CA, "Node.js, npm, yarn, bun"},
	{"DENO_CERT", VARIABLE_CA, "Deno"},
	{"JAVA_TOOL_OPTIONS", VARIABLE_JAVA, "Java"},
	{0},
};
