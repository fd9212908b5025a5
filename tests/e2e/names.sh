#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names that try to write on the terminal are shown, and harmless.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 evil
small_root root
pin=$(pin_of evil-root)

# No control character but the newline, no bidirectional override, no line of its own.
harmless()
{
	for file in "$out" "$err"; do
		LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$file" >"$dir/expect" && fail "a control character" &&
			cat -v "$dir/expect" | note
		LC_ALL=C grep -nP '\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$file" >/dev/null && fail 'an override'
		grep -n '^OK trusted' "$file" >/dev/null && fail 'a line of its own'
	done
	return 0
}

it 'probe'
expect_status 3 tf probe app.test:9443
harmless
says 'Evil'

it 'a refusal, and a fault'
expect_status 5 tf install --root root app.test:9443
harmless
expect_status 5 tf install --root root --pin "$(pin_of zs-root)" app.test:9443
harmless

it 'the question on a terminal'
expect_status 5 /usr/bin/python3 "$here/terminal.py" no "$trustfix" install --color never --root root app.test:9443
tr -d '\r' <"$out" >shown
cp shown "$out"
harmless

it 'install, verify, list, remove'
expect_status 0 tf install --root root --pin "$pin" app.test:9443
harmless
expect_status 0 tf verify --root root app.test:9443
harmless
expect_status 0 tf list --root root
harmless
says 'Evil'

it 'the anchor has a plain file name'
expect test -z "$(find root/usr/local root/etc | LC_ALL=C grep '[^A-Za-z0-9./_-]')"
expect_status 0 tf remove --root root --installed
harmless

it 'hosts and files on the command line'
expect_status 2 tf probe "$(printf 'a\033[2Jb')"
harmless
expect_status 1 tf convert "$(printf 'no\033[2J\nsuch')"
harmless
one_sentence

it 'names of files that are no UTF-8, and one that writes on the terminal'
small_root bytes
latin=$(printf 'bytes/usr/local/share/ca-certificates/M\344rz.crt')
store=$(printf '/srv/\344\033[31m%%41.pem')
mkdir bytes/srv
cp "$pki/mitm-root2.crt" "$latin"
cp "$pki/origin-root.crt" "bytes$store"
cp -a bytes bytes.before
expect_status 0 tf install --root bytes --store system --store "pem:$store" --ca "$pki/mitm-root.crt"
harmless
says '/srv/.xe4.x1b\[31m%41\.pem +added'
expect holds "bytes$store" "$pki/mitm-root.crt"
expect holds "$(bundle_of bytes)" "$pki/mitm-root2.crt"
cp "$pki/origin-root.crt" "bytes$store"
expect_status 0 tf reapply --root bytes
expect holds "bytes$store" "$pki/mitm-root.crt"
expect_status 0 tf list --json --root bytes --store "pem:$store"
json 'd["trees"][0]["stores"][0]["path"]' '/srv/\xe4\x1b[31m%41.pem'
expect_status 0 tf undo --root bytes
expect_status 0 tf remove --root bytes --installed
expect_status 0 tf undo --list --root bytes
harmless
expect_status 1 tf list --root bytes --store "java:$store"
harmless
one_sentence

done_testing
