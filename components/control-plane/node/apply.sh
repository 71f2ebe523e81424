#!/bin/sh
# Puts a node's files into effect, or leaves everything as it was. Run as root on a control-plane node:
#
#   cluster-security-apply --node NAME [--base64] [--prepare] [--wait SECONDS] <BUNDLE
#   cluster-security-apply --rewrite
#
# BUNDLE is a ustar archive (with --base64 its base64 text): the node's files at their absolute paths without the leading
# slash, with their modes, and cluster-security/settings, lines NAME=value (components/control-plane/node/bundle.ts):
#   CLUSTER, NODE          names
#   CONTROL_PLANE          "name address"; one line per control-plane node
#   KUBEADM_CONFIG         path of kubeadm's configuration
#   ENCRYPTION_CONFIG      path of the encryption configuration
#   ENCRYPTION_KEY         "provider:key" or "identity"; one line per entry, in order, the first one writes
#   AUDIT_LOG              path of the audit log
#   AUDIT_SECRETS_LEVEL    level at which requests about Secrets have to be logged
#   FILE                   "SHA-256 path"; one line per file
#
# --prepare makes new keys readable and puts everything else into effect, but leaves the key that writes. Of several nodes
# each one is prepared, one after the other, before a new key is put first on any of them.
# --rewrite stores everything anew that is not stored with the key that writes. A run with a bundle does that by itself as
# soon as every API server writes with the key: until then a key is rotated in name only, and nothing can be retired.
#
# What it does, in this order, and only where something differs: backup of etcd and /etc/kubernetes in
# /var/lib/cluster-security/backups (the last three are kept); files; the ConfigMap kubeadm-config, so that `kubeadm upgrade`
# keeps the flags; the manifests of etcd, kube-apiserver, kube-controller-manager and kube-scheduler as kubeadm renders
# them; the kubelet. Of ConfigMaps and manifests it changes what kubeadm's configuration in the bundle names (extraArgs,
# extraVolumes, kubelet fields) or named before; a volume is its own by its name, and by its folder at its place, whoever
# wrote it there. Then the key that writes, last: up to there nothing is stored with a new
# key, so that all of it can be taken back.
#
# One run at a time: on this node by a lock, of all nodes by the Lease kube-system/cluster-security-apply.
#
# Exit status 0 and a last line "applied: …", or another status, the reason, and everything as it was. A run that was
# killed is taken back by the next one. Needs kubectl, kubeadm, etcdctl (on PATH, or in etcd's container by crictl or
# kubectl), flock, tar, awk and coreutils.

# Templates and awk programs hold dollar signs of their own.
# shellcheck disable=SC2016
set -eu
umask 077
export LC_ALL=C PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin"
unset KUBECONFIG
# A connection that breaks must not stop the work half-way; it ends as it would have ended.
trap '' HUP PIPE

kubernetes=/etc/kubernetes
manifests=$kubernetes/manifests
admin=$kubernetes/admin.conf
kubelet_config=/var/lib/kubelet/config.yaml
state=/var/lib/cluster-security
# Names the backup to return to and how far the run got, for as long as a run is under way.
journal=$state/unfinished
owned=$state/files
log=/dev/null
tab=$(printf '\t')

say() { printf '%s\n' "$*" 2>/dev/null || :; printf '%s\n' "$*" >>"$log"; }
warn() { printf 'cluster-security-apply: %s\n' "$*" >&2 || :; printf '%s\n' "$*" >>"$log"; }
fail() { warn "$*"; exit 1; }
# The place in the work, and for tests the place where the power fails.
steps=0
step() {
  say "-- $*"
  point
}
point() {
  steps=$((steps + 1))
  if [ "${CLUSTER_SECURITY_KILL_AT:-}" = "$steps" ]; then kill -9 $$; fi
}

# ---------------------------------------------------------------------------------------------------------------- files

# install_file SOURCE PATH MODE: replaces PATH in one step. The kubelet passes over names that begin with a dot.
install_file() {
  folder=${2%/*}
  case $folder in
    /usr* | /etc/systemd*) (umask 022 && mkdir -p "$folder") ;;
    *) mkdir -p "$folder" ;;
  esac
  unfinished=$folder/.${2##*/}.new
  # Spelled out, here and in what puts things back: set -e does not act where somebody asks whether it succeeded.
  cp "$1" "$unfinished" || return 1
  chown 0:0 "$unfinished" || return 1
  chmod "$3" "$unfinished" || return 1
  sync "$unfinished" 2>/dev/null || sync
  mv -f "$unfinished" "$2" || return 1
  relabel "$2"
}
relabel() { if command -v restorecon >/dev/null; then restorecon "$1" || :; fi; }
same() { cmp -s "$1" "$2"; }
# meta PATH: mode and owner.
meta() { stat -c '%a %u:%g' "$1"; }
hash_of() { sha256sum "$1" | cut -d' ' -f1; }

# systemd, where it runs, has to hear of units that come and go. LIST: paths, one a line.
# timers LIST: names of the timers in it.
timers() { sed -n 's|^/etc/systemd/system/\([^/]*\.timer\)$|\1|p' "$1"; }
# stop_timers LIST: before their files are removed.
stop_timers() {
  command -v systemctl >/dev/null || return 0
  timers "$1" | while read -r unit; do systemctl disable --now "$unit" || warn "$unit could not be stopped"; done
}
# reload_units LIST
reload_units() {
  if command -v systemctl >/dev/null && grep -q ^/etc/systemd/ "$1"; then systemctl daemon-reload; fi
}

# ----------------------------------------------------------------------------------------------------------- kubernetes

# local_get FILE TEMPLATE: what a Go template says about each document of a file.
local_get() { kubectl --kubeconfig=/dev/null patch --local -f "$1" --type=merge -p '{}' -o "go-template=$2"; }
# local_merge FILE PATCH_FILE: the one document of a file with a merge patch.
local_merge() { kubectl --kubeconfig=/dev/null patch --local -f "$1" --type=merge --patch-file "$2" -o yaml; }
# kc …: kubectl towards this node's own API server, whichever address the kubeconfig names.
kc() { kubectl --kubeconfig "$admin" --server "$server" --request-timeout=30s "$@"; }
plain() { kubectl --kubeconfig=/dev/null --request-timeout=5s "$@"; }
ready() { kc get --raw /readyz --request-timeout=5s >/dev/null 2>&1; }

# known MANIFEST: $known.command and $known.flags say what its container runs: program and arguments, one a line, and
# "name<tab>value", sorted. Read anew only when the manifest has changed.
known() {
  known=$work/manifest$(printf %s "$1" | tr / .)
  if [ -e "$known.flags" ] && same "$1" "$known.copy"; then return 0; fi
  rm -f "$known.flags"
  cp "$1" "$known.copy"
  local_get "$known.copy" '{{range (index .spec.containers 0).command}}{{.}}{{"\n"}}{{end}}' >"$known.command" || return 1
  awk '/^--/ { at = index($0, "="); if (!at) print substr($0, 3) "\t"
    else print substr($0, 3, at - 3) "\t" substr($0, at + 1) }' "$known.command" | sort >"$known.flags"
}
# flag MANIFEST NAME DEFAULT
flag() {
  known "$1"
  value=$(sed -n "s/^$2$tab//p" "$known.flags")
  printf '%s\n' "${value:-$3}"
}
url_of() { case $1 in *:*) echo "https://[$1]:$2" ;; *) echo "https://$1:$2" ;; esac; }

