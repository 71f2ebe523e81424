#!/bin/sh
# Runs a command in a node: enter.sh PID CGROUP… -- COMMAND…
# It counts as the node's own, so it goes into the node's cgroups first; the namespace of cgroups hides all others.
set -eu
pid=$1
shift
while [ "$1" != -- ]; do
  group=$1
  # A group of version 2 that systemd has divided takes no process itself.
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then group=$group/init.scope; fi
  echo $$ >"$group/cgroup.procs"
  shift
done
shift
exec nsenter --target "$pid" --mount --pid --uts --ipc --net --cgroup \
  env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  KUBECONFIG=/etc/kubernetes/admin.conf "$@"
