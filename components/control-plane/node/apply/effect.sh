# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# The changes, one after the other, each one looked at before the next.

# put_into_effect: everything that was found to differ. The key that writes comes last.
put_into_effect() {
  make_backup
  step "backup of etcd and $kubernetes: $backup"
  note 1 || fail "$outcome"
  changing=true
  step "files"
  install_files "$work/files" || exit 1
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
    did "keys loaded: $(ids <"$work/entries.first" | cut -f2 | awk '!seen[$0]++' | while read -r one; do called "$one"; done | paste -s -d, - | sed 's/,/, /g')"
  fi
  if [ "$keys_change" = true ] || [ -n "$restart" ]; then
    step "probe"
    probe "$work/entries.first"
  fi
  if ! same "$work/enc.first" "$work/enc.last"; then
    mkdir "$backup/keys"
    cp "$work/enc.first" "$work/resources" "$backup/keys/"
    sort -u "$work/ids.old" >"$backup/keys/ids.old"
    note 2 || exit 1
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
  start_timers "$work/installed"
  prune_backups
}