# pids_of COMPONENT
pids_of() {
  grep -ls -e "$1" /proc/[0-9]*/cmdline | while read -r file; do
    program=$(tr '\0' '\n' 2>/dev/null <"$file" | head -n 1) || continue
    if [ "${program##*/}" = "$1" ]; then file=${file#/proc/} && echo "${file%/cmdline}"; fi
  done
}
# runs_manifest PID COMPONENT: true when the process has exactly the arguments of the manifest.
runs_manifest() {
  known "$manifests/$2.yaml"
  sed 1d "$known.command" | sort >"$work/wanted"
  tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | sed 1d | sort >"$work/running"
  same "$work/wanted" "$work/running"
}
healthy() {
  manifest=$manifests/$1.yaml
  case $1 in
    kube-apiserver) ready ;;
    etcd)
      urls=$(flag "$manifest" listen-metrics-urls http://127.0.0.1:2381)
      plain --server "${urls%%,*}" get --raw /readyz
      ;;
    kube-controller-manager) plain_health "$(flag "$manifest" secure-port 10257)" ;;
    *) plain_health "$(flag "$manifest" secure-port 10259)" ;;
  esac >/dev/null 2>&1
}
# Their certificates are their own. kubectl asks a person for a name unless it has a client certificate to show.
plain_health() { kubectl --kubeconfig="$work/local.conf" --cluster local --server "https://127.0.0.1:$1" --request-timeout=5s get --raw /healthz; }

# await_component NAME [OLD_PID…]: until a process that is none of the old ones runs the manifest and says it is healthy.
await_component() {
  component=$1 && shift
  old=" $* "
  new=" " died=0 stable=0
  deadline=$(($(date +%s) + wait))
  while [ "$stable" -lt 2 ]; do
    now=" $(pids_of "$component" | tr '\n' ' ')"
    for pid in $new; do case $now in *" $pid "*) ;; *) died=$((died + 1)) new=$(echo "$new" | sed "s/ $pid / /") ;; esac; done
    found=
    for pid in $now; do
      case $old in *" $pid "*) continue ;; esac
      case $new in *" $pid "*) ;; *) new="$new$pid " ;; esac
      if runs_manifest "$pid" "$component"; then found=$pid; fi
    done
    if [ -n "$found" ] && healthy "$component"; then stable=$((stable + 1)); else stable=0; fi
    # The first one may only have come before etcd did.
    if [ "$died" -ge 3 ]; then
      warn "$component ended three times with its new files.$(last_words "$component")"
      return 1
    fi
    if [ "$(date +%s)" -ge "$deadline" ]; then
      warn "$component does not answer with its new files after $wait seconds.$(last_words "$component")"
      return 1
    fi
    sleep 0.5 2>/dev/null || sleep 1
  done
}
last_words() {
  # shellcheck disable=SC2012 # newest first is what ls can do, and the kubelet chooses the names
  newest=$(ls -t "/var/log/pods/kube-system_$1-"*/*/*.log 2>/dev/null | head -n 1) || :
  if [ -n "$newest" ]; then printf ' The end of its log:\n%s' "$(tail -n 3 "$newest")"; fi
}

# ----------------------------------------------------------------------------------------------------------------- etcd

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
        kc exec --namespace kube-system "etcd-$node" -- "$@"
      fi
      ;;
  esac
}
find_etcd() {
  if command -v etcdctl >/dev/null; then
    etcd_by=path
  elif [ ! -e "$manifests/etcd.yaml" ]; then
    fail "etcd does not run on this node, so etcdctl is needed on PATH; nothing was changed"
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
    etcd_do get "$folder/" --prefix -w fields >"$work/etcd.out" 2>"$work/etcd.err" || {
      warn "etcd does not answer: $(tail -n 1 "$work/etcd.err")"
      return 1
    }
    cut -c1-600 "$work/etcd.out" | awk -v skip="$((${#folder} + 11))" '
      /^"Key" : / { key = substr($0, skip); sub(/"$/, "", key) }
      /^"Value" : / {
        how = "plain"
        if (match($0, /^"Value" : "k8s:enc:[a-z]+:v[0-9]+:[^:]+:/)) how = substr($0, 12, RLENGTH - 11)
        print key "\t" how
        found++
      }
      /^"Count" : / { count = $3 }
      END { exit (count == "" || count + 0 != found + 0) }' >"$work/etcd.found" || {
      warn "etcd's answer is cut off"
      return 1
    }
    rm -f "$work/etcd.out"
    if [ -s "$work/etcd.found" ]; then cat "$work/etcd.found" && return 0; fi
  done
}

# ------------------------------------------------------------------------------------------------------------------ keys

# entries FILE: "resource provider key secret" of an encryption configuration, in order.
entries() {
  local_get "$1" '{{range .resources}}{{$all := .providers}}{{range $r := .resources}}{{range $all}}{{range $p, $v := .}}{{
    if eq $p "identity"}}{{$r}} identity - -{{"\n"}}{{
    else if eq $p "kms"}}{{$r}} kms{{or $v.apiVersion "v1"}} {{$v.name}} -{{"\n"}}{{
    else}}{{range $v.keys}}{{$r}} {{$p}} {{.name}} {{.secret}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}{{end}}{{end}}'
}
# ids: entries as "resource<tab>how", as stored() says it.
ids() {
  awk '{ how = "k8s:enc:" $2 ":v1:" $3 ":"
    if ($2 == "identity") how = "plain"
    if ($2 ~ /^kms/) how = "k8s:enc:kms:" substr($2, 4) ":" $3 ":"
    print $1 "\t" how }'
}
# called HOW: for people.
called() { if [ "$1" = plain ]; then echo "plain text"; else echo "$1" | sed 's/^k8s:enc:\([a-z]*\):v[0-9]*:\(.*\):$/\1:\2/'; fi; }
# with_plain ENTRIES RESOURCES: resources that a configuration does not name are stored in plain text.
with_plain() {
  cat "$1"
  while read -r name; do if ! grep -q "^$name " "$1"; then echo "$name identity - -"; fi; done <"$2"
}
# first ENTRIES RESOURCE: the entry that writes.
first() { awk -v name="$2" '$1 == name { print; exit }' "$1"; }

# configuration ENTRIES: an encryption configuration with exactly these, in order.
configuration() {
  awk '
    !($1 in seen) { seen[$1] = 1; order[++n] = $1 }
    {
      one = "{\"" $2 "\":{\"keys\":[{\"name\":\"" $3 "\",\"secret\":\"" $4 "\"}]}}"
      if ($2 == "identity") one = "{\"identity\":{}}"
      list[$1] = list[$1] (list[$1] == "" ? "" : ",") one
    }
    END {
      printf "{\"apiVersion\":\"apiserver.config.k8s.io/v1\",\"kind\":\"EncryptionConfiguration\",\"resources\":["
      for (i = 1; i <= n; i++) printf "%s{\"resources\":[\"%s\"],\"providers\":[%s]}", (i > 1 ? "," : ""), order[i], list[order[i]]
      print "]}"
    }' "$1"
}

# metric NAME [SERVER]: lines of one metric of an API server.
metric() {
  kubectl --kubeconfig "$admin" --server "${2:-$server}" --request-timeout=10s get --raw /metrics 2>"$work/metrics.err" |
    grep "^apiserver_encryption_config_controller_$1{" || :
}
# loaded [SERVER]: SHA-256 of the encryption configuration that an API server has loaded.
loaded() { metric last_config_info "$@" | sed -n 's/.*[{,]hash="sha256:\([0-9a-f]*\)".*/\1/p'; }
refused() { metric automatic_reloads_total | sed -n 's/.*status="failure".* \([0-9]*\)$/\1/p'; }

# reloads: whether the API server reads its keys again when they change. Without that it says nothing of what it has read.
reloads() { [ "$(flag "$manifests/kube-apiserver.yaml" encryption-provider-config-automatic-reload false)" = true ]; }
# read_at_start FILE: true when it has not been changed since the API server was started.
read_at_start() {
  pid=$(pids_of kube-apiserver | head -n 1)
  booted=$(awk '$1 == "btime" { print $2 }' /proc/stat)
  ticks=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)
  [ "$(stat -c %Y "$1")" -le "$((booted + ticks / $(getconf CLK_TCK 2>/dev/null || echo 100) + 1))" ]
}
# await_keys FILE: until this node's API server has loaded it; it looks once a minute. REFUSED is the count before.
await_keys() {
  want=$(hash_of "$1")
  deadline=$(($(date +%s) + wait))
  until [ "$(loaded)" = "$want" ]; do
    now=$(refused)
    if [ "${now:-0}" -gt "${before:-0}" ]; then
      warn "the API server refuses the encryption configuration"
      return 1
    fi
    if [ "$(date +%s)" -ge "$deadline" ]; then
      warn "the API server has not loaded the encryption configuration after $wait seconds"
      return 1
    fi
    sleep 1
  done
}

# probe ENTRIES: a Secret that is made, looked at in etcd, and deleted, has to be stored with the key that
# writes and has to be in the audit log.
probe() {
  wanted=plain
  if [ -s "$1" ] && [ -n "$(first "$1" secrets)" ]; then wanted=$(first "$1" secrets | ids | cut -f2); fi
  kc delete secret --namespace kube-system --selector cluster-security/probe=true >/dev/null 2>&1 || return 1
  name=cluster-security-probe-$(date +%s)-$$
  kc create -f - >/dev/null <<END || return 1
{"apiVersion": "v1", "kind": "Secret", "stringData": {"probe": "of no meaning"},
 "metadata": {"name": "$name", "namespace": "kube-system", "labels": {"cluster-security/probe": "true"}}}
END
  how=$(stored secrets | sed -n "s|^kube-system/$name$tab||p")
  kc delete secret --namespace kube-system "$name" >/dev/null || return 1
  if [ "$how" != "$wanted" ]; then
    warn "a new Secret is stored as $(called "${how:-nothing}"), not as $(called "$wanted")"
    return 1
  fi
  level=$(audited "$name")
  if [ "$level" != "$audit_level" ]; then
    warn "a request about a Secret is in $audit_log at level ${level:-none at all}, not $audit_level"
    return 1
  fi
  say "   a Secret is stored as $(called "$wanted"), and requests about it are logged at level $level"
}
# audited NAME: level of the last request about it.
audited() {
  for _ in 1 2 3 4 5; do
    if grep -qsF "\"$1\"" "$audit_log"; then break; fi
    sleep 1
  done
  grep -sF "\"$1\"" "$audit_log" | tail -n 1 | sed -n 's/.*"level":"\([A-Za-z]*\)".*/\1/p'
}

# -------------------------------------------------------------------------------------------------------- several nodes

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

# -------------------------------------------------------------------------------------------------------------- rewrite

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
        kc replace -f - >/dev/null 2>>"$work/replace.err" || :; } &
      busy=$((busy + 1))
      if [ "$busy" -eq 4 ]; then wait && busy=0 && point; fi
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

