#!/usr/bin/env bash
# Boot the real systemd as PID 1 of its own namespaces, over a throw-away copy of this machine: boot.sh WORK SOURCE EXCHANGE
#
# WORK is an empty folder, SOURCE is seen read-only in it as /mnt/source, EXCHANGE is shared with it as /mnt/exchange. The network is this machine's.
# It runs in a mount namespace of its own already (unshare --mount), so that nothing of this is seen outside.
set -euo pipefail

if [[ ${1:-} != --inside ]]; then
  work=$1 source=$2 exchange=$3
  mount -t tmpfs -o mode=0755 tmpfs "$work"
  mkdir "$work/upper" "$work/work" "$work/root"
  mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" overlay "$work/root"
  mkdir -p "$work/root/mnt/source" "$work/root/mnt/exchange"
  mount --bind -o ro "$source" "$work/root/mnt/source"
  mount -o remount,bind,ro "$work/root/mnt/source"
  mount --bind "$exchange" "$work/root/mnt/exchange"
  exec unshare --fork --pid --mount --uts --ipc --kill-child=SIGKILL -- bash "${BASH_SOURCE[0]}" --inside "$work/root" "chatopsd-test-$$"
fi

if [[ ${4:-} != --own-cgroups ]]; then
  # Groups of its own in every hierarchy that may be written, and then a view that begins there.
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    if [[ -w $hierarchy/cgroup.procs ]] && mkdir -p "$hierarchy/$3" 2>/dev/null; then
      # cpuset takes nobody in until it has processors.
      for file in cpuset.cpus cpuset.mems; do
        if [[ -e $hierarchy/$3/$file && -r $hierarchy/$file ]]; then cat "$hierarchy/$file" >"$hierarchy/$3/$file" || true; fi
      done
      echo 0 >"$hierarchy/$3/cgroup.procs" || true
    fi
  done
  exec unshare --cgroup -- bash "${BASH_SOURCE[0]}" --inside "$2" "$3" --own-cgroups
fi

root=$2
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=0755 tmpfs "$root/sys/fs/cgroup"
  for hierarchy in /sys/fs/cgroup/*/; do
    name=$(basename "$hierarchy")
    mkdir "$root/sys/fs/cgroup/$name"
    case $name in
    unified) mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/$name" ;;
    systemd) mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/$name" ;;
    *) mount -t cgroup -o "$name" cgroup "$root/sys/fs/cgroup/$name" 2>/dev/null || rmdir "$root/sys/fs/cgroup/$name" ;;
    esac
  done
fi
# Nothing here changes the kernel that it shares.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
for unit in systemd-sysctl systemd-modules-load systemd-remount-fs systemd-update-utmp systemd-udevd systemd-udev-trigger; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
done
# All boots of one kernel share its boot id; journalctl tells them apart by it.
cat /proc/sys/kernel/random/uuid >"$root/run/boot_id"
mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
mkdir -p "$root/etc/systemd/journald.conf.d" "$root/run/lock"
printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' >"$root/etc/systemd/journald.conf.d/test.conf"
# This machine's own services are none of the test's.
rm -rf "$root"/etc/systemd/system/*.wants "$root/opt/chatopsd" "$root/etc/chatopsd" "$root/var/lib/private/chatopsd"
cd "$root"
mkdir -p .old
pivot_root . .old
umount --lazy /.old
mount --make-rshared /
# Without it LoadCredential would silently give an empty folder.
exec env -i container=unit-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd systemd.unit=basic.target
