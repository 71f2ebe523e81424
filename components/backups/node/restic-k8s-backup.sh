#!/bin/sh
# Raw data of volumes, /opt/local-path-provisioner, to restic-k8s/.
# shellcheck source-path=SCRIPTDIR
set -eu
. "${0%/*}/lib/job.sh"
. "${0%/*}/lib/s3.sh"
. "${0%/*}/lib/restic.sh"

begin restic_k8s_data
configure restic-k8s
back_up_paths