# -------------------------------------------------------------------------------------------------------------- backups

# A backup holds etcd.db, kubernetes/ (all of /etc/kubernetes), and what a failure is undone from: root/ (files as they
# were), absent (paths that were not there), kubeadm.yaml and kubelet.yaml (the ConfigMaps' content), pids ("component pid"),
# and, once a new key is put first, keys/ (enc.first, resources, ids.old: see check_keys).
make_backup() {
  backup=$state/backups/$(date -u +%Y%m%dT%H%M%SZ)-$$
  if ! problem=$(fill_backup "$backup.new" 2>&1) || ! mv "$backup.new" "$backup"; then
    rm -rf "$backup.new"
    case $problem in
      *[Nn]"o space"*) fail "no room for a backup in $state/backups; nothing was changed" ;;
      *) fail "no backup could be made: $problem; nothing was changed" ;;
    esac
  fi
  log=$backup/log
}
# fill_backup FOLDER
fill_backup() {
  mkdir -p "$1/root" || return 1
  etcd_snapshot "$1/etcd.db" || {
    echo "etcd gives no snapshot: $(tail -n 1 "$work/etcd.err")"
    return 1
  }
  cp -a "$kubernetes" "$1/kubernetes" || return 1
  {
    cut -d' ' -f2 "$work/members"
    cat "$work/stale"
    for component in $components; do echo "$manifests/$component.yaml"; done
    echo "$kubelet_config"
  } >"$1/paths" || return 1
  : >"$1/absent" || return 1
  while read -r path; do
    if [ -e "$path" ]; then
      mkdir -p "$1/root${path%/*}" || return 1
      cp -a "$path" "$1/root$path" || return 1
    else
      echo "$path" >>"$1/absent" || return 1
    fi
  done <"$1/paths"
  cp "$work/kubeadm.live" "$1/kubeadm.yaml" || return 1
  cp "$work/kubelet.live" "$1/kubelet.yaml" || return 1
  for component in $components; do pids_of "$component" | sed "s/^/$component /"; done >"$1/pids" || return 1
  sync
}
prune_backups() {
  # shellcheck disable=SC2012 # the names are ours and begin with the time
  ls "$state/backups" | sort -r | sed 1,3d | while read -r old_backup; do rm -rf "${state:?}/backups/$old_backup"; done
}
# note STAGE
note() {
  printf 'backup=%s\nstage=%s\n' "$backup" "$1" >"$journal.new"
  sync "$journal.new" 2>/dev/null || sync
  mv "$journal.new" "$journal"
}
noted() { sed -n "s/^$1=//p" "$journal"; }

# set_config MAP KEY FILE [RESOURCE_VERSION]: content of one key of a ConfigMap in kube-system.
set_config() {
  data=$(kubectl --kubeconfig=/dev/null create configmap x --dry-run=client "--from-file=$2=$3" -o 'jsonpath={.data}')
  version=${4:+"\"resourceVersion\":\"$4\""}
  printf '{"metadata":{%s},"data":%s}' "$version" "$data" >"$work/map.json"
  kc patch configmap --namespace kube-system "$1" --type=merge --patch-file "$work/map.json" >/dev/null
}
# get_config MAP KEY
get_config() { kc get configmap --namespace kube-system "$1" -o "go-template={{index .data \"$2\"}}"; }

# leaving COMPONENT: its processes that have come since the backup, so that they run what is taken back.
leaving() { pids_of "$1" | while read -r pid; do if ! grep -qFx "$1 $pid" "$backup/pids"; then echo "$pid"; fi; done; }
# restore: everything as the noted backup has it. Works on whatever a failure or a kill left.
restore() {
  backup=$(noted backup)
  changed=
  : >"$work/returned"
  for component in $components; do : >"$work/leaving.$component"; done
  while read -r path; do
    if [ ! -e "$backup/root$path" ] || { [ -e "$path" ] && same "$backup/root$path" "$path" && [ "$(meta "$backup/root$path")" = "$(meta "$path")" ]; }; then continue; fi
    case $path in
      "$manifests"/*)
        component=${path##*/} component=${component%.yaml}
        changed="$changed $component"
        leaving "$component" >"$work/leaving.$component"
        ;;
      "$kubelet_config") changed="$changed kubelet" ;;
    esac
    cp -a "$backup/root$path" "${path%/*}/.${path##*/}.new" || return 1
    mv -f "${path%/*}/.${path##*/}.new" "$path" || return 1
    relabel "$path"
    echo "$path" >>"$work/returned"
  done <"$backup/paths"
  for component in $components; do
    # What has the same arguments may still be about to go: a manifest is more than them.
    # shellcheck disable=SC2046 # process ids
    case "$changed kube-apiserver " in *" $component "*) await_component "$component" $(cat "$work/leaving.$component") || return 1 ;; esac
  done
  case $changed in *kubelet*) restart_kubelet || return 1 ;; esac
  restore_config kubeadm-config ClusterConfiguration "$backup/kubeadm.yaml" || return 1
  restore_config kubelet-config kubelet "$backup/kubelet.yaml" || return 1
  while read -r path; do if [ -e "$path" ]; then echo "$path"; fi; done <"$backup/absent" >"$work/removed"
  stop_timers "$work/removed"
  while read -r path; do rm -f "$path" || return 1; done <"$work/removed"
  cat "$work/removed" >>"$work/returned"
  reload_units "$work/returned" || return 1
  # One that was removed had been stopped. The drop-in of timers.target says which ones run.
  if timers "$work/returned" | grep -q .; then systemctl start timers.target || warn "the timers could not be started"; fi
  if [ -s "$backup/root$encryption_config" ] && reloads; then
    before=$(refused)
    await_keys "$(flag "$manifests/kube-apiserver.yaml" encryption-provider-config "")" || return 1
  fi
  rm -f "$journal"
  prune_backups
}
# restore_config MAP KEY FILE
restore_config() {
  if [ ! -s "$3" ]; then return 0; fi
  for _ in 1 2 3 4 5; do
    if get_config "$1" "$2" >"$work/map.now" 2>/dev/null; then
      if same "$work/map.now" "$3" || set_config "$1" "$2" "$3"; then return 0; fi
    fi
    sleep 2
  done
  warn "ConfigMap $1 could not be put back"
  return 1
}

