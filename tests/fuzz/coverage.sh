#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/fuzz/coverage.sh SECONDS MIN NAME...: runs each tests/fuzz/fuzz_NAME.c that long from its corpus, and from what earlier
# fuzzing found (build/fuzz/NAME/corpus), and prints which share of the lines of each file in tests/fuzz/parsers.txt was reached.
# Fails where a file has less than MIN percent.  Needs clang's libFuzzer, llvm-profdata and llvm-cov.  LIBS is what is linked with.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=$1 min=$2
shift 2
build=build/fuzz-coverage
clang=${CLANG:-clang}
cover='-fprofile-instr-generate -fcoverage-mapping'
mkdir -p "$build"
for tool in "$clang" llvm-profdata llvm-cov; do
	command -v "$tool" >/dev/null || {
		echo "fuzz-coverage: $tool is missing (Debian: clang, llvm)"
		exit 1
	}
done

objects=
for name in "$@"; do
	objects="$objects $build/tests/fuzz/fuzz_$name.o"
done
jobs=$(nproc)
# shellcheck disable=SC2086
make -s -j "$jobs" DEV= CC="$clang" BUILD="$build" CFLAGS="-O1 -g -fsanitize=fuzzer-no-link $cover" \
	"$build/libtrustfix.a" $objects || exit 1

run() {
	work=$build/$1
	rm -rf "$work"
	mkdir -p "$work/corpus"
	for from in "tests/data/fuzz/$1" "build/fuzz/$1/corpus"; do
		[ ! -d "$from" ] || cp "$from"/* "$work/corpus/" 2>/dev/null
	done
	# shellcheck disable=SC2086
	"$clang" -fsanitize=fuzzer $cover -pthread -o "$build/fuzz_$1" "$build/tests/fuzz/fuzz_$1.o" \
		"$build/libtrustfix.a" $LIBS || return 1
	LLVM_PROFILE_FILE=$work/profile "$build/fuzz_$1" -max_total_time="$seconds" -timeout=10 -max_len=65536 \
		-verbosity=0 -artifact_prefix="$work/" "$work/corpus" >"$work/log" 2>&1 && return
	tail -n 40 "$work/log"
	return 1
}

rm -f "$build/failed"
n=0
for name in "$@"; do
	{ run "$name" || echo "$name" >>"$build/failed"; } &
	n=$((n + 1))
	[ $((n % jobs)) -ne 0 ] || wait
done
wait
[ ! -e "$build/failed" ] || {
	echo "fuzz-coverage: failed: $(tr '\n' ' ' <"$build/failed")"
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
