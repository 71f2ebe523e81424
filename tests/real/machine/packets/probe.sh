#!/bin/sh
# Tries connections, all at once. Reads one a line: "tcp URL", "service URL", "udp ADDRESS PORT", "icmp ADDRESS" or "dns NAME".
# Prints for each its number and what was seen: the name that answered, "connected", "dropped", or the error of curl. With
# http, a connection without an answer is an error, too.
set -eu
count=0
while read -r kind address port; do
  count=$((count + 1))
  case $kind in
  tcp | service) printf 'url = "%s#%s"\noutput = "/dev/null"\n' "$address" "$count" >>"/run/$kind" ;;
  udp) echo "$count $address $port" >>/run/udp ;;
  icmp) if ping -q -c 1 -W 2 "$address" >/dev/null 2>&1; then echo "$count connected"; else echo "$count dropped"; fi & ;;
  dns) if timeout 2 getent hosts "$address" >/dev/null; then echo "$count connected"; else echo "$count dropped"; fi & ;;
  esac
done

# Opens the connections of a kind: ask KIND OPTION…
ask() {
  [ -s "/run/$1" ] || return 0
  file=/run/$1
  shift
  curl --config "$file" "$@" --disable --parallel --parallel-immediate --parallel-max 300 --no-progress-meter --insecure \
    --connect-timeout 4 --max-time 8 --write-out '%{exitcode} %{time_connect} %{url} %header{server}\n' |
    while read -r status connected url name; do
      if [ -z "$name" ]; then
        name="error $status"
        if [ "$connected" = 0.000000 ]; then
          if [ "$status" = 28 ]; then name=dropped; fi
        elif [ "${url#https}" = "$url" ]; then
          name="$name after the connection"
        else
          name=connected
        fi
      fi
      echo "${url##*#} $name"
    done || :
}
if [ -s /run/udp ]; then "${0%/*}/udp.pl" </run/udp & fi
ask tcp &
# From ports that the others do not have: two connections to a pod from one port, by its address and by a Service, would be
# one behind the Service, and both would be lost.
ask service --local-port 10000-30000 &
wait
rm -f /run/tcp /run/service /run/udp
