#!/bin/sh
# Restores from the bucket alone and compares. Weekly by its timer, and by hand: restore-drill.sh [PREFIX…]
# shellcheck source-path=SCRIPTDIR
set -eu
. "${0%/*}/lib/job.sh"
. "${0%/*}/lib/s3.sh"
. "${0%/*}/lib/restic.sh"
. "${0%/*}/lib/postgres.sh"
. "${0%/*}/lib/objects.sh"
. "${0%/*}/lib/velero.sh"

failed=

success_metrics() {
	metric restore_drill_success 1
	metric restore_drill_duration_seconds "$(($(date +%s) - started))"
}
failure_metrics() {
	metric restore_drill_success 0
	metric restore_drill_duration_seconds "$(($(date +%s) - started))"
}

clean_up() {
	[ -n "$work" ] || return 0
	stop_server
	[ ! -f "$work/restoring" ] || stop_restore
}

# check_repository PREFIX: the structure of a repository, and every pack once in $CHECK_WEEKS weeks. The pack files
# are read in full, so one that is damaged is found whether or not a file of the sample lies in it.
check_repository() {
	limited restic unlock --quiet || fail "the repository cannot be opened"
	part=$(($(date +%s) / 604800 % CHECK_WEEKS + 1))
	limited restic check --quiet --read-data-subset "$part/$CHECK_WEEKS" || fail "the repository is damaged"
}

# drill_files PREFIX: restores the sample of the last snapshot and compares it with what the disk held.
drill_files() {
	check_repository
	sample=$BACKUPS_STATE/$1.sample
	[ -f "$sample" ] || fail "no backup of this node has recorded a sample yet ($sample)"
	sed 1d "$sample" >"$work/sums"
	[ -s "$work/sums" ] || fail "the last backup found no file that keeps still, so there is nothing to compare"
	# restic takes patterns, so what is special in one is escaped.
	set -- --quiet --target "$work/restored"
	while IFS= read -r line; do
		set -- "$@" --include "$(printf '%s' "${line#*  .}" | sed 's/[][*?\\]/\\&/g')"
	done <"$work/sums"
	limited restic restore "$(sed -n 1p "$sample")" "$@" || fail "the sample could not be restored"
	(cd "$work/restored" && sha256sum --check --quiet --strict "$work/sums") ||
		fail "restored files differ from what was backed up"
	say "$(wc -l <"$work/sums") files restored, all as they were"
}

# drill_dump: loads the last dump into a server of its own and dumps that again.
drill_dump() {
	check_repository
	limited restic restore latest --quiet --target "$work/restored" --path "$POSTGRES_DUMP_FOLDER" ||
		fail "the dump could not be restored"
	dump=$work/restored$POSTGRES_DUMP_FOLDER/dump.sql
	records "$dump" | diff "${dump%.sql}.records" - >&2 ||
		fail "the restored dump is not the one that was recorded (< recorded, > restored)"
	version=$(dumped_version "$dump")
	# The server's own folder on the node, so that PATH needs no change.
	PATH=$POSTGRES_TOOLS:$PATH
	tools=$(command -v initdb >/dev/null && initdb --version | sed 's/[^0-9]*\([0-9]*\).*/\1/') || tools=none
	[ "$tools" = "$version" ] ||
		fail "the dump is of PostgreSQL $version, and in $POSTGRES_TOOLS is $tools: install that version's server" \
			"(postgresql-$version on Debian, postgresql$version-server on Fedora), it need not run," \
			"or set backups.jobs.postgres.tools"
	start_server
	# The superuser has a name of its own, so that every role in the dump is new.
	as_server_user psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --host "$work/socket" --username restore_drill \
		--dbname postgres --output /dev/null <"$dump" || fail "the dump cannot be loaded"
	as_server_user pg_dumpall --host "$work/socket" --username restore_drill >"$work/again.sql" ||
		fail "the restored server cannot be dumped"
	records "$work/again.sql" | grep -v ' CREATE ROLE restore_drill;$' | diff "${dump%.sql}.records" - >&2 ||
		fail "restored databases differ from what was dumped (< dumped, > restored)"
	say "$(grep -c ' rows, sha256 ' "${dump%.sql}.records" || :) tables of PostgreSQL $version restored, all as they were"
}

# A server of its own: its own folder, no port, gone afterwards. PostgreSQL does not run as root.
start_server() {
	chmod 0711 "$work"
	mkdir "$work/data" "$work/socket"
	[ "$(id -u)" -ne 0 ] || chown "$POSTGRES_DRILL_USER" "$work/data" "$work/socket"
	as_server_user initdb --pgdata "$work/data" --username restore_drill --auth trust --encoding UTF8 \
		--locale C --no-sync >"$work/server.log" 2>&1 || fail "initdb: $(tail -n 3 "$work/server.log")"
	# Only this run reads it, so nothing need outlive a power cut.
	as_server_user pg_ctl start --silent --wait --pgdata "$work/data" --timeout 300 --options "-c listen_addresses='' \
		-c unix_socket_directories='$work/socket' -c unix_socket_permissions=0700 -c fsync=off \
		-c full_page_writes=off" >"$work/server.log" 2>&1 9>&- ||
		fail "the server does not start: $(tail -n 3 "$work/server.log")"
}

stop_server() {
	[ ! -f "$work/data/postmaster.pid" ] ||
		as_server_user pg_ctl stop --silent --mode immediate --pgdata "$work/data"
}

as_server_user() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && setpriv --reuid "$POSTGRES_DRILL_USER" --regid "$(id -g "$POSTGRES_DRILL_USER")" --clear-groups "$@")
	else
		"$@"
	fi
}

begin restore_drill
configure restore-drill
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $DRILL_PREFIXES
for prefix in "$@"; do
	say "== $prefix"
	# In a subshell with `set -e` of its own, which a condition would switch off: one layer's failure is not another's.
	set +e
	(
		set -e
		# What the outer shell does at its end, this one must not.
		trap - EXIT
		configure "$prefix"
		case $prefix in
		pg-dump) drill_dump ;;
		velero) drill_velero ;;
		*) drill_files "$prefix" ;;
		esac
	)
	status=$?
	set -e
	clean_up
	rm -rf "$work/restored" "$work/data" "$work/socket"
	if [ "$status" -ne 0 ]; then
		failed="$failed $prefix"
		continue
	fi
	# Under a label of its own, or the push for one layer would take away what is known of the others.
	metric backup_last_verified_restore_timestamp "$(date +%s)"
	push "$job/prefix/$prefix"
done
[ -z "$failed" ] || fail "the drill failed for$failed"
