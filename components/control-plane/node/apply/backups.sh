# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# The backup of a run, and the way back to it.

# A backup holds etcd.db, kubernetes/ (all of /etc/kubernetes), and what a failure is undone from: root/ (files as they
# were), absent (paths that were not there), kubeadm.yaml and kubelet.yaml (the ConfigMaps' content), pids ("component pid"),
# and, once a new key is put first, keys/ (enc.first, resources, ids.old: see check_keys).
make_backup() {
  backup=$state/backups/$(date -u +%Y%m%dT%H%M%SZ)-$$
  if ! problem=$(fill_backup "$backup.new" 2>&1) || ! mv "$backup.new" "$backup"; then
    rm -rf "$backup.new"
    case $problem in
      *[Nn]"o space"*) fail "no room for a backup in $state/backups; $outcome" ;;
      *) fail "no backup could be made: $problem; $outcome" ;;
    esac
  fi
  log=$backup/log
}
# fill_backup FOLDER
fill_backup() {
  mkdir -p "$1/root" || return 1
  etcd_snapshot "$1/etcd.db" || {
    # What the client logs, in JSON, may come after the reason.
    problem=$(grep -v '^{' "$work/etcd.err" | tail -n 1)
    echo "etcd gives no snapshot: ${problem:-$(tail -n 1 "$work/etcd.err")}"
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
  { printf 'backup=%s\nstage=%s\n' "$backup" "$1" >"$journal.new"; } 2>/dev/null || {
    warn "$journal cannot be written, by which the next run would go on"
    return 1
  }
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
# in_place PATH: true when it is as the noted backup has it.
in_place() { [ -e "$1" ] && same "$backup/root$1" "$1" && [ "$(meta "$backup/root$1")" = "$(meta "$1")" ]; }
# restore: everything as the noted backup has it. Works on whatever a failure or a kill left.
restore() {
  backup=$(noted backup)
  changed=
  its_files="its files from before"
  if [ ! -e "$backup/paths" ] || [ ! -e "$backup/absent" ]; then
    warn "there is no backup ${backup:-named in $journal}"
    return 1
  fi
  : >"$work/returned"
  for component in $components; do : >"$work/leaving.$component"; done
  while read -r path; do
    next=$(unfinished "$path")
    rm -f "$next" || return 1
    if [ ! -e "$backup/root$path" ] || in_place "$path"; then continue; fi
    case $path in
      "$manifests"/*)
        component=${path##*/} component=${component%.yaml}
        changed="$changed $component"
        leaving "$component" >"$work/leaving.$component"
        ;;
      "$kubelet_config") changed="$changed kubelet" ;;
    esac
    cp -a "$backup/root$path" "$next" || {
      rm -f "$next"
      return 1
    }
    mv -f "$next" "$path" || return 1
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
  # One that was removed had been stopped.
  start_timers "$work/returned"
  if [ -s "$backup/root$encryption_config" ] && reloads; then
    await_keys "$(flag "$manifests/kube-apiserver.yaml" encryption-provider-config "")" || return 1
  fi
  rm -f "$journal"
  its_files=
  prune_backups
}
# unrestored: after restore has failed, what is not as it was, in words.
unrestored() {
  if [ ! -e "$backup/paths" ] || [ ! -e "$backup/absent" ]; then
    echo "Nothing was put back. Where there is another backup in $state/backups, copy from that; then remove $journal and run again: $again"
    return
  fi
  left=$(
    while read -r path; do
      if [ -e "$backup/root$path" ] && ! in_place "$path"; then echo "$path"; fi
    done <"$backup/paths"
    while read -r path; do if [ -e "$path" ]; then echo "$path (new)"; fi; done <"$backup/absent"
    unrestored_config kubeadm-config ClusterConfiguration "$backup/kubeadm.yaml"
    unrestored_config kubelet-config kubelet "$backup/kubelet.yaml"
  )
  if [ -n "$left" ]; then
    echo "Not as before: $(echo "$left" | paste -s -d, - | sed 's/,/, /g'). Run again when that can be mended ($again), or copy from $backup"
  else
    echo "Files and ConfigMaps are as they were, but not everything runs with them. Run again when that can be mended ($again); the backup is $backup"
  fi
}
# unrestored_config MAP KEY FILE
unrestored_config() {
  if [ ! -s "$3" ]; then return 0; fi
  if ! get_config "$1" "$2" >"$work/map.now" 2>/dev/null; then
    echo "ConfigMap $1 (unread)"
  elif ! same "$work/map.now" "$3"; then
    echo "ConfigMap $1"
  fi
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
  for component in ${rehearsals:-}; do stop_rehearsal "$component"; done
  if [ "$status" -ne 0 ] && [ "${changing:-}" = true ] && [ -e "$journal" ]; then undo; fi
  give_lease_back >/dev/null 2>&1
  rm -rf "$work" "$state"/work.*
  exit "$status"
}
undo() {
  if [ "$(noted stage)" = 2 ] && ! take_back_key; then return; fi
  say "-- putting everything back"
  if restore; then
    warn "everything is as it was. Mend what is named above, then run again: $again"
  else
    warn "it could not all be put back. $(unrestored)"
  fi
}
# take_back_key: the keys as they were before the new one was put first. Secrets may be stored with it by now, so that it
# stays readable, and with it everything else applied, unless all of them have been counted and none is.
take_back_key() {
  backup=$(noted backup)
  say "-- going back to the key that wrote before"
  if ! install_file "$backup/keys/enc.first" "$encryption_config" 0600 || ! await_keys "$encryption_config"; then
    warn "the encryption configuration from before does not load either; run again when the API server answers ($again). It is $backup/keys/enc.first, with both keys"
    return 1
  fi
  while read -r name; do
    if stored "$name" >"$work/stored"; then sed "s/^[^$tab]*/$name/" "$work/stored"; else echo "unknown"; fi
  done <"$backup/keys/resources" | sort -u >"$work/used"
  why="something is stored with the new key already"
  if grep -qx unknown "$work/used"; then why="nobody knows whether something is stored with the new key already"; fi
  if comm -23 "$work/used" "$backup/keys/ids.old" | grep -q .; then
    rm -f "$journal"
    warn "the old key writes again; everything else stays applied, and the new key readable, because $why. Mend what is named above, then run again: $again"
    return 1
  fi
}

# end_earlier_run: takes back, or ends, a run that was cut short.
end_earlier_run() {
  encryption_config=${encryption_config:-$encryption_live}
  if [ "$(noted stage)" = 1 ]; then
    say "-- an earlier run was cut short; putting back what it had changed"
    restore || fail "what an earlier run had changed could not all be put back. $(unrestored)"
    outcome="what an earlier run had changed was put back, and nothing else was changed"
    look
  else
    # All it had left to do was to put a key first that every API server reads: where this one takes it, going on is safe,
    # and going back is not.
    say "-- an earlier run was cut short while a new key was put first"
    if ! await_keys "$encryption_config"; then
      undo
      fail "an earlier run was cut short while a new key was put first, and the API server does not take that; run again: $again"
    fi
    rm -f "$(unfinished "$encryption_config")" "$journal"
    outcome="what an earlier run had changed stays, and nothing else was changed"
  fi
}
