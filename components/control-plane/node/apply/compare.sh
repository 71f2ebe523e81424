# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# What has to change: the bundle against what the cluster and this node have. Nothing is changed here.

# compare_kubeadm: kubeadm.merged, and $restart: components whose manifests change.
compare_kubeadm() {
  kc get configmap --namespace kube-system kubeadm-config -o 'go-template={{.metadata.resourceVersion}}{{"\n"}}{{index .data "ClusterConfiguration"}}' >"$work/kubeadm.map" ||
    fail "the ConfigMap kube-system/kubeadm-config cannot be read; $outcome"
  resource_version=$(head -n 1 "$work/kubeadm.map")
  sed 1d "$work/kubeadm.map" >"$work/kubeadm.live"
  api_version=$(local_get "$work/kubeadm.live" '{{.apiVersion}}' 2>/dev/null) || :
  [ "$api_version" = kubeadm.k8s.io/v1beta4 ] ||
    fail "the ConfigMap kube-system/kubeadm-config is of ${api_version:-no version}, not kubeadm.k8s.io/v1beta4; kubeadm config migrate converts it; $outcome"
  split "$bundle$kubeadm_config" ClusterConfiguration >"$work/kubeadm.wanted"
  : >"$work/kubeadm.previous"
  if [ -e "$kubeadm_config" ]; then split "$kubeadm_config" ClusterConfiguration >"$work/kubeadm.previous"; fi
  for file in previous wanted live; do read_configuration "$file"; done
  refuse_other_cluster
  merge_kubeadm
  render
  refuse_excluding
  restart=
  for component in $components; do compare_manifest "$component"; done
}
# compare_keys: the encryption configurations of before and after; refuses what would make data unreadable.
compare_keys() {
  cp "$bundle$encryption_config" "$work/enc.new"
  entries "$work/enc.new" >"$work/entries.new.own"
  setting ENCRYPTION_KEY | while IFS=: read -r provider key; do echo "$provider ${key:--}"; done >"$work/keys.said"
  sed 's/^[^ ]* \([^ ]* [^ ]*\) .*/\1/' "$work/entries.new.own" | awk '!seen[$0]++' | cmp -s - "$work/keys.said" ||
    fail "the encryption configuration in the bundle does not hold the keys that the settings name; $outcome"
  : >"$work/entries.old.own"
  if [ -n "$encryption_live" ]; then
    [ -e "$encryption_live" ] || fail "the API server's encryption configuration $encryption_live is not on this node; $outcome"
    cp "$encryption_live" "$work/enc.old"
    if same "$work/enc.old" "$work/enc.new"; then cp "$work/entries.new.own" "$work/entries.old.own"; else entries "$work/enc.old" >"$work/entries.old.own"; fi
    if reloads; then
      [ "$(loaded)" = "$(hash_of "$work/enc.old")" ] || await_keys "$work/enc.old" ||
        fail "$encryption_live is not what the API server runs with; put that right first; $outcome"
    else
      read_at_start "$encryption_live" ||
        fail "$encryption_live was changed after the API server had read it. Restart the API server (move $manifests/kube-apiserver.yaml away and back); $outcome"
    fi
  fi
  check_keys
  if same "$work/enc.first" "$work/enc.new"; then cp "$work/entries.new.own" "$work/entries.first"; else entries "$work/enc.first" >"$work/entries.first"; fi
}
# compare_kubelet: $kubelet holds "map" and "here" where its ConfigMap and its file on this node change.
compare_kubelet() {
  split "$bundle$kubeadm_config" KubeletConfiguration >"$work/kubelet.wanted"
  : >"$work/kubelet.live"
  kubelet=
  if [ -s "$work/kubelet.wanted" ] && [ -e "$kubelet_config" ]; then
    get_config kubelet-config kubelet >"$work/kubelet.live" || fail "the ConfigMap kube-system/kubelet-config cannot be read; $outcome"
    # A field that is no longer named goes.
    cp "$work/kubelet.wanted" "$work/kubelet.patch"
    if [ -e "$kubeadm_config" ]; then split "$kubeadm_config" KubeletConfiguration; fi | sed -n 's/^\([a-zA-Z]*\):.*/\1/p' |
      while read -r field; do if ! grep -q "^$field:" "$work/kubelet.wanted"; then echo "$field: null"; fi; done >>"$work/kubelet.patch"
    cp "$kubelet_config" "$work/kubelet.here"
    merge_kubelet "$work/kubelet.live" "$work/kubelet.map.next"
    merge_kubelet "$work/kubelet.here" "$work/kubelet.here.next"
    if ! same "$work/kubelet.live.compared" "$work/kubelet.map.next"; then kubelet="$kubelet map"; fi
    if ! same "$work/kubelet.here.compared" "$work/kubelet.here.next"; then kubelet="$kubelet here"; fi
  fi
}
# compare_files: files to write and to remove; $config_changes and $keys_change.
compare_files() {
  files_to_change >"$work/files"
  : >"$work/stale"
  if [ -e "$owned" ]; then cut -d' ' -f2 "$work/members" | sort | comm -23 "$owned" - >"$work/stale"; fi
  config_changes=false
  if ! same "$work/kubeadm.unmerged.compared" "$work/kubeadm.merged.compared"; then config_changes=true; fi
  keys_change=false
  if ! { [ -e "$encryption_config" ] && same "$encryption_config" "$work/enc.first" && [ "$(meta "$encryption_config")" = "600 0:0" ]; }; then keys_change=true; fi
}
# differs: whether anything at all has to change.
differs() {
  [ -s "$work/files" ] || [ -s "$work/stale" ] || [ "$config_changes" = true ] || [ "$keys_change" = true ] ||
    [ -n "$restart" ] || [ -n "$kubelet" ] || ! same "$work/enc.first" "$work/enc.last"
}
