#!/bin/sh
# Runs a command as root of a Kubernetes node: it finds a folder of ours as /etc/kubernetes, and the API server at the
# node's address, port 6443. Both only in namespaces of its own, which end with it.
#
#   unshare --map-root-user --mount --net --pid --fork --kill-child \
#     sh node.sh KUBERNETES_FOLDER SCRATCH_FOLDER ADDRESS SOCKET_OF_THE_API_SERVER COMMAND [ARGUMENT...]
set -eu
kubernetes=$1 scratch=$2 address=$3 socket=$4
shift 4

# There may be no /etc/kubernetes to mount on, and only root could make one: /etc becomes a folder of links to what is there.
mkdir -p "$scratch/host" "$scratch/etc"
mount --rbind /etc "$scratch/host"
mount -t tmpfs tmpfs "$scratch/etc"
for entry in "$scratch"/host/*; do
  ln -s "$entry" "$scratch/etc/"
done
rm -f "$scratch/etc/kubernetes"
mkdir "$scratch/etc/kubernetes"
mount --bind "$kubernetes" "$scratch/etc/kubernetes"
mount --rbind "$scratch/etc" /etc

ip link set lo up
ip address add "$address/32" dev lo
exec node "$(dirname "$0")/relay.cjs" "$address" 6443 "$socket" "$@"
