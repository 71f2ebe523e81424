#!/bin/sh
# Lies on a node as cluster-security-apply where the way to it is tested: notes the call, unpacks what it is given into
# the node's folder, and fails on a node that is marked as broken.
set -eu
node=$2
stage=apply
if [ "${4-}" = --prepare ]; then stage=prepare; fi

mkdir "$NODE_FOLDER/../busy" || { echo "two nodes at the same time" >&2; exit 9; }
trap 'rmdir "$NODE_FOLDER/../busy"' EXIT
echo "$node $stage" >>"$NODE_FOLDER/../calls"
# Long enough for two at a time to meet, and for a watcher of the processes.
sleep 0.2

if [ -e "$NODE_FOLDER/broken" ]; then
  cat >/dev/null
  echo "cluster-security-apply: kube-apiserver refuses its audit policy; everything is as it was" >&2
  exit 1
fi
base64 -d | tar -x -C "$NODE_FOLDER/files"
echo "applied: $node"
