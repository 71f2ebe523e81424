# shellcheck shell=sh disable=SC2154 # job.sh sets work
# The bucket through the S3 API, by curl alone: it signs requests since 7.75, and every node has it.

# s3_get QUERY FILE: one signed GET of the bucket. QUERY has its parameters sorted and percent-encoded, as they are
# signed. The credentials reach curl on its standard input.
s3_get() {
	{
		sed -n 's/^aws_access_key_id *= *\(.*\)/user = "\1:/p' "$AWS_SHARED_CREDENTIALS_FILE" | tr -d '\n'
		sed -n 's/^aws_secret_access_key *= *\(.*\)/\1"/p' "$AWS_SHARED_CREDENTIALS_FILE"
	} | curl --disable --config - --silent --show-error --max-time 60 --retry 3 --retry-connrefused \
		--aws-sigv4 "aws:amz:$AWS_DEFAULT_REGION:s3" \
		--header "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" \
		--dump-header "$2.headers" --output "$2" --write-out '%{http_code}' \
		"$S3_ENDPOINT/$S3_BUCKET?$1" >"$2.status" ||
		fail "the S3 server at $S3_ENDPOINT does not answer"
	check_clock "$2.headers"
	[ "$(cat "$2.status")" = 200 ] ||
		fail "the S3 server refuses to list $S3_BUCKET with the key in $AWS_SHARED_CREDENTIALS_FILE:" \
			"$(cat "$2.status") $(xml <"$2" | awk -F '\t' '$1 == "Code" || $1 == "Message" { printf "%s ", $2 }')"
}

# A clock that is wrong by minutes makes the server refuse every signature, and hides how old the last backup is.
check_clock() {
	server=$(sed -n 's/\r$//; s/^[Dd]ate: //p' "$1" | tail -n 1)
	[ -n "$server" ] && server=$(date --date "$server" +%s) || return 0
	off=$(($(date +%s) - server))
	[ "${off#-}" -le 300 ] ||
		fail "this node's clock is $off s off the S3 server's: see timedatectl"
}

# Elements of an XML document, one a line: name, tab, text.
xml() {
	awk 'BEGIN { RS = "<" } {
		end = index($0, ">")
		if (end > 1) printf "%s\t%s\n", substr($0, 1, end - 1), substr($0, end + 1)
	}'
}

# list_bucket FILE: every object as "size<tab>time<tab>key"; the number of requests it took is in $list_requests.
list_bucket() {
	: >"$1"
	list_requests=0
	token=
	while :; do
		s3_get "${token:+continuation-token=$token&}list-type=2" "$work/page"
		list_requests=$((list_requests + 1))
		xml <"$work/page" >"$work/elements"
		awk -F '\t' '
			$1 == "Key" { key = $2 }
			$1 == "Size" { size = $2 }
			$1 == "LastModified" { time = $2 }
			$1 == "/Contents" { printf "%s\t%s\t%s\n", size, time, key }
		' "$work/elements" >>"$1"
		token=$(awk -F '\t' '
			BEGIN { for (code = 1; code < 256; code++) hex[sprintf("%c", code)] = sprintf("%%%02X", code) }
			$1 == "NextContinuationToken" {
				gsub(/&lt;/, "<", $2); gsub(/&gt;/, ">", $2); gsub(/&quot;/, "\"", $2); gsub(/&amp;/, "\\&", $2)
				for (i = 1; i <= length($2); i++) {
					character = substr($2, i, 1)
					printf "%s", character ~ /[A-Za-z0-9._~-]/ ? character : hex[character]
				}
			}
		' "$work/elements")
		[ -n "$token" ] || break
	done
}
