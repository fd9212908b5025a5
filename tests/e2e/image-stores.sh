#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every kind of trust store in an image: what the new layer holds, to the member, and what the image is after
# it, unpacked by umoci; proofs against live peers; removal.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all python3 umoci keytool strace
ca=$pki/mitm-root.crt
anchor=usr/local/share/ca-certificates/corp.crt

dialect() { python3 -B "$here/dialect.py" "$@"; }
layer() { tar -C "$1" --sort=name --format=pax -cf "$1.tar" .; }
os() { mkdir -p "$1/etc" && printf '%s\n' "$2" >"$1/etc/os-release"; }
bundle() { cat "$pki/cross-root.crt" "$pki/origin-root.crt"; }

# image NAME...: old.tar of these directories as layers, the lowest first.
image()
{
	rm -rf old.tar new.tar
	for one in "$@"; do
		layer "$one"
		shift
		set -- "$@" "$one.tar"
	done
	expect dialect make docker26 old.tar app:1 "$@"
}

# installs MEMBER...: the layer that an install makes has these members and no other.
installs()
{
	expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
	has_layer "$@"
	expect dialect check old.tar new.tar
}

has_layer()
{
	printf '%s\n' "$@" >wanted
	dialect layer new.tar | awk '{ print $1, $2, $3, $4 ":" $5, $7 }' | sed 's/ $//' >members
	diff wanted members >differs && return 0
	fail 'another layer'
	note differs
}

# rootfs: what umoci makes of new.tar.
unpacked()
{
	rm -rf laid bundle
	mkdir laid
	expect tar -xf new.tar -C laid
	expect umoci unpack --image laid:1 bundle
}

in_image() { expect holds "bundle/rootfs/$1" "$ca"; }
in_keystore() { expect keytool -list -keystore "bundle/rootfs/$1" -storepass changeit -alias corp; }

it 'Debian: anchor, links and bundle; nothing else in the layer'
small_root debian
chmod 0640 debian/etc/ssl/certs/ca-certificates.crt
chown 12:34 debian/etc/ssl/certs/ca-certificates.crt
ca_hash=$(openssl x509 -in "$ca" -noout -hash)
image debian
installs "etc/ssl/certs/$ca_hash.0 l 0777 0:0 corp.pem" \
	'etc/ssl/certs/ca-certificates.crt f 0640 12:34' \
	"etc/ssl/certs/corp.pem l 0777 0:0 /$anchor" \
	"$anchor f 0644 0:0"
says "other users' programs cannot read"
unpacked
in_image etc/ssl/certs/ca-certificates.crt
in_image $anchor

it 'remove: the bundle without it and whiteouts; then there is nothing to remove'
mv new.tar old.tar
expect_status 0 tf remove --image old.tar -o new.tar --ca "$ca"
has_layer "etc/ssl/certs/.wh.$ca_hash.0 f 0000 0:0" \
	'etc/ssl/certs/.wh.corp.pem f 0000 0:0' \
	'etc/ssl/certs/ca-certificates.crt f 0640 12:34' \
	"usr/local/share/ca-certificates/.wh.corp.crt f 0000 0:0"
unpacked
expect_not holds bundle/rootfs/etc/ssl/certs/ca-certificates.crt "$ca"
expect test -z "$(find bundle/rootfs -name '*corp*')"
rm -rf bundle/rootfs/proc bundle/rootfs/dev bundle/rootfs/sys
expect diff -r --no-dereference debian bundle/rootfs
expect_status 0 tf remove --image new.tar --installed
says '0 stores changed|nothing'
for way in "--fingerprint $(sha256_of "$ca")" --installed; do
	# shellcheck disable=SC2086 # words
	expect_status 0 tf remove --image old.tar -o other.tar $way
	expect cmp new.tar other.tar
	rm other.tar
done

