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
# shellcheck source-path=SCRIPTDIR disable=SC2016
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
step() { say "-- $*"; }

# A copy on a node holds these parts itself: see applyScriptFile in bundle.ts.
. "${0%/*}/apply/files.sh"
. "${0%/*}/apply/kubernetes.sh"
. "${0%/*}/apply/etcd.sh"
. "${0%/*}/apply/keys.sh"
. "${0%/*}/apply/nodes.sh"
. "${0%/*}/apply/rewrite.sh"
. "${0%/*}/apply/backups.sh"
. "${0%/*}/apply/changes.sh"
. "${0%/*}/apply/manifests.sh"
. "${0%/*}/apply/rotation.sh"

summary=
did() { summary="${summary:+$summary; }$*"; }

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
    say "There is no cluster here yet. To join $cluster: docs/guides/join-a-node.md, a control-plane node"
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
