#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The real programs of this machine, with a system store of their own, against real interceptors.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid mitmdump sslsplit nginx curl wget git python3 ruby node java

# What the programs read and trustfix writes, thrown away afterwards.
mkdir over
mount -t tmpfs none over
for at in etc usr/lib usr/local var/lib; do
	mkdir -p "over/$at/up" "over/$at/work"
	mount -t overlay overlay -o "lowerdir=/$at,upperdir=$dir/over/$at/up,workdir=$dir/over/$at/work" "/$at"
done
cat "$dir/hosts" >/etc/hosts
rm -rf /usr/lib/trustfix /etc/trustfix /var/lib/trustfix
mkdir -p /usr/lib/trustfix/hooks.d bin
cp "$top"/hooks/refresh-debian "$top"/hooks/probe-* /usr/lib/trustfix/hooks.d/
: >/etc/gitconfig

# The others are asked too where they are; these must be.
result() # PROGRAM WORLD RESULT
{
	json "sorted({p['$2']['result'] for p in d['checkups'][0]['programs'] if p['program'] == '$1'})" "[\"$3\"]"
}
told() { json "[p['$2'] for p in d['checkups'][0]['programs'] if p['program'] == '$1'][0]" "$3"; }
holds_text() # PROGRAM KEY TEXT
{
	json "'''$3''' in [p['$2'] for p in d['checkups'][0]['programs'] if p['program'] == '$1'][0]" true
}
# only PROGRAM...: no other is found from now on.
only()
{
	rm -rf few
	mkdir few
	for program in "$@"; do
		ln -s "$(command -v "$program")" few/
	done
}
few() { env PATH="$dir/few" "$trustfix" "$@"; }

origin 9443
start_server split 8281 sslsplit -D -l /dev/null -k "$pki/mitm-root.key" -c "$pki/mitm-root.crt" \
	ssl 127.0.0.1 8281 127.0.0.1 9443

it 'sslsplit: every program fails, and is told the same cure'
expect_status 3 tf doctor --json --timeout 100 app.test:8281
for program in curl wget git python3 requests ruby node java; do
	result $program yours not-trusted
	result $program clean not-trusted
done
advised="run: trustfix install --timeout 100 --pin $(pin_of mitm-root) app.test:8281"
holds_text curl todo "$advised"
holds_text java todo "$advised"
holds_text node todo "$advised"
json 'all(p["version"] for p in d["checkups"][0]["programs"] if p["program"] in ("curl", "git", "java"))' true

it 'after install those that read a store trust; the others are told what helps'
expect_status 0 tf install --pin "$(pin_of mitm-root)" app.test:8281
# A distribution's own Node.js may read the system store.
own_roots=1
node -e 'require("https").get(process.argv[1], () => process.exit(0)).on("error", () => process.exit(1))' \
	https://app.test:8281/ && own_roots=
wanted=0
[ -z "$own_roots" ] || wanted=3
expect_status $wanted tf doctor --json --timeout 100 app.test:8281
for program in curl wget git python3 requests ruby java; do
	result $program yours ok
	result $program clean ok
done
if [ "$own_roots" ]; then
	result node yours not-trusted
	told node todo 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'
else
	result node yours ok
fi

# From here on without the runtimes, which take their time.
mount -t tmpfs none /usr/lib/jvm
only curl git node
bundle=/etc/ssl/certs/ca-certificates.crt

it 'with that variable all of them do'
expect_status 0 env NODE_EXTRA_CA_CERTS=$bundle PATH="$dir/few" "$trustfix" doctor app.test:8281
says '^curl .* ok, HTTP 200 .*ok, HTTP 200'
[ -z "$own_roots" ] || says '^node .* ok, HTTP 200 .*NOT TRUSTED'
[ -z "$own_roots" ] || says 'node .*: it trusts the server only in your environment'
[ -z "$own_roots" ] || says "NODE_EXTRA_CA_CERTS: '$bundle'"
says '3 of 3 programs trust it'

only curl git python3
it 'a variable that leads to the wrong bundle is named'
expect_status 3 env REQUESTS_CA_BUNDLE="$pki/origin-root.crt" PATH="$dir/few" "$trustfix" doctor --json app.test:8281
result requests yours not-trusted
result requests clean ok
result python3 yours ok
result curl yours ok
holds_text requests uses "REQUESTS_CA_BUNDLE: '$pki/origin-root.crt', which does not make 'app.test' trusted"
holds_text requests todo "unset REQUESTS_CA_BUNDLE, or check the CA\\'s SHA-256 and run: trustfix install --pin "
holds_text requests todo " --store pem:$pki/origin-root.crt app.test:8281"

only curl git
it 'so is a setting, and a file that is not there'
git config --file "$HOME/work" http.https://app.test:8281.sslCAInfo "$dir/nowhere.pem"
git config --file "$HOME/.gitconfig" include.path work
expect_status 3 few doctor app.test:8281
says "http.sslCAInfo: '$dir/nowhere.pem', which does not exist"
says "remove http.sslCAInfo .to see where it is set, run git config "
rm "$HOME/.gitconfig"

it 'nor does a program trust that was told to verify nothing'
git config --file "$HOME/.gitconfig" http.sslVerify false
echo insecure >"$HOME/.curlrc"
expect_status 3 few doctor --json app.test:9443
result curl yours not-verified
result git yours not-verified
result curl clean not-trusted
holds_text curl why 'turned off: insecure in '
holds_text git why 'turned off: http.sslVerify'
rm "$HOME/.gitconfig" "$HOME/.curlrc"

