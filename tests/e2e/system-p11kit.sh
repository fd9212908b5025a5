#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Red Hat layout, driven by the real p11-kit: as the running system, and as a bare directory.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all debootstrap python3
s_server 9443 gate-root
root_pin=$(pin_of mitm-root)
pem=etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem
anchors=etc/pki/ca-trust/source/anchors

it 'the layout itself: the command makes a bundle'
rhel_root "$dir/world" || done_testing
expect test "$(grep -c BEGIN world/$pem)" -gt 100
cp -ax world bare
mount --bind /dev bare/dev
keep_listing world

it 'as the running system: the anchor is written and the command run'
expect_not in_root world openssl s_client -connect app.test:9443 -verify_return_error
expect_status 0 in_root world trustfix install --pin "$root_pin" --name corp app.test:9443
expect test -e "world/$anchors/corp.crt"
expect holds "world/$pem" "$pki/mitm-root.crt"
expect in_root world openssl s_client -connect app.test:9443 -verify_return_error
expect in_root world trust list

it 'env names the bundle of this family'
expect_status 0 in_root world trustfix env
says "^export SSL_CERT_FILE='/$pem'$"

it 'the other outputs hold it too'
expect grep -qa 'Lantern Inspection Root' world/etc/pki/ca-trust/extracted/java/cacerts

it 'it survives the command'
expect in_root world update-ca-trust
expect holds "world/$pem" "$pki/mitm-root.crt"
expect_status 0 tf verify --root world app.test:9443

it 'a second install changes nothing'
listing -c world >before
expect_status 0 in_root world trustfix install --pin "$root_pin" --name corp app.test:9443
listing -c world >after
same_bytes before after

it 'and goes again'
expect_status 0 in_root world trustfix remove --installed
expect_not holds "world/$pem" "$pki/mitm-root.crt"
expect test ! -e "world/$anchors/corp.crt"
expect_not in_root world openssl s_client -connect app.test:9443 -verify_return_error

it 'undo puts it back'
expect_status 0 in_root world trustfix undo
expect holds "world/$pem" "$pki/mitm-root.crt"

it 'neighbours that trust cannot read do no harm, and a stranger is told'
head -n 5 "$pki/client-root.crt" >"world/$anchors/truncated.crt"
cat "$pki/expired-root.crt" "$pki/client-root.key" >"world/$anchors/key.crt"
iconv -t UTF-16 "$pki/client-root.crt" >"world/$anchors/wide.crt"
: >"world/$anchors/empty.crt"
cp "$pki/cross-root.crt" "world/$anchors/stray.crt"
cp "$pki/mitm-root.crt" world/tmp/ca.crt
expect_status 0 in_root world trustfix remove --installed
says "also added '/$anchors/stray.crt' .*sha256:$(sha256_of "$pki/cross-root.crt")"
sed -n 's/^note: .*stray.*to take it out: //p' "$out" >world/tmp/cure
expect holds "world/$pem" "$pki/cross-root.crt"
expect in_root world sh -e /tmp/cure
expect_not holds "world/$pem" "$pki/cross-root.crt"
expect_status 0 in_root world trustfix install --ca /tmp/ca.crt --name corp
says_not stray
expect holds "world/$pem" "$pki/mitm-root.crt"
expect in_root world openssl s_client -connect app.test:9443 -verify_return_error
expect_not grep -rq 'PRIVATE KEY' world/etc/pki/ca-trust/extracted
for name in truncated key wide empty; do
	rm "world/$anchors/$name.crt"
done

it 'a FIFO, at which trust would wait for ever, is refused before anything is written'
mkfifo "world/$anchors/pipe"
keep_listing world/etc/pki
expect_status 1 in_root world trustfix remove --installed
says "pipe' is a FIFO .*: mv /$anchors/pipe /etc/pki/ca-trust/"
unchanged world/etc/pki -c
rm "world/$anchors/pipe"

it 'a bare root: the bundle as the command would leave it'
expect_status 0 tf install --root bare --pin "$root_pin" --name corp app.test:9443
expect test -e "bare/$anchors/corp.crt"
certs_in "$dir/bare/$pem" | sort >ours
in_root bare update-ca-trust
certs_in "$dir/bare/$pem" | sort >theirs
same_bytes ours theirs
expect in_root bare openssl s_client -connect app.test:9443 -verify_return_error

it 'modes of the outputs stay'
umount bare/dev
rm -rf bare
cp -ax world bare
expect_status 0 tf remove --root bare --installed
chmod 0444 "bare/$pem"
expect_status 0 tf install --root bare --ca "$pki/mitm-root.crt"
expect test "$(stat -c %a "bare/$pem")" = 444

