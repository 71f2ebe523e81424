#!/bin/bash
# Answers with a name on every port: serve.sh NAME PORT/PROTOCOL…
set -eu
name=$1
shift
printf 'HTTP/1.0 200 OK\r\nServer: %s\r\nContent-Length: 0\r\n\r\n' "$name" >/run/answer
for port in "$@"; do
  if [ "${port#*/}" = TCP ]; then
    socat "TCP4-LISTEN:${port%/*},backlog=128,fork,reuseaddr" 'OPEN:/run/answer,rdonly!!OPEN:/dev/null,wronly' &
  else
    socat "UDP4-RECVFROM:${port%/*},fork,reuseaddr" "SYSTEM:read -r _; echo $name" &
  fi
done
wait
