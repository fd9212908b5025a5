#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Images changed by us, in the hands of the real engines: dockerd, podman, skopeo, umoci.  Programs in their
# containers fail behind squid before, and work after.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all /usr/sbin/dockerd /usr/bin/docker podman skopeo umoci runc busybox squid nginx jlink javac
[ -e "$roots/bookworm/.made" ] || need_all "$roots/bookworm"
[ -x "$BUILD/trustfix-static" ] || need_all "$BUILD/trustfix-static"
ca=$pki/mitm-root.crt

docker() { env DOCKER_BUILDKIT=0 /usr/bin/docker -H "unix://$dir/docker/sock" "$@"; }

podman()
{
	/usr/bin/podman --root "$dir/podman" --runroot /run/podman --cgroup-manager=cgroupfs \
		--events-backend=file --storage-driver=overlay --runtime runc "$@"
}

# dockerd writes below /etc.
private_etc()
{
	mkdir etc-up etc-work
	mount -t overlay none -o "lowerdir=/etc,upperdir=$dir/etc-up,workdir=$dir/etc-work" /etc
	mount --bind "$dir/hosts" /etc/hosts
	mount --bind "$dir/resolv.conf" /etc/resolv.conf
	mount -t tmpfs none /var/tmp
}

# Engines ask for control groups, which a chroot need not have: the machine's own once more.
control_groups()
{
	[ -d /sys/fs/cgroup ] || mount -t sysfs none /sys
	mountpoint -q /sys/fs/cgroup && return
	grep -q '^[1-9]' /proc/self/cgroup || {
		mount -t cgroup2 none /sys/fs/cgroup
		return
	}
	mount -t tmpfs none /sys/fs/cgroup
	while IFS=: read -r _ controllers _; do
		[ -n "$controllers" ] || continue
		mkdir "/sys/fs/cgroup/$controllers"
		mount -t cgroup -o "$controllers" none "/sys/fs/cgroup/$controllers"
	done </proc/self/cgroup
}

start_dockerd()
{
	mkdir docker
	dockerd --data-root "$dir/docker/data" --exec-root "$dir/docker/run" --pidfile "$dir/docker/pid" \
		-H "unix://$dir/docker/sock" --storage-driver overlay2 --iptables=false --ip6tables=false \
		--bridge=none --ip-forward=false --ip-masq=false >dockerd.log 2>&1 </dev/null &
	pids="$pids $!"
	for _ in $(seq 300); do
		docker version >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	fail 'dockerd does not start'
	note dockerd.log
}

# with_libraries DIR PROGRAM...: they and what they are linked with.
with_libraries()
{
	w_dir=$1
	shift
	for program in "$@"; do
		ldd "$program" 2>/dev/null | awk '{ print ($2 == "=>") ? $3 : $1 }' | grep '^/'
		echo "$program"
	done | sort -u | while read -r file; do
		mkdir -p "$w_dir${file%/*}"
		cp -L "$file" "$w_dir$file"
	done
}

# A small Debian with curl, as its packages left it, and a busybox for a shell.
debian_fs()
{
	mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/usr/sbin" "$1/usr/lib/ssl" "$1/usr/share" "$1/usr/local/share" "$1/var/lib"
	for path in etc/ssl etc/ca-certificates etc/ca-certificates.conf etc/os-release usr/lib/os-release \
		usr/share/ca-certificates usr/local/share/ca-certificates usr/sbin/update-ca-certificates; do
		cp -a "$roots/bookworm/$path" "$1/$path"
	done
	ln -s /etc/ssl/certs "$1/usr/lib/ssl/certs"
	cp /usr/bin/busybox "$1/bin/busybox"
	ln -s busybox "$1/bin/sh"
	with_libraries "$1" /usr/bin/curl
}

# No shell, no hash links: a bundle and one program.
distroless_fs()
{
	mkdir -p "$1/etc/ssl/certs"
	with_libraries "$1" /usr/bin/curl
	cp "$roots/bookworm/etc/ssl/certs/ca-certificates.crt" "$1/etc/ssl/certs/"
	cp -L "$roots/bookworm/etc/os-release" "$1/etc/os-release"
}

java_fs()
{
	debian_fs "$1"
	mkdir -p "$1/opt"
	jlink "-J-Djava.io.tmpdir=$TMPDIR" --add-modules java.base,jdk.crypto.ec --strip-debug --output "$1/opt/java" &&
		with_libraries "$1" "$1"/opt/java/lib/libjli.so "$1"/opt/java/lib/server/libjvm.so \
			"$1"/opt/java/lib/libnet.so &&
		rm -rf "$1$dir" && rm -f "$1/opt/java/lib/security/cacerts" &&
		cp /etc/ssl/certs/java/cacerts "$1/opt/java/lib/security/cacerts" &&
		javac --release 17 -d "$1/opt/client" "$here/java/Client.java"
}

import() # NAME
{
	tar -C "$1" -c . | docker import - "$1:1" >import.log 2>&1 || {
		fail "cannot import $1"
		note import.log
	}
}

in_docker() # IMAGE COMMAND...
{
	docker run --rm --pull=never --network=host "$@"
}

in_podman() # IMAGE COMMAND...
{
	# shellcheck disable=SC2086 # words
	podman run --rm --pull=never --network=host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 "$@"
}

set -- /usr/bin/curl -sS -x http://127.0.0.1:3128 https://app.test:9443/

