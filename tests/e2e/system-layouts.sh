#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Layouts of other systems: what install leaves is what their own command makes of the same files, links included,
# and what OpenSSL, which is the same everywhere, then finds in the directory and the bundle.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
root_pin=$(pin_of mitm-root)
ca_hash=$(openssl x509 -in "$pki/mitm-root.crt" -noout -hash)

# roots_in DIR SUFFIX [hash]: three public roots of this world, named by their name or by their hash.
roots_in()
{
	mkdir -p "$1"
	for name in client-root cross-root origin-root; do
		as=$name
		[ "${3:-}" != hash ] || as=$(openssl x509 -in "$pki/$name.crt" -noout -hash)
		cp "$pki/$name.crt" "$1/$as$2"
	done
}

os() # ROOT ID
{
	mkdir -p "$1/etc" "$1/var/lib"
	printf 'ID=%s\n' "$2" >"$1/etc/os-release"
}

# link_to DIR TARGET: the next free number of its hash.
link_to()
{
	hash=$(cd "$1" && openssl x509 -in "$2" -noout -hash)
	n=0
	while [ -e "$1/$hash.$n" ]; do
		n=$((n + 1))
	done
	ln -s "$2" "$1/$hash.$n"
}

# What the commands of these systems make, by their documentation.
photon_command()
{
	openssl rehash "$1/etc/ssl/certs" && cat "$1"/etc/ssl/certs/*.pem >"$1/etc/pki/tls/certs/ca-bundle.crt"
}

openwrt_command()
{
	find "$1/etc/ssl/certs" -type l -delete
	for file in "$1"/etc/ssl/certs/*.crt; do
		link_to "$1/etc/ssl/certs" "${file##*/}"
	done
}

freebsd14_command() # certctl, the script
{
	find "$1/etc/ssl/certs" -type l -delete
	for file in "$1"/usr/share/certs/trusted/* "$1"/usr/local/share/certs/*; do
		[ ! -e "$file" ] || link_to "$1/etc/ssl/certs" "../../..${file#"$1"}"
	done
}

freebsd15_command() # certctl, the program
{
	rm -f "$1"/etc/ssl/certs/* "$1/etc/ssl/cert.pem"
	freebsd14_command "$1"
	for file in "$1"/etc/ssl/certs/*; do
		cp -L "$file" "$1/copy"
		mv -f "$1/copy" "$file"
		cat "$file" >>"$1/etc/ssl/cert.pem"
	done
}

alpine_command() # update-ca-certificates, with the hook of c_rehash if this is there
{
	find "$1/etc/ssl/certs" -lname '/usr/*share/ca-certificates/*' -delete
	for file in "$1"/usr/share/ca-certificates/mozilla/* "$1"/usr/local/share/ca-certificates/*; do
		[ -e "$file" ] || continue
		name=${file##*/}
		ln -s "${file#"$1"}" "$1/etc/ssl/certs/ca-cert-${name%.crt}.pem"
		cat "$file"
		echo
	done >"$1/bundle"
	mv "$1/bundle" "$(bundle_of "$1")"
	[ -e "$1/etc/ca-certificates/update.d/certhash" ] || return 0
	find "$1/etc/ssl/certs" -name '????????.?' -delete
	for link in "$1"/etc/ssl/certs/ca-cert-*.pem; do
		hash=$(openssl x509 -in "$1$(readlink "$link")" -noout -hash)
		ln -s "${link##*/}" "$1/etc/ssl/certs/$hash.0"
	done
}

chimera_command() { alpine_command "$1"; } # since 2024

os photon photon
roots_in photon/etc/ssl/certs .pem hash
mkdir -p photon/etc/pki/tls/certs
os openwrt '"openwrt"'
mkdir -p openwrt/lib/apk/db
roots_in openwrt/etc/ssl/certs .crt
for one in freebsd14 freebsd15; do
	mkdir -p $one/usr/sbin $one/etc/ssl/certs $one/usr/local/share/certs $one/var/lib
	: >$one/usr/sbin/certctl
	roots_in $one/usr/share/certs/trusted .pem
