#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Standard streams that are closed or full, and command lines that are wrong: a sentence and the right status.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
small_root fresh

it 'what is printed and cannot be written is a failure'
for words in --version --help 'help install' 'list --root fresh' 'list --json --root fresh' \
	'undo --list --root fresh' 'explain x509: certificate signed by unknown authority'; do
	# shellcheck disable=SC2086 # words are words
	for way in '>/dev/full' '>&-'; do
		expect_status 1 sh -c "exec \"$trustfix\" $words $way"
		one_sentence
		says 'cannot write to standard output'
	done
done

it 'a reader that has enough ends it as it ends others: by SIGPIPE, without a word'
cp -a fresh root
for words in 'list --all --root root' 'list --json --root root' 'explain --help' "convert $pki/mitm-root.crt" \
	"install --root root --ca $pki/mitm-root.crt" 'remove --json --root root --installed'; do
	(
		# Once nobody reads any more.
		sleep 0.3
		# shellcheck disable=SC2086 # words are words
		"$trustfix" $words 2>"$err"
		echo "$?" >ended
	) | true
	expect test "$(cat ended)" -eq 141
	expect test ! -s "$err"
done
expect_status 0 tf undo --list --root root
expect test "$(grep -c ' done ' "$out")" -eq 2
rm -r root

it 'a change is told as made, although its report is lost'
for way in '>/dev/full' '>&-' '--json >/dev/full'; do
	rm -rf root
	cp -a fresh root
	expect_status 1 sh -c "exec \"$trustfix\" install --root root --ca \"$pki/mitm-root.crt\" $way"
	one_sentence
	says 'the change was made, but the report could not be written'
	expect holds "$(bundle_of root)" "$pki/mitm-root.crt"
done

it 'without any stream the same is done'
cp -a fresh bare
expect_status 1 sh -c "exec \"$trustfix\" install --verbose --root bare --ca \"$pki/mitm-root.crt\" <&- >&- 2>&-"
same_bytes "$(bundle_of root)" "$(bundle_of bare)"
same_bytes root/var/lib/trustfix/installed.json bare/var/lib/trustfix/installed.json
expect_status 0 tf undo --root bare
expect_status 0 tf undo --root root
same_bytes "$(bundle_of fresh)" "$(bundle_of bare)"

it 'no standard input'
expect_status 1 sh -c "exec \"$trustfix\" convert <&-"
one_sentence
expect_status 5 sh -c "exec \"$trustfix\" install --root bare --chain \"$pki/gate-root.pem\" app.test <&-"

it 'a wrong command line'
keep_listing fresh
for words in nosuch 'help nosuch'; do
	# shellcheck disable=SC2086 # words are words
	expect_status 2 tf $words
	says "unknown command 'nosuch'"
	one_sentence
done
for words in 'list -q -v' "install --color purple --ca $pki/mitm-root.crt" 'list --pin x' 'undo --store system' 'undo 0' 'undo 1 --list' 'remove' \
	"remove --installed --fingerprint $(sha256_of "$pki/mitm-root.crt")" 'remove --fingerprint 00' 'install' \
	'install --verify app.test app.test' 'install --ca x app.test' 'install --ca x --lock y' \
	'install --ca x --trust-on-first-use' 'install --ca x --pin sha256:00' 'install --ca x --verify app.test --quorum 1' \
	'install --ca x --public-root y' 'install --quorum 2 app.test' 'install --name a/b app.test' \
	'install --update-lock app.test' 'install -4 -6 app.test' 'install --timeout 0 app.test' \
	'install --key x app.test' 'install --proxy http://a --no-proxy app.test' 'install --tag x app.test'; do
	# shellcheck disable=SC2086 # words are words
	expect_status 2 tf $words --root fresh
	one_sentence
done
unchanged fresh -c
expect_status 2 tf install --image x -o - --json --ca "$pki/mitm-root.crt"
one_sentence
says "write the rest to a file, not '-'"

done_testing