# Ends every run. What is under way and has not succeeded is undone here.
finish() {
  status=$?
  trap - EXIT
  trap '' INT TERM
  set +e
  if [ "$status" -ne 0 ] && [ "${changing:-}" = true ] && [ -e "$journal" ]; then undo; fi
  if [ "${leased:-}" = true ]; then kc delete lease --namespace kube-system cluster-security-apply >/dev/null 2>&1; fi
  rm -rf "$work"
  exit "$status"
}
undo() {
  if [ "$(noted stage)" = 2 ] && ! take_back_key; then return; fi
  say "-- putting everything back"
  if restore; then
    warn "everything is as it was"
  else
    warn "it could not all be put back; run again when the API server answers, or copy from $backup"
  fi
}
# take_back_key: the keys as they were before the new one was put first. Secrets may be stored with it by now, so that it
# stays readable, and with it everything else applied, unless all of them have been counted and none is.
take_back_key() {
  backup=$(noted backup)
  say "-- going back to the key that wrote before"
  before=$(refused)
  if ! install_file "$backup/keys/enc.first" "$encryption_config" 0600 || ! await_keys "$encryption_config"; then
    warn "the encryption configuration from before does not load either; run again when the API server answers. It is $backup/keys/enc.first, with both keys"
    return 1
  fi
  while read -r name; do
    if stored "$name" >"$work/stored"; then sed "s/^[^$tab]*/$name/" "$work/stored"; else echo "unknown"; fi
  done <"$backup/keys/resources" | sort -u >"$work/used"
  why="something is stored with the new key already"
  if grep -qx unknown "$work/used"; then why="nobody knows whether something is stored with the new key already"; fi
  if comm -23 "$work/used" "$backup/keys/ids.old" | grep -q .; then
    rm -f "$journal"
    warn "the old key writes again; everything else stays applied, and the new key readable, because $why"
    return 1
  fi
}

# ------------------------------------------------------------------------------------------------------------- what to do

# split FILE KIND: the one document of that kind.
split() {
  awk -v kind="$2" 'function flush() { if (text ~ ("(^|\n)kind: \"?" kind "\"?(\n|$)")) printf "%s", text; text = "" }
    /^---/ { flush(); next } { text = text $0 "\n" } END { flush() }' "$1"
}
# facts FILE: fields that belong to the cluster, "name<tab>value".
facts() {
  local_get "$1" '{{$n := .networking}}kubernetesVersion{{"\t"}}{{.kubernetesVersion}}
networking.dnsDomain{{"\t"}}{{with $n}}{{or .dnsDomain "cluster.local"}}{{end}}
networking.podSubnet{{"\t"}}{{with $n}}{{or .podSubnet "none"}}{{end}}
networking.serviceSubnet{{"\t"}}{{with $n}}{{or .serviceSubnet "10.96.0.0/12"}}{{end}}
controlPlaneEndpoint{{"\t"}}{{or .controlPlaneEndpoint "none"}}
certificatesDir{{"\t"}}{{or .certificatesDir "/etc/kubernetes/pki"}}
etcd{{"\t"}}{{with .etcd}}{{with .external}}external {{.endpoints}}{{else}}local {{with .local}}{{or .dataDir "/var/lib/etcd"}}{{else}}/var/lib/etcd{{end}}{{end}}{{else}}local /var/lib/etcd{{end}}
'
  printf 'certSANs\t%s\n' "$(local_get "$1" '{{with .apiServer}}{{range .certSANs}}{{.}}{{"\n"}}{{end}}{{end}}' | sort | paste -s -d' ' -)"
}
# refuse_other_cluster: the fields this program only reads.
refuse_other_cluster() {
  facts "$work/kubeadm.wanted" >"$work/facts.wanted"
  facts "$work/kubeadm.live" >"$work/facts.live"
  while IFS=$tab read -r name value; do
    live=$(sed -n "s/^$name$tab//p" "$work/facts.live")
    if [ "$value" != "$live" ]; then
      fail "$name: the settings say ${value:-none}, the cluster has ${live:-none}. This is not changed on a running cluster: correct the settings; nothing was changed"
    fi
  done <"$work/facts.wanted"
  running=$(kc get --raw /version | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p')
  version=$(sed -n "s/^kubernetesVersion$tab//p" "$work/facts.wanted")
  if [ "$running" != "$version" ]; then
    fail "kubernetesVersion: the settings say $version, the API server runs $running. Correct the settings, or finish the upgrade; nothing was changed"
  fi
  advertised=$(flag "$manifests/kube-apiserver.yaml" advertise-address none)
  meant=$(sed -n "s/^$node //p" "$work/nodes")
  if [ "$advertised" != "$meant" ]; then
    fail "address of $node: the settings say ${meant:-nothing}, its API server advertises $advertised; nothing was changed"
  fi
}

# lists FILE: "part.kind<tab>name<tab>JSON" of every extra flag and volume of a ClusterConfiguration.
lists() {
  if [ ! -s "$1" ]; then return 0; fi
  template=
  for part in apiServer controllerManager scheduler etcd; do
    if [ "$part" = etcd ]; then begin='{{with .etcd}}{{with .local}}' end='{{end}}{{end}}'; else begin="{{with .$part}}" end='{{end}}'; fi
    template="$template$begin{{range .extraArgs}}$part.args"'{{"\t"}}{{.name}}{{"\t"}}{{printf "%q" .value}}{{"\n"}}{{end}}'
    template="$template{{range .extraVolumes}}$part.volumes"'{{"\t"}}{{.name}}{{"\t"}}{"name":{{printf "%q" .name}},"hostPath":{{
      printf "%q" .hostPath}},"mountPath":{{printf "%q" .mountPath}}{{if .readOnly}},"readOnly":true{{end}}{{
      with .pathType}},"pathType":{{printf "%q" .}}{{end}}}{{"\n"}}{{end}}'"$end"
  done
  local_get "$1" "$template"
}
# merged OLD NEW LIVE: lines "name<tab>value" of LIVE, with those that OLD or NEW names as NEW has them.
merged() {
  awk -F'\t' -v old="$1" -v new="$2" '
    BEGIN {
      while ((getline line < old) > 0) { name = line; sub(/\t.*/, "", name); owned[name] = 1 }
      while ((getline line < new) > 0) {
        name = line; sub(/\t.*/, "", name); owned[name] = 1
        if (name in lines) lines[name] = lines[name] "\n" line; else { lines[name] = line; order[++n] = name }
      }
    }
    !($1 in owned) { print; next }
    ($1 in lines) && !done[$1]++ { print lines[$1] }
    END { for (i = 1; i <= n; i++) if (!done[order[i]]++) print lines[order[i]] }' "$3"
}
# awk: place(host, mount): a folder at its place, which is what a volume is, whatever its name.
place='function place(host, mount) { sub(/\/+$/, "", host); sub(/\/+$/, "", mount); return mount "\t" host }'
# not_ours OWNED WANTED LIVE: volumes of LIVE without those of other names that mount what one of WANTED mounts.
not_ours() {
  awk -F'\t' -v owned="$1" -v wanted="$2" "$place"'
    function of(json, host, mount) {
      host = mount = json
      sub(/.*"hostPath":"/, "", host); sub(/".*/, "", host)
      sub(/.*"mountPath":"/, "", mount); sub(/".*/, "", mount)
      return place(host, mount)
    }
    BEGIN {
      while ((getline line < owned) > 0) names[line]
      while ((getline line < wanted) > 0) ours[of(line)]
    }
    ($1 in names) || !(of($2) in ours)' "$3"
}
# merge_kubeadm: kubeadm.merged is the live ClusterConfiguration with what is ours; owned.COMPONENT are the flags that are.
merge_kubeadm() {
  separator=
  for file in previous wanted live; do lists "$work/kubeadm.$file" >"$work/lists.$file"; done
  printf '{' >"$work/patch.json"
  for part in apiServer controllerManager scheduler etcd; do
    for kind in args volumes; do
      for file in previous wanted live; do sed -n "s/^$part\.$kind$tab//p" "$work/lists.$file" >"$work/list.$file"; done
      cat "$work/list.previous" "$work/list.wanted" | cut -f1 | sort -u >"$work/owned.$kind.$part"
      if [ "$kind" = volumes ]; then
        not_ours "$work/owned.$kind.$part" "$work/list.wanted" "$work/list.live" >"$work/list.others"
        mv "$work/list.others" "$work/list.live"
      fi
      merged "$work/list.previous" "$work/list.wanted" "$work/list.live" >"$work/$kind.$part"
    done
    twice=$(sed -n 's/.*"mountPath":"\([^"]*\)".*/\1/p' "$work/volumes.$part" | sort | uniq -d | head -n 1)
    if [ -n "$twice" ]; then
      fail "$part.extraVolumes: two volumes are mounted at $twice: $(grep -F "\"mountPath\":\"$twice\"" "$work/volumes.$part" | cut -f1 | paste -s -d' ' -). Take the other one out of the ConfigMap kube-system/kubeadm-config; nothing was changed"
    fi
    if [ ! -s "$work/owned.args.$part" ] && [ ! -s "$work/owned.volumes.$part" ]; then continue; fi
    arguments=$(awk -F'\t' '{ printf "%s{\"name\":\"%s\",\"value\":%s}", (NR > 1 ? "," : ""), $1, $2 }' "$work/args.$part")
    volumes=$(cut -f2 "$work/volumes.$part" | paste -s -d, -)
    value="{\"extraArgs\":[$arguments]$(if [ "$part" != etcd ]; then printf ',"extraVolumes":[%s]' "$volumes"; fi)}"
    if [ "$part" = etcd ]; then value="{\"local\":$value}"; fi
    printf '%s"%s":%s' "$separator" "$part" "$value" >>"$work/patch.json"
    separator=,
  done
  printf '}' >>"$work/patch.json"
  local_merge "$work/kubeadm.live" "$work/patch.json" >"$work/kubeadm.merged"
  # An empty list and none are the same to kubeadm.
  echo '{}' >"$work/none.json"
  for file in live merged; do
    local_merge "$work/kubeadm.$file" "$work/none.json" | grep -v '^  extra[A-Za-z]*: \[\]$' >"$work/$file.compared"
  done
}