it 'what was put into the bundle by hand stays, as no script will run; it goes when it is removed itself'
mkdir -p by-hand/etc/ssl/certs alpine-tool/usr/share/ca-certificates/a alpine-tool/usr/sbin
{
	cat debian/etc/ssl/certs/ca-certificates.crt
	echo '# ours'
	cat "$pki/evil-root.crt"
} >by-hand/etc/ssl/certs/ca-certificates.crt
os alpine-tool ID=alpine
bundle >alpine-tool/usr/share/ca-certificates/a/all.crt
echo a/all.crt >alpine-tool/etc/ca-certificates.conf
: >alpine-tool/usr/sbin/update-ca-certificates
for base in debian alpine-tool; do
	image $base by-hand
	expect_status 0 tf install --image old.tar -o new.tar --ca "$ca"
	unpacked
	in_image etc/ssl/certs/ca-certificates.crt
	expect holds bundle/rootfs/etc/ssl/certs/ca-certificates.crt "$pki/evil-root.crt"
	expect_status 0 tf remove --image new.tar --installed
	unpacked
	expect diff by-hand/etc/ssl/certs/ca-certificates.crt bundle/rootfs/etc/ssl/certs/ca-certificates.crt
	expect_status 0 tf remove --image new.tar --ca "$pki/evil-root.crt"
	unpacked
	expect_not holds bundle/rootfs/etc/ssl/certs/ca-certificates.crt "$pki/evil-root.crt"
done

it 'Alpine: bundle and anchor, with no hash links'
os alpine ID=alpine
mkdir -p alpine/etc/ssl/certs alpine/usr/local/share/ca-certificates
bundle >alpine/etc/ssl/certs/ca-certificates.crt
ln -s certs/ca-certificates.crt alpine/etc/ssl/cert.pem
image alpine
installs 'etc/ssl/certs/ca-certificates.crt f 0644 0:0' "$anchor f 0644 0:0"

it 'Red Hat: the extracted bundles themselves, rights kept, and nothing below the linked directory'
os rhel 'ID=rhel'
extracted=etc/pki/ca-trust/extracted
mkdir -p rhel/etc/pki/ca-trust/source/anchors rhel/$extracted/pem rhel/$extracted/java rhel/etc/pki/tls/certs rhel/etc/ssl \
	rhel/usr/bin rhel/usr/lib/jvm/one/bin rhel/usr/lib/jvm/one/lib/security
bundle >rhel/$extracted/pem/tls-ca-bundle.pem
expect keytool -importcert -noprompt -alias origin -file "$pki/origin-root.crt" -storepass changeit \
	-storetype JKS -keystore rhel/$extracted/java/cacerts
