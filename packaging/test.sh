#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# README.md, "Test it": installs what is needed (Debian 12) and runs every check; .ci/run does the same.
set -u
[ "$(id -u)" -eq 0 ] || exec sudo sh "$0" "$@"
cd "$(dirname "$0")/.." || exit 1
sh packaging/need.sh build-essential pkg-config libssl-dev libjansson-dev libcmocka-dev openssl \
	ca-certificates libarchive-dev libzstd-dev zlib1g-dev clang clang-format libclang-rt-14-dev cppcheck shellcheck mandoc \
	openjdk-17-jdk-headless ca-certificates-java \
	curl wget gnutls-bin p11-kit python3 python3-pip python3-requests git nodejs ruby fish squid-openssl apache2-utils \
	mitmproxy sslsplit nginx golang-src golang-go python3-cryptography \
	docker.io podman runc skopeo umoci zstd busybox-static \
	iproute2 iptables nftables procps strace e2fsprogs debootstrap || exit 1

failed=
step() # NAME COMMAND...
{
	name=$1
	shift
	start=$(date +%s)
	echo "== $name"
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="${HOME:-/root}" LC_ALL=C.UTF-8 TRUSTFIX_NO_SKIP=1 \
		CFLAGS='-O2 -g -Werror' "$@" </dev/null || failed="$failed '$name'"
	echo "== $name: $(($(date +%s) - start)) seconds"
}
jobs=$(nproc)
step build make -s -j "$jobs"
step lint make -s lint
step 'unit tests, gcc' make -s -j "$jobs" DEV=1 BUILD=build/gcc CC=gcc check-unit
step 'unit tests, clang' make -s -j "$jobs" DEV=1 BUILD=build/clang CC=clang check-unit
step 'fuzzing' make -s check-fuzz
step 'end to end' make -s check-e2e
step 'truth' make -s truth
echo "failed:${failed:- none}"
[ -z "$failed" ]
