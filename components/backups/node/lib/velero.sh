# shellcheck shell=sh disable=SC2154 # job.sh sets work
# Velero through its objects, by kubectl alone: the right to make Backups and Restores is enough, and no further program is needed.

# What a Restore brings back: what is compared (objects.sh), and what that makes.
restored_kinds=$compared_kinds,replicasets.apps,pods

# velero_get KIND [OPTION…]: objects of Velero's own.
velero_get() {
	velero_kind=$1
	shift
	kubectl get "$velero_kind.velero.io" --namespace "$VELERO_NAMESPACE" "$@"
}

# last_backup: name of the last complete backup of the schedule, which must not be too old.
last_backup() {
	velero_get backups --selector "velero.io/schedule-name=$VELERO_SCHEDULE" --output 'jsonpath={range .items[?(@.status.phase=="Completed")]}{.status.completionTimestamp} {.metadata.name}{"\n"}{end}' >"$work/backups" ||
		fail "the backups of Velero cannot be read"
	read -r completed backup <<-END
		$(sort "$work/backups" | tail -n 1)
	END
	[ -n "$completed" ] ||
		fail "no backup of the Schedule $VELERO_SCHEDULE is complete yet:" \
			"kubectl --namespace $VELERO_NAMESPACE get backups.velero.io"
	age=$((($(date +%s) - $(date --date "$completed" +%s)) / 3600))
	[ "$age" -lt "$VELERO_MAX_AGE_HOURS" ] ||
		fail "the last complete backup of the Schedule $VELERO_SCHEDULE, $backup, is $age hours old;" \
			"it must be younger than $VELERO_MAX_AGE_HOURS"
	say "$backup"
}

# start_restore BACKUP: restores the labelled objects under another namespace, and says the name of the Restore. What
# the service's controller makes again itself is left out.
start_restore() {
	kubectl create --filename - --output 'jsonpath={.metadata.name}' <<-END
		apiVersion: velero.io/v1
		kind: Restore
		metadata:
		  generateName: $VELERO_SCHEDULE-
		  namespace: $VELERO_NAMESPACE
		  labels: {app.kubernetes.io/part-of: $VELERO_SCHEDULE}
		spec:
		  backupName: $1
		  includedNamespaces: [$DRILL_NAMESPACE]
		  namespaceMapping: {$DRILL_NAMESPACE: $RESTORED_NAMESPACE}
		  labelSelector: {matchLabels: {app.kubernetes.io/part-of: $DRILL_NAMESPACE}}
		  excludedResources: [endpoints, endpointslices.discovery.k8s.io]
		  existingResourcePolicy: none
	END
}

# await_restore NAME: until Velero has ended it, well or badly; the outcome is in $phase.
await_restore() {
	await_start=$(date +%s)
	while :; do
		phase=$(velero_get restores "$1" --output 'jsonpath={.status.phase}') || fail "the Restore $1 cannot be read"
		case $phase in
		Completed | PartiallyFailed | Failed | FailedValidation) break ;;
		esac
		[ $(($(date +%s) - await_start)) -lt "$VELERO_WAIT_SECONDS" ] ||
			fail "the Restore $1 did not end within $VELERO_WAIT_SECONDS s (phase ${phase:-none}):" \
				"kubectl --namespace $VELERO_NAMESPACE get pods; kubectl --namespace $VELERO_NAMESPACE logs deployment/velero"
		sleep 2
	done
}

# explain_restore NAME: what Velero says of a Restore that failed. Its list of errors lies in the bucket, and Velero
# signs an address of it; that is a credential for some minutes, so curl reads it from its standard input.
explain_restore() {
	velero_get restores "$1" --output 'jsonpath={range .status.validationErrors[*]}Velero: {@}{"\n"}{end}' >&2 || :
	reason=$(velero_get restores "$1" --output 'jsonpath={.status.failureReason}') || reason=
	[ -z "$reason" ] || say "Velero: $reason" >&2
	asked=$(kubectl create --filename - --output 'jsonpath={.metadata.name}' <<-END
		apiVersion: velero.io/v1
		kind: DownloadRequest
		metadata: {generateName: $VELERO_SCHEDULE-, namespace: $VELERO_NAMESPACE}
		spec: {target: {kind: RestoreResults, name: $1}}
	END
	) || return 0
	if kubectl wait "downloadrequests.velero.io/$asked" --namespace "$VELERO_NAMESPACE" --timeout 30s \
		--for 'jsonpath={.status.phase}=Processed' >/dev/null 2>&1; then
		velero_get downloadrequests "$asked" --output 'jsonpath={.status.downloadURL}' |
			sed 's/.*/url = "&"/' | curl --disable --config - --silent --show-error --fail --max-time 60 |
			gzip -dc >"$work/results" && say "Velero: $(cat "$work/results")" >&2
	fi
	kubectl delete "downloadrequests.velero.io/$asked" --namespace "$VELERO_NAMESPACE" --wait=false >/dev/null || :
}

