# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# Several control-plane nodes: which have joined, the Lease that one of them holds, what the others can read.

# What a failure leaves, for messages of what is asked before and after the work.
outcome="nothing was changed"
# joined: "name address…" of the control-plane nodes that are in the cluster, in $work/joined.
joined() {
  kc get nodes --selector node-role.kubernetes.io/control-plane -o 'go-template={{range .items}}{{.metadata.name}}{{
    range .status.addresses}}{{if eq .type "InternalIP"}} {{.address}}{{end}}{{end}}{{"\n"}}{{end}}' >"$work/joined" 2>"$work/node.err" ||
    fail "which control-plane nodes have joined is unknown: $(tail -n 1 "$work/node.err"); $outcome"
}
# others: "name address" of the other control-plane nodes that are in the cluster, as the settings have them, in
# $work/others. One that the settings do not know would write with keys, and need keys, that nobody looks at.
others() {
  joined
  cut -d' ' -f1 "$work/nodes" >"$work/names"
  while read -r name address; do
    grep -qFx "$name" "$work/names" ||
      fail "control-plane node $name (${address:-without an address}) is in the cluster and not in the settings. Add it to cluster.nodes, or take it out of the cluster (kubeadm reset there, then kubectl delete node); $outcome"
  done <"$work/joined"
  awk -v own="$node" 'NR == FNR { there[$1]; next } $1 in there && $1 != own' "$work/joined" "$work/nodes" >"$work/others"
}
# lease_text METADATA: the Lease, for twenty minutes from now.
lease_text() {
  printf '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"cluster-security-apply","namespace":"kube-system",%s"annotations":{"cluster-security/until":"%s"}},"spec":{"holderIdentity":"%s"}}' \
    "$1" "$(($(date +%s) + 1200))" "$node"
}
# take_lease: two API servers must not restart at the same time, so one node at a time is at work. The Lease of a node that
# has gone away ends by itself; a node's own is left of a run that was killed.
take_lease() {
  set -- kc --namespace kube-system
  lease=$("$@" get lease cluster-security-apply --ignore-not-found -o 'go-template={{.metadata.resourceVersion}} {{.spec.holderIdentity}} {{index .metadata.annotations "cluster-security/until"}}' 2>"$work/lease.err") ||
    fail "whether another node is at work is unknown: $(tail -n 1 "$work/lease.err"); nothing was changed"
  if [ -z "$lease" ]; then
    lease_text '' | "$@" create -f - >/dev/null 2>"$work/lease.err" ||
      fail "another node has begun to work, or the Lease kube-system/cluster-security-apply cannot be made: $(tail -n 1 "$work/lease.err"); nothing was changed"
  else
    version=${lease%% *} ends=${lease##* } holder=${lease#* } holder=${holder% *}
    if [ "$holder" != "$node" ] && [ "$ends" -gt "$(date +%s)" ]; then
      fail "a run is at work on $holder. If it has ended without a word: kubectl delete lease --namespace kube-system cluster-security-apply. It ends by itself at $(date -u -d "@$ends" +%H:%M:%SZ 2>/dev/null || echo "$ends"); nothing was changed"
    fi
    lease_text "\"resourceVersion\":\"$version\"," | "$@" replace -f - >/dev/null 2>"$work/lease.err" ||
      fail "another node has begun to work: $(tail -n 1 "$work/lease.err"); nothing was changed"
  fi
  leased=true
}
# each_other_has WHAT FILE…: fails unless every other API server has loaded one of the files.
each_other_has() {
  what=$1 && shift
  others
  while read -r name address; do
    theirs=$(loaded "$(url_of "$address" "$port")")
    if [ -s "$work/metrics.err" ]; then
      fail "$what: the API server of $name ($address) does not answer, so nobody knows what it reads; $outcome"
    fi
    for file in "$@"; do if [ "$theirs" = "$(hash_of "$file")" ]; then continue 2; fi; done
    fail "$what: the API server of $name ($address) has other keys. Apply with --prepare on every control-plane node first; $outcome"
  done <"$work/others"
}