# by_hash DIR: update-ca-trust of Fedora 42 to 44: besides, a hash directory, and links to its files where OpenSSL looks.
by_hash()
{
	cat >>"$1/usr/bin/update-ca-trust" <<'END'
hashed=/etc/pki/ca-trust/extracted/pem/directory-hash links=/etc/pki/tls/certs
take pem-directory-hash pem/directory-hash --filter=ca-anchors --purpose server-auth
for name in ca-certificates.crt ca-bundle.crt; do ln -s ../tls-ca-bundle.pem $hashed/$name; done
find $links -type l -name '*.[0-9]*' -delete
for link in $hashed/*.[0-9]*; do
	[ ! -h "$link" ] || ln -s "$(readlink -f "$link")" "$links/${link##*/}"
done
END
	in_root "$1" update-ca-trust
}

# same_layout DIR COMMAND DIRS: what install leaves below DIRS is what the command makes of the anchors.
same_layout()
{
	root=$1 command=$2
	shift 2
	layout "$root" "$@" >ours
	expect in_root "$root" "$command"
	layout "$root" "$@" >theirs
	same_bytes ours theirs
}

it 'Fedora 44: OpenSSL finds the anchor by its hash, without any file'
rhel_root "$dir/fedora" || done_testing
rm fedora/etc/pki/tls/cert.pem fedora/etc/pki/tls/certs/ca-bundle.crt
by_hash fedora
cp -ax fedora hashed
mount --bind /dev hashed/dev
expect_not in_root hashed openssl s_client -connect app.test:9443 -verify_return_error
expect_status 3 tf verify --root hashed app.test:9443
expect_status 0 tf install --root hashed --pin "$root_pin" --name corp app.test:9443
expect in_root hashed openssl s_client -connect app.test:9443 -verify_return_error

it 'its links, files and UEFI list are what the command makes'
same_layout hashed update-ca-trust etc/pki
layout hashed etc/pki >before
expect_status 0 tf install --root hashed --pin "$root_pin" --name corp app.test:9443
layout hashed etc/pki >after
same_bytes before after

it 'a certificate in the bundle that no link leads to is none for OpenSSL'
for link in hashed/etc/pki/tls/certs/*.[0-9]*; do
	case $(readlink "$link") in */Lantern*) mv "$link" "${link##*/}" ;; esac
