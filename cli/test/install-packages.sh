#!/bin/sh
# Installs Debian packages without starting their servers. Arguments: packages and services, each separated by spaces.
set -eu
packages=$1
services=$2

# https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt: 101 forbids every action.
policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 0755 "$policy"
fi

apt-get update -qq
# shellcheck disable=SC2086 # a list
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
# They would start with the machine.
if [ -n "$services" ] && command -v systemctl >/dev/null; then
  # shellcheck disable=SC2086 # a list
  systemctl disable --quiet $services
fi
