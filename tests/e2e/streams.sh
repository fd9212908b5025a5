#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Standard streams that are closed or full: a sentence, the right status, and never a word in a file.
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

it 'a change is told as made, although its report is lost'
for way in '>/dev/full' '>&-' '--json >/dev/full'; do
	rm -rf root
	cp -a fresh root
	expect_status 1 sh -c "exec \"$trustfix\" install --root root --ca \"$pki/mitm-root.crt\" $way"
	one_sentence
	says 'it is done, but'
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
for words in nosuch 'help nosuch'; do
	# shellcheck disable=SC2086 # words are words
	expect_status 2 tf $words
	says "no command 'nosuch'"
done

expect_status 2 tf list -q -v --root fresh
one_sentence

done_testing
