# shellcheck shell=sh disable=SC2154 # job.sh sets work and config
# One restic repository, as $RESTIC_REPOSITORY and so on of the file that `configure` read say.

# open_repository: guards the bucket, clears locks of jobs that died, and makes the repository on the very first run.
open_repository() {
	list_bucket "$work/bucket"
	refuse_near_limit "$work/bucket"
	if ! grep -q "	$REPOSITORY_PREFIX/config\$" "$work/bucket"; then
		make_repository
		return
	fi
	# Only where there is one: restic takes a second to open a repository. It clears locks of processes that are gone.
	if grep -q "	$REPOSITORY_PREFIX/locks/" "$work/bucket"; then
		limited restic unlock --quiet || fail "the repository $RESTIC_REPOSITORY cannot be opened"
	fi
	touch "$BACKUPS_STATE/$REPOSITORY_PREFIX.exists"
}

# A repository that was there once and is not any more is an accident or an attack, and not to be painted over with
# an empty one.
make_repository() {
	if [ -e "$BACKUPS_STATE/$REPOSITORY_PREFIX.exists" ] || grep -q "	$REPOSITORY_PREFIX/" "$work/bucket"; then
		fail "the repository $RESTIC_REPOSITORY has lost its config: bring the object back from its previous" \
			"version, or, to begin a new one, empty $REPOSITORY_PREFIX/ and remove" \
			"$BACKUPS_STATE/$REPOSITORY_PREFIX.exists"
	fi
	limited restic init --quiet --repository-version 2 || fail "the repository $RESTIC_REPOSITORY cannot be made"
	touch "$BACKUPS_STATE/$REPOSITORY_PREFIX.exists"
}

# refuse_near_limit LISTING: no new snapshot in a bucket that is almost full; nothing is deleted to make room.
refuse_near_limit() {
	used=$(awk -F '\t' '{ sum += $1 } END { printf "%.0f", sum }' "$1")
	[ $((used * 100)) -le $((BUCKET_LIMIT_BYTES * BUCKET_REFUSE_PERCENT)) ] ||
		fail "the bucket $S3_BUCKET holds $used of $BUCKET_LIMIT_BYTES bytes, more than the" \
			"$BUCKET_REFUSE_PERCENT % above which no new snapshot is made. Nothing was deleted: make room, or" \
			"raise backups.jobs.bucket.refuseAbovePercent"
}

# snapshot [OPTION…] PATH…: backs up, applies the retention, and adds the metrics of files.
snapshot() {
	: >"$work/start"
	backup_status=0
	limited restic backup --json --quiet "$@" >"$work/summary" 2>"$work/errors" || backup_status=$?
	sed 's/^/restic: /' "$work/errors" >&2
	# 3: a snapshot was made, but not everything could be read.
	case $backup_status in
	0) ;;
	3) only_vanished "$work/errors" || fail "the snapshot lacks the files above" ;;
	*) fail "restic made no snapshot (status $backup_status)" ;;
	esac
	snapshot_id=$(field snapshot_id)
	[ -n "$snapshot_id" ] || fail "restic named no snapshot: $(tail -n 1 "$work/summary")"
	say "snapshot $snapshot_id: $(field files_new) new and $(field files_changed) changed files," \
		"$(field data_added) bytes added"
	metric backup_files_new "$(field files_new)"
	metric backup_files_changed "$(field files_changed)"
}

# field NAME: one value of restic's summary.
field() { sed -n "/\"summary\"/s/.*\"$1\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p" "$work/summary"; }

# only_vanished FILE: true if all that restic could not read were files that were deleted meanwhile, as live volumes do.
# Error 2 is ENOENT; since 0.17 restic writes it out.
only_vanished() {
	! grep '"message_type":"error"' "$1" | grep -qvE '"Err":2[,}]|no such file or directory' &&
		grep -q '"message_type":"error"' "$1"
}

