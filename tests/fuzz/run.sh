#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/fuzz/run.sh SECONDS NAME...: runs each tests/fuzz/fuzz_NAME.c that long, one per processor at a time,
# from the corpus in tests/data/fuzz/NAME.  Without a clang that can fuzz, the compiler of CC replays the corpus.  Inputs that
# crash, hang or eat memory stay in build/fuzz/NAME.  LIBS is what the program is linked with.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=$1
shift
build=build/fuzz
sanitize=address,undefined
clang=${CLANG:-clang}
mkdir -p "$build"

echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' >"$build/try.c"
if "$clang" -fsanitize=fuzzer -o "$build/try" "$build/try.c" 2>/dev/null; then
	cc=$clang extra=fuzzer-no-link, link=-fsanitize=fuzzer,$sanitize main=
else
	echo "fuzz: no libFuzzer here, the corpus is only replayed"
	cc=${CC:-cc} extra='' link=-fsanitize=$sanitize main=$build/tests/fuzz/main.o
fi

programs=$main
for name in "$@"; do
	programs="$programs $build/tests/fuzz/fuzz_$name.o"
done
jobs=$(nproc)
# shellcheck disable=SC2086
make -s -j "$jobs" DEV= CC="$cc" BUILD="$build" \
	CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=$extra$sanitize \
		-fno-sanitize-recover=undefined" \
	"$build/libtrustfix.a" $programs || exit 1

run() {
	corpus=tests/data/fuzz/$1
	work=$build/$1
	mkdir -p "$work/corpus"
	cp "$corpus"/* "$work/corpus/" 2>/dev/null
	# shellcheck disable=SC2086
	"$cc" $link -pthread -o "$build/fuzz_$1" "$build/tests/fuzz/fuzz_$1.o" $main \
		"$build/libtrustfix.a" $LIBS || return 1
	if [ -n "$main" ]; then
		"$build/fuzz_$1" "$work/corpus"/*
		return
	fi
	"$build/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
		-max_len=65536 -print_final_stats=0 -verbosity=0 -artifact_prefix="$work/" \
		"$work/corpus" >"$work/log" 2>&1 && return
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
failed=
[ ! -e "$build/failed" ] || failed=$(tr '\n' ' ' <"$build/failed")
echo "fuzz: $# targets, failed:${failed:- none}"
[ -z "$failed" ]
