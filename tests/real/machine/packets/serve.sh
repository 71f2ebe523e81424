#!/bin/sh
# Answers with a name on every port: serve.sh NAME PORT/PROTOCOL…
set -eu
name=$1
shift
printf 'HTTP/1.0 200 OK\r\nServer: %s\r\nContent-Length: 0\r\n\r\n' "$name" >/run/answer
for port in "$@"; do
  shift
  if [ "${port#*/}" = UDP ]; then
    set -- "$@" "${port%/*}"
  else
    # It waits for the other end to close first: what is closed with something unread in it is reset.
    socat -t 5 "TCP4-LISTEN:${port%/*},backlog=128,fork,reuseaddr" 'OPEN:/run/answer,rdonly!!OPEN:/dev/null,wronly' &
  fi
done
# What is left are the ports of UDP.
exec /udp.pl answer "$name" "$@"
