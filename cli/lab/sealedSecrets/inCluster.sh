#!/bin/sh
# Runs a command as a container of a pod finds itself: with its ServiceAccount's credentials at the one path where
# Kubernetes clients look for them. The files are in a mount namespace of its own, and gone when the command ends.
#
#   unshare --map-root-user --mount sh inCluster.sh FOLDER COMMAND [ARGUMENT...]
#
# FOLDER holds token, ca.crt and namespace.
set -eu
umask 077
folder=$1
shift
account=/var/run/secrets/kubernetes.io/serviceaccount

# /var/run is a link to /run wherever systemd is.
mount -t tmpfs -o mode=0700,size=1m tmpfs /var/run
mkdir -p "$account"
for file in token ca.crt namespace; do
  cat "$folder/$file" >"$account/$file"
done
exec "$@"
