#!/bin/sh
# Runs a command as root of a machine that is no node yet: with an /etc/kubernetes, a /var/lib and a /usr/local/sbin of its
# own, which end with it.
#
#   unshare --map-root-user --mount sh bareNode.sh SCRATCH_FOLDER COMMAND [ARGUMENT...]
set -eu
scratch=$1
shift
mkdir -p "$scratch/etc"
mount -t tmpfs tmpfs "$scratch/etc"
for file in passwd group hosts ld.so.cache ssl alternatives; do
  if [ -e "/etc/$file" ]; then cp -R "/etc/$file" "$scratch/etc/"; fi
done
mount --rbind "$scratch/etc" /etc
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /usr/local/sbin
exec "$@"
