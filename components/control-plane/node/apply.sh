#!/bin/sh
# Puts a node's files into effect, or changes nothing. Run as root on a control-plane node:
#
#   cluster-security-apply --node NAME [--base64] [--prepare] <BUNDLE
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
#
# --prepare makes new keys readable and puts everything else into effect, but leaves the key that writes. On several nodes
# run it on each of them, one after the other, before the key that is to write is put first on any of them.
# Exit status 0 and a last line "applied: …", or another status, a message, and everything as it was.
set -eu
echo "cluster-security-apply: not complete" >&2
exit 1
