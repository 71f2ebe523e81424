# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# etcd by its own client: a snapshot, and what is stored with which key.

# etcd_do …: etcdctl, where it is, with credentials it can read there.
etcd_do() {
  case $etcd_by in
    path)
      etcdctl --endpoints "$(flag "$manifests/kube-apiserver.yaml" etcd-servers https://127.0.0.1:2379)" \
        --cacert "$(flag "$manifests/kube-apiserver.yaml" etcd-cafile "$kubernetes/pki/etcd/ca.crt")" \
        --cert "$(flag "$manifests/kube-apiserver.yaml" etcd-certfile "$kubernetes/pki/apiserver-etcd-client.crt")" \
        --key "$(flag "$manifests/kube-apiserver.yaml" etcd-keyfile "$kubernetes/pki/apiserver-etcd-client.key")" "$@"
      ;;
    *)
      certificates=$(flag "$manifests/etcd.yaml" cert-file "$kubernetes/pki/etcd/server.crt")
      certificates=${certificates%/*}
      set -- etcdctl --endpoints https://127.0.0.1:2379 --cacert "$certificates/ca.crt" \
        --cert "$certificates/server.crt" --key "$certificates/server.key" "$@"
      if [ "$etcd_by" = crictl ]; then
        crictl exec "$(crictl ps --quiet --state Running --name '^etcd$' | head -n 1)" "$@"
      else
        exec_in_etcd "$@"
      fi
      ;;
  esac
}
# The kubelet takes its time to show a pod again that it has started anew: until then there is no such pod.
exec_in_etcd() {
  etcd_tries=0
  until kc exec --namespace kube-system "etcd-$node" -- "$@" 2>"$work/exec.err"; do
    if [ "$etcd_tries" -ge "$wait" ] || ! grep -q "pods \"etcd-$node\" not found" "$work/exec.err"; then
      cat "$work/exec.err" >&2
      return 1
    fi
    etcd_tries=$((etcd_tries + 1))
    sleep 1
  done
}
find_etcd() {
  if command -v etcdctl >/dev/null; then
    etcd_by=path
  elif [ ! -e "$manifests/etcd.yaml" ]; then
    fail "etcd does not run on this node, so etcdctl is needed on PATH; $outcome"
  elif command -v crictl >/dev/null; then
    etcd_by=crictl
  else
    etcd_by=kubectl
  fi
}
# etcd_snapshot FILE
etcd_snapshot() {
  if [ "$etcd_by" = path ]; then
    etcd_do snapshot save "$1" >/dev/null 2>"$work/etcd.err" || return 1
  else
    # The one folder that the container shares with the node.
    data=$(flag "$manifests/etcd.yaml" data-dir /var/lib/etcd)
    if ! etcd_do snapshot save "$data/cluster-security.snapshot" >/dev/null 2>"$work/etcd.err" || ! mv "$data/cluster-security.snapshot" "$1"; then
      # Where etcd's own data has to have room.
      rm -f "$data/cluster-security.snapshot" "$data/cluster-security.snapshot.part"
      return 1
    fi
  fi
}
# stored RESOURCE: "namespace/name<tab>how" of each object in etcd, where how is "plain" or the prefix that names provider
# and key.
stored() {
  case $1 in
    *.*) folders="/registry/${1#*.}/${1%%.*} /registry/${1%%.*}" ;;
    services | endpoints) folders=/registry/services/$1 ;;
    nodes) folders=/registry/minions ;;
    replicationcontrollers) folders=/registry/controllers ;;
    *) folders=/registry/$1 ;;
  esac
  for folder in $folders; do
    # The values are bytes of any kind and long; their beginning says all that is asked here.
    etcd_do get "$folder/" --prefix -w fields 2>"$work/etcd.err" | cut -c1-600 | awk -v skip="$((${#folder} + 11))" '
      /^"Key" : / { key = substr($0, skip); sub(/"$/, "", key) }
      /^"Value" : / {
        how = "plain"
        if (match($0, /^"Value" : "k8s:enc:[a-z]+:v[0-9]+:[^:]+:/)) how = substr($0, 12, RLENGTH - 11)
        print key "\t" how
        found++
      }
      /^"Count" : / { count = $3 }
      END { exit (count == "" || count + 0 != found + 0) }' >"$work/etcd.found" || {
      warn "etcd does not answer, or not all of it: $(tail -n 1 "$work/etcd.err")"
      return 1
    }
    if [ -s "$work/etcd.found" ]; then cat "$work/etcd.found" && return 0; fi
  done
}
