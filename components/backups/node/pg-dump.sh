#!/bin/sh
# Logical backup of PostgreSQL: pg_dumpall to $POSTGRES_DUMP_FOLDER/dump.sql, and that folder to pg-dump/.
# shellcheck source-path=SCRIPTDIR
set -eu
. "${0%/*}/lib/job.sh"
. "${0%/*}/lib/s3.sh"
. "${0%/*}/lib/restic.sh"
. "${0%/*}/lib/postgres.sh"

dumped=

failure_metrics() {
	metric backup_success 0
	metric backup_duration_seconds "$(($(date +%s) - started))"
	# A dump that only could not be uploaded is a dump.
	[ -n "$dumped" ] || metric pg_dump_success 0
}

clean_up() { rm -f "${POSTGRES_DUMP_FOLDER-/nonexistent}"/*.new; }

begin pg_dump
configure pg-dump
mkdir -p "$POSTGRES_DUMP_FOLDER"
# An earlier job may have left it to another account, which must not choose where root writes by a link in it.
owner=$(stat --format %U "$POSTGRES_DUMP_FOLDER")
chown "$(id -u):$(id -g)" "$POSTGRES_DUMP_FOLDER" ||
	fail "$POSTGRES_DUMP_FOLDER belongs to $owner and cannot be taken over: chown $(id -un): $POSTGRES_DUMP_FOLDER"
chmod 0700 "$POSTGRES_DUMP_FOLDER"
[ "$owner" = "$(id -un)" ] || say "$POSTGRES_DUMP_FOLDER belonged to $owner, and is $(id -un)'s now"
rm -f "$POSTGRES_DUMP_FOLDER"/*.new
dump=$POSTGRES_DUMP_FOLDER/dump.sql

# After a boot the server needs a while.
waited=0
until source_run pg_isready --quiet; do
	[ "$waited" -lt "$POSTGRES_WAIT_SECONDS" ] || fail "PostgreSQL does not answer after $POSTGRES_WAIT_SECONDS s"
	sleep 1
	waited=$((waited + 1))
done

# Times are written in a zone, and the drill compares them: in UTC everywhere.
source_run pg_dumpall --no-password --dbname options=-ctimezone=UTC >"$dump.new" || fail "pg_dumpall failed; the dump of the last run is kept"
# A connection that breaks can look like an end.
tail --lines 5 "$dump.new" | grep -q '^-- PostgreSQL database cluster dump complete' ||
	fail "the dump is cut off; the dump of the last run is kept"
records "$dump.new" >"$POSTGRES_DUMP_FOLDER/dump.records.new" ||
	fail "nothing could be recorded of what the dump holds; the dump of the last run is kept"
mv -T "$POSTGRES_DUMP_FOLDER/dump.records.new" "$POSTGRES_DUMP_FOLDER/dump.records"
mv -T "$dump.new" "$dump"
dumped=yes
metric pg_dump_success 1
metric pg_dump_size_bytes "$(stat --format %s "$dump")"
metric pg_dump_duration_seconds "$(($(date +%s) - started))"

open_repository
snapshot "$POSTGRES_DUMP_FOLDER"
forget