done
expect_not in_root hashed openssl s_client -connect app.test:9443 -verify_return_error
expect_status 3 tf verify --root hashed --require openssl app.test:9443
expect_status 0 tf verify --root hashed --require gnutls app.test:9443
mv ./*.[0-9]* hashed/etc/pki/tls/certs/

it 'without it again, likewise'
expect_status 0 tf remove --root hashed --installed
same_layout hashed update-ca-trust etc/pki
expect_not in_root hashed openssl s_client -connect app.test:9443 -verify_return_error
# live ROOT DIR...: install, undo and remove on the running system, with the command, leave no link that leads nowhere, and
# what was there before.
live()
{
	root=$1
	shift
	layout "$root" "$@" >before
	for way in undo 'remove --installed'; do
		expect_status 0 in_root "$root" trustfix install --pin "$root_pin" --name corp app.test:9443
		expect in_root "$root" openssl s_client -connect app.test:9443 -verify_return_error
		in_root "$root" find "$@" -xtype l >dangling
		same_bytes /dev/null dangling
		# shellcheck disable=SC2086 # a command and its option
		expect_status 0 in_root "$root" trustfix $way
		layout "$root" "$@" >after
		same_bytes before after
	done
}

it 'as the running system, install, undo and remove leave no old hash link behind'
live hashed etc/pki
umount hashed/dev

# trust_root DIR SOURCE VENDOR: a root whose p11-kit reads these two directories, and with nothing of Debian's store.
trust_root()
{
	chroot_root bookworm "$1" || return 1
	mkdir -p "$1$2/anchors" "$1$2/blocklist" "$1$3/anchors" "$1/etc/pkcs11/modules" "$1/usr/libexec/p11-kit"
	cp "$(bundle_of "$1")" "$1$3/anchors/ca-bundle.pem"
	rm -rf "$1/etc/ssl" "$1/etc/ca-certificates.conf" "$1/usr/local/share/ca-certificates" \
		"$1/usr/sbin/update-ca-certificates" "$1/etc/os-release" "$1/usr/lib/ssl/certs" "$1/usr/lib/ssl/cert.pem"
	mkdir -p "$1/etc/ssl/certs/java"
	ln -s /etc/ssl/certs /etc/ssl/cert.pem "$1/usr/lib/ssl/"
	cat >"$1/etc/pkcs11/modules/p11-kit-trust.module" <<END
module: p11-kit-trust.so
trust-policy: yes
x-init-reserved: paths='$2:$3'
END
	cat >"$1/usr/bin/take" <<'END'
#!/bin/sh
form=$1 into=$2
shift 2
exec trust extract --format="$form" --overwrite "$@" "$into"
END
	chmod 0755 "$1/usr/bin/take"
}

# SUSE: everything is read-only, the bundle has a comment of the command's own, and /etc/ssl/certs is the directory itself.
suse_root()
{
	trust_root "$1" /etc/pki/trust /usr/share/pki/trust || return 1
	mkdir -p "$1/var/lib/ca-certificates"
	rm -r "$1/etc/ssl/certs"
	ln -s ../../var/lib/ca-certificates/pem "$1/etc/ssl/certs"
	ln -s ../../var/lib/ca-certificates/ca-bundle.pem "$1/etc/ssl/ca-bundle.pem"
	cat >"$1/usr/sbin/update-ca-certificates" <<'END'
#!/bin/sh
set -e
umask 0222
cd /var/lib/ca-certificates
take java-cacerts java-cacerts --filter=ca-anchors --purpose=server-auth
take openssl-directory openssl --filter=ca-anchors
take pem-directory-hash pem --filter=ca-anchors --purpose=server-auth
take pem-bundle extracted --filter=ca-anchors --purpose=server-auth
{ printf '#\n# Made by update-ca-certificates.\n#\n' && cat extracted; } >new
mv -f new ca-bundle.pem
rm -f extracted
END
	chmod 0755 "$1/usr/sbin/update-ca-certificates"
	printf 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n' >"$1/etc/os-release"
	in_root "$1" update-ca-certificates
}

# Arch: a link in /etc/ssl/certs to every name in cadir, and nothing for OpenSSL but these links.
arch_root()
{
	trust_root "$1" /etc/ca-certificates/trust-source /usr/share/ca-certificates/trust-source || return 1
	mkdir -p "$1/etc/ca-certificates/extracted"
	for name in cert.pem certs/ca-certificates.crt; do
		ln -sr "$1/etc/ca-certificates/extracted/tls-ca-bundle.pem" "$1/etc/ssl/$name"
	done
	cat >"$1/usr/bin/update-ca-trust" <<'END'
#!/bin/sh
set -e
cd /etc/ca-certificates/extracted
take openssl-bundle ca-bundle.trust.crt --filter=certificates --comment
take pem-bundle tls-ca-bundle.pem --filter=ca-anchors --comment --purpose server-auth
take pem-bundle email-ca-bundle.pem --filter=ca-anchors --comment --purpose email
take pem-bundle objsign-ca-bundle.pem --filter=ca-anchors --comment --purpose code-signing
take java-cacerts /etc/ssl/certs/java/cacerts --filter=ca-anchors --purpose server-auth
take edk2-cacerts edk2-cacerts.bin --filter=ca-anchors --purpose=server-auth
take pem-directory-hash cadir --filter=ca-anchors --purpose server-auth
find -L /etc/ssl/certs -maxdepth 1 -type l -delete
ln -fsrt /etc/ssl/certs cadir/*
END
	chmod 0755 "$1/usr/bin/update-ca-trust"
	ln "$1/usr/bin/update-ca-trust" "$1/usr/libexec/p11-kit/trust-extract-compat"
	printf 'ID=arch\n' >"$1/etc/os-release"
	in_root "$1" update-ca-trust
}

# same_in_both FAMILY COMMAND DIR...: below these directories, a bare root and the running system get what the command makes.
same_in_both()
{
	family=$1 command=$2
	shift 2
	cp -ax "$family" "bare-$family"
	mount --bind /dev "bare-$family/dev"
	expect_status 0 tf install --root "bare-$family" --pin "$root_pin" --name corp app.test:9443
	same_layout "bare-$family" "$command" "$@"
	expect_status 0 tf remove --root "bare-$family" --installed
	same_layout "bare-$family" "$command" "$@"
	umount "bare-$family/dev"
	rm -rf "bare-$family"

	it "$family: as the running system, install, undo and remove leave no old hash link behind"
	live "$family" "$@"
}

it 'suse: a bare root gets what the command makes'
suse_root "$dir/suse" || done_testing
same_in_both suse update-ca-certificates etc/pki etc/ssl var/lib/ca-certificates

it 'arch: a bare root gets what the command makes'
arch_root "$dir/arch" || done_testing
same_in_both arch update-ca-trust etc/ca-certificates etc/ssl

done_testing
