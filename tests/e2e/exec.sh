#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exec: real clients behind real interceptors work while it runs, nothing is installed, nothing is left.
# shellcheck source=tests/e2e/lib.sh disable=SC2016,SC2086 # $ca is words, the commands expand theirs
. "$(dirname "$0")/lib.sh"
need_all squid sslsplit nginx curl git node java javac keytool /usr/bin/pip3
pin=$(pin_of mitm-root)
proxy=http://127.0.0.1:3128
site=https://app.test:9443
split=https://app.test:8281
origin 9443
squid_bump exec 3128 "$pki/mitm-root.both"
start_server split 8281 sslsplit -D -l /dev/null -k "$pki/mitm-root.key" -c "$pki/mitm-root.crt" \
	ssl 127.0.0.1 8281 127.0.0.1 9443
mkdir www classes
expect javac --release 8 -Xlint:none -nowarn -d classes "$here/java/Client.java"

through_squid() { env "https_proxy=$proxy" "$@"; }
nothing_left()
{
	find tmp -mindepth 1 >left
	[ ! -s left ] || fail "left: $(cat left)"
}

# works NAME COMMAND...: fails by itself, succeeds below exec, directly and through squid.
works()
{
	works=$1
	shift
	it "$works"
	expect_not "$@"
	expect_status 0 tf exec --pin "$pin" app.test:8281 -- "$@"
	nothing_left
}

works 'curl' curl -sS "$split/"
works 'git, as far as the server is one' sh -c "git ls-remote $split/x.git 2>&1 | grep -q 'not valid\|not found'"
works 'Python, by requests' /usr/bin/python3 -c "import requests; requests.get('$split/').raise_for_status()"
works 'Python, by urllib' /usr/bin/python3 -c "import urllib.request as r; r.urlopen('$split/')"
works 'Node.js' node -e "fetch('$split/').catch(() => process.exit(1))"
works 'OpenSSL' sh -c 'openssl s_client -verify_return_error -connect app.test:8281 </dev/null'
for home in /usr/lib/jvm/*; do
	[ -L "$home" ] || [ ! -x "$home/bin/java" ] ||
		works "Java of ${home##*/}" "$home/bin/java" -XX:TieredStopAtLevel=1 -cp classes Client "$split/"
done

it 'through squid, where the proxy is in the environment'
expect_not through_squid curl -sS "$site/"
expect_status 0 through_squid "$trustfix" exec --pin "$pin" app.test:9443 -- curl -sS "$site/"
says 'origin-ok'
nothing_left

