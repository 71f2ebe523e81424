# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# The bundle: unpacked, checked, and which of its files differ from the node's.

# unpack_bundle: standard input to $bundle. Goes on as the bundle's own script where that is another one.
unpack_bundle() {
  mkdir "$bundle"
  {
    if [ "$base64" = true ]; then base64 -d >"$work/bundle.tar"; else cat >"$work/bundle.tar"; fi &&
      tar -xpf "$work/bundle.tar" -C "$bundle"
  } 2>"$work/unpack.err" || {
    if [ "$(df -Pk "$work" | awk 'END { print $4 }')" -lt 16 ]; then fail "no room in ${work%/*}; $outcome"; fi
    fail "standard input is no tar archive (with --base64: the base64 text of one); $outcome"
  }
  rm "$work/bundle.tar"
  [ -s "$bundle/cluster-security/settings" ] || fail "the archive has no cluster-security/settings; $outcome"
  # A bundle is read by the script it was made with.
  script=$bundle/usr/local/sbin/cluster-security-apply
  if [ -f "$script" ] && ! { [ -f "$0" ] && same "$script" "$0"; }; then
    cp "$script" "$work/apply"
    trap - EXIT
    if [ "$prepare" = true ]; then set -- --prepare; fi
    exec sh "$work/apply" --node "$node" --wait "$wait" --unpacked "$work" "$@"
  fi
}
# setting NAME: its values, one a line.
setting() { sed -n "s/^$1=//p" "$settings"; }
# read_bundle: the settings, and whether every file is there as it was packed.
read_bundle() {
  settings=$bundle/cluster-security/settings
  if [ "$(setting NODE)" != "$node" ]; then fail "the bundle is for node $(setting NODE), not $node; $outcome"; fi
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
    fail "the archive is not whole: it was made with $(($(wc -l <"$work/packed"))) files, and not all of them are there as they were. Make or copy it again; $outcome"
  fi
}

# files_to_change: paths whose content, mode or owner differ. The encryption configuration has a time of its own.
files_to_change() {
  while read -r mode path; do
    if [ "$path" = "${encryption_config:-}" ] && [ "${1:-}" != all ]; then continue; fi
    if [ -e "$path" ] && same "$bundle$path" "$path" && [ "$(meta "$path")" = "$mode 0:0" ]; then continue; fi
    echo "$mode $path"
  done <"$work/members"
}
install_files() {
  while read -r mode path; do install_file "$bundle$path" "$path" "$mode" || return 1; done <"$1"
  cut -d' ' -f2 "$1" >"$work/installed"
  reload_units "$work/installed"
}
# record_owned: which files are this program's, so that a later bundle without one of them takes it away.
record_owned() {
  cut -d' ' -f2 "$work/members" | sort >"$work/owned"
  if [ -e "$owned" ] && same "$work/owned" "$owned"; then return 0; fi
  { cp "$work/owned" "$owned.new" && mv "$owned.new" "$owned"; } ||
    fail "everything is applied, but $owned could not be written, by which files are removed that are no longer wanted. Run again when it can"
}
