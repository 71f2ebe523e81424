#!/bin/sh
# Fills the volume of the restore drill's sample once, with files that are like no others: sh fill.sh FOLDER
# Runs in busybox.
set -eu
folder=$1

if [ -f "$folder/sums" ]; then
	echo "the files are there already"
	exit 0
fi
# A restored volume that came back empty has to stay so: files made here would look like restored ones.
if [ "$POD_NAMESPACE" != "$HOME_NAMESPACE" ]; then
	echo "the volume is empty; only in $HOME_NAMESPACE is it filled" >&2
	exit 0
fi
cd "$folder"
mkdir -p deep/er "odd names"
# More than the 5 MiB from which on an upload is made of parts.
for number in 1 2 3 4 5 6 7 8; do
	head -c 1048576 /dev/urandom >"file-$number"
done
for number in 1 2 3 4 5 6 7 8; do
	head -c 1000 /dev/urandom >"deep/er/small-$number"
done
head -c 1000 /dev/urandom >"odd names/\$(date) & * ~"
: >empty
find . -type f ! -name 'sums*' | sort | while IFS= read -r file; do sha256sum "$file"; done >sums.new
# Only now is it whole.
mv sums.new sums