it 'pip installs from an index behind it'
mkdir -p index/simple/harbour
/usr/bin/python3 - <<'END'
import zipfile
z = zipfile.ZipFile("index/simple/harbour/harbour-1.0-py3-none-any.whl", "w")
z.writestr("harbour/__init__.py", "x = 1\n")
z.writestr("harbour-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: harbour\nVersion: 1.0\n")
z.writestr("harbour-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
z.writestr("harbour-1.0.dist-info/RECORD", "")
END
echo '<a href="harbour-1.0-py3-none-any.whl">harbour-1.0-py3-none-any.whl</a>' >index/simple/harbour/index.html
start_server index 9450 /usr/bin/python3 "$here/exec-index.py" 9450 "$pki/gate-root.pem" "$pki/gate.key" index
pip_install()
{
	"$@" pip3 install -q --retries 0 --no-cache-dir --disable-pip-version-check \
		--root-user-action=ignore --index-url https://app.test:9450/simple/ --target "$dir/site" harbour
}
expect_not pip_install env
expect_status 0 pip_install "$trustfix" exec --pin "$pin" app.test:9450 --
expect test -e site/harbour/__init__.py
nothing_left

it 'a CA from a file needs no other approval, and is proven against a target when one is named'
expect_status 0 tf exec --ca "$pki/mitm-root.crt" -- curl -sS "$split/"
expect_status 0 tf exec --ca "$pki/mitm-root.crt" --verify app.test:8281 -- true
expect_status 1 tf exec --ca "$pki/cross-root.crt" --verify app.test:8281 -- touch ran
says 'would reject the server'
expect test ! -e ran
nothing_left

it 'without approval nothing runs'
expect_status 5 tf exec app.test:8281 -- touch ran
expect test ! -e ran
expect_status 2 tf exec --pin "$pin" app.test:8281 touch ran
expect_status 2 tf exec -- true
nothing_left

it 'the status is that of the command; 126 and 127 as env(1) has them'
ca="--ca $pki/mitm-root.crt"
expect_status 7 tf exec $ca -- sh -c 'exit 7'
expect_status 137 tf exec $ca -- sh -c 'kill -KILL $$'
expect_status 127 tf exec $ca -- no-such-program
one_sentence
expect_status 126 tf exec $ca -- "$dir"
one_sentence
nothing_left

it 'options behind -- are those of the command'
expect_status 0 tf exec $ca -- echo -v --json -- --help
says '^-v --json -- --help$'

it 'a variable that is set keeps its meaning: what its file holds, and the CA'
expect_status 0 env "PIP_CERT=$pki/cross-root.crt" "$trustfix" exec $ca -- sh -c 'cat "$PIP_CERT"'
certs_in "$out" >own
printf '%s\n' "$(sha256_of "$pki/cross-root.crt")" "$(sha256_of "$pki/mitm-root.crt")" | diff - own >"$dir/expect" ||
	fail 'other certificates'
expect_status 0 env "SSL_CERT_FILE=$pki/cross-root.crt" "$trustfix" exec $ca -- sh -c 'cat "$CURL_CA_BUNDLE"'
certs_in "$out" | diff own - >"$dir/expect" || fail 'SSL_CERT_FILE is not where the bundle begins'
expect_status 0 env PIP_CERT=/no/such "$trustfix" exec $ca -- sh -c 'cat "$PIP_CERT"'
says 'PIP_CERT is left out'
expect_status 0 env JAVA_TOOL_OPTIONS=-Dx=1 "$trustfix" exec $ca -- printenv JAVA_TOOL_OPTIONS
says '^-Dx=1 -Djavax.net.ssl.trustStore=/'
nothing_left

it 'Java finds the keystore in a directory with a blank in its name'
mkdir 'tmp/a b'
expect_status 0 env "TMPDIR=$dir/tmp/a b" "$trustfix" exec $ca -- \
	java -XX:TieredStopAtLevel=1 -cp classes Client "$split/"
expect rmdir 'tmp/a b'

# The command writes its own number, then waits; what it got it says.
cat >waiting <<'END'
#!/bin/sh
trap 'echo TERM >got; exit 3' TERM
trap 'echo INT >got; exit 4' INT
trap 'echo HUP >got; exit 5' HUP
dirname "$SSL_CERT_FILE" >where
echo $$ >ready
while :; do sleep 0.05; done
END
chmod 0755 waiting
for signal in TERM INT HUP; do
	it "SIG$signal goes to the command, whose status counts, and nothing is left"
	rm -f ready got
	env --default-signal=INT "$trustfix" exec $ca -- ./waiting &
	child=$!
	for _ in $(seq 100); do
		[ ! -s ready ] || break
		sleep 0.05
	done
	expect test -d "$(cat where)"
	kill -s "$signal" "$child"
	wait "$child"
	status=$?
	expect grep -qx "$signal" got
	case $signal in TERM) wanted=3 ;; INT) wanted=4 ;; *) wanted=5 ;; esac
	[ "$status" -eq "$wanted" ] || fail "status $status"
	nothing_left
done

it 'what the command leaves in the directory is said, and only ours is removed'
expect_status 0 tf exec $ca -- sh -c 'touch "${SSL_CERT_FILE%/*}/theirs"'
says 'cannot remove'
expect test "$(find tmp -type f)" = "$(find tmp -name theirs)"
rm -rf tmp/trustfix-*

it 'the directory is private'
expect_status 0 tf exec $ca -- sh -c 'stat -c %a "${SSL_CERT_FILE%/*}"'
says '^700$'

it 'nobody intercepts: the command runs as it is'
small_root plain
for path in etc/ssl/certs usr/share/ca-certificates etc/ca-certificates.conf; do
	mount --bind "plain/$path" "/$path"
done
expect_status 0 tf exec -v app.test:9443 -- sh -c 'echo "ran${SSL_CERT_FILE-}"'
says '^ran$'
says 'runs as it is'
done_testing
