#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The interceptor's CA is renewed under its old name: the new one takes the place of the old one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid nginx curl keytool
old=$pki/mitm-root.crt new=$pki/mitm-root2.crt
cat "$pki/mitm-root2.key" "$new" >mitm-root2.both
origin 9443
small_root root
mkdir -p root/opt/app
cp "$top/tests/data/keystores/jks-17" root/opt/app/trust.jks
proxy=http://127.0.0.1:3128

through()
{
	curl -sS -o /dev/null --proxy "$proxy" --cacert "$(bundle_of root)" https://app.test:9443/
}
java_holds() { keytool -list -keystore root/opt/app/trust.jks -storepass changeit | grep -qi "$(colons "$1")"; }
colons() { openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d= -f2; }

it 'the old CA, in the system store and in a keystore named by path'
squid_bump old 3128 "$pki/mitm-root.both"
squid_pid=$last_pid
expect_status 0 tf install --root root --pin "$(pin_of mitm-root)" --proxy "$proxy" \
	--store system --store java:/opt/app/trust.jks app.test:9443
expect through
expect java_holds "$old"

it 'after the rotation nothing works, and a dry run says what would be'
stop_server "$squid_pid"
squid_bump new 3128 "$dir/mitm-root2.both"
expect_not through
keep_listing root
expect_status 0 tf install --dry-run --root root --proxy "$proxy" app.test:9443
says 'would-replace'
unchanged root -c

it 'the new one replaces it in every store at once, and it is said why'
expect_status 0 tf install --json --root root --pin "$(pin_of mitm-root2)" --proxy "$proxy" app.test:9443
json '[s["state"] for s in d["trees"][0]["stores"]]' '["replaced", "replaced"]'
json 'd["cas"][0]["replaces"][0]["sha256"]' "$(sha256_of "$old")"
json 'd["cas"][0]["replaces"][0]["reason"]' 'same name, new key'
json 'd["transaction"]' 2
expect through
expect_not holds "$(bundle_of root)" "$old"
expect java_holds "$new"
expect_not java_holds "$old"
expect test "$(find root/usr/local/share/ca-certificates -name '*.crt' | wc -l)" = 1

it 'nothing brings the old one back'
expect_status 0 tf reapply --root root
expect test ! -s "$out"
cp -a root later
cat root/usr/share/ca-certificates/test/*.crt >"$(bundle_of later)"
expect_status 0 tf reapply --root later
expect holds "$(bundle_of later)" "$new"
expect_not holds "$(bundle_of later)" "$old"

it 'undo restores both stores as they were, and the record of what is installed'
expect_status 0 tf undo --root root
expect holds "$(bundle_of root)" "$old"
expect_not holds "$(bundle_of root)" "$new"
expect java_holds "$old"
expect_not java_holds "$new"
expect_status 0 tf reapply --root root
expect test ! -s "$out"

it 'a store that is left out keeps the old one, and it is said'
expect_status 0 tf install --root root --ca "$new" --store system
says 'stays in .java:/opt/app/trust.jks'
expect java_holds "$old"
expect_status 0 tf reapply --root root
expect_not holds "$(bundle_of root)" "$old"
expect_status 0 tf undo --root root

it '--keep-old keeps both'
expect_status 0 tf install --root root --ca "$new" --keep-old
says 'also holds another CA'
expect holds "$(bundle_of root)" "$old"
expect holds "$(bundle_of root)" "$new"

it 'while one target shows the old one and one the new, both stay'
small_root both
s_server 9444 gate-root
s_server 9445 gate2
expect_status 0 tf install --root both --trust-on-first-use app.test:9444 app.test:9445
expect_status 0 tf verify --root both app.test:9444 app.test:9445
small_root half
expect_status 0 tf install --root half --trust-on-first-use app.test:9444
expect_status 0 tf install --root half --trust-on-first-use app.test:9444 app.test:9445
says 'stays: app.test:9444 still presents it'
expect_status 0 tf verify --root half app.test:9444 app.test:9445

it 'what somebody else put there is left, and told'
small_root hand
expect_status 0 tf install --root hand --ca "$old"
rm -r hand/var/lib/trustfix
expect_status 0 tf install --root hand --ca "$new" --verify app.test:9445
says 'also holds another CA.*did not install.*trustfix remove --root hand --fingerprint'
expect holds "$(bundle_of hand)" "$old"
says_not 'replace'

it 'in an image, whose history tells what was installed'
small_root tree
mkdir box
tar -C tree -cf box/layer.tar .
printf '{"architecture": "amd64", "os": "linux", "config": {}, "history": [{"created_by": "test"}],
	"rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}' "$(sha256sum <box/layer.tar | cut -c1-64)" >box/config.json
echo '[{"Config": "config.json", "RepoTags": ["test:1"], "Layers": ["layer.tar"]}]' >box/manifest.json
tar -C box -cf image.tar manifest.json config.json layer.tar
expect_status 0 tf install --image image.tar --ca "$old"
expect_status 0 tf install --json --image image.tar --ca "$new" --verify app.test:9445
json 'd["trees"][0]["stores"][0]["state"]' replaced
expect_status 3 tf verify --image image.tar app.test:9444
expect_status 0 tf undo --image image.tar
expect_status 0 tf verify --image image.tar app.test:9444

it 'on a live system, where the distribution comes to the same result'
if chroot_root bookworm "$dir/world"; then
	cp "$old" world/root/old.crt
	cp "$new" world/root/new.crt
	expect_status 0 in_root world trustfix install --ca /root/old.crt --name corp
	expect_status 0 in_root world trustfix install --ca /root/new.crt --name corp --verify app.test:9445
	says 'replaced'
	shape world/etc/ssl/certs >mine
	expect in_root world update-ca-certificates --fresh
	shape world/etc/ssl/certs >theirs
	same_bytes mine theirs
	expect in_root world curl -sS -o /dev/null https://app.test:9445/
	expect_not in_root world curl -sS -o /dev/null https://app.test:9444/
fi

done_testing
