#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The Ansible collection on a fleet: 50 roots, one playbook. The second run changes nothing, drift is found and
# healed, a CA is renewed and goes.
#
#	tests/fleet/ansible.sh [HOSTS]	as root, with ansible-core and build/roots/bookworm (tests/e2e/roots.sh)
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need_all debootstrap ansible-playbook ansible-galaxy keytool
hosts_n=${1:-50}
export ANSIBLE_COLLECTIONS_PATHS="$dir/collections" ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_DEPRECATION_WARNINGS=False \
	ANSIBLE_LOCAL_TEMP="$dir/tmp" ANSIBLE_REMOTE_TEMP="$dir/tmp" ANSIBLE_FORKS=8 ANSIBLE_NOCOLOR=1 LC_ALL=C.UTF-8
corp=$pki/mitm-root.crt
chroot_root bookworm base || done_testing
umount base/dev base/proc
jvm=usr/lib/jvm/java-17-openjdk-amd64/lib/security
mkdir -p "base/$jvm"
keytool -importcert -noprompt -storetype JKS -storepass changeit -alias origin -file "$pki/origin-root.crt" \
	-keystore "base/$jvm/cacerts" >/dev/null 2>&1

# A fleet of copies on write: what a host changes is in upper/N/up.
mkdir upper fleet
mount -t tmpfs none upper
for n in $(seq "$hosts_n"); do
	mkdir -p "upper/$n/up" "upper/$n/work" "fleet/$n"
	mount -t overlay -o "lowerdir=base,upperdir=upper/$n/up,workdir=upper/$n/work" none "fleet/$n"
	echo "host$n ansible_connection=local ansible_python_interpreter=/usr/bin/python3 tree=$dir/fleet/$n"
done >inventory

cat >site.yml <<EOF
- hosts: all
  gather_facts: false
  tasks:
    - trustfix.trust.ca:
        state: "{{ wanted | default('present') }}"
        content: "{{ lookup('ansible.builtin.file', ca) }}"
        name: corp
        root: "{{ tree }}"
        executable: $trustfix
EOF
play() { ansible-playbook -i inventory "$@" site.yml; }

# How many hosts of the last play were changed, and how many failed.
changed() { grep -c 'changed=1 .*unreachable=0 .*failed=0 ' "$out"; }
fine() { grep -c 'unreachable=0 .*failed=0 ' "$out"; }
inodes() { (cd upper && find . -path './*/work' -prune -o -printf '%P %i %T@ %C@\n' | LC_ALL=C sort); }

it 'the collection is built, installed, and documented'
cp -r "$top/packaging/ansible" collection
expect ansible-galaxy collection build collection --output-path .
expect ansible-galaxy collection install -p collections trustfix-trust-*.tar.gz
expect ansible-doc -t module trustfix.trust.ca trustfix.trust.facts
expect ansible-playbook -i inventory --syntax-check -e ca="$corp" site.yml

it "check mode says what a run would change, on $hosts_n hosts, and changes nothing"
inodes >before
expect_status 0 play --check --diff -e ca="$corp"
expect test "$(changed)" -eq "$hosts_n"
says "^\+/etc/ssl/certs .*: $(sha256_of "$corp")"
says "^\+/$jvm/cacerts .*: $(sha256_of "$corp")"
inodes | diff before - >diff.txt
expect test ! -s diff.txt

it 'the first run installs the CA everywhere'
expect_status 0 play -e ca="$corp"
expect test "$(changed)" -eq "$hosts_n"
for n in 1 "$hosts_n"; do
	expect holds "$dir/fleet/$n/etc/ssl/certs/ca-certificates.crt" "$corp"
	keytool -list -storepass changeit -keystore "fleet/$n/$jvm/cacerts" | tr -d : >listed
	expect grep -qi "$(sha256_of "$corp")" listed
done

it 'the second changes nothing, and touches no inode'
inodes >before
expect_status 0 play -e ca="$corp"
expect test "$(changed)" -eq 0
expect test "$(fine)" -eq "$hosts_n"
inodes | diff before - >diff.txt
expect test ! -s diff.txt || note diff.txt

it 'drift is found on the hosts that have it, and healed'
rm fleet/3/usr/local/share/ca-certificates/corp.crt
cp "base/$jvm/cacerts" "fleet/7/$jvm/cacerts"
: >fleet/11/etc/ssl/certs/ca-certificates.crt
rm "fleet/13/etc/ssl/certs/$(openssl x509 -in "$corp" -noout -hash).0"
printf '3 7 11 13\n' >drifted
for mode in --check -v; do
	expect_status 0 play $mode -e ca="$corp"
	grep 'changed=1 ' "$out" | sed 's/^host\([0-9]*\).*/\1/' | sort -n | tr '\n' ' ' | sed 's/ $/\n/' >got
	same_bytes drifted got || note got
done
expect_status 0 play -e ca="$corp"
expect test "$(changed)" -eq 0

it 'a CA that was renewed under its name takes the place of the old one'
expect_status 0 play -e ca="$pki/mitm-renewed.crt"
expect test "$(changed)" -eq "$hosts_n"
expect holds "$dir/fleet/5/etc/ssl/certs/ca-certificates.crt" "$pki/mitm-renewed.crt"
expect_not holds "$dir/fleet/5/etc/ssl/certs/ca-certificates.crt" "$corp"
keytool -list -storepass changeit -keystore "fleet/5/$jvm/cacerts" | tr -d : >listed
expect grep -qi "$(sha256_of "$pki/mitm-renewed.crt")" listed
expect_not grep -qi "$(sha256_of "$corp")" listed

it 'and goes'
expect_status 0 play -e ca="$pki/mitm-renewed.crt" -e wanted=absent
expect test "$(changed)" -eq "$hosts_n"
expect_status 0 play -e ca="$pki/mitm-renewed.crt" -e wanted=absent
expect test "$(changed)" -eq 0

it 'what is wrong is one sentence on the host'
sed "s,executable: .*,executable: /nowhere/trustfix," site.yml >wrong.yml
expect_status 2 ansible-playbook -i inventory --limit host1 -e ca="$corp" wrong.yml
says 'no program ./nowhere/trustfix. on this host'
printf '\177ELF\2\1\1' >other
chmod 0755 other
sed "s,executable: .*,executable: $dir/other," site.yml >wrong.yml
expect_status 2 ansible-playbook -i inventory --limit host1 -e ca="$corp" wrong.yml
says 'of another architecture'
expect_status 2 play --limit host1 -e ca="$top/LICENSE"
says 'no certificate'

done_testing
