#!/bin/bash
# Answers with a name on every port: serve.sh NAME PORT/PROTOCOL…
set -eu
name=$1
shift
printf 'HTTP/1.0 200 OK\r\nServer: %s\r\nContent-Length: 0\r\n\r\n' "$name" >/run/answer-tcp
printf '%s\n' "$name" >/run/answer-udp
for port in "$@"; do
  if [ "${port#*/}" = TCP ]; then listen=TCP4-LISTEN:${port%/*},backlog=128; else listen=UDP4-RECVFROM:${port%/*}; fi
  protocol=${port#*/}
  socat "$listen,fork,reuseaddr" "OPEN:/run/answer-${protocol,,},rdonly!!OPEN:/dev/null,wronly" &
done
wait