chmod 0444 rhel/$extracted/*/*
ln -s /$extracted/pem/tls-ca-bundle.pem rhel/etc/pki/tls/certs/ca-bundle.crt
ln -s /$extracted/pem/tls-ca-bundle.pem rhel/etc/pki/tls/cert.pem
ln -s ../pki/tls/certs rhel/etc/ssl/certs
ln -s /$extracted/java/cacerts rhel/usr/lib/jvm/one/lib/security/cacerts
install -m 0755 /dev/null rhel/usr/bin/update-ca-trust
install -m 0755 /dev/null rhel/usr/lib/jvm/one/bin/java
image rhel
installs "$extracted/java/cacerts f 0444 0:0" \
	"$extracted/pem/tls-ca-bundle.pem f 0444 0:0" \
	'etc/pki/ca-trust/source/anchors/corp.crt f 0644 0:0'
unpacked
expect test -L bundle/rootfs/etc/ssl/certs
expect test -L bundle/rootfs/etc/pki/tls/certs/ca-bundle.crt
in_image $extracted/pem/tls-ca-bundle.pem
in_keystore $extracted/java/cacerts

it 'a Debian whose certificate directory is a link: each file goes where the link leads'
small_root moved
mkdir -p moved/usr/lib/tls
mv moved/etc/ssl/certs moved/usr/lib/tls/certs
ln -s ../../usr/lib/tls/certs moved/etc/ssl/certs
image moved
installs "usr/lib/tls/certs/$ca_hash.0 l 0777 0:0 corp.pem" \
	'usr/lib/tls/certs/ca-certificates.crt f 0644 0:0' \
	"usr/lib/tls/certs/corp.pem l 0777 0:0 /$anchor" \
	"$anchor f 0644 0:0"
unpacked
in_image usr/lib/tls/certs/ca-certificates.crt

it 'distroless: the bundle alone'
os distroless ID=debian
mkdir -p distroless/etc/ssl/certs
bundle >distroless/etc/ssl/certs/ca-certificates.crt
image distroless
installs 'etc/ssl/certs/ca-certificates.crt f 0644 0:0'

it 'several copies of the bundle, one of them a second name of the first'
cp -a distroless copies
mkdir -p copies/etc/pki/tls/certs
bundle >copies/etc/pki/tls/certs/ca-bundle.crt
chmod 0444 copies/etc/pki/tls/certs/ca-bundle.crt
ln copies/etc/ssl/certs/ca-certificates.crt copies/etc/ssl/cert.pem
ln -s certs/ca-certificates.crt copies/etc/ssl/ca-bundle.pem
image copies
installs 'etc/pki/tls/certs/ca-bundle.crt f 0444 0:0' 'etc/ssl/cert.pem f 0644 0:0' \
	'etc/ssl/certs/ca-certificates.crt f 0644 0:0'
unpacked
for name in etc/pki/tls/certs/ca-bundle.crt etc/ssl/cert.pem etc/ssl/certs/ca-certificates.crt etc/ssl/ca-bundle.pem; do
	in_image $name
done

it 'what upper layers hide, replace or make opaque counts as the container would see it'
mkdir -p upper/etc/ssl/certs hides/etc/ssl/certs fresh/etc/ssl/certs
: >upper/etc/ssl/certs/.wh..wh..opq
bundle >upper/etc/ssl/certs/ca-certificates.crt
image debian upper
expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
unpacked
in_image etc/ssl/certs/ca-certificates.crt
expect test -L "bundle/rootfs/etc/ssl/certs/$ca_hash.0"
: >hides/etc/ssl/certs/.wh.ca-certificates.crt
image debian hides
expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
unpacked
in_image etc/ssl/certs/ca-certificates.crt
: >fresh/etc/.wh.ssl
image debian fresh
expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
unpacked
in_image etc/ssl/certs/ca-certificates.crt

it 'Java: one keystore that two runtimes link to, and one of a runtime of its own'
os java ID=debian
mkdir -p java/etc/ssl/certs/java
bundle >java/etc/ssl/certs/ca-certificates.crt
for one in usr/lib/jvm/a usr/lib/jvm/b opt/jre layers/buildpack/jre app/old; do
	mkdir -p java/$one/bin java/$one/lib/security
	install -m 0755 /dev/null java/$one/bin/java
	cp rhel/$extracted/java/cacerts java/$one/lib/security/
done
rm java/usr/lib/jvm/?/lib/security/cacerts
cp rhel/$extracted/java/cacerts java/etc/ssl/certs/java/
ln -s /etc/ssl/certs/java/cacerts java/usr/lib/jvm/a/lib/security/cacerts
ln -s /etc/ssl/certs/java/cacerts java/usr/lib/jvm/b/lib/security/cacerts
ln -s /nowhere java/usr/lib/jvm/b/lib/security/jssecacerts
chown 33:44 java/opt/jre/lib/security/cacerts
mkdir -p without/app
: >without/app/.wh.old
image java without
installs 'etc/ssl/certs/ca-certificates.crt f 0644 0:0' 'etc/ssl/certs/java/cacerts f 0444 0:0' \
	'layers/buildpack/jre/lib/security/cacerts f 0444 0:0' 'opt/jre/lib/security/cacerts f 0444 33:44'
unpacked
in_keystore opt/jre/lib/security/cacerts
in_keystore etc/ssl/certs/java/cacerts
expect_status 0 tf remove --image new.tar --installed --store system
unpacked
in_keystore opt/jre/lib/security/cacerts
expect_status 0 tf remove --image new.tar --installed
unpacked
expect_not keytool -list -keystore bundle/rootfs/opt/jre/lib/security/cacerts -storepass changeit -alias corp

it 'NixOS and its like, in an image: the bundle, wherever it is'
os nixos ID=nixos
mkdir -p nixos/etc/ssl/certs nixos/nix/store/cacert
bundle >nixos/nix/store/cacert/bundle.crt
ln -s /nix/store/cacert/bundle.crt nixos/etc/ssl/certs/ca-certificates.crt
image nixos
installs 'nix/store/cacert/bundle.crt f 0644 0:0'

it 'what the variables of the image lead its programs to, unless that is the bundle'
mkdir -p nix/nix/store/cacert/etc
bundle >nix/nix/store/cacert/etc/bundle.crt
ln -s nix/store/cacert nix/certs
layer nix
expect dialect make docker26+env:SSL_CERT_FILE=/certs/etc/bundle.crt+env:NIX_SSL_CERT_FILE=/certs/etc/bundle.crt \
	old.tar app:1 nix.tar
expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
unpacked
in_image nix/store/cacert/etc/bundle.crt
says 'SSL_CERT_FILE leads the image'
expect_status 0 tf remove --installed --image new.tar
says '/nix/store/cacert/etc/bundle.crt *removed'

it 'a file that a variable names and OpenSSL cannot load is repaired, or the run fails'
joined=nix/nix/store/cacert/etc/bundle.crt
{
	printf '%s' "$(cat "$pki/client-root.crt")"
	cat "$ca"
} >$joined
layer nix
expect dialect make docker26+env:REQUESTS_CA_BUNDLE=/certs/etc/bundle.crt old.tar app:1 nix.tar
expect_status 0 tf list --image old.tar
says "damage: OpenSSL loads nothing of '/nix/store/cacert/etc/bundle.crt': line [0-9]*: END and BEGIN on one line"
expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
unpacked
expect openssl verify -no-CApath -CAfile bundle/rootfs/nix/store/cacert/etc/bundle.crt "$ca"
head -n 5 "$pki/client-root.crt" | cat - "$ca" >$joined
layer nix
expect dialect make docker26+env:REQUESTS_CA_BUNDLE=/certs/etc/bundle.crt old.tar app:1 nix.tar
rm new.tar
expect_status 1 tf install --image old.tar -o new.tar --ca "$ca" --name corp
says "OpenSSL loads nothing of '/nix/store/cacert/etc/bundle.crt': line 1: no END line for this BEGIN"
expect test ! -e new.tar

it 'a variable that names the bundle itself, or no file'
layer distroless
expect dialect make docker26+env:SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt+env:CURL_CA_BUNDLE=/none old.tar app:1 distroless.tar
expect_status 0 tf list --image old.tar
says_not 'PEM|SSL_CERT_FILE'
says "CURL_CA_BUNDLE is '/none' in the image: there is no such file"

it 'no store at all, and no file at all: a bundle, and what that means'
os bare ID=alpine
mkdir empty
for one in bare empty; do
	image "$one"
	expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
	says 'no CA store found'
	unpacked
	in_image etc/ssl/certs/ca-certificates.crt
done
expect dialect make podman old.tar scratch:1
expect_status 0 tf install --image old.tar -o new.tar --ca "$ca" --name corp
says 'with only this CA'
expect dialect check old.tar new.tar
expect_status 0 tf undo --image new.tar
expect dialect same old.tar new.tar

# ---- proofs ---------------------------------------------------------------------------------------------

s_server 9443 gate-root
target=app.test:9443
image debian

it 'verify: untrusted before, trusted after, by a live peer and by a recorded chain'
expect_status 0 tf install --image old.tar -o new.tar --pin "$(pin_of mitm-root)" $target
says "all proven against $target"
expect_status 3 tf verify --image old.tar $target
expect_status 0 tf verify --image new.tar $target
expect_status 0 tf probe --save chain.pem --image new.tar $target
expect_status 0 tf verify --image new.tar --chain chain.pem app.test
expect_status 3 tf verify --image old.tar --chain chain.pem app.test
expect_status 0 tf verify --json --image new.tar $target
json 'd["trees"][0]["tree"]' 'docker.io/library/app:1 (linux/amd64)'

it 'without an approval nothing is done'
rm new.tar
expect_status 5 tf install --image old.tar -o new.tar $target
expect test ! -e new.tar

it 'what cannot be proven leaves no output and the input as it was'
mkdir still
cp old.tar still/
mkdir still/layout
tar -xf old.tar -C still/layout
keep_listing still
for other in other.test:9443 app.test:1; do
	for image in still/old.tar still/layout; do
		expect_status 1 tf install --image $image --ca "$ca" --verify $other
		expect_status 1 tf install --image $image -o still/new --ca "$ca" --verify $other
	done
done
unchanged still -c
expect_status 1 tf install --image still/old.tar --ca "$pki/client-root.crt" --verify $target
unchanged still -c

it 'a layout as another directory shares its blobs; in place the old ones keep their inodes'
expect_status 0 tf install --image still/layout -o still/second --ca "$ca"
expect_status 0 tf install --image still/layout --ca "$ca"
for one in layout second; do
	(cd still/$one/blobs/sha256 && stat -c '%n %i' -- *) | sort >$one.inodes
done
expect test "$(comm -13 layout.inodes second.inodes | wc -l)" -eq 3 # the new manifest, config and layer

it 'on a terminal a line tells what is being done, once it takes over a second'
ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -P "$dir/old.tar" -e trace=pread64 \
	-e inject=pread64:delay_enter=400ms:when=1..4 python3 "$here/terminal.py" x "$trustfix" list --image old.tar \
	>"$out" 2>"$err"
says 'reading the image \.\.\.'
expect_status 0 tf list --image old.tar
says_not 'reading'

done_testing
