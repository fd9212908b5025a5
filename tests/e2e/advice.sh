#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Commands that trustfix tells a person to run are run here as they are printed: they meet the same peer
# in the same way, are not refused, and do what they promise.  Only capital letters are filled in.
# shellcheck source=tests/e2e/lib.sh disable=SC2016 # sh has its own $
. "$(dirname "$0")/lib.sh"
need_all squid nginx curl

# The running system, thrown away afterwards.
mkdir over
mount -t tmpfs none over
for at in etc usr/lib usr/local var/lib; do
	mkdir -p "over/$at/up" "over/$at/work"
	mount -t overlay overlay -o "lowerdir=/$at,upperdir=$dir/over/$at/up,workdir=$dir/over/$at/work" "/$at"
done
cat "$dir/hosts" >/etc/hosts
rm -rf /usr/lib/trustfix /etc/trustfix /var/lib/trustfix
mkdir -p /usr/lib/trustfix/hooks.d
cp "$top"/hooks/refresh-debian "$top"/hooks/probe-* /usr/lib/trustfix/hooks.d/
mkdir bin
cp "$trustfix" bin/trustfix
chmod 0755 bin/trustfix
export PATH="$dir/bin:$PATH"

# advises RE: a line of what was just printed ends in such a command, which is kept.
advises()
{
	cat "$out" "$err" | sed -n 's/^.*[:a-z ] \(trustfix [a-z][a-z]* .*\)$/\1/p' | grep -E -e "$1" |
		head -n 1 >advised
	[ -s advised ] && return 0
	fail "does not advise '$1'"
	note "$out"
	note "$err"
	return 1
}

# pasted STATUS [WORD TEXT]...: the kept command, in sh, once the placeholders are filled in.
pasted()
{
	p_status=$1
	shift
	while [ $# -gt 1 ]; do
		awk -v word="$1" -v text="$2" '{
			while ((at = index($0, word)) > 0) {
				printf "%s%s", substr($0, 1, at - 1), text
				$0 = substr($0, at + length(word))
			}
			print
		}' advised >filled && mv filled advised
		shift 2
	done
	expect_status "$p_status" sh -c "$(cat advised)" || note advised
}

mkdir few
ln -s /usr/bin/curl /usr/bin/python3 few/

few() { env PATH="$dir/few" "$@"; }
user() { setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/ "$@"; }

pin=$(pin_of mitm-root)
bundle=etc/ssl/certs/ca-certificates.crt

# Behind one proxy there is an interceptor, behind the other none, and without any another CA.
origin 9443
s_server 9444 gate-root
squid_auth >auth.lines
squid_bump corp 3128 "$pki/mitm-root.both"
squid_bump auth 3129 "$pki/mitm-root.both" "$(cat auth.lines)"
echo tester:secret >'proxy auth'

# A directory and stores that no shell takes as they are.
tree='it'\''s "a" $HOME ~ \tree'
small_root "$tree"
cp -a "$tree" spare
again()
{
	rm -rf "$tree"
	cp -a spare "$tree"
}

it 'probe: the tree and the proxy'
expect_status 3 tf probe --root "$tree" --proxy http://127.0.0.1:3128 app.test:9443
advises 'install .*--pin'
pasted 0
expect holds "$tree/$bundle" "$pki/mitm-root.crt"
expect_status 0 tf verify --root "$tree" --proxy http://127.0.0.1:3128 app.test:9443

it 'probe: another address, and the rest that says how to ask'
again
expect_status 3 tf probe --root "$tree" --connect 127.0.0.1:9444 --timeout 8 -4 --no-aia --no-proxy app.test
advises 'install .*--pin'
pasted 0
expect holds "$tree/$bundle" "$pki/mitm-root.crt"
expect grep -qe '--timeout 8' advised
expect grep -qe '--ipv4' advised
expect grep -qe '--no-aia' advised
expect grep -qe '--no-proxy' advised

it 'probe: another name'
again
expect_status 3 tf probe --root "$tree" --servername app.test 127.0.0.1:9444
advises 'install .*--pin'
pasted 0
expect holds "$tree/$bundle" "$pki/mitm-root.crt"

it 'probe: the client certificate'
again
s_server 9445 gate-root -Verify 2 -verify_return_error -CAfile "$pki/client-root.crt"
cp "$pki/client.crt" 'my cert.pem'
cp "$pki/client-enc.key" 'my key.pem'
cp "$pki/client.pass" 'my pass'
expect_status 3 tf probe --root "$tree" --cert 'my cert.pem' --key 'my key.pem' --key-pass-file 'my pass' \
	app.test:9445
advises 'install .*--pin'
pasted 0
says_not client-cert
expect holds "$tree/$bundle" "$pki/mitm-root.crt"

