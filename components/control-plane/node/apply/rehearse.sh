# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# What the components think of their new flags and files, before anything that runs is touched: the very programs that run
# (/proc/PID/exe) start once more in a network of their own, where they find no port in use, no etcd and no API server. What
# only shows later is taken back, as put_into_effect does.

# rehearse: fails with the own reason of a component that does not start.
rehearse() {
  rehearsals=
  if ! unshare --net true 2>/dev/null; then
    say "-- the new configuration cannot be tried first: that takes unshare of util-linux"
    return 0
  fi
  rehearsed=$restart
  case $restart in
    *kube-apiserver*) ;;
    # It reads some of its files anew while it runs.
    *) if [ "$keys_change" = true ] || grep -q " $kubernetes/" "$work/files"; then rehearsed="$restart kube-apiserver"; fi ;;
  esac
  for component in $rehearsed; do begin_rehearsal "$component"; done
  case $kubelet in *here*) begin_kubelet ;; esac
  if [ -n "$rehearsals" ]; then step "trial of the new flags and files:$rehearsals"; fi
  for component in $rehearsals; do end_rehearsal "$component"; done
}

# begin_rehearsal COMPONENT: with its new flags. Of etcd a member of its own, of a cluster of one, whose files are too large for
# memory.
begin_rehearsal() {
  rehearsed_flags "$1" >"$work/rehearsal.$1.flags"
  process=$(pids_of "$1" | head -n 1)
  if [ "$1" != etcd ]; then
    begin "$1" "$process"
    return
  fi
  known "$work/rendered/etcd.yaml"
  peer=$(sed -n "s/^initial-advertise-peer-urls$tab//p" "$known.flags")
  grep -vE '^--(data-dir|wal-dir|initial-cluster|initial-cluster-state)=' "$work/rehearsal.etcd.flags" >"$work/rehearsal.member"
  mv "$work/rehearsal.member" "$work/rehearsal.etcd.flags"
  begin etcd "$process" "--data-dir=$state/work.etcd" "--initial-cluster=$(sed -n "s/^name$tab//p" "$known.flags")=$peer"
}
# rehearsed_flags COMPONENT: those of its new manifest, one a line, with paths as they are outside its container: of what the
# bundle brings, in the bundle.
rehearsed_flags() {
  known "$work/rendered/$1.yaml"
  sed 1d "$known.command" | awk -v mounts="$known.mounts" -v members="$work/members" -v bundle="$bundle" \
    -v encryption="$encryption_config" -v first="$work/enc.first" '
    BEGIN {
      while ((getline line < members) > 0) { sub(/^[^ ]* /, "", line); brought[line] }
      while ((getline line < mounts) > 0) {
        split(line, field, "\t")
        for (i = 2; i <= 3; i++) sub(/\/+$/, "", field[i])
        host[field[3]] = field[2]
      }
    }
    {
      at = index($0, "=/")
      if (!at) { print; next }
      path = substr($0, at + 1)
      longest = -1
      for (mount in host) if (index(path "/", mount "/") == 1 && length(mount) > longest) longest = length(mount)
      if (longest >= 0) path = host[substr(path, 1, longest)] substr(path, longest + 1)
      if (path == encryption) path = first
      else if (path in brought) path = bundle path
      print substr($0, 1, at) path
    }'
}
# begin_kubelet: without a kubeconfig it ends at its webhooks, after it has read its configuration and before it does anything.
begin_kubelet() {
  process=$(systemctl show --property=MainPID --value kubelet)
  if [ "$process" = 0 ]; then process=; fi
  echo '{"authentication":{"webhook":{"enabled":true}},"authorization":{"mode":"Webhook"},"staticPodPath":null,"containerRuntimeEndpoint":"unix:///nowhere.sock"}' >"$work/rehearsal.json"
  local_merge "$work/kubelet.here.next" "$work/rehearsal.json" >"$work/rehearsal.yaml"
  : >"$work/rehearsal.kubelet.flags"
  if [ -n "$process" ]; then
    replaced='(config|config-dir|kubeconfig|bootstrap-kubeconfig|container-runtime-endpoint)'
    tr '\0' '\n' <"/proc/$process/cmdline" | sed 1d >"$work/rehearsal.kubelet.now"
    if grep -qE "^--$replaced\$" "$work/rehearsal.kubelet.now"; then
      say "-- kubelet cannot be tried first: its flags are not of the form --name=value"
      return 0
    fi
    grep -vE "^--$replaced=" "$work/rehearsal.kubelet.now" >"$work/rehearsal.kubelet.flags" || :
  fi
  begin kubelet "$process" "--config=$work/rehearsal.yaml"
}
# begin COMPONENT PID [FLAG…]: runs the program of PID with rehearsal.COMPONENT.flags and FLAG….
begin() {
  component=$1
  if [ -z "$2" ]; then
    say "-- $component cannot be tried first: its process is not found"
    return 0
  fi
  program=/proc/$2/exe
  shift 2
  while IFS= read -r flag; do set -- "$@" "$flag"; done <"$work/rehearsal.$component.flags"
  # Ends by itself when this script is killed; does not hold its lock. The node's addresses are none in that network.
  timeout -k 0.2 60 unshare --net sh -c '
    for setting in /proc/sys/net/ipv[46]/ip_nonlocal_bind; do { echo 1 >"$setting"; } 2>/dev/null || :; done
    exec "$@"' sh "$program" "$@" >"$work/rehearsal.$component" 2>&1 9>&- &
  echo $! >"$work/rehearsal.$component.waited"
  rehearsals="$rehearsals $component"
}

