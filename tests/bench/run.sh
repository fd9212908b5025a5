#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What the program must reach, measured beside its peers in one run: medians of interleaved runs, as ratios.
#
#	BUILD=build tests/bench/run.sh		needs root, debootstrap, nginx, openssl, python3
#
# Status 1 when a goal is missed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
missed=0

measure() { /usr/bin/python3 "$top/tests/bench/measure.py" "$@"; }

# row WHAT OURS THEIRS GOAL: times in ms; GOAL is the least "times faster", 0 none.
row()
{
	echo "$1|$2|$3|$4" | awk -F'|' '{
		ratio = $3 / $2
		printf "%-46s %9.2f ms %9.2f ms %8.1fx", $1, $2, $3, ratio
		if ($4 > 0)
			printf "  goal %5.1fx  %s", $4, (ratio >= $4 ? "reached" : "MISSED")
		print ""
		exit ratio < $4
	}' || missed=1
}

bench_install()
{
	[ -e "$roots/bookworm/.made" ] || {
		echo "no $roots/bookworm: run tests/e2e/roots.sh"
		missed=1
		return
	}
	chroot_root bookworm "$dir/theirs"
	cp -a --reflink=auto "$roots/bookworm" ours
	anchors=$(grep -c BEGIN "$(bundle_of ours)")
	local=usr/local/share/ca-certificates
	result=$(measure 7 \
		"$trustfix remove -q --root ours --installed || :" \
		"$trustfix install --root ours --ca $pki/mitm-root.crt --name corp" \
		"rm -f theirs/$local/corp.crt theirs/etc/ssl/certs/corp.pem; chroot theirs openssl rehash /etc/ssl/certs
			cp $pki/mitm-root.crt theirs/$local/corp.crt" \
		"env -u TMPDIR chroot theirs update-ca-certificates") || exit 1
	# shellcheck disable=SC2086
	set -- $result
	row "install --ca, $anchors anchors / update-ca-certificates" "$1" "$3" 50
	tf remove -q --root ours --installed
	peak=$2
	[ ! -x /usr/bin/time ] || {
		/usr/bin/time -f %M -o peak "$trustfix" install -q --root ours --ca "$pki/mitm-root.crt"
		peak=$(tail -n 1 peak)
	}
	word=reached
	[ "$peak" -lt 16384 ] || word=MISSED missed=1
	printf '%-46s %8s KiB %22s goal < 16384  %s\n' 'install --ca, peak memory' "$peak" '' "$word"
}

farm() # nginx, two workers, on every loopback address
{
	mkdir -p farm
	cat >farm/conf <<END
daemon off;
worker_processes 2;
user root;
error_log $dir/farm/error.log;
pid $dir/farm/pid;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path $dir/farm/1;
	proxy_temp_path $dir/farm/2;
	fastcgi_temp_path $dir/farm/3;
	uwsgi_temp_path $dir/farm/4;
	scgi_temp_path $dir/farm/5;
	server {
		listen 9443 ssl;
		ssl_certificate $pki/app.pem;
		ssl_certificate_key $pki/app.key;
	}
}
END
	start_server farm 9443 nginx -c "$dir/farm/conf"
}

# many S_CLIENT WHAT GOAL: 200 targets in one call, judged by the system's store, and one run after another.
many()
{
	{
		echo '#!/bin/sh'
		seq -f "$1 -servername app.test -connect 127.0.0.%.0f:9443 </dev/null" 200
	} >each.sh
	what=$2 goal=$3
	result=$(measure 5 '' "$trustfix probe $(seq -f '127.0.0.%.0f:9443' -s ' ' 200)" '' "sh each.sh") || exit 1
	# shellcheck disable=SC2086
	set -- $result
	row "$what" "$1" "$3" "$goal"
}

bench_probe()
{
	farm
	client='openssl s_client -no-CAfile -no-CApath -no-CAstore -servername app.test -connect'
	mkdir -p empty/etc
	result=$(measure 61 '' "$trustfix probe --root empty --servername app.test 127.0.0.1:9443" \
		'' "$client 127.0.0.1:9443") || exit 1
	# shellcheck disable=SC2086
	set -- $result
	row 'probe / s_client, both with an empty store' "$1" "$3" 1
	result=$(measure 21 '' "$trustfix probe --root ours app.test:9443" \
		'' "openssl s_client -CAfile $(bundle_of ours) -servername app.test -connect app.test:9443") || exit 1
	# shellcheck disable=SC2086
	set -- $result
	row 'probe / s_client, both with that root'"'s store" "$1" "$3" 1

	many "openssl s_client" 'probe, 200 targets / 200 s_client' 10
	many "openssl s_client -no-CAfile -no-CApath -no-CAstore" '... / 200 s_client with an empty store' 0
}

printf '%-46s %12s %12s %9s\n' '' 'trustfix' 'the other' 'ratio'
bench_install
bench_probe
env -u TRUSTFIX_E2E sh "$here/../bench/java.sh" || missed=1
env -u TRUSTFIX_E2E sh "$here/../bench/image.sh" || missed=1
exit "$missed"
