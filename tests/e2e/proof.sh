#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# "Proven" means that a new handshake led to the CA that was installed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 app
s_server 9444 gate-root
other=$pki/debug-root.crt

it 'a CA that has nothing to do with the target is installed and not called proven'
small_root trusting
expect_status 0 tf install --root trusting --ca "$other" --verify app.test:9443
says '1 store changed, 0 unchanged, checked by reading it back; not proven: no target.s chain leads to this CA'
says "app.test:9443 is already trusted by other means: its path ends at '.*Harbour Test Root'"
says_not 'proven against'
expect holds "$(bundle_of trusting)" "$other"

it 'a second time nothing changes, and nothing is proven either'
expect_status 0 tf install --root trusting --ca "$other" --verify app.test:9443
says '0 stores changed, 1 unchanged, checked by reading it back; not proven'
expect_status 0 tf install --root trusting --dry-run --ca "$other" --verify app.test:9443
says_not 'would be proven'

it 'JSON tells it per target'
small_root told2
cat "$other" "$pki/mitm-root.crt" >two.pem
expect_status 0 tf install --json --root told2 --ca two.pem --verify app.test:9443 --verify app.test:9444
json '[t["proven"] for t in d["targets"]]' '[false, true]'
json '[(u["target"], u["client"]) for u in d["unproven"]]' '[["app.test:9443", null], [null, null]]'
json '"already trusted by other means" in d["unproven"][0]["why"]' true
json 'len(d["unproven"][0]["todo"]) > 0' true

it 'a CA that no target leads to is not proven by one that leads to another'
small_root beside
expect_status 0 tf install --root beside --ca two.pem --verify app.test:9444
says "^'.*mitmproxy' is not proven: no target.s chain leads to it"
says '1 store changed, 0 unchanged, proven against app.test:9444'
expect_status 0 tf install --json --root beside --ca two.pem --verify app.test:9444
json '[(u["target"], "is not proven" in u["why"]) for u in d["unproven"]]' '[[null, true]]'
expect_status 0 tf install --root beside --ca "$pki/mitm-root.crt" --verify app.test:9444
says_not 'not proven'
says 'all proven against app.test:9444'

it 'some targets prove it and some do not'
small_root some
expect_status 0 tf install --root some --ca two.pem --verify app.test:9443 --verify app.test:9444
says 'app.test:9443 is already trusted by other means'
says '1 store changed, 0 unchanged, proven against app.test:9444;'
small_root both
expect_status 0 tf install --root both --trust-on-first-use app.test:9444 app.test:9443
says 'proven against app.test:9444;'
says_not 'proven against.*9443'

it 'the CA that the target needs is proven, also when it is there already and when its certificate is another'
small_root fresh origin-root
expect_status 0 tf install --root fresh --ca "$pki/origin-root.crt" --verify app.test:9443
says '1 store changed, 0 unchanged, all proven against app.test:9443'
expect_status 0 tf install --json --root fresh --ca "$pki/origin-root.crt" --verify app.test:9443
json 'd["targets"][0]["proven"]' true
json 'd["unproven"]' '[]'

it 'a renewed certificate of the same CA beside the old one is proven'
small_root renewed
expect_status 0 tf install --root renewed --ca "$pki/mitm-root.crt" --verify app.test:9444
expect_status 0 tf install --root renewed --keep-old --ca "$pki/mitm-renewed.crt" --verify app.test:9444
says 'all proven against app.test:9444'

it 'what one store trusted before and another did not is proven'
small_root java origin-root
mkdir -p java/opt
cp "$top/tests/data/keystores/jks-17" java/opt/trust.jks
expect_status 0 tf install --root java --store system --ca "$pki/origin-root.crt"
expect_status 0 tf install --root java --store system --store java:/opt/trust.jks --ca "$pki/origin-root.crt" \
	--verify app.test:9443
says 'all proven against app.test:9443'

it 'an intermediate that the server left out is what makes it trusted'
s_server 9446 app-alone
small_root middle
expect_status 0 tf install --root middle --ca "$pki/origin-int.crt" --allow-intermediate --no-aia \
	--verify app.test:9446
says 'all proven against app.test:9446'

it 'a target that needs no CA: nothing is proven, and nothing was to be'
small_root none
expect_status 0 tf install --root none --trust-on-first-use app.test:9443
says '0 stores changed, 1 unchanged; no CA was needed'
says_not 'proven'

it 'a recorded chain is no server'
expect_status 3 tf probe --save chain.pem app.test:9444
small_root recorded
expect_status 0 tf install --root recorded --chain chain.pem --pin "$(pin_of mitm-root)" app.test:9444
says '1 store changed, 0 unchanged, checked by reading it back and against a recorded chain; no server contacted'
says_not 'proven'
small_root recorded2
expect_status 0 tf install --json --root recorded2 --chain chain.pem --pin "$(pin_of mitm-root)" app.test:9444
json 'd["targets"][0]["proven"]' false
json 'd["unproven"][0]["why"]' 'checked against a recorded chain; no server contacted'

it 'another time judges, and installs nothing that has expired or is not yet valid'
small_root past
s_server 9445 expired-root-leaf
at=$(openssl x509 -in "$pki/expired-root.crt" -noout -startdate | sed 's/.*=//')
at=$(($(date -d "$at" +%s) + 3600))
keep_listing past
expect_status 1 tf install --root past --at "$at" --ca "$pki/expired-root.crt"
says 'expired'
expect_status 1 tf install --root past --at "$at" --trust-on-first-use app.test:9445
unchanged past -c
expect_status 1 tf install --root past --at 2099-01-01T00:00:00Z --ca "$pki/future-root.crt"
unchanged past -c
expect_status 0 tf install --root past --at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --ca "$pki/mitm-root.crt" \
	--verify app.test:9444
says 'all proven against app.test:9444, as of 20'

done_testing
