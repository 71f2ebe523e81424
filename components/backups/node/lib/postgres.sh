# shellcheck shell=sh
# PostgreSQL: where the server is, and what a dump holds.

# source_run COMMAND…: runs a PostgreSQL command where the server is, in its pod or over a connection (PGHOST …).
# In the pod the server trusts the account it runs as, so no password is needed, and the tools are of its own version.
source_run() {
	if [ -n "${POSTGRES_POD_SELECTOR-}" ]; then
		pod=$(kubectl get pods --namespace "$POSTGRES_NAMESPACE" --selector "$POSTGRES_POD_SELECTOR" \
			--output 'jsonpath={.items[0].metadata.name}') || return 1
		limited kubectl exec --namespace "$POSTGRES_NAMESPACE" "$pod" --container "$POSTGRES_CONTAINER" -- "$@"
	else
		limited "$@"
	fi
}

# records DUMP: what a dump of pg_dumpall holds, one a line: rows and SHA-256 of each table in each database, values of
# sequences, large objects, roles. Tables keep the order of their rows when they are loaded, so the sums do not change.
# Fails where it finds nothing: two dumps without a record would be alike.
records() {
	# shellcheck disable=SC2016
	grep --text --byte-offset --extended-regexp --line-number \
		-e '^\\connect ' -e '^COPY .* FROM stdin;$' -e '^\\\.$' -e '^CREATE ROLE ' \
		-e '^SELECT pg_catalog\.(setval|lo_open)\(' "$1" |
		awk '{
			# "line:offset:text"; what only looks like a statement is a row of the table that is open.
			first = index($0, ":"); line = substr($0, 1, first - 1)
			rest = substr($0, first + 1); second = index(rest, ":")
			offset = substr(rest, 1, second - 1); text = substr(rest, second + 1)
			if (table != "") {
				if (text == "\\.") {
					printf "table\t%.0f\t%.0f\t%d\t%s\n", start, offset - start, line - startLine - 1, table
					table = ""
				}
			} else if (text ~ /^\\connect /) {
				database = substr(text, 10)
			} else if (text ~ /^COPY /) {
				table = database " " substr(text, 6, length(text) - 17)
				start = offset + length(text) + 1; startLine = line
			} else if (text ~ /^(CREATE|SELECT)/) {
				printf "other\t%s %s\n", database, text
			}
		}' | while IFS='	' read -r kind start length rows table; do
		if [ "$kind" = table ]; then
			sum=$(tail --bytes "+$((start + 1))" "$1" | head --bytes "$length" | sha256sum | cut -d ' ' -f 1)
			printf '%s: %s rows, sha256 %s\n' "$table" "$rows" "$sum"
		else
			printf '%s\n' "$start"
		fi
	done | sort | grep .
}

# dumped_version DUMP: major version of the server a dump comes from.
dumped_version() { sed -n '/^-- Dumped from database version /{s///;s/[^0-9].*//p;q;}' "$1"; }
