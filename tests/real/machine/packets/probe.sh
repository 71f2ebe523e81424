#!/bin/bash
# Tries connections, all at once. Reads one a line: "tcp URL", "udp ADDRESS PORT" or "icmp ADDRESS". Prints for each its
# number and what was seen: the name that answered, "connected", "dropped", or the error of curl.
set -eu
urls=()
count=0
while read -r kind address port; do
  count=$((count + 1))
  case $kind in
  tcp)
    # curl counts the URLs itself, from 0.
    urls+=("$count")
    printf 'url = "%s"\noutput = "/dev/null"\n' "$address" >>/run/urls
    ;;
  udp)
    {
      exec 3<>"/dev/udp/$address/$port"
      echo >&3
      if read -r -t 2 -u 3 name; then echo "$count $name"; else echo "$count dropped"; fi
    } 2>/dev/null &
    ;;
  icmp) if ping -q -c 1 -W 2 "$address" >/dev/null 2>&1; then echo "$count connected"; else echo "$count dropped"; fi & ;;
  esac
done
if [ -s /run/urls ]; then
  curl --config /run/urls --disable --parallel --parallel-immediate --parallel-max 300 --silent --insecure \
    --connect-timeout 2 --max-time 6 --write-out '%{urlnum} %{exitcode} %{time_connect} %header{server}\n' |
    while read -r number status connected name; do
      if [ -z "$name" ]; then
        if [ "$connected" != 0.000000 ]; then name=connected; elif [ "$status" = 28 ]; then name=dropped; else name="error $status"; fi
      fi
      echo "${urls[number]} $name"
    done || :
  rm /run/urls
fi
wait
