#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# README.md, "Test it": installs what is needed (Debian 12) and runs every check; .ci/run does the same.
set -u
[ "$(id -u)" -eq 0 ] || exec sudo sh "$0" "$@"
cd "$(dirname "$0")/.." || exit 1
sh packaging/need.sh build-essential pkg-config libssl-dev libjansson-dev libcmocka-dev openssl \
	ca-certificates libpsl-dev libidn2-dev libunistring-dev libarchive-dev libzstd-dev zlib1g-dev clang clang-format libclang-rt-14-dev cppcheck shellcheck mandoc \
	openjdk-17-jdk-headless ca-certificates-java \
	curl wget gnutls-bin p11-kit python3 python3-pip python3-requests git nodejs ruby fish squid-openssl apache2-utils \
	mitmproxy sslsplit nginx golang-src golang-go python3-cryptography \
	docker.io podman runc skopeo umoci zstd busybox-static \
	iproute2 iptables nftables procps strace e2fsprogs debootstrap || exit 1

logs=build/test
mkdir -p $logs
failed=

# What tells how a step went, while it runs; the rest is in its log.
closing_lines()
{
	grep --line-buffered -E '^(ok|FAILED)  |^(lint|unit|fuzz): |^\[  PASSED|^[0-9]+ passed, |^# ---- .*passed|newer than measured|[0-9] cases, '
}

# step NAME COMMAND...: its closing lines; all that it said, but for tests that passed, if it failed.
step()
{
	name=$1 log=$logs/$(echo "$1" | tr -cs 'a-z0-9\n' -).log
	shift
	start=$(date +%s)
	echo "== $name"
	{
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="${HOME:-/root}" LC_ALL=C.UTF-8 TRUSTFIX_NO_SKIP=1 \
			CFLAGS='-O2 -g -Werror' "$@" </dev/null 2>&1 && : >"$log.passed"
	} | tee "$log" | closing_lines
	[ -e "$log.passed" ] || {
		failed="$failed '$name'"
		echo "-- $name failed, and said (all of it in $log):"
		grep -vE '^ok |^\[ +(RUN|OK) +\]' "$log"
	}
	echo "== $name: $(($(date +%s) - start)) seconds"
}
rm -f $logs/*.passed
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
