# shellcheck shell=sh disable=SC2016,SC2034,SC2119,SC2120,SC2154 # apply.sh sets what all parts share
# The encryption configuration: its keys, and what the API server makes of it.

# entries FILE: "resource provider key secret" of an encryption configuration, in order.
entries() {
  local_get "$1" '{{range .resources}}{{$all := .providers}}{{range $r := .resources}}{{range $all}}{{range $p, $v := .}}{{
    if eq $p "identity"}}{{$r}} identity - -{{"\n"}}{{
    else if eq $p "kms"}}{{$r}} kms{{or $v.apiVersion "v1"}} {{$v.name}} -{{"\n"}}{{
    else}}{{range $v.keys}}{{$r}} {{$p}} {{.name}} {{.secret}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}{{end}}{{end}}'
}
# ids: entries as "resource<tab>how", as stored() says it.
ids() {
  awk '{ how = "k8s:enc:" $2 ":v1:" $3 ":"
    if ($2 == "identity") how = "plain"
    if ($2 ~ /^kms/) how = "k8s:enc:kms:" substr($2, 4) ":" $3 ":"
    print $1 "\t" how }'
}
# called HOW: for people.
called() { if [ "$1" = plain ]; then echo "plain text"; else echo "$1" | sed 's/^k8s:enc:\([a-z]*\):v[0-9]*:\(.*\):$/\1:\2/'; fi; }
# with_plain ENTRIES RESOURCES: resources that a configuration does not name are stored in plain text.
with_plain() {
  cat "$1"
  while read -r name; do if ! grep -q "^$name " "$1"; then echo "$name identity - -"; fi; done <"$2"
}
# first ENTRIES RESOURCE: the entry that writes.
first() { awk -v name="$2" '$1 == name { print; exit }' "$1"; }

# configuration ENTRIES: an encryption configuration with exactly these, in order.
configuration() {
  awk '
    !($1 in seen) { seen[$1] = 1; order[++n] = $1 }
    {
      one = "{\"" $2 "\":{\"keys\":[{\"name\":\"" $3 "\",\"secret\":\"" $4 "\"}]}}"
      if ($2 == "identity") one = "{\"identity\":{}}"
      list[$1] = list[$1] (list[$1] == "" ? "" : ",") one
    }
    END {
      printf "{\"apiVersion\":\"apiserver.config.k8s.io/v1\",\"kind\":\"EncryptionConfiguration\",\"resources\":["
      for (i = 1; i <= n; i++) printf "%s{\"resources\":[\"%s\"],\"providers\":[%s]}", (i > 1 ? "," : ""), order[i], list[order[i]]
      print "]}"
    }' "$1"
}

# loaded [SERVER]: SHA-256 of the encryption configuration that an API server has loaded. Leaves in $work/metrics all that the
# API server says of it.
loaded() {
  kubectl --kubeconfig "$admin" --server "${1:-$server}" --request-timeout=10s get --raw /metrics 2>"$work/metrics.err" |
    grep '^apiserver_encryption_config_controller_' >"$work/metrics" || :
  sed -n 's/^[a-z_]*_last_config_info{\(.*,\)\{0,1\}hash="sha256:\([0-9a-f]*\)".*/\2/p' "$work/metrics"
}
# refused_at: when the API server that was asked last refused an encryption configuration, in seconds since 1970; 0 if it
# never did.
refused_at() {
  awk '/_automatic_reload_last_timestamp_seconds/ && /status="failure"/ { at = $NF } END { printf "%d\n", at }' "$work/metrics"
}

# reloads: whether the API server reads its keys again when they change. Without that it says nothing of what it has read.
reloads() { [ "$(flag "$manifests/kube-apiserver.yaml" encryption-provider-config-automatic-reload false)" = true ]; }
# read_at_start FILE: true when it has not been changed since the API server was started.
read_at_start() {
  pid=$(pids_of kube-apiserver | head -n 1)
  booted=$(awk '$1 == "btime" { print $2 }' /proc/stat)
  ticks=$(began "$pid")
  [ "$(stat -c %Y "$1")" -le "$((booted + ticks / $(getconf CLK_TCK 2>/dev/null || echo 100) + 1))" ]
}
# await_keys FILE: until this node's API server has loaded it; it looks once a minute.
await_keys() {
  want=$(hash_of "$1")
  # What is refused in the first seconds may be what lay there before. It is tried again and again.
  settled=$(($(date +%s) + 2))
  deadline=$(($(date +%s) + wait))
  until [ "$(loaded)" = "$want" ]; do
    if [ "$(refused_at)" -gt "$settled" ]; then
      warn "the API server refuses the encryption configuration"
      return 1
    fi
    if [ "$(date +%s)" -ge "$deadline" ]; then
      warn "the API server has not loaded the encryption configuration after $wait seconds"
      return 1
    fi
    sleep 1
  done
}

# probe ENTRIES: a Secret that is made, looked at in etcd, and deleted, has to be stored with the key that
# writes and has to be in the audit log. An API server that was without etcd for a while is started anew by the kubelet, and
# may go away in the middle of it: then all of it is done once more.
probe() {
  probed_until=$(($(date +%s) + wait))
  until try_probe "$1" 2>"$work/probe.err"; do
    if [ "$(date +%s)" -ge "$probed_until" ] || ! grep -qE "$gone_away" "$work/probe.err"; then
      cat "$work/probe.err" >&2
      return 1
    fi
    sleep 1
  done
}
# What kubectl says where the server at the other end has just ended, or is not there yet.
gone_away='connection refused|connection reset|unexpected EOF|: EOF|connection lost|TLS handshake timeout'
try_probe() {
  wanted=plain
  if [ -s "$1" ] && [ -n "$(first "$1" secrets)" ]; then wanted=$(first "$1" secrets | ids | cut -f2); fi
  kc delete secret --namespace kube-system --selector cluster-security/probe=true >/dev/null || return 1
  name=cluster-security-probe-$(date +%s)-$$
  kc create -f - --validate=false >/dev/null <<END || return 1
{"apiVersion": "v1", "kind": "Secret", "stringData": {"probe": "of no meaning"},
 "metadata": {"name": "$name", "namespace": "kube-system", "labels": {"cluster-security/probe": "true"}}}
END
  how=$(stored secrets | sed -n "s|^kube-system/$name$tab||p")
  kc delete secret --namespace kube-system "$name" >/dev/null || return 1
  if [ "$how" != "$wanted" ]; then
    warn "a new Secret is stored as $(called "${how:-nothing}"), not as $(called "$wanted")"
    return 1
  fi
  level=$(audited "$name")
  if [ "$level" != "$audit_level" ]; then
    warn "a request about a Secret is in $audit_log at level ${level:-none at all}, not $audit_level"
    return 1
  fi
  say "   a Secret is stored as $(called "$wanted"), and requests about it are logged at level $level"
}
# audited NAME: level of the last request about it.
audited() {
  for _ in 1 2 3 4 5; do
    if grep -qsF "\"$1\"" "$audit_log"; then break; fi
    sleep 1
  done
  grep -sF "\"$1\"" "$audit_log" | tail -n 1 | sed -n 's/.*"level":"\([A-Za-z]*\)".*/\1/p'
}