it 'probe: a recorded chain'
again
expect_status 3 tf probe --save 'a chain.pem' app.test:9444
expect_status 3 tf probe --root "$tree" --chain 'a chain.pem' app.test:1
advises 'install .*--pin'
pasted 0
expect holds "$tree/$bundle" "$pki/mitm-root.crt"

it 'probe and verify: stores whose names a shell would read otherwise'
nl='
'
for name in "a b" "it's" '"$(x)`y`"' '~' 'back\slash' "new${nl}line" '$HOME'; do
	again
	mkdir -p "$tree/opt/$name"
	cp "$pki/client-root.crt" "$tree/opt/$name/x.pem"
	for command in probe verify; do
		rm -rf "$tree/var/lib/trustfix"
		cp "$pki/client-root.crt" "$tree/opt/$name/x.pem"
		expect_status 3 tf $command --root "$tree" --store "pem:/opt/$name/x.pem" app.test:9444
		advises 'install .*--pin'
		pasted 0
		expect holds "$tree/opt/$name/x.pem" "$pki/mitm-root.crt"
		expect_not holds "$tree/$bundle" "$pki/mitm-root.crt"
	done
done

it 'a keystore with a password of its own'
if need keytool; then
	again
	mkdir -p "$tree/opt/a b"
	expect keytool -importcert -noprompt -alias x -file "$pki/client-root.crt" -storepass 'se cret' \
		-keystore "$tree/opt/a b/x.jks"
	echo 'se cret' >'store pass'
	expect_status 3 tf verify --root "$tree" --store 'java:/opt/a b/x.jks' --storepass-file 'store pass' app.test:9444
	advises 'install .*--pin'
	pasted 0
	expect sh -c 'keytool -list -keystore "$1/opt/a b/x.jks" -storepass "se cret" | grep -q "2 entries"' sh "$tree"
fi

it 'a password in the URL of the proxy is not printed, and asked for'
again
expect_status 3 tf probe --root "$tree" --proxy http://tester:secret@127.0.0.1:3129 app.test:9443
says_not secret
says 'password'
advises 'install .*--pin'
pasted 0 PROXY-AUTH-FILE "'proxy auth'"
expect holds "$tree/$bundle" "$pki/mitm-root.crt"
again
expect_status 3 tf probe --root "$tree" --proxy http://127.0.0.1:3129 --proxy-auth-file 'proxy auth' app.test:9443
advises 'install .*--pin'
pasted 0
expect holds "$tree/$bundle" "$pki/mitm-root.crt"

it 'what needs root names the proxy of a user, whose variables sudo drops'
expect_status 3 user https_proxy=http://127.0.0.1:3128 trustfix probe app.test:9443
says 'as root.*sudo'
advises 'install --proxy http://127.0.0.1:3128 --pin'
pasted 0
expect holds /$bundle "$pki/mitm-root.crt"
expect_status 0 tf undo
expect_status 3 user https_proxy=http://tester:secret@127.0.0.1:3129 trustfix probe app.test:9443
says_not secret
advises 'install .*--proxy http://127.0.0.1:3129 .*PROXY-AUTH-FILE'
pasted 0 PROXY-AUTH-FILE "'proxy auth'"
expect_status 0 tf undo
expect_status 3 env https_proxy=http://127.0.0.1:3128 "$trustfix" probe app.test:9443
says_not sudo
advises 'install --pin'

