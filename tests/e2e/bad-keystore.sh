#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keystores that are damaged, hostile or no keystores: one sentence each, every file as it was.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
ca=$pki/mitm-root.crt
jdk=root/opt/jdk/lib/security
mkdir -p "$jdk" root/opt/good/lib/security root/var/lib
make() { expect /usr/bin/python3 "$here/keystore.py" "$1" "$2" "$pki/origin-root.crt"; }
make good root/opt/good/lib/security/cacerts

# refused RE: named, it is a fault; found as a runtime's own, a note, and the others go on.
refused()
{
	keep_listing root
	within 5000 expect_status 1 tf install --root root --store java:/opt/jdk/lib/security/cacerts --ca "$ca"
	one_sentence
	says "$1"
	within 5000 expect_status 0 tf install --dry-run --root root --store java --ca "$ca"
	says "note: '/opt/jdk/lib/security/cacerts' "
	says '^/opt/good/lib/security/cacerts +would-add'
	unchanged root
}

bad() # WORDS KIND RE
{
	it "$1"
	make "$2" $jdk/cacerts
	refused "$3"
}

other() # WORDS RE COMMAND...
{
	it "$1"
	o_re=$2
	shift 2
	rm -rf $jdk/cacerts
	expect "$@"
	refused "$o_re"
}

make good whole
len=$(stat -c %s whole)
for n in 0 1 4 11 12 30 200 $((len - 21)) $((len - 20)) $((len - 1)); do
	bad "cut off after $n bytes" "cut-$n" 'truncated|not a keystore'
done
bad 'a wrong digest' digest 'no password matches its digest, or it is damaged'
bad 'another password' password 'no password matches.*--storepass-file'
bad '2^31 entries' count '2147483648 entries'
bad 'an alias of 65,535 bytes' long-alias 'an alias of 65535 bytes'
bad 'an alias that is not UTF-8' not-utf 'alias is not in Java.s form of UTF-8'
bad 'one alias twice' twice "two entries have the alias 'one'"
bad 'a certificate that is not DER' not-der 'a certificate that is not DER'
bad 'an entry of an unknown kind' tag 'unknown tag 9'
bad 'PKCS#12 with 2^31 rounds' rounds '2147483648 rounds'
bad 'PKCS#12 with bags ten thousand deep' nested 'nested more than 50 elements deep'
other 'a file of a GiB' 'larger than|more than' truncate -s 1G $jdk/cacerts
other 'a directory' 'not a file' mkdir $jdk/cacerts
other 'a FIFO' 'not a file' mkfifo $jdk/cacerts
other 'a link that leads nowhere' 'no such file' ln -s nowhere $jdk/cacerts
other 'a link to itself' 'no such file|loop' ln -s cacerts $jdk/cacerts

it 'the only runtime has none that can be used: said why there is no store'
mkdir -p alone/opt/jdk/lib/security alone/opt/half/bin
echo text >alone/opt/jdk/lib/security/cacerts
: >alone/opt/half/bin/java
expect_status 1 tf install --root alone --store java --ca "$ca"
one_sentence
says "no trust store in '--root alone' .*'/opt/jdk/.*: not a keystore.*; '/opt/half' is a Java runtime without a keystore"

it 'a directory that cannot be written to'
rm -f $jdk/cacerts
make good $jdk/cacerts
mount --bind $jdk $jdk
mount -o remount,bind,ro $jdk
keep_listing root
expect_status 1 tf install --root root --store java --ca "$ca"
one_sentence
says 'the file system is read-only'
unchanged root journal
umount $jdk

it 'a directory that this user may not write to'
rm -rf root/var/lib/trustfix
chown -R nobody:nogroup root
chown root $jdk
keep_listing root
expect_status 1 setpriv --reuid=nobody --regid=nogroup --clear-groups "$trustfix" install --root root --store java \
	--ca "$ca"
one_sentence
says 'permission denied'
unchanged root journal

it 'more keystores than there is room for: told, and the others go on'
mkdir -p many/var/lib
expect /usr/bin/python3 -c 'import os
for i in range(1001):
	os.makedirs(f"many/opt/{i}/lib/security")
	open(f"many/opt/{i}/lib/security/cacerts", "w").close()'
mkdir -p many/usr/lib/jvm
cp -r root/opt/good many/usr/lib/jvm/
expect_status 0 tf install --dry-run --root many --store java --ca "$ca"
says '^note: more than 1000 Java keystores'
says '^/usr/lib/jvm/good/lib/security/cacerts +would-add'

it "RC2 without OpenSSL's legacy provider"
rm -f $jdk/cacerts
cp "$top/tests/data/keystores/p12-8" $jdk/cacerts
expect_status 0 tf install --dry-run --root root --store java:/opt/jdk/lib/security/cacerts --ca "$ca"
modules=$(openssl version -m | cut -d'"' -f2)
expect mount -t tmpfs none "$modules"
refused "PBE-SHA1-RC2-40, which needs OpenSSL's legacy provider, and '$modules/legacy.so' cannot be loaded\$"

done_testing