private_etc
control_groups
origin 9443
squid_bump engines 3128 "$pki/mitm-root.both"

it 'dockerd starts, and images are made'
start_dockerd
debian_fs debian
distroless_fs distroless
expect java_fs java
import debian
import distroless
import java

it 'programs in a container fail behind the interceptor'
expect_status 60 in_docker debian:1 "$@"
expect_status 60 in_docker distroless:1 "$@"
expect_status 1 in_docker java:1 /opt/java/bin/java -cp /opt/client -Dhttps.proxyHost=127.0.0.1 \
	-Dhttps.proxyPort=3128 Client https://app.test:9443/
says 'PKIX|certification path'

through() # NAME: docker save, us, docker load
{
	docker save "$1:1" | tf install --image - -o - --tag "$1:2" --ca "$ca" 2>"$err" | docker load >"$out" 2>&1
}

it 'docker save, install, docker load: a Debian image'
through debian
says 'Loaded image: debian:2'
expect_status 0 in_docker debian:2 "$@"
says origin-ok
expect_status 0 docker history --no-trunc debian:2
says "trustfix install sha256:$(sha256_of "$ca")"
expect_status 60 in_docker debian:1 "$@"

it 'the name of an image in place of a file: the command in the message can be pasted'
mkdir bin elsewhere
ln -s /usr/bin/docker bin/docker
ln -s "$trustfix" bin/trustfix
pasted()
{
	sed -n 's/.*run: //p' "$err" >"$dir/pasted"
	expect_status 0 env DOCKER_HOST="unix://$dir/docker/sock" PATH="$dir/bin:$PATH" sh "$dir/pasted"
}
cd elsewhere || exit 1
expect_status 1 tf install --image debian:1 --tag debian:3 --ca "$ca"
one_sentence
says "there is no file 'debian:1'"
pasted
says 'Loaded image: debian:3'
expect_status 1 tf list --image debian:3
pasted
says 'Inspection Root$'
cd "$dir" || exit 1
expect_status 0 in_docker debian:3 "$@"
says origin-ok

it 'an image without a shell'
through distroless
expect_status 0 in_docker distroless:2 "$@"
says origin-ok

it 'an image with a Java runtime'
through java
expect_status 0 in_docker java:2 /opt/java/bin/java -cp /opt/client -Dhttps.proxyHost=127.0.0.1 \
	-Dhttps.proxyPort=3128 Client https://app.test:9443/
expect_status 0 in_docker java:2 "$@"

it 'captured from the wire, approved by its fingerprint, proven in the image'
docker save debian:1 >debian.tar
expect_status 0 tf install --image debian.tar -o captured.tar --proxy http://127.0.0.1:3128 \
	--pin "$(pin_of mitm-root)" app.test:9443
says 'all proven against app.test:9443'
expect_status 0 tf verify --image captured.tar --proxy http://127.0.0.1:3128 app.test:9443
expect_status 3 tf verify --image debian.tar --proxy http://127.0.0.1:3128 app.test:9443
says 'trustfix install --image debian.tar --proxy http://127.0.0.1:3128 --pin'

it 'the real update-ca-certificates, in a container, has nothing to add'
expect_status 0 docker load -i captured.tar
expect_status 0 in_docker debian:1 /bin/busybox sh -c 'busybox ls -l /etc/ssl/certs /usr/local/share/ca-certificates'
says 'usr/local/share/ca-certificates'

it 'podman: save, install, load, run'
expect_status 0 podman load -i debian.tar
expect_status 60 in_podman localhost/debian:1 "$@"
expect_status 0 podman save -q --format docker-archive -o podman.tar localhost/debian:1
expect_status 0 tf install --image podman.tar --tag localhost/debian:2 --ca "$ca"
expect_status 0 podman load -i podman.tar
expect_status 0 in_podman localhost/debian:2 "$@"
says origin-ok
expect_status 0 podman save -q --format oci-archive -o podman-oci.tar localhost/debian:1
expect_status 0 tf install --image podman-oci.tar --tag localhost/debian:3 --ca "$ca"
expect_status 0 podman load -i podman-oci.tar
expect_status 0 in_podman localhost/debian:3 "$@"

it 'skopeo inspects and copies it; umoci unpacks it'
expect_status 0 skopeo inspect docker-archive:captured.tar
json 'len(d["Layers"])' 2
expect_status 0 skopeo copy docker-archive:debian.tar oci:layout:app
expect_status 0 tf install --image layout:app --ca "$ca"
expect_status 0 skopeo inspect oci:layout:app
json 'len(d["Layers"])' 2
expect_status 0 skopeo copy oci:layout:app docker-archive:copied.tar
expect_status 0 umoci unpack --image layout:app bundle
cp hosts bundle/rootfs/etc/hosts
expect_status 0 in_root bundle/rootfs "$@"
says origin-ok

it 'a Dockerfile that copies the program from another stage and runs it, without a shell too'
mkdir -p context/build
cp "$BUILD/trustfix-static" context/build/
cp "$ca" context/corp.pem
for base in debian distroless; do
	cat >context/Dockerfile <<END
FROM scratch AS trust
COPY build/trustfix-static corp.pem /
FROM $base:1
COPY --from=trust / /tmp/trust/
RUN ["/tmp/trust/trustfix-static", "install", "--ca", "/tmp/trust/corp.pem"]
END
	expect_status 0 docker build --network none -t "$base:built" context
	expect_status 0 in_docker "$base:built" "$@"
	says origin-ok
done

done_testing
