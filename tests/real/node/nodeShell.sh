#!/bin/sh
# The shell of a node that is a folder of this machine: what lies in FOLDER/sbin is its /usr/local/sbin, and FOLDER/home is
# the home folder. In a mount namespace of its own, which ends with it.
#
#   unshare --map-root-user --mount sh nodeShell.sh FOLDER
#
# It runs the line in SSH_ORIGINAL_COMMAND, as sshd does.
set -eu
NODE_FOLDER=$1
export NODE_FOLDER
mount --bind "$NODE_FOLDER/sbin" /usr/local/sbin
PATH=/usr/local/sbin:$PATH
export HOME="$NODE_FOLDER/home"
cd
exec sh -c "$SSH_ORIGINAL_COMMAND"
