#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What packaging/ has for other tools does what it says: Puppet, cloud-init, image builds, dev containers, a GitHub
# Action, Kubernetes.
#
#	tests/fleet/examples.sh		as root, with puppet-agent, cloud-init and buildah, and build/roots/bookworm
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
# shellcheck source=tests/e2e/labs.sh
. "$top/tests/e2e/labs.sh"
need_all debootstrap puppet cloud-init buildah
[ -x "$BUILD/trustfix-static" ] || need_all "$BUILD/trustfix-static"
examples=$top/packaging/examples
corp=$pki/mitm-root.crt
chroot_root bookworm base || done_testing
umount base/dev base/proc
rm base/usr/bin/trustfix
s_server 9443 gate-root

# root NAME: a copy of the base with the static program.
root()
{
	cp -a --reflink=auto base "$1"
	mount --bind /dev "$1/dev"
	mount -t proc none "$1/proc"
	cp "$dir/hosts" "$1/etc/hosts"
	install -m 0755 "$BUILD/trustfix-static" "$1/usr/bin/trustfix"
}
trusts() { expect holds "$dir/$1/etc/ssl/certs/ca-certificates.crt" "$corp"; }
# yaml FILE EXPRESSION: of the list `d` of its documents.
yaml() { /usr/bin/python3 -c 'import sys, yaml; d = list(yaml.safe_load_all(open(sys.argv[1]))); print(eval(sys.argv[2]))' "$@"; }
with_ca() { awk -v ca="$corp" '/@CA@/ { indent = $0; sub(/@CA@.*/, "", indent); while ((getline line < ca) > 0) print indent line; next } { print }' "$1"; }

puppet_apply()
{
	printf "trustfix::ca { 'corp': %s, root => '%s', program => '%s', targets => ['app.test:9443'] }\n" \
		"$1" "$dir/puppet" "$trustfix" >site.pp
	shift
	LC_ALL=C.UTF-8 puppet apply --modulepath "$top/packaging/puppet" --confdir "$dir/pp" --vardir "$dir/pv" \
		--detailed-exitcodes "$@" site.pp
}

it 'Puppet: --noop tells, the first run installs, the second does nothing, drift is healed'
cp -a --reflink=auto base puppet
expect_status 0 puppet_apply "source => '$corp'" --noop
says 'should be.*noop|Would have|noop'
expect_not holds "$dir/puppet/etc/ssl/certs/ca-certificates.crt" "$corp"
expect_status 2 puppet_apply "source => '$corp'"
trusts puppet
expect_status 0 puppet_apply "source => '$corp'"
rm puppet/usr/local/share/ca-certificates/corp.crt
expect_status 2 puppet_apply "source => '$corp'"
expect test -e puppet/usr/local/share/ca-certificates/corp.crt
expect_status 2 puppet_apply "source => '$corp', ensure => absent"
expect_status 0 puppet_apply "source => '$corp', ensure => absent"
expect_not holds "$dir/puppet/etc/ssl/certs/ca-certificates.crt" "$corp"

it 'Puppet: a CA that is not the pinned one is refused'
expect_status 4 puppet_apply "source => '$corp', pins => ['sha256:$(sha256_of "$pki/client-root.crt")']"
says 'pin'

it 'cloud-init: the schema takes it, and its parts install the CA'
root cloud
with_ca "$examples/cloud-init/user-data" >user-data
expect cloud-init schema --config-file user-data
mkdir -p cloud/etc/trustfix
yaml user-data 'd[0]["write_files"][0]["content"]' >cloud/etc/trustfix/corp.pem
# shellcheck disable=SC2046 # words
expect_status 0 in_root cloud $(yaml user-data '" ".join(d[0]["runcmd"][0])')
trusts cloud

it 'autoinstall: its commands fill the target'
root cdrom
cp -a --reflink=auto base cdrom/target
cp "$BUILD/trustfix-static" cdrom/usr/bin/trustfix-static
mkdir cdrom/cdrom
cp "$BUILD/trustfix-static" cdrom/cdrom/trustfix
cp "$corp" cdrom/cdrom/corp.pem
yaml "$examples/cloud-init/autoinstall.yaml" '"\n".join(d[0]["autoinstall"]["late-commands"])' >cdrom/late
expect_status 0 in_root cdrom sh -eu /late
trusts cdrom/target
expect test -x cdrom/target/usr/local/bin/trustfix