# forget: drops snapshots beyond the retention, whatever host made them, and what only they needed. Of one day only the
# last is kept, but not before two days: a run on a disk that was lost and is new, and empty, must not push out the one
# that it is to be restored from.
forget() {
	limited restic forget --quiet --prune --group-by '' --keep-within 2d \
		--keep-daily "$KEEP_DAILY" --keep-weekly "$KEEP_WEEKLY" --keep-monthly "$KEEP_MONTHLY" ||
		fail "the snapshot is complete, but old ones could not be forgotten"
}

# list_files: the files in the snapshot. Fails where a path of the backup has none: a backup of nothing is no success.
list_files() {
	limited restic ls --quiet --no-lock --long "$snapshot_id" >"$work/ls" || fail "the snapshot cannot be listed"
	sed -n 's/^-[^ ]* *[0-9]* *[0-9]* *[0-9]* [^ ]* [^ ]* //p' "$work/ls" >"$work/files"
	while IFS= read -r path; do
		path=${path%/} awk 'index($0, ENVIRON["path"] "/") == 1 || $0 == ENVIRON["path"] { found = 1; exit } END { exit !found }' \
			"$work/files" || fail "the snapshot $snapshot_id has no file of $path: it is empty, a link, or all of it is excluded." \
			"Old snapshots are kept. Take it out of the settings if that is as it should be"
	done <<-END
		$BACKUP_PATHS
	END
}

# record_sample: SHA-256 of some files of the snapshot, read from the disk and not through restic, for the drill. Only
# of files that did not change since the backup began: what the snapshot holds of them is what is read now.
record_sample() {
	grep -v '[\\]' "$work/files" |
		shuf --head-count="$SAMPLE_FILES" >"$work/sample"
	while IFS= read -r file; do
		# A file that is large is left to restic's own check.
		hash=$(head --bytes "$SAMPLE_FILE_BYTES" "$file" 2>/dev/null | sha256sum | cut -d ' ' -f 1)
		find "$file" -prune -type f ! -newer "$work/start" ! -cnewer "$work/start" \
			-size "-$((SAMPLE_FILE_BYTES + 1))c" -printf "$hash  .%p\n" 2>/dev/null || :
	done <"$work/sample" >"$work/hashes"
	{
		say "$snapshot_id"
		cat "$work/hashes"
	} >"$BACKUPS_STATE/$REPOSITORY_PREFIX.sample.new"
	mv "$BACKUPS_STATE/$REPOSITORY_PREFIX.sample.new" "$BACKUPS_STATE/$REPOSITORY_PREFIX.sample"
}

# is_own PATH: true if nobody else may write it or, at any time, put another in its place. In a folder with the sticky bit
# nobody else moves what is one's own.
is_own() {
	own=$1
	while [ -n "$(find "$own" -prune \( -user "$(id -u)" -o -user root \) \( ! -perm /022 -o -type d -perm -1000 \))" ]; do
		[ "$own" != / ] || return 0
		own=$(dirname "$own")
	done
	return 1
}

# back_up_paths: the whole job of a repository that holds folders, $BACKUP_PATHS, one a line.
back_up_paths() {
	open_repository
	set -- --exclude-file "$config/$REPOSITORY_PREFIX.exclude"
	paths=$(printf '%s\n' "$BACKUP_PATHS")
	while IFS= read -r path; do
		ignore=$path/.resticignore
		[ -e "$ignore" ] || continue
		# Its patterns are for every path, so who writes it decides what root backs up.
		if [ -n "$(find "$ignore" -prune -type f)" ] && is_own "$ignore"; then
			set -- "$@" --exclude-file "$ignore"
		else
			say "$ignore is not followed: it, or a folder it is in, does not belong to $(id -un) alone." \
				"What is excluded is a setting"
		fi
	done <<-END
		$paths
	END
	while IFS= read -r path; do
		[ -e "$path" ] || fail "there is no $path to back up"
		set -- "$@" "$path"
	done <<-END
		$paths
	END
	snapshot "$@"
	list_files
	record_sample
	forget
}
