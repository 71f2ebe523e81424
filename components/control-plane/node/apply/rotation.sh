# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# Changes of encryption keys.

# check_keys: refuses every change of keys after which something could not be read. Leaves in $work: entries.old and
# entries.new, resources, enc.old, enc.first (in effect while everything else changes) and enc.last.
check_keys() {
  wildcard=$(cut -d' ' -f1 "$work/entries.old.own" | grep -F '*' | head -n 1) || :
  if [ -n "$wildcard" ]; then
    fail "$encryption_live encrypts $wildcard. This program encrypts Secrets alone, and cannot see all that a wildcard covers. Take it back by hand: give Secrets an entry of their own before it, put identity: {} first in its providers, restart the API server, store everything anew that it covers, and take the wildcard out; $outcome"
  fi
  cut -d' ' -f1 "$work/entries.old.own" "$work/entries.new.own" | sort -u >"$work/resources"
  with_plain "$work/entries.old.own" "$work/resources" >"$work/entries.old"
  with_plain "$work/entries.new.own" "$work/resources" >"$work/entries.new"
  cp "$work/enc.new" "$work/enc.first"
  cp "$work/enc.new" "$work/enc.last"
  if [ -e "$work/enc.old" ] && same "$work/enc.old" "$work/enc.new"; then return 0; fi

  while read -r name provider key secret; do
    other=$(awk -v n="$name" -v p="$provider" -v k="$key" '$1 == n && $2 == p && $3 == k { print $4; exit }' "$work/entries.old")
    if [ -n "$other" ] && [ "$other" != "$secret" ]; then
      fail "encryption key $provider:$key: the settings hold another value than $encryption_live has. What is stored with the key could not be read any more. Give the new value a new name; $outcome"
    fi
  done <"$work/entries.new"

  ids <"$work/entries.new" >"$work/ids.new"
  ids <"$work/entries.old" >"$work/ids.old"
  moves=false retires=false
  while read -r name; do
    writes=$(first "$work/entries.old" "$name" | ids | cut -f2)
    next=$(first "$work/entries.new" "$name" | ids | cut -f2)
    stored "$name" >"$work/stored" || fail "what is stored how is unknown; $outcome"
    cut -f2 "$work/stored" | sort | uniq -c | while read -r count how; do
      if ! grep -qFx "$name$tab$how" "$work/ids.new"; then
        if [ "$name" != secrets ]; then
          fail "$count $name are stored as $(called "$how"). This program encrypts Secrets alone. Take that back by hand: put identity: {} first in the providers of $name in $encryption_live, restart the API server, store $name anew (kubectl get $name --all-namespaces -o json | kubectl replace -f -), and take $name out of the file; $outcome"
        fi
        remedy="They are rewritten as soon as another key writes; drop it after that"
        if [ "$how" != "$writes" ]; then remedy="cluster-security-apply --rewrite on this node rewrites them; drop it after that"; fi
        fail "$count $name are still stored as $(called "$how"), which the settings drop$(if [ "$how" = plain ]; then echo ' (identityFallback)'; fi). $remedy; $outcome"
      fi
    done
    if [ "$name" != secrets ] && ! grep -qFx "$name$tab$writes" "$work/ids.new"; then
      fail "$encryption_live encrypts $name, and this program Secrets alone. Take $name out of the file and restart the API server; $outcome"
    fi
    if ! grep -qFx "$name$tab$writes" "$work/ids.new"; then
      fail "$name are still being stored as $(called "$writes"), which the settings drop$(if [ "$writes" = plain ]; then echo ' (identityFallback)'; fi). Put another key first in one change, drop it in the next; $outcome"
    fi
    if [ "$next" != "$writes" ]; then moves=true && moved="$name will be stored as $(called "$next")"; fi
  done <"$work/resources"
  sort -u "$work/ids.new" >"$work/ids.sorted"
  if sort -u "$work/ids.old" | comm -23 - "$work/ids.sorted" | grep -q .; then retires=true; fi

  known="$work/enc.new"
  if [ -e "$work/enc.old" ]; then known="$known $work/enc.old"; fi
  if [ "$moves" = true ]; then
    # Old entries first, so that the same one writes; then what is new.
    awk '!seen[$0]++' "$work/entries.old" "$work/entries.new" >"$work/entries.both"
    configuration "$work/entries.both" >"$work/enc.both"
    reads=true
    while read -r name; do
      # By way of a file: arguments are for everybody to see.
      first "$work/entries.new" "$name" >"$work/entry"
      if ! grep -qFx -f "$work/entry" "$work/entries.old"; then reads=false; fi
    done <"$work/resources"
    if [ "$reads" = true ] && [ -e "$work/enc.old" ]; then
      cp "$work/enc.old" "$work/enc.first"
    else
      if grep -q ' kmsv[12] ' "$work/entries.both"; then fail "keys of a KMS plugin are not rotated by this program; $outcome"; fi
      cp "$work/enc.both" "$work/enc.first"
      known="$work/enc.new $work/enc.both"
    fi
    if [ "$prepare" = true ]; then
      cp "$work/enc.first" "$work/enc.last"
    else
      # shellcheck disable=SC2086 # a list of files without blanks in their names
      each_other_has "$moved, too early" $known
    fi
  elif [ "$retires" = true ]; then
    # shellcheck disable=SC2086
    each_other_has "a key is dropped" $known
  fi
}
