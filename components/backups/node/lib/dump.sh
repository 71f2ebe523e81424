# shellcheck shell=sh disable=SC2154 # job.sh sets work
# The drill of the dump. Who controls the server of a dump controls what is in it, and that has to get no further.

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
	initdb=$(PATH=$POSTGRES_TOOLS:$PATH && command -v initdb) || initdb=
	found=none
	[ -z "$initdb" ] || found=$("$initdb" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	[ "$found" = "$version" ] ||
		fail "the dump is of PostgreSQL $version, and in $POSTGRES_TOOLS is $found: install that version's server" \
			"(postgresql-$version on Debian, postgresql$version-server on Fedora), it need not run," \
			"or set backups.jobs.postgres.tools"
	statements "$dump" >/dev/null ||
		fail "the dump was not loaded: pg_dumpall does not write that, so find out who did, in the server or in its pod"
	tools=$(dirname "$(readlink -f "$initdb")")
	load_dump >"$work/again.sql"
	records "$work/again.sql" | grep -v ' CREATE ROLE restore_drill;$' | diff "${dump%.sql}.records" - >&2 ||
		fail "restored databases differ from what was dumped (< dumped, > restored)"
	say "$(grep -c ' rows, sha256 ' "${dump%.sql}.records" || :) tables of PostgreSQL $version restored, all as they were"
}

# disk_free: KiB and inodes that are free on the disk of $work.
disk_free() { df -k --output=avail,iavail "$work" | tail -n 1 | tr - 0; }

# watch_disk: from now on ends the process in $work/loader before it fills the disk, and says so in $work/full. A dump decides
# what is written while it is loaded. Of the disk it gets as much as an honest one needs at most, and half of what is free: df
# counts what du does not see, such as deleted files that are open, but counts what others write too.
watch_disk() {
	dump_size=$(du -k "$dump" | cut -f 1)
	limit=$(($(du -sk "$work" | cut -f 1) + 20 * dump_size + 2097152))
	read -r space inodes <<-END
		$(disk_free)
	END
	keep_watch >/dev/null 2>&1 9>&- &
	watcher=$!
}

keep_watch() {
	while sleep 1 && kill -0 "$$"; do
		read -r space_left inodes_left <<-END
			$(disk_free)
		END
		# Without an answer, as of too many files, df decides.
		taken=$(timeout 5 du -sk "$work" | cut -f 1)
		[ "${taken:-0}" -gt "$limit" ] || [ "$space_left" -lt $((space / 2)) ] ||
			[ "$inodes_left" -lt $((inodes / 2)) ] || continue
		[ -s "$work/loader" ] || continue
		say "$((${taken:-0} / 1024)) of at most $((limit / 1024)) MiB are used for $((dump_size / 1024)) MiB of dump," \
			"$((space_left / 1024)) of $((space / 1024)) MiB and $inodes_left of $inodes inodes are still free" >"$work/full"
		kill -KILL "$(cat "$work/loader")"
		return
	done
}

# load_dump: prints what a server of the programs in $tools dumps, once $dump was loaded into it. Functions in a dump can do
# what its superuser can, such as run programs, so the server is in a sandbox: no network, no file of the node but programs,
# no process of the node. Open are a pipe and what is printed, and no terminal.
load_dump() {
	mkdir -p "$work/sandbox/root" "$work/sandbox/work"
	if [ "$(id -u)" -eq 0 ]; then
		# PostgreSQL does not run as root.
		account=$(id -u "$POSTGRES_DRILL_USER") group=$(id -g "$POSTGRES_DRILL_USER") users=
		chown "$account:$group" "$work/sandbox/work"
		set -- setpriv --reuid "$account" --regid "$group" --clear-groups
	else
		account=$(id -u) group=$(id -g) users=--map-root-user
		set -- unshare --map-user "$account" --map-group "$group"
	fi
	watch_disk
	load_status=0
	# shellcheck disable=SC2086,SC2016
	statements "$dump" | limited sh -c 'echo "$$" >"$0" && exec "$@"' "$work/loader" \
		unshare --mount --net --pid --ipc --fork --kill-child $users \
		sh "${0%/*}/lib/sandbox.sh" "$work/sandbox" "$tools" "${0%/*}/lib/load.sh" "$account" "$group" "$@" \
		2>"$work/load.log" 9>&- || load_status=$?
	kill "$watcher" 2>/dev/null || :
	[ ! -s "$work/full" ] ||
		fail "the dump was ended while it was loaded, before it filled the disk: $(cat "$work/full")." \
			"Find out what in it writes so much, or give ${work%/*} more room"
	case $load_status in
	0) return ;;
	10) reason="" ;;
	124 | 137) fail "the dump cannot be loaded and dumped again in $JOB_TIMEOUT_SECONDS s" ;;
	*) reason="the sandbox for the dump cannot be made, and without it the dump is not loaded: " ;;
	esac
	fail "$reason$(tail -n 5 "$work/load.log" | tr -cd '[:print:]\n')"
}
