#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check: is everything in place?  It says so by its status, names the store that drifted, and writes nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
s_server 9444 zs
ca=$pki/mitm-root.crt
small_root root
mkdir -p root/opt/jdk/lib/security
keystore=/opt/jdk/lib/security/cacerts
fresh_keystore() { expect /usr/bin/python3 "$here/keystore.py" good "root$keystore" "$pki/origin-root.crt"; }
fresh_keystore
find root -exec touch -h -d '2020-02-02 02:02:02.5' {} +

# checked STATUS [OPTION...]: the same by the file, by the lock and by the record, and nothing is written.
checked()
{
	wanted_status=$1
	shift
	for way in "--ca $ca" '--lock ca.lock' --installed; do
		keep_listing root
		# shellcheck disable=SC2086 # words are words
		expect_status "$wanted_status" tf check --root root $way "$@"
		unchanged root -c
	done
}
installed() { expect_status 0 tf install --root root --ca "$ca"; }

it 'one of three ways says what is checked'
for words in '' "--ca $ca --installed" "--lock x --installed" "--ca $ca --lock x" "--ca $ca app.test"; do
	# shellcheck disable=SC2086 # words are words
	expect_status 2 tf check --root root $words
	one_sentence
done

it 'nothing is there: 6, and each store that would get the CA'
expect_status 0 tf capture --trust-on-first-use --lock ca.lock --update-lock -o ca.pem app.test:9443
keep_listing root
expect_status 6 tf check --root root --ca "$ca"
says '^/etc/ssl/certs +would-add +Debian$'
says "^$keystore +would-add +JKS$"
says '^2 stores would change, 0 unchanged$'
expect test "$(wc -l <"$out")" -eq 3
expect test ! -s "$err"
unchanged root -c
expect_status 6 tf check --json --root root --ca "$ca"
json 'd["changed"], d["would_change"], d["fault"]' '[false, true, null]'
json '[s["state"] for s in d["trees"][0]["stores"]]' '["would-add", "would-add"]'
expect_status 6 tf check -q --root root --ca "$ca"
expect test ! -s "$out"
expect test ! -s "$err"
unchanged root -c

it 'a CA of the lock file that is nowhere is missing everywhere'
expect_status 6 tf check --root root --lock ca.lock
says '^/etc/ssl/certs +would-add'
says "CA sha256:$(sha256_of "$ca") is in none of these stores; .* run: trustfix install --root root --ca FILE$"
says '^2 stores would change, 0 unchanged$'
expect_status 6 tf check --json --root root --lock ca.lock
json 'd["would_change"]' true
expect_status 1 tf check --root root --lock root/etc/os-release
one_sentence

it 'nothing is on record: nothing is missing'
expect_status 0 tf check --root root --installed
says '^trustfix has installed nothing here$'
unchanged root -c

cp -a root whole

it 'as configuration management calls it: the first run installs, the second finds all in place'
manage() { sh -c "\"$trustfix\" check -q --root root --ca \"$ca\" || \"$trustfix\" install --root root --ca \"$ca\""; }
expect_status 0 manage
says '^2 stores changed'
keep_listing root
expect_status 0 manage
expect test ! -s "$out"
unchanged root -c

it 'nothing is on record to prove a target with: that is no yes'
expect_status 1 tf check --root whole --installed --verify app.test:9443
one_sentence
says 'trustfix has installed nothing here'

it 'everything is in place: 0'
checked 0
says '^/etc/ssl/certs +unchanged'
says '^everything is in place$'
checked 0 -q
expect test ! -s "$out"
checked 0 --json
json 'd["changed"], d["would_change"]' '[false, false]'
checked 0 --store system

it 'and a target is trusted, or it is not: 3'
checked 0 --verify app.test:9443
says '^app\.test:9443: trusted$'
says '^everything is in place, and app\.test:9443 is trusted$'
checked 3 --verify app.test:9443 --verify app.test:9444
says '^everything is in place, but app\.test:9444 is not trusted$'
says 'openssl +REFUSES'
checked 3 --json --verify app.test:9444
json 'd["would_change"], d["fault"]' '[false, null]'
json 'd["trees"][0]["stores"][0]["clients"][0]["trusts"]' false
checked 1 --timeout 1 --verify app.test:1
one_sentence