# render: the manifests kubeadm makes of the merged configuration on this node, in rendered/.
render() {
  mkdir -p "$work/rendered"
  {
    printf 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: "%s", bindPort: %s}\n' "$advertised" "$port"
    printf 'nodeRegistration: {name: "%s", criSocket: unix:///run/containerd/containerd.sock}\n---\n' "$node"
    cat "$work/kubeadm.merged"
  } >"$work/kubeadm.yaml"
  for phase in "control-plane all" "etcd local"; do
    if [ "$phase" = "etcd local" ] && [ ! -s "$work/owned.args.etcd" ]; then continue; fi
    # shellcheck disable=SC2086 # a phase is two words
    KUBEADM_INIT_DRYRUN_DIR=$work/rendered kubeadm init phase $phase --config "$work/kubeadm.yaml" --dry-run >/dev/null 2>"$work/kubeadm.err" ||
      fail "kubeadm does not accept the configuration: $(tail -n 3 "$work/kubeadm.err"); nothing was changed"
  done
}
part_of() {
  case $1 in
    kube-apiserver) echo apiServer ;;
    kube-controller-manager) echo controllerManager ;;
    kube-scheduler) echo scheduler ;;
    *) echo etcd ;;
  esac
}
rest_template='{{range $k, $v := .metadata}}{{$k}} {{$v}}{{"\n"}}{{end}}{{range $k, $v := .spec}}{{if and (ne $k "containers") (ne $k "volumes")}}{{$k}} {{$v}}{{"\n"}}{{end}}{{end}}{{
  range $k, $v := (index .spec.containers 0)}}{{if and (ne $k "command") (ne $k "volumeMounts")}}{{$k}} {{$v}}{{"\n"}}{{end}}{{end}}'
# compare_manifest COMPONENT: adds it to $restart when its manifest has to change. Fails when that would drop what somebody
# else put there. Not for a condition, where set -e does not act.
compare_manifest() {
  part=$(part_of "$1")
  live=$manifests/$1.yaml
  next=$work/rendered/$1.yaml
  if [ ! -e "$live" ] || [ ! -e "$next" ]; then return 0; fi
  if [ "$1" = etcd ]; then
    # What a member joined with stays: kubeadm would render the first member's.
    sed -n 's/^ *- \(--initial-cluster\(-state\)\{0,1\}=.*\)/\1/p' "$live" >"$work/initial"
    sed '/--initial-cluster\(-state\)\{0,1\}=/d' "$next" | awk -v file="$work/initial" '{ print }
      /^ *- --data-dir=/ { indent = $0; sub(/-.*/, "", indent); while ((getline line < file) > 0) print indent "- " line }' >"$next.own"
    mv "$next.own" "$next"
  fi
  if same "$live" "$next"; then return 0; fi
  for file in "$live" "$next"; do
    if [ "$file" = "$live" ]; then which=live; else which=next; fi
    known "$file"
    cp "$known.flags" "$work/flags.$which"
    local_get "$file" "$rest_template" | sort >"$work/rest.$which"
    local_get "$file" "$mounts_template" | sort >"$work/mounts.$which"
  done
  comm -23 "$work/flags.live" "$work/flags.next" >"$work/flags.lost"
  stranger=$(cut -f1 "$work/flags.lost" | sort -u | comm -23 - "$work/owned.args.$part" | head -n 1)
  if [ -n "$stranger" ]; then
    fail "$1 runs with --$stranger=$(sed -n "s/^$stranger$tab//p" "$work/flags.live"), and kubeadm would give it $(sed -n "s/^$stranger$tab/--$stranger=/p" "$work/flags.next" | grep . || echo "no such flag"): $live was changed by hand or made otherwise. Put the flag into $part.extraArgs of the ConfigMap kube-system/kubeadm-config, or take it out of the manifest; nothing was changed"
  fi
  if ! same "$work/rest.live" "$work/rest.next"; then
    fail "$live differs from what kubeadm renders: $(comm -23 "$work/rest.live" "$work/rest.next" | head -n 1) would become $(comm -13 "$work/rest.live" "$work/rest.next" | head -n 1). Undo that by hand, or use the kubeadm of the cluster's version; nothing was changed"
  fi
  foreign_mounts "$part" >"$work/mounts.foreign"
  stranger=$(head -n 1 "$work/mounts.foreign")
  if [ -n "$stranger" ]; then
    fail "$1 mounts $stranger, which kubeadm's configuration does not name. Put it into $part.extraVolumes of the ConfigMap kube-system/kubeadm-config, or take it out of $live; nothing was changed"
  fi
  # What is said of it when it happens.
  {
    while IFS=$tab read -r name value; do
      echo "   $1 --$name: $value -> $(sed -n "s/^$name$tab//p" "$work/flags.next" | grep . || echo "not set")"
    done <"$work/flags.lost"
    cut -f1 "$work/mounts.live" | comm -23 - "$work/mounts.names" | sed "s/.*/   $1 volume &: replaced/"
  } >"$work/replaced.$1"
  restart="$restart $1"
}
mounts_template='{{$volumes := .spec.volumes}}{{range (index .spec.containers 0).volumeMounts}}{{$mount := .}}{{range $volumes}}{{
  if eq .name $mount.name}}{{.name}}{{"\t"}}{{with .hostPath}}{{.path}}{{end}}{{"\t"}}{{$mount.mountPath}}{{"\n"}}{{end}}{{end}}{{end}}'
