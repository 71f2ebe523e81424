#!/bin/sh
# Makes what pods find outside the cluster, in a network namespace of its own in the node: internet.sh RESOLVER
# Reads lines of an address and a name. The resolver knows them; each answers on port 443 with its name.
set -eu
resolver=$1
folder=${0%/*}
cat >"$folder/hosts"
ip netns add internet
ip link add internet0 type veth peer name eth0 netns internet
ip address add 198.51.100.1/30 dev internet0
ip link set internet0 up
ip -n internet link set lo up
ip -n internet address add 198.51.100.2/30 dev eth0
ip -n internet address add "$resolver/32" dev lo
ip -n internet link set eth0 up
ip -n internet route add default via 198.51.100.1
ip route add "$resolver/32" via 198.51.100.2
while read -r address name; do
  ip -n internet address add "$address/32" dev lo
  ip route add "$address/32" via 198.51.100.2
  systemd-run --quiet --unit="internet-$name" nsenter --net=/run/netns/internet -- \
    "$folder/answer.pl" "$name" "$address:443/TCP" "$address:443/UDP"
done <"$folder/hosts"
printf '.:53 {\n  bind %s\n  hosts %s\n}\n' "$resolver" "$folder/hosts" >"$folder/Corefile"
systemd-run --quiet --unit=internet-resolver nsenter --net=/run/netns/internet -- "$folder/coredns" -conf "$folder/Corefile"
