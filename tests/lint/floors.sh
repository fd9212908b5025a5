#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Who may include whom: the rooms and floors of src/README.md.
set -u
# shellcheck disable=SC2046 # file names of the tree have no blanks
awk '
function room(path) {
	if (path ~ /^stores\//) return "stores"
	if (path == "src/main.c") return "main"
	split(path, part, "/")
	return part[2]
}
function bad(text) { print FILENAME ":" FNR ": " text; failed = 1 }
function only(header, files) {
	if (FILENAME !~ files) bad(header " is not for this file")
}
BEGIN {
	floor["main"] = 11; floor["cli"] = 10; floor["doctor"] = 9; floor["install"] = 8; floor["find"] = 7
	floor["journal"] = 6; floor["diagnose"] = floor["stores"] = 5; floor["net"] = 4; floor["fs"] = floor["client"] = 3
	floor["x509"] = floor["sys"] = 2; floor["base"] = 1
}
$1 == "#include" && $2 ~ /^"/ {
	header = substr($2, 2, length($2) - 2)
	from = room(FILENAME)
	to = room(header)
	if (header !~ /^(src|stores)\// || !(to in floor)) bad(header " is not written from the top")
	else if (from != to && floor[to] >= floor[from]) bad(from " may not include " header)
	else if (from == "stores" && to == "peer") bad("stores know nothing of peers")
	else if (from == "tree" && to == "cert" && header != "src/x509/digest.h")
		bad("a tree knows nothing of certificates")
	if (header == "src/sys/json.h")
		only(header, "^(src/sys/json|src/cli/|src/journal/(journal|record|installed)|src/find/approve|stores/image/)")
}
$2 ~ /^<openssl\// { only($2, "^(src/(x509|net|client)/|stores/java/(jks|p12|p12_crypt)\\.[ch])") }
$2 == "<archive.h>" { only($2, "^stores/image/(tar|layer)") }
$2 == "<jansson.h>" { only($2, "^(src/sys/json|src/cli/|src/journal/journal|stores/image/manifest)") }
END { exit failed }' $(sh tests/lint/sources.sh c | grep -v '^tests/')
