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
# What it does, in this order, and only where something differs: a trial of the components with their new flags and files,
# next to those that run, before anything changes; backup of etcd and /etc/kubernetes in
# /var/lib/cluster-security/backups (the last three are kept); files; the ConfigMap kubeadm-config, so that `kubeadm upgrade`
# keeps the flags; the manifests of etcd, kube-apiserver, kube-controller-manager and kube-scheduler as kubeadm renders
# them; the kubelet. Of ConfigMaps and manifests it changes what kubeadm's configuration in the bundle names (extraArgs,
# extraVolumes, kubelet fields) or named before; a volume is its own by its name, and by its folder at its place, also
# if somebody else wrote it there. Then the key that writes, last: up to there nothing is stored with a new
# key, so that all of it can be taken back.
#
# One run at a time: on this node by a lock, of all nodes by the Lease kube-system/cluster-security-apply.
#
# Exit status 0 and a last line "applied: …", or another status, the reason, and everything as it was, or a list of what is
# not. A run that was killed is taken back by the next one. Needs kubectl, kubeadm, etcdctl (on PATH, or in etcd's container by crictl or
# kubectl), flock, tar, awk and coreutils; unshare, without which nothing is tried first.

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
# What a run works with lies in memory, so that a full disk neither misleads it nor keeps it from putting things back.
memory=/run/cluster-security
# Names the backup to return to and how far the run got, for as long as a run is under way.
journal=$state/unfinished
owned=$state/files
log=/dev/null
# What a failure leaves, for messages of what is asked before and after the work.
outcome="nothing was changed"
tab=$(printf '\t')

# A log that cannot be written is no reason to end.
note_down() { { printf '%s\n' "$*" >>"$log"; } 2>/dev/null || :; }
say() { printf '%s\n' "$*" 2>/dev/null || :; note_down "$*"; }
warn() { printf 'cluster-security-apply: %s\n' "$*" >&2 || :; note_down "$*"; }
fail() { warn "$*"; exit 1; }
step() { say "-- $*"; }

# A copy on a node holds these parts itself: see applyScriptFile in bundle.ts.
. "${0%/*}/apply/files.sh"
. "${0%/*}/apply/bundle.sh"
. "${0%/*}/apply/kubernetes.sh"
. "${0%/*}/apply/etcd.sh"
. "${0%/*}/apply/keys.sh"
. "${0%/*}/apply/nodes.sh"
. "${0%/*}/apply/lease.sh"
. "${0%/*}/apply/rewrite.sh"
. "${0%/*}/apply/backups.sh"
. "${0%/*}/apply/changes.sh"
. "${0%/*}/apply/manifests.sh"
. "${0%/*}/apply/rotation.sh"
. "${0%/*}/apply/compare.sh"
. "${0%/*}/apply/rehearse.sh"
. "${0%/*}/apply/effect.sh"

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
case $wait in *[!0-9]* | 0*) fail "--wait needs a whole number of seconds such as 180, not $wait" ;; esac
if [ -z "$node" ] && [ "$only_rewrite" = false ]; then fail "--node NAME or --rewrite is needed"; fi
# What a user runs after a failure. Base64 is what Pulumi sends.
again="cluster-security-apply --node $node$(if [ "$prepare" = true ]; then echo ' --prepare'; fi) <BUNDLE"
if [ "$base64" = true ]; then again="pulumi up"; fi
if [ "$only_rewrite" = true ]; then again="cluster-security-apply --rewrite"; fi
if [ "$(id -u)" != 0 ]; then fail "has to run as root"; fi
for needed in flock tar awk sha256sum base64; do
  command -v "$needed" >/dev/null || fail "$needed is not on this node"
done

mkdir -p "$state/backups"
chmod 0700 "$state"
if [ -z "$unpacked" ]; then
  exec 9>>"$state/lock"
  flock -n 9 || fail "another run is at work on this node: $(holder) holds $state/lock; $outcome"
  echo "$$ $(began "$$")" >"$state/lock"
  rm -rf "$state"/work.* "$memory".* "$state"/backups/*.new
  work=$(mktemp -d "$memory.XXXXXX")
else
  work=$unpacked
fi
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

components="etcd kube-apiserver kube-controller-manager kube-scheduler"
bundle=$work/bundle
if [ "$only_rewrite" = false ]; then
  if [ -z "$unpacked" ]; then unpack_bundle; fi
  read_bundle
fi

if [ ! -e "$manifests/kube-apiserver.yaml" ] && [ ! -e "$admin" ]; then
  if [ "$only_rewrite" = true ]; then fail "there is no cluster on this node"; fi
  files_to_change all >"$work/files"
  install_files "$work/files" || fail "not all files could be written; run again when they can"
  record_owned
  if [ "$(head -n 1 "$work/nodes" | cut -d' ' -f1)" = "$node" ]; then
    say "There is no cluster here yet. To make $cluster: kubeadm init --config $kubeadm_config"
    say "The kubeadm join commands that it prints cannot work: anonymous requests do not read cluster-info. Join with a discovery file."
  else
    say "There is no cluster here yet. To join $cluster: docs/guides/join-a-node.md, a control-plane node"
  fi
  if timers "$work/installed" | grep -q .; then say "Once it runs, start the timers: systemctl start timers.target"; fi
  if [ -s "$work/files" ]; then say "applied: $(($(wc -l <"$work/files"))) files"; else say "applied: nothing changed"; fi
  exit 0
fi
for needed in kubectl kubeadm; do command -v "$needed" >/dev/null || fail "$needed is not on this node"; done
[ -e "$manifests/kube-apiserver.yaml" ] || fail "$manifests/kube-apiserver.yaml is missing, though $admin is there; $outcome"

look
# Nothing changes before the Lease is held. Only where the API server does not answer, an earlier run is taken back without:
# what that run has changed may be the reason.
if [ -e "$journal" ] && ! await_lease && ! ready; then end_earlier_run; fi
await_ready || fail "the API server of this node is not ready at $server after $((wait / 3)) seconds: $unready; $outcome. When it is ready, run again: $again"
if [ -z "$node" ]; then node=$(own_name); fi
if [ -z "${renewer:-}" ]; then take_lease; fi
if [ -e "$journal" ]; then end_earlier_run; fi

if [ "$only_rewrite" = true ]; then
  rewrite_alone
  say "applied: ${summary:-nothing changed}"
  exit 0
fi

others
compare_kubeadm
compare_keys
compare_kubelet
compare_files
if differs; then
  rehearse
  put_into_effect
fi

record_owned
if [ "$prepare" = false ]; then rewrite_unless_early; fi
say "applied: ${summary:-nothing changed}"
