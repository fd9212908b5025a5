#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --json of every command: one object that parses, with the promised keys.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
small_root root
pin=$(pin_of mitm-root)

keys() # COMMAND
{
	json 'd["trustfix"]' 1
	json 'd["command"]' "$1"
	json 'all(k in d for k in ("changed", "would_change", "targets", "cas", "trees", "fault"))' true
	json 'all(set(t) >= {"tree", "stores"} for t in d["trees"])' true
	json 'all(set(s) >= {"kind", "path", "state", "clients"} for t in d["trees"] for s in t["stores"])' true
	json 'all(set(r) >= {"client", "trusts", "why"} for t in d["trees"] for s in t["stores"] for r in s["clients"])' \
		true
	json 'all(set(c) >= {"subject", "issuer", "sha256", "spki_sha256", "serial", "not_before", "not_after", "is_ca",
"self_signed", "public_root"} for c in d["cas"])' true
	json 'all(len(c["sha256"]) == 64 and c["not_after"].endswith("Z") for c in d["cas"])' true
	json 'set(s["state"] for t in d["trees"] for s in t["stores"]) <= {"unchanged", "added", "removed", "replaced",
"would-add", "would-remove", "failed", "reverted"} or d["command"] in ("list", "verify")' true
}

it 'probe'
expect_status 3 tf probe --json app.test:9443
keys probe
json 'len(d["targets"])' 1
json 'd["changed"]' false

it 'capture'
expect_status 0 tf capture --json --pin "$pin" -o ca.pem app.test:9443
keys capture
json 'd["cas"][0]["sha256"]' "$(sha256_of "$pki/mitm-root.crt")"
json 'd["cas"][0]["spki_sha256"]' "$(spki_of "$pki/mitm-root.crt")"
json 'd["cas"][0]["is_ca"]' true

it 'verify before'
expect_status 3 tf verify --json --root root app.test:9443
keys verify
json 'd["trees"][0]["stores"][0]["clients"][0]["trusts"]' false

it 'install --dry-run'
expect_status 0 tf install --dry-run --json --root root --pin "$pin" app.test:9443
keys install
json 'd["changed"], d["would_change"]' '[false, true]'

it 'install'
expect_status 0 tf install --json --root root --pin "$pin" app.test:9443
keys install
json 'd["trees"][0]["stores"][0]["path"]' /etc/ssl/certs
json '[d["targets"][0][k] for k in ("verdict", "trusted", "verdict_before", "trusted_before")]' \
	'["trusted", true, "untrusted", false]'
json 'd["changed"], d["would_change"]' '[true, false]'
expect_status 0 tf install --dry-run --json --root root --pin "$pin" app.test:9443
json 'd["changed"], d["would_change"]' '[false, false]'

it 'install, as it is read: what is true now comes first'
small_root spoken
expect_status 0 tf install --dry-run --root spoken --pin "$pin" app.test:9443
says '^app\.test:9443: untrusted$'
says '^1 store would change, 0 unchanged, would be proven against app\.test:9443$'
expect_status 0 tf install --root spoken --pin "$pin" app.test:9443
expect test "$(head -n 1 "$out")" = 'app.test:9443: private CA, now trusted'
says '^  before +not trusted; a private CA issued it'
says_not 'untrusted'
says '^  seen on the only target checked$'
expect_status 0 tf install --root spoken --pin "$pin" app.test:9443
expect test "$(head -n 1 "$out")" = 'app.test:9443: trusted'
expect_status 0 tf install --json --root spoken --pin "$pin" app.test:9443
json '[d["targets"][0][k] for k in ("verdict", "trusted", "verdict_before", "trusted_before")]' \
	'["trusted", true, "trusted", true]'
expect_status 0 tf remove --root spoken --installed
says '^1 store changed, 0 unchanged, checked by reading it back; no server contacted; transaction 2$'
expect_status 0 tf install --dry-run --root spoken --ca "$pki/mitm-root.crt"
says '^1 store would change, 0 unchanged; no server contacted$'

it 'verify after'
expect_status 0 tf verify --json --root root app.test:9443
keys verify

it 'list'
expect_status 0 tf list --json --root root
keys list
says "$(sha256_of "$pki/mitm-root.crt")"

it 'reapply'
expect_status 0 tf reapply --json --root root
keys reapply
rm root/var/lib/trustfix/installed.pem
expect_status 0 tf reapply --dry-run --json --root root
json 'd["changed"], d["would_change"]' '[false, true]'
expect_status 0 tf reapply --json --root root
json 'd["changed"], d["would_change"]' '[true, false]'

it 'remove'
expect_status 0 tf remove --dry-run --json --root root --installed
json 'd["changed"], d["would_change"]' '[false, true]'
json 'd["trees"][0]["stores"][0]["state"]' would-remove
json 'any("installed.json" in e for e in d["edits"])' true
expect_status 0 tf remove --json --root root --installed
keys remove
json 'd["trees"][0]["stores"][0]["state"]' removed
expect_status 0 tf remove --dry-run --json --root root --ca "$pki/mitm-root.crt"
json 'd["changed"], d["would_change"]' '[false, false]'

it 'undo, and its list'
expect_status 0 tf undo --list --json --root root
keys undo
expect_status 0 tf undo --json --root root
keys undo
json 'd["changed"]' true

it 'convert'
expect_status 0 tf convert --json -o x.pem "$pki/mitm-root.der"
keys convert