it 'dev container feature: with a file beside it, and with the CA as an option'
for how in file text base64; do
	root "dev-$how"
	rm "dev-$how/usr/bin/trustfix"
	mkdir "dev-$how/feature"
	cp "$examples"/devcontainer-feature/* "dev-$how/feature/"
	cp "$BUILD/trustfix-static" "dev-$how/feature/trustfix"
	case $how in
	file) cp "$corp" "dev-$how/feature/corp.pem" && set -- ;;
	text) set -- CA="$(awk '{ printf "%s\\n", $0 }' "$corp")" ;;
	base64) set -- CA="$(base64 -w0 "$corp")" ;;
	esac
	expect_status 0 in_root "dev-$how" env "$@" sh /feature/install.sh
	trusts "dev-$how"
done
expect test -n "$(/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["id"])' \
	"$examples/devcontainer-feature/devcontainer-feature.json")"

it 'GitHub Action: its steps install the CA and hand variables on'
root runner
cp "$corp" runner/corp.pem
action=$examples/github-action/action.yml
yaml "$action" 'd[0]["runs"]["steps"][0]["run"]' >runner/step1
yaml "$action" 'd[0]["runs"]["steps"][1]["run"]' >runner/step2
expect_status 0 in_root runner env CA=/corp.pem TARGETS=app.test:9443 PROGRAM=trustfix sh -eu /step1
trusts runner
expect_status 0 in_root runner env PROGRAM=trustfix GITHUB_ENV=/github-env sh -eu /step2
expect grep -q '^NODE_EXTRA_CA_CERTS=/' runner/github-env

it 'Kubernetes: the entrypoint and the command for nodes do what they say'
root pod
mkdir -p pod/corp pod/tools pod/node
mount -t tmpfs none pod/tmp
with_ca "$examples/kubernetes/pod.yaml" >pod.yaml
yaml pod.yaml 'd[0]["data"]["corp.pem"]' >pod/corp/corp.pem
cp "$BUILD/trustfix-static" pod/tools/trustfix
# shellcheck disable=SC2046 # words
expect_status 0 in_root pod $(yaml pod.yaml '" ".join(d[1]["spec"]["containers"][0]["command"])') \
	curl -sS -o /dev/null https://app.test:9443/
expect_not holds "$dir/pod/etc/ssl/certs/ca-certificates.crt" "$corp"
mount --bind "$dir/base" pod/node
# shellcheck disable=SC2046
expect_status 0 in_root pod $(yaml "$examples/kubernetes/nodes.yaml" \
	'" ".join(d[0]["spec"]["template"]["spec"]["initContainers"][0]["command"])')
trusts base
expect_status 0 in_root pod trustfix remove --root /node --installed
umount pod/node

it 'image builds: the CA stays in the image, or serves one command'
mkdir -p tools containers
cp "$BUILD/trustfix-static" tools/trustfix
b() { buildah --root "$dir/containers" --runroot /run/containers --storage-driver vfs "$@"; }
mount -t tmpfs none /var/tmp
expect_status 0 b from --name seed scratch
expect_status 0 b add seed "$dir/base" /
expect_status 0 b commit seed localhost/base
for image in stays build-only; do
	file=Dockerfile.$image
	[ $image = build-only ] || file=Dockerfile
	expect_status 0 b build --isolation chroot --network host --secret id=corp-ca,src="$corp" \
		--build-context tools="$dir/tools" --build-arg BASE=localhost/base --build-arg URL=https://app.test:9443/ \
		-f "$examples/docker/$file" -t "localhost/$image" .
	b from --name "$image" "localhost/$image" >/dev/null 2>&1
	at=$(b mount "$image")
	case $image in
	stays) expect holds "$at/etc/ssl/certs/ca-certificates.crt" "$corp" ;;
	*) expect_not holds "$at/etc/ssl/certs/ca-certificates.crt" "$corp" ;;
	esac
	expect test ! -e "$at/trustfix"
done

done_testing
