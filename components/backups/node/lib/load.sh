# shellcheck shell=sh
# Loads the dump on standard input into a PostgreSQL of its own, and prints a dump of that. Runs in the sandbox of
# sandbox.sh, which ends the server with it. Exits 10 after saying why, so that the status tells it from the sandbox's.
set -u

failed() {
	printf '%s\n' "$1" >&2
	exit 10
}

# The superuser has a name of its own, so that every role in the dump is new.
export PGHOST=/work PGUSER=restore_drill
initdb --pgdata /work/data --username "$PGUSER" --auth trust --encoding UTF8 --locale C --no-sync \
	</dev/null >/work/log 2>&1 || failed "initdb: $(tail -n 3 /work/log)"
# Only this run reads it, so nothing need outlive a power cut.
pg_ctl start --silent --wait --pgdata /work/data --timeout 300 --log /work/log --options "-c listen_addresses='' \
	-c unix_socket_directories=/work -c unix_socket_permissions=0700 -c fsync=off -c full_page_writes=off" \
	</dev/null >&2 || failed "the server does not start: $(tail -n 3 /work/log)"
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --dbname postgres --output /dev/null ||
	failed "the dump cannot be loaded"
pg_dumpall </dev/null || failed "the restored server cannot be dumped"
