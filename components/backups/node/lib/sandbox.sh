# shellcheck shell=sh
# sandbox.sh FOLDER TOOLS SCRIPT ACCOUNT GROUP DROP…: runs a script where there is nothing of the node but its programs.
# The caller makes the namespaces: of mounts, the network, processes and IPC (see load_dump in dump.sh).
# FOLDER has two folders: root, which is empty, and work, which the script finds as /work and alone may write to. The
# folder TOOLS comes first on its PATH. The command DROP gives up root for the account and the group.
# Every step has to succeed: nothing runs in half a sandbox.
set -eu
umask 022
folder=$1 tools=$2 script=$3 account=$4 group=$5
root=$folder/root
shift 5

# shared PATH: what the node has there, at the same path, to read.
shared() {
	mkdir -p "$root$1"
	mount --bind "$1" "$root$1"
	mount -o remount,bind,ro,nosuid,nodev "$root$1"
}

mount -t tmpfs -o size=4m,mode=0755,nosuid sandbox "$root"
mkdir "$root/dev" "$root/etc" "$root/node" "$root/proc" "$root/work"
shared /usr
for path in /bin /lib /lib64 /sbin; do
	if [ -L "$path" ]; then
		cp -P "$path" "$root$path"
	elif [ -d "$path" ]; then
		shared "$path"
	fi
done
# A server that was installed by hand has its libraries next to its programs.
case $tools/ in
/usr/* | /bin/*) ;;
*) shared "${tools%/*}" ;;
esac
# Where libraries are, and the name of the account, which PostgreSQL asks for.
for path in /etc/ld.so.cache /etc/alternatives; do
	[ ! -e "$path" ] || cp -RP "$path" "$root$path"
done
printf 'drill:x:%s:%s::/work:/bin/sh\n' "$account" "$group" >"$root/etc/passwd"
for device in null urandom zero; do
	: >"$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mount --bind "$folder/work" "$root/work"
mount -o remount,bind,nosuid,nodev,noexec "$root/work"
cp "$script" "$root/script"

cd "$root"
pivot_root . node
# umount asks it for what is mounted.
mount -t proc proc /proc
umount -l /node
rmdir /node
mount -o remount,bind,ro,nosuid /
# unshare writes to it, where the job is not root's.
[ "$1" = unshare ] || umount /proc

# The signal: all of it ends with the unshare that began it. It is set last, as a change of account forgets it.
exec "$@" setpriv --inh-caps=-all --no-new-privs --pdeathsig KILL \
	env -i "PATH=$tools:/usr/bin:/bin" HOME=/work LC_ALL=C PGTZ=UTC sh /script
