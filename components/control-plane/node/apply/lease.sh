# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# One run at a time: on this node by a lock, of all nodes by the Lease kube-system/cluster-security-apply, since two API
# servers must not restart at the same time.

# holder: what the lock says of its holder. The kernel frees a lock with the last process that has it open, which may be a
# command that a killed run has left; the number of the run may be another process's by then.
holder() {
  pid='' start=''
  read -r pid start <"$state/lock" || :
  if [ -n "$pid" ] && [ "$(began "$pid")" = "$start" ]; then
    echo "process $pid"
  else
    echo "a process of a run that has ended (fuser $state/lock)"
  fi
}

lease="cluster-security-apply"
# lease_text METADATA: the Lease, for twenty minutes from now.
lease_text() {
  printf '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"%s","namespace":"kube-system",%s"annotations":{"cluster-security/until":"%s"}},"spec":{"holderIdentity":"%s"}}' \
    "$lease" "$1" "$(($(date +%s) + 1200))" "$node"
}
# read_lease: $uid, $version, $ends and $holder of the Lease; all empty where there is none. What kubectl says is on standard
# error.
read_lease() {
  found=$(kc get lease --namespace kube-system "$lease" --ignore-not-found -o 'go-template={{.metadata.uid}} {{.metadata.resourceVersion}} {{with .spec.holderIdentity}}{{.}}{{end}}/{{range $key, $value := .metadata.annotations}}{{if eq $key "cluster-security/until"}}{{$value}}{{end}}{{end}}') || return 1
  # A holder is the name of a node, without a slash.
  uid=${found%% *} version=${found#* } ends=${found##*/}
  holder=${version#* } version=${version%% *}
  holder=${holder%%/*}
  # One that says no time, or one that no run writes, has ended.
  case "$ends" in '' | *[!0-9]* | ???????????*) ends=0 ;; esac
}
# write_lease: for twenty minutes more, unless somebody has changed it since it was read. With the UID one that was deleted
# is not made anew, which the API server does for a Lease otherwise.
write_lease() { lease_text "\"uid\":\"$uid\",\"resourceVersion\":\"$version\"," | kc replace -f - --validate=false >/dev/null; }

# try_lease: takes the Lease, or says in $untaken why not; fails where another run is at work. That of a node that has gone
# away ends by itself; a node's own is left of a run that was killed.
try_lease() {
  # From here on it may be this run's, also where a signal comes before the answer.
  taking=true
  # Most often there is none.
  if ! made=$(lease_text '' | kc create -f - --validate=false -o 'jsonpath={.metadata.resourceVersion}' 2>"$work/lease.err"); then
    if ! read_lease 2>"$work/lease.unread"; then
      untaken="whether another node is at work is unknown: $(tail -n 1 "$work/lease.unread")"
      return 1
    fi
    if [ -z "$version" ]; then
      untaken="another node has begun to work, or the Lease kube-system/$lease cannot be made: $(tail -n 1 "$work/lease.err")"
      return 1
    fi
    if [ "$holder" != "$node" ] && [ "$ends" -gt "$(date +%s)" ]; then
      fail "a run is at work on $holder. If it has ended without a word: kubectl delete lease --namespace kube-system $lease. It ends by itself at $(date -u -d "@$ends" +%H:%M:%SZ 2>/dev/null || echo "$ends"); $outcome"
    fi
    if ! write_lease 2>"$work/lease.err"; then
      untaken="another node has begun to work: $(tail -n 1 "$work/lease.err")"
      return 1
    fi
  fi
  # It is no child of this shell, or \`wait\` would wait for it. Without the lock, which ends with the run, and without
  # the output, which a caller reads to its end.
  renewer=$( (renew_lease) </dev/null >/dev/null 2>&1 9>&- & echo "$!")
}
take_lease() { try_lease || fail "$untaken; $outcome"; }
# await_lease: takes it after a run that was cut short, whose API server may only be on its way up. False where it does not
# answer in a third of the time that a component gets.
await_lease() {
  deadline=$(($(date +%s) + wait / 3))
  until { [ -n "$node" ] || node=$(own_name 2>/dev/null); } && try_lease; do
    if [ "$(date +%s)" -ge "$deadline" ]; then return 1; fi
    sleep 1
  done
}
# renew_lease: once a minute, for as long as this run lasts and the Lease is its own. The API server restarts meanwhile, so
# that it does not answer is no reason to end.
renew_lease() {
  run=$(began "$$")
  trap 'kill "$pause"; exit' TERM
  while :; do
    sleep 60 &
    pause=$!
    wait "$pause"
    [ "$(began "$$")" = "$run" ] || return 0
    if read_lease; then
      [ "$holder" = "$node" ] || return 0
      write_lease || :
    fi
  done
}
# delete_lease VERSION: unless it is another one by now.
delete_lease() {
  printf '{"preconditions":{"resourceVersion":"%s"}}' "$1" >"$work/lease.json"
  kc delete --raw "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/$lease" -f "$work/lease.json"
}
# give_lease_back: deletes it unless it is another node's by now, which began when this run's had ended.
give_lease_back() {
  if [ "${taking:-}" != true ]; then return 0; fi
  # It has ended where the Lease is another's by now.
  if [ -n "${renewer:-}" ]; then kill "$renewer" 2>/dev/null || :; fi
  # As it was made, where it was not renewed.
  if [ -n "${made:-}" ] && delete_lease "$made"; then return 0; fi
  # A last renewal may come in between.
  for _ in 1 2 3; do
    read_lease || return 0
    [ "$holder" = "$node" ] || return 0
    if delete_lease "$version"; then return 0; fi
  done
}
