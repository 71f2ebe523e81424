# shellcheck shell=sh disable=SC2154 # job.sh sets work
# Objects of two namespaces, compared value by value.

# Whatever of a namespace is compared. Deployments go first when they are removed, or they would make their pods anew.
compared_kinds=deployments.apps,statefulsets.apps,cronjobs.batch,services,configmaps,secrets,serviceaccounts
compared_kinds=$compared_kinds,roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io
compared_kinds=$compared_kinds,networkpolicies.networking.k8s.io,ingresses.networking.k8s.io
compared_kinds=$compared_kinds,poddisruptionbudgets.policy,horizontalpodautoscalers.autoscaling,persistentvolumeclaims

# leaves: the values of the objects in a List as kubectl prints it, one a line: object, path, value, parted by tabs.
leaves() {
	awk '
		function add(value) {
			where = ""
			for (level = 3; level <= depth; level++) where = where path[level]
			kept[++count] = where "\t" value
			if (where == ".kind") kind = unquoted(value)
			if (where == ".metadata.name") name = unquoted(value)
		}
		function unquoted(text) { return substr(text, 2, length(text) - 2) }
		{
			# Each level is four blanks deeper, and no value is longer than its line.
			match($0, /^ */)
			depth = RLENGTH / 4
			text = substr($0, RLENGTH + 1)
			sub(/,$/, "", text)
			if (depth < 2) next
			if (depth == 2) {
				if (text == "}") for (leaf = 1; leaf <= count; leaf++) print kind "/" name "\t" kept[leaf]
				count = 0
				next
			}
			if (text ~ /^[]}]$/) next
			if (match(text, /^"([^"\\]|\\.)*": /)) {
				path[depth] = "." unquoted(substr(text, 1, RLENGTH - 2))
				text = substr(text, RLENGTH + 1)
			} else {
				path[depth] = "[" items[depth]++ "]"
			}
			items[depth + 1] = 0
			if (text != "{" && text != "[") add(text)
		}
	'
}

# lasting: of such lines, those whose values belong to the object and not to its place in a cluster.
lasting() {
	awk -F '\t' '
		{ kind = substr($1, 1, index($1, "/") - 1) }
		$2 ~ /^\.status(\.|\[|$)/ { next }
		$2 ~ /^\.metadata\.(uid|resourceVersion|creationTimestamp|generation|namespace)$/ { next }
		$2 ~ /^\.metadata\.(managedFields|ownerReferences)\[/ { next }
		$2 ~ /^\.metadata\.labels\.velero\.io\// { next }
		kind == "Deployment" && $2 == ".metadata.annotations.deployment.kubernetes.io/revision" { next }
		kind == "Service" && $2 ~ /^\.spec\.clusterIPs?(\[|$)/ { next }
		kind == "PersistentVolumeClaim" && $2 == ".spec.volumeName" { next }
		kind == "PersistentVolumeClaim" && $2 ~ /^\.metadata\.annotations\.(pv|volume|volume\.beta)\.kubernetes\.io\// { next }
		{ print }
	'
}

# objects NAMESPACE: the sample's objects there, as lines.
objects() {
	kubectl get "$compared_kinds" --namespace "$1" --selector "app.kubernetes.io/part-of=$DRILL_NAMESPACE" \
		--output json >"$work/list" || fail "the objects of $1 cannot be read"
	leaves <"$work/list" | lasting | sort
}

# differences ORIGINAL RESTORED: what is missing, what differs and what nobody backed up, one a line.
differences() {
	awk -F '\t' -v home="$DRILL_NAMESPACE" '
		FNR == NR { original[$1, $2] = $3; had[$1]; next }
		{ restored[$1, $2] = $3; has[$1]; if (!(($1, $2) in original)) fresh[$1, $2] = $3 }
		END {
			for (name in had) if (!(name in has)) print name " is missing"
			for (name in has) if (!(name in had)) print name " is there, and is not in " home
			for (key in original) {
				split(key, part, SUBSEP)
				if (!(part[1] in has)) continue
				if (!(key in restored)) print part[1] ": " part[2] " was " original[key] " and is gone"
				else if (restored[key] != original[key])
					print part[1] ": " part[2] " was " original[key] " and is " restored[key]
			}
			for (key in fresh) {
				split(key, part, SUBSEP)
				if (part[1] in had) print part[1] ": " part[2] " was not set and is " fresh[key]
			}
		}
	' "$1" "$2" | sort
}
