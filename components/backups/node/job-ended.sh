#!/bin/sh
# job-ended.sh JOB: what systemd runs after a job. A job that was killed could not report its failure itself.
# shellcheck source-path=SCRIPTDIR
set -eu
[ "${SERVICE_RESULT-}" != success ] || exit 0
. "${0%/*}/lib/job.sh"

configure common
job=$1
metrics=
case $job in
restore_drill) metric restore_drill_success 0 ;;
oci_bucket) ;;
pg_dump)
	metric backup_success 0
	metric pg_dump_success 0
	;;
*) metric backup_success 0 ;;
esac
push "$job"
