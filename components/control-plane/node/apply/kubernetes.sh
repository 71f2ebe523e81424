# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# kubectl on objects in files and on the cluster, and the health of a component that the kubelet runs.

# local_get FILE TEMPLATE: what a Go template says about each document of a file.
local_get() { kubectl --kubeconfig=/dev/null patch --local -f "$1" --type=merge -p '{}' -o "go-template=$2"; }
# local_merge FILE PATCH_FILE: the one document of a file with a merge patch.
local_merge() { kubectl --kubeconfig=/dev/null patch --local -f "$1" --type=merge --patch-file "$2" -o yaml; }
# kc …: kubectl towards this node's own API server, whichever address the kubeconfig names. Objects are made and replaced
# with --validate=false: they are this script's or the API server's own, and kubectl would first fetch the schema of
# everything, which an API server that has just started has yet to put together.
kc() { kubectl --kubeconfig "$admin" --server "$server" --request-timeout=30s "$@"; }
plain() { kubectl --kubeconfig=/dev/null --request-timeout=5s "$@"; }
ready() { kc get --raw /readyz --request-timeout=5s >/dev/null 2>&1; }
# await_ready: false where the API server is not ready in a third of the time that a component gets; $unready says why, by
# the checks that fail, or by what kubectl says.
await_ready() {
  deadline=$(($(date +%s) + wait / 3))
  said=false
  until unready=$(kc get --raw /readyz --request-timeout=5s 2>&1 >/dev/null); do
    unready=$(printf '%s\n' "$unready" | awk '/^\[-\]/ { checks = checks (checks == "" ? "" : ", ") $0 } { last = $0 } END { print (checks == "" ? last : checks) }')
    if [ "$said" = false ]; then step "waiting at most $((wait / 3)) seconds for the API server at $server to be ready: $unready"; fi
    said=true
    if [ "$(date +%s)" -ge "$deadline" ]; then return 1; fi
    sleep 1
  done
}

# What is read of a manifest: the command; its mounts, "name<tab>folder of the node<tab>folder in the container"; and
# everything else. All of it at once, since kubectl takes longer to start than to read.
known_template='{{$pod := .}}{{with (index .spec.containers 0)}}{{range .command}}{{.}}{{"\n"}}{{end}}-- mounts{{"\n"}}{{
  range .volumeMounts}}{{$mount := .}}{{range $pod.spec.volumes}}{{if eq .name $mount.name}}{{
    .name}}{{"\t"}}{{with .hostPath}}{{.path}}{{end}}{{"\t"}}{{$mount.mountPath}}{{"\n"}}{{end}}{{end}}{{end}}-- rest{{"\n"}}{{
  range $k, $v := $pod.metadata}}{{$k}} {{$v}}{{"\n"}}{{end}}{{
  range $k, $v := $pod.spec}}{{if and (ne $k "containers") (ne $k "volumes")}}{{$k}} {{$v}}{{"\n"}}{{end}}{{end}}{{
  range $i, $other := $pod.spec.containers}}{{if $i}}container {{$other}}{{"\n"}}{{end}}{{end}}{{
  range $k, $v := .}}{{if and (ne $k "command") (ne $k "volumeMounts")}}{{$k}} {{$v}}{{"\n"}}{{end}}{{end}}{{end}}'
# known MANIFEST: $known.command and $known.flags say what its container runs: program and arguments, one a line, and
# "name<tab>value", sorted; $known.mounts and $known.rest the rest. Read anew only when the manifest has changed. kubeadm
# writes --name=value; by hand --name value, -name=value and, for true, --name mean the same.
known() {
  known=$work/manifest$(printf %s "$1" | tr / .)
  if [ -e "$known.flags" ] && same "$1" "$known.copy"; then return 0; fi
  rm -f "$known.flags"
  cp "$1" "$known.copy"
  local_get "$known.copy" "$known_template" >"$known.all" || return 1
  : >"$known.command"
  : >"$known.mounts"
  : >"$known.rest"
  awk -v known="$known" 'BEGIN { part = "command" } /^-- (mounts|rest)$/ { part = $2; next } { print >(known "." part) }' "$known.all"
  sed 1d "$known.command" | awk '
    function end(value) { if (name != "") print name "\t" value; name = "" }
    !/^-./ { if (name == "") print $0 "\t"; end($0); next }
    { end("true"); sub(/^--?/, ""); at = index($0, "=") }
    at { print substr($0, 1, at - 1) "\t" substr($0, at + 1); next }
    { name = $0 }
    END { end("true") }' | sort >"$known.flags"
}
# flag MANIFEST NAME DEFAULT
flag() {
  known "$1"
  value=$(sed -n "s/^$2$tab//p" "$known.flags")
  printf '%s\n' "${value:-$3}"
}
url_of() { case $1 in *:*) echo "https://[$1]:$2" ;; *) echo "https://$1:$2" ;; esac; }

