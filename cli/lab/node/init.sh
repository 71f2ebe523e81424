#!/bin/sh
# The first process of a node, in namespaces of its own: builds the node's file system, and becomes systemd.
#
#   init.sh FOLDER ROOT NAME ADDRESS
#
# Its own processes find the machine's settings read-only. Root in it is the machine's root: a privileged pod can reach the
# kernel's settings and devices.
set -eu
folder=$1 root=$2 name=$3 address=$4
new=$folder/merged

mount -t overlay overlay -o "lowerdir=$root,upperdir=$folder/upper,workdir=$folder/work" "$new"

mount -t proc proc "$new/proc"
# Only /proc/sys/net belongs to this namespace; the rest is the machine's. The kubelet insists on four settings
# (https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables);
# it finds them as it wants them.
mkdir -p "$folder/settings"
setting() {
  echo "$2" >"$folder/settings/${1##*/}"
  mount --bind "$folder/settings/${1##*/}" "$new/proc/sys/$1"
}
for path in sys sys/net; do mount --bind "$new/proc/$path" "$new/proc/$path"; done
mount -o remount,bind,ro "$new/proc/sys"
if [ -e "$new/proc/sysrq-trigger" ]; then mount --bind /dev/null "$new/proc/sysrq-trigger"; fi
setting vm/overcommit_memory 1
setting vm/panic_on_oom 0
setting kernel/panic 10
setting kernel/panic_on_oops 1
echo 1 >"$new/proc/sys/net/ipv4/ip_forward"

mount -t sysfs -o ro sysfs "$new/sys"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 "$new/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$new/sys/fs/cgroup"
  for group in cpu cpuacct cpuset memory devices freezer blkio pids; do
    mkdir "$new/sys/fs/cgroup/$group"
    mount -t cgroup -o "$group" cgroup "$new/sys/fs/cgroup/$group"
  done
  mkdir "$new/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd cgroup "$new/sys/fs/cgroup/systemd"
fi

mount -t tmpfs -o mode=755 tmpfs "$new/dev"
mkdir "$new/dev/pts" "$new/dev/shm" "$new/dev/mqueue"
for device in null zero full random urandom tty kmsg; do
  : >"$new/dev/$device"
  mount --bind "/dev/$device" "$new/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$new/dev/pts"
mount -t tmpfs tmpfs "$new/dev/shm"
mount -t mqueue mqueue "$new/dev/mqueue"
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${number%:*}" "$new/dev/${number#*:}"; done

mount -t tmpfs -o mode=755 tmpfs "$new/run"
mount -t tmpfs tmpfs "$new/tmp"
# Not on the overlay: containerd makes overlays itself, which must not lie on one, and etcd wants a disk.
for path in var/lib/containerd var/lib/etcd var/lib/kubelet var/log/pods; do
  mkdir -p "$folder/data/$path" "$new/$path"
  mount --bind "$folder/data/$path" "$new/$path"
done
chmod 700 "$new/var/lib/etcd"

hostname "$name"
echo "$name" >"$new/etc/hostname"
printf '127.0.0.1 localhost\n%s %s\n' "$address" "$name" >"$new/etc/hosts"
# CoreDNS does not start without a server to forward to. The address is for documentation (RFC 5737): nobody has it but the
# lab (internet/internet.ts).
echo nameserver 192.0.2.1 >"$new/etc/resolv.conf"

mkdir "$new/.old"
cd "$new"
pivot_root . .old
mount --make-rshared /
umount -l /.old
rmdir /.old
: >/run/node-is-made
# What `container` is set to tells systemd that the machine is not its own (https://systemd.io/CONTAINER_INTERFACE/).
exec env -i container=cluster-security PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --log-target=console --show-status=true