it 'the anchor was removed'
rm -rf whole && cp -a root whole
rm root/usr/local/share/ca-certificates/*.crt
checked 6
says '^/etc/ssl/certs +would-add'
says "^$keystore +unchanged"
says '^1 store would change, 1 unchanged$'
checked 6 --verify app.test:9443
checked 6 --verify app.test:9444
checked 0 --store java

it 'the bundle was wiped, was made anew by an upgrade, lost a hash link'
rm -rf root && cp -a whole root
: >"$(bundle_of root)"
checked 6
says '^/etc/ssl/certs +would-add'
says "^$keystore +unchanged"
cat root/usr/share/ca-certificates/test/*.crt >"$(bundle_of root)"
checked 6 -v
says '^  would write /etc/ssl/certs/ca-certificates\.crt$'
checked 6 --json
json 'd["edits"]' '["write /etc/ssl/certs/ca-certificates.crt"]'
rm -rf root && cp -a whole root
rm "root/etc/ssl/certs/$(openssl x509 -in "$ca" -noout -hash).0"
checked 6
says '^/etc/ssl/certs +would-add'

it 'the keystore is stale'
rm -rf root && cp -a whole root
fresh_keystore
checked 6
says '^/etc/ssl/certs +unchanged'
says "^$keystore +would-add +JKS$"
checked 6 --json
json '[s["state"] for s in d["trees"][0]["stores"]]' '["unchanged", "would-add"]'
checked 0 --skip "java:$keystore"

it 'what reapply would do to its own record is a change, too'
rm -rf root && cp -a whole root
rm root/var/lib/trustfix/installed.pem
expect_status 6 tf check --root root --installed
says "^trustfix's own record would change$"
expect_status 0 tf reapply --root root
expect_status 0 tf check --root root --installed

it 'a superseded CA is still there, until it is replaced; --keep-old wants both'
rm -rf root && cp -a whole root
expect_status 6 tf check --root root --ca "$pki/mitm-root2.crt"
says '^/etc/ssl/certs +would-replace'
expect_status 0 tf install --root root --ca "$pki/mitm-root2.crt"
expect_status 0 tf check --root root --ca "$pki/mitm-root2.crt"
checked_old() { tf check --root root --ca "$ca"; }
expect_status 6 checked_old
rm -rf root && cp -a whole root
expect_status 0 tf install --root root --keep-old --ca "$pki/mitm-root2.crt"
expect_status 0 tf check --root root --keep-old --ca "$pki/mitm-root2.crt"
expect_status 6 tf check --root root --ca "$pki/mitm-root2.crt"
says '^/etc/ssl/certs +would-replace'

it 'a run that was cut off waits to be rolled back'
rm -rf root && cp -a whole root
if need strace; then
	expect_status 137 strace -f -qq -o trace -e trace=renameat,renameat2 -e 'inject=renameat,renameat2:signal=KILL:when=4' \
		"$trustfix" install --root root --ca "$pki/zs-root.crt"
	checked 6
	says 'a run was interrupted'
	says 'run must be rolled back$|stores? would change'
	expect_status 0 tf reapply --root root
	checked 0
fi

it 'it waits for no lock, and needs no right but to read'
rm -rf root && cp -a whole root
flock -x root/var/lib/trustfix/lock sleep 60 &
pids="$pids $!"
within 10000 checked 0
within 10000 checked 0 --verify app.test:9443
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$trustfix" "$@"; }
keep_listing root
expect_status 0 as_nobody check --root root --ca "$ca"
expect_status 0 as_nobody check --root root --installed
expect_status 6 as_nobody check --root root --ca "$pki/zs-root.crt"
unchanged root -c

it 'what cannot be read is not in place: 1, which names it'
rm -rf root && cp -a whole root
echo 'no keystore' >"root$keystore"
checked 1
one_sentence
says "not everything could be checked: '$keystore' is left alone"
checked 1 --json
json 'd["fault"]["kind"]' refused
checked 0 --skip java
checked 0 --skip "java:$keystore"
rm -rf root && cp -a whole root
mkdir -p root/srv
expect /usr/bin/python3 "$here/keystore.py" good root/srv/app.jks "$pki/origin-root.crt"
expect_status 0 tf install --root root --store java:/srv/app.jks --ca "$ca"
expect_status 0 tf check --root root --installed
says '^/srv/app.jks +unchanged'
echo 'no keystore' >root/srv/app.jks
expect_status 1 tf check --root root --installed
one_sentence
says "not everything could be checked: left alone: '/srv/app.jks'"
expect_status 0 tf check --root root --installed --skip java:/srv/app.jks
rm root/srv/app.jks
expect_status 0 tf check --root root --installed
says "note: left alone: '/srv/app.jks'"

it 'a CA that expires soon is a line and 6, though nothing would change'
rm -rf root && cp -a whole root
days=$((($(date -d "$(openssl x509 -in "$ca" -noout -enddate | cut -d= -f2)" +%s) - $(date +%s)) / 86400))
checked 0 --expires-within $((days - 1))
checked 6 --expires-within $((days + 1))
says "Lantern Inspection Root' expires on 20[0-9-]+, in $days days"
says "^everything is in place, but a CA expires within $((days + 1)) days$"
checked 6 --json --expires-within $((days + 1))
json 'd["would_change"], d["fault"], len(d["notes"])' '[false, null, 1]'
expect_status 6 tf check --root root --ca "$ca" --at $(($(date +%s) + 20 * 365 * 86400)) --expires-within 1
says "Lantern Inspection Root' expired on 20[0-9-]+$"
says 'within 1 day$'
for words in x -1 ''; do
	expect_status 2 tf check --root root --ca "$ca" --expires-within "$words"
	one_sentence
done

it 'a CA that may not be installed: 1'
expect_status 1 tf check --root root --ca "$pki/gate-root.pem"
one_sentence

it 'an image'
mkdir layer
cp -a whole/etc whole/usr whole/opt layer/
tar -C layer --sort=name --format=pax -cf layer.tar .
/usr/bin/python3 -B "$here/dialect.py" make docker26 has.tar app:1 layer.tar || fail 'an image'
rm layer/usr/local/share/ca-certificates/*.crt
tar -C layer --sort=name --format=pax -cf layer.tar .
/usr/bin/python3 -B "$here/dialect.py" make docker26 lacks.tar app:1 layer.tar || fail 'an image'
sha256sum has.tar lacks.tar >sums
expect_status 0 tf check --image has.tar --ca "$ca"
expect_status 0 tf check --image has.tar --lock ca.lock --verify app.test:9443
says '^everything is in place, and app\.test:9443 is trusted$'
expect_status 0 tf check --image has.tar --installed
says '^trustfix has installed nothing here$'
expect_status 6 tf check --image lacks.tar --ca "$ca"
says '^1 store would change, 1 unchanged$'
expect_status 6 tf check --image lacks.tar --lock ca.lock
expect sha256sum -c sums
expect_status 0 tf install --image lacks.tar -o new.tar --ca "$ca"
expect_status 0 tf check --image new.tar --installed
says '^everything is in place$'
expect_status 0 tf check --image new.tar --ca "$ca"

done_testing