# foreign_mounts PART: volumes of the live manifest that would be lost and are not ours. Ours are those the settings name,
# the same folders under other names, and those that were there for the files of flags that are replaced.
foreign_mounts() {
  cut -f1 "$work/mounts.next" | cat - "$work/owned.volumes.$1" | sort -u >"$work/mounts.names"
  awk -F'\t' -v names="$work/mounts.names" -v mounts="$work/mounts.next" -v lost="$work/flags.lost" -v flags="$work/flags.next" "$place"'
    function below(files, n, folder, i) {
      sub(/\/+$/, "", folder)
      for (i = 1; i <= n; i++) if (index(files[i] "/", folder "/") == 1) return 1
      return 0
    }
    BEGIN {
      while ((getline line < names) > 0) ours[line]
      while ((getline line < mounts) > 0) { split(line, field, "\t"); places[place(field[2], field[3])] }
      while ((getline line < lost) > 0) { sub(/[^\t]*\t/, "", line); gone[++g] = line }
      while ((getline line < flags) > 0) { sub(/[^\t]*\t/, "", line); kept[++k] = line }
    }
    !($1 in ours) && !(place($2, $3) in places) && !(below(gone, g, $3) && !below(kept, k, $3)) {
      print "the volume " $1 " (" $2 " at " $3 ")"
    }' "$work/mounts.live"
}

# refuse_excluding: flags that kube-apiserver does not take beside ours; it would end at every start.
refuse_excluding() {
  manifest=$work/rendered/kube-apiserver.yaml
  where="Take it out of apiServer.extraArgs of the ConfigMap kube-system/kubeadm-config and out of $manifests/kube-apiserver.yaml, where it stands there; nothing was changed"
  for file in "$manifest" "$manifests/kube-apiserver.yaml"; do
    if [ -z "$(flag "$manifest" authentication-config '')" ]; then break; fi
    known "$file"
    excluded=$(sed -n -E "s/^(anonymous-auth|oidc-[a-z-]*)$tab/--\1=/p" "$known.flags" | paste -s -d' ' -)
    if [ -n "$excluded" ]; then
      fail "kube-apiserver has $excluded, and does not start with that beside --authentication-config of the settings, which alone says who is let in: anonymous requests on /livez, /readyz and /healthz, nobody by OpenID Connect. $where"
    fi
  done
  disabled=$(flag "$manifest" disable-admission-plugins '')
  for plugin in $(flag "$manifest" enable-admission-plugins '' | tr , ' '); do
    case ",$disabled," in
      *",$plugin,"*) fail "kube-apiserver has --disable-admission-plugins=$disabled, and does not start with that beside --enable-admission-plugins of the settings, which has $plugin as well. $where" ;;
    esac
  done
}

# merge_kubelet LIVE NEXT: a kubelet configuration with what is ours.
merge_kubelet() {
  local_merge "$1" "$work/kubelet.json" >"$2.raw"
  local_merge "$2.raw" "$work/kubelet.removed.json" >"$2"
  local_merge "$1" "$work/none.json" >"$1.compared"
}
restart_kubelet() {
  systemctl restart kubelet || { warn "the kubelet does not restart"; return 1; }
  deadline=$(($(date +%s) + wait))
  until plain --server http://127.0.0.1:10248 get --raw /healthz >/dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      warn "the kubelet does not answer after $wait seconds"
      return 1
    fi
    sleep 1
  done
}

# check_keys: refuses every change of keys after which something could not be read. Leaves in $work: entries.old and
# entries.new, resources, enc.old, enc.first (in effect while everything else changes) and enc.last.
check_keys() {
  wildcard=$(cut -d' ' -f1 "$work/entries.old.own" | grep -F '*' | head -n 1) || :
  if [ -n "$wildcard" ]; then
    fail "$encryption_live encrypts $wildcard. This program encrypts Secrets alone, and cannot see all that a wildcard covers. Take it back by hand: give Secrets an entry of their own before it, put identity: {} first in its providers, restart the API server, store everything anew that it covers, and take the wildcard out; nothing was changed"
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
      fail "encryption key $provider:$key: the settings hold another value than $encryption_live has. What is stored with the key could not be read any more. Give the new value a new name; nothing was changed"
    fi
  done <"$work/entries.new"

  ids <"$work/entries.new" >"$work/ids.new"
  ids <"$work/entries.old" >"$work/ids.old"
  moves=false retires=false
  while read -r name; do
    writes=$(first "$work/entries.old" "$name" | ids | cut -f2)
    next=$(first "$work/entries.new" "$name" | ids | cut -f2)
    stored "$name" >"$work/stored" || fail "what is stored how is unknown; nothing was changed"
    cut -f2 "$work/stored" | sort | uniq -c | while read -r count how; do
      if ! grep -qFx "$name$tab$how" "$work/ids.new"; then
        if [ "$name" != secrets ]; then
          fail "$count $name are stored as $(called "$how"). This program encrypts Secrets alone. Take that back by hand: put identity: {} first in the providers of $name in $encryption_live, restart the API server, store $name anew (kubectl get $name --all-namespaces -o json | kubectl replace -f -), and take $name out of the file; nothing was changed"
        fi
        remedy="They are rewritten as soon as another key writes; drop it after that"
        if [ "$how" != "$writes" ]; then remedy="cluster-security-apply --rewrite on this node rewrites them; drop it after that"; fi
        fail "$count $name are still stored as $(called "$how"), which the settings drop$(if [ "$how" = plain ]; then echo ' (identityFallback)'; fi). $remedy; nothing was changed"
      fi
    done
    if [ "$name" != secrets ] && ! grep -qFx "$name$tab$writes" "$work/ids.new"; then
      fail "$encryption_live encrypts $name, and this program Secrets alone. Take $name out of the file and restart the API server; nothing was changed"
    fi
    if ! grep -qFx "$name$tab$writes" "$work/ids.new"; then
      fail "$name are still being stored as $(called "$writes"), which the settings drop$(if [ "$writes" = plain ]; then echo ' (identityFallback)'; fi). Put another key first in one change, drop it in the next; nothing was changed"
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
      if grep -q ' kmsv[12] ' "$work/entries.both"; then fail "keys of a KMS plugin are not rotated by this program; nothing was changed"; fi
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

summary=
did() { summary="${summary:+$summary; }$*"; }

# ------------------------------------------------------------------------------------------------------------------- main

node='' base64=false prepare=false only_rewrite=false unpacked='' wait=180
while [ $# -gt 0 ]; do
  case $1 in
    --node) node=${2:?--node needs a name} && shift ;;
    --base64) base64=true ;;
    --prepare) prepare=true ;;
    --rewrite) only_rewrite=true ;;
    --wait) wait=${2:?--wait needs seconds} && shift ;;
    # Only this script says it, to the newer one that a bundle brings.
    --unpacked) unpacked=${2:?} && shift ;;
    *) fail "unknown argument $1; see the head of $0" ;;
  esac
  shift
