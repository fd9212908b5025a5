#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/fuzz/coverage.sh SECONDS MIN NAME...: runs each tests/fuzz/fuzz_NAME.c that long from its corpus, and from what earlier
# fuzzing found (build/fuzz/NAME/corpus), and prints which share of the lines of each file in tests/fuzz/parsers.txt was reached.
# Fails where a file has less than MIN percent.  Needs clang's libFuzzer, llvm-profdata and llvm-cov.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=$1 min=$2
shift 2
build=build/fuzz-coverage
clang=${CLANG:-clang}
# shellcheck disable=SC2034 # cflags and link are used in lib.sh
cover='-fprofile-instr-generate -fcoverage-mapping'
mkdir -p "$build"
. tests/fuzz/lib.sh
for tool in "$clang" llvm-profdata llvm-cov; do
	command -v "$tool" >/dev/null || {
		echo "fuzz-coverage: $tool is missing (Debian: clang, llvm)"
		exit 1
	}
done

cc=$clang main=
cflags="-fsanitize=fuzzer-no-link $cover"
link="-fsanitize=fuzzer $cover"

run() {
	rm -rf "${build:?}/$1"
	corpus "$1" "tests/data/fuzz/$1" "build/fuzz/$1/corpus" &&
		LLVM_PROFILE_FILE=$build/$1/profile fuzz "$1" "$seconds"
}

compile "$@"
run_all "$@"
[ -z "$failed" ] || {
	echo "fuzz-coverage: failed: $failed"
	exit 1
}

profiles=
programs=
for name in "$@"; do
	profiles="$profiles $build/$name/profile"
	programs="$programs -object $build/fuzz_$name"
done
# shellcheck disable=SC2086
llvm-profdata merge -sparse -o "$build/profile" $profiles || exit 1
# shellcheck disable=SC2046,SC2086
llvm-cov report ${programs#* -object } -instr-profile="$build/profile" $(grep -v '^#' tests/fuzz/parsers.txt) \
	>"$build/report" || exit 1
awk -v min="$min" '
NR == FNR {
	if ($0 !~ /^#/ && NF)
		wanted[$1] = 1
	next
}
$1 == "TOTAL" || $1 ~ /\.c$/ {
	name = $1
	for (file in wanted)
		if (file == name || substr(file, length(file) - length("/" name) + 1) == "/" name)
			name = file
	share = 100 * ($8 - $9) / $8
	low = name in wanted && share < min
	printf "%5.1f%% of %4d lines  %s%s\n", share, $8, name, low ? "  <- below " min "%" : ""
	failed = failed || low
	delete wanted[name]
}
END {
	for (file in wanted) {
		print "no such file, or not a line of it is in a fuzzer: " file
		failed = 1
	}
	exit failed
}' tests/fuzz/parsers.txt "$build/report"