done
for one in alpine chimera; do
	os $one $one
	mkdir -p $one/lib/apk/db $one/etc/ssl/certs $one/usr/local/share/ca-certificates
	roots_in $one/usr/share/ca-certificates/mozilla .crt
	(cd $one/usr/share/ca-certificates && ls mozilla/*) >$one/etc/ca-certificates.conf
done
ln -s certs/ca-certificates.crt alpine/etc/ssl/cert.pem
mkdir -p chimera/etc/ca-certificates/update.d
: >chimera/etc/ca-certificates/update.d/certhash

# layout_of NAME [BUNDLE]
layout_of()
{
	it "$1: install, remove and undo leave what the command makes; no other bundle appears"
	"$1_command" "$1"
	layout "$1" etc usr >before
	find "$1" -name '*.crt' -o -name '*.pem' | sort >names
	expect_status 3 tf verify --root "$1" app.test:9443
	expect_status 0 tf install --root "$1" --pin "$root_pin" --name corp app.test:9443
	says 'all proven against app.test:9443'
	[ -z "${2:-}" ] || expect curl -sS -o /dev/null --cacert "$1/$2" https://app.test:9443/
	# Absolute links lead to this machine's own files.
	case $(readlink "$1/etc/ssl/certs/$ca_hash.0") in
	corp.* | ..*) expect openssl s_client -connect app.test:9443 -verify_return_error -no-CAfile \
		-CApath "$1/etc/ssl/certs" ;;
	esac
	layout "$1" etc usr >ours
	expect_status 0 tf install --root "$1" --pin "$root_pin" --name corp app.test:9443
	says '0 stores changed'
	expect_status 0 tf verify --root "$1" app.test:9443
	cp -a "$1" "$1-theirs"
	"$1_command" "$1-theirs"
	layout "$1-theirs" etc usr >theirs
	same_bytes theirs ours
	find "$1" -name '*.crt' -o -name '*.pem' | grep -v 'corp\|/var/' | sort | diff names - >"$out" ||
		fail "another file: $(cat "$out")"
	expect_status 0 tf remove --root "$1" --installed
	layout "$1" etc usr >ours
	same_bytes before ours
	expect_status 0 tf undo --root "$1"
	expect_status 0 tf verify --root "$1" app.test:9443
	expect_status 0 tf undo --root "$1"
	layout "$1" etc usr >ours
	same_bytes before ours
}

layout_of photon etc/pki/tls/certs/ca-bundle.crt
layout_of openwrt
layout_of freebsd14
layout_of alpine etc/ssl/cert.pem
layout_of chimera etc/ssl/certs/ca-certificates.crt

it 'FreeBSD 15: links, which the command turns into copies; those go as well'
freebsd15_command freebsd15
layout freebsd15 etc usr >before
expect_status 0 tf install --root freebsd15 --pin "$root_pin" --name corp app.test:9443
expect curl -sS -o /dev/null --cacert freebsd15/etc/ssl/cert.pem https://app.test:9443/
expect test "$(readlink "freebsd15/etc/ssl/certs/$ca_hash.0")" = ../../../usr/local/share/certs/corp.crt
expect test ! -e "$(bundle_of freebsd15)"
freebsd15_command freebsd15
expect_status 0 tf verify --root freebsd15 app.test:9443
expect_status 0 tf remove --root freebsd15 --installed
layout freebsd15 etc usr >ours
same_bytes before ours

it 'Alpine and Wolfi without a store get what libssl looks for: its file and a hash link'
for id in alpine wolfi; do
	os "new-$id" $id
	expect_status 0 tf install --root "new-$id" --pin "$root_pin" --name corp app.test:9443
	says 'no CA store found'
	(cd "new-$id" && find etc/ssl usr -type l -printf '%p -> %l\n' | sort) >links
	cat >wanted <<END
etc/ssl/cert.pem -> certs/ca-certificates.crt
etc/ssl/certs/$ca_hash.0 -> ca-cert-corp.pem
etc/ssl/certs/ca-cert-corp.pem -> /usr/local/share/ca-certificates/corp.crt
END
	same_bytes wanted links
	expect curl -sS -o /dev/null --cacert "new-$id/etc/ssl/cert.pem" https://app.test:9443/
done

it 'a certificate that OpenSSL alone finds, or all but OpenSSL, is told as such'
cp "$pki/mitm-root.crt" photon/etc/ssl/certs/own.pem
expect openssl rehash photon/etc/ssl/certs
expect_status 3 tf verify --root photon --require curl app.test:9443
expect_not curl -sS -o /dev/null --cacert photon/etc/pki/tls/certs/ca-bundle.crt https://app.test:9443/
expect_status 0 tf verify --root photon --require openssl app.test:9443
expect openssl s_client -connect app.test:9443 -verify_return_error -no-CAfile -CApath photon/etc/ssl/certs
photon_command photon
rm "photon/etc/ssl/certs/$ca_hash.0"
expect_status 0 tf verify --root photon --require curl app.test:9443
expect_status 3 tf verify --root photon --require openssl app.test:9443
expect_not openssl s_client -connect app.test:9443 -verify_return_error -no-CAfile -CApath photon/etc/ssl/certs

it 'OpenBSD, and any tree whose bundle is elsewhere: that one is edited and no other made'
for path in etc/ssl/cert.pem etc/pki/tls/certs/ca-bundle.crt; do
	rm -rf elsewhere
	mkdir -p "elsewhere/${path%/*}" elsewhere/var/lib
	cp "$pki/origin-root.crt" "elsewhere/$path"
	expect_status 0 tf install --root elsewhere --pin "$root_pin" app.test:9443
	expect holds "elsewhere/$path" "$pki/mitm-root.crt"
	expect holds "elsewhere/$path" "$pki/origin-root.crt"
	(cd elsewhere && find etc usr -type f -o -type l) >files 2>"$err"
	echo "$path" >wanted
	same_bytes wanted files
done

done_testing
