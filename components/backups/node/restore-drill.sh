#!/bin/sh
# Restores from the bucket alone and compares. Weekly by its timer, and by hand: restore-drill.sh [PREFIX…]
# shellcheck source-path=SCRIPTDIR
set -eu
. "${0%/*}/lib/job.sh"
. "${0%/*}/lib/s3.sh"
. "${0%/*}/lib/restic.sh"
. "${0%/*}/lib/postgres.sh"
. "${0%/*}/lib/statements.sh"
. "${0%/*}/lib/dump.sh"
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
	rm -rf "$work/restored" "$work/sandbox"
	if [ "$status" -ne 0 ]; then
		failed="$failed $prefix"
		continue
	fi
	# Under a label of its own, or the push for one layer would take away what is known of the others.
	metric backup_last_verified_restore_timestamp "$(date +%s)"
	push "$job/prefix/$prefix"
done
[ -z "$failed" ] || fail "the drill failed for$failed"