# began PID: when the process began, in clock ticks since the start of the machine. A number alone may be used again.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
# pids_of COMPONENT: processes of its static pod. Any process on the node may have that name.
pids_of() {
  grep -ls -e "$1" /proc/[0-9]*/cmdline | while read -r file; do
    program=$(tr '\0' '\n' 2>/dev/null <"$file" | head -n 1) || continue
    folder=${file%/cmdline}
    if [ "${program##*/}" = "$1" ] && of_kubelet "$folder"; then echo "${folder#/proc/}"; fi
  done
}
# of_kubelet FOLDER: true when a process (its folder in /proc) is a static pod's, which the kubelet names by a UID without
# dashes, unlike the API server; or root's own and of no pod.
of_kubelet() {
  if grep -qs kubepods "$1/cgroup"; then
    grep -qsE 'pod[0-9a-f]{32}([./]|$)' "$1/cgroup"
  else
    grep -qsx "Uid:${tab}0${tab}0${tab}0${tab}0" "$1/status"
  fi
}
# runs_manifest PID COMPONENT: true when the process has exactly the arguments of the manifest.
runs_manifest() {
  known "$manifests/$2.yaml"
  sed 1d "$known.command" | sort >"$work/wanted"
  # As on a full disk: of what is not written nothing is known.
  if [ ! -s "$work/wanted" ]; then return 1; fi
  tr '\0' '\n' 2>/dev/null <"/proc/$1/cmdline" | sed 1d | sort >"$work/running"
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
    kube-controller-manager) plain_health "$manifest" 10257 ;;
    *) plain_health "$manifest" 10259 ;;
  esac >/dev/null 2>&1
}
# plain_health MANIFEST PORT: where the manifest does not name another port, or one address to listen at. Their certificates
# are their own. kubectl asks a person for a name unless it has a client certificate to show.
plain_health() {
  if [ ! -e "$work/local.conf" ]; then
    # Whole or not at all: set -e does not act in a condition, where this is called.
    cp "$admin" "$work/local.conf.new" &&
      kubectl --kubeconfig="$work/local.conf.new" config set-cluster local --insecure-skip-tls-verify=true &&
      mv "$work/local.conf.new" "$work/local.conf" || return 1
  fi
  listening=$(flag "$1" bind-address 127.0.0.1)
  case $listening in 0.0.0.0 | ::) listening=127.0.0.1 ;; esac
  kubectl --kubeconfig="$work/local.conf" --cluster local --server "$(url_of "$listening" "$(flag "$1" secure-port "$2")")" \
    --request-timeout=5s get --raw /healthz
}

# await_component NAME [OLD_PID…]: until a process that is none of the old ones runs the manifest and says it is healthy.
await_component() {
  component=$1 && shift
  old=" $* "
  new=" " died=0 stable=0
  deadline=$(($(date +%s) + wait))
  logs_before=$(logs_of "$component")
  while [ "$stable" -lt 2 ]; do
    newest=$(logs_of "$component" | head -n 1)
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
    if [ "$died" -ge 3 ] || [ "$(ended "$newest" "$now")" -ge 3 ]; then
      warn "$component ended three times with ${its_files:-its new files}.$(last_words "$component")"
      return 1
    fi
    if [ "$(date +%s)" -ge "$deadline" ]; then
      warn "$component does not answer with ${its_files:-its new files} after $wait seconds.$(last_words "$component")"
      return 1
    fi
    sleep 0.5 2>/dev/null || sleep 1
  done
}
# logs_of COMPONENT: the logs of its pods, newest first: FOLDER/NUMBER.log, one for each start of a pod.
# shellcheck disable=SC2012 # newest first is what ls can do, and the kubelet chooses the names
logs_of() { ls -t "/var/log/pods/kube-system_$1-"*/*/*.log 2>/dev/null || :; }
# ended NEWEST PIDS: how many processes have ended since $logs_before, by the number of the newest log. One that ends at once
# is seldom seen itself.
ended() {
  number=${1##*/} number=${number%.log}
  case $number in '' | *[!0-9]*) number=0 ;; esac
  base=$(printf '%s\n' "$logs_before" | sed -n "s|^${1%/*}/\([0-9]*\)\.log\$|\1|p" | sort -n | tail -n 1)
  # A start that has said something, and whose process is not there.
  if [ -s "$1" ] && [ -z "${2# }" ]; then number=$((number + 1)); fi
  echo "$((number - ${base:--1} - 1))"
}
last_words() {
  newest=$(logs_of "$1" | head -n 1)
  if [ -n "$newest" ]; then printf ' The end of its log:\n%s' "$(tail -n 3 "$newest")"; fi
}

# look: where this node's API server answers, and the keys it runs with.
look() {
  port=$(flag "$manifests/kube-apiserver.yaml" secure-port 6443)
  advertised=$(flag "$manifests/kube-apiserver.yaml" advertise-address 127.0.0.1)
  server=$(url_of "$advertised" "$port")
  encryption_live=$(flag "$manifests/kube-apiserver.yaml" encryption-provider-config '')
  find_etcd
}
