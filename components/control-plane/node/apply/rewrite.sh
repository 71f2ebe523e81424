# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# Stores anew what is not stored with the key that writes.

# pending RESOURCE HOW FILE: lists in FILE, sorted, what is stored otherwise.
pending() {
  stored "$1" >"$work/stored" || fail "what is stored how is unknown; $outcome"
  awk -F'\t' -v how="$2" '$2 != how { print $1 }' "$work/stored" | sort >"$3"
}

# rewrite RESOURCE HOW: stores everything anew that is not stored with the key. What says whether it is, is etcd; a
# conflict or a deletion in between is no error: the next round sees.
rewrite() {
  resource=$1 how=$2 round=0
  pending "$resource" "$how" "$work/first"
  cp "$work/first" "$work/left"
  : >"$work/again"
  while [ -s "$work/left" ] && [ "$round" -lt 20 ]; do
    round=$((round + 1)) busy=0
    : >"$work/replace.err"
    # Namespace and names of up to ten objects a line: after ten requests kubectl makes five a second. A dash stands for no
    # namespace.
    awk -F/ '
      { namespace = NF > 1 ? $1 : "-" }
      count[namespace]++ % 10 == 0 && count[namespace] > 1 { print namespace names[namespace]; names[namespace] = "" }
      { names[namespace] = names[namespace] " " $NF }
      END { for (namespace in names) print namespace names[namespace] }' "$work/left" >"$work/batches"
    while read -r namespace names; do
      if [ "$namespace" = - ]; then set --; else set -- --namespace "$namespace"; fi
      # The version that was read comes along, so that nothing newer is overwritten and nothing deleted comes back.
      # shellcheck disable=SC2086 # names of objects hold no blanks
      { kc get "$resource" "$@" $names --ignore-not-found -o json </dev/null 2>>"$work/replace.err" |
        kc replace -f - --validate=false >/dev/null 2>>"$work/replace.err" || :; } &
      busy=$((busy + 1))
      if [ "$busy" -eq 4 ]; then wait && busy=0; fi
    done <"$work/batches"
    wait
    pending "$resource" "$how" "$work/left"
    comm -12 "$work/first" "$work/left" >>"$work/again"
  done
  cut -f1 "$work/stored" | sort >"$work/there"
  total=$(wc -l <"$work/first")
  gone=$(comm -23 "$work/first" "$work/there" | wc -l)
  left=$(comm -12 "$work/first" "$work/left" | wc -l)
  again=$(sort -u "$work/again" | wc -l)
  report="rewritten $((total - gone - left)) of $((total)) $resource"
  if [ "$again" -gt 0 ]; then report="$report, $((again)) not at the first attempt"; fi
  if [ "$gone" -gt 0 ]; then report="$report, $((gone)) gone meanwhile"; fi
  say "   $report"
  if [ -s "$work/left" ]; then
    fail "$(wc -l <"$work/left") $resource could not be rewritten, such as $(head -n 1 "$work/left"): $(tail -n 1 "$work/replace.err"). Nothing is lost: what is not rewritten is read with its old key. Mend that and run again"
  fi
}

# rewrite_all ENTRIES: every resource that has a key.
rewrite_all() {
  cut -d' ' -f1 "$1" | sort -u >"$work/resources.rewrite"
  while read -r resource; do
    how=$(first "$1" "$resource" | ids | cut -f2)
    pending "$resource" "$how" "$work/left"
    if [ ! -s "$work/left" ]; then continue; fi
    step "rewriting $(($(wc -l <"$work/left"))) $resource that are not stored as $(called "$how")"
    rewrite "$resource" "$how"
    did "$report"
  done <"$work/resources.rewrite"
}

# rewrite_alone: with the keys that the API servers have, without a bundle.
rewrite_alone() {
  [ -n "$encryption_live" ] || fail "the API server has no encryption configuration"
  joined
  cut -d' ' -f1,2 "$work/joined" >"$work/nodes"
  [ "$(loaded)" = "$(hash_of "$encryption_live")" ] || fail "the API server has not loaded $encryption_live yet; try again in a minute"
  each_other_has "a rewrite" "$encryption_live"
  entries "$encryption_live" >"$work/entries.new"
  rewrite_all "$work/entries.new"
}
# rewrite_unless_early: everything anew that another key, or none, has stored; not while another API server would go on
# storing it so. The last node that has these keys does it.
rewrite_unless_early() {
  outcome="everything is applied, but what other keys have stored is not rewritten. Run again, or cluster-security-apply --rewrite"
  others
  everywhere=true silent=
  while read -r name address; do
    theirs=$(loaded "$(url_of "$address" "$port")")
    if [ -s "$work/metrics.err" ]; then silent="$name ($address)"; fi
    [ "$theirs" = "$(hash_of "$work/enc.new")" ] || everywhere=false
  done <"$work/others"
  last=$(awk 'NR == FNR { there[$1]; next } $1 in there { name = $1 } END { print name }' "$work/joined" "$work/nodes")
  if [ "$everywhere" = true ]; then
    rewrite_all "$work/entries.new"
  elif [ -n "$silent" ] && [ "$node" = "$last" ]; then
    # No other node comes after this one, so nothing would ever come back to it.
    fail "the API server of $silent does not answer, so nobody knows what it writes with; $outcome"
  else
    say "   Secrets are rewritten when every control-plane node has these keys"
  fi
}
