#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names that try to write on the terminal are shown, and harmless.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 evil
small_root root
pin=$(pin_of evil-root)

# Nothing on the terminal that is invisible or could reorder a line, and no line of a name's own.
harmless()
{
	/usr/bin/python3 "$here/harmless.py" "$out" "$err" >"$dir/expect" || {
		fail 'shows what harms a terminal'
		note "$dir/expect"
	}
	grep -n '^OK trusted' "$out" "$err" >/dev/null && fail 'a line of its own'
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
expect_status 2 tf probe "$(printf 'a\327\251\315\217b')"
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

it 'names that go from right to left, and that are not seen: files, trees and stores'
odd=$(printf 'x\327\251\327\234\330\247\343\205\244\315\217\342\240\200\360\235\205\263e\314\201\314\201\314\201\314\201\314\201')
small_root "$odd"
anchors=$odd/usr/local/share/ca-certificates
cp "$pki/mitm-root2.crt" "$anchors/$odd.crt"
mkdir -p "$odd/srv"
cp "$pki/origin-root.crt" "$odd/srv/$odd.pem"
cp "$pki/zs-root.crt" "$odd.crt"
for words in "install --dry-run --ca $odd.crt" "install --ca $odd.crt" list verify 'undo --list' \
	"check --ca $odd.crt" 'check --installed' "install --ca $odd" "install --ca $odd.none" "list --store java:/srv/$odd.pem" \
	"install --pin $(pin_of mitm-root) --lock $odd.lock app.test:9443" "install --public-root $odd app.test:9443" \
	"probe --chain $odd.crt app.test" "probe --cert $odd.crt --key $odd app.test:9443" \
	"convert $odd.crt" "convert $odd" "convert --to $odd x" "list --store $odd" "list --image $odd" \
	"install --ca $odd.crt --name $odd" "remove --ca $odd" "$odd" "list --$odd" "explain $odd" "explain $odd.crt" \
	"env --shell $odd" "probe --proxy http://$odd:1 app.test" "probe --at $odd app.test" "exec --ca $odd.crt -- $odd/none" \
	"hook $odd" "install --pin $odd app.test:9443" 'remove --installed' reapply; do
	for json in -v --json; do
		for where in "--root=$odd --store=system --store=pem:/srv/$odd.pem" "--root=$odd" ''; do
			case $words in
			install* | remove* | reapply) [ -n "$where" ] || continue ;;
			esac
			# shellcheck disable=SC2086 # words
			"$trustfix" $words $json $where >"$out" 2>"$err" </dev/null
			harmless
			[ "$test_failed" -eq 0 ] || {
				note "$out" "$err"
				echo "# trustfix $words $json $where"
				break 3
			}
		done
	done
done

it 'the question names them, too'
small_root "q$odd"
cp "$pki/mitm-root2.crt" "q$anchors/$odd.crt"
expect_status 5 /usr/bin/python3 "$here/terminal.py" no "$trustfix" install --color never --root "q$odd" app.test:9443
tr -d '\r' <"$out" >shown
cp shown "$out"
harmless
says 'would also add'

it 'a JSON of the same names says them whole'
expect_status 0 tf list --json --root "$odd" --store "pem:/srv/$odd.pem"
json "d['trees'][0]['stores'][0]['path']" "/srv/$odd.pem"

done_testing
