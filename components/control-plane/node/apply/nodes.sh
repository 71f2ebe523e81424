# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# Several control-plane nodes: which have joined, what the others can read.

# joined: "name address…" of the control-plane nodes that are in the cluster, in $work/joined.
joined() {
  kc get nodes --selector node-role.kubernetes.io/control-plane -o 'go-template={{range .items}}{{.metadata.name}}{{
    range .status.addresses}}{{if eq .type "InternalIP"}} {{.address}}{{end}}{{end}}{{"\n"}}{{end}}' >"$work/joined" 2>"$work/node.err" ||
    fail "which control-plane nodes have joined is unknown: $(tail -n 1 "$work/node.err"); $outcome"
}
# own_name: the name of this node, by the address of its API server.
own_name() {
  joined
  awk -v own="$advertised" '{ for (i = 2; i <= NF; i++) if ($i == own) print $1 }' "$work/joined" | grep . ||
    fail "no control-plane node has the address $advertised of this node's API server; give --node with the name of this node; $outcome"
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
