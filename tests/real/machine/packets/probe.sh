#!/bin/sh
# Tries connections, all at once. Reads one a line: "tcp URL", "udp ADDRESS PORT", "icmp ADDRESS" or "dns NAME". Prints for
# each its number and what was seen: the name that answered, "connected", "dropped", or the error of curl.
set -eu
count=0
while read -r kind address port; do
  count=$((count + 1))
  case $kind in
  tcp)
    # curl counts the URLs itself, from 0; the arguments are their numbers here.
    set -- "$@" "$count"
    printf 'url = "%s"\noutput = "/dev/null"\n' "$address" >>/run/urls
    ;;
  udp) echo "$count $address $port" >>/run/udp ;;
  icmp) if ping -q -c 1 -W 2 "$address" >/dev/null 2>&1; then echo "$count connected"; else echo "$count dropped"; fi & ;;
  dns) if timeout 2 getent hosts "$address" >/dev/null; then echo "$count connected"; else echo "$count dropped"; fi & ;;
  esac
done
if [ -s /run/udp ]; then /udp.pl ask </run/udp & fi
if [ -s /run/urls ]; then
  curl --config /run/urls --disable --parallel --parallel-immediate --parallel-max 300 --no-progress-meter --insecure \
    --connect-timeout 2 --max-time 6 --write-out '%{urlnum} %{exitcode} %{time_connect} %header{server}\n' |
    while read -r number status connected name; do
      if [ -z "$name" ]; then
        if [ "$connected" != 0.000000 ]; then name=connected; elif [ "$status" = 28 ]; then name=dropped; else name="error $status"; fi
      fi
      eval "count=\${$((number + 1))}"
      echo "$count $name"
    done || :
fi
wait
rm -f /run/urls /run/udp