it 'a failure is an object too'
small_root other
expect_status 5 tf install --json --root other --pin "$(pin_of zs-root)" app.test:9443
keys install
json 'd["fault"] is None' false
json 'd["changed"]' false
expect_status 1 tf probe --json --timeout 1 app.test:1
keys probe
json 'd["targets"][0]["verdict"]' unreachable

it 'so is a command line that is wrong, wherever --json stands'
usage_error() # COMMAND-OR-null TEXT WORDS...
{
	command=$1 text=$2
	shift 2
	expect_status 2 tf "$@"
	one_sentence
	json 'd["trustfix"]' 1
	json 'd["command"]' "$command"
	json 'd["fault"]["kind"]' usage
	json 'd["changed"], d["would_change"], d["trees"]' '[false, false, []]'
	says "$text"
	expect test "$(wc -l <"$err")" -eq 1
}
usage_error null "unknown command 'instal'; did you mean install[?]" instal --json
usage_error null "unknown command 'instal'" --json instal
usage_error null 'no command' --json
usage_error null "unknown command 'nosuch'" help nosuch --json
usage_error list "unknown option '--nosuch'" list --js --nosuch
usage_error null 'unknown option .--stroe' --stroe list --json
usage_error null 'list --root DIR' --root root list --json
usage_error list 'did you mean --store[?]' list --stroe system --json
usage_error list "'--root' needs an argument" list --json --root
usage_error list "unexpected argument 'extra'" list extra --json
usage_error list "'list' does not take --pin" list --pin x --json
usage_error list "'--json' takes no argument" list --json=yes
usage_error probe 'trustfix probe .PEER. .WHERE. TARGET' probe --json
usage_error list 'cannot be combined' list -q -v --json
usage_error exec "put the command after '--'" exec app.test:9443 --json
expect_status 2 tf list extra -- --json
expect test ! -s "$out"
expect_status 2 tf exec --pin -- true --json
expect test ! -s "$out"

it 'and what is not there: no object without a tree'
for words in 'list' 'env' 'undo' 'undo --list' 'reapply' 'remove --installed' 'check --installed' "check --ca $pki/mitm-root.crt" \
	"install --ca $pki/mitm-root.crt" 'probe app.test:9443' 'verify app.test:9443'; do
	for where in '--root nowhere' "--root $out" '--image nowhere' "--image $out"; do
		case "$words $where" in
		env*image* | reapply*image*) continue ;;
		esac
		# shellcheck disable=SC2086 # words are words
		tf $words --json $where >json-out 2>"$err"
		status=$?
		cp json-out "$out"
		[ $status -eq 1 ] || [ $status -eq 2 ] || fail "status $status: $words $where"
		json 'd["fault"] is None, d["trees"]' '[false, []]'
	done
done

it 'help and version are an object, too, wherever they stand'
for words in '--json --help' '--help --json' 'help --json' '--json help' '-h --js'; do
	# shellcheck disable=SC2086 # words are words
	expect_status 0 tf $words
	json 'd["command"], "trustfix install" in d["help"], d["fault"]' '[null, true, null]'
done
for words in 'list --json --help' '--json --help list' 'help list --json' 'help --json list' '--json list -h'; do
	# shellcheck disable=SC2086 # words are words
	expect_status 0 tf $words
	json 'd["command"], "--all" in d["help"], d["fault"]' '["list", true, null]'
done
version=$("$trustfix" --version)
for words in '--version --json' '--json --version' 'version --json' 'list --version --json' 'probe --json --version'; do
	# shellcheck disable=SC2086 # words are words
	expect_status 0 tf $words
	json '"trustfix " + d["version"]' "$version"
	json 'd["help"].strip()' "$version"
done
for words in version --version '-q --version' 'list --version' '--version list' 'exec --version' 'install --version -v'; do
	# shellcheck disable=SC2086 # words are words
	expect_status 0 tf $words
	expect test "$(cat "$out")" = "$version"
done

it 'nothing else is on standard output with it'
expect_status 0 tf capture --json --pin "$pin" app.test:9443
json '"BEGIN CERTIFICATE" in d["cas"][0]["pem"]' true
for words in "convert $pki/mitm-root.crt" "convert -o - $pki/mitm-root.crt" 'probe --save - app.test:9443' \
	'probe --save /dev/stdout app.test:9443' "capture --pin $pin -o - app.test:9443" \
	"install --root other --pin $pin --lock - --update-lock app.test:9443"; do
	# shellcheck disable=SC2086 # words are words
	"$trustfix" $words --json 2>"$err" | cat >"$out"
	json 'd["fault"]["kind"]' usage
done

it 'hostile names stay inside their strings'
s_server 9444 evil
expect_status 3 tf probe --json app.test:9444
keys probe

it 'without a terminal no color; with --color always, some; NO_COLOR wins over a terminal'
expect_status 3 tf probe app.test:9443
expect_not grep -q "$(printf '\033')" "$out"
expect_status 3 tf probe --color always app.test:9443
expect grep -q "$(printf '\033')" "$out"
expect_status 3 env NO_COLOR=1 "$trustfix" probe app.test:9443
expect_not grep -q "$(printf '\033')" "$out"

it '-q says nothing, --version and --help do'
expect_status 0 tf install -q --root root --pin "$pin" app.test:9443
expect test ! -s "$out"
expect_status 0 tf --version
says '[0-9]+\.[0-9]+\.[0-9]+'
expect_status 0 tf --help
says 'install'
for command in probe capture convert install verify list remove undo reapply; do
	expect_status 0 tf "$command" --help
	expect test -s "$out"
done

done_testing
