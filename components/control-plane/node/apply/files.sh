# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# A node's files: written in one step, with mode, owner and SELinux context.

# unfinished PATH: where its next content is written first. The kubelet passes over names that begin with a dot.
unfinished() { echo "${1%/*}/.${1##*/}.new"; }
# install_file SOURCE PATH MODE: replaces PATH in one step.
install_file() {
  folder=${2%/*}
  case $folder in
    /usr* | /etc/systemd*) (umask 022 && mkdir -p "$folder") || return 1 ;;
    *) mkdir -p "$folder" || return 1 ;;
  esac
  next=$(unfinished "$2")
  # Spelled out, here and in what puts things back: set -e does not act where somebody asks whether it succeeded.
  cp "$1" "$next" || {
    rm -f "$next"
    return 1
  }
  chown 0:0 "$next" || return 1
  chmod "$3" "$next" || return 1
  sync "$next" 2>/dev/null || sync
  mv -f "$next" "$2" || return 1
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
# start_timers LIST: those that the drop-in of timers.target names, which also starts what has come since the last boot.
start_timers() {
  command -v systemctl >/dev/null || return 0
  started=$(timers "$1" | paste -s -d' ' -)
  if [ -z "$started" ]; then return 0; fi
  step "timers: $started"
  systemctl start timers.target || warn "the timers could not be started; on this node: systemctl start timers.target"
}
# reload_units LIST
reload_units() {
  if command -v systemctl >/dev/null && grep -q ^/etc/systemd/ "$1"; then systemctl daemon-reload; fi
}
