# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# shellcheck disable=SC2154 # dir, pki, here, err: lib.sh
#
# Real servers and real interceptors, on loopback, in the script's own network.

ns= # the network namespace a server is started in; empty: the script's own

# start_server NAME PORT command...: in the background; back when the port listens.
start_server()
{
	server=$1 port=$2
	shift 2
	${ns:+nsenter --net="/run/netns/$ns"} "$@" >"$dir/$server.log" 2>&1 </dev/null &
	last_pid=$!
	pids="$pids $last_pid"
	wait_port "$port" "$last_pid" && return 0
	fail "$server does not listen on $port"
	note "$dir/$server.log"
	return 1
}

wait_port()
{
	for _ in $(seq 400); do
		[ -z "$(${ns:+nsenter --net="/run/netns/$ns"} ss -Hltn "sport = :$1")" ] || return 0
		kill -0 "$2" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}

# The first of these ports that nobody listens on, or another.
free_port()
{
	for port in "$@" $(shuf -n 100 -i 20000-32000); do
		[ -n "$(ss -Hltn "sport = :$port")" ] || break
	done
	echo "$port"
}

stop_server() # PID
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# s_server PORT CHAIN [ARGUMENT...]: CHAIN is a .pem of tests/pki, its key beside it.
s_server()
{
	s_port=$1 s_name=$2
	shift 2
	# The first certificate is the leaf, the rest is sent as it stands.
	awk '/BEGIN/ { n++ } n > 1' "$pki/$s_name.pem" >"$dir/$s_port.above"
	[ ! -s "$dir/$s_port.above" ] || set -- -cert_chain "$dir/$s_port.above" "$@"
	start_server "s_server-$s_port" "$s_port" openssl s_server -accept "$s_port" -quiet -www \
		-cert "$pki/$s_name.pem" -key "$pki/$(leaf_of "$s_name").key" "$@"
}

# Whose key a chain file goes with.
leaf_of()
{
	case $1 in
	namesake-cross) echo namesake-leaf ;;
	app-root | app-alone | app-wrong | app-mixed | many) echo app ;;
	gate-root | gate-mixed | gate-alone | gate-aia) echo gate ;;
	zs | cross | leaf-ca | client-only | narrow | loose | evil | debug) echo "$1-leaf" ;;
	*) echo "$1" ;;
	esac
}

# origin PORT [CHAIN]: nginx, several connections at once, HTTP behind it.
origin()
{
	o_port=$1 o_name=${2:-app}
	mkdir -p "$dir/nginx-$o_port"
	cat >"$dir/nginx-$o_port/conf" <<END
daemon off;
master_process off;
error_log $dir/nginx-$o_port/error.log;
pid $dir/nginx-$o_port/pid;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path $dir/nginx-$o_port/1;
	proxy_temp_path $dir/nginx-$o_port/2;
	fastcgi_temp_path $dir/nginx-$o_port/3;
	uwsgi_temp_path $dir/nginx-$o_port/4;
	scgi_temp_path $dir/nginx-$o_port/5;
	server {
		listen $o_port ssl;
		listen [::]:$o_port ssl;
		ssl_certificate $pki/$o_name.pem;
		ssl_certificate_key $pki/$(leaf_of "$o_name").key;
		location / { return 200 "origin-ok\n"; }
	}
}
END
	start_server "nginx-$o_port" "$o_port" nginx -c "$dir/nginx-$o_port/conf"
}

# files PORT DIR: plain HTTP, for AIA.
files()
{
	start_server "files-$1" "$1" /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory "$2" "$1"
}

# hostile PORT MODE [ARGUMENT...]: hostile.py
hostile()
{
	h_port=$1
	shift
	start_server "hostile-$h_port" "$h_port" /usr/bin/python3 "$here/hostile.py" "$h_port" "$@"
}

# squid_bump NAME PORT CA [LINE...]: ssl-bump with a certificate database of its own.
squid_bump()
{
	q_name=$1 q_port=$2 q_ca=$3
	shift 3
	squid_conf "$q_name" "http_port 127.0.0.1:$q_port ssl-bump generate-host-certificates=on tls-cert=$q_ca" "$@"
	start_server "squid-$q_name" "$q_port" squid -N -n "tf$q_name" -f "$dir/squid-$q_name/conf"
}

squid_conf() # NAME LISTEN [LINE...]
{
	q=$dir/squid-$1
	mkdir -p "$q"
	/usr/lib/squid/security_file_certgen -c -s "$q/ssl_db" -M 4MB >/dev/null
	{
		printf '%s\n' "$2"
		shift 2
		[ $# -eq 0 ] || printf '%s\n' "$@"
		cat <<END
ssl_bump bump all
sslcrtd_program /usr/lib/squid/security_file_certgen -s $q/ssl_db -M 4MB
sslcrtd_children 2 startup=1 idle=1
http_access allow all
tls_outgoing_options cafile=$pki/origin-root.crt
cache deny all
access_log stdio:$q/access.log
cache_log $q/cache.log
pid_filename none
hosts_file ${squid_hosts:-/etc/hosts}
dns_nameservers 127.0.0.1
cache_effective_user proxy
coredump_dir $q
shutdown_lifetime 0 seconds
pinger_enable off
END
	} >"$q/conf"
	chown -R proxy "$q"
}

# What makes a squid ask for "tester:secret".
squid_auth()
{
	printf 'tester:%s\n' "$(openssl passwd -apr1 secret)" >"$dir/passwd"
	chmod 0644 "$dir/passwd"
	cat <<END
auth_param basic program /usr/lib/squid/basic_ncsa_auth $dir/passwd
auth_param basic children 1 startup=1
auth_param basic realm harbour
acl known proxy_auth REQUIRED
http_access deny !known
END
}

# squid_tls NAME PORT PEM [auth]: a proxy that speaks TLS, with this key and chain; it asks for "tester:secret".
squid_tls()
{
	squid_conf "$1" "https_port 127.0.0.1:$2 tls-cert=$3" "http_port 127.0.0.1:$(($2 + 100))"
	if [ $# -gt 3 ]; then
		{ squid_auth && cat "$dir/squid-$1/conf"; } >"$dir/conf.new"
		cat "$dir/conf.new" >"$dir/squid-$1/conf"
	fi
	start_server "squid-$1" "$2" squid -N -n "tf$1" -f "$dir/squid-$1/conf"
}

# with_bundle FILE command...: it reads FILE for the system's own bundle, and nobody else does.
with_bundle()
{
	bundle=$1
	shift
	# shellcheck disable=SC2016 # expanded by that shell
	unshare -m sh -c 'mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@"' "$bundle" \
		env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$@"
}

# mitm NAME PORT CA [ARGUMENT...]: mitmproxy with that key and chain as its own; CA '-' lets it make one.
mitm()
{
	m_name=$1 m_port=$2 m_ca=$3
	shift 3
	mkdir -p "$dir/mitm-$m_name"
	[ "$m_ca" = - ] || cp "$m_ca" "$dir/mitm-$m_name/mitmproxy-ca.pem"
	start_server "mitm-$m_name" "$m_port" mitmdump -q --set "confdir=$dir/mitm-$m_name" \
		--listen-host 127.0.0.1 -p "$m_port" \
		--set "ssl_verify_upstream_trusted_ca=$pki/origin-root.crt" "$@"
}
