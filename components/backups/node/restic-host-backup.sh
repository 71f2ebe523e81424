#!/bin/sh
# Configuration of the host, /etc and home folders, to restic-host/.
# shellcheck source-path=SCRIPTDIR
set -eu
. "${0%/*}/lib/job.sh"
. "${0%/*}/lib/s3.sh"
. "${0%/*}/lib/restic.sh"

begin restic_host
configure restic-host
back_up_paths