# remove_restored [OPTION…]: whatever a Restore has brought to the namespace of the drill. Velero labels all of it.
remove_restored() {
	kubectl delete "$restored_kinds" --namespace "$RESTORED_NAMESPACE" --selector velero.io/restore-name \
		--ignore-not-found "$@" >/dev/null
}

# stop_restore: leaves nothing of this drill in the namespace, whatever became of it; in a subshell, because the
# settings are those of this one layer. The Restore itself stays until the next drill, to look into.
stop_restore() {
	(
		trap - EXIT
		configure velero
		remove_restored --wait=false || say "what was restored to $RESTORED_NAMESPACE stays until the next drill" >&2
	) || :
	rm "$work/restoring"
}

# clear_leftovers: what a drill that was killed has left behind. Its Restore has to end first, or it would go on to
# bring objects while the next one is compared.
clear_leftovers() {
	velero_get restores --selector "app.kubernetes.io/part-of=$VELERO_SCHEDULE" --output name >"$work/leftovers" ||
		fail "the Restores of Velero cannot be read"
	while read -r leftover; do
		await_restore "${leftover#*/}"
		kubectl delete "$leftover" --namespace "$VELERO_NAMESPACE" --timeout "${VELERO_WAIT_SECONDS}s" >/dev/null ||
			fail "$leftover of an earlier drill cannot be removed"
	done <"$work/leftovers"
	remove_restored --timeout "${VELERO_WAIT_SECONDS}s" ||
		fail "what an earlier drill restored to $RESTORED_NAMESPACE cannot be removed"
}

# in_sample NAMESPACE COMMAND…: a command in the sample's pod.
in_sample() {
	sample_namespace=$1
	shift
	limited kubectl exec --namespace "$sample_namespace" "deployment/$DRILL_NAMESPACE" --container files -- "$@"
}

# check_sums NAMESPACE: whether the files are those that were written first; their sums are in $work/sums-NAMESPACE.
check_sums() {
	in_sample "$1" cat /data/sums >"$work/sums-$1" ||
		fail "the files in $1 have no sums: the volume came back empty. Velero leaves out volumes of the kind hostPath;" \
			"is the one in $DRILL_NAMESPACE of another kind (annotation volumeType: local)?"
	in_sample "$1" sh -c 'cd /data && sha256sum -c sums' >"$work/checked" 2>&1 || {
		grep -v ': OK$' "$work/checked" >&2 || :
		fail "files in $1 are not what they were when they were written"
	}
}

# drill_velero: the last backup of a namespace of our own, restored next to it.
drill_velero() {
	clear_leftovers
	backup=$(last_backup)
	: >"$work/restoring"
	restore=$(start_restore "$backup") || fail "Velero's Restore cannot be made"
	await_restore "$restore"
	if [ "$phase" != Completed ]; then
		explain_restore "$restore"
		fail "the Restore $restore of the backup $backup ended as $phase"
	fi
	kubectl rollout status "deployment/$DRILL_NAMESPACE" --namespace "$RESTORED_NAMESPACE" \
		--timeout "${VELERO_WAIT_SECONDS}s" >"$work/rollout" 2>&1 ||
		fail "the restored pod does not get ready: $(tail -n 1 "$work/rollout")"
	objects "$DRILL_NAMESPACE" >"$work/original"
	objects "$RESTORED_NAMESPACE" >"$work/there"
	# Where an object names its own namespace, Velero writes the new one.
	sed "s/$RESTORED_NAMESPACE/$DRILL_NAMESPACE/g" "$work/there" >"$work/again"
	count=$(cut -f 1 "$work/original" | uniq | grep -c . || :)
	[ "$count" -gt 0 ] || fail "$DRILL_NAMESPACE holds nothing to compare: pulumi up --refresh makes its objects again"
	differences "$work/original" "$work/again" >"$work/differences"
	[ ! -s "$work/differences" ] || {
		cat "$work/differences" >&2
		fail "restored objects differ from those in $DRILL_NAMESPACE; if these were changed after the backup $backup," \
			"the next one brings it right"
	}
	check_sums "$DRILL_NAMESPACE"
	check_sums "$RESTORED_NAMESPACE"
	diff "$work/sums-$DRILL_NAMESPACE" "$work/sums-$RESTORED_NAMESPACE" >&2 ||
		fail "restored files are not those of $DRILL_NAMESPACE (< there, > restored)"
	say "$backup: $count objects and $(grep -c . "$work/sums-$RESTORED_NAMESPACE") files restored, all as they were"
}