done
if [ -z "$node" ] && [ "$only_rewrite" = false ]; then fail "--node NAME or --rewrite is needed"; fi
if [ "$(id -u)" != 0 ]; then fail "has to run as root"; fi
for needed in flock tar awk sha256sum base64; do
  command -v "$needed" >/dev/null || fail "$needed is not on this node"
done

mkdir -p "$state/backups"
chmod 0700 "$state"
if [ -z "$unpacked" ]; then
  exec 9>>"$state/lock"
  flock -n 9 || fail "another run is at work on this node; nothing was changed"
  rm -rf "$state"/work.* "$state"/backups/*.new
  work=$(mktemp -d "$state/work.XXXXXX")
else
  work=$unpacked
fi
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

components="etcd kube-apiserver kube-controller-manager kube-scheduler"
bundle=$work/bundle
if [ "$only_rewrite" = false ] && [ -z "$unpacked" ]; then
  mkdir "$bundle"
  {
    if [ "$base64" = true ]; then base64 -d >"$work/bundle.tar"; else cat >"$work/bundle.tar"; fi &&
      tar -xpf "$work/bundle.tar" -C "$bundle"
  } 2>"$work/unpack.err" || {
    if [ "$(df -Pk "$state" | awk 'END { print $4 }')" -lt 16 ]; then fail "no room in $state; nothing was changed"; fi
    fail "standard input is no tar archive (with --base64: the base64 text of one); nothing was changed"
  }
  rm "$work/bundle.tar"
  [ -s "$bundle/cluster-security/settings" ] || fail "the archive has no cluster-security/settings; nothing was changed"
  # A bundle is read by the script it was made with.
  script=$bundle/usr/local/sbin/cluster-security-apply
  if [ -f "$script" ] && ! { [ -f "$0" ] && same "$script" "$0"; }; then
    cp "$script" "$work/apply"
    trap - EXIT
    if [ "$prepare" = true ]; then set -- --prepare; fi
    exec sh "$work/apply" --node "$node" --wait "$wait" --unpacked "$work" "$@"
  fi
fi

if [ "$only_rewrite" = false ]; then
  settings=$bundle/cluster-security/settings
  setting() { sed -n "s/^$1=//p" "$settings"; }
  if [ "$(setting NODE)" != "$node" ]; then fail "the bundle is for node $(setting NODE), not $node; nothing was changed"; fi
  cluster=$(setting CLUSTER)
  kubeadm_config=$(setting KUBEADM_CONFIG)
  encryption_config=$(setting ENCRYPTION_CONFIG)
  audit_log=$(setting AUDIT_LOG)
  audit_level=$(setting AUDIT_SECRETS_LEVEL)
  setting CONTROL_PLANE >"$work/nodes"
  # "mode path" of each file.
  (cd "$bundle" && find . -type f ! -path './cluster-security/*' -exec stat -c '%a %n' {} +) | sed 's| \./| /|' | sort -k2 >"$work/members"
  # What a bundle that was cut off lacks would be taken for no longer wanted.
  setting FILE | sed 's/ /  ./' >"$work/sums"
  sed 's/^[^ ]*  \.//' "$work/sums" | sort >"$work/packed"
  if ! cut -d' ' -f2 "$work/members" | cmp -s - "$work/packed" || ! (cd "$bundle" && sha256sum --check --status --strict "$work/sums"); then
    fail "the archive is not whole: it was made with $(($(wc -l <"$work/packed"))) files, and not all of them are there as they were. Make or copy it again; nothing was changed"
  fi
fi

# files_to_change: paths whose content, mode or owner differ. The encryption configuration has a time of its own.
files_to_change() {
  while read -r mode path; do
    if [ "$path" = "${encryption_config:-}" ] && [ "${1:-}" != all ]; then continue; fi
    if [ -e "$path" ] && same "$bundle$path" "$path" && [ "$(meta "$path")" = "$mode 0:0" ]; then continue; fi
    echo "$mode $path"
  done <"$work/members"
}
install_files() {
  while read -r mode path; do install_file "$bundle$path" "$path" "$mode"; done <"$1"
  cut -d' ' -f2 "$1" >"$work/installed"
  reload_units "$work/installed"
}

if [ ! -e "$manifests/kube-apiserver.yaml" ] && [ ! -e "$admin" ]; then
  if [ "$only_rewrite" = true ]; then fail "there is no cluster on this node"; fi
  files_to_change all >"$work/files"
  install_files "$work/files"
  cut -d' ' -f2 "$work/members" | sort >"$owned"
  if [ "$(head -n 1 "$work/nodes" | cut -d' ' -f1)" = "$node" ]; then
    say "There is no cluster here yet. To make $cluster: kubeadm init --config $kubeadm_config"
  else
    say "There is no cluster here yet. To join $cluster: docs/join-a-node.md, a control-plane node"
  fi
  if [ -s "$work/files" ]; then say "applied: $(($(wc -l <"$work/files"))) files"; else say "applied: nothing changed"; fi
  exit 0
fi
for needed in kubectl kubeadm; do command -v "$needed" >/dev/null || fail "$needed is not on this node"; done
[ -e "$manifests/kube-apiserver.yaml" ] || fail "$manifests/kube-apiserver.yaml is missing, though $admin is there; nothing was changed"

look() {
  port=$(flag "$manifests/kube-apiserver.yaml" secure-port 6443)
  advertised=$(flag "$manifests/kube-apiserver.yaml" advertise-address 127.0.0.1)
  server=$(url_of "$advertised" "$port")
  encryption_live=$(flag "$manifests/kube-apiserver.yaml" encryption-provider-config '')
  find_etcd
  cp "$admin" "$work/local.conf"
  kubectl --kubeconfig="$work/local.conf" config set-cluster local --insecure-skip-tls-verify=true >/dev/null
}
look

if [ -e "$journal" ]; then
  encryption_config=${encryption_config:-$encryption_live}
  if [ "$(noted stage)" = 1 ]; then
    say "-- an earlier run was cut short; putting back what it had changed"
    restore || fail "what an earlier run had changed could not be put back; its backup is $(noted backup)"
    look
  else
    # All it had left to do was to put a key first that every API server reads: where this one takes it, going on is safe,
    # and going back is not.
    say "-- an earlier run was cut short while a new key was put first"
    before=$(refused)
    if ! await_keys "$encryption_config"; then
      undo
      fail "an earlier run was cut short while a new key was put first, and the API server does not take that; run again"
    fi
    rm -f "$journal"
  fi
fi
ready || fail "the API server of this node does not answer at $server; nothing was changed"

if [ "$only_rewrite" = true ]; then
  [ -n "$encryption_live" ] || fail "the API server has no encryption configuration"
  joined
  node=$(awk -v own="$advertised" '{ for (i = 2; i <= NF; i++) if ($i == own) print $1 }' "$work/joined")
  cut -d' ' -f1,2 "$work/joined" >"$work/nodes"
  [ "$(loaded)" = "$(hash_of "$encryption_live")" ] || fail "the API server has not loaded $encryption_live yet; try again in a minute"
  each_other_has "a rewrite" "$encryption_live"
  entries "$encryption_live" >"$work/entries.new"
  rewrite_all "$work/entries.new"
  say "applied: ${summary:-nothing changed}"
  exit 0
fi

others
take_lease

# What is there.
get_config kubeadm-config ClusterConfiguration >"$work/kubeadm.live" || fail "the ConfigMap kube-system/kubeadm-config cannot be read; nothing was changed"
resource_version=$(kc get configmap --namespace kube-system kubeadm-config -o 'jsonpath={.metadata.resourceVersion}')
grep -q '^apiVersion: kubeadm.k8s.io/v1beta4' "$work/kubeadm.live" ||
  fail "the ConfigMap kube-system/kubeadm-config is of $(sed -n 's/^apiVersion: //p' "$work/kubeadm.live"), not kubeadm.k8s.io/v1beta4; kubeadm config migrate converts it; nothing was changed"
split "$bundle$kubeadm_config" ClusterConfiguration >"$work/kubeadm.wanted"
: >"$work/kubeadm.previous"
if [ -e "$kubeadm_config" ]; then split "$kubeadm_config" ClusterConfiguration >"$work/kubeadm.previous"; fi
refuse_other_cluster

# What is wanted.
merge_kubeadm
render
refuse_excluding
restart=
for component in $components; do compare_manifest "$component"; done

cp "$bundle$encryption_config" "$work/enc.new"
entries "$work/enc.new" >"$work/entries.new.own"
while IFS=: read -r provider key; do echo "$provider ${key:--}"; done >"$work/keys.said" <<END
$(setting ENCRYPTION_KEY)
END
sed 's/^[^ ]* \([^ ]* [^ ]*\) .*/\1/' "$work/entries.new.own" | awk '!seen[$0]++' | cmp -s - "$work/keys.said" ||
  fail "the encryption configuration in the bundle does not hold the keys that the settings name; nothing was changed"
