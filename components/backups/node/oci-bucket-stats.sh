#!/bin/sh
# Size of the bucket by prefix, and an estimate of the requests a month makes. With a key that may only list.
# shellcheck source-path=SCRIPTDIR
set -eu
. "${0%/*}/lib/job.sh"
. "${0%/*}/lib/s3.sh"

success_metrics() { :; }
failure_metrics() { :; }

begin oci_bucket
configure statistics
list_bucket "$work/bucket"

# A prefix that is still empty has a size as well, or a panel would be without it.
for prefix in $BUCKET_PREFIXES; do printf '0\t\t%s/\n' "$prefix"; done >"$work/empty"
awk -F '\t' '{
	split($3, part, "/"); size[part[1]] += $1; count[part[1]] += ($2 != "")
} END {
	for (prefix in size) printf "%s %.0f %d\n", prefix, size[prefix], count[prefix]
}' "$work/bucket" "$work/empty" | sort >"$work/prefixes"
while read -r prefix bytes _; do
	metric oci_bucket_size_bytes "$bytes" "prefix=\"$prefix\""
done <"$work/prefixes"
while read -r prefix _ objects; do
	metric oci_bucket_object_count "$objects" "prefix=\"$prefix\""
done <"$work/prefixes"
metric oci_bucket_limit_bytes "$BUCKET_LIMIT_BYTES"

# Every object of the last 30 days was written by a request. What is asked without writing: Velero's polling, what a run
# of each job asks for when nothing has changed, and the listings, one for each of those runs and one of this job's own.
since=$(date --utc --date '30 days ago' +%Y-%m-%dT%H:%M:%S)
written=$(awk -F '\t' -v since="$since" '$2 >= since' "$work/bucket" | wc -l)
daily=$((RESTIC_RUNS_PER_DAY * (RESTIC_REQUESTS_PER_RUN + list_requests) + list_requests))
requests=$((written + VELERO_REQUESTS_PER_MONTH + 30 * daily))
metric oci_bucket_requests_per_month "$requests"
metric oci_bucket_requests_per_month_limit "$REQUESTS_PER_MONTH_LIMIT"
say "$(awk -F '\t' '{ sum += $1 } END { printf "%.0f bytes in %d objects", sum, NR }' "$work/bucket")," \
	"about $requests of $REQUESTS_PER_MONTH_LIMIT requests a month"
