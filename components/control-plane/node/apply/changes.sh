# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # apply.sh sets what all parts share
# kubeadm's configuration and manifests: what the cluster has, what this program owns of it, and what is refused.

# split FILE KIND: the one document of that kind.
split() {
  awk -v kind="$2" 'function flush() { if (text ~ ("(^|\n)kind: \"?" kind "\"?(\n|$)")) printf "%s", text; text = "" }
    /^---/ { flush(); next } { text = text $0 "\n" } END { flush() }' "$1"
}
# read_configuration NAME: of the ClusterConfiguration kubeadm.NAME, where there is one, the fields that belong to the
# cluster in facts.NAME, "name<tab>value", and every extra flag and volume in lists.NAME, "part.kind<tab>name<tab>JSON".
read_configuration() {
  : >"$work/facts.$1"
  : >"$work/lists.$1"
  if [ ! -s "$work/kubeadm.$1" ]; then return 0; fi
  template='{{$n := .networking}}kubernetesVersion{{"\t"}}{{.kubernetesVersion}}
networking.dnsDomain{{"\t"}}{{with $n}}{{or .dnsDomain "cluster.local"}}{{end}}
networking.podSubnet{{"\t"}}{{with $n}}{{or .podSubnet "none"}}{{end}}
networking.serviceSubnet{{"\t"}}{{with $n}}{{or .serviceSubnet "10.96.0.0/12"}}{{end}}
controlPlaneEndpoint{{"\t"}}{{or .controlPlaneEndpoint "none"}}
certificatesDir{{"\t"}}{{or .certificatesDir "/etc/kubernetes/pki"}}
etcd{{"\t"}}{{with .etcd}}{{with .external}}external {{.endpoints}}{{else}}local {{with .local}}{{or .dataDir "/var/lib/etcd"}}{{else}}/var/lib/etcd{{end}}{{end}}{{else}}local /var/lib/etcd{{end}}
{{with .apiServer}}{{range .certSANs}}certSANs{{"\t"}}{{.}}{{"\n"}}{{end}}{{end}}'
  for part in apiServer controllerManager scheduler etcd; do
    if [ "$part" = etcd ]; then begin='{{with .etcd}}{{with .local}}' end='{{end}}{{end}}'; else begin="{{with .$part}}" end='{{end}}'; fi
    template="$template$begin{{range .extraArgs}}$part.args"'{{"\t"}}{{.name}}{{"\t"}}{{printf "%q" (or .value "")}}{{"\n"}}{{end}}'
    template="$template{{range .extraVolumes}}$part.volumes"'{{"\t"}}{{.name}}{{"\t"}}{"name":{{printf "%q" (or .name "")}},"hostPath":{{
      printf "%q" (or .hostPath "")}},"mountPath":{{printf "%q" (or .mountPath "")}}{{if .readOnly}},"readOnly":true{{end}}{{
      with .pathType}},"pathType":{{printf "%q" .}}{{end}}}{{"\n"}}{{end}}'"$end"
  done
  local_get "$work/kubeadm.$1" "$template" >"$work/configuration"
  grep -E "^[A-Za-z]+\.(args|volumes)$tab" "$work/configuration" >"$work/lists.$1" || :
  grep -vE "^([A-Za-z]+\.(args|volumes)|certSANs)$tab" "$work/configuration" >"$work/facts.$1"
  printf 'certSANs\t%s\n' "$(sed -n "s/^certSANs$tab//p" "$work/configuration" | sort | paste -s -d' ' -)" >>"$work/facts.$1"
}
# refuse_other_cluster: the fields this program only reads.
refuse_other_cluster() {
  while IFS=$tab read -r name value; do
    live=$(sed -n "s/^$name$tab//p" "$work/facts.live")
    if [ "$value" != "$live" ]; then
      fail "$name: the settings say ${value:-none}, the cluster has ${live:-none}. This is not changed on a running cluster: correct the settings; $outcome"
    fi
  done <"$work/facts.wanted"
  running=$(kc get --raw /version | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p')
  version=$(sed -n "s/^kubernetesVersion$tab//p" "$work/facts.wanted")
  if [ "$running" != "$version" ]; then
    fail "kubernetesVersion: the settings say $version, the API server runs $running. Correct the settings, or finish the upgrade; $outcome"
  fi
  advertised=$(flag "$manifests/kube-apiserver.yaml" advertise-address none)
  meant=$(sed -n "s/^$node //p" "$work/nodes")
  if [ "$advertised" != "$meant" ]; then
    fail "address of $node: the settings say ${meant:-nothing}, its API server advertises $advertised; $outcome"
  fi
}

# merged OLD NEW LIVE: lines "name<tab>value" of LIVE, with those that OLD or NEW names as NEW has them.
merged() {
  awk -F'\t' -v old="$1" -v new="$2" '
    BEGIN {
      while ((getline line < old) > 0) { name = line; sub(/\t.*/, "", name); owned[name] = 1 }
      while ((getline line < new) > 0) {
        name = line; sub(/\t.*/, "", name); owned[name] = 1
        if (name in lines) lines[name] = lines[name] "\n" line; else { lines[name] = line; order[++n] = name }
      }
    }
    !($1 in owned) { print; next }
    ($1 in lines) && !done[$1]++ { print lines[$1] }
    END { for (i = 1; i <= n; i++) if (!done[order[i]]++) print lines[order[i]] }' "$3"
}
# awk: place(host, mount): a folder at its place, which is what a volume is, whatever its name.
place='function place(host, mount) { sub(/\/+$/, "", host); sub(/\/+$/, "", mount); return mount "\t" host }'
# not_ours OWNED WANTED LIVE: volumes of LIVE without those of other names that mount what one of WANTED mounts.
not_ours() {
  awk -F'\t' -v owned="$1" -v wanted="$2" "$place"'
    function of(json, host, mount) {
      host = mount = json
      sub(/.*"hostPath":"/, "", host); sub(/".*/, "", host)
      sub(/.*"mountPath":"/, "", mount); sub(/".*/, "", mount)
      return place(host, mount)
    }
    BEGIN {
      while ((getline line < owned) > 0) names[line]
      while ((getline line < wanted) > 0) ours[of(line)]
    }
    ($1 in names) || !(of($2) in ours)' "$3"
}
# merge_kubeadm: kubeadm.merged is the live ClusterConfiguration with what is ours; owned.COMPONENT are the flags that are.
merge_kubeadm() {
  separator=
  printf '{' >"$work/patch.json"
  for part in apiServer controllerManager scheduler etcd; do
    for kind in args volumes; do
      for file in previous wanted live; do sed -n "s/^$part\.$kind$tab//p" "$work/lists.$file" >"$work/list.$file"; done
      cat "$work/list.previous" "$work/list.wanted" | cut -f1 | sort -u >"$work/owned.$kind.$part"
      if [ "$kind" = volumes ]; then
        not_ours "$work/owned.$kind.$part" "$work/list.wanted" "$work/list.live" >"$work/list.others"
        mv "$work/list.others" "$work/list.live"
      fi
      merged "$work/list.previous" "$work/list.wanted" "$work/list.live" >"$work/$kind.$part"
    done
    twice=$(sed -n 's/.*"mountPath":"\([^"]*\)".*/\1/p' "$work/volumes.$part" | sort | uniq -d | head -n 1)
    if [ -n "$twice" ]; then
      fail "$part.extraVolumes: two volumes are mounted at $twice: $(grep -F "\"mountPath\":\"$twice\"" "$work/volumes.$part" | cut -f1 | paste -s -d' ' -). Take the other one out of the ConfigMap kube-system/kubeadm-config; $outcome"
    fi
    if [ ! -s "$work/owned.args.$part" ] && [ ! -s "$work/owned.volumes.$part" ]; then continue; fi
    arguments=$(awk -F'\t' '{ printf "%s{\"name\":\"%s\",\"value\":%s}", (NR > 1 ? "," : ""), $1, $2 }' "$work/args.$part")
    volumes=$(cut -f2 "$work/volumes.$part" | paste -s -d, -)
    value="{\"extraArgs\":[$arguments]$(if [ "$part" != etcd ]; then printf ',"extraVolumes":[%s]' "$volumes"; fi)}"
    if [ "$part" = etcd ]; then value="{\"local\":$value}"; fi
    printf '%s"%s":%s' "$separator" "$part" "$value" >>"$work/patch.json"
    separator=,
  done
  printf '}' >>"$work/patch.json"
  local_merge "$work/kubeadm.live" "$work/patch.json" >"$work/kubeadm.merged"
  echo '{}' >"$work/none.json"
  local_merge "$work/kubeadm.live" "$work/none.json" >"$work/kubeadm.unmerged"
  # An empty list and none are the same to kubeadm.
  for file in unmerged merged; do grep -v '^  extra[A-Za-z]*: \[\]$' "$work/kubeadm.$file" >"$work/kubeadm.$file.compared"; done
}

# render: the manifests kubeadm makes of the merged configuration on this node, in rendered/.
render() {
  mkdir -p "$work/rendered"
  {
    printf 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: "%s", bindPort: %s}\n' "$advertised" "$port"
    printf 'nodeRegistration: {name: "%s", criSocket: unix:///run/containerd/containerd.sock}\n---\n' "$node"
    cat "$work/kubeadm.merged"
  } >"$work/kubeadm.yaml"
  for phase in "control-plane all" "etcd local"; do
    if [ "$phase" = "etcd local" ] && [ ! -s "$work/owned.args.etcd" ]; then continue; fi
    # shellcheck disable=SC2086 # a phase is two words
    KUBEADM_INIT_DRYRUN_DIR=$work/rendered kubeadm init phase $phase --config "$work/kubeadm.yaml" --dry-run >/dev/null 2>"$work/kubeadm.err" ||
      fail "kubeadm does not accept the configuration: $(tail -n 3 "$work/kubeadm.err"); $outcome"
  done
}
