#!/bin/sh
# Runs a node for as long as standard input is open: however the process at the other end goes, the node goes with it. Each
# line there is a power failure: every process of the node ends at once, and it starts again from its files.
#
#   hold.sh FOLDER ROOT NAME ADDRESS/LENGTH LAN CGROUP…
#
# FOLDER is for what the node writes, and removed in the end. ROOT is the node's root, which nothing is written to. LAN is a
# process in the network of another node, which this one joins, or "new". Each CGROUP is a folder to be made below a cgroup
# of this process, one per hierarchy; in that of version 2 nothing else runs. Prints "ready PID LAN" with the numbers that
# the node's PID 1 and a process of its network have here, again after each reboot of the node, or fails with the reason on
# standard error.
set -eu
folder=$1 root=$2 name=$3 address=$4 lan=$5
shift 5
here=$(cd "${0%/*}" && pwd)
init=
# The reader may be gone.
trap '' PIPE HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Every process of the node is in the PID namespace, which ends with its first one.
end() {
  trap '' INT TERM
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || :
  [ -z "${node:-}" ] || wait "$node" 2>/dev/null || :
  [ -z "${own_lan:-}" ] || kill -KILL "$own_lan" 2>/dev/null || :
  [ -z "${reader:-}" ] || kill -KILL "$reader" 2>/dev/null || :
  for group in "$@"; do
    for _ in $(seq 100); do
      [ -d "$group" ] || break
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
    done
  done
  rm -rf "$folder"
}
trap 'end "$@"' EXIT

for group in "$@"; do
  mkdir -p "$group"
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    # A group of version 2 whose children are limited has no process of its own.
    mkdir -p "${group%/*}/holder"
    echo $$ >"${group%/*}/holder/cgroup.procs"
    sed 's/[^ ][^ ]*/+&/g' "${group%/*}/cgroup.controllers" >"${group%/*}/cgroup.subtree_control"
  fi
  # A new group of this hierarchy takes no process until it has some of each.
  for file in cpus mems; do
    [ ! -e "$group/cpuset.$file" ] || cat "${group%/*}/cpuset.$file" >"$group/cpuset.$file"
  done
done

# The network: a bridge in a namespace of its own, which lasts as long as the process in it.
in_lan() { nsenter --target "$lan" --net "$@"; }
if [ "$lan" = new ]; then
  setpriv --pdeathsig KILL unshare --net sleep infinity &
  own_lan=$! lan=$!
  tries=0
  until [ "$(readlink "/proc/$lan/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "no network namespace could be made" >&2; exit 1; }
    sleep 0.1
  done
  in_lan ip link add lan0 type bridge
  in_lan ip link set lan0 up
fi

# start CGROUP…: the node, whose number is $node, on its network.
start() {
  (
    # What this process starts from here on is in them.
    for group in "$@"; do sh -c 'echo $PPID' >"$group/cgroup.procs"; done
    exec setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net --cgroup \
      sh "$here/init.sh" "$folder" "$root" "$name" "${address%/*}"
  ) </dev/null >>"$folder/console.log" 2>&1 &
  node=$!

  tries=0
  until init=$(cat "/proc/$node/task/$node/children" 2>/dev/null) && init=${init%% *} && [ -n "$init" ] &&
    [ -e "/proc/$init/root/run/node-is-made" ]; do
    tries=$((tries + 1))
    if [ "$tries" -ge 300 ] || ! kill -0 "$node" 2>/dev/null; then ended; fi
    sleep 0.1
  done

  in_lan ip link add "node$init" type veth peer name eth0 netns "$init" || ended
  in_lan ip link set "node$init" master lan0 up
  in_node ip link set lo up
  in_node ip address add "$address" dev eth0
  in_node ip link set eth0 up
  # It leads nowhere; kubeadm and the kubelet look for the address that it starts from.
  in_node ip route add default dev eth0
  echo "ready $init $lan"
}
in_node() { nsenter --target "$init" --net "$@"; }
ended() {
  echo "it does not run. The end of what it printed:" >&2
  tail -n 5 "$folder/console.log" >&2
  exit 1
}

mkdir -p "$folder/upper" "$folder/work" "$folder/merged"
exec 3<&0
# shellcheck disable=SC2016 # the dollar sign is for the shell that it starts
setpriv --pdeathsig KILL sh -c 'while read -r _; do kill -USR1 "$1"; done; kill -TERM "$1"' sh $$ <&3 3<&- >/dev/null 2>&1 &
reader=$!
failed=
trap 'failed=yes; kill -KILL "$init" 2>/dev/null || :' USR1
while :; do
  start "$@"
  status=0
  wait "$node" || status=$?
  # The signal ends the first wait.
  if [ -n "$failed" ]; then wait "$node" 2>/dev/null || :
  # What reboot(2) in a PID namespace ends its first process with: SIGHUP.
  elif [ "$status" != 129 ]; then ended
  fi
  failed=
  for group in "$@"; do
    until find "$group" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.1; done
  done
done