: >"$work/entries.old.own"
if [ -n "$encryption_live" ]; then
  [ -e "$encryption_live" ] || fail "the API server's encryption configuration $encryption_live is not on this node; nothing was changed"
  cp "$encryption_live" "$work/enc.old"
  entries "$work/enc.old" >"$work/entries.old.own"
  before=$(refused)
  if reloads; then
    [ "$(loaded)" = "$(hash_of "$work/enc.old")" ] || await_keys "$work/enc.old" ||
      fail "$encryption_live is not what the API server runs with; put that right first; nothing was changed"
  else
    read_at_start "$encryption_live" ||
      fail "$encryption_live was changed after the API server had read it. Restart the API server (move $manifests/kube-apiserver.yaml away and back); nothing was changed"
  fi
fi
check_keys

split "$bundle$kubeadm_config" KubeletConfiguration >"$work/kubelet.wanted"
: >"$work/kubelet.live"
kubelet=
if [ -s "$work/kubelet.wanted" ] && [ -e "$kubelet_config" ]; then
  get_config kubelet-config kubelet >"$work/kubelet.live" || fail "the ConfigMap kube-system/kubelet-config cannot be read; nothing was changed"
  kubectl --kubeconfig=/dev/null patch --local -f "$work/kubelet.wanted" --type=merge -p '{}' -o json >"$work/kubelet.json"
  if [ -e "$kubeadm_config" ]; then split "$kubeadm_config" KubeletConfiguration; fi | sed -n 's/^\([a-zA-Z]*\):.*/\1/p' |
    while read -r field; do if ! grep -q "^$field:" "$work/kubelet.wanted"; then echo "\"$field\":null"; fi; done |
    paste -s -d, - | sed 's/.*/{&}/' >"$work/kubelet.removed.json"
  [ -s "$work/kubelet.removed.json" ] || echo '{}' >"$work/kubelet.removed.json"
  cp "$kubelet_config" "$work/kubelet.here"
  merge_kubelet "$work/kubelet.live" "$work/kubelet.map.next"
  merge_kubelet "$work/kubelet.here" "$work/kubelet.here.next"
  if ! same "$work/kubelet.live.compared" "$work/kubelet.map.next"; then kubelet="$kubelet map"; fi
  if ! same "$work/kubelet.here.compared" "$work/kubelet.here.next"; then kubelet="$kubelet here"; fi
fi

files_to_change >"$work/files"
: >"$work/stale"
if [ -e "$owned" ]; then cut -d' ' -f2 "$work/members" | sort | comm -23 "$owned" - >"$work/stale"; fi
config_changes=false
if ! same "$work/live.compared" "$work/merged.compared"; then config_changes=true; fi
keys_change=false
if ! { [ -e "$encryption_config" ] && same "$encryption_config" "$work/enc.first" && [ "$(meta "$encryption_config")" = "600 0:0" ]; }; then keys_change=true; fi

if [ -s "$work/files" ] || [ -s "$work/stale" ] || [ "$config_changes" = true ] || [ "$keys_change" = true ] ||
  [ -n "$restart" ] || [ -n "$kubelet" ] || ! same "$work/enc.first" "$work/enc.last"; then
  make_backup
  step "backup of etcd and $kubernetes: $backup"
  changing=true
  note 1
  step "files"
  install_files "$work/files"
  if [ -s "$work/files" ]; then did "$(($(wc -l <"$work/files"))) files"; fi
  if [ "$keys_change" = true ]; then
    before=
    if [ -n "$encryption_live" ]; then before=$(refused); fi
    install_file "$work/enc.first" "$encryption_config" 0600
  fi
  step "ConfigMaps"
  if [ "$config_changes" = true ]; then
    set_config kubeadm-config ClusterConfiguration "$work/kubeadm.merged" "$resource_version"
    did "ConfigMap kubeadm-config"
  fi
  case $kubelet in
    *map*)
      set_config kubelet-config kubelet "$work/kubelet.map.next"
      did "ConfigMap kubelet-config"
      ;;
  esac
  for component in $restart; do
    step "$component"
    # shellcheck disable=SC2046 # process ids
    set -- $(pids_of "$component")
    if [ -s "$work/replaced.$component" ]; then say "$(cat "$work/replaced.$component")"; fi
    install_file "$work/rendered/$component.yaml" "$manifests/$component.yaml" 0600
    step "waiting for $component"
    await_component "$component" "$@"
    did "$component restarted"
  done
  case $kubelet in
    *here*)
      step "kubelet"
      install_file "$work/kubelet.here.next" "$kubelet_config" "$(stat -c %a "$kubelet_config")"
      restart_kubelet
      did "kubelet restarted"
      ;;
  esac
  if [ "$keys_change" = true ]; then
    step "waiting until the API server has loaded the keys (it looks once a minute)"
    await_keys "$work/enc.first"
    did "keys loaded: $(entries "$work/enc.first" | ids | cut -f2 | awk '!seen[$0]++' | while read -r one; do called "$one"; done | paste -s -d, - | sed 's/,/, /g')"
  fi
  if [ "$keys_change" = true ] || [ -n "$restart" ]; then
    step "probe"
    entries "$work/enc.first" >"$work/entries.first"
    probe "$work/entries.first"
  fi
  if ! same "$work/enc.first" "$work/enc.last"; then
    mkdir "$backup/keys"
    cp "$work/enc.first" "$work/resources" "$backup/keys/"
    sort -u "$work/ids.old" >"$backup/keys/ids.old"
    note 2
    step "the new key is put first"
    before=$(refused)
    install_file "$work/enc.last" "$encryption_config" 0600
    step "waiting until the API server has loaded it (it looks once a minute)"
    await_keys "$work/enc.last"
    step "probe of the new key"
    probe "$work/entries.new"
    did "$moved"
  fi
  stop_timers "$work/stale"
  while read -r path; do
    rm -f "$path"
    did "$path removed"
  done <"$work/stale"
  reload_units "$work/stale"
  step "done"
  rm -f "$journal"
  changing=false
  prune_backups
fi

cut -d' ' -f2 "$work/members" | sort >"$owned.new"
mv "$owned.new" "$owned"

# Everything anew that another key, or none, has stored; not while another API server would go on storing it so. The last
# node that has these keys does it.
if [ "$prepare" = false ]; then
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
fi
say "applied: ${summary:-nothing changed}"
