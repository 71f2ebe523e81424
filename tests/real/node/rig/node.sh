#!/bin/sh
# Makes a node of this machine: the folders that belong to a node lie below ROOT, everything else is there to be read only.
# All of it in namespaces of its own, which end with the last process; the kubelet's stand-in is the first one.
#
#   unshare --map-root-user --mount --net --pid --fork --kill-child --mount-proc sh node.sh ROOT ADDRESS…
set -eu
root=$1 kubelet=$(cd "$(dirname "$0")" && pwd)/kubelet.cjs
shift

# own FOLDER ENTRY…: these entries of the folder are the node's, the others are links to what is there.
own() {
  folder=$1
  shift
  mkdir -p "$root/.host$folder" "$root/.view$folder"
  mount --rbind "$folder" "$root/.host$folder"
  mount -t tmpfs -o mode=0755 tmpfs "$root/.view$folder"
  for entry in "$root/.host$folder"/*; do
    ln -s "$entry" "$root/.view$folder/"
  done
  for entry in "$@"; do
    rm -f "$root/.view$folder/$entry"
    mkdir -p "$root$folder/$entry" "$root/.view$folder/$entry"
    mount --bind "$root$folder/$entry" "$root/.view$folder/$entry"
  done
  mount --rbind "$root/.view$folder" "$folder"
}

mount --bind "$root" "$root"
cd "$root"
own /etc kubernetes systemd
own /var/lib cluster-security kubelet etcd
own /var/log kubernetes pods
mkdir -p "$root/usr/local/sbin"
mount --bind "$root/usr/local/sbin" /usr/local/sbin
mount -t tmpfs -o mode=0755 tmpfs /run
# A path that is not the node's must not be written to on this machine, whatever a test brings.
mount -o remount,bind,ro / || mount -o remount,bind,ro,nosuid,nodev /

ip link set lo up
for address in "$@"; do
  ip address show dev lo | grep -q " $address/" || ip address add "$address/32" dev lo
done
exec node "$kubelet"
