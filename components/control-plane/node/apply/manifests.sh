# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# Manifests as kubeadm would write them, next to the ones that run; and the kubelet.

part_of() {
  case $1 in
    kube-apiserver) echo apiServer ;;
    kube-controller-manager) echo controllerManager ;;
    kube-scheduler) echo scheduler ;;
    *) echo etcd ;;
  esac
}
# in_any_order MANIFEST: with its flags sorted by name, whose order is no reason for a restart. Of a flag that stands several
# times, such as service-account-issuer, the order counts.
in_any_order() {
  grep -v '^ *- --' "$1"
  grep '^ *- --' "$1" | sort -s -t= -k1,1
}
# same_manifest ONE OTHER: true when they differ in the order of flags at most, or in how YAML is written, such as in quotes.
same_manifest() {
  in_any_order "$1" >"$work/live.ordered"
  in_any_order "$2" >"$work/next.ordered"
  if same "$work/live.ordered" "$work/next.ordered"; then return 0; fi
  local_merge "$1" "$work/none.json" >"$work/live.rewritten" && local_merge "$2" "$work/none.json" >"$work/next.rewritten" || return 1
  in_any_order "$work/live.rewritten" >"$work/live.ordered"
  in_any_order "$work/next.rewritten" >"$work/next.ordered"
  same "$work/live.ordered" "$work/next.ordered"
}
# compare_manifest COMPONENT: adds it to $restart when its manifest has to change. Fails when that would drop what somebody
# else put there. Not for a condition, where set -e does not act.
compare_manifest() {
  part=$(part_of "$1")
  live=$manifests/$1.yaml
  next=$work/rendered/$1.yaml
  if [ ! -e "$live" ] || [ ! -e "$next" ]; then return 0; fi
  if [ "$1" = etcd ]; then
    # What a member joined with stays: kubeadm would render the first member's.
    known "$live"
    sed -n "s/^\(initial-cluster\(-state\)\{0,1\}\)$tab/--\1=/p" "$known.flags" >"$work/initial"
    awk -v file="$work/initial" '/^ *- --initial-cluster=/ { sub(/-.*/, ""); while ((getline line < file) > 0) print $0 "- " line; next }
      !/^ *- --initial-cluster-state=/' "$next" >"$next.own"
    mv "$next.own" "$next"
  fi
  if same_manifest "$live" "$next"; then return 0; fi
  for file in "$live" "$next"; do
    if [ "$file" = "$live" ]; then which=live; else which=next; fi
    known "$file"
    cp "$known.flags" "$work/flags.$which"
    sort "$known.rest" >"$work/rest.$which"
    sort "$known.mounts" >"$work/mounts.$which"
  done
  comm -23 "$work/flags.live" "$work/flags.next" >"$work/flags.lost"
  stranger=$(cut -f1 "$work/flags.lost" | sort -u | comm -23 - "$work/owned.args.$part" | head -n 1)
  if [ -n "$stranger" ]; then
    fail "$1 runs with --$stranger=$(sed -n "s/^$stranger$tab//p" "$work/flags.live"), and kubeadm would give it $(sed -n "s/^$stranger$tab/--$stranger=/p" "$work/flags.next" | grep . || echo "no such flag"): $live was changed by hand or made otherwise. Put the flag into $part.extraArgs of the ConfigMap kube-system/kubeadm-config, or take it out of the manifest; $outcome"
  fi
  if ! same "$work/rest.live" "$work/rest.next"; then
    fail "$live differs from what kubeadm renders: $(comm -23 "$work/rest.live" "$work/rest.next" | head -n 1) would become $(comm -13 "$work/rest.live" "$work/rest.next" | head -n 1 | grep . || echo nothing). Undo that by hand, or use the kubeadm of the cluster's version; $outcome"
  fi
  foreign_mounts "$part" >"$work/mounts.foreign"
  stranger=$(head -n 1 "$work/mounts.foreign")
  if [ -n "$stranger" ]; then
    fail "$1 mounts $stranger, which kubeadm's configuration does not name. Put it into $part.extraVolumes of the ConfigMap kube-system/kubeadm-config, or take it out of $live; $outcome"
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

# refuse_excluding: flags that kube-apiserver does not take together with ours; it would end at every start.
refuse_excluding() {
  manifest=$work/rendered/kube-apiserver.yaml
  where="Take it out of apiServer.extraArgs of the ConfigMap kube-system/kubeadm-config and out of $manifests/kube-apiserver.yaml, where it stands there; $outcome"
  for file in "$manifest" "$manifests/kube-apiserver.yaml"; do
    if [ -z "$(flag "$manifest" authentication-config '')" ]; then break; fi
    known "$file"
    excluded=$(sed -n -E "s/^(anonymous-auth|oidc-[a-z-]*)$tab/--\1=/p" "$known.flags" | paste -s -d' ' -)
    if [ -n "$excluded" ]; then
      fail "kube-apiserver has $excluded, and does not start with that and --authentication-config of the settings, which alone says who is let in: anonymous requests on /livez, /readyz and /healthz, nobody by OpenID Connect. $where"
    fi
  done
  disabled=$(flag "$manifest" disable-admission-plugins '')
  for plugin in $(flag "$manifest" enable-admission-plugins '' | tr , ' '); do
    case ",$disabled," in
      *",$plugin,"*) fail "kube-apiserver has --disable-admission-plugins=$disabled, and does not start with that and --enable-admission-plugins of the settings, which has $plugin as well. $where" ;;
    esac
  done
}

# merge_kubelet LIVE NEXT: a kubelet configuration with what is ours.
merge_kubelet() {
  local_merge "$1" "$work/kubelet.patch" >"$2"
  local_merge "$1" "$work/none.json" >"$1.compared"
}
restart_kubelet() {
  systemctl restart kubelet || {
    warn "the kubelet does not restart.$(kubelet_words)"
    return 1
  }
  # systemd goes on counting where the kubelet waited for its next start just then.
  restarts=$(kubelet_restarts)
  deadline=$(($(date +%s) + wait))
  until plain --server http://127.0.0.1:10248 get --raw /healthz >/dev/null 2>&1; do
    if [ "$(($(kubelet_restarts) - restarts))" -ge 3 ]; then
      warn "the kubelet ended three times with ${its_files:-its new configuration}.$(kubelet_words)"
      return 1
    fi
    if [ "$(date +%s)" -ge "$deadline" ]; then
      warn "the kubelet does not answer after $wait seconds.$(kubelet_words)"
      return 1
    fi
    sleep 1
  done
}
kubelet_restarts() { systemctl show --property=NRestarts --value kubelet | grep -x '[0-9]\{1,\}' || echo 0; }
kubelet_words() {
  words=$(journalctl --unit=kubelet --output=cat --lines=20 2>/dev/null | grep -E '^E[0-9]{4} |rror' | tail -n 3) || :
  if [ -n "$words" ]; then printf ' The end of its journal:\n%s' "$words"; fi
}
