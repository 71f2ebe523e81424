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
	load_status=0
	# shellcheck disable=SC2086
	statements "$dump" | limited unshare --mount --net --pid --ipc --fork --kill-child $users \
		sh "${0%/*}/lib/sandbox.sh" "$work/sandbox" "$tools" "${0%/*}/lib/load.sh" "$account" "$group" "$@" \
		2>"$work/load.log" 9>&- || load_status=$?
	case $load_status in
	0) return ;;
	10) reason="" ;;
	124 | 137) fail "the dump cannot be loaded and dumped again in $JOB_TIMEOUT_SECONDS s" ;;
	*) reason="the sandbox for the dump cannot be made, and without it the dump is not loaded: " ;;
	esac
	fail "$reason$(tail -n 5 "$work/load.log" | tr -cd '[:print:]\n')"
}
