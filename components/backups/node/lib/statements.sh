# shellcheck shell=sh
# What a dump may hold.

# statements DUMP: prints a dump of pg_dumpall without \restrict and \unrestrict, which psql does not know in every minor
# version (https://www.postgresql.org/about/news/3118/). Fails at the first line that pg_dumpall does not write, such as
# another command of psql, or COPY with a program or a file: then somebody else has written to the dump. Functions that a
# dump defines can do as much, so what is loaded has to be in a sandbox in any case.
statements() {
	# The apostrophe of SQL, as the program is in apostrophes itself.
	awk -v quote="'" '
	function refuse(what) {
		print "line " NR " of the dump " what | "cat >&2"
		failed = 1
		exit 1
	}
	# Strings in a statement are empty by now, and quoted names are "x".
	function expected(text) {
		if (text ~ /^COPY [^( ]+( \([^()]*\))? FROM stdin$/) copying = 1
		else if (text ~ /^SELECT /) return text ~ selects
		return copying || text ~ /^(SET|CREATE|ALTER|COMMENT ON|GRANT|REVOKE|SECURITY LABEL|REFRESH MATERIALIZED VIEW) / \
			&& text !~ /^ALTER SYSTEM / || text ~ /^(BEGIN|COMMIT)$/
	}
	function ended(rest) {
		gsub(/[ \t]+/, " ", statement); gsub(/^ | $/, "", statement)
		if (statement ~ /^SET standard_conforming_strings = /) plain = statement ~ /= on$/ ? "string" : "escaped"
		# psql goes by what the server says, in whatever way it was told.
		else if (tolower(statement) ~ /^set .*standard_conforming_strings/) refuse("sets how strings are read in another way: " substr(statement, 1, 100))
		if (!expected(statement)) refuse("is no statement of pg_dumpall: " substr(statement, 1, 100))
		if (copying && rest != "") refuse("has something after COPY")
		statement = ""
	}
	# Where the text ends that is open: a string, a name, a comment. Returns what follows, or nothing where it goes on.
	function closed(rest) {
		if (open == "comment") {
			if (!match(rest, /\/\*|\*\//)) return ""
			nested += substr(rest, RSTART, 1) == "/" ? 1 : -1
			if (nested == 0) open = ""
			return substr(rest, RSTART + 2)
		}
		if (open == "escaped" && match(rest, escaped) && substr(rest, RSTART, 1) == "\\") return substr(rest, RSTART + 2)
		mark = open ~ /^(escaped|string)$/ ? quote : open
		if (!(at = index(rest, mark))) return ""
		rest = substr(rest, at + length(mark))
		# Twice is one of its own.
		if (length(mark) == 1 && substr(rest, 1, 1) == mark) return substr(rest, 2)
		open = ""
		return rest
	}
	function word(text) {
		# The body of a function may be statements, as psql sees it too.
		if (!parens && statement ~ /^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE) /) {
			if (text == "BEGIN" || bodies && text == "CASE") bodies++
			else if (bodies && text == "END") bodies--
		}
		return text
	}
	function take(rest) {
		while (rest != "") {
			if (open != "") { rest = closed(rest); continue }
			if (!match(rest, special)) { statement = statement rest; break }
			token = substr(rest, RSTART, RLENGTH)
			statement = statement substr(rest, 1, RSTART - 1)
			rest = substr(rest, RSTART + RLENGTH)
			if (statement == " ") statement = ""
			if (token == "--") break
			else if (token == "/*") { open = "comment"; nested = 1 }
			else if (token == "\\") refuse("has a command of psql: \\" substr(rest, 1, 100))
			else if (token == quote) { open = plain; statement = statement quote quote }
			else if (tolower(token) == "e" quote) { open = "escaped"; statement = statement quote quote }
			else if (token == "\"") { open = token; statement = statement "\"x\"" }
			else if (token ~ /^:/) {
				# Two colons are a cast.
				if (statement !~ /:$/) refuse("has a variable of psql: " token substr(rest, 1, 100))
				statement = statement ":"
				rest = substr(token, 2) rest
			}
			else if (token ~ /^\$/) { open = token; statement = statement quote quote }
			else if (token == ";" && !parens && !bodies) ended(rest)
			else {
				parens += (token == "(") - (token == ")")
				statement = statement word(token)
			}
		}
		if (statement != "") statement = statement " "
	}
	BEGIN {
		plain = "string"
		escaped = "\\\\.|" quote
		special = "[\"\\\\;()" quote "]|--|/[*]|[$]([A-Za-z_\200-\377][A-Za-z0-9_\200-\377]*)?[$]|[Ee]" quote "|:[" quote "\"{?]*[A-Z]|[A-Za-z_\200-\377][A-Za-z0-9_$\200-\377]*"
		none = quote quote
		selects = "^SELECT pg_catalog[.](set_config[(]" none ", " none ", (true|false)[)]" \
			"|setval[(]" none ", -?[0-9]+, (true|false)[)]" \
			"|lo_(create|open|close|unlink)[(](" none "|[0-9]+)(, [0-9]+)?[)]|lowrite[(][0-9]+, " none "[)])$" \
			"|^SELECT [*] FROM pg_catalog[.]pg_restore_[a-z]+_stats[(][^()]*[)]$"
		name = quote "([^" quote "\"\\\\]|\"\"|\\\\[^\"])*" quote
		connect = "^\\\\connect ([A-Za-z0-9_.]+|-reuse-previous=on \"dbname=" name "\")$"
	}
	copying { print; copying = $0 !~ /^\\[.]\r?$/; next }
	open == "" && statement == "" && /^\\(un)?restrict [A-Za-z0-9]+$/ { next }
	open == "" && statement == "" && ($0 ~ connect || $0 == "\\encoding SQL_ASCII") { print; next }
	{ print; take($0) }
	END {
		if (!failed && (copying || open != "" || statement != "")) refuse("is the last, in the middle of a statement")
		exit failed
	}' "$1"
}
