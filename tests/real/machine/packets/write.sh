#!/bin/sh
# Asks a URL ten times a second on a connection that it keeps, and each second on a new one, until its input ends: write.sh URL
# Prints for each request the exit status of curl, how many connections were opened, and the seconds it took: of the first to
# standard error, of the second to standard output.
set -eu
url=$1
# With HTTP/2 the API server closes connections of those whom it does not know. What is printed to standard error is not kept back.
set -- --disable --silent --insecure --http1.1 --output /dev/null --max-time 10 \
  --write-out '%{stderr}%{exitcode} %{num_connects} %{time_total}\n'
curl "$@" --rate 10/s "$url?[1-100000]" &
kept=$!
while sleep 1; do curl "$@" "$url" 2>&1 || :; done &
new=$!
read -r _ || :
kill $kept $new
wait || :