it 'a proxy that wants a password: the same call, told where the password is'
again
for url in http://127.0.0.1:3129 http://tester:wrong@127.0.0.1:3129; do
	for command in "probe 1 3 --root" "verify 1 3 --root" "capture 1 5" "install 1 5 --root"; do
		# shellcheck disable=SC2086 # words are words
		set -- $command
		[ $# -lt 4 ] || set -- "$@" "$tree"
		command=$1 before=$2 after=$3
		shift 3
		expect_status "$before" tf "$command" "$@" --proxy $url app.test:9443
		says_not wrong
		advises "$command .*--proxy-auth-file PROXY-AUTH-FILE"
		pasted "$after" PROXY-AUTH-FILE "'proxy auth'"
		says 'sha256'
	done
	expect_status 1 few "$trustfix" doctor --proxy $url app.test:9443
	says_not wrong
	advises 'doctor .*--proxy-auth-file PROXY-AUTH-FILE'
done
expect_status 1 user https_proxy=http://127.0.0.1:3129 trustfix probe app.test:9443
advises 'probe .*--proxy-auth-file PROXY-AUTH-FILE'
sed -i 's|^|https_proxy=http://127.0.0.1:3129 |' advised
pasted 3 PROXY-AUTH-FILE "'proxy auth'"

it 'what a user may not do is told as root would type it'
expect_status 1 user https_proxy=http://127.0.0.1:3128 trustfix install --pin "$pin" --store system app.test:9443
one_sentence
says 'this needs root: .*; run as root .sudo drops'
advises 'install .*--proxy http://127.0.0.1:3128'
pasted 0
expect_status 1 user trustfix undo
says 'run as root: trustfix undo$'
expect_status 1 user trustfix remove --installed
advises 'remove --installed'
pasted 0
expect_not holds /$bundle "$pki/mitm-root.crt"
expect_status 1 user trustfix install --root "$tree" --ca "$pki/mitm-root.crt"
says_not 'run'

it 'an install that nobody approved'
again
expect_status 5 tf install --root "$tree" --proxy http://127.0.0.1:3128 --name corp-ca --store system \
	app.test:9443 www.app.test:9443
advises 'install .*--pin'
pasted 0
expect test -e "$tree/usr/local/share/ca-certificates/corp-ca.crt"
again
expect_status 5 tf exec --proxy http://127.0.0.1:3128 app.test:9443 -- sh -c 'echo "it is $1"' sh 'one  word'
advises 'exec .*--pin'
pasted 0
says 'it is one  word'
expect_status 5 tf capture --proxy http://127.0.0.1:3128 -o 'the ca.pem' app.test:9443
advises 'capture .*--pin'
pasted 0
expect holds 'the ca.pem' "$pki/mitm-root.crt"
s_server 9446 evil
expect_status 5 tf install --root "$tree" app.test:9444 app.test:9446
advises 'install .*--pin.*--pin'
pasted 0
expect holds "$tree/$bundle" "$pki/evil-root.crt"

it 'a root that was not sent'
again
s_server 9447 gate
for command in probe install; do
	status=$([ $command = probe ] && echo 3 || echo 1)
	expect_status "$status" tf $command --root "$tree" --connect 127.0.0.1:9447 app.test
	advises 'install .*--ca FILE --verify'
done
pasted 0 FILE "$pki/mitm-root.crt"
expect holds "$tree/$bundle" "$pki/mitm-root.crt"

it 'an intermediate that was left out'
files 8081 "$pki"
s_server 9448 app-aia
expect_status 3 tf probe --root "$tree" --connect 127.0.0.1:9448 app.test
if advises 'capture .*--intermediates'; then
	pasted 0
	expect holds "$out" "$pki/origin-int.crt"
fi

it 'trusted here: doctor goes the same way, and is not advised where it cannot'
expect_status 0 tf install --proxy http://127.0.0.1:3128 --pin "$pin" app.test:9443
origin 9450 multi
expect_status 0 tf probe --proxy http://127.0.0.1:3128 app.example.com:9443 other.example.net:9450
advises "doctor --proxy http://127.0.0.1:3128 app.example.com:9443"
mount -t tmpfs none /usr/lib/jvm
sed -i "s|^|PATH='$dir/few:$dir/bin' |" advised
pasted 0
expect_status 3 tf probe --connect 127.0.0.1:9444 -4 app.example.com other.example.net
says intercepted
says_not 'trustfix doctor'
expect_status 0 tf undo

it 'doctor: the proxy, and the store that a variable names'
expect_status 3 few "$trustfix" doctor --proxy http://127.0.0.1:3128 app.test:9443
advises 'install .*--pin'
pasted 0
expect_status 0 few "$trustfix" doctor --proxy http://127.0.0.1:3128 app.test:9443
mkdir 'a "b" $c'
cp "$pki/client-root.crt" 'a "b" $c/it'\''s.pem'
expect_status 3 few REQUESTS_CA_BUNDLE="$dir/a \"b\" \$c/it's.pem" "$trustfix" doctor --proxy http://127.0.0.1:3128 app.test:9443
advises 'install .*--store'
pasted 0
expect_status 0 few REQUESTS_CA_BUNDLE="$dir/a \"b\" \$c/it's.pem" "$trustfix" doctor --proxy http://127.0.0.1:3128 app.test:9443
expect_status 0 tf undo
expect_status 0 tf undo
cp "$pki/mitm-root.der" 'a ca.cer'
expect_status 3 few REQUESTS_CA_BUNDLE="$dir/a ca.cer" "$trustfix" doctor --proxy http://127.0.0.1:3128 app.test:9443
advises 'convert'
pasted 0
says_not .
expect_status 3 few REQUESTS_CA_BUNDLE="$dir/a ca.cer.pem" "$trustfix" doctor --json --proxy http://127.0.0.1:3128 app.test:9443
json '[p["yours"]["result"] for p in d["checkups"][0]["programs"] if p["program"] == "requests"]' '["ok"]'
mkdir 'a dir'
expect_status 3 few REQUESTS_CA_BUNDLE="$dir/a dir" "$trustfix" doctor --proxy http://127.0.0.1:3128 app.test:9443
cp "$pki/mitm-root.crt" 'a dir/'
sed -n 's/.* run: \(openssl rehash .*\)/\1/p' "$out" >advised
expect test -s advised
pasted 0
expect_status 3 few REQUESTS_CA_BUNDLE="$dir/a dir" "$trustfix" doctor --json --proxy http://127.0.0.1:3128 app.test:9443
json '[p["yours"]["result"] for p in d["checkups"][0]["programs"] if p["program"] == "requests"]' '["ok"]'
expect_status 3 few "$trustfix" doctor --connect 127.0.0.1:9444 app.test:443
advises 'install .*--pin'
pasted 0
expect_status 0 few "$trustfix" doctor --connect 127.0.0.1:9444 app.test:443
expect_status 0 tf undo

it 'undo of what somebody changed since'
again
expect_status 0 tf install --root "$tree" --pin "$pin" app.test:9444
cat "$pki/evil-root.crt" >>"$tree/$bundle"
expect_status 1 tf undo --root "$tree"
advises 'remove'
pasted 0
expect_not holds "$tree/$bundle" "$pki/mitm-root.crt"

it 'a name that is taken, and a CA of the same name'
again
expect_status 0 tf install --root "$tree" --ca "$pki/mitm-root.crt" --name corp
expect_status 1 tf install --root "$tree" --ca "$pki/evil-root.crt" --name corp
advises 'remove'
pasted 0
expect_not holds "$tree/$bundle" "$pki/mitm-root.crt"
expect_status 0 tf install --root "$tree" --ca "$pki/mitm-root.crt"
rm -r "$tree/var/lib/trustfix"
s_server 9449 gate2
expect_status 0 tf install --root "$tree" --ca "$pki/mitm-root2.crt" --verify app.test:9449
advises 'remove'
pasted 0
expect_not holds "$tree/$bundle" "$pki/mitm-root.crt"

it 'env without an install, and after one that was lost'
again
expect_status 1 tf env --root "$tree"
advises 'install'
pasted 0 FILE "$pki/mitm-root.crt"
rm "$tree/var/lib/trustfix/installed.pem"
expect_status 1 tf env --root "$tree"
advises 'reapply'
pasted 0
expect_status 0 tf env --root "$tree"

it 'a file where a target belongs'
again
cp "$pki/mitm-root.crt" 'corp ca.pem'
cp "$pki/mitm-root.crt" corp.crt
cp "$pki/mitm-root.crt" corporate
for file in 'corp ca.pem' corp.crt ./corporate "$dir/corporate" corporate; do
	for command in install probe verify capture; do
		[ $command = capture ] || set -- --root "$tree"
		[ $command != capture ] || set --
		expect_status 2 tf $command "$@" "$file"
		one_sentence
		says "'$file' is a file; did you mean --ca FILE"
		advises 'install .*--ca'
	done
done
expect_status 2 tf doctor corp.crt
says 'is a file'
expect_status 2 tf exec corp.crt -- echo 'it  ran'
advises 'exec --ca corp.crt'
pasted 0 COMMAND "echo 'it  ran'"
says 'it  ran'
expect_status 2 tf install --root "$tree" 'corp ca.pem'
advises 'install .*--ca'
pasted 0
expect holds "$tree/$bundle" "$pki/mitm-root.crt"
mkdir app.test
expect_status 3 tf probe app.test:9444
: >app.test:9444
expect_status 3 tf probe app.test:9444

it 'explain: every command it names'
for said in 'curl: (60) SSL certificate problem: self signed certificate in certificate chain https://app.test:9444/' \
	'unable to get local issuer certificate https://app.test:9444/'; do
	expect_status 0 tf explain "$said"
	cp "$out" explained
	sed -n 's/^ .* \(trustfix [a-z]* .*\)/\1/p' explained >commands
	expect test -s commands
	while read -r command; do
		printf '%s\n' "$command" >advised
		wanted=0
		case $command in
		'trustfix probe'* | 'trustfix verify'*) wanted=3 ;;
		*install*) printf '%s\n' "$command --root spare" >advised ;;
		esac
		pasted $wanted sha256:FINGERPRINT "$pin" FILE "$pki/mitm-root.crt" COMMAND true
	done <commands
done
expect_status 0 tf undo --root spare
openssl s_client -connect app.test:9447 -showcerts </dev/null >said 2>&1
expect_status 0 sh -c '"$1" explain <said' sh "$trustfix"
advises 'exec'
sed -i 's/ app.test / app.test:9447 /' advised
pasted 0 FILE "$pki/mitm-root.crt" COMMAND true

done_testing
