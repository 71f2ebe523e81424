#!/bin/sh
# Makes what pods find outside the cluster, in a network namespace of its own in the node: internet.sh RESOLVER
# Reads lines of an address and a name. The resolver knows them; each answers on port 443 with its name.
set -eu
resolver=$1
folder=/run/internet
mkdir $folder
cat >$folder/hosts
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
  printf 'HTTP/1.0 200 OK\r\nServer: %s\r\nContent-Length: 0\r\n\r\n' "$name" >"$folder/$name"
  systemd-run --quiet --unit="internet-$name" nsenter --net=/run/netns/internet -- \
    socat -t 5 "TCP4-LISTEN:443,bind=$address,backlog=128,fork,reuseaddr" "OPEN:$folder/$name,rdonly!!OPEN:/dev/null,wronly"
done <$folder/hosts
printf '.:53 {\n  bind %s\n  hosts %s\n}\n' "$resolver" $folder/hosts >$folder/Corefile
systemd-run --quiet --unit=internet-resolver nsenter --net=/run/netns/internet -- /usr/local/bin/coredns -conf $folder/Corefile
