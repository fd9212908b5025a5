#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL's configuration file, which can load code and change the rules, is left alone.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
cat >hostile.cnf <<END
config_diagnostics = 1
openssl_conf = all
[all]
providers = list
[list]
hostile = one
[one]
module = $dir/hostile.so
activate = 1
END

it 'a library named in OPENSSL_CONF is not loaded'
expect_not env OPENSSL_CONF="$dir/hostile.cnf" openssl s_client -connect app.test:9443
expect_status 0 env OPENSSL_CONF="$dir/hostile.cnf" "$trustfix" capture --pin "$(pin_of mitm-root)" app.test:9443
captured mitm-root

done_testing