it 'mitmproxy as the proxy: they go through it, and trust it'
mitm own 8180 "$pki/mitm-sub.three"
expect_status 0 few doctor --json --proxy http://127.0.0.1:8180 app.test:9443
result curl yours ok
result git yours ok

it 'a proxy that asks for a password is no certificate problem'
squid_auth >auth.lines
squid_bump auth 3129 "$pki/mitm-root.both" "$(cat auth.lines)"
expect_status 1 few doctor --json --proxy http://127.0.0.1:3129 app.test:9443
result curl yours proxy-auth-required
result git yours proxy-auth-required
expect_status 0 few doctor --json --proxy http://tester:secret@127.0.0.1:3129 app.test:9443
result curl yours ok

it 'several targets; an interceptor without HTTP/2 is noted'
origin 9444 multi
expect_status 0 few doctor --json --proxy http://tester:secret@127.0.0.1:3129 app.example.com:9444 other.example.net:9444
json '[c["target"] for c in d["checkups"]]' '["app.example.com:9444", "other.example.net:9444"]'
json '[t["verdict"] for t in d["targets"]]' '["intercepted", "intercepted"]'
json 'all("support HTTP/2" in c["notes"][0] for c in d["checkups"])' true

it 'a proxy that refuses is none either'
squid_conf deny 'http_port 127.0.0.1:3130' 'http_access deny all'
sed -i '/^ssl/d' squid-deny/conf
start_server squid-deny 3130 squid -N -n tfdeny -f "$dir/squid-deny/conf"
only curl wget git python3 ruby node
expect_status 1 few doctor --json --proxy http://127.0.0.1:3130 app.test:9443
for program in curl wget git python3 requests ruby node; do
	result $program yours proxy-refused
done
expect_status 1 few doctor --proxy http://127.0.0.1:3130 app.test:9443
says 'refuse'
says_not 'trustfix install'

it 'a block page behind a trusted handshake is told as such'
only curl wget
squid_bump block 3131 "$pki/mitm-root.both" 'http_access deny all'
expect_status 0 few doctor --proxy http://127.0.0.1:3131 app.test:9443
says 'HTTP 403'
says 'block page'

it 'nor is a client certificate that is asked for'
only curl wget git
s_server 9447 gate-root -Verify 2 -verify_return_error -CAfile "$pki/client-root.crt"
expect_status 1 few doctor --json app.test:9447
for program in curl wget git; do
	result $program yours client-cert-required
done

only curl wget
it 'no name, no server, no TLS'
expect_status 1 few doctor --json nowhere.test
result curl yours no-such-host
result wget yours no-such-host
expect_status 1 few doctor --json app.test:1
result curl yours unreachable
result wget yours unreachable
mkdir plain
files 8081 plain
expect_status 1 few doctor --json app.test:8081
result curl yours not-tls
result wget yours not-tls

it 'who hangs is ended, with all it started, and costs nobody else anything'
hostile 9445 silent
printf '#!/bin/sh\necho $$ >"%s/tmp/pid"\n/bin/sleep 1000.%s &\n/bin/sleep 1001.%s\n' "$dir" $$ $$ >few/git
chmod 0755 few/git
within 8000 expect_status 1 few doctor --json --timeout 2 app.test:9445
result git yours timeout
result curl yours timeout
expect_not pgrep -f "^/bin/sleep 100[01]\\.$$\$"
expect_status 1 few doctor --json --timeout 3 app.test:8281
json 'max(p[w]["ms"] for p in d["checkups"][0]["programs"] for w in ("yours", "clean")) < 6000' true
result curl yours ok

it 'a signal ends them all, and leaves nothing'
rm -f tmp/pid
env PATH="$dir/few" "$trustfix" doctor app.test:8281 >/dev/null 2>&1 &
doctor=$!
for _ in $(seq 100); do
	[ ! -s tmp/pid ] || break
	sleep 0.05
done
kill -TERM $doctor
status=0
wait $doctor 2>/dev/null || status=$?
expect test $status -eq 143
expect_not pgrep -f "^/bin/sleep 100[01]\\.$$\$"
rm -f tmp/pid
expect test -z "$(ls tmp)"

it 'what programs cannot be told is not taken'
only curl wget
expect_status 2 few doctor smtp://mail.test
expect_status 2 few doctor --servername other.test app.test:8281
expect_status 2 few doctor --output-dir=/ app.test:8281
expect_status 0 few doctor --json --connect 127.0.0.1:8281 app.test:443
json '[p["program"] for p in d["checkups"][0]["programs"]]' '["curl"]'
says 'only curl'

it "a probe that is missing is told, and is nobody else's failure"
mv /usr/lib/trustfix/hooks.d/probe-node.js .
only curl node
expect_status 0 few doctor --json app.test:8281
result node yours not-asked
result curl yours ok
told node why 'it could not be run'
mv probe-node.js /usr/lib/trustfix/hooks.d/

it 'root runs no runtime that somebody else could have put there'
umount /usr/lib/jvm
mkdir -p /usr/local/jdk/bin /usr/local/jdk/lib/security
cp "$(readlink -f /etc/ssl/certs/java/cacerts)" /usr/local/jdk/lib/security/cacerts
printf '#!/bin/sh\necho ran >"%s/tmp/ran"\n' "$dir" >/usr/local/jdk/bin/java
chmod 0755 /usr/local/jdk/bin/java
chown -R nobody /usr/local/jdk
mount -t tmpfs none /usr/lib/jvm
only curl
expect_status 0 few doctor app.test:8281
says "not run as root: '/usr/local/jdk/bin/java' is writable by other users"
expect test ! -e tmp/ran

done_testing