# sign_of COMPONENT: what it says once flags and files are read. Where there is none it just goes on.
sign_of() {
  case $1 in
    # It has no etcd.
    kube-apiserver) echo 'createTransport failed' ;;
    etcd) echo 'ready to serve client requests' ;;
    kubelet) echo 'cannot use webhook authentication' ;;
    *) echo 'no sign' ;;
  esac
}
# end_rehearsal COMPONENT: fails when it ended before that.
end_rehearsal() {
  sign=$(sign_of "$1")
  waited=$(cat "$work/rehearsal.$1.waited")
  seen=false
  deadline=$(($(date +%s) + 20))
  if [ "$sign" = 'no sign' ]; then deadline=$(($(date +%s) + 3)); fi
  while kill -0 "$waited" 2>/dev/null && [ "$(date +%s)" -lt "$deadline" ] && [ "$seen" = false ]; do
    sleep 0.2 2>/dev/null || sleep 1
    if grep -qs "$sign" "$work/rehearsal.$1"; then
      seen=true
      # Some files are read while it looks for etcd.
      sleep 1
    fi
  done
  if kill -0 "$waited" 2>/dev/null; then
    stop_rehearsal "$1"
    return 0
  fi
  status=0
  wait "$waited" || status=$?
  rm "$work/rehearsal.$1.waited"
  if [ "$1" = kubelet ] && grep -qs "$sign" "$work/rehearsal.kubelet"; then return 0; fi
  if [ "$status" = 126 ] || [ "$status" = 127 ]; then
    say "-- $1 cannot be tried first: $(tail -n 1 "$work/rehearsal.$1")"
    return 0
  fi
  fail "$1 does not start with its new flags and files; $outcome. It says:
$(reason_of "$work/rehearsal.$1" | cut -c1-1000 | sed "s|$bundle/|/|g; s|$work/enc\.first|$encryption_config|g; s|$work/rehearsal\.yaml|$kubelet_config|g")"
}
# stop_rehearsal COMPONENT, if it goes on.
stop_rehearsal() {
  if ! [ -e "$work/rehearsal.$1.waited" ]; then return 0; fi
  waited=$(cat "$work/rehearsal.$1.waited")
  # The shell would say of its child that it was killed.
  { kill "$waited" && wait "$waited"; } 2>/dev/null || :
  rm "$work/rehearsal.$1.waited"
}
# reason_of FILE: what ended it; a flag's reason is in the first line, which the list of all flags follows.
reason_of() {
  if grep -q '"command failed" err=' "$1"; then
    sed -n 's/.*"command failed" err=//p' "$1"
  elif grep -q '"level":"fatal"' "$1"; then
    sed -n 's/.*"level":"fatal".*"msg":"\([^"]*\)","error":"\(.*\)","stacktrace":.*/\1: \2/p' "$1"
  else
    grep -m 1 -E '^(Error|invalid value|flag provided)' "$1" | sed 's/^Error: //' | grep . || tail -n 2 "$1"
  fi
}
