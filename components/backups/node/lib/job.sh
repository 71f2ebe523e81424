# shellcheck shell=sh
# What the backup jobs of a node share. A job sources this file, calls `begin` with the name its metrics carry, and
# ends by exiting: 0 is reported as a success, anything else, signals included, as a failure.
#
# Settings come from /etc/backups (or $BACKUPS_CONFIG): common.env and one file for each repository. Those files hold no
# credential, only paths of owner-only files that do; so none is ever in an argument list or in an environment.

umask 077
export LC_ALL=C
config=${BACKUPS_CONFIG:-/etc/backups}

say() { printf '%s\n' "$*"; }

fail() {
	printf '%s\n' "$*" >&2
	exit 1
}

# configure NAME: reads $config/NAME.env into the environment.
configure() {
	[ -f "$config/$1.env" ] || fail "$config/$1.env is missing: lay the node files again"
	# Root executes this file, and the files it names hold credentials.
	[ -z "$(find "$config/" -maxdepth 1 -type f \( -perm /077 -o ! -uid "$(id -u)" \))" ] ||
		fail "files in $config can be read or owned by others: chown $(id -un) and chmod 0600 all of them"
	set -a
	# shellcheck source=/dev/null
	. "$config/$1.env"
	set +a
}

# began PID: when the process began, in clock ticks since the start of the machine.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# holder: what the lock says of its holder. The kernel frees a lock with the last process that has it open, which may be
# a command that a killed job has left; the number of the job may be another process's by then.
holder() {
	holder_pid='' holder_began='' holder_job=''
	read -r holder_pid holder_began holder_job <"$BACKUPS_LOCK" || :
	if [ -n "$holder_pid" ] && [ "$(began "$holder_pid")" = "$holder_began" ]; then
		say "process $holder_pid ($holder_job)"
	else
		say "a process of a job that has ended (fuser $BACKUPS_LOCK)"
	fi
}

# begin JOB: waits for its turn; from then on the end of the script is reported.
begin() {
	job=$1
	metrics=
	work=
	started=$(date +%s)
	configure common
	trap 'finish $?' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	# One job at a time: restic's prune wants its repository for itself, the drill reads all of them, and a small node
	# has other things to do. A job that was started meanwhile waits for its turn.
	exec 9>>"$BACKUPS_LOCK"
	flock --wait "$LOCK_WAIT_SECONDS" 9 ||
		fail "another backup job still runs after $LOCK_WAIT_SECONDS s: $(holder) holds $BACKUPS_LOCK;" \
			"see systemctl list-units --state=activating"
	say "$$ $(began "$$") $job" >"$BACKUPS_LOCK"
	work=$(mktemp -d "${TMPDIR:-/var/tmp}/backups.XXXXXX")
	started=$(date +%s)
}

# A job that holds more than files in $work gives it back here.
clean_up() { :; }

finish() {
	status=$1
	# Nothing may cut the report short.
	trap '' HUP INT TERM
	trap - EXIT
	set +e
	clean_up
	if [ "$status" -eq 0 ]; then success_metrics; else failure_metrics; fi
	push "$job"
	[ -z "$work" ] || rm -rf "$work"
	exit "$status"
}

# metric NAME VALUE [LABELS]: adds one sample to what is pushed at the end.
metric() {
	metrics="$metrics# TYPE $1 gauge
$1${3:+"{$3}"} $2
"
}

# What the end of a backup means; other jobs define their own two.
success_metrics() {
	metric backup_success 1
	metric backup_timestamp "$(date +%s)"
	metric backup_duration_seconds "$(($(date +%s) - started))"
}

# No backup_timestamp: the Pushgateway keeps the one of the last success.
failure_metrics() {
	metric backup_success 0
	metric backup_duration_seconds "$(($(date +%s) - started))"
}

# push GROUP: pushes $metrics for a job, or a job and one label more (JOB/LABEL/VALUE), and empties it. POST, not PUT: a
# metric that is not named keeps its last value. Of one that is, every other series of that group is gone.
push() {
	address=${PUSHGATEWAY_URL-}
	if [ -z "$address" ] && [ -n "${PUSHGATEWAY_SERVICE-}" ]; then
		address=http://$(kubectl get service --namespace "${PUSHGATEWAY_SERVICE%/*}" "${PUSHGATEWAY_SERVICE#*/}" \
			--output 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}') || address=http://unknown
	fi
	[ -n "$address" ] && [ -n "$metrics" ] || return 0
	# A comment of type may stand only once before the samples of its name.
	printf '%s' "$metrics" | awk '!/^#/ || !seen[$0]++' |
		curl --disable --silent --show-error --fail --max-time 30 --retry 4 --retry-connrefused \
			--data-binary @- "$address/metrics/job/$1" >/dev/null ||
		say "The Pushgateway at $address did not take the result; BackupStale will tell if that lasts." >&2
	metrics=
}

# limited COMMAND…: the command, ended when it takes too long. In the foreground, so that Ctrl-C reaches it too.
limited() {
	timeout --foreground --kill-after=60 "$JOB_TIMEOUT_SECONDS" "$@" || {
		limited_status=$?
		case $limited_status in
		124 | 137) say "$1 did not end within $JOB_TIMEOUT_SECONDS s" >&2 ;;
		esac
		return "$limited_status"
	}
}
