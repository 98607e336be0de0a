#!/bin/busybox sh
# The first process of the guest: mounts what an agent expects of a host, runs the scenario, switches off.
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /tmp /run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
hostname guest
stty raw -F "/dev/$REPORT"
for module in $(cat /modules/order); do
  insmod "/modules/$module" || echo "guest: $module is not loaded"
done
# The kernel tells a process by the name that its program was started under.
ln /bin/node /bin/traffic-client
ln /bin/node /bin/traffic-server
cd /nettracer
/bin/node /guest/scenario.ts >"/dev/$REPORT" || echo "guest: the scenario failed"
sync
poweroff -f
